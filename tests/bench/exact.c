/* The exact answers that every tool of the benchmark is held to: exact FILE COLUMN...
 *
 * Cells by libcsv, arithmetic by GMP, one thread, nothing shared with the program that is measured
 * or with the generator. A column is a name of the header. Sums are kept as integers per number of
 * decimal places, so nothing is rounded. Prints the number of records, then for each column a line
 *     NAME COUNT SCALE SUM SUMSQ MIN MAX
 * where SUM, MIN and MAX are integers times 10^-SCALE and SUMSQ an integer times 10^-(2 SCALE);
 * whoever reads it does the division. Only plain decimals are known ([-]digits[.digits]), which is
 * what the generator writes (and 1e-05 and its like); anything else ends the run with exit 1. */
#include <csv.h>
#include <gmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 16, SCALES = 40, DIGITS_MAX = 64 };

struct column {
    const char *name;
    size_t index;
    bool found;
    uint64_t count;
    mpz_t sum[SCALES], sumsq[SCALES], least[SCALES], most[SCALES];
    bool seen[SCALES];
};

struct table {
    struct column columns[COLUMNS_MAX];
    size_t count;
    size_t field;
    bool in_header;
    uint64_t records;
    mpz_t m;
};

static _Noreturn void stop(const char *what, const char *which)
{
    fprintf(stderr, "exact: %s: %s\n", what, which);
    exit(1);
}

/* Reads text into *m and gives the number of places after the point, or -1. */
static int parse(const char *text, size_t n, mpz_t m)
{
    char digits[DIGITS_MAX + 1];
    size_t used = 0, i = 0;
    long places = 0, exponent = 0;
    bool point = false;

    if (i < n && text[i] == '-')
        digits[used++] = text[i++];
    for (; i < n && used < DIGITS_MAX; i++) {
        if (text[i] == '.' && !point) {
            point = true;
        } else if (text[i] >= '0' && text[i] <= '9') {
            digits[used++] = text[i];
            places += point;
        } else {
            break;
        }
    }
    if (i + 2 < n && text[i] == 'e' && text[i + 1] == '-') /* libcsv ends no cell with a NUL */
        for (i += 2; i < n && text[i] >= '0' && text[i] <= '9'; i++)
            exponent = exponent * 10 + (text[i] - '0');
    digits[used] = '\0';
    places += exponent;
    if (i != n || places >= SCALES || mpz_set_str(m, digits, 10) != 0)
        return -1;
    return (int)places;
}

/* The same for the usual cell of up to 18 digits, without the detour over GMP's parser. */
static int parse_short(const char *text, size_t n, mpz_t m)
{
    bool negative = n > 0 && text[0] == '-';
    bool point = false;
    int places = 0;
    unsigned long v = 0;

    if (n > 19 || n == (size_t)negative)
        return -1;
    for (size_t i = negative; i < n; i++) {
        if (text[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9')
            return -1;
        v = v * 10 + (unsigned long)(text[i] - '0');
        places += point;
    }
    mpz_set_ui(m, v);
    if (negative)
        mpz_neg(m, m);
    return places;
}

static void add(struct column *c, mpz_t m, int scale)
{
    if (!c->seen[scale]) {
        c->seen[scale] = true;
        mpz_inits(c->sum[scale], c->sumsq[scale], NULL);
        mpz_init_set(c->least[scale], m);
        mpz_init_set(c->most[scale], m);
    }
    c->count++;
    mpz_add(c->sum[scale], c->sum[scale], m);
    mpz_addmul(c->sumsq[scale], m, m);
    if (mpz_cmp(m, c->least[scale]) < 0)
        mpz_set(c->least[scale], m);
    if (mpz_cmp(m, c->most[scale]) > 0)
        mpz_set(c->most[scale], m);
}

static void on_cell(void *cell, size_t n, void *context)
{
    struct table *t = context;
    size_t field = t->field++;

    for (size_t i = 0; i < t->count; i++) {
        struct column *c = &t->columns[i];
        int scale;

        if (t->in_header && strlen(c->name) == n && memcmp(c->name, cell, n) == 0) {
            c->index = field;
            c->found = true;
        }
        if (t->in_header || c->index != field)
            continue;
        scale = parse_short(cell, n, t->m);
        if (scale < 0)
            scale = parse(cell, n, t->m);
        if (scale < 0)
            stop("not a plain decimal", c->name);
        add(c, t->m, scale);
    }
}

static void on_record(int end, void *context)
{
    struct table *t = context;

    (void)end;
    t->records += !t->in_header;
    for (size_t i = 0; t->in_header && i < t->count; i++)
        if (!t->columns[i].found)
            stop("no such column", t->columns[i].name);
    t->in_header = false;
    t->field = 0;
}

/* Brings all scales of c to the largest and prints its line. */
static void print(struct column *c)
{
    mpz_t sum, sumsq, least, most, unit, v;
    int top = 0;
    bool any = false;

    mpz_inits(sum, sumsq, least, most, unit, v, NULL);
    for (int s = 0; s < SCALES; s++)
        if (c->seen[s])
            top = s;
    for (int s = 0; s <= top; s++) {
        if (!c->seen[s])
            continue;
        mpz_ui_pow_ui(unit, 10, (unsigned long)(top - s));
        mpz_addmul(sum, c->sum[s], unit);
        mpz_mul(v, c->least[s], unit);
        if (!any || mpz_cmp(v, least) < 0)
            mpz_set(least, v);
        mpz_mul(v, c->most[s], unit);
        if (!any || mpz_cmp(v, most) > 0)
            mpz_set(most, v);
        mpz_mul(unit, unit, unit);
        mpz_addmul(sumsq, c->sumsq[s], unit);
        any = true;
    }
    gmp_printf("%s %llu %d %Zd %Zd %Zd %Zd\n", c->name, (unsigned long long)c->count, top, sum,
               sumsq, least, most);
    mpz_clears(sum, sumsq, least, most, unit, v, NULL);
}

static void read_all(FILE *in, struct table *t)
{
    static char buffer[1 << 18];
    struct csv_parser parser;
    size_t n;

    if (csv_init(&parser, 0) != 0)
        stop("libcsv", "cannot start");
    while ((n = fread(buffer, 1, sizeof buffer, in)) > 0)
        if (csv_parse(&parser, buffer, n, on_cell, on_record, t) != n)
            stop("libcsv", csv_strerror(csv_error(&parser)));
    csv_fini(&parser, on_cell, on_record, t);
    csv_free(&parser);
    if (ferror(in))
        stop("cannot read", "the file");
}

int main(int argc, char **argv)
{
    static struct table t = {.in_header = true};
    FILE *in;

    if (argc < 2 || argc - 2 > COLUMNS_MAX) {
        fputs("usage: exact FILE COLUMN...\n", stderr);
        return 2;
    }
    in = fopen(argv[1], "rb");
    if (in == NULL) {
        perror(argv[1]);
        return 3;
    }
    t.count = (size_t)argc - 2;
    for (size_t i = 0; i < t.count; i++)
        t.columns[i].name = argv[i + 2];
    mpz_init(t.m);
    read_all(in, &t);
    printf("%llu\n", (unsigned long long)t.records);
    for (size_t i = 0; i < t.count; i++)
        print(&t.columns[i]);
    fclose(in);
    return 0;
}

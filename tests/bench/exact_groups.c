/* Exact answers for the jobs with groups and for the median:
 *
 *     exact_groups DELIMITER HEADER(0|1) FILE group KEY VALUE [FACTOR]
 *     exact_groups DELIMITER HEADER(0|1) FILE median VALUE
 *
 * Columns are numbers from 1. Cells by libcsv, sums by GMP, one thread, nothing shared with the
 * program that is measured. `group` prints for every key, sorted bytewise, a line
 *     KEY <tab> COUNT SCALE SUM MIN MAX
 * of VALUE (times FACTOR where given), integers times 10^-SCALE. `median` prints COUNT SCALE LOWER
 * UPPER, the two middle values (the same one twice when COUNT is odd). Plain decimals of up to 18
 * digits only; anything else ends the run with exit 1. */
#include <csv.h>
#include <gmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 128, SLOTS = 1 << 16 };

struct group {
    char key[KEY_MAX];
    uint64_t count;
    mpz_t sum;
    __int128 least, most;
};

struct table {
    bool median, in_header;
    size_t key, value, factor; /* columns from 1; factor 0: none */
    size_t field;
    char key_text[KEY_MAX];
    int64_t m[2];
    int places[2];
    int scale; /* of every value, -1 before the first */
    struct group *slot[SLOTS];
    int64_t *values;
    size_t n_values, size;
};

static _Noreturn void stop(const char *what, const char *which)
{
    fprintf(stderr, "exact_groups: %s: %s\n", what, which);
    exit(1);
}

static int64_t parse(const char *text, size_t n, int *places)
{
    bool negative = n > 0 && text[0] == '-', point = false;
    int64_t v = 0;
    *places = 0;
    if (n > 19 || n == (size_t)negative)
        stop("not a short decimal", "a cell");
    for (size_t i = negative; i < n; i++) {
        if (text[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9')
            stop("not a plain decimal", "a cell");
        v = v * 10 + (text[i] - '0');
        *places += point;
    }
    return negative ? -v : v;
}

static void on_cell(void *cell, size_t n, void *context)
{
    struct table *t = context;
    size_t field = ++t->field;
    if (t->in_header)
        return;
    if (field == t->key) {
        if (n >= KEY_MAX)
            stop("too long", "a key");
        memcpy(t->key_text, cell, n);
        t->key_text[n] = '\0';
    }
    if (field == t->value)
        t->m[0] = parse(cell, n, &t->places[0]);
    if (field == t->factor)
        t->m[1] = parse(cell, n, &t->places[1]);
}

static struct group *group_of(struct table *t)
{
    uint64_t hash = 1469598103934665603u; /* FNV-1a */
    for (const char *s = t->key_text; *s; s++)
        hash = (hash ^ (unsigned char)*s) * 1099511628211u;
    for (size_t i = hash % SLOTS;; i = (i + 1) % SLOTS) {
        if (t->slot[i] == NULL) {
            t->slot[i] = calloc(1, sizeof *t->slot[i]);
            strcpy(t->slot[i]->key, t->key_text);
            mpz_init(t->slot[i]->sum);
        }
        if (strcmp(t->slot[i]->key, t->key_text) == 0)
            return t->slot[i];
    }
}

static void add(mpz_t sum, __int128 v)
{
    mpz_t part;
    mpz_init_set_si(part, (long)(v >> 62));
    mpz_mul_2exp(part, part, 62);
    mpz_add_ui(part, part, (unsigned long)(v & (((__int128)1 << 62) - 1)));
    mpz_add(sum, sum, part);
    mpz_clear(part);
}

static void on_record(int end, void *context)
{
    struct table *t = context;
    int scale = t->places[0] + (t->factor ? t->places[1] : 0);
    (void)end;
    t->field = 0;
    if (t->in_header) {
        t->in_header = false;
        return;
    }
    if (t->scale < 0)
        t->scale = scale;
    if (scale != t->scale)
        stop("more than one scale", "the values");
    if (t->median) {
        if (t->n_values == t->size) {
            t->size = t->size ? 2 * t->size : 1 << 20;
            t->values = realloc(t->values, t->size * sizeof *t->values);
            if (t->values == NULL)
                stop("out of memory", "values");
        }
        t->values[t->n_values++] = t->m[0];
        return;
    }
    struct group *g = group_of(t);
    __int128 v = (__int128)t->m[0] * (t->factor ? t->m[1] : 1);
    g->least = g->count == 0 || v < g->least ? v : g->least;
    g->most = g->count == 0 || v > g->most ? v : g->most;
    g->count++;
    add(g->sum, v);
}

static int by_key(const void *a, const void *b)
{
    return strcmp((*(struct group *const *)a)->key, (*(struct group *const *)b)->key);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print_groups(struct table *t)
{
    size_t n = 0;
    for (size_t i = 0; i < SLOTS; i++)
        if (t->slot[i] != NULL)
            t->slot[n++] = t->slot[i];
    qsort(t->slot, n, sizeof t->slot[0], by_key);
    for (size_t i = 0; i < n; i++) {
        struct group *g = t->slot[i];
        mpz_t least, most;
        mpz_inits(least, most, NULL);
        add(least, g->least);
        add(most, g->most);
        gmp_printf("%s\t%llu %d %Zd %Zd %Zd\n", g->key, (unsigned long long)g->count, t->scale,
                   g->sum, least, most);
        mpz_clears(least, most, NULL);
    }
}

static void read_all(FILE *in, struct table *t, unsigned char delimiter)
{
    static char buffer[1 << 18];
    struct csv_parser parser;
    size_t n;
    if (csv_init(&parser, 0) != 0)
        stop("libcsv", "cannot start");
    csv_set_delim(&parser, delimiter);
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
    static struct table t = {.scale = -1};
    if (argc < 6) {
        fputs("usage: exact_groups DELIMITER HEADER FILE group KEY VALUE [FACTOR] | median VALUE\n",
              stderr);
        return 2;
    }
    t.median = strcmp(argv[4], "median") == 0;
    t.in_header = argv[2][0] == '1';
    t.key = t.median ? 0 : strtoul(argv[5], NULL, 10);
    t.value = strtoul(argv[t.median || argc < 7 ? 5 : 6], NULL, 10);
    t.factor = argc > 7 ? strtoul(argv[7], NULL, 10) : 0;
    FILE *in = fopen(argv[3], "rb");
    if (in == NULL) {
        perror(argv[3]);
        return 3;
    }
    read_all(in, &t, (unsigned char)argv[1][0]);
    fclose(in);
    if (!t.median) {
        print_groups(&t);
        return 0;
    }
    if (t.n_values == 0)
        stop("no values", argv[3]);
    qsort(t.values, t.n_values, sizeof *t.values, by_value);
    printf("%zu %d %lld %lld\n", t.n_values, t.scale, (long long)t.values[(t.n_values - 1) / 2],
           (long long)t.values[t.n_values / 2]);
    return 0;
}

/*
 * The fast path of every level against the automaton: the same scan of random CSV, good and bad,
 * under random dialects, must give the same rows, pieces of bad data, counts and error.
 */
#include "io/fast.h"
#include "io/simd/kernels.h"

#include "tests/support/bytes.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 362436069;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static size_t below(size_t n)
{
    return (size_t)(next_random() % n);
}

#define TEXT_ROOM ((size_t)1 << 20)
#define LOG_ROOM ((size_t)1 << 24)

/* What a sink was told, as text: its rows, or the rest. */
struct log {
    char *text;
    size_t len;
};

struct logs {
    struct log rows, rest;
};

static void say(struct log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct log *log, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log->len += (size_t)vsnprintf(log->text + log->len, LOG_ROOM - log->len, format, args);
    va_end(args);
    cr_assert_lt(log->len, LOG_ROOM);
}

/* Text and record of a row; the text may be of any length, and is a good one to read around. */
static void say_text(struct log *log, const struct crunch_cells *cells, size_t row)
{
    if (cells->text == NULL)
        return;
    cr_assert_not_null(cells->text[row]);
    volatile char around = cells->text[row][-CRUNCH_TEXT_SLACK];
    around = cells->text[row][cells->text_len[row] + CRUNCH_TEXT_SLACK - 1];
    (void)around;
    say(log, "%u:%.*s,", cells->text_len[row], (int)cells->text_len[row], cells->text[row]);
}

/* What the flags promise of the arrays. */
static void check_flags(const struct crunch_cells *cells, size_t rows)
{
    size_t numbers = 0;
    for (size_t i = 0; i < rows; i++) {
        bool is_number = cells->class[i] == CRUNCH_CELL_NUMBER;
        numbers += is_number;
        cr_assert(is_number || !cells->all_numbers);
        cr_assert(is_number || (cells->mantissa[i] == 0 && cells->scale[i] == 0));
        cr_assert(!is_number || !cells->one_scale || cells->scale[i] == cells->common_scale);
    }
    cr_assert_eq(numbers, cells->n_numbers);
}

static enum crunch_code hear_batch(void *context, const struct crunch_batch *batch,
                                   struct crunch_error *error)
{
    struct log *log = &((struct logs *)context)->rows;
    (void)error;
    for (size_t k = 0; k < batch->n_columns; k++)
        check_flags(&batch->columns[k], batch->rows);
    for (size_t i = 0; i < batch->rows; i++) {
        for (size_t k = 0; k < batch->n_columns; k++) {
            const struct crunch_cells *c = &batch->columns[k];
            double binary = c->binary != NULL ? c->binary[i] + 0.0 : 0.0; /* no -0 */
            say(log, "%d %lld/%d ", c->class[i], (long long)c -> mantissa[i], c -> scale[i]);
            say(log, "%a,", binary);
            say_text(log, c, i);
            for (size_t w = 0; w < c->n_wide; w++)
                if (c->wide[w].row == i)
                    say(log, "%.*se%d", (int)c->wide[w].n_digits, c->wide[w].digits,
                        c->wide[w].exponent);
        }
        say(log, "record %lld\n", batch->record ? (long long)batch->record[i] : -1);
    }
    return CRUNCH_OK;
}

static enum crunch_code hear_bad(void *context, const struct crunch_bad *bad,
                                 struct crunch_error *error)
{
    (void)error;
    say(&((struct logs *)context)->rest, "bad %d at %llu line %llu column %llu record %llu\n",
        (int)bad->kind, (unsigned long long)bad->offset, (unsigned long long)bad->line,
        (unsigned long long)bad->byte_column, (unsigned long long)bad->record);
    return CRUNCH_OK;
}

/* Scans everything and writes what came of it. */
static void scan_all(const struct crunch_scan_plan *plan, struct crunch_source *source,
                     struct logs *logs)
{
    struct crunch_scanner *scanner;
    struct crunch_error error = {.code = CRUNCH_OK};
    struct crunch_extent extent;
    struct crunch_range range = {.begin = plan->table->data_offset, .end = UINT64_MAX};
    struct crunch_sink sink = {.context = logs, .batch = hear_batch, .bad = hear_bad};
    range.bad_budget = plan->table->dialect.on_error == CRUNCH_ON_ERROR_FAIL ? 0 : UINT64_MAX;
    struct log *log = &logs->rest;
    logs->rows.len = log->len = 0;
    cr_assert_eq(crunch_scanner_create(plan, source, &scanner, &error), CRUNCH_OK);
    enum crunch_code code = crunch_scan(scanner, &range, &sink, &extent, &error);
    say(log, "code %d, %llu records, %llu lines, %llu bad, to %llu\n", (int)code,
        (unsigned long long)extent.records, (unsigned long long)extent.lines,
        (unsigned long long)extent.bad, (unsigned long long)extent.last);
    if (code != CRUNCH_OK) {
        logs->rows.len = 0; /* how many came before the error is not promised */
        say(log, "%s at %llu line %llu record %llu column %u\n", error.message,
            (unsigned long long)error.offset, (unsigned long long)error.line,
            (unsigned long long)error.record, error.column);
    }
    crunch_scanner_free(scanner);
}

/* ---- random inputs ---- */

static const char *const good[] = {"1",
                                   "-2.50",
                                   "0.001",
                                   "12345.678901234567",
                                   "7.",
                                   ".5",
                                   "",
                                   "-0",
                                   "007",
                                   "1e3",
                                   "\"3.25\"",
                                   "\"\"",
                                   " 4 ",
                                   "+6",
                                   "99.9",
                                   "-.25",
                                   "123456789012345678",
                                   "1.5",
                                   "2.25"};
static const char *const strange[] = {"NA",       "-999",       "nan",
                                      "inf",      "abc",        "\"a,b\"",
                                      "\"x\ny\"", "\"p\"\"q\"", "\"",
                                      "a\"b",     "\" 5 \"",    " \"6\"",
                                      "\"7\" ",   "1 2",        "123456789012345678901234567890",
                                      "1e400",    "-",          ".",
                                      "\r",       "  ",         "\"8\"\"",
                                      "0x10",     "\"\"\"\"",   "\"\"\"5\"\"\"",
                                      "1,",       ",",          "\n",
                                      "\r\n",     "#",          "--1",
                                      "\"\r\n\"", "\"NA \"",    "\" x\""};

static size_t put_number(char *text)
{
    switch (below(4)) {
    case 0:
        return (size_t)sprintf(text, "%lld", (long long)(next_random() >> (1 + below(60))));
    case 1:
        return (size_t)sprintf(text, "%.2f", (double)(next_random() >> 44) / 100);
    case 2:
        return (size_t)sprintf(text, "%.17g", (double)next_random() / 0x1p60 - 8);
    default:
        return (size_t)(stpcpy(text, good[below(19)]) - text);
    }
}

static size_t random_csv(char *text, size_t width, char delimiter)
{
    size_t n = 0, records = below(3) == 0 ? below(600) : below(30);
    unsigned noise = (unsigned[]){0, 2000, 200, 20, 3}[below(5)], uniform = (unsigned)below(2);
    bool crlf = below(4) == 0, quoted = below(4) == 0, huge = below(10) == 0;
    for (size_t r = 0; r < records && n + 32768 < TEXT_ROOM; r++) {
        if (noise != 0 && below(noise) == 0)
            n += (size_t)(stpcpy(text + n, strange[below(33)]) - (text + n));
        for (size_t f = 0; f < width; f++) {
            if (noise != 0 && below(noise) == 0)
                n += (size_t)(stpcpy(text + n, strange[below(33)]) - (text + n));
            else if (uniform != 0)
                n += (size_t)sprintf(text + n, "%.*f", (int)f, (double)below(1000000) / 64 - 99);
            else if (quoted && below(8) != 0)
                n += (size_t)sprintf(text + n, "\"%lld\"",
                                     (long long)(next_random() >> (1 + below(60))));
            else if (huge)
                n += (size_t)sprintf(text + n, "1%0250llu", (long long unsigned)next_random());
            else
                n += put_number(text + n);
            if (noise == 3 && below(100) == 0)
                text[n++] = 0;
            if (f + 1 < width)
                text[n++] = delimiter;
        }
        if (crlf || (noise != 0 && below(noise) == 0))
            text[n++] = '\r';
        text[n++] = '\n';
    }
    return n - (n > 0 && below(4) == 0);
}

static const struct crunch_token nulls[] = {{"NA", 2}, {"-999", 4}, {"x", 1}, {"99.9", 4}};

static struct crunch_dialect random_dialect(void)
{
    struct crunch_dialect d = crunch_dialect_default();
    d.header = CRUNCH_HEADER_NO;
    d.delimiter = (unsigned char)",,,,;\t "[below(7)];
    d.quoting = below(6) != 0;
    d.ragged = below(6) == 0;
    d.on_error = (enum crunch_on_error)below(3);
    d.nan = (enum crunch_nan)below(3);
    d.arith = below(4) == 0 ? CRUNCH_ARITH_BINARY : CRUNCH_ARITH_DECIMAL;
    if (below(4) == 0)
        d.comment = (struct crunch_token){"##", 1 + below(2)};
    if (below(3) == 0) {
        d.nulls = nulls + below(4);
        d.n_nulls = 1 + below((size_t)(nulls + 4 - d.nulls));
    }
    if (below(8) == 0)
        d.decimal = ',';
    if (below(8) == 0)
        d.thousands = '.' == d.decimal ? '_' : '.';
    if (below(20) == 0)
        d.max_record = 10;
    return d;
}

static void check_same(const struct log *got, const struct log *want, const char *text, size_t len)
{
    size_t at = 0;
    while (at < want->len && at < got->len && want->text[at] == got->text[at])
        at++;
    if (want->len == got->len && at == want->len)
        return;
    size_t from = at > 200 ? at - 200 : 0;
    cr_assert(false, "%s differs:\n%.*s\n--- plain:\n%.*s\n--- text:\n%.*s",
              crunch_scan_kernels->name, (int)(got->len - from < 400 ? got->len - from : 400),
              got->text + from, (int)(want->len - from < 400 ? want->len - from : 400),
              want->text + from, (int)(len < 1500 ? len : 1500), text);
}

static struct logs plain, fast;

static void check_plan(const struct crunch_scan_plan *plan, struct crunch_source *source,
                       const char *text, size_t len)
{
    setenv("CRUNCH_SCAN", "plain", 1);
    scan_all(plan, source, &plain);
    unsetenv("CRUNCH_SCAN");
    for (int level = 0; level <= (int)crunch_cpu_level(); level++) {
        crunch_scan_kernels_choose((enum crunch_simd_level)level);
        scan_all(plan, source, &fast);
        check_same(&fast.rest, &plain.rest, text, len);
        check_same(&fast.rows, &plain.rows, text, len);
    }
    crunch_scan_kernels_choose(CRUNCH_SIMD_SCALAR);
}

Test(fast, scans_as_the_automaton_does)
{
    char *text = malloc(TEXT_ROOM);
    struct log *const logs[4] = {&plain.rows, &plain.rest, &fast.rows, &fast.rest};
    for (int i = 0; i < 4; i++)
        logs[i]->text = malloc(LOG_ROOM);
    size_t tables = 0;
    for (int round = 0; round < 2500; round++) {
        struct crunch_dialect dialect = random_dialect();
        struct crunch_table *table;
        size_t width = 1 + below(below(10) == 0 ? 80 : 5), index[100];
        enum crunch_need need[100];
        size_t len = random_csv(text, width, (char)dialect.delimiter);
        struct crunch_source *source = source_of(text, len);
        if (crunch_table_read(source, &dialect, &table, NULL) == CRUNCH_OK && table->width <= 100) {
            struct crunch_scan_plan wanted = {
                .table = table, .index = index, .need = need, .records = below(2)};
            size_t chosen = below(4);
            for (size_t i = 0; i < table->width; i++)
                if (chosen > 0 && below(chosen) == 0) {
                    need[wanted.n_columns] = (enum crunch_need[]){
                        CRUNCH_NEED_PRESENCE, CRUNCH_NEED_TEXT, CRUNCH_NEED_NUMBER,
                        CRUNCH_NEED_NUMBER, CRUNCH_NEED_NUMBER | CRUNCH_NEED_TEXT}[below(5)];
                    index[wanted.n_columns++] = i;
                }
            check_plan(&wanted, source, text, len);
            crunch_table_free(table);
            tables++;
        }
        crunch_source_close(source);
    }
    cr_assert_gt(tables, 2000);
    free(text);
    for (int i = 0; i < 4; i++)
        free(logs[i]->text);
}

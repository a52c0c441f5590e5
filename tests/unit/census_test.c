/*
 * Censuses through whole runs: on every backend and chunk size the values and their counts are
 * those that sorting all cells gives, whatever is kept of them and in however many sweeps, and the
 * reference agrees (it reads numbers by itself). Keys of values: equal for equal numbers, ordered
 * as numbers are.
 */
#include "core/backend_pool.h"
#include "core/census.h"
#include "core/hash_table.h"
#include "core/run.h"
#include "core/value_key.h"
#include "core/verify.h"
#include "tests/support/bytes.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { CELL = 48, PAD = 1200 };

struct fixture {
    char (*cell)[CELL];
    size_t n;
    char *text;
    struct crunch_source *source;
    struct crunch_table *table;
    struct crunch_job job;
    struct crunch_plan plan;
    struct crunch_census_config config;
    struct crunch_run_result result;
};

/* Cells are written by make(i); those with a quote mark in them are quoted, and those that begin
 * with a star are long: PAD bytes more. */
static void set_up(struct fixture *f, size_t n, void (*make)(size_t i, char cell[CELL]),
                   bool by_value)
{
    static const struct crunch_op *ops[1];
    size_t size;
    FILE *out = open_memstream(&f->text, &size);
    f->n = n;
    f->cell = calloc(n, sizeof *f->cell);
    fprintf(out, "a,b\n");
    for (size_t i = 0; i < n; i++) {
        make(i, f->cell[i]);
        bool quote = strpbrk(f->cell[i], "\"\n,") != NULL;
        fprintf(out, "%zu,%s", i, quote ? "\"" : "");
        for (const char *p = f->cell[i]; *p; p++)
            fprintf(out, *p == '"' ? "\"\"" : "%c", *p);
        fprintf(out, "%*s", f->cell[i][0] == '*' ? PAD : 0, f->cell[i][0] == '*' ? "x" : "");
        fprintf(out, quote ? "\"\n" : "\n");
    }
    fclose(out);
    ops[0] = crunch_op_find(by_value ? "min" : "count", by_value ? 3 : 5);
    f->job = (struct crunch_job){.dialect = crunch_dialect_default(),
                                 .columns = "b",
                                 .ops = ops,
                                 .n_ops = 1,
                                 .workers = 1,
                                 .retries = 3,
                                 .tmpdir = "/tmp"};
    f->source = source_of(f->text, size);
    cr_assert_eq(crunch_table_read(f->source, &f->job.dialect, &f->table, NULL), CRUNCH_OK);
    cr_assert_eq(crunch_plan_init(&f->plan, &f->job, f->table, NULL), CRUNCH_OK);
    if (!by_value)
        ((enum crunch_need *)(uintptr_t)f->plan.scan.need)[0] |= CRUNCH_NEED_TEXT;
    f->config = (struct crunch_census_config){.by_value = by_value, .seed = 12345};
    cr_assert_eq(crunch_plan_collect(
                     &f->plan,
                     &(struct crunch_collecting){&crunch_census_collector, &f->config, NULL}, NULL),
                 CRUNCH_OK);
}

static void tear_down(struct fixture *f)
{
    crunch_plan_free(&f->plan);
    crunch_table_free(f->table);
    crunch_source_close(f->source);
    free(f->text);
    free(f->cell);
}

static void run(struct fixture *f, const char *backend, unsigned workers, uint64_t chunk_bytes)
{
    struct crunch_error error;
    f->job.backend = crunch_backend_find(backend);
    f->job.workers = workers;
    f->job.chunk_bytes = chunk_bytes;
    cr_assert_eq(crunch_run(&f->plan, f->source, NULL, &f->result, &error), CRUNCH_OK, "%s",
                 error.message);
}

static struct crunch_census merge(struct fixture *f, size_t most, size_t least, uint64_t mem_limit)
{
    const struct crunch_census_request request = {most, least, 2, mem_limit, NULL};
    struct crunch_census census;
    struct crunch_error error;
    cr_assert_eq(crunch_census_merge(&f->config, &f->result.logs, 0, &request, &census, &error),
                 CRUNCH_OK, "%s", error.message);
    return census;
}

/* ---- the oracle: sort, count runs, sort by count ---- */

struct counted {
    size_t count;
    const char *text;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int by_count(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return strcmp(x->text, y->text);
}

/* Sorts the cells; empty ones are left out. */
static size_t count_cells(struct fixture *f, struct counted *out)
{
    size_t n = 0;
    qsort(f->cell, f->n, sizeof *f->cell, by_text);
    for (size_t i = 0; i < f->n; i++) {
        if (f->cell[i][0] == '\0')
            continue;
        if (n > 0 && strcmp(out[n - 1].text, f->cell[i]) == 0)
            out[n - 1].count++;
        else
            out[n++] = (struct counted){1, f->cell[i]};
    }
    qsort(out, n, sizeof *out, by_count);
    return n;
}

static void check_items(const struct crunch_census_item *item, size_t n,
                        const struct counted *counted, const char *where)
{
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(item[i].count, counted[i].count, "%s, %zu: %zu of %s", where, i,
                     (size_t)item[i].count, counted[i].text);
        const size_t len = strlen(counted[i].text);
        cr_assert(item[i].len == len + (counted[i].text[0] == '*' ? PAD : 0) &&
                      memcmp(item[i].key, counted[i].text, len) == 0,
                  "%s, %zu: %s", where, i, counted[i].text);
    }
}

static void check_limited(size_t n, void (*make)(size_t i, char cell[CELL]), uint64_t mem_limit)
{
    static const char *const backends[] = {"seq", "threads", "procs"};
    static const uint64_t chunks[] = {0, 1, 4000, 100000};
    struct fixture f;
    set_up(&f, n, make, false);
    f.job.mem_limit = mem_limit;
    struct counted *counted = calloc(n + 1, sizeof *counted);
    size_t distinct = count_cells(&f, counted);
    for (size_t c = 0; c < 4; c++)
        for (size_t b = 0; b < 3; b++) {
            if (chunks[c] == 1 && n > 5000)
                continue;
            run(&f, backends[b], b == 0 ? 1 : 3, chunks[c]);
            for (uint64_t limit = 0; limit <= 1 << 22; limit += 1 << 22) {
                size_t most = limit ? 10 : SIZE_MAX;
                struct crunch_census census = merge(&f, most, 7, limit);
                cr_assert_eq(census.distinct, distinct, "%zu, not %zu", (size_t)census.distinct,
                             distinct);
                cr_assert_eq(census.n_most, most < distinct ? most : distinct);
                check_items(census.most, census.n_most, counted, "most");
                crunch_census_free(&census);
            }
            crunch_run_result_free(&f.result);
        }
    free(counted);
    tear_down(&f);
}

static void check_texts(size_t n, void (*make)(size_t i, char cell[CELL]))
{
    check_limited(n, make, 0);
}

static void few(size_t i, char cell[CELL])
{
    snprintf(cell, CELL, i % 11 ? "v%zu" : "", i * i % 10);
}

static void strange(size_t i, char cell[CELL])
{
    static const char *const piece[] = {"\"", "\n", "\xff", "x", ",\"", " inner  blanks", "\xc3"};
    snprintf(cell, CELL, "k%s%s%zu%s", piece[i % 7], piece[i / 7 % 7], i % 3, "z");
}

static void many(size_t i, char cell[CELL])
{
    snprintf(cell, CELL, i % 3 ? "%zu" : "a value of more than sixteen bytes, %zu",
             i * 7919 % 30011);
}

static void distinct(size_t i, char cell[CELL])
{
    snprintf(cell, CELL, "%zx", i * 2654435761u % 4294967291u);
}

Test(census, few_values)
{
    check_texts(3000, few);
}

Test(census, strange_texts)
{
    check_texts(2000, strange);
}

Test(census, many_values)
{
    check_texts(60000, many);
}

/* More than a worker's table holds. */
Test(census, more_values_than_a_table)
{
    check_texts(200000, distinct);
}

/* Mostly new ones, some of them longer than a small buffer of a part has room for. */
static void scattered(size_t i, char cell[CELL])
{
    if (i % 5 == 0)
        snprintf(cell, CELL, "%zu", i % 35);
    else if (i % 501 == 1)
        snprintf(cell, CELL, "*%zu*", i);
    else
        snprintf(cell, CELL, i % 3 ? "%zu" : "%zu, a value of more than sixteen bytes", i);
}

/* A table of 1,024 values, after which those of 16 more go straight to their parts. */
Test(census, values_that_go_straight_to_their_parts)
{
    check_limited(30000, scattered, 1 << 16);
}

Test(census, no_values)
{
    struct fixture f;
    set_up(&f, 0, few, false);
    run(&f, "threads", 2, 0);
    struct crunch_census census = merge(&f, SIZE_MAX, 1, 0);
    cr_assert(census.distinct == 0 && census.total == 0 && census.n_most == 0 &&
              census.n_least == 0);
    crunch_census_free(&census);
    crunch_run_result_free(&f.result);
    tear_down(&f);
}

Test(census, the_rarest_values)
{
    struct fixture f;
    set_up(&f, 60000, many, false);
    struct counted *counted = calloc(f.n, sizeof *counted);
    size_t n = count_cells(&f, counted), first = n;
    run(&f, "threads", 2, 5000);
    struct crunch_census census = merge(&f, 0, 5, 0);
    while (first > 0 && counted[first - 1].count == counted[n - 1].count)
        first--;
    cr_assert_eq(census.n_least, 5);
    check_items(census.least, 5, counted + first, "least");
    crunch_census_free(&census);
    crunch_run_result_free(&f.result);
    free(counted);
    tear_down(&f);
}

struct expected {
    const struct counted *next;
    bool failed;
};

static enum crunch_code take_listed(void *context, const struct crunch_census_item *item,
                                    struct crunch_error *error)
{
    struct expected *expected = context;
    const struct counted *next = expected->next++;
    (void)error;
    if (item->count != next->count || item->len != strlen(next->text) ||
        memcmp(item->key, next->text, item->len) != 0)
        expected->failed = true;
    return CRUNCH_OK;
}

/* However little memory there is, a list is what a merge without a limit gives. */
static void check_list(void (*make)(size_t i, char cell[CELL]), size_t cells, uint64_t chunk_bytes)
{
    static const uint64_t limits[] = {0, 50000, 1 << 20, 16 << 20};
    static const size_t mosts[] = {SIZE_MAX, 5, 20000};
    struct fixture f;
    set_up(&f, cells, make, false);
    f.job.mem_limit = 100000; /* of the workers' tables */
    struct counted *counted = calloc(f.n, sizeof *counted);
    size_t n = count_cells(&f, counted);
    run(&f, "threads", 2, chunk_bytes);
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++)
        for (size_t m = 0; m < sizeof mosts / sizeof *mosts; m++) {
            const struct crunch_census_request request = {mosts[m], 0, 2, limits[l], NULL};
            struct expected expected = {.next = counted};
            struct crunch_census census;
            struct crunch_error error;
            cr_assert_eq(
                crunch_census_list(&f.config, &f.result.logs, 0, &request, &census, &error),
                CRUNCH_OK);
            cr_assert_eq(census.distinct, n);
            cr_assert_eq(census.n_most, mosts[m] < n ? mosts[m] : n);
            for (int again = 0; again < 2; again++) {
                expected.next = counted;
                cr_assert_eq(crunch_census_each(&census, take_listed, &expected, &error),
                             CRUNCH_OK);
                cr_assert_eq((size_t)(expected.next - counted), census.n_most);
                cr_assert(!expected.failed);
            }
            crunch_census_free(&census);
        }
    crunch_run_result_free(&f.result);
    free(counted);
    tear_down(&f);
}

Test(census, lists_of_many_values)
{
    check_list(many, 60000, 5000);
}

/* The chunks have so few values each that their blocks are of all parts. */
Test(census, lists_from_small_chunks)
{
    check_list(distinct, 20000, 500);
}

static enum crunch_code refuse(void *context, const struct crunch_census_item *item,
                               struct crunch_error *error)
{
    (void)context, (void)item;
    return crunch_fail(error, CRUNCH_IO, "no more");
}

Test(census, a_list_stops_when_told_to)
{
    struct fixture f;
    set_up(&f, 3000, few, false);
    run(&f, "seq", 1, 0);
    const struct crunch_census_request request = {1, 0, 1, 1 << 20, NULL};
    struct crunch_census census;
    struct crunch_error error;
    cr_assert_eq(crunch_census_list(&f.config, &f.result.logs, 0, &request, &census, &error),
                 CRUNCH_OK);
    cr_assert_eq(crunch_census_each(&census, refuse, NULL, &error), CRUNCH_IO);
    crunch_census_free(&census);
    crunch_run_result_free(&f.result);
    tear_down(&f);
}

/* ---- by value ---- */

/* Ten ways to write each of a few hundred numbers, some of them wide. */
static void numbers(size_t i, char cell[CELL])
{
    static const char *const form[] = {"%s%zu",   "%s%zu.0",   "%s0%zu",      "%s%zu.000",
                                       "%s%zue0", "%s%zu0e-1", "%s%zu.%024d", "%s%zue25",
                                       "%s%zu.5", "%s0.%zu"};
    const char *text = form[i % 10];
    if (i % 97 == 0)
        strcpy(cell, i % 2 ? "nan" : i % 3 ? "inf" : "-Infinity");
    else if (i % 89 != 0)
        snprintf(cell, CELL, text, i % 2 ? "-" : "", i / 20 % 150, 0);
    else
        cell[0] = '\0';
}

static void check_values(enum crunch_arith arith)
{
    static const uint64_t chunks[] = {0, 100, 3000};
    struct fixture f;
    struct crunch_dialect dialect = crunch_dialect_default();
    set_up(&f, 20000, numbers, true);
    crunch_plan_free(&f.plan);
    crunch_table_free(f.table);
    dialect.arith = arith;
    f.job.dialect = dialect;
    cr_assert_eq(crunch_table_read(f.source, &dialect, &f.table, NULL), CRUNCH_OK);
    cr_assert_eq(crunch_plan_init(&f.plan, &f.job, f.table, NULL), CRUNCH_OK);
    cr_assert_eq(
        crunch_plan_collect(
            &f.plan, &(struct crunch_collecting){&crunch_census_collector, &f.config, NULL}, NULL),
        CRUNCH_OK);
    for (size_t c = 0; c < 3; c++) {
        struct crunch_verdict verdict;
        struct crunch_error error;
        run(&f, "threads", 2, chunks[c]);
        struct crunch_census census = merge(&f, SIZE_MAX, 0, 0);
        cr_assert(census.distinct > 600 && census.distinct < 1500, "%zu", (size_t)census.distinct);
        crunch_census_free(&census);
        cr_assert_eq(crunch_verify_run(&f.plan, f.source, &f.result, 0, &verdict, &error),
                     CRUNCH_OK, "%s", error.message);
        crunch_run_result_free(&f.result);
    }
    tear_down(&f);
}

Test(census, values_are_verified)
{
    check_values(CRUNCH_ARITH_DECIMAL);
}

Test(census, doubles_are_verified)
{
    check_values(CRUNCH_ARITH_BINARY);
}

Test(census, texts_are_verified)
{
    struct fixture f;
    struct crunch_verdict verdict;
    struct crunch_error error;
    set_up(&f, 3000, strange, false);
    run(&f, "procs", 2, 777);
    cr_assert_eq(crunch_verify_run(&f.plan, f.source, &f.result, 0, &verdict, &error), CRUNCH_OK,
                 "%s", error.message);
    crunch_run_result_free(&f.result);
    tear_down(&f);
}

/* ---- keys ---- */

/* The key of a number as text, in a batch of its own. */
static size_t key_of(const char *text, unsigned char out[CRUNCH_VALUE_KEY_MAX])
{
    static const enum crunch_need need[] = {CRUNCH_NEED_NUMBER};
    const struct crunch_batch_shape shape = {.n_columns = 1, .need = need};
    struct crunch_dialect dialect = crunch_dialect_default();
    char scratch[CRUNCH_WIDE_DIGITS_MAX];
    unsigned char room[CRUNCH_VALUE_KEY_MAX];
    struct crunch_batch *batch;
    struct crunch_number number;
    size_t next_wide = 0;
    cr_assert_eq(crunch_batch_create(&shape, &batch, NULL), CRUNCH_OK);
    crunch_number_parse(&dialect, text, strlen(text), scratch, &number);
    crunch_batch_append(batch, &number, NULL, 0);
    struct crunch_hash_key key = crunch_value_key(&batch->columns[0], 0, &next_wide, room, 1);
    memcpy(out, key.len <= CRUNCH_HASH_INLINE ? (void *)key.word : key.bytes, key.len);
    crunch_batch_free(batch);
    return key.len;
}

Test(value_key, one_for_all_ways_to_write_a_number)
{
    static const char *const same[][5] = {
        {"1", "1.0", "0.1e1", "1.000000000000000000000000", "+1"},
        {"0", "-0", "0.000", "0e99", "-0.00000000000000000000000000"},
        {"100", "1e2", "100.0", "0.1e3", "100.00000000000000000000"},
        {"12e-40", "1.2e-39", "0.0000000000000000000000000000000000000012", "120e-41", "0.12e-38"},
        {"-1e300", "-10e299", "-0.1e301", "-1.0e300", "-1000000e294"},
        {"inf", "Infinity", "+inf", "INF", "+infinity"},
        {"123456789012345678", "123456789012345678.0", "1234567890123456780e-1",
         "123456789012345678.000000", "1.23456789012345678e17"},
        {"123456789012345678901", "123456789012345678901.0", "1234567890123456789010e-1",
         "123456789012345678901.000000", "1.23456789012345678901e20"},
    };
    unsigned char first[CRUNCH_VALUE_KEY_MAX], other[CRUNCH_VALUE_KEY_MAX];
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        size_t len = key_of(same[i][0], first);
        for (size_t j = 1; j < 5; j++) {
            size_t n = key_of(same[i][j], other);
            cr_expect(n == len && memcmp(first, other, n) == 0, "%s, %s", same[i][0], same[i][j]);
        }
    }
}

Test(value_key, ordered_as_numbers)
{
    static const char *const ascending[] = {"-inf", "-1e300",  "-1e18",  "-1e17", "-3",    "-1e-45",
                                            "0",    "1e-1000", "1e-45",  "1e-39", "1e-38", "0.5",
                                            "0.51", "1",       "2",      "9",     "10",    "999e15",
                                            "1e18", "1e20",    "1.1e20", "2e300", "inf",   "nan"};
    enum { N = sizeof ascending / sizeof *ascending };
    unsigned char a[CRUNCH_VALUE_KEY_MAX], b[CRUNCH_VALUE_KEY_MAX];
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            int order =
                crunch_value_key_compare(a, key_of(ascending[i], a), b, key_of(ascending[j], b));
            cr_expect((order > 0) - (order < 0) == (i > j) - (i < j), "%s, %s", ascending[i],
                      ascending[j]);
        }
}

/*
 * Whole runs: every backend, number of workers and chunk size gives the states, the counts, the
 * rejects and the error of the sequential run over one chunk; and that is checked against sums
 * made while the input was written.
 */
#include "core/rejects.h"
#include "core/run.h"
#include "io/table.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct input {
    char path[64], rejects[80];
    long long sum;
    uint64_t records, bad, bad_line, bad_offset;
};

static uint64_t random_state = 362436069;

static uint64_t random_below(uint64_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % n;
}

/* Numbers beside notes with delimiters, quotes and line ends in them; bad_in: one number in so many
 * is none (0: all are numbers). The place of the first such is kept. */
static void make_input(struct input *input, int records, unsigned bad_in)
{
    static const char *const notes[] = {"plain", "\"a,b\"", "\"two\nlines\"", "\"say \"\"x\"\"\"",
                                        "\"1,2\n3,4\n\""};
    static const unsigned lines[] = {0, 0, 1, 0, 2};
    uint64_t line = 2;
    FILE *out;

    memset(input, 0, sizeof *input);
    strcpy(input->path, "/tmp/crunch-run-XXXXXX");
    out = fdopen(mkstemp(input->path), "w");
    cr_assert_not_null(out);
    snprintf(input->rejects, sizeof input->rejects, "%s.rejects", input->path);
    fprintf(out, "value,note\n");
    for (int i = 0; i < records; i++) {
        unsigned k = (unsigned)random_below(5);
        int value = (int)random_below(2000000) - 1000000;

        if (bad_in && random_below(bad_in) == 0) {
            if (input->bad++ == 0) {
                input->bad_line = line;
                input->bad_offset = (uint64_t)ftell(out);
            }
            fprintf(out, "x%d,%s\n", i, notes[k]);
        } else {
            fprintf(out, "%d,%s\n", value, notes[k]);
            input->sum += value;
        }
        line += 1 + lines[k];
    }
    input->records = (uint64_t)records;
    fclose(out);
}

static void drop_input(struct input *input)
{
    unlink(input->path);
    unlink(input->rejects);
}

struct outcome {
    enum crunch_code code;
    struct crunch_error error;
    char *encoding;
    char *rejects;
    uint64_t records, lines, bad;
};

static char *read_file(const char *path)
{
    FILE *in = fopen(path, "r");
    char *text = calloc(1, 1 << 20);

    if (in) {
        cr_assert_lt(fread(text, 1, (1 << 20) - 1, in), (1 << 20) - 1);
        fclose(in);
    }
    return text;
}

static char *written_rejects(const struct input *input, const struct crunch_run_result *result,
                             const struct crunch_table *table, const struct crunch_source *source)
{
    cr_assert_eq(crunch_rejects_write(input->rejects, &result->logs, table, source, NULL),
                 CRUNCH_OK);
    return read_file(input->rejects);
}

static struct outcome run(const struct input *input, const char *backend, unsigned workers,
                          uint64_t chunk_bytes, enum crunch_on_error on_error, uint64_t max_errors)
{
    const struct crunch_op *const ops[] = {crunch_op_find("sum", 3), crunch_op_find("var", 3),
                                           crunch_op_find("max", 3)};
    struct crunch_job job = {.dialect = crunch_dialect_default(),
                             .path = input->path,
                             .columns = "1",
                             .ops = ops,
                             .n_ops = 3,
                             .backend = crunch_backend_find(backend),
                             .workers = workers,
                             .chunk_bytes = chunk_bytes,
                             .retries = 3,
                             .max_errors = max_errors,
                             .rejects_path = input->rejects};
    struct outcome out = {0};
    struct crunch_run_result result;
    struct crunch_source *source;
    struct crunch_table *table;
    struct crunch_plan plan;

    job.dialect.on_error = on_error;
    cr_assert_eq(crunch_source_open(input->path, &source, &out.error), CRUNCH_OK);
    cr_assert_eq(crunch_table_read(source, &job.dialect, &table, &out.error), CRUNCH_OK);
    cr_assert_eq(crunch_plan_init(&plan, &job, table, &out.error), CRUNCH_OK);
    out.code = crunch_run(&plan, source, NULL, &result, &out.error);
    if (out.code == CRUNCH_OK) {
        struct crunch_exact exact;

        crunch_exact_init(&exact, job.dialect.arith, plan.needs[0]);
        crunch_bundle_extract(&plan.layout, result.bundle, 0, &exact);
        out.encoding = crunch_exact_encode(&exact);
        crunch_exact_clear(&exact);
        if (on_error != CRUNCH_ON_ERROR_FAIL)
            out.rejects = written_rejects(input, &result, table, source);
    }
    out.records = result.records;
    out.lines = result.lines;
    out.bad = result.bad;
    crunch_run_result_free(&result);
    crunch_plan_free(&plan);
    crunch_table_free(table);
    crunch_source_close(source);
    return out;
}

static void free_outcome(struct outcome *out)
{
    free(out->encoding);
    free(out->rejects);
}

static const uint64_t chunk_sizes[] = {0, 7, 100, 1009, 65536};

/* Calls check for every backend, some workers and chunk sizes. */
static void vary(const struct input *input, enum crunch_on_error on_error, uint64_t max_errors,
                 void (*check)(const struct input *, const struct outcome *expected,
                               const struct outcome *))
{
    struct outcome expected = run(input, "seq", 1, 0, on_error, max_errors);
    size_t n;
    const struct crunch_backend *const *backends = crunch_backends(&n);

    check(input, &expected, &expected);
    for (size_t b = 0; b < n; b++)
        for (unsigned workers = 1; workers <= 3; workers++)
            for (size_t c = 0; c < sizeof chunk_sizes / sizeof *chunk_sizes; c++) {
                struct outcome out =
                    run(input, backends[b]->name, workers, chunk_sizes[c], on_error, max_errors);
                check(input, &expected, &out);
                free_outcome(&out);
            }
    free_outcome(&expected);
}

static void check_same(const struct input *input, const struct outcome *expected,
                       const struct outcome *out)
{
    char sum[64];
    long long digits = input->sum;
    int zeros = 0;

    cr_assert_eq(out->code, CRUNCH_OK, "%s", out->error.message);
    for (; digits && digits % 10 == 0; digits /= 10)
        zeros++;
    snprintf(sum, sizeof sum, " sum=%llde%d ", digits, zeros);
    cr_assert_not_null(strstr(out->encoding, sum), "no%sin %s", sum, out->encoding);
    cr_assert_str_eq(out->encoding, expected->encoding);
    cr_assert_eq(out->records, input->records);
    cr_assert_eq(out->lines, expected->lines);
    cr_assert_eq(out->bad, input->bad);
    if (out->rejects)
        cr_assert_str_eq(out->rejects, expected->rejects);
}

static void check_error(const struct input *input, const struct outcome *expected,
                        const struct outcome *out)
{
    cr_assert_eq(out->code, CRUNCH_BAD_DATA);
    cr_assert_eq(out->error.offset, expected->error.offset);
    cr_assert_eq(out->error.line, expected->error.line);
    cr_assert_eq(out->error.record, expected->error.record);
    cr_assert_str_eq(out->error.message, expected->error.message);
    cr_assert_str_eq(out->error.file, input->path);
}

static void check_first_error(const struct input *input, const struct outcome *expected,
                              const struct outcome *out)
{
    check_error(input, expected, out);
    cr_assert_eq(out->error.offset, input->bad_offset);
    cr_assert_eq(out->error.line, input->bad_line, "line %lu, not %lu", out->error.line,
                 input->bad_line);
}

Test(run, same_everywhere, .timeout = 60)
{
    struct input input;

    make_input(&input, 700, 0);
    vary(&input, CRUNCH_ON_ERROR_FAIL, UINT64_MAX, check_same);
    drop_input(&input);
}

Test(run, first_error_everywhere, .timeout = 60)
{
    struct input input;

    make_input(&input, 700, 30);
    vary(&input, CRUNCH_ON_ERROR_FAIL, UINT64_MAX, check_first_error);
    drop_input(&input);
}

Test(run, rejects_in_file_order, .timeout = 60)
{
    struct input input;

    make_input(&input, 700, 10);
    vary(&input, CRUNCH_ON_ERROR_SKIP, UINT64_MAX, check_same);
    drop_input(&input);
}

Test(run, fails_past_the_allowed_errors, .timeout = 60)
{
    struct input input;

    make_input(&input, 700, 10);
    cr_assert_gt(input.bad, 20);
    vary(&input, CRUNCH_ON_ERROR_SKIP, 20, check_error);
    drop_input(&input);
}

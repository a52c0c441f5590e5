/*
 * Collectors through whole runs, with one that writes down each row (its record number and its
 * text): on every backend, number of workers and chunk size the blocks of the logs, in order, and
 * what was emitted, are the input's own lines; and so says --verify's comparison.
 */
#include "core/reference_row.h"
#include "core/run.h"
#include "core/verify.h"
#include "io/table.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 3000, LINE = 64 };

struct config {
    FILE *emitted;
    bool wrong; /* the reference is off by one in one place */
};

struct row {
    uint64_t record;
    uint32_t len;
    char text[LINE];
};

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **self,
                               struct crunch_error *error)
{
    (void)plan, (void)config, (void)error;
    *self = calloc(1, sizeof(uint64_t));
    return CRUNCH_OK;
}

static void begin(void *self)
{
    *(uint64_t *)self = 0;
}

static enum crunch_code feed(void *self, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    for (size_t i = 0; i < rows->rows && !code; i++) {
        struct row row = {.record = rows->record[i], .len = rows->columns[0].text_len[i]};
        cr_assert_leq(row.len, LINE);
        memcpy(row.text, rows->columns[0].text[i], row.len);
        code = crunch_log_put(log, stream, &row, sizeof row, error);
        ++*(uint64_t *)self;
    }
    return code;
}

static enum crunch_code end(void *self, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    (void)self, (void)log, (void)stream, (void)error;
    return CRUNCH_OK;
}

static enum crunch_code emit(const struct crunch_plan *plan, const void *config, const void *data,
                             size_t bytes, struct crunch_error *error)
{
    const struct config *c = config;
    const struct row *row = data;
    (void)plan, (void)error;
    cr_assert_eq(bytes, sizeof *row);
    fprintf(c->emitted, "%.*s\n", (int)row->len, row->text);
    return CRUNCH_OK;
}

static enum crunch_code write_rows(const struct crunch_plan *plan, const void *config,
                                   const struct crunch_logs *logs, uint32_t stream, FILE *out,
                                   struct crunch_error *error)
{
    (void)plan, (void)config;
    for (size_t i = 0; i < logs->n_blocks; i++) {
        struct row row;
        if (logs->block[i].stream != stream)
            continue;
        cr_assert_eq(crunch_logs_load(logs, &logs->block[i], &row, error), CRUNCH_OK);
        fprintf(out, "%llu %.*s\n",
                (unsigned long long)(logs->block[i].prefix.records + row.record), (int)row.len,
                row.text);
    }
    return CRUNCH_OK;
}

struct reference {
    FILE *out;
    char *text;
    size_t size;
    bool wrong;
};

static enum crunch_code reference_create(const struct crunch_plan *plan, const void *config,
                                         void **self, struct crunch_error *error)
{
    struct reference *reference = calloc(1, sizeof *reference);
    (void)plan, (void)error;
    reference->out = open_memstream(&reference->text, &reference->size);
    reference->wrong = ((const struct config *)config)->wrong;
    *self = reference;
    return CRUNCH_OK;
}

static enum crunch_code reference_row(void *self, const struct crunch_reference_row *row,
                                      struct crunch_error *error)
{
    struct reference *reference = self;
    uint64_t record = row->record + (reference->wrong && row->record == 1000);
    (void)error;
    fprintf(reference->out, "%llu %.*s\n", (unsigned long long)record, (int)row->cell[0].text_len,
            row->cell[0].text);
    return CRUNCH_OK;
}

static enum crunch_code reference_write(void *self, FILE *out, struct crunch_error *error)
{
    struct reference *reference = self;
    (void)error;
    fflush(reference->out);
    fwrite(reference->text, 1, reference->size, out);
    return CRUNCH_OK;
}

static void reference_destroy(void *self)
{
    struct reference *reference = self;
    fclose(reference->out);
    free(reference->text);
    free(reference);
}

static const struct crunch_collector lines = {
    .name = "lines",
    .create = create,
    .destroy = free,
    .begin = begin,
    .feed = feed,
    .end = end,
    .emit = emit,
    .write = write_rows,
    .reference_create = reference_create,
    .reference_row = reference_row,
    .reference_write = reference_write,
    .reference_destroy = reference_destroy,
};

struct fixture {
    char path[64];
    char *lines; /* the second column's cells */
    struct crunch_source *source;
    struct crunch_table *table;
    struct crunch_job job;
    struct crunch_plan plan;
    struct config config;
};

static void set_up(struct fixture *f)
{
    static const struct crunch_op *ops[1];
    size_t size;
    FILE *kept = open_memstream(&f->lines, &size), *out;
    memset(&f->job, 0, sizeof f->job);
    strcpy(f->path, "/tmp/crunch-collect-XXXXXX");
    out = fdopen(mkstemp(f->path), "w");
    fprintf(out, "a,b\n");
    for (int i = 0; i < ROWS; i++) {
        fprintf(out, i % 7 ? "%d,name %d\n" : "%d,\"na\"\"me\n %d\"\n", i, i * 37 % 1000);
        fprintf(kept, i % 7 ? "name %d\n" : "na\"me\n %d\n", i * 37 % 1000);
    }
    fclose(out);
    fclose(kept);
    ops[0] = crunch_op_find("count", 5);
    f->job = (struct crunch_job){.dialect = crunch_dialect_default(),
                                 .path = f->path,
                                 .columns = "b",
                                 .ops = ops,
                                 .n_ops = 1,
                                 .workers = 1,
                                 .retries = 3};
    f->config = (struct config){0};
    cr_assert_eq(crunch_source_open(f->path, &f->source, NULL), CRUNCH_OK);
    cr_assert_eq(crunch_table_read(f->source, &f->job.dialect, &f->table, NULL), CRUNCH_OK);
    cr_assert_eq(crunch_plan_init(&f->plan, &f->job, f->table, NULL), CRUNCH_OK);
    ((enum crunch_need *)(uintptr_t)f->plan.scan.need)[0] |= CRUNCH_NEED_TEXT;
    f->plan.scan.records = true;
    cr_assert_eq(
        crunch_plan_collect(&f->plan, &(struct crunch_collecting){&lines, &f->config, NULL}, NULL),
        CRUNCH_OK);
}

static void tear_down(struct fixture *f)
{
    crunch_plan_free(&f->plan);
    crunch_table_free(f->table);
    crunch_source_close(f->source);
    unlink(f->path);
    free(f->lines);
}

Test(collect, rows_in_order_on_every_backend)
{
    static const char *const backends[] = {"seq", "threads", "omp", "procs"};
    static const uint64_t chunks[] = {0, 1, 50, 777, 100000};
    struct fixture f;
    set_up(&f);
    for (size_t b = 0; b < 4; b++)
        for (size_t c = 0; c < 5; c++)
            for (unsigned workers = 1; workers <= 7; workers += 3) {
                struct crunch_run_hooks hooks = {.emit = true};
                struct crunch_run_result result;
                struct crunch_error error;
                char *emitted;
                size_t size;
                f.config.emitted = open_memstream(&emitted, &size);
                f.job.backend = crunch_backend_find(backends[b]);
                f.job.workers = workers;
                f.job.chunk_bytes = chunks[c];
                cr_assert_eq(crunch_run(&f.plan, f.source, &hooks, &result, &error), CRUNCH_OK,
                             "%s", error.message);
                fclose(f.config.emitted);
                cr_expect_str_eq(emitted, f.lines, "%s, %u workers, chunks of %u", backends[b],
                                 workers, (unsigned)chunks[c]);
                free(emitted);
                crunch_run_result_free(&result);
            }
    tear_down(&f);
}

Test(collect, is_verified)
{
    struct fixture f;
    set_up(&f);
    for (int wrong = 0; wrong < 2; wrong++) {
        struct crunch_run_result result;
        struct crunch_verdict verdict;
        struct crunch_error error;
        f.job.backend = crunch_backend_find("threads");
        f.job.workers = 3;
        f.job.chunk_bytes = 1000;
        f.config.wrong = wrong;
        cr_assert_eq(crunch_run(&f.plan, f.source, NULL, &result, NULL), CRUNCH_OK);
        enum crunch_code code = crunch_verify_run(&f.plan, f.source, &result, 0, &verdict, &error);
        cr_expect_eq(code, wrong ? CRUNCH_MISMATCH : CRUNCH_OK, "%s", error.message);
        if (wrong)
            cr_expect(strstr(error.message, "line 1144: 1000 name 0 in the run, 1001 name 0"), "%s",
                      error.message);
        crunch_run_result_free(&result);
    }
    tear_down(&f);
}

/*
 * The laws of merging, for every operation there is, alone and by groups: what is found of a file
 * does not depend on how it is cut into chunks and who merges which (associativity), nor on the
 * order of its records, unless the operation is about places (commutativity); and chunks without
 * records change nothing (identity). Held to them are the canonical encodings of every state,
 * what collectors have to say about their logs, and the printed fields. A new operation is here by
 * its row.
 */
#include "cmd/results.h"
#include "core/counted.h"
#include "core/histogram.h"
#include "core/joint_set.h"
#include "core/passes.h"
#include "core/places.h"
#include "core/verify.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORDS 300
#define LINE 64

static char line[RECORDS][LINE];

static unsigned pick(unsigned n)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 11) % n);
}

static void make_records(void)
{
    static const char *const keys[] = {"Oslo", "", "\"a,\nb\"", "Rome", "Bonn", "\xff"};
    static const char *const odd[] = {"", "12345678901234567890.5", "7e-30", "-3"};
    for (int i = 0; i < RECORDS; i++) {
        int n =
            snprintf(line[i], LINE, "%s,%u%s,", keys[pick(6)], 1 + pick(40), pick(3) ? "" : ".50");
        if (pick(9) == 0)
            snprintf(line[i] + n, LINE - (size_t)n, "%s\n", odd[pick(4)]);
        else
            snprintf(line[i] + n, LINE - (size_t)n, "%u.%u\n", 1 + pick(9), pick(100));
    }
}

/* Writes the records to a new file, in another order, or with lines between them that are none. */
static void write_file(char path[64], bool shuffled, bool spaced)
{
    unsigned order[RECORDS];
    strcpy(path, "/tmp/crunch-laws-XXXXXX");
    FILE *out = fdopen(mkstemp(path), "w");
    for (unsigned i = 0; i < RECORDS; i++)
        order[i] = i;
    for (unsigned i = RECORDS - 1; shuffled && i > 0; i--) {
        unsigned j = pick(i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
    fputs("k,x,y\n", out);
    for (unsigned i = 0; i < RECORDS; i++) {
        for (unsigned n = spaced && pick(20) == 0 ? 150 : 0; n > 0; n--)
            fputs(" \n", out);
        fputs(line[order[i]], out);
    }
    fclose(out);
}

static void tell_states(FILE *out, const struct crunch_plan *plan,
                        const struct crunch_run_result *run)
{
    for (size_t slot = 0; slot < plan->layout.n_columns; slot++) {
        struct crunch_exact exact;
        crunch_exact_init(&exact, crunch_layout_arith(&plan->layout, slot),
                          plan->layout.needs[slot]);
        crunch_bundle_extract(&plan->layout, run->bundle, slot, &exact);
        char *text = crunch_exact_encode(&exact);
        fprintf(out, "%s\n", text);
        free(text);
        crunch_exact_clear(&exact);
    }
    for (size_t s = 0; s < plan->layout.n_sets; s++) {
        struct crunch_joint joint;
        cr_assert_eq(crunch_bundle_extract_joint(&plan->layout, run->bundle, s, &joint), CRUNCH_OK);
        char *text = crunch_joint_encode(&joint);
        fprintf(out, "%s\n", text);
        free(text);
        crunch_joint_clear(&joint);
    }
}

static void tell_fields(FILE *out, const struct crunch_plan *plan,
                        const struct crunch_run_result *run)
{
    struct crunch_results results;
    cr_assert_eq(crunch_results_make(&results, plan, run, 0, false, NULL), CRUNCH_OK);
    for (size_t i = 0; i < results.grid.n_rows * results.grid.n_columns; i++)
        fprintf(out, "%.*s\n", (int)results.fields[i].len, results.fields[i].text);
    crunch_results_free(&results);
}

/* All that a run of the job finds in the file, malloc'd; NULL when the job is refused. verified: it
 * is what the reference finds, too (laws alone would hold if merging forgot everything). */
static char *found_in(struct crunch_job *job, const char *path, bool verified)
{
    struct crunch_source *source;
    struct crunch_table *table;
    struct crunch_plan plan;
    struct crunch_run_result run;
    struct crunch_error error;
    char *text = NULL;
    size_t size;
    job->path = path;
    job->paths = &job->path;
    cr_assert_eq(crunch_source_open(path, &source, NULL), CRUNCH_OK);
    crunch_source_configure(source, NULL, "/tmp");
    cr_assert_eq(crunch_table_read(source, &job->dialect, &table, NULL), CRUNCH_OK);
    enum crunch_code code = crunch_plan_init(&plan, job, table, &error);
    cr_assert(code == CRUNCH_OK || code == CRUNCH_USAGE, "%s: %s", job->ops[0]->name,
              error.message);
    if (!code) {
        FILE *out = open_memstream(&text, &size);
        cr_assert_eq(crunch_histogram_prepare(&plan, source, NULL, &error), CRUNCH_OK);
        cr_assert_eq(crunch_run_passes(&plan, source, NULL, &run, &error), CRUNCH_OK, "%s: %s",
                     job->ops[0]->name, error.message);
        cr_assert_eq(crunch_counts_make(&plan, &run.logs, &run.counts, &error), CRUNCH_OK);
        cr_assert_eq(crunch_places_make(&plan, &run.logs, &run.places, &error), CRUNCH_OK);
        struct crunch_verdict verdict;
        if (verified)
            cr_expect_eq(crunch_verify_run(&plan, source, &run, 0, &verdict, &error), CRUNCH_OK,
                         "%s", error.message);
        tell_states(out, &plan, &run);
        for (size_t i = 0; i < plan.n_collecting; i++)
            if (plan.collecting[i].collector->write)
                cr_assert_eq(plan.collecting[i].collector->write(&plan, plan.collecting[i].config,
                                                                 &run.logs, (uint32_t)i, out,
                                                                 &error),
                             CRUNCH_OK);
        if (plan.n_by == 0 && !(job->ops[0]->needs & (CRUNCH_NEEDS_LIST | CRUNCH_NEEDS_TOP)))
            tell_fields(out, &plan, &run);
        fclose(out);
        crunch_run_result_free(&run);
        crunch_plan_free(&plan);
    }
    crunch_table_free(table);
    crunch_source_close(source);
    return text;
}

enum { PLAIN, SHUFFLED, SPACED, N_FILES };

/* The laws for one op; false: it is refused (by groups, or without weights). */
static bool check(const struct crunch_op *op, const char *by, enum crunch_arith arith,
                  char path[N_FILES][64])
{
    static const struct {
        const char *backend;
        unsigned workers;
        uint64_t chunk_bytes;
        int file;
    } way[] = {{"seq", 1, 1, PLAIN},         {"threads", 3, 40, PLAIN}, {"seq", 1, 0, SHUFFLED},
               {"threads", 3, 90, SHUFFLED}, {"seq", 1, 0, SPACED},     {"threads", 2, 30, SPACED},
               {"procs", 2, 500, PLAIN}};
    struct crunch_job job = {.dialect = crunch_dialect_default(),
                             .n_paths = 1,
                             .columns = "x,y",
                             .by = by,
                             .ops = &op,
                             .n_ops = 1,
                             .backend = crunch_backend_find("seq"),
                             .workers = 1,
                             .retries = 3,
                             .max_errors = UINT64_MAX,
                             .tmpdir = "/tmp"};
    job.op_options =
        (struct crunch_op_options){.limit = 5, .bins = 4, .quantile_type = 7, .trim = {1, 10}};
    job.dialect.arith = arith;
    if (op->needs & CRUNCH_NEEDS_WEIGHT)
        job.weight = "y";
    const bool places = op->needs & (CRUNCH_NEEDS_ENDS | CRUNCH_NEEDS_PLACES);
    char *whole = found_in(&job, path[PLAIN], true);
    if (whole == NULL)
        return false;
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        if (places && way[i].file == SHUFFLED)
            continue;
        job.backend = crunch_backend_find(way[i].backend);
        job.workers = way[i].workers;
        job.chunk_bytes = way[i].chunk_bytes;
        char *other = found_in(&job, path[way[i].file], false);
        cr_expect_str_eq(other, whole, "%s%s%s, arith %d: %s, %u workers, chunks of %u, file %d",
                         op->name, by ? " by " : "", by ? by : "", (int)arith, way[i].backend,
                         way[i].workers, (unsigned)way[i].chunk_bytes, way[i].file);
        free(other);
    }
    free(whole);
    return true;
}

static void check_all(const char *by, size_t least)
{
    static char path[N_FILES][64];
    const struct crunch_op *op;
    size_t checked = 0;
    make_records();
    for (int file = 0; file < N_FILES; file++)
        write_file(path[file], file == SHUFFLED, file == SPACED);
    for (size_t i = 0; (op = crunch_op_at(i)) != NULL; i++) {
        struct crunch_op own = *op; /* a quantile has a place */
        if (strcmp(op->name, "quantile") == 0)
            own.at = (struct crunch_fraction){999, 1000};
        checked += check(&own, by, CRUNCH_ARITH_DECIMAL, path);
        check(&own, by, CRUNCH_ARITH_BINARY, path);
    }
    cr_expect(checked >= least, "only %zu operations were checked", checked);
    for (int file = 0; file < N_FILES; file++)
        unlink(path[file]);
}

Test(merge_laws, of_every_operation)
{
    check_all(NULL, 49);
}

Test(merge_laws, of_every_operation_by_groups)
{
    check_all("k", 30);
}

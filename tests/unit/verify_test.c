/* Verification must pass what is right and catch whatever was tampered with: states, counts,
 * sampled states and boundaries. The reference's own errors are in reference_test.c. */
#include "core/verify.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A run of sum and max over 500 records, in chunks of 256 bytes. */
struct setting {
    const struct crunch_op *ops[2];
    struct crunch_job job;
    struct crunch_source *source;
    struct crunch_table *table;
    struct crunch_plan plan;
    struct crunch_run_result result;
    struct crunch_verdict verdict;
    struct crunch_error error;
};

static void setting_init(struct setting *s, const char *backend, enum crunch_verify verify)
{
    char path[] = "/tmp/crunch-verify-XXXXXX";
    memset(s, 0, sizeof *s);
    FILE *file = fdopen(mkstemp(path), "w");
    cr_assert_not_null(file);
    fputs("n,x\n", file);
    for (int i = 0; i < 500; i++)
        fprintf(file, "%d,%d.%02d\n", i, i, i % 100);
    fclose(file);
    s->ops[0] = crunch_op_find("sum", 3);
    s->ops[1] = crunch_op_find("max", 3);
    s->job = (struct crunch_job){
        .dialect = crunch_dialect_default(),
        .path = "verified.csv",
        .columns = "x,n",
        .ops = s->ops,
        .n_ops = 2,
        .backend = crunch_backend_find(backend),
        .workers = 2,
        .chunk_bytes = 256,
        .retries = 3,
        .max_errors = UINT64_MAX,
        .tmpdir = "/tmp",
        .verify = verify,
        .seed = 7,
    };
    cr_assert_eq(crunch_source_open(path, &s->source, &s->error), CRUNCH_OK);
    cr_assert_eq(crunch_table_read(s->source, &s->job.dialect, &s->table, &s->error), CRUNCH_OK);
    cr_assert_eq(crunch_plan_init(&s->plan, &s->job, s->table, &s->error), CRUNCH_OK);
    cr_assert_eq(crunch_run(&s->plan, s->source, NULL, &s->result, &s->error), CRUNCH_OK);
    unlink(path);
}

static void setting_free(struct setting *s)
{
    crunch_run_result_free(&s->result);
    crunch_plan_free(&s->plan);
    crunch_table_free(s->table);
    crunch_source_close(s->source);
}

static enum crunch_code verify(struct setting *s)
{
    return crunch_verify_run(&s->plan, s->source, &s->result, 0, &s->verdict, &s->error);
}

static void expect_caught(struct setting *s, const char *part)
{
    cr_expect_eq(verify(s), CRUNCH_MISMATCH, "%s", part);
    cr_expect(!s->verdict.identical);
    cr_expect_not_null(strstr(s->verdict.difference, part), "%s: %s", part, s->verdict.difference);
    cr_expect_not_null(strstr(s->error.message, part));
}

Test(verify, right_results_pass)
{
    static const char *const backends[] = {"seq", "procs", "threads"};
    static const enum crunch_verify kinds[] = {CRUNCH_VERIFY_FULL, CRUNCH_VERIFY_SAMPLE};
    for (size_t i = 0; i < 6; i++) {
        struct setting s;
        setting_init(&s, backends[i % 3], kinds[i / 3]);
        cr_expect_eq(verify(&s), CRUNCH_OK, "%s", s.error.message);
        cr_expect(s.verdict.identical && s.verdict.sequential_s > 0 && s.verdict.reference_s > 0);
        cr_expect_eq(s.verdict.sampled, i / 3 == 1);
        if (s.verdict.sampled)
            cr_expect_eq(s.verdict.sampled_chunks, (s.verdict.total_chunks + 9) / 10);
        setting_free(&s);
    }
}

Test(verify, wrong_states_are_caught)
{
    struct setting s;
    setting_init(&s, "seq", CRUNCH_VERIFY_FULL);
    s.result.records++;
    expect_caught(&s, "records: 501 in the run, 500 in the reference");
    s.result.records--;
    s.result.bad = 1;
    expect_caught(&s, "bad data: 1 in the run, 0 in the reference");
    s.result.bad = 0;
    cr_expect_eq(verify(&s), CRUNCH_OK);
    void *copy = aligned_alloc(64, s.plan.layout.size); /* as states lie in a bundle */
    cr_assert_not_null(copy);
    memcpy(copy, s.result.bundle, s.plan.layout.size);
    crunch_bundle_merge(&s.plan.layout, s.result.bundle, copy); /* everything twice */
    expect_caught(&s, "column \"n\": count=1000 in the run, count=500 in the reference");
    free(copy);
    setting_free(&s);
}

Test(verify, wrong_samples_are_caught)
{
    struct setting s;
    setting_init(&s, "threads", CRUNCH_VERIFY_SAMPLE);
    cr_assert_gt(s.result.samples.n, 1);
    /* In the order of their commits; one that is not the last of the input has a record behind it.
     */
    struct crunch_sampled *item = &s.result.samples.item[0];
    for (size_t i = 1; i < s.result.samples.n; i++)
        if (s.result.samples.item[i].end < item->end)
            item = &s.result.samples.item[i];
    char *digit = strchr(strstr(item->state[0], "sum="), '=') + 1;
    *digit ^= 1;
    expect_caught(&s, "column \"n\", chunk ");
    *digit ^= 1;
    cr_expect_eq(verify(&s), CRUNCH_OK);
    item->begin++; /* a byte less of the first record */
    cr_expect_eq(verify(&s), CRUNCH_MISMATCH);
    item->begin--;
    item->end++; /* a record more */
    cr_expect_eq(verify(&s), CRUNCH_MISMATCH);
    item->end -= 2; /* the same records, but not at a line end */
    expect_caught(&s, "is not at a line end");
    item->end++;
    item->records++;
    expect_caught(&s, "records of chunk ");
    setting_free(&s);
}

Test(verify, bad_data_found_by_the_reference_alone)
{
    struct setting s;
    setting_init(&s, "seq", CRUNCH_VERIFY_FULL);
    const size_t width = s.table->width;
    s.table->width = 3; /* as if the run had let narrow records pass */
    expect_caught(&s, "the reference finds bad data in line 2");
    s.table->width = width;
    setting_free(&s);
}

Test(verify, scaling_figures)
{
    struct crunch_verdict v = {.parallel_s = 1, .sequential_s = 3};
    crunch_verdict_scaling(&v, 4, 2);
    cr_expect_float_eq(v.speedup, 3, 1e-12);
    cr_expect_float_eq(v.efficiency_workers, 0.75, 1e-12);
    cr_expect_float_eq(v.efficiency_cpus, 1.5, 1e-12);
    cr_expect_float_eq(v.karp_flatt, 1.0 / 9, 1e-12); /* (1/3 - 1/4) / (3/4) */
    crunch_verdict_scaling(&v, 1, 2);
    cr_expect(isnan(v.karp_flatt));
}

/*
 * Verification: runs the reference beside a finished parallel run, compares canonical states and
 * printed digits, measures the sequential fast path, and says what it found.
 */
#ifndef CRUNCH_CORE_VERIFY_H
#define CRUNCH_CORE_VERIFY_H

#include "core/reference.h"
#include "core/run.h"

struct crunch_verdict {
    bool identical;
    bool sampled;
    const char *in_full; /* why no sample was taken though one was asked for; or NULL */
    uint64_t seed, sampled_chunks, total_chunks, sampled_bytes; /* sample only */
    char difference[1600]; /* the first difference: column, op or state, both values */
    bool warm;             /* the input was read once before timing */
    double parallel_s;     /* the parallel run */
    double sequential_s;   /* the fast path on backend seq, best of this invocation */
    double reference_s;
    double speedup;                             /* sequential_s / parallel_s */
    double efficiency_workers, efficiency_cpus; /* speedup / workers, / usable CPUs */
    double karp_flatt; /* (1/speedup - 1/p) / (1 - 1/p), p workers (Karp and Flatt 1990); NAN if p =
                          1 */
};

/* Verifies result (of plan on source, a regular file). Returns CRUNCH_OK when identical,
 * CRUNCH_MISMATCH (with both values in the error) when not, other codes if the checking failed. */
enum crunch_code crunch_verify_run(const struct crunch_plan *plan, struct crunch_source *source,
                                   const struct crunch_run_result *result, unsigned precision,
                                   struct crunch_verdict *verdict, struct crunch_error *error);

/* The parallel-run figures of a verdict from times, workers and CPUs. Pure. */
void crunch_verdict_scaling(struct crunch_verdict *verdict, unsigned workers, unsigned cpus);

#endif

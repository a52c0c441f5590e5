/*
 * The command that reduces: opens the input, decides about it, plans, runs, verifies, prints. What
 * it has gathered on the way is one struct, which the report is written from.
 */
#ifndef CRUNCH_CMD_REDUCE_H
#define CRUNCH_CMD_REDUCE_H

#include "cmd/invocation.h"
#include "cmd/outfile.h"
#include "cmd/results.h"
#include "cmd/results_held.h"
#include "core/cpus.h"
#include "core/row_writer.h"
#include "core/verify.h"

struct crunch_reduction {
    const struct crunch_invocation *invocation;
    struct crunch_job job;
    char label[32]; /* what several files are called in messages */
    struct crunch_cpus cpus;
    bool per_column;
    double started_s;             /* CLOCK_MONOTONIC */
    struct crunch_source *source; /* NULL until opened */
    bool was_stream;
    struct crunch_table *table; /* NULL until read */
    struct crunch_plan plan;
    struct crunch_run_result result;
    struct crunch_verdict verdict;
    struct crunch_results results;
    struct crunch_reported_groups reported; /* with -g: what --report says of them */
    uint64_t streamed_rows; /* not 0: there are no results, but so many rows of values to print */
    struct crunch_row_writing rows; /* of a job that writes rows, and where to */
    struct crunch_outfile rows_file;
    bool planned, ran, verified,
        finished; /* how far it got: plan, result, verdict, results say something */
};

/* Reduces the inputs that the operands name (none: standard input), as one, by the ops. */
enum crunch_code crunch_reduce(const struct crunch_invocation *invocation,
                               const struct crunch_op *const *ops, size_t n_ops, bool per_column);

/* The same for a job that writes rows (core/job.h). */
enum crunch_code crunch_write_rows(const struct crunch_invocation *invocation,
                                   const struct crunch_job *job);

/* Seconds of CLOCK_MONOTONIC. */
double crunch_clock_s(void);

#endif

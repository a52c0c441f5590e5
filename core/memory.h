/* How much memory a run would take, before it takes any: for --mem-limit. */
#ifndef CRUNCH_CORE_MEMORY_H
#define CRUNCH_CORE_MEMORY_H

#include "core/job.h"

struct crunch_memory {
    uint64_t fixed;      /* the program, its tables, a stream's ring */
    uint64_t per_worker; /* states, batch and buffers */
    unsigned workers;
    uint64_t total;
};

/* An upper estimate for the plan on source, from the sizes of what will be allocated; a used cell
 * near
 * --max-record bytes comes on top. Pure. */
void crunch_memory_estimate(struct crunch_memory *need, const struct crunch_plan *plan,
                            const struct crunch_source *source);

/* What --mem-limit leaves, beside the program and its workers' buffers, to what grows with the
 * input: workers' tables during the run; sorting, merging and putting aside after it. SIZE_MAX
 * without a limit. Pure. */
size_t crunch_memory_budget(const struct crunch_job *job);
/* The share in it of one of a worker's collectors, not less than `least` and not more than `most`.
 * Pure. */
size_t crunch_memory_share(const struct crunch_plan *plan, size_t least, size_t most);

#endif

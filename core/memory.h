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

#endif

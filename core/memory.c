/*
 * Owns the estimate of a run's memory. It adds up what the runner, the scanner and the sources
 * allocate; it is checked before the run, so that a run over the limit fails at once and by its
 * figures, and not in the middle.
 */
#include "core/memory.h"

#include "core/group_gather.h"
#include "core/group_parts.h"
#include "core/run_state.h"

#define MIB ((uint64_t)1 << 20)

void crunch_memory_estimate(struct crunch_memory *need, const struct crunch_plan *plan,
                            const struct crunch_source *source)
{
    const struct crunch_job *job = plan->job;
    uint64_t unpack = crunch_source_unpack_bytes(source);
    uint64_t cell = sizeof(int64_t) + sizeof(double) + 2 + /* mantissa, binary, scale, class */
                    sizeof(char *) + sizeof(uint32_t);     /* text */
    need->workers = job->workers > 0 ? job->workers : 1;
    /* Code, libraries and heap of the process, and the merged bundle. */
    need->fixed = 6 * MIB + plan->layout.size + plan->scan.n_columns * sizeof(uint64_t);
    /* Two committed copies and the slots of a region; a batch; the scanner's buffer, its index and
     * a worker's stack or a forked process's private pages. */
    need->per_worker = (2 + crunch_slots_for(plan->layout.size)) * (uint64_t)plan->layout.size +
                       plan->scan.n_columns * CRUNCH_BATCH_ROWS * (cell + sizeof(uint64_t)) +
                       2 * MIB + crunch_source_ahead_bytes(source);
    /* A table of groups with room to grow, its front and a block of it; cells that are gathered. */
    if (plan->n_by > 0)
        need->per_worker += 2 * crunch_group_table_bytes(job) + MIB;
    for (size_t i = 0; i < plan->n_columns && plan->n_by > 0; i++)
        if (!crunch_group_is_compact(crunch_layout_arith(&plan->layout, plan->slot[i]),
                                     plan->by_needs[i]))
            need->per_worker += CRUNCH_GROUP_GATHER_BYTES;
    if (crunch_source_is_stream(source)) { /* a ring of 2 * workers + 2 blocks */
        need->fixed += 2 * CRUNCH_BLOCK_BYTES;
        need->per_worker += 2 * CRUNCH_BLOCK_BYTES;
        need->fixed += unpack;
    } else {
        need->per_worker += unpack;
    }
    need->fixed += crunch_source_fetch_bytes(source);
    need->total = need->fixed + need->workers * need->per_worker;
}

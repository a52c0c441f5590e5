/*
 * Owns the estimate of a run's memory. It adds up what the runner, the scanner and the sources
 * allocate; it is checked before the run, so that a run over the limit fails at once and by its
 * figures, and not in the middle.
 */
#include "core/memory.h"

#include "core/census.h"
#include "core/group.h"
#include "core/group_gather.h"
#include "core/group_order.h"
#include "core/group_parts.h"
#include "core/group_places.h"
#include "core/run_state.h"

#define MIB ((uint64_t)1 << 20)

/* A worker's batch and buffers, or a thread's heap and stack. */
#define WORKER_BYTES (2 * MIB)
#define PROGRAM_BYTES (10 * MIB)

size_t crunch_memory_budget(const struct crunch_job *job)
{
    const uint64_t workers = job->workers > 0 ? job->workers : 1;
    const uint64_t base = PROGRAM_BYTES + workers * WORKER_BYTES;
    if (job->mem_limit == 0)
        return SIZE_MAX;
    const uint64_t left = job->mem_limit > base ? job->mem_limit - base : 0;
    return (size_t)(left > job->mem_limit / 4 ? left : job->mem_limit / 4);
}

size_t crunch_memory_share(const struct crunch_plan *plan, size_t least, size_t most)
{
    const size_t workers = plan->job->workers > 0 ? plan->job->workers : 1;
    const size_t budget = crunch_memory_budget(plan->job);
    const size_t uses = plan->n_collecting > 0 ? plan->n_collecting : 1;
    const size_t share = budget == SIZE_MAX ? SIZE_MAX : budget / 2 / workers / uses;
    return share < least ? least : share > most ? most : share;
}

/* What the collectors of a worker may take. */
static uint64_t collector_bytes(const struct crunch_plan *plan)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < plan->n_collecting; i++) {
        const struct crunch_collector *collector = plan->collecting[i].collector;
        if (collector == &crunch_group_collector)
            bytes += crunch_group_table_bytes(plan) + MIB;
        else if (collector == &crunch_census_collector)
            bytes += crunch_census_table_bytes(plan);
        else if (collector == &crunch_group_places_collector)
            bytes += crunch_group_places_bytes(plan);
        else if (collector == &crunch_group_order_collector)
            bytes += crunch_group_order_bytes(plan);
        else
            bytes += CRUNCH_BLOCK_BYTES;
    }
    return bytes;
}

void crunch_memory_estimate(struct crunch_memory *need, const struct crunch_plan *plan,
                            const struct crunch_source *source)
{
    const struct crunch_job *job = plan->job;
    uint64_t unpack = crunch_source_unpack_bytes(source);
    uint64_t cell = sizeof(int64_t) + sizeof(double) + 2 + /* mantissa, binary, scale, class */
                    sizeof(char *) + sizeof(uint32_t);     /* text */
    need->workers = job->workers > 0 ? job->workers : 1;
    /* Code, libraries and heap of the process, and the merged bundle. */
    need->fixed = PROGRAM_BYTES + plan->layout.size + plan->scan.n_columns * sizeof(uint64_t);
    /* Two committed copies and the slots of a region; a batch; the scanner's buffer, its index and
     * a worker's stack or a forked process's private pages. */
    need->per_worker = (2 + crunch_slots_for(plan->layout.size)) * (uint64_t)plan->layout.size +
                       plan->scan.n_columns * CRUNCH_BATCH_ROWS * (cell + sizeof(uint64_t)) +
                       WORKER_BYTES + collector_bytes(plan) + crunch_source_ahead_bytes(source);
    /* Cells that are gathered. */
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

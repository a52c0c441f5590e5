/* Owns the sizes that groups are held to, and their parting. */
#include "core/group_parts.h"

#include "core/group.h"
#include "core/memory.h"

#include <stdlib.h>

/* A table of 200,000 groups with a value column: within the second level of caches' reach, and
 * large enough that keys which come again mostly find themselves. */
#define TABLE_BYTES ((size_t)24 << 20)
#define TABLE_BYTES_LEAST ((size_t)256 << 10)

size_t crunch_group_table_bytes(const struct crunch_plan *plan)
{
    return crunch_memory_share(plan, 2 * TABLE_BYTES_LEAST, 2 * TABLE_BYTES);
}

size_t crunch_group_merge_bytes(const struct crunch_job *job)
{
    const size_t budget = crunch_memory_budget(job);
    return budget == SIZE_MAX ? SIZE_MAX : budget / 2;
}

size_t crunch_group_answer_bytes(const struct crunch_job *job)
{
    const size_t budget = crunch_memory_budget(job);
    return budget == SIZE_MAX ? SIZE_MAX : budget / 16;
}

uint64_t crunch_group_seed(const struct crunch_plan *plan)
{
    return ((const struct crunch_grouping *)plan->collecting[CRUNCH_GROUP_STREAM].config)->seed;
}

/* The part of a block of the stream; PARTS: of all parts. -1: of another one. */
static int part_of(const struct crunch_block *block, uint32_t stream)
{
    const uint32_t upper = block->stream >> 16;
    if ((block->stream & 0xFFFF) != stream || upper > CRUNCH_GROUP_PARTS)
        return -1;
    return upper == 0 ? CRUNCH_GROUP_PARTS : (int)upper - 1;
}

bool crunch_group_blocks_list(struct crunch_group_blocks *blocks, const struct crunch_logs *logs,
                              uint32_t stream)
{
    size_t next[CRUNCH_GROUP_PARTS + 1] = {0};
    *blocks = (struct crunch_group_blocks){0};
    for (size_t i = 0; i < logs->n_blocks; i++)
        if (part_of(&logs->block[i], stream) >= 0)
            next[part_of(&logs->block[i], stream)]++;
    for (unsigned p = 0; p <= CRUNCH_GROUP_PARTS; p++) {
        blocks->begin[p + 1] = blocks->begin[p] + next[p];
        next[p] = blocks->begin[p];
    }
    blocks->block = malloc((blocks->begin[CRUNCH_GROUP_PARTS + 1] + 1) * sizeof *blocks->block);
    for (size_t i = 0; i < logs->n_blocks && blocks->block; i++)
        if (part_of(&logs->block[i], stream) >= 0)
            blocks->block[next[part_of(&logs->block[i], stream)]++] = i;
    return blocks->block != NULL;
}

bool crunch_group_partition_make(struct crunch_group_partition *partition,
                                 const struct crunch_group_store *store)
{
    size_t n = store->table.count, next[CRUNCH_GROUP_PARTS] = {0};
    *partition = (struct crunch_group_partition){.id = malloc((n + 1) * sizeof *partition->id)};
    if (!partition->id)
        return false;
    for (size_t i = 0; i < n; i++)
        next[crunch_group_part(crunch_group_entry(store, i)->hash)]++;
    for (unsigned p = 0; p < CRUNCH_GROUP_PARTS; p++) {
        partition->begin[p + 1] = partition->begin[p] + next[p];
        next[p] = partition->begin[p];
    }
    for (size_t i = 0; i < n; i++)
        partition->id[next[crunch_group_part(crunch_group_entry(store, i)->hash)]++] = (uint32_t)i;
    return true;
}

void crunch_group_partition_free(struct crunch_group_partition *partition)
{
    free(partition->id);
    partition->id = NULL;
}

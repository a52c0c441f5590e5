/*
 * What the files about groups share: how groups are parted by hash, how large tables may become,
 * and the members of the collector that live in other files.
 */
#ifndef CRUNCH_CORE_GROUP_PARTS_H
#define CRUNCH_CORE_GROUP_PARTS_H

#include "core/collect.h"
#include "core/group_store.h"

/* The config of the group collector. */
struct crunch_grouping {
    uint64_t seed; /* of the hashes: the same in every worker, unlike in the next run */
};

/* A table of that many groups is one block. */
#define CRUNCH_GROUP_FEW 1024

/* The stream of a part's blocks; blocks of a whole table have the collector's own. */
static inline uint32_t crunch_group_stream_of(uint32_t stream, unsigned part)
{
    return stream | (uint32_t)(part + 1) << 16;
}

/* The blocks that a collector put into such streams, by part, those of its own stream last: numbers
 * of logs->block, ascending, block[begin[p], begin[p + 1]). */
struct crunch_group_blocks {
    size_t *block; /* owned */
    size_t begin[CRUNCH_GROUP_PARTS + 2];
};
/* False: out of memory. block is to be freed in any case. */
bool crunch_group_blocks_list(struct crunch_group_blocks *blocks, const struct crunch_logs *logs,
                              uint32_t stream);

/* Bytes a worker's table may take with room to grow, and its front: some ten megabytes, less under
 * a tight --mem-limit; it is written when its content has half of that. Pure. */
size_t crunch_group_table_bytes(const struct crunch_plan *plan);
/* The seed of the groups' hashes. Pure. */
uint64_t crunch_group_seed(const struct crunch_plan *plan);
/* Bytes that answers (core/group_answers.h) of one kind may take while they are put aside. Pure. */
size_t crunch_group_answer_bytes(const struct crunch_job *job);
/* Bytes the merging may take. Pure. */
size_t crunch_group_merge_bytes(const struct crunch_job *job);

/* The groups of a table, part by part: id[begin[p], begin[p + 1]). */
struct crunch_group_partition {
    uint32_t *id; /* owned */
    size_t begin[CRUNCH_GROUP_PARTS + 1];
};
bool crunch_group_partition_make(struct crunch_group_partition *partition,
                                 const struct crunch_group_store *store);
void crunch_group_partition_free(struct crunch_group_partition *partition);

/* For --verify: a line per group and column, sorted by key. */
enum crunch_code crunch_group_write(const struct crunch_plan *plan, const void *config,
                                    const struct crunch_logs *logs, uint32_t stream, FILE *out,
                                    struct crunch_error *error);
enum crunch_code crunch_group_reference_create(const struct crunch_plan *plan, const void *config,
                                               void **self, struct crunch_error *error);
enum crunch_code crunch_group_reference_row(void *self, const struct crunch_reference_row *row,
                                            struct crunch_error *error);
enum crunch_code crunch_group_reference_write(void *self, FILE *out, struct crunch_error *error);
void crunch_group_reference_destroy(void *self);

#endif

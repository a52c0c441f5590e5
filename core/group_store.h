/*
 * A table of groups: keys, their rows, and the states of the value columns. A worker fills one for
 * each chunk, and the merging fills others from their blocks.
 */
#ifndef CRUNCH_CORE_GROUP_STORE_H
#define CRUNCH_CORE_GROUP_STORE_H

#include "core/group_column.h"
#include "core/group_front.h"
#include "core/group_key.h"
#include "core/group_more.h"
#include "core/hash_table.h"
#include "core/job.h"

struct crunch_group_store {
    const struct crunch_plan *plan;
    uint64_t seed;
    struct crunch_hash_table table; /* groups are numbered in the order of their first rows */
    uint64_t *rows;                 /* per group; room for room */
    uint64_t *first;                /* record of the first row, if plan->scan.records */
    size_t room;
    struct crunch_group_column *column; /* plan->n_columns */
    struct crunch_group_more more;      /* beside the columns */
    struct crunch_group_front *front;   /* NULL in tables that are only merged into */
    struct crunch_front_factors front_factors;
    size_t front_count;
};

/* False: out of memory; to be freed in any case. */
bool crunch_group_store_init(struct crunch_group_store *store, const struct crunch_plan *plan,
                             uint64_t seed);
void crunch_group_store_free(struct crunch_group_store *store); /* a zeroed one is fine */
/* Gives it a front: for tables that batches are looked up in. False: out of memory. */
bool crunch_group_store_add_front(struct crunch_group_store *store);
/* Back to no groups. */
void crunch_group_store_clear(struct crunch_group_store *store);

static inline struct crunch_hash_entry *crunch_group_entry(const struct crunch_group_store *store,
                                                           size_t group)
{
    return crunch_hash_at(&store->table, group);
}

/* Sets id[i] to the group of row i, counts the row, and makes new groups in the table and in the
 * columns. record NULL: no first record is kept. False: out of memory. */
bool crunch_group_store_find(struct crunch_group_store *store, const struct crunch_group_keys *keys,
                             size_t rows, const uint64_t *record, uint32_t *id);

/* The group of a key (without slack around it), made if it is not there, with rows more, the first
 * of them being that record. UINT32_MAX: out of memory. */
uint32_t crunch_group_store_find_one(struct crunch_group_store *store,
                                     const struct crunch_hash_key *key, uint64_t rows,
                                     uint64_t record);

/* Bytes that the content takes. */
size_t crunch_group_store_bytes(const struct crunch_group_store *store);

/* Parts that groups are divided into by the top bits of their hash, wherever there are many. */
#define CRUNCH_GROUP_PARTS 64
static inline unsigned crunch_group_part(uint64_t hash)
{
    return (unsigned)(hash >> 58);
}

#endif

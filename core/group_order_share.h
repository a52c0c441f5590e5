/*
 * A share of the groups whose values are put in order: inside the making of order statistics of
 * groups (core/group_order.h). The rows of the share's groups are read from blocks of the logs; the
 * values of each entry (a group and a column) are put in order in memory, or in files where they do
 * not fit, and what the operations want of them is found. Used by one thread.
 */
#ifndef CRUNCH_CORE_GROUP_ORDER_SHARE_H
#define CRUNCH_CORE_GROUP_ORDER_SHARE_H

#include "core/bytes.h"
#include "core/group_block.h"
#include "core/job.h"
#include "core/order.h"

/* The blocks that may have rows of the share's part. */
struct crunch_order_blocks {
    const struct crunch_logs *logs;
    const size_t *index[2]; /* in logs->block: of the part, and of all parts */
    size_t n[2];
};

/* How many cells of an entry are of a class. */
struct crunch_order_counts {
    uint64_t numbers, nan, plus_inf, minus_inf;
};

struct crunch_order_share {
    const struct crunch_plan *plan;
    const struct crunch_order_blocks *blocks;
    struct crunch_group_share share;
    struct crunch_hash_table keys;     /* payload: the group's number, in order of insertion */
    struct crunch_order_counts *count; /* of entry group * plan->n_columns + column; owned */
    struct crunch_ordered *ordered;    /* likewise, once the share is finished; owned */
    size_t room, n_ordered;
};

/* False: out of memory. To be freed in any case. */
bool crunch_order_share_init(struct crunch_order_share *share, const struct crunch_plan *plan,
                             const struct crunch_order_blocks *blocks,
                             const struct crunch_group_share *which);
void crunch_order_share_free(struct crunch_order_share *share);

/* Finishes the share in memory. *large: it would take more than `memory` bytes, and is not
 * finished; then it is to be freed. */
enum crunch_code crunch_order_share_in_memory(struct crunch_order_share *share, size_t memory,
                                              bool *large, struct crunch_error *error);
/* The same with values in files: only the groups have to fit, and they are not looked at. */
enum crunch_code crunch_order_share_sorted(struct crunch_order_share *share, size_t memory,
                                           struct crunch_error *error);

/* ---- for the two ---- */

/* A number as it lies in a block. */
struct crunch_order_cell {
    bool wide;
    uint8_t scale;
    int64_t value;    /* a mantissa, or the rank of a double */
    const char *kept; /* of a wide number: for crunch_kept_wide, ... */
    size_t bytes;     /* ... and how much that is */
};

/* Reads the rows, counts the cells, and hands every number over. take sets *stop to end it. */
enum crunch_code crunch_order_share_read(struct crunch_order_share *share,
                                         enum crunch_code (*take)(void *context, size_t entry,
                                                                  const struct crunch_order_cell *,
                                                                  bool *stop,
                                                                  struct crunch_error *error),
                                         void *context, struct crunch_error *error);
/* Initialises what is found of every entry, once all rows are read. False: out of memory. */
bool crunch_order_share_entries(struct crunch_order_share *share);
/* Makes room for what is wanted of an entry. *last 0: no sum of
 * ranks is wanted, else that of *first to *last. False: out of memory. */
bool crunch_order_share_prepare(struct crunch_order_share *share, size_t entry, uint64_t *first,
                                uint64_t *last);
/* The arithmetic of an entry's column. */
enum crunch_arith crunch_order_share_arith(const struct crunch_order_share *share, size_t entry);
/* Bytes that the groups take. */
size_t crunch_order_share_bytes(const struct crunch_order_share *share);

#endif

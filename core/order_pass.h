/*
 * A pass over the values of some columns: for every interval that is asked about, how many values
 * lie below it and in it, and, as wanted, the values in it and their sum. It is made by a collector
 * (over the file), or over the values that an earlier pass has kept.
 */
#ifndef CRUNCH_CORE_ORDER_PASS_H
#define CRUNCH_CORE_ORDER_PASS_H

#include "core/collect.h"
#include "core/interval.h"

struct crunch_pass_column {
    size_t slot; /* value column of the batches */
    enum crunch_arith arith;
    struct crunch_interval *interval; /* prepared; in any order, may overlap; owned */
    size_t n;
};

/* The config of the collector; constant during a pass. Columns with the same slot may occur. */
struct crunch_order_pass {
    struct crunch_pass_column *column; /* owned */
    size_t n;
};
void crunch_order_pass_free(struct crunch_order_pass *pass); /* a zeroed object is fine */

/* Without the parts for --verify: what it finds is no result yet. */
extern const struct crunch_collector crunch_order_collector;

/* ---- what a pass found ---- */

enum crunch_kept_kind {
    CRUNCH_KEPT_NARROW, /* int64 mantissas of one scale; in binary arithmetic ranks of doubles */
    CRUNCH_KEPT_WIDE    /* struct crunch_wide with their digits, see crunch_kept_wide */
};

/* What the last block of a chunk says about each block before it. */
struct crunch_kept_entry {
    uint64_t n;
    uint32_t column, interval; /* of the pass */
    uint32_t kind, scale;
};

/* Values that were kept: a block of the logs. */
struct crunch_kept {
    const struct crunch_block *block;
    uint64_t n;
    enum crunch_kept_kind kind;
    uint8_t scale;
};

struct crunch_found {
    uint64_t below, inside;   /* values below and in the interval */
    struct crunch_scaled sum; /* of those inside, if wanted */
    struct crunch_kept *kept; /* n_kept; owned */
    size_t n_kept, kept_size;
};

struct crunch_found_column {
    uint64_t count;             /* finite values */
    struct crunch_found *found; /* per interval; owned */
    size_t n;
};

/* As long as it is used the logs must stay. */
struct crunch_order_found {
    const struct crunch_logs *logs;
    struct crunch_found_column *column; /* per column of the pass; owned */
    size_t n;
};

/* Reads what the pass has left in stream of the logs. */
enum crunch_code crunch_order_found_read(struct crunch_order_found *found,
                                         const struct crunch_order_pass *pass,
                                         const struct crunch_logs *logs, uint32_t stream,
                                         struct crunch_error *error);
void crunch_order_found_free(struct crunch_order_found *found); /* a zeroed object is fine */

/* Another pass, over what was kept in one interval of an earlier one; its columns have slot 0 and
 * the arithmetic of that. The logs it makes, of which it uses stream 0, are the caller's. tmpdir:
 * for their file; NULL: default. */
enum crunch_code crunch_order_pass_again(const struct crunch_order_pass *pass,
                                         const struct crunch_logs *from,
                                         const struct crunch_found *kept, const char *tmpdir,
                                         struct crunch_logs *logs, struct crunch_error *error);

/* Takes the next wide value from *at, which is moved behind it; digits point into the block. */
void crunch_kept_wide(const char **at, struct crunch_wide *wide);

#endif

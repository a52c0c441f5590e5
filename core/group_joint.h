/*
 * The joint content of one set of columns (core/joint.h) in every group of a table.
 *
 * Compact, as long as that goes: each column of the set has one scale in the table, and a group has
 * the number of its complete rows, the sums of the columns and of their products as integers of 192
 * bits at these scales. A row with a number that is no 63-bit integer at its column's scale (one of
 * a thousand digits; 10^30 beside 10^-30), an infinity or a nan goes to the group's own rest, an
 * arbitrary-precision content that is only made then; so do all rows of a set with a column of
 * doubles. What a group has is always the compact part plus the rest. Not thread-safe per object.
 */
#ifndef CRUNCH_CORE_GROUP_JOINT_H
#define CRUNCH_CORE_GROUP_JOINT_H

#include "core/bytes.h"
#include "core/joint_set.h"
#include "core/kernels.h"

/* What a column of the set looks like in the compact part. */
struct crunch_group_joint_column {
    bool has_scale; /* false: no number has come yet */
    uint8_t scale;
    uint64_t magnitude; /* no compact value is larger, at scale; below 2^63 */
};

struct crunch_group_joint {
    const struct crunch_joint_set *set;       /* not owned */
    bool exact;                               /* a column of doubles: all is in the rests */
    size_t words;                             /* integers of a group: k sums, then the products */
    struct crunch_group_joint_column *column; /* k */
    size_t n, room;                           /* groups that are initialised; that fit */
    uint64_t *rows;                           /* per group: complete ones of the compact part */
    struct crunch_u192 *sum;                  /* per group: words; two's complement. |product| is
                                                 below 2^126, 2^64 rows: below 2^190 */
    struct crunch_joint **rest; /* per group, NULL where none was made; NULL: no group has one */
    size_t n_rest;
    struct crunch_scaled *value; /* k; of the row at hand */
};

/* False: out of memory; to be freed in any case. set outlives it. */
bool crunch_group_joint_init(struct crunch_group_joint *joint, const struct crunch_joint_set *set);
void crunch_group_joint_free(struct crunch_group_joint *joint); /* a zeroed one is fine */
/* Back to no groups; keeps the memory. */
void crunch_group_joint_clear(struct crunch_group_joint *joint);
/* Groups 0..n-1 exist from now on, new ones empty. False: out of memory. */
bool crunch_group_joint_grow(struct crunch_group_joint *joint, size_t n);
/* Bytes that the content takes, what is in arbitrary precision roughly. */
size_t crunch_group_joint_bytes(const struct crunch_group_joint *joint);

/* Adds a batch: row i belongs to group id[i] (< n). False: out of memory. */
bool crunch_group_joint_feed(struct crunch_group_joint *joint, const struct crunch_batch *batch,
                             const uint32_t *id);

/* As bytes: what holds for the whole table, then group after group. *out fails without memory. */
void crunch_group_joint_write_head(struct crunch_bytes *out,
                                   const struct crunch_group_joint *joint);
void crunch_group_joint_write(struct crunch_bytes *out, const struct crunch_group_joint *joint,
                              size_t group);

/* Bytes being read into a table. */
struct crunch_group_joint_reader {
    struct crunch_group_joint *into;
    struct crunch_group_joint_column *column; /* k, of the bytes; owned */
    bool fits;                                /* their compact parts go into the table's */
};

/* Reads the head. Returns the place behind it, NULL: out of memory. *reader is to be freed in any
 * case. */
const unsigned char *crunch_group_joint_read_head(struct crunch_group_joint_reader *reader,
                                                  struct crunch_group_joint *into,
                                                  const unsigned char *from);
void crunch_group_joint_reader_free(struct crunch_group_joint_reader *reader);
/* Reads a group and adds it to a group of the table; UINT32_MAX: it is not wanted. NULL: out of
 * memory. */
const unsigned char *crunch_group_joint_read(struct crunch_group_joint_reader *reader,
                                             const unsigned char *from, uint32_t group);

/* A group's content into *out, which is initialised here and to be cleared in every case. */
enum crunch_code crunch_group_joint_extract(const struct crunch_group_joint *joint, size_t group,
                                            struct crunch_joint *out);

#endif

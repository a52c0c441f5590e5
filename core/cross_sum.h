/*
 * Cross sums: exact sums of the products x * y of two columns, row by row.
 *
 * Two narrow decimals multiply to an integer at 10^-(scale_x + scale_y), and there is one signed
 * integer per such scale; wide ones multiply limb by limb into a fixed-point accumulator over every
 * scale there is. Two doubles go to the binary accumulator of squares (core/superacc.h), which has
 * room for any product. A double times a decimal is exact too: a double is a decimal of many
 * digits, so it takes the wide way - right, and slow.
 *
 * No addition carries, nothing overflows with 2^64 rows, and adding and merging is integer addition
 * per slot. States are plain memory, all-zero when empty, with the marks of core/decimal_sum.h. Not
 * thread-safe per object.
 */
#ifndef CRUNCH_CORE_CROSS_SUM_H
#define CRUNCH_CORE_CROSS_SUM_H

#include "core/decimal_sum.h"
#include "core/joint.h"
#include "core/superacc.h"
#include "io/batch.h"

#define CRUNCH_CROSS_SCALES (2 * CRUNCH_SCALE_MAX + 1)

struct crunch_cross_decimal {
    _Alignas(64) uint64_t narrow_used[2]; /* bit s: narrow[s], at 10^-s */
    uint32_t wide_begin, wide_end;        /* limb[wide_begin, wide_end); 0, 0: none */
    /* Two's complement. |m n| < 10^36 < 2^120, 2^64 of them: below 2^184. */
    _Alignas(64) struct crunch_u192 narrow[CRUNCH_CROSS_SCALES];
    /* Products are carried to limbs below 10^18 before they are added: limb i at 10^(18 i - 2232).
     */
    _Alignas(64) __int128 limb[CRUNCH_WIDE_SQUARE_LIMBS];
};

/* In all of these, x and y are the arithmetics of the two columns. */

/* Bytes of a state; a multiple of 64. */
size_t crunch_cross_size(enum crunch_arith x, enum crunch_arith y);
void crunch_cross_reset(void *state, enum crunch_arith x, enum crunch_arith y);
/* Adds the products of the rows (at most CRUNCH_BATCH_ROWS) in which both cells are finite numbers.
 */
void crunch_cross_feed(void *state, enum crunch_arith x, enum crunch_arith y,
                       const struct crunch_cells *xs, const struct crunch_cells *ys, size_t rows);
/* The same row by row, without any kernel: what crunch_cross_feed is held to. */
void crunch_cross_feed_plain(void *state, enum crunch_arith x, enum crunch_arith y,
                             const struct crunch_cells *xs, const struct crunch_cells *ys,
                             size_t rows);
void crunch_cross_merge(void *into, const void *from, enum crunch_arith x, enum crunch_arith y);
/* Adds the value to *out, whose base is that of crunch_cross_arith. */
void crunch_cross_extract(const void *state, enum crunch_arith x, enum crunch_arith y,
                          struct crunch_scaled *out);

#endif

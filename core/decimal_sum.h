/*
 * Decimal accumulators: exact sums of numbers m * 10^-scale and of their squares.
 *
 * One integer per scale for narrow numbers, and beside them a fixed-point accumulator over every
 * scale there is for wide ones. No addition ever carries: each integer has room for 2^64 cells of
 * the largest magnitude (proved at its declaration), so adding and merging is plain integer
 * addition per slot, associative and commutative. The value is put together once, by the extract
 * functions.
 *
 * States are plain memory, all-zero when empty. Only slots marked as used are ever touched by
 * reset, merge and extract; a slot is marked before it is written and the mark is cleared after the
 * slot, so a state that a killed worker left half-written can still be reset to empty.
 *
 * Not thread-safe per object.
 */
#ifndef CRUNCH_CORE_DECIMAL_SUM_H
#define CRUNCH_CORE_DECIMAL_SUM_H

#include "core/exact.h"
#include "core/kernels.h"
#include "io/number.h"

/* Limbs of the fixed-point accumulators are worth 10^18 each. Limb i of a wide number is its digits
 * at 10^(18 i - 1116): digits lie in 10^-1100 .. 10^308, so i is 0..79; limb i of a square stands
 * at 10^(18 i - 2232), digits in 10^-2200 .. 10^617, so i is 1..158. */
#define CRUNCH_WIDE_LIMBS 80
#define CRUNCH_WIDE_LOWEST (-1116)
#define CRUNCH_WIDE_SQUARE_LIMBS 160

#define CRUNCH_SCALES (CRUNCH_SCALE_MAX + 1)

struct crunch_decimal_sum {
    _Alignas(64) uint64_t narrow_used; /* bit s: narrow[s] */
    uint32_t wide_begin, wide_end;     /* limb[wide_begin, wide_end); 0, 0: none */
    /* |m| < 10^18 < 2^60, 2^64 of them: below 2^124. */
    _Alignas(64) __int128 narrow[CRUNCH_SCALES];
    /* A limb of one number is below 10^18: the same bound. */
    _Alignas(64) __int128 limb[CRUNCH_WIDE_LIMBS];
};

struct crunch_decimal_squares {
    _Alignas(64) uint64_t narrow_used; /* bit s: narrow[s], at 10^(-2 s) */
    uint32_t wide_begin, wide_end;
    /* m^2 < 10^36 < 2^120, 2^64 of them: below 2^184. */
    _Alignas(64) struct crunch_u192 narrow[CRUNCH_SCALES];
    /* Squares are carried to limbs below 10^18 before they are added. */
    _Alignas(64) __int128 limb[CRUNCH_WIDE_SQUARE_LIMBS];
};

/* Adds a sum of cells at one scale (0..39). */
void crunch_decimal_sum_add(struct crunch_decimal_sum *sum, unsigned scale, __int128 cells);
void crunch_decimal_sum_add_wide(struct crunch_decimal_sum *sum, const struct crunch_wide *wide);
void crunch_decimal_sum_reset(struct crunch_decimal_sum *sum);
void crunch_decimal_sum_merge(struct crunch_decimal_sum *into,
                              const struct crunch_decimal_sum *from);
/* Adds the value to *out (base 10). */
void crunch_decimal_sum_extract(const struct crunch_decimal_sum *sum, struct crunch_scaled *out);

/* The same of squares; cells is a sum of m^2 at one scale of m. */
void crunch_decimal_squares_add(struct crunch_decimal_squares *sum, unsigned scale,
                                const struct crunch_u192 *cells);
void crunch_decimal_squares_add_wide(struct crunch_decimal_squares *sum,
                                     const struct crunch_wide *wide);
void crunch_decimal_squares_reset(struct crunch_decimal_squares *sum);
void crunch_decimal_squares_merge(struct crunch_decimal_squares *into,
                                  const struct crunch_decimal_squares *from);
void crunch_decimal_squares_extract(const struct crunch_decimal_squares *sum,
                                    struct crunch_scaled *out);

#endif

/*
 * Binary accumulators: exact sums of doubles and of their squares, after the "small
 * superaccumulator" of Neal (2015, "Fast exact summation using small and large superaccumulators",
 * section 2), with wider and denser limbs so that nothing ever carries.
 *
 * A finite double is m * 2^(p - 1074) with m < 2^53 and p in 0..2045. Limb j is worth 2^(8 j -
 * 1074) and takes m * 2^(p mod 8) of the numbers with p / 8 = j: below 2^60, so 2^64 of them stay
 * below 2^124. A square m^2 * 2^(2 p - 2148) is cut at 56 bits; each part times 2^(2 p mod 8) is
 * below 2^62.
 *
 * States are plain memory, all-zero when empty; marks are written before limbs and cleared after
 * them (see core/decimal_sum.h). Not thread-safe per object.
 */
#ifndef CRUNCH_CORE_SUPERACC_H
#define CRUNCH_CORE_SUPERACC_H

#include "core/exact.h"

#define CRUNCH_SUPERACC_SUM_LIMBS 256    /* 2045 / 8 + 1 */
#define CRUNCH_SUPERACC_SQUARE_LIMBS 519 /* (2 * 2045 + 56) / 8 + 1 */

struct crunch_superacc_sum {
    _Alignas(64) uint64_t used[4]; /* bit j: limb[j] */
    _Alignas(64) __int128 limb[CRUNCH_SUPERACC_SUM_LIMBS];
};

struct crunch_superacc_squares {
    _Alignas(64) uint64_t used[9];
    _Alignas(64) __int128 limb[CRUNCH_SUPERACC_SQUARE_LIMBS];
};

/* Adds x[0..n): finite doubles. */
void crunch_superacc_sum_add(struct crunch_superacc_sum *sum, const double *x, size_t n);
/* Adds value * 2^exponent, of at most 1,024 numbers: |value| < 2^62, exponent in -1074..971. */
void crunch_superacc_sum_deposit(struct crunch_superacc_sum *sum, int64_t value, int exponent);
void crunch_superacc_sum_reset(struct crunch_superacc_sum *sum);
void crunch_superacc_sum_merge(struct crunch_superacc_sum *into,
                               const struct crunch_superacc_sum *from);
/* Adds the value to *out (base 2). */
void crunch_superacc_sum_extract(const struct crunch_superacc_sum *sum, struct crunch_scaled *out);

/* The same of squares. */
void crunch_superacc_squares_add(struct crunch_superacc_squares *sum, const double *x, size_t n);
/* Adds the products x[i] * y[i]: |m n| < 2^106 at 2^(p + q - 2148), cut and shifted as a square
 * is. */
void crunch_superacc_products_add(struct crunch_superacc_squares *sum, const double *x,
                                  const double *y, size_t n);
/* Adds value * 2^exponent, of at most 1,024 numbers: |value| < 2^66, so that 2^64 numbers' stay
 * below 2^127; exponent in -2148..1996. */
void crunch_superacc_squares_deposit(struct crunch_superacc_squares *sum, __int128 value,
                                     int exponent);
void crunch_superacc_squares_reset(struct crunch_superacc_squares *sum);
void crunch_superacc_squares_merge(struct crunch_superacc_squares *into,
                                   const struct crunch_superacc_squares *from);
void crunch_superacc_squares_extract(const struct crunch_superacc_squares *sum,
                                     struct crunch_scaled *out);

#endif

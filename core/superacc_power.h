/*
 * Binary accumulators of third and fourth powers of doubles: exact, as those of sums and squares
 * (core/superacc.h), with limbs 56 bits apart, since these sums are asked for less often than their
 * range is wide.
 *
 * A finite double is m * 2^(p - 1074) with m < 2^53 and p in 0..2045; its power k is m^k * 2^(k p -
 * 1074 k), of at most 212 bits. Limb j is worth 2^(56 j - 1074 k), and what is added to one is
 * below 2^56: 2^64 numbers stay below 2^120.
 *
 * All-zero memory is the empty state. Not thread-safe per object.
 */
#ifndef CRUNCH_CORE_SUPERACC_POWER_H
#define CRUNCH_CORE_SUPERACC_POWER_H

#include "core/exact.h"

#define CRUNCH_SUPERACC_POWER_LIMBS 150 /* (4 * 2045 + 211) / 56 + 1 */

struct crunch_superacc_power {
    _Alignas(64) __int128 limb[CRUNCH_SUPERACC_POWER_LIMBS];
};

/* Everywhere: power is 3 or 4, and of one state always the same. x[0..n) are finite. */
void crunch_superacc_power_add(struct crunch_superacc_power *sum, const double *x, size_t n,
                               unsigned power);
void crunch_superacc_power_reset(struct crunch_superacc_power *sum);
void crunch_superacc_power_merge(struct crunch_superacc_power *into,
                                 const struct crunch_superacc_power *from);
/* Adds the value to *out (base 2). */
void crunch_superacc_power_extract(const struct crunch_superacc_power *sum, unsigned power,
                                   struct crunch_scaled *out);

#endif

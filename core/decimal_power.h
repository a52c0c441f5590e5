/*
 * Decimal accumulators of third and fourth powers: exact sums of (m * 10^-scale)^3 or ^4.
 *
 * Made like those of sums and squares (core/decimal_sum.h): an integer per scale for narrow
 * numbers, limbs of 10^18 for wide ones, marks that are written first and cleared last, room for
 * 2^64 cells everywhere. All-zero memory is the empty state. Not thread-safe per object.
 */
#ifndef CRUNCH_CORE_DECIMAL_POWER_H
#define CRUNCH_CORE_DECIMAL_POWER_H

#include "core/decimal_sum.h"

/* Limb i of a power p stands at 10^(18 i - 1116 p); i is below 80 p. */
#define CRUNCH_WIDE_POWER_LIMBS (4 * CRUNCH_WIDE_LIMBS)

struct crunch_decimal_power {
    _Alignas(64) uint64_t narrow_used; /* bit s: narrow[s], at 10^(-power s) */
    uint32_t wide_begin, wide_end;     /* limb[wide_begin, wide_end); 0, 0: none */
    /* m^4 < 10^72 < 2^240, 2^64 of them: below 2^304. */
    _Alignas(64) struct crunch_i320 narrow[CRUNCH_SCALES];
    /* Powers are carried to limbs below 10^18 < 2^60 before they are added: below 2^124. */
    _Alignas(64) __int128 limb[CRUNCH_WIDE_POWER_LIMBS];
};

/* Everywhere: power is 3 or 4, and of one state always the same. */

/* Adds a sum of m^power at one scale of m (0..39). */
void crunch_decimal_power_add(struct crunch_decimal_power *sum, unsigned scale,
                              const struct crunch_i320 *cells);
void crunch_decimal_power_add_wide(struct crunch_decimal_power *sum, const struct crunch_wide *wide,
                                   unsigned power);
void crunch_decimal_power_reset(struct crunch_decimal_power *sum);
void crunch_decimal_power_merge(struct crunch_decimal_power *into,
                                const struct crunch_decimal_power *from);
/* Adds the value to *out (base 10). */
void crunch_decimal_power_extract(const struct crunch_decimal_power *sum, unsigned power,
                                  struct crunch_scaled *out);

#endif

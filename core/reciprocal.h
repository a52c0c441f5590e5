/*
 * Exact sums of reciprocals that are cut off: R(x) is 1 / x with its first 120 significant bits,
 * the rest cut off, so that 1 / x is in [R, R (1 + 2^-119)). R depends on the value of x alone,
 * hence sums of it do not depend on any order; and for x > 0 the sum of 1 / x is in [S, S (1 +
 * 2^-119)).
 *
 * All-zero memory is the empty state. Not thread-safe per object.
 */
#ifndef CRUNCH_CORE_RECIPROCAL_H
#define CRUNCH_CORE_RECIPROCAL_H

#include "core/exact.h"

#include <stddef.h>

#define CRUNCH_RECIPROCAL_BITS 120

/* Values lie below 2^1024 and are 10^-1100 > 2^-3655 at least, so the bits of R stand at 2^-1144 ..
 * 2^3654. */
#define CRUNCH_RECIPROCAL_LOWEST (-1144)
#define CRUNCH_RECIPROCAL_LIMBS 86 /* (3654 + 1144) / 56 + 1 */

struct crunch_reciprocals {
    _Alignas(64) __int128 limb[CRUNCH_RECIPROCAL_LIMBS]; /* worth 2^(56 j - 1144) */
};

/* Adds R(m[i] * 10^-scale) of those m[0..n) that are above 0; |m| < 10^18, scale 0..39. */
void crunch_reciprocals_add(struct crunch_reciprocals *sum, const int64_t *m, size_t n,
                            unsigned scale);
/* Adds R(x); x > 0, finite. */
void crunch_reciprocals_add_double(struct crunch_reciprocals *sum, double x);
/* Adds R(m * base^exponent), m > 0: the definition, by GMP. */
void crunch_reciprocals_add_plain(struct crunch_reciprocals *sum, const mpz_t m, long exponent,
                                  enum crunch_arith arith);
/* Adds the value to *out (base 2). */
void crunch_reciprocals_extract(const struct crunch_reciprocals *sum, struct crunch_scaled *out);

#endif

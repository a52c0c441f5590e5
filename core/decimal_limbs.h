/*
 * What the decimal accumulators share: fixed-point numbers of limbs worth 10^18 each, and the range
 * of limbs that are in use.
 *
 * A range [begin, end) is marked before a limb of it is written, and the mark cleared after them,
 * so that what a killed worker left half-written can be reset (core/decimal_sum.h). 0, 0 is none.
 */
#ifndef CRUNCH_CORE_DECIMAL_LIMBS_H
#define CRUNCH_CORE_DECIMAL_LIMBS_H

#include "core/decimal_sum.h"
#include "core/limbs.h"

#define CRUNCH_LIMB_DIGITS 18
#define CRUNCH_LIMB_BASE UINT64_C(1000000000000000000)

/* Extends the marked range of limbs to hold [begin, end), before any of them is written. */
void crunch_limbs_mark(uint32_t *used_begin, uint32_t *used_end, uint32_t begin, uint32_t end);
/* The limbs of the range become 0, the range none. */
void crunch_limbs_reset(uint32_t *begin, uint32_t *end, __int128 *limb);
/* out += sum of limb[i] * 10^(18 i + lowest) over [begin, end). */
void crunch_limbs_extract(const __int128 *limb, uint32_t begin, uint32_t end, long lowest,
                          struct crunch_scaled *out);

/* Cuts the digits into limbs on the grid of CRUNCH_WIDE_LOWEST; returns the index of limb[0], and
 * in *n how many (at most CRUNCH_WIDE_LIMBS). */
uint32_t crunch_limbs_cut(const struct crunch_wide *wide, uint64_t limb[CRUNCH_WIDE_LIMBS],
                          uint32_t *n);

/* out = the value; out->mantissa is initialised. */
void crunch_wide_to_scaled(const struct crunch_wide *wide, struct crunch_scaled *out);

#endif

/*
 * Fixed-point numbers of limbs worth 2^56 each, in 128 bits, so that 2^64 additions never carry:
 * what is added to a limb is below 2^56, and stays below 2^120.
 */
#ifndef CRUNCH_CORE_LIMBS56_H
#define CRUNCH_CORE_LIMBS56_H

#include "core/limbs.h"

#include <stdbool.h>
#include <stddef.h>

#define CRUNCH_LIMB56_BITS 56

/* Bits [from, from + 56) of word[0..n), n words of which the last is 0; from > -56, bits below 0
 * are 0. */
static inline uint64_t crunch_window56(const uint64_t *word, int from)
{
    const uint64_t mask = (UINT64_C(1) << CRUNCH_LIMB56_BITS) - 1;
    if (from < 0)
        return word[0] << -from & mask;
    unsigned i = (unsigned)from / 64, shift = (unsigned)from % 64;
    uint64_t low = word[i] >> shift;
    uint64_t high = shift > 64 - CRUNCH_LIMB56_BITS ? word[i + 1] << (64 - shift) : 0;
    return (low | high) & mask;
}

/* Adds word * 2^place, or subtracts it; limb 0 stands at 2^0. word has its bits below 2^bits, and a
 * zero word behind them. */
static inline void crunch_limbs56_add(__int128 *limb, const uint64_t *word, int bits,
                                      unsigned place, bool negative)
{
    unsigned j = place / CRUNCH_LIMB56_BITS;
    int from = -(int)(place % CRUNCH_LIMB56_BITS);
    for (; from < bits; from += CRUNCH_LIMB56_BITS, j++) {
        int64_t term = (int64_t)crunch_window56(word, from);
        if (term != 0) /* the limbs behind the last one do not exist */
            limb[j] += negative ? -term : term;
    }
}

/* total = the sum of limb[j] * 2^(56 j). */
static inline void crunch_limbs56_total(mpz_t total, const __int128 *limb, size_t n)
{
    mpz_set_ui(total, 0);
    for (size_t j = n; j > 0; j--) {
        mpz_mul_2exp(total, total, CRUNCH_LIMB56_BITS);
        crunch_mpz_add_i128(total, limb[j - 1]);
    }
}

#endif

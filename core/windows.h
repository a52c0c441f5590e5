/*
 * Windows: how blocks of doubles are added exactly by vectors, without a place in memory for every
 * exponent. Pure, small, and shared by the vector files of core/simd.
 *
 * Let every |x| of a block be at most 2^(k-1), and C = 1.5 * 2^k. Then t = x + C lies in [2^k,
 * 2^(k+1)], where doubles are 2^(k-52) apart, so t is C plus x rounded to a multiple of 2^(k-52);
 * and r = x - (t - C) is exact, at most half of that (the error-free extraction of Rump, Ogita and
 * Oishi 2008, "Accurate floating-point summation, part I", section 3). Within one power of two the
 * bits of a double, read as an integer, count its units: bits(t) - bits(C) is the multiple itself,
 * of magnitude at most 2^51. So the integers bits(t) are simply added up, modulo 2^64; what is C's
 * in them is taken off in the end, and since 2^10 multiples stay below 2^62, nothing is lost. r
 * goes the same way with C' = 1.5 * 2^(k-52). What then is left must be zero; if it is not for some
 * x (the numbers of the block lie too far apart), the whole block is added by the scalar
 * accumulator. Numbers down to 2^-51 of the greatest always pass.
 *
 * Squares: with |x| < 2^k, t = |x| + 2^k rounded toward zero has the first 52 bits of |x| below 2^k
 * as its fraction, and the next step gives the next 52; limbs of 52 bits that are multiplied as
 * integers. Where only products of 32 bits are to be had, three limbs of 28 bits, rounded to the
 * nearest and so signed and of magnitude at most 2^27, do the same (2^8 products of 2^54 to a
 * lane).
 *
 * k is not below -970 (e not below -991): so the constants are normal, and the lowest units not
 * below those of the accumulators.
 */
#ifndef CRUNCH_CORE_WINDOWS_H
#define CRUNCH_CORE_WINDOWS_H

#include "core/superacc.h"
#include "io/batch.h"

#include <string.h>

/* 2^k, for k in -1022..1023. */
static inline double crunch_two_to(int k)
{
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The least e >= -1021 with |x| < 2^e for the double of these bits (without sign). */
static inline int crunch_bits_bound(uint64_t bits)
{
    int exponent = (int)(bits >> 52);
    return (exponent > 0 ? exponent : 1) - 1022;
}

struct crunch_sum_windows {
    double first, second; /* C, C' */
    int high, low;        /* units are 2^high, 2^low */
};

/* For numbers of magnitude up to that of the bits; false: too large, or not finite. */
static inline bool crunch_sum_windows(uint64_t greatest, struct crunch_sum_windows *w)
{
    int k = crunch_bits_bound(greatest) + 1;
    if (k > 1023)
        return false;
    if (k < -970)
        k = -970;
    w->first = 1.5 * crunch_two_to(k);
    w->second = 1.5 * crunch_two_to(k - 52);
    w->high = k - 52;
    w->low = k - 104;
    return true;
}

/* Takes off what is C's in the sums of the bits of n numbers (at most 2^10), and adds the rest. */
static inline void crunch_sum_windows_deposit(struct crunch_superacc_sum *sum,
                                              const struct crunch_sum_windows *w, uint64_t high,
                                              uint64_t low, size_t n)
{
    uint64_t first, second;
    memcpy(&first, &w->first, sizeof first);
    memcpy(&second, &w->second, sizeof second);
    crunch_superacc_sum_deposit(sum, (int64_t)(high - n * first), w->high);
    crunch_superacc_sum_deposit(sum, (int64_t)(low - n * second), w->low);
}

struct crunch_square_windows {
    double first, second; /* 2^k, 2^(k-52) */
    int lowest;           /* the product of two low limbs counts 2^lowest */
};

static inline bool crunch_square_windows(uint64_t greatest, struct crunch_square_windows *w)
{
    int k = crunch_bits_bound(greatest);
    if (k > 1023)
        return false;
    if (k < -970)
        k = -970;
    w->first = crunch_two_to(k);
    w->second = crunch_two_to(k - 52);
    w->lowest = 2 * (k - 104);
    return true;
}

struct crunch_narrow_windows {
    double constant[3]; /* units of 2^(e-27), 2^(e-55), 2^(e-83), where all |x| < 2^e */
    int lowest;
};

static inline bool crunch_narrow_windows(uint64_t greatest, struct crunch_narrow_windows *w)
{
    int e = crunch_bits_bound(greatest);
    if (e > 998)
        return false;
    if (e < -991)
        e = -991;
    for (int i = 0; i < 3; i++)
        w->constant[i] = 1.5 * crunch_two_to(e - 27 - 28 * i + 52);
    w->lowest = 2 * (e - 83);
    return true;
}

#endif

/*
 * The nearest double of a decimal text, for --arith=binary.
 *
 * Small cases are exact by one IEEE operation (Clinger 1990, "How to read floating point numbers
 * accurately", section 4): an integer below 2^53 and a power of ten up to 10^22 are both doubles,
 * so their product or quotient is rounded once. Nearly everything else is settled by a product of
 * the significand with 128 bits of the power of five (Lemire 2021, "Number parsing at a gigabyte
 * per second", section 5); of more than 18 digits by two, of the first 18 and of one more in the
 * last place, when they agree. What is left goes to strtod, which glibc rounds correctly, in a
 * normalised form without a decimal point: so the locale has no say.
 */
#include "io/number_binary.h"

#include "io/power_of_five.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits kept exactly. A point halfway between two doubles has at most 767 significant digits
 * (2^-1075 * an odd 54-bit integer), so beyond these only "is anything left" matters, and a final
 * non-zero digit says it. */
#define DIGITS_KEPT 800

/* Beyond these a number is 0 or infinite whatever its digits: the least subnormal's half is above
 * 10^-324, the largest double below 10^309. strtod sees only exponents that an int holds. */
#define TOP_LEAST (-330)
#define TOP_GREATEST 310

static double from_digits(const struct crunch_decimal *d, int64_t top)
{
    char text[DIGITS_KEPT + 32];
    size_t n = 0, seen = 0;
    for (const char *p = d->begin; p < d->end && seen < d->n_stripped; p++) {
        unsigned digit = (unsigned)(unsigned char)*p - '0';
        if (digit > 9 || (seen == 0 && digit == 0))
            continue;
        seen++;
        if (n < DIGITS_KEPT)
            text[n++] = *p;
        else {
            text[n++] = '1'; /* stands for all the rest, which ends in a non-zero digit */
            break;
        }
    }
    snprintf(text + n, sizeof text - n, "e%d", (int)(top - (int64_t)n));
    return strtod(text, NULL);
}

/* The 128 leading bits of w * 5^q, w with its top bit set, or some more than 1 less in the last
 * place: the second word of the power is looked at only where it could reach the bits that count.
 */
static unsigned __int128 leading_bits(uint64_t w, const struct power_of_five *five)
{
    unsigned __int128 product = (unsigned __int128)w * five->high;

    if ((product >> 64 & 0x1ff) == 0x1ff)
        product += (uint64_t)((unsigned __int128)w * five->low >> 64);
    return product;
}

/* floor(log2(10^q)) for |q| <= 350 (Lemire, section 5). */
static int power_bits(int q)
{
    return (217706 * q) >> 16;
}

static double assemble(uint64_t fraction, int exponent)
{
    uint64_t bits = (uint64_t)exponent << 52 | (fraction & ((UINT64_C(1) << 52) - 1));
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* *value = the double nearest to w * 10^q, infinite where that is; w != 0. False: the product does
 * not say which it is. */
static bool from_product(uint64_t w, int64_t q, double *value)
{
    const int zeros = __builtin_clzll(w);
    unsigned __int128 product;
    uint64_t high, low, m;
    int upper, exponent;

    *value = q < POWER_LOWEST ? 0 : (double)INFINITY;
    if (q < POWER_LOWEST || q > POWER_HIGHEST)
        return true;
    product = leading_bits(w << zeros, &power_of_five[q - POWER_LOWEST]);
    high = (uint64_t)(product >> 64);
    low = (uint64_t)product;
    if (low == UINT64_MAX && (q < -27 || q > 55))
        return false;
    upper = (int)(high >> 63);
    m = high >> (upper + 9); /* 54 bits: the significand's and one to round by */
    exponent = power_bits((int)q) + 63 + upper - zeros + 1023;
    if (exponent <= 0) { /* subnormal, or rounded up to the least that is not */
        if (exponent < -62) {
            *value = 0;
            return true;
        }
        m >>= 1 - exponent;
        m = (m + (m & 1)) >> 1;
        *value = assemble(m, m >> 52 != 0);
        return true;
    }
    /* A tie goes to the even one; only these powers leave one exactly halfway. */
    if (low <= 1 && q >= -4 && q <= 23 && (m & 3) == 1 && m << (upper + 9) == high)
        m &= ~UINT64_C(1);
    m = (m + (m & 1)) >> 1;
    if (m >> 53 != 0) {
        m = UINT64_C(1) << 52;
        exponent++;
    }
    if (exponent < 2047)
        *value = assemble(m, exponent);
    return true;
}

bool crunch_scientific_to_double(uint64_t mantissa, int64_t exponent, double *value)
{
    if (mantissa != 0)
        return from_product(mantissa, exponent, value);
    *value = 0;
    return true;
}

/* The same of all of d. */
static bool from_products(const struct crunch_decimal *d, int64_t top, double *value)
{
    const int64_t q = d->n_digits > 18 ? top - 18 : d->exponent;
    double next;

    if (!from_product(d->mantissa, q, value))
        return false;
    return d->n_digits <= 18 || (from_product(d->mantissa + 1, q, &next) && next == *value);
}

bool crunch_decimal_to_double(const struct crunch_decimal *d, double *value)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    *value = 0;
    if (d->n_digits == 0)
        return true;
    if (d->n_digits <= 18 && d->mantissa <= UINT64_C(1) << 53 && d->exponent >= -22 &&
        d->exponent <= 22) {
        double m = (double)d->mantissa;
        *value = d->exponent < 0 ? m / power[-d->exponent] : m * power[d->exponent];
        return true;
    }
    int64_t top = d->exponent + (int64_t)d->n_digits;
    if (top < TOP_LEAST)
        return true;
    if (top > TOP_GREATEST)
        return false;
    if (!from_products(d, top, value))
        *value = from_digits(d, top);
    return !isinf(*value);
}

/*
 * The nearest double of a decimal text, for --arith=binary.
 *
 * Small cases are exact by one IEEE operation (Clinger 1990, "How to read floating point numbers
 * accurately", section 4): an integer below 2^53 and a power of ten up to 10^22 are both doubles,
 * so their product or quotient is rounded once. Everything else goes to strtod, which glibc rounds
 * correctly, in a normalised form without a decimal point: so the locale has no say.
 */
#include "io/number_binary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
    for (const char *p = d->begin; seen < d->n_stripped; p++) {
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

static uint64_t power_of_ten(unsigned n)
{
    uint64_t power = 1;
    while (n-- > 0)
        power *= 10;
    return power;
}

/* The double nearest to top * 2^exponent plus something positive below top's last place if sticky;
 * top has 62 bits or more. The conversion rounds half-even, and the last of so many bits only
 * breaks ties. The exponents here keep the result normal, so ldexp is exact. */
static double round_bits(uint64_t top, bool sticky, int exponent)
{
    return ldexp((double)(top | sticky), exponent);
}

/* mantissa / 10^n, mantissa != 0, n <= 19. */
static double quotient(uint64_t mantissa, uint64_t power)
{
    int a = __builtin_clzll(mantissa), b = __builtin_clzll(power);
    uint64_t divisor =
        power << b; /* both have their top bit set: the quotient is in (2^62, 2^64) */
    unsigned __int128 dividend = (unsigned __int128)(mantissa << a) << 63;
    uint64_t bits = (uint64_t)(dividend / divisor);
    return round_bits(bits, bits * (unsigned __int128)divisor != dividend, b - a - 63);
}

/* mantissa * 10^n, mantissa != 0, n <= 19: below 2^124. */
static double product(uint64_t mantissa, uint64_t power)
{
    unsigned __int128 exact = (unsigned __int128)mantissa * power;
    uint64_t high = (uint64_t)(exact >> 64);
    if (high == 0)
        return (double)(uint64_t)exact;
    int drop = 64 - __builtin_clzll(high); /* 1..60 */
    uint64_t bits = (uint64_t)(exact >> drop);
    return round_bits(bits, (unsigned __int128)bits << drop != exact, drop);
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
    if (d->n_digits <= 18 && d->exponent >= -19 && d->exponent <= 19) {
        uint64_t ten = power_of_ten((unsigned)(d->exponent < 0 ? -d->exponent : d->exponent));
        *value = d->exponent < 0 ? quotient(d->mantissa, ten) : product(d->mantissa, ten);
        return true;
    }
    int64_t top = d->exponent + (int64_t)d->n_digits;
    if (top < TOP_LEAST)
        return true;
    if (top > TOP_GREATEST)
        return false;
    *value = from_digits(d, top);
    return !isinf(*value);
}

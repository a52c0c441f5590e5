/*
 * Quick texts. A quotient of two integers below 2^53 is correctly rounded by one division of
 * doubles. The shortest decimal of a double m * 2^e of middling size is found with 128-bit
 * integers: scaled to 17 digits before the point, the numbers that read back as it are an interval
 * around it, half a unit of m to each side (its ends included when m is even), and the wanted one
 * is the multiple of the highest power of ten in there, the closest if there are several.
 */
#include "core/quick_text.h"

#include <math.h>
#include <string.h>

static const uint64_t powers[20] = {1u,
                                    10u,
                                    100u,
                                    1000u,
                                    10000u,
                                    100000u,
                                    1000000u,
                                    10000000u,
                                    100000000u,
                                    1000000000u,
                                    10000000000u,
                                    100000000000u,
                                    1000000000000u,
                                    10000000000000u,
                                    100000000000000u,
                                    1000000000000000u,
                                    10000000000000000u,
                                    100000000000000000u,
                                    1000000000000000000u,
                                    10000000000000000000u};

/* Digits of x, at least one. */
static unsigned write_digits(uint64_t x, char out[20])
{
    char reversed[20];
    unsigned n = 0;
    do
        reversed[n++] = (char)('0' + x % 10);
    while ((x /= 10) > 0);
    for (unsigned i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    return n;
}

/* +-x * 10^-scale in plain notation, where that is how it is shown: the first digit's exponent in
 * -7..37. */
static bool lay_out(bool negative, uint64_t x, unsigned scale, char *out, size_t *len)
{
    char digits[20], *p = out;
    if (x == 0) {
        out[0] = '0';
        *len = 1;
        return true;
    }
    while (scale > 0 && x % 10 == 0) {
        x /= 10;
        scale--;
    }
    const unsigned n = write_digits(x, digits);
    if (scale >= n + 7)
        return false;
    if (negative)
        *p++ = '-';
    if (scale >= n) {
        *p++ = '0';
        *p++ = '.';
        for (unsigned i = n; i < scale; i++)
            *p++ = '0';
        memcpy(p, digits, n);
        p += n;
    } else {
        memcpy(p, digits, n - scale);
        p += n - scale;
        if (scale > 0)
            *p++ = '.';
        memcpy(p, digits + n - scale, scale);
        p += scale;
    }
    *len = (size_t)(p - out);
    return true;
}

bool crunch_quick_decimal(__int128 x, unsigned scale, char out[CRUNCH_QUICK_TEXT_MAX], size_t *len)
{
    const unsigned __int128 magnitude = x < 0 ? -(unsigned __int128)x : (unsigned __int128)x;
    if (magnitude >= powers[19])
        return false;
    return lay_out(x < 0, (uint64_t)magnitude, scale, out, len);
}

/* The nearest integer to a / b, of two equally near ones the even one. */
static uint64_t divide_nearest(unsigned __int128 a, unsigned __int128 b)
{
    uint64_t q = (uint64_t)(a / b);
    unsigned __int128 rest = a - (unsigned __int128)q * b;
    return q + (rest * 2 > b || (rest * 2 == b && q % 2 == 1));
}

/* 10^-5 <= d < 10^15. */
static bool shortest(bool negative, double d, char *out, size_t *len)
{
    int e;
    const uint64_t m = (uint64_t)ldexp(frexp(d, &e), 53);
    e -= 53; /* d = m * 2^e, -69 <= e < 0 */
    if (m == (uint64_t)1 << 52)
        return false; /* the interval is not symmetric */
    /* 17 digits before the point: d * 10^k in [10^16, 10^17), k in 2..21. */
    unsigned k = 2;
    while (k < 21 &&
           d * (double)powers[k < 19 ? k : 19] * (k > 19 ? (double)powers[k - 19] : 1) < 1e16)
        k++;
    /* In units of 2^(e - 1): m < 2^53 and 10^21 < 2^70 keep it below 2^124. */
    const unsigned __int128 power =
        k <= 19 ? powers[k] : (unsigned __int128)powers[19] * powers[k - 19];
    const unsigned __int128 value = 2 * m * power, unit = (unsigned __int128)1 << (1 - e);
    const bool even = m % 2 == 0;
    const unsigned __int128 low = value - power, high = value + power;
    const uint64_t least = (uint64_t)(low / unit) + (low % unit != 0 || !even);
    const uint64_t greatest = (uint64_t)(high / unit) - (high % unit == 0 && !even);
    unsigned zeros = 0;
    while (zeros < 17 && greatest / powers[zeros + 1] * powers[zeros + 1] >= least)
        zeros++;
    const uint64_t digits = divide_nearest(value, unit * powers[zeros]);
    if (zeros <= k)
        return lay_out(negative, digits, k - zeros, out, len);
    return lay_out(negative, digits * powers[zeros - k], 0, out, len);
}

bool crunch_quick_mean(__int128 sum, unsigned scale, uint64_t n, char out[CRUNCH_QUICK_TEXT_MAX],
                       size_t *len)
{
    const __int128 limit = (__int128)1 << 53;
    if (sum <= -limit || sum >= limit || scale > 15 || n >= (uint64_t)limit / powers[scale])
        return false;
    if (sum == 0)
        return lay_out(false, 0, 0, out, len);
    const double d = (double)(sum < 0 ? -sum : sum) / (double)(n * powers[scale]);
    return d >= 1e-5 && d < 1e15 && shortest(sum < 0, d, out, len);
}

/*
 * Rounding, once, from exact rationals and roots: to doubles, to decimals of n digits, and from
 * doubles to the shortest decimal. Integers only; nothing here depends on the floating point
 * environment.
 */
#include "core/value.h"

#include <math.h>
#include <stddef.h>

#define DOUBLE_BITS 53
#define ULP_LEAST (-1074) /* exponent of the last place of subnormals */

/* out = floor(number * 2^shift). Returns whether something was cut off. */
static bool scaled_floor(mpz_t out, const mpq_t number, long shift)
{
    mpz_t numerator, denominator, rest;
    mpz_init_set(numerator, mpq_numref(number));
    mpz_init_set(denominator, mpq_denref(number));
    mpz_init(rest);
    if (shift >= 0)
        mpz_mul_2exp(numerator, numerator, (mp_bitcnt_t)shift);
    else
        mpz_mul_2exp(denominator, denominator, (mp_bitcnt_t)-shift);
    mpz_fdiv_qr(out, rest, numerator, denominator);
    bool inexact = mpz_sgn(rest) != 0;
    mpz_clears(numerator, denominator, rest, (mpz_ptr)NULL);
    return inexact;
}

/* t = floor(x * 2^*shift), at least 55 bits; x is number or its root. Returns the sticky bit. */
static bool leading_bits(mpz_t t, const mpq_t number, bool root, long *shift)
{
    /* number is in (2^(d-1), 2^(d+1)). */
    long d =
        (long)mpz_sizeinbase(mpq_numref(number), 2) - (long)mpz_sizeinbase(mpq_denref(number), 2);
    if (!root) {
        *shift = DOUBLE_BITS + 3 - d; /* t >= 2^55 */
        return scaled_floor(t, number, *shift);
    }
    long half = d >= 0 ? d / 2 : -((1 - d) / 2); /* floor(d / 2); the root exceeds 2^(half - 1/2) */
    *shift = DOUBLE_BITS + 4 - half;             /* t >= floor(2^56.5) */
    /* The floor of the root of a real is that of the root of its floor. */
    mpz_t rest;
    mpz_init(rest);
    bool inexact = scaled_floor(t, number, 2 * *shift);
    mpz_sqrtrem(t, rest, t);
    inexact |= mpz_sgn(rest) != 0;
    mpz_clear(rest);
    return inexact;
}

double crunch_nearest_double(const mpq_t number, bool root)
{
    if (mpq_sgn(number) == 0)
        return 0;
    mpq_t magnitude;
    mpz_t t;
    mpq_init(magnitude);
    mpz_init(t);
    mpq_abs(magnitude, number);
    long shift;
    bool sticky = leading_bits(t, magnitude, root, &shift);
    long ulp = (long)mpz_sizeinbase(t, 2) - DOUBLE_BITS - shift;
    if (ulp < ULP_LEAST)
        ulp = ULP_LEAST;
    mp_bitcnt_t drop = (mp_bitcnt_t)(ulp + shift); /* >= 2, as t has 55 bits or more */
    bool half = mpz_tstbit(t, drop - 1);
    bool below = sticky || mpz_scan1(t, 0) < drop - 1;
    mpz_fdiv_q_2exp(t, t, drop);
    if (half && (below || mpz_odd_p(t)))
        mpz_add_ui(t, t, 1);
    /* At most 2^53: exact as a double, and so is its product with 2^ulp unless it overflows. */
    double result = ldexp(mpz_get_d(t), ulp > 2000 ? 2000 : (int)ulp);
    mpz_clear(t);
    mpq_clear(magnitude);
    return mpq_sgn(number) < 0 ? -result : result;
}

/* q = number * 10^power (power * 2 for a root), as a fraction that need not be reduced. */
static void times_power_of_ten(mpz_t numerator, mpz_t denominator, const mpq_t number, long power)
{
    mpz_t ten;
    mpz_init(ten);
    mpz_ui_pow_ui(ten, 10, (unsigned long)(power < 0 ? -power : power));
    mpz_set(numerator, mpq_numref(number));
    mpz_set(denominator, mpq_denref(number));
    if (power >= 0)
        mpz_mul(numerator, numerator, ten);
    else
        mpz_mul(denominator, denominator, ten);
    mpz_clear(ten);
}

/* t = floor(x), x = numerator / denominator or its root. Returns x - t against 1/2: -1, 0, 1. */
static int floor_and_half(mpz_t t, const mpz_t numerator, const mpz_t denominator, bool root)
{
    mpz_t left, right;
    mpz_inits(left, right, (mpz_ptr)NULL);
    mpz_fdiv_q(t, numerator, denominator);
    if (root)
        mpz_sqrt(t, t);
    /* x against t + 1/2: 2 numerator against (2 t + 1) denominator; for a root 4 numerator against
     * (2 t + 1)^2 denominator. */
    mpz_mul_2exp(left, numerator, root ? 2 : 1);
    mpz_mul_2exp(right, t, 1);
    mpz_add_ui(right, right, 1);
    if (root)
        mpz_mul(right, right, right);
    mpz_mul(right, right, denominator);
    int order = mpz_cmp(left, right);
    mpz_clears(left, right, (mpz_ptr)NULL);
    return (order > 0) - (order < 0);
}

long crunch_round_decimal(mpz_t digits, const mpq_t number, bool root, unsigned n)
{
    mpz_t numerator, denominator, limit, least;
    mpz_inits(numerator, denominator, limit, least, (mpz_ptr)NULL);
    mpz_ui_pow_ui(limit, 10, n);
    mpz_ui_pow_ui(least, 10, n - 1);
    /* A first guess of the exponent by the lengths; it is off by a few at most, then counted right.
     */
    long exponent =
        (long)mpz_sizeinbase(mpq_numref(number), 10) - (long)mpz_sizeinbase(mpq_denref(number), 10);
    if (root)
        exponent /= 2;
    int half;
    for (;;) {
        long power = (long)n - 1 - exponent;
        times_power_of_ten(numerator, denominator, number, root ? 2 * power : power);
        half = floor_and_half(digits, numerator, denominator, root);
        if (mpz_cmp(digits, limit) >= 0)
            exponent++;
        else if (mpz_cmp(digits, least) < 0)
            exponent--;
        else
            break;
    }
    if (half > 0 || (half == 0 && mpz_odd_p(digits)))
        mpz_add_ui(digits, digits, 1);
    if (mpz_cmp(digits, limit) == 0) { /* 99.96 to three digits */
        mpz_set(digits, least);
        exponent++;
    }
    mpz_clears(numerator, denominator, limit, least, (mpz_ptr)NULL);
    return exponent;
}

/* x = r / s; the doubles' rounding interval around x is (r - down) / s .. (r + up) / s. */
struct interval {
    mpz_t r, s, up, down, sum;
    bool closed; /* its ends read back as x: half-even, and the significand is even */
};

/* Sets up the interval of x with the least power of two that makes all four integers. */
static void interval_init(struct interval *v, double x)
{
    int e;
    double fraction = frexp(x, &e);
    int ulp = e - DOUBLE_BITS < ULP_LEAST ? ULP_LEAST : e - DOUBLE_BITS;
    mpz_inits(v->r, v->s, v->up, v->down, v->sum, (mpz_ptr)NULL);
    mpz_set_d(v->r, ldexp(x, -ulp)); /* the significand */
    v->closed = mpz_even_p(v->r);
    /* Below a power of two the neighbour is at half the distance (not at the least normal one). */
    bool narrow_below = fraction == 0.5 && ulp > ULP_LEAST;
    mpz_set_ui(v->s, 4);
    mpz_mul_2exp(v->r, v->r, 2);
    mpz_set_ui(v->up, 2);
    mpz_set_ui(v->down, narrow_below ? 1 : 2);
    if (ulp >= 0) {
        mpz_mul_2exp(v->r, v->r, (mp_bitcnt_t)ulp);
        mpz_mul_2exp(v->up, v->up, (mp_bitcnt_t)ulp);
        mpz_mul_2exp(v->down, v->down, (mp_bitcnt_t)ulp);
    } else {
        mpz_mul_2exp(v->s, v->s, (mp_bitcnt_t)-ulp);
    }
}

static void interval_clear(struct interval *v)
{
    mpz_clears(v->r, v->s, v->up, v->down, v->sum, (mpz_ptr)NULL);
}

/* Does the upper end reach s (is 1 within the interval, or below it)? */
static bool high_reaches(struct interval *v)
{
    mpz_add(v->sum, v->r, v->up);
    int order = mpz_cmp(v->sum, v->s);
    return v->closed ? order >= 0 : order > 0;
}

static void times_ten(struct interval *v)
{
    mpz_mul_ui(v->r, v->r, 10);
    mpz_mul_ui(v->up, v->up, 10);
    mpz_mul_ui(v->down, v->down, 10);
}

/* Scales the interval by a power of ten so that its upper end lies in [1/10, 1); returns k, with
 * x = r / s * 10^k. */
static long normalise(struct interval *v, double x)
{
    /* The estimate need not be right: it is corrected by comparing. */
    long k = (long)floor(log10(x));
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, 10, (unsigned long)(k < 0 ? -k : k));
    if (k >= 0) {
        mpz_mul(v->s, v->s, power);
    } else {
        mpz_mul(v->r, v->r, power);
        mpz_mul(v->up, v->up, power);
        mpz_mul(v->down, v->down, power);
    }
    mpz_clear(power);
    while (high_reaches(v)) {
        mpz_mul_ui(v->s, v->s, 10);
        k++;
    }
    for (;;) {
        times_ten(v);
        if (high_reaches(v))
            break;
        k--;
    }
    return k;
}

long crunch_shortest_decimal(mpz_t digits, double x)
{
    struct interval v;
    mpz_t digit;
    mpz_init(digit);
    interval_init(&v, x);
    long exponent = normalise(&v, x) - 1;
    mpz_set_ui(digits, 0);
    for (;;) {
        mpz_fdiv_qr(digit, v.r, v.r, v.s);
        int order = mpz_cmp(v.r, v.down);
        bool low = v.closed ? order <= 0 : order < 0; /* the digits so far read back as x */
        bool high = high_reaches(&v); /* so they do with one more in the last place */
        mpz_mul_ui(digits, digits, 10);
        mpz_add(digits, digits, digit);
        if (low || high) {
            mpz_mul_2exp(v.r, v.r, 1);
            int half = mpz_cmp(v.r, v.s);
            if (high && (!low || half > 0 || (half == 0 && mpz_odd_p(digit))))
                mpz_add_ui(digits, digits, 1);
            break;
        }
        times_ten(&v);
    }
    interval_clear(&v);
    mpz_clear(digit);
    return exponent;
}

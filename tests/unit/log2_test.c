/*
 * Logarithms as integers: the fast way equals the plain one bit for bit, and both lie where MPFR
 * with other formulas says they must.
 */
#include "core/log2.h"
#include "io/number.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 88172645463325252;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void check_narrow(uint64_t m, unsigned scale)
{
    mpz_t plain;
    mpz_init_set_ui(plain, m);
    __int128 expected = crunch_log2_plain(plain, -(long)scale, CRUNCH_ARITH_DECIMAL);
    __int128 got = crunch_log2_narrow(m, scale);
    cr_assert(got == expected, "%lu e-%u: off by %ld", m, scale, (long)(got - expected));
    mpz_clear(plain);
}

Test(log2, fast_equals_plain)
{
    long rounds = getenv("CRUNCH_LOG2_ROUNDS") ? atol(getenv("CRUNCH_LOG2_ROUNDS")) : 40000;
    for (long i = 0; i < rounds; i++)
        check_narrow((next_random() >> next_random() % 64) | 1, (unsigned)(next_random() % 40));
    for (unsigned scale = 0; scale < 40; scale++)
        for (uint64_t m = 1; m != 0; m *= 2)
            for (int64_t d = -1; d <= 1; d++)
                if (m + (uint64_t)d != 0)
                    check_narrow(m + (uint64_t)d, scale);
}

/* The borders of the cells of every step, where a wrong index would show. */
Test(log2, fast_equals_plain_at_borders)
{
    for (uint64_t i = 0; i < 256; i++)
        for (int64_t d = -2; d <= 2; d++) {
            check_narrow((((UINT64_C(1) << 8) + i) << 55) + (uint64_t)d, 0);
            check_narrow((((UINT64_C(1) << 15) + i) << 48) + (uint64_t)d, 0);
            check_narrow((((UINT64_C(1) << 22) + i) << 41) + (uint64_t)d, 0);
        }
}

/* 2^96 log2(x) - L in [-1/2, 1/2]; the logarithm as a quotient of natural ones, at 400 bits. */
static void check_nearest(const char *mantissa, long exponent, enum crunch_arith arith)
{
    mpz_t m;
    mpz_init_set_str(m, mantissa, 10);
    __int128 got = crunch_log2_plain(m, exponent, arith);
    mpfr_t log, two;
    mpfr_inits2(8000, log, two, (mpfr_ptr)NULL);
    mpfr_set_ui(two, arith == CRUNCH_ARITH_BINARY ? 2 : 10, MPFR_RNDN);
    mpfr_pow_si(two, two, exponent, MPFR_RNDN);
    mpfr_mul_z(log, two, m, MPFR_RNDN);
    mpfr_abs(log, log, MPFR_RNDN);
    mpfr_log(log, log, MPFR_RNDN);
    mpfr_const_log2(two, MPFR_RNDN);
    mpfr_div(log, log, two, MPFR_RNDN);
    mpfr_mul_2ui(log, log, 96, MPFR_RNDN);
    mpfr_sub_d(log, log, ldexp((double)(int64_t)(got >> 64), 64), MPFR_RNDN);
    mpfr_sub_d(log, log, (double)(uint32_t)((uint64_t)got >> 32) * 0x1p32, MPFR_RNDN);
    mpfr_sub_ui(log, log, (uint32_t)got, MPFR_RNDN);
    cr_assert(mpfr_cmpabs(log, (mpfr_set_d(two, 0.5, MPFR_RNDN), two)) <= 0, "%s %ld", mantissa,
              exponent);
    mpfr_clears(log, two, (mpfr_ptr)NULL);
    mpz_clear(m);
}

Test(log2, plain_is_nearest)
{
    static const char *const mantissas[] = {
        "1",
        "-1",
        "2",
        "5",
        "7",
        "10",
        "-9007199254740993",
        "999999999999999999",
        "123456789012345678901234567890123456789012345678901234567890123456789"};
    for (size_t i = 0; i < sizeof mantissas / sizeof mantissas[0]; i++)
        for (long e = -1100; e <= 240; e += 67) {
            check_nearest(mantissas[i], e, CRUNCH_ARITH_DECIMAL);
            check_nearest(mantissas[i], e, CRUNCH_ARITH_BINARY);
        }
}

Test(log2, powers_of_two_are_exact)
{
    for (int e = -1074; e <= 1023; e++)
        cr_assert(crunch_log2_double(ldexp(1, e)) == (__int128)e * ((__int128)1 << 96), "2^%d", e);
    mpz_t five; /* 0.125 */
    mpz_init_set_ui(five, 125);
    cr_expect(crunch_log2_plain(five, -3, CRUNCH_ARITH_DECIMAL) == -((__int128)3 << 96));
    cr_expect(crunch_log2_narrow(125, 3) == -((__int128)3 << 96));
    mpz_clear(five);
}

Test(log2, doubles)
{
    double pool[4000] = {DBL_MAX,  DBL_MIN,          DBL_TRUE_MIN,
                         -DBL_MAX, 3 * DBL_TRUE_MIN, 1 + DBL_EPSILON};
    for (size_t i = 6; i < sizeof pool / sizeof pool[0]; i++)
        do {
            uint64_t bits = next_random();
            memcpy(&pool[i], &bits, sizeof bits);
        } while (!isfinite(pool[i]) || pool[i] == 0);
    for (size_t i = 0; i < sizeof pool / sizeof pool[0]; i++) {
        struct crunch_scaled scaled;
        mpz_init(scaled.mantissa);
        crunch_scaled_set_double(&scaled, pool[i]);
        __int128 expected =
            crunch_log2_plain(scaled.mantissa, scaled.exponent, CRUNCH_ARITH_BINARY);
        cr_assert(crunch_log2_double(pool[i]) == expected, "%a", pool[i]);
        mpz_clear(scaled.mantissa);
    }
}

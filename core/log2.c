/*
 * Logarithms as integers: the plain way, and the fast one that falls back on it where its error
 * bound does not decide the rounding (once in about 2^17 values).
 */
#include "core/log2.h"

#include "core/log2_table.h"

#include <mpfr.h>
#include <string.h>

typedef unsigned __int128 u128;

/* out = log2|m * base^exponent|, with an error below 2^(20 - precision): |log2| < 2^13, and three
 * roundings of at most half an ulp. */
static void log2_of(mpfr_t out, const mpz_t m, long exponent, enum crunch_arith arith)
{
    mpfr_prec_t precision = mpfr_get_prec(out);
    mpfr_t term;
    mpfr_init2(term, precision);
    mpfr_set_z(out, m, MPFR_RNDN);
    mpfr_abs(out, out, MPFR_RNDN);
    mpfr_log2(out, out, MPFR_RNDN);
    mpfr_set_ui(term, arith == CRUNCH_ARITH_BINARY ? 2 : 10, MPFR_RNDN);
    mpfr_log2(term, term, MPFR_RNDN);
    mpfr_mul_si(term, term, exponent, MPFR_RNDN);
    mpfr_add(out, out, term, MPFR_RNDN);
    mpfr_clear(term);
}

/* |x| < 2^126 as a native integer. */
static __int128 to_i128(const mpz_t x)
{
    uint64_t word[2] = {0, 0};
    mpz_export(word, NULL, -1, sizeof word[0], 0, 0, x);
    __int128 size = (__int128)((u128)word[1] << 64 | word[0]);
    return mpz_sgn(x) < 0 ? -size : size;
}

__int128 crunch_log2_plain(const mpz_t m, long exponent, enum crunch_arith arith)
{
    mpz_t below, above;
    mpz_inits(below, above, (mpz_ptr)NULL);
    /* A mantissa of any length has to be exact before its logarithm is taken. */
    mpfr_prec_t precision = (mpfr_prec_t)mpz_sizeinbase(m, 2) + 256;
    do {
        mpfr_t log, error;
        mpfr_init2(log, precision);
        mpfr_init2(error, precision);
        log2_of(log, m, exponent, arith);
        mpfr_mul_2ui(log, log, CRUNCH_LOG2_BITS, MPFR_RNDN);
        mpfr_set_ui_2exp(error, 1, CRUNCH_LOG2_BITS + 20 - precision, MPFR_RNDN);
        mpfr_sub(log, log, error, MPFR_RNDD);
        mpfr_get_z(below, log, MPFR_RNDN);
        mpfr_mul_2ui(error, error, 1, MPFR_RNDN);
        mpfr_add(log, log, error, MPFR_RNDU);
        mpfr_get_z(above, log, MPFR_RNDN);
        mpfr_clears(log, error, (mpfr_ptr)NULL);
        precision *= 2;
    } while (mpz_cmp(below, above) != 0);
    __int128 result = to_i128(below);
    mpz_clears(below, above, (mpz_ptr)NULL);
    return result;
}

static u128 value_of(struct fixed f)
{
    return (u128)f.high << 64 | f.low;
}

/* ln(1 + e) * 2^127 for e = 2^-112 E, E < 2^91, with an error below 4: e - e^2/2 + e^3/3 - e^4/4 +
 * e^5/5, what is left out being below 2^-130. The powers are truncated integers times 2^-127. */
static u128 series(u128 e)
{
    uint64_t top = (uint64_t)(e >> 27), rest = (uint64_t)e & ((1 << 27) - 1);
    /* E^2 = top^2 2^54 + 2 top rest 2^27 + rest^2, times 2^-224. */
    u128 second = ((u128)top * top >> 43) + ((u128)top * rest >> 69);
    uint64_t third = (uint64_t)((u128)(uint64_t)(second >> 21) * top >> 64);
    uint64_t fourth = (uint64_t)((u128)third * top >> 85);
    uint64_t fifth = (uint64_t)((u128)fourth * top >> 85);
    return (e << 15) - second / 2 + third / 3 - fourth / 4 + fifth / 5;
}

/* x / ln 2 * 2^-11, rounded, for x < 2^107: from units of 2^-127 to units of 2^-116. */
static u128 over_ln2(u128 x)
{
    uint64_t high = (uint64_t)(x >> 64), low = (uint64_t)x;
    u128 product = (u128)high * per_ln2.high + ((u128)high * per_ln2.low >> 64) +
                   ((u128)low * per_ln2.high >> 64); /* units of 2^-126 */
    return (product + (1 << 9)) >> 10;
}

/* log2(m) * 2^116, m > 0. The error stays below 3: half a unit for each of the three entries of the
 * tables and for the last rounding, and less than 2^-5 for what comes before that. */
static u128 log2_of_word(uint64_t m)
{
    const u128 one = 1;
    int zeros = __builtin_clzll(m);
    uint64_t z = m << zeros; /* z * 2^-63 in [1, 2) */
    const struct step *step = &first_step[z >> 55 & 0xff];
    u128 v = (u128)z * step->factor; /* units of 2^-73: below 1 + 1.5 * 2^-8 */
    u128 log = value_of(step->log);
    step = &second_step[(uint64_t)((v - (one << 73)) >> 58)];
    v *= step->factor; /* units of 2^-89: below 1 + 1.51 * 2^-15 */
    log += value_of(step->log);
    step = &third_step[(uint64_t)((v - (one << 89)) >> 67)];
    v *= step->factor; /* units of 2^-112: below 1 + 1.51 * 2^-22 */
    log += value_of(step->log);
    log += over_ln2(series(v - (one << 112)));
    return log + ((u128)(63 - zeros) << 116);
}

/* log * 2^-20 rounded; false when an error of up to 4 leaves it open. */
static bool round_log(__int128 log, __int128 *out)
{
    const int drop = 116 - CRUNCH_LOG2_BITS;
    int64_t rest = (int64_t)((uint64_t)log & ((UINT64_C(1) << drop) - 1)) - (1 << (drop - 1));
    *out = (log + (1 << (drop - 1))) >> drop;
    return rest < -4 || rest > 4;
}

__int128 crunch_log2_narrow(uint64_t m, unsigned scale)
{
    __int128 out, log = (__int128)log2_of_word(m) - (__int128)value_of(tens[scale]);
    if (round_log(log, &out))
        return out;
    mpz_t plain;
    mpz_init_set_ui(plain, m);
    out = crunch_log2_plain(plain, -(long)scale, CRUNCH_ARITH_DECIMAL);
    mpz_clear(plain);
    return out;
}

__int128 crunch_log2_double(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int e = (int)(bits >> 52 & 0x7ff);
    uint64_t m = bits & ((UINT64_C(1) << 52) - 1);
    if (e != 0)
        m |= UINT64_C(1) << 52;
    else
        e = 1;
    return crunch_log2_narrow(m, 0) + (__int128)(e - 1075) * ((__int128)1 << CRUNCH_LOG2_BITS);
}

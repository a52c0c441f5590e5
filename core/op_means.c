/*
 * Geometric mean, harmonic mean and product: from order-free sums of integers with known error
 * bounds to an interval that holds the result, narrower than the digits that are printed.
 */
#include "core/finish.h"
#include "core/log2.h"
#include "core/reciprocal.h"

#include <mpfr.h>
#include <stdlib.h>

#define TALLY CRUNCH_BIT(CRUNCH_TALLY)
#define LOGS CRUNCH_BIT(CRUNCH_LOGS)
#define RECIPROCALS CRUNCH_BIT(CRUNCH_RECIPROCALS)
#define PRODUCT CRUNCH_BIT(CRUNCH_PRODUCT)
#define PRIMES CRUNCH_BIT(CRUNCH_PRIMES)

/* Sums of logs stay below 2^77; what is computed here is then good to far more than 200 bits. */
#define PRECISION 400
#define OWN_ERROR_BITS 200

/* The greatest power of two or five that an exact product is worked out with. */
#define EXACT_POWERS 20000
#define EXACT_DIGITS 38

/* x *= 1 + 2^-bits. */
static void widen(mpq_t x, unsigned bits)
{
    mpq_t more;
    mpq_init(more);
    mpq_div_2exp(more, x, bits);
    mpq_add(x, x, more);
    mpq_clear(more);
}

/* Sets value to 2^(sum of logs / n) as an interval. Each of the count logs is off by 2^-97 at most,
 * so the exponent is by e = count / n * 2^-97, and since 2^e - 1 <= e and 1 - 2^-e <= e for e in
 * [0, 1], the result by a factor within 1 - e and 1 + e. */
static void set_power_of_two(struct crunch_value *value, const struct crunch_exact *exact,
                             uint64_t n)
{
    mpfr_t x, log10_of_2;
    mpq_t error, center;
    mpfr_inits2(PRECISION, x, log10_of_2, (mpfr_ptr)NULL);
    mpq_inits(error, center, (mpq_ptr)NULL);
    mpfr_set_z_2exp(x, exact->sum[CRUNCH_LOGS].mantissa, exact->sum[CRUNCH_LOGS].exponent,
                    MPFR_RNDN);
    mpfr_set_ui(log10_of_2, 2, MPFR_RNDN);
    mpfr_log10(log10_of_2, log10_of_2, MPFR_RNDN);
    mpfr_mul(x, x, log10_of_2, MPFR_RNDN);
    mpfr_div_ui(x, x, n, MPFR_RNDN);
    value->exponent = mpfr_get_si(x, MPFR_RNDD);
    mpfr_sub_si(x, x, value->exponent, MPFR_RNDN);
    mpfr_exp10(x, x, MPFR_RNDN);
    mpfr_get_q(center, x);
    mpz_set_ui(mpq_numref(error), exact->count);
    mpz_set_ui(mpq_denref(error), n);
    mpq_canonicalize(error);
    mpq_div_2exp(error, error, CRUNCH_LOG2_BITS + 1);
    mpz_set_ui(mpq_numref(value->other), 1);
    mpz_set_ui(mpq_denref(value->other), 1);
    mpq_div_2exp(value->other, value->other, OWN_ERROR_BITS);
    mpq_add(error, error, value->other);
    mpq_mul(error, error, center);
    mpq_sub(value->number, center, error);
    mpq_add(value->other, center, error);
    value->kind = CRUNCH_VALUE_BETWEEN;
    mpq_clears(error, center, (mpq_ptr)NULL);
    mpfr_clears(x, log10_of_2, (mpfr_ptr)NULL);
}

static void set_zero(struct crunch_value *value)
{
    value->kind = CRUNCH_VALUE_COPIED;
    mpq_set_ui(value->number, 0, 1);
}

/* Settles what nan, negative numbers and no values at all make of a mean of positive ones. */
static bool no_mean(const struct crunch_exact *exact, struct crunch_value *value)
{
    if (crunch_finish_nan(exact, value))
        return true;
    bool negative = exact->negatives + exact->minus_inf > 0;
    value->kind = negative ? CRUNCH_VALUE_NAN : CRUNCH_VALUE_EMPTY;
    return negative || exact->count + exact->plus_inf == 0;
}

static void finish_geomean(const struct crunch_exact *exact,
                           const struct crunch_op_options *options, struct crunch_value *value)
{
    (void)options;
    if (no_mean(exact, value))
        return;
    if (exact->zeros > 0 && exact->plus_inf > 0)
        value->kind = CRUNCH_VALUE_NAN;
    else if (exact->zeros > 0)
        set_zero(value);
    else if (exact->plus_inf > 0)
        value->kind = CRUNCH_VALUE_PLUS_INF;
    else
        set_power_of_two(value, exact, exact->count);
}

static void finish_harmean(const struct crunch_exact *exact,
                           const struct crunch_op_options *options, struct crunch_value *value)
{
    (void)options;
    if (no_mean(exact, value))
        return;
    if (exact->zeros > 0) {
        set_zero(value);
        return;
    }
    if (exact->count == 0) {
        value->kind = CRUNCH_VALUE_PLUS_INF;
        return;
    }
    /* With S <= sum of 1 / x < S (1 + 2^-119) the mean is from n / (S (1 + 2^-119)) to n / S. */
    mpq_t sum;
    mpq_init(sum);
    crunch_scaled_to_mpq(sum, &exact->sum[CRUNCH_RECIPROCALS], CRUNCH_ARITH_BINARY);
    mpz_set_ui(mpq_numref(value->other), exact->count + exact->plus_inf);
    mpz_set_ui(mpq_denref(value->other), 1);
    mpq_set(value->number, value->other);
    mpq_div(value->other, value->other, sum);
    widen(sum, CRUNCH_RECIPROCAL_BITS - 1);
    mpq_div(value->number, value->number, sum);
    value->exponent = 0;
    value->kind = CRUNCH_VALUE_BETWEEN;
    mpq_clear(sum);
}

/* Is |product| = odd * 2^twos * 5^fives, nothing lost modulo 2^128? It is when the logarithm of
 * product / (2^twos 5^fives) is below 127, for it is known much better than to 1. */
static bool product_is_known(const struct crunch_exact *exact)
{
    if (mpz_cmpabs_ui(exact->twos, EXACT_POWERS) > 0 ||
        mpz_cmpabs_ui(exact->fives, EXACT_POWERS) > 0)
        return false;
    mpfr_t log, term;
    mpfr_inits2(PRECISION, log, term, (mpfr_ptr)NULL);
    mpfr_set_z_2exp(log, exact->sum[CRUNCH_LOGS].mantissa, exact->sum[CRUNCH_LOGS].exponent,
                    MPFR_RNDN);
    mpfr_sub_z(log, log, exact->twos, MPFR_RNDN);
    mpfr_set_ui(term, 5, MPFR_RNDN);
    mpfr_log2(term, term, MPFR_RNDN);
    mpfr_mul_z(term, term, exact->fives, MPFR_RNDN);
    mpfr_sub(log, log, term, MPFR_RNDN);
    bool known = mpfr_cmp_ui(log, CRUNCH_ODD_BITS - 1) < 0;
    mpfr_clears(log, term, (mpfr_ptr)NULL);
    return known;
}

/* factor = base^|power|; returns whether it divides. */
static bool power_of(mpz_t factor, unsigned long base, const mpz_t power)
{
    mpz_ui_pow_ui(factor, base, (unsigned long)labs(mpz_get_si(power)));
    return mpz_sgn(power) < 0;
}

/* number = odd * 2^twos * 5^fives. All digits when they are few. */
static void set_known_product(struct crunch_value *value, const struct crunch_exact *exact)
{
    mpz_t factor, difference;
    mpz_inits(factor, difference, (mpz_ptr)NULL);
    mpz_set(mpq_numref(value->number), exact->odd);
    mpz_set_ui(mpq_denref(value->number), 1);
    for (unsigned long base = 2; base <= 5; base += 3) {
        bool divides = power_of(factor, base, base == 2 ? exact->twos : exact->fives);
        mpz_ptr part = divides ? mpq_denref(value->number) : mpq_numref(value->number);
        mpz_mul(part, part, factor);
    }
    mpq_canonicalize(value->number);
    /* Its digits are those of odd * 2^d or odd * 5^d, d the power that is not one of ten. */
    mpz_sub(difference, exact->twos, exact->fives);
    power_of(factor, mpz_sgn(difference) < 0 ? 5 : 2, difference);
    mpz_mul(factor, factor, exact->odd);
    mpz_set_ui(difference, 10);
    mpz_remove(factor, factor, difference);
    mpz_ui_pow_ui(difference, 10, EXACT_DIGITS);
    value->kind = mpz_cmp(factor, difference) < 0 ? CRUNCH_VALUE_COPIED : CRUNCH_VALUE_RATIO;
    mpz_clears(factor, difference, (mpz_ptr)NULL);
}

static void finish_product(const struct crunch_exact *exact,
                           const struct crunch_op_options *options, struct crunch_value *value)
{
    (void)options;
    if (crunch_finish_nan(exact, value))
        return;
    bool negative = (exact->negatives + exact->minus_inf) % 2 == 1;
    if (exact->count == 0 && !crunch_any_inf(exact)) {
        value->kind = CRUNCH_VALUE_EMPTY;
    } else if (crunch_any_inf(exact)) {
        value->kind = exact->zeros > 0 ? CRUNCH_VALUE_NAN
                      : negative       ? CRUNCH_VALUE_MINUS_INF
                                       : CRUNCH_VALUE_PLUS_INF;
    } else if (exact->zeros > 0) {
        set_zero(value);
    } else {
        if (product_is_known(exact))
            set_known_product(value, exact);
        else
            set_power_of_two(value, exact, 1);
        if (negative) {
            mpq_neg(value->number, value->number);
            mpq_neg(value->other, value->other);
        }
    }
}

static void finish_primes(const struct crunch_exact *exact, const struct crunch_op_options *options,
                          struct crunch_value *value)
{
    (void)options;
    if (crunch_finish_nan(exact, value))
        return;
    value->kind = exact->undecided > 0 ? CRUNCH_VALUE_NAN : CRUNCH_VALUE_COUNT;
    mpq_set_ui(value->number, exact->primes, 1);
}

static const struct crunch_op ops[] = {
    {.name = "geomean",
     .help = "geometric mean",
     .detail =
         "2^(sum of log2 x / n). Each logarithm is an integer times 2^-96, correctly rounded, "
         "so the sum is the same in any order and the mean within a factor of 2^-97: the "
         "nearest double, or the digits that are certain where that bound does not decide "
         "it (a number halfway between two doubles). Empty without values, 0 with a zero, "
         "nan with a negative number.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | LOGS,
     .finish = finish_geomean},
    {.name = "harmean",
     .help = "harmonic mean",
     .detail = "n / (sum of 1 / x). Of each reciprocal the first 120 bits count, so the sum is the "
               "same in any order and the mean within a factor of 2^-119: the nearest double, or "
               "the digits that are certain where that bound does not decide it. Empty without "
               "values, 0 with a zero, nan with a negative number.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | RECIPROCALS,
     .finish = finish_harmean},
    {.name = "product",
     .help = "product of the values",
     .detail =
         "Exact, with all digits, when it has at most 38 of them. Otherwise by logarithms as "
         "in geomean, within a factor of n 2^-97 (unless what of it is prime to ten is below "
         "2^127, which is exact): the nearest double, outside the range of doubles 17 digits, "
         "or as many as are certain (15 or more up to 2^46 values). "
         "Empty without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | LOGS | PRODUCT,
     .finish = finish_product},
    {.name = "primes",
     .help = "number of primes",
     .detail = "How many values are prime numbers, each proved by strong tests with enough bases "
               "(Miller and Rabin; up to 13 bases decide all below 3317044064679887385961981). A "
               "value that is no integer, or infinite, is none. nan if a larger integer passes "
               "every test: likely a prime, but not proved. 0 without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | PRIMES,
     .finish = finish_primes},
};

const struct crunch_op_family crunch_ops_means = {"Means, products, primes", ops,
                                                  sizeof ops / sizeof *ops};

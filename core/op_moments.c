/*
 * Higher moments and magnitudes: skewness and kurtosis from exact sums of powers, rounded once.
 *
 * Moments about the mean are of integers here: with n values, T1..T4 the sums of their powers,
 *     A2 = n T2 - T1^2, A3 = n^2 T3 - 3 n T1 T2 + 2 T1^3,
 *     A4 = n^3 T4 - 4 n^2 T1 T3 + 6 n T1^2 T2 - 3 T1^4
 * are n^2, n^3 and n^4 times the central moments m2, m3, m4.
 */
#include "core/finish.h"

#define TALLY CRUNCH_BIT(CRUNCH_TALLY)
#define SUM CRUNCH_BIT(CRUNCH_SUM)
#define SQUARES CRUNCH_BIT(CRUNCH_SUM_SQUARES)
#define CUBES CRUNCH_BIT(CRUNCH_SUM_CUBES)
#define FOURTHS CRUNCH_BIT(CRUNCH_SUM_FOURTHS)
#define MAGNITUDES CRUNCH_BIT(CRUNCH_MAGNITUDES)

/* total += k * n^i * a * b^j, all of them rationals but k, i and j. */
static void add_term(mpq_t total, long k, uint64_t n, unsigned i, const mpq_t a, const mpq_t b,
                     unsigned j)
{
    mpq_t term, factor;
    mpq_inits(term, factor, (mpq_ptr)NULL);
    mpq_set_si(term, k, 1);
    mpz_ui_pow_ui(mpq_numref(factor), n, i);
    mpq_mul(term, term, factor);
    mpq_mul(term, term, a);
    for (; j > 0; j--)
        mpq_mul(term, term, b);
    mpq_add(total, total, term);
    mpq_clears(term, factor, (mpq_ptr)NULL);
}

/* A2, A3 and A4 of the finite values; a[3], initialised, is left 0 where fourths is false. */
static void central(const struct crunch_exact *exact, bool fourths, mpq_t a[5])
{
    static const enum crunch_reducer_id sums[5] = {0, CRUNCH_SUM, CRUNCH_SUM_SQUARES,
                                                   CRUNCH_SUM_CUBES, CRUNCH_SUM_FOURTHS};
    const uint64_t n = exact->count;
    mpq_t t[5];
    for (int k = 0; k < 5; k++)
        mpq_init(t[k]);
    for (int k = 1; k < (fourths ? 5 : 4); k++)
        crunch_scaled_to_mpq(t[k], &exact->sum[sums[k]], exact->arith);
    mpq_set_ui(t[0], 1, 1);
    add_term(a[2], 1, n, 1, t[2], t[1], 0);
    add_term(a[2], -1, n, 0, t[0], t[1], 2);
    add_term(a[3], 1, n, 2, t[3], t[1], 0);
    add_term(a[3], -3, n, 1, t[2], t[1], 1);
    add_term(a[3], 2, n, 0, t[0], t[1], 3);
    if (fourths) {
        add_term(a[4], 1, n, 3, t[4], t[1], 0);
        add_term(a[4], -4, n, 2, t[3], t[1], 1);
        add_term(a[4], 6, n, 1, t[2], t[1], 2);
        add_term(a[4], -3, n, 0, t[0], t[1], 4);
    }
    for (int k = 0; k < 5; k++)
        mpq_clear(t[k]);
}

/* Settles what has no shape: fewer than `least` values, infinities, all values equal (0 / 0).
 * Otherwise a[2..4] are set. */
static bool shapeless(const struct crunch_exact *exact, uint64_t least, bool fourths, mpq_t a[5],
                      struct crunch_value *value)
{
    if (crunch_finish_nan(exact, value))
        return true;
    value->kind = crunch_any_inf(exact) ? CRUNCH_VALUE_NAN : CRUNCH_VALUE_EMPTY;
    if (crunch_any_inf(exact) || exact->count < least)
        return true;
    central(exact, fourths, a);
    value->kind = mpq_sgn(a[2]) == 0 ? CRUNCH_VALUE_NAN : CRUNCH_VALUE_RATIO;
    return mpq_sgn(a[2]) == 0;
}

/* value *= p / q. */
static void times(struct crunch_value *value, const mpz_t p, const mpz_t q)
{
    mpz_mul(mpq_numref(value->number), mpq_numref(value->number), p);
    mpz_mul(mpq_denref(value->number), mpq_denref(value->number), q);
    mpq_canonicalize(value->number);
}

/* g1 = m3 / m2^(3/2) = A3 / A2^(3/2); G1 = g1 sqrt(n (n - 1)) / (n - 2). */
static void finish_skew(const struct crunch_exact *exact, const struct crunch_op_options *options,
                        struct crunch_value *value)
{
    const uint64_t n = exact->count;
    mpq_t a[5];
    mpz_t p, q;
    for (int k = 0; k < 5; k++)
        mpq_init(a[k]);
    mpz_inits(p, q, (mpz_ptr)NULL);
    if (!shapeless(exact, options->population ? 1 : 3, false, a, value)) {
        int sign = mpq_sgn(a[3]);
        mpq_mul(value->number, a[3], a[3]);
        for (int k = 0; k < 3; k++)
            mpq_div(value->number, value->number, a[2]);
        if (!options->population) {
            mpz_set_ui(p, n);
            mpz_mul_ui(p, p, n - 1);
            mpz_set_ui(q, n - 2);
            mpz_mul(q, q, q);
            times(value, p, q);
        }
        value->kind = CRUNCH_VALUE_ROOT;
        if (sign < 0)
            mpq_neg(value->number, value->number);
    }
    for (int k = 0; k < 5; k++)
        mpq_clear(a[k]);
    mpz_clears(p, q, (mpz_ptr)NULL);
}

/* g2 = m4 / m2^2 - 3 = A4 / A2^2 - 3; G2 = ((n + 1) g2 + 6) (n - 1) / ((n - 2) (n - 3)). */
static void finish_kurt(const struct crunch_exact *exact, const struct crunch_op_options *options,
                        struct crunch_value *value)
{
    const uint64_t n = exact->count;
    mpq_t a[5], constant;
    mpz_t p, q;
    for (int k = 0; k < 5; k++)
        mpq_init(a[k]);
    mpq_init(constant);
    mpz_inits(p, q, (mpz_ptr)NULL);
    if (!shapeless(exact, options->population ? 1 : 4, true, a, value)) {
        mpq_div(value->number, a[4], a[2]);
        mpq_div(value->number, value->number, a[2]);
        mpq_set_ui(constant, 3, 1);
        mpq_sub(value->number, value->number, constant);
        if (!options->population) {
            mpz_set_ui(p, n + 1);
            mpz_set_ui(q, 1);
            times(value, p, q);
            mpq_set_ui(constant, 6, 1);
            mpq_add(value->number, value->number, constant);
            mpz_set_ui(p, n - 1);
            mpz_set_ui(q, n - 2);
            mpz_mul_ui(q, q, n - 3);
            times(value, p, q);
        }
    }
    for (int k = 0; k < 5; k++)
        mpq_clear(a[k]);
    mpq_clear(constant);
    mpz_clears(p, q, (mpz_ptr)NULL);
}

static void finish_sumabs(const struct crunch_exact *exact, const struct crunch_op_options *options,
                          struct crunch_value *value)
{
    (void)options;
    if (!crunch_finish_special_magnitude(exact, value))
        crunch_value_set_scaled(value, CRUNCH_VALUE_EXACT, exact, &exact->sum[CRUNCH_MAGNITUDES]);
}

static void finish_meanabs(const struct crunch_exact *exact,
                           const struct crunch_op_options *options, struct crunch_value *value)
{
    (void)options;
    if (crunch_finish_special_magnitude(exact, value) || crunch_finish_empty(exact, value))
        return;
    crunch_value_set_scaled(value, CRUNCH_VALUE_RATIO, exact, &exact->sum[CRUNCH_MAGNITUDES]);
    crunch_value_divide(value, exact->count);
}

static const struct crunch_op ops[] = {
    {.name = "skew",
     .help = "skewness",
     .detail = "g1 sqrt(n (n - 1)) / (n - 2), where g1 = m3 / m2^(3/2) of the central moments "
               "(G1, as in SAS, Excel and pandas); with --population g1. From exact sums, rounded "
               "once to the nearest double. Empty with fewer than three values (--population: "
               "none); nan if all are equal or one is infinite.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | SUM | SQUARES | CUBES,
     .finish = finish_skew},
    {.name = "kurt",
     .help = "excess kurtosis",
     .detail = "((n + 1) g2 + 6) (n - 1) / ((n - 2) (n - 3)), where g2 = m4 / m2^2 - 3 of the "
               "central moments (G2, as in SAS, Excel and pandas); with --population g2. From "
               "exact sums, rounded once to the nearest double. Empty with fewer than four values "
               "(--population: none); nan if all are equal or one is infinite.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | SUM | SQUARES | CUBES | FOURTHS,
     .finish = finish_kurt},
    {.name = "sumabs",
     .help = "sum of the magnitudes",
     .detail = "Sum of |x|, exact, printed as sum is. 0 without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | MAGNITUDES,
     .finish = finish_sumabs},
    {.name = "meanabs",
     .help = "mean of the magnitudes",
     .detail = "sumabs / n, rounded once to the nearest double. Empty without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | MAGNITUDES,
     .finish = finish_meanabs},
};

const struct crunch_op_family crunch_ops_moments = {"Higher moments and magnitudes", ops,
                                                    sizeof ops / sizeof *ops};

/*
 * The basic operations and their finishers: from exact sums to a typed value, by rational
 * arithmetic, nothing rounded.
 *
 * nan and inf (SEMANTICS section 3) come first in every finisher: a nan in the column makes
 * everything but count nan; infinities follow IEEE, also where no finite value is left. Then "no
 * values", then the formula over the finite values.
 */
#include "core/finish.h"

#include "core/reducer.h"

#define TALLY CRUNCH_BIT(CRUNCH_TALLY)
#define SUM CRUNCH_BIT(CRUNCH_SUM)
#define SQUARES CRUNCH_BIT(CRUNCH_SUM_SQUARES)
#define EXTREMES CRUNCH_BIT(CRUNCH_EXTREMES)

static void finish_count(const struct crunch_exact *exact, const struct crunch_op_options *options,
                         struct crunch_value *value)
{
    (void)options;
    value->kind = CRUNCH_VALUE_COUNT;
    mpq_set_ui(value->number, exact->count + exact->nan + exact->plus_inf + exact->minus_inf, 1);
}

static void finish_missing(const struct crunch_exact *exact,
                           const struct crunch_op_options *options, struct crunch_value *value)
{
    (void)options;
    value->kind = CRUNCH_VALUE_COUNT;
    mpq_set_ui(value->number, exact->missing, 1);
}

static void finish_sum(const struct crunch_exact *exact, const struct crunch_op_options *options,
                       struct crunch_value *value)
{
    (void)options;
    if (!crunch_finish_special_sum(exact, value))
        crunch_value_set_scaled(value, CRUNCH_VALUE_EXACT, exact, &exact->sum[CRUNCH_SUM]);
}

static void finish_sumsq(const struct crunch_exact *exact, const struct crunch_op_options *options,
                         struct crunch_value *value)
{
    (void)options;
    if (!crunch_finish_special_magnitude(exact, value))
        crunch_value_set_scaled(value, CRUNCH_VALUE_EXACT, exact, &exact->sum[CRUNCH_SUM_SQUARES]);
}

static void finish_mean(const struct crunch_exact *exact, const struct crunch_op_options *options,
                        struct crunch_value *value)
{
    (void)options;
    if (crunch_finish_special_sum(exact, value) || crunch_finish_empty(exact, value))
        return;
    crunch_value_set_scaled(value, CRUNCH_VALUE_RATIO, exact, &exact->sum[CRUNCH_SUM]);
    crunch_value_divide(value, exact->count);
}

static void finish_rms(const struct crunch_exact *exact, const struct crunch_op_options *options,
                       struct crunch_value *value)
{
    (void)options;
    if (crunch_finish_special_magnitude(exact, value) || crunch_finish_empty(exact, value))
        return;
    crunch_value_set_scaled(value, CRUNCH_VALUE_ROOT, exact, &exact->sum[CRUNCH_SUM_SQUARES]);
    crunch_value_divide(value, exact->count);
}

/* value = sum of (x - mean)^2 / divisor = (n S2 - S1^2) / (n divisor). */
static void variance(const struct crunch_exact *exact, bool population, struct crunch_value *value)
{
    if (crunch_finish_nan(exact, value))
        return;
    if (crunch_any_inf(exact)) {
        value->kind = CRUNCH_VALUE_NAN; /* inf - inf */
        return;
    }
    uint64_t divisor = population ? exact->count : exact->count - 1;
    if (crunch_finish_empty(exact, value) || divisor == 0) {
        value->kind = CRUNCH_VALUE_EMPTY;
        return;
    }
    mpq_t square;
    mpq_init(square);
    crunch_value_set_scaled(value, CRUNCH_VALUE_RATIO, exact, &exact->sum[CRUNCH_SUM]);
    mpq_mul(square, value->number, value->number);
    mpz_mul_ui(mpq_denref(square), mpq_denref(square), exact->count);
    mpq_canonicalize(square);
    crunch_scaled_to_mpq(value->number, &exact->sum[CRUNCH_SUM_SQUARES], exact->arith);
    mpq_sub(value->number, value->number, square);
    crunch_value_divide(value, divisor);
    mpq_clear(square);
}

static void finish_var(const struct crunch_exact *exact, const struct crunch_op_options *options,
                       struct crunch_value *value)
{
    variance(exact, options->population, value);
}

static void finish_sd(const struct crunch_exact *exact, const struct crunch_op_options *options,
                      struct crunch_value *value)
{
    variance(exact, options->population, value);
    if (value->kind == CRUNCH_VALUE_RATIO)
        value->kind = CRUNCH_VALUE_ROOT;
}

static void finish_cv(const struct crunch_exact *exact, const struct crunch_op_options *options,
                      struct crunch_value *value)
{
    mpq_t mean;
    variance(exact, options->population, value);
    if (value->kind != CRUNCH_VALUE_RATIO)
        return;
    mpq_init(mean);
    crunch_scaled_to_mpq(mean, &exact->sum[CRUNCH_SUM], exact->arith);
    int sign = mpq_sgn(mean);
    value->kind = sign == 0 ? CRUNCH_VALUE_EMPTY : CRUNCH_VALUE_ROOT;
    if (sign != 0) {
        mpz_mul_ui(mpq_denref(mean), mpq_denref(mean), exact->count);
        mpq_canonicalize(mean);
        mpq_mul(mean, mean, mean);
        mpq_div(value->number, value->number, mean);
    }
    if (sign < 0)
        mpq_neg(value->number, value->number); /* a root with its sign */
    mpq_clear(mean);
}

static void finish_sem(const struct crunch_exact *exact, const struct crunch_op_options *options,
                       struct crunch_value *value)
{
    (void)options;
    variance(exact, false, value);
    if (value->kind != CRUNCH_VALUE_RATIO)
        return;
    value->kind = CRUNCH_VALUE_ROOT;
    crunch_value_divide(value, exact->count);
}

static void finish_min(const struct crunch_exact *exact, const struct crunch_op_options *options,
                       struct crunch_value *value)
{
    (void)options;
    if (crunch_finish_nan(exact, value))
        return;
    if (exact->minus_inf > 0)
        value->kind = CRUNCH_VALUE_MINUS_INF;
    else if (exact->has_extremes)
        crunch_value_set_copied(value, exact, &exact->min);
    else
        value->kind = exact->plus_inf > 0 ? CRUNCH_VALUE_PLUS_INF : CRUNCH_VALUE_EMPTY;
}

static void finish_max(const struct crunch_exact *exact, const struct crunch_op_options *options,
                       struct crunch_value *value)
{
    (void)options;
    if (crunch_finish_nan(exact, value))
        return;
    if (exact->plus_inf > 0)
        value->kind = CRUNCH_VALUE_PLUS_INF;
    else if (exact->has_extremes)
        crunch_value_set_copied(value, exact, &exact->max);
    else
        value->kind = exact->minus_inf > 0 ? CRUNCH_VALUE_MINUS_INF : CRUNCH_VALUE_EMPTY;
}

static void finish_range(const struct crunch_exact *exact, const struct crunch_op_options *options,
                         struct crunch_value *value)
{
    (void)options;
    if (crunch_finish_nan(exact, value))
        return;
    if (crunch_any_inf(exact)) {
        /* max - min; nan only where both are the same infinity. */
        bool apart = exact->has_extremes || (exact->plus_inf > 0 && exact->minus_inf > 0);
        value->kind = apart ? CRUNCH_VALUE_PLUS_INF : CRUNCH_VALUE_NAN;
        return;
    }
    if (!exact->has_extremes) {
        value->kind = CRUNCH_VALUE_EMPTY;
        return;
    }
    mpq_t least;
    mpq_init(least);
    crunch_scaled_to_mpq(least, &exact->min, exact->arith);
    crunch_value_set_scaled(value, CRUNCH_VALUE_EXACT, exact, &exact->max);
    mpq_sub(value->number, value->number, least);
    mpq_clear(least);
}

static void finish_absmax(const struct crunch_exact *exact, const struct crunch_op_options *options,
                          struct crunch_value *value)
{
    (void)options;
    if (crunch_finish_special_magnitude(exact, value))
        return;
    if (!exact->has_extremes) {
        value->kind = CRUNCH_VALUE_EMPTY;
        return;
    }
    mpq_t least;
    mpq_init(least);
    crunch_scaled_to_mpq(least, &exact->min, exact->arith);
    mpq_abs(least, least);
    crunch_value_set_copied(value, exact, &exact->max);
    mpq_abs(value->number, value->number);
    if (mpq_cmp(least, value->number) > 0)
        mpq_set(value->number, least);
    mpq_clear(least);
}

static const struct crunch_op ops[] = {
    {.name = "count",
     .help = "number of values",
     .detail = "Non-missing cells of any text (nan and inf are values); without -c the number of "
               "records. "
               "0 without values.",
     .domain = CRUNCH_DOMAIN_ANY,
     .needs = TALLY,
     .finish = finish_count},
    {.name = "missing",
     .help = "number of missing cells",
     .detail = "Empty cells, and those that --null names.",
     .domain = CRUNCH_DOMAIN_ANY,
     .needs = TALLY,
     .finish = finish_missing},
    {.name = "sum",
     .help = "sum of the values",
     .detail =
         "Exact: an integer with all its digits, else up to 38, else the nearest double. 0 without "
         "values. inf and -inf together give nan.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | SUM,
     .finish = finish_sum},
    {.name = "sumsq",
     .help = "sum of the squares",
     .detail = "Exact, printed as sum is. 0 without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | SQUARES,
     .finish = finish_sumsq},
    {.name = "mean",
     .help = "arithmetic mean",
     .detail = "sum / n, rounded once to the nearest double. Empty without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | SUM,
     .finish = finish_mean},
    {.name = "min",
     .help = "least value",
     .detail = "All digits as in the input (not its trailing zeros). Empty without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | EXTREMES,
     .finish = finish_min},
    {.name = "max",
     .help = "greatest value",
     .detail = "All digits as in the input (not its trailing zeros). Empty without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | EXTREMES,
     .finish = finish_max},
    {.name = "range",
     .help = "max - min",
     .detail = "Exact, printed as sum is. Empty without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | EXTREMES,
     .finish = finish_range},
    {.name = "var",
     .help = "variance",
     .detail = "Sum of (x - mean)^2 / (n - 1), with --population / n, from exact sums, rounded "
               "once to the "
               "nearest double. Empty without values, and of one value unless --population. nan if "
               "a value "
               "is "
               "infinite.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | SUM | SQUARES,
     .finish = finish_var},
    {.name = "sd",
     .help = "standard deviation",
     .detail =
         "Square root of the variance (--population as there), rounded once to the nearest double. "
         "Empty "
         "and nan where the variance is.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | SUM | SQUARES,
     .finish = finish_sd},
    {.name = "cv",
     .help = "coefficient of variation",
     .detail = "Standard deviation / mean, with --population that of a whole population, from "
               "exact sums, rounded once to the nearest double. Empty where there is no standard "
               "deviation, or the mean is 0.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | SUM | SQUARES,
     .finish = finish_cv},
    {.name = "sem",
     .help = "standard error of the mean",
     .detail = "Square root of (sample variance / n), rounded once to the nearest double; "
               "--population does "
               "not "
               "change it. Empty with fewer than two values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | SUM | SQUARES,
     .finish = finish_sem},
    {.name = "rms",
     .help = "root mean square",
     .detail =
         "Square root of (sumsq / n), rounded once to the nearest double. Empty without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | SQUARES,
     .finish = finish_rms},
    {.name = "absmax",
     .help = "greatest magnitude",
     .detail = "Greatest |x|, all digits as in the input. Empty without values.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = TALLY | EXTREMES,
     .finish = finish_absmax},
};

const struct crunch_op_family crunch_ops_basic = {"Sums and moments", ops,
                                                  sizeof ops / sizeof *ops};

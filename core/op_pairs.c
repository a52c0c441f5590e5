/*
 * Operations on pairs of columns, x and y: each is a formula over n and five sums, taken over the
 * rows in which both have a value. With
 *     Cxy = n Sxy - Sx Sy,   Cxx = n Sxx - Sx^2,   Cyy = n Syy - Sy^2
 * (n^2 times the population covariance and variances) every one is a ratio of exact rationals, or
 * the root of one; nothing is rounded here.
 */
#include "core/joint.h"
#include "core/op.h"

#include "core/finish.h"

#define PAIR                                                                              \
    (CRUNCH_BIT(CRUNCH_TALLY) | CRUNCH_BIT(CRUNCH_SUM) | CRUNCH_BIT(CRUNCH_SUM_SQUARES) | \
     CRUNCH_NEEDS_PAIR)

struct terms {
    uint64_t n;
    mpq_t sx, sy, sxx;   /* sums, */
    mpq_t cxx, cyy, cxy; /* ... and n^2 times the central moments */
};

/* out = n s_ab - s_a s_b */
static void central(mpq_t out, const struct crunch_joint *joint, size_t a, size_t b)
{
    mpq_t other;
    mpq_init(other);
    crunch_joint_sum(out, joint, a);
    crunch_joint_sum(other, joint, b);
    mpq_mul(out, out, other);
    crunch_joint_product(other, joint, a, b);
    mpz_mul_ui(mpq_numref(other), mpq_numref(other), joint->rows);
    mpq_canonicalize(other);
    mpq_sub(out, other, out);
    mpq_clear(other);
}

/* The terms of a pair with at least `least` rows. False: there are none, and the value is settled
 * (nothing is to be cleared then). */
static bool take_terms(struct terms *terms, const struct crunch_exact *exact, uint64_t least,
                       struct crunch_value *value)
{
    const struct crunch_joint *joint = exact->joint;
    if (joint == NULL) {
        value->kind = CRUNCH_VALUE_EMPTY;
        return false;
    }
    if (joint->nan + joint->plus_inf + joint->minus_inf > 0) {
        value->kind = CRUNCH_VALUE_NAN;
        return false;
    }
    if (joint->rows < least) {
        value->kind = CRUNCH_VALUE_EMPTY;
        return false;
    }
    terms->n = joint->rows;
    mpq_inits(terms->sx, terms->sy, terms->sxx, terms->cxx, terms->cyy, terms->cxy, (mpq_ptr)NULL);
    crunch_joint_sum(terms->sx, joint, 0);
    crunch_joint_sum(terms->sy, joint, 1);
    crunch_joint_product(terms->sxx, joint, 0, 0);
    central(terms->cxx, joint, 0, 0);
    central(terms->cyy, joint, 1, 1);
    central(terms->cxy, joint, 0, 1);
    return true;
}

static void clear_terms(struct terms *terms)
{
    mpq_clears(terms->sx, terms->sy, terms->sxx, terms->cxx, terms->cyy, terms->cxy, (mpq_ptr)NULL);
}

/* value = a / b, or nothing where b is 0. */
static void set_quotient(struct crunch_value *value, enum crunch_value_kind kind, const mpq_t a,
                         const mpq_t b)
{
    value->kind = mpq_sgn(b) == 0 ? CRUNCH_VALUE_EMPTY : kind;
    if (mpq_sgn(b) != 0)
        mpq_div(value->number, a, b);
}

/* value = Cxy^2 / (Cxx Cyy) */
static void set_squared_correlation(struct crunch_value *value, enum crunch_value_kind kind,
                                    const struct terms *terms)
{
    mpq_t below;
    mpq_init(below);
    mpq_mul(below, terms->cxx, terms->cyy);
    mpq_mul(value->number, terms->cxy, terms->cxy);
    set_quotient(value, kind, value->number, below);
    mpq_clear(below);
}

static void finish_pairs(const struct crunch_exact *exact, const struct crunch_op_options *options,
                         struct crunch_value *value)
{
    (void)options;
    const struct crunch_joint *joint = exact->joint;
    value->kind = joint ? CRUNCH_VALUE_COUNT : CRUNCH_VALUE_EMPTY;
    if (joint)
        mpq_set_ui(value->number, joint->rows + joint->nan + joint->plus_inf + joint->minus_inf, 1);
}

static void finish_cov(const struct crunch_exact *exact, const struct crunch_op_options *options,
                       struct crunch_value *value)
{
    struct terms terms;
    if (!take_terms(&terms, exact, options->population ? 1 : 2, value))
        return;
    value->kind = CRUNCH_VALUE_RATIO;
    mpq_set(value->number, terms.cxy);
    crunch_value_divide(value, terms.n);
    crunch_value_divide(value, options->population ? terms.n : terms.n - 1);
    clear_terms(&terms);
}

static void finish_corr(const struct crunch_exact *exact, const struct crunch_op_options *options,
                        struct crunch_value *value)
{
    (void)options;
    struct terms terms;
    if (!take_terms(&terms, exact, 2, value))
        return;
    set_squared_correlation(value, CRUNCH_VALUE_ROOT, &terms);
    if (mpq_sgn(terms.cxy) < 0)
        mpq_neg(value->number, value->number); /* a root with its sign */
    clear_terms(&terms);
}

static void finish_r2(const struct crunch_exact *exact, const struct crunch_op_options *options,
                      struct crunch_value *value)
{
    (void)options;
    struct terms terms;
    if (!take_terms(&terms, exact, 2, value))
        return;
    set_squared_correlation(value, CRUNCH_VALUE_RATIO, &terms);
    clear_terms(&terms);
}

static void finish_slope(const struct crunch_exact *exact, const struct crunch_op_options *options,
                         struct crunch_value *value)
{
    (void)options;
    struct terms terms;
    if (!take_terms(&terms, exact, 2, value))
        return;
    set_quotient(value, CRUNCH_VALUE_RATIO, terms.cxy, terms.cxx);
    clear_terms(&terms);
}

/* (Sy - slope Sx) / n */
static void finish_intercept(const struct crunch_exact *exact,
                             const struct crunch_op_options *options, struct crunch_value *value)
{
    (void)options;
    struct terms terms;
    if (!take_terms(&terms, exact, 2, value))
        return;
    set_quotient(value, CRUNCH_VALUE_RATIO, terms.cxy, terms.cxx);
    if (value->kind == CRUNCH_VALUE_RATIO) {
        mpq_mul(value->number, value->number, terms.sx);
        mpq_sub(value->number, terms.sy, value->number);
        crunch_value_divide(value, terms.n);
    }
    clear_terms(&terms);
}

/* value = the residual variance: (Cyy - Cxy^2 / Cxx) / (n (n - 2)); nothing where x is constant. */
static void set_residual_variance(struct crunch_value *value, const struct terms *terms)
{
    mpq_mul(value->number, terms->cxy, terms->cxy);
    set_quotient(value, CRUNCH_VALUE_ROOT, value->number, terms->cxx);
    if (value->kind == CRUNCH_VALUE_EMPTY)
        return;
    mpq_sub(value->number, terms->cyy, value->number);
    crunch_value_divide(value, terms->n);
    crunch_value_divide(value, terms->n - 2);
}

static void finish_residual_sd(const struct crunch_exact *exact,
                               const struct crunch_op_options *options, struct crunch_value *value)
{
    (void)options;
    struct terms terms;
    if (!take_terms(&terms, exact, 3, value))
        return;
    set_residual_variance(value, &terms);
    clear_terms(&terms);
}

/* Variance of the slope: s^2 n / Cxx. */
static void finish_slope_se(const struct crunch_exact *exact,
                            const struct crunch_op_options *options, struct crunch_value *value)
{
    (void)options;
    struct terms terms;
    if (!take_terms(&terms, exact, 3, value))
        return;
    set_residual_variance(value, &terms);
    if (value->kind == CRUNCH_VALUE_ROOT) {
        mpz_mul_ui(mpq_numref(value->number), mpq_numref(value->number), terms.n);
        mpq_canonicalize(value->number);
        mpq_div(value->number, value->number, terms.cxx);
    }
    clear_terms(&terms);
}

/* Variance of the intercept: s^2 Sxx / Cxx. */
static void finish_intercept_se(const struct crunch_exact *exact,
                                const struct crunch_op_options *options, struct crunch_value *value)
{
    (void)options;
    struct terms terms;
    if (!take_terms(&terms, exact, 3, value))
        return;
    set_residual_variance(value, &terms);
    if (value->kind == CRUNCH_VALUE_ROOT) {
        mpq_mul(value->number, value->number, terms.sxx);
        mpq_div(value->number, value->number, terms.cxx);
    }
    clear_terms(&terms);
}

static const struct crunch_op ops[] = {
    {.name = "pairs",
     .help = "number of rows with values of both columns",
     .detail =
         "Rows in which neither of the two columns is missing: those that cov and corr of the "
         "pair are taken over. 0 without any.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = PAIR,
     .finish = finish_pairs,
     .symmetric = true},
    {.name = "cov",
     .help = "covariance of each pair of columns",
     .detail = "Sum of (x - mean x)(y - mean y) / (n - 1), with --population / n, over the rows "
               "that have both, from exact sums, rounded once to the nearest double. Empty with "
               "fewer than two such rows (one, with --population). nan if a value is nan or "
               "infinite.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = PAIR,
     .finish = finish_cov,
     .symmetric = true},
    {.name = "corr",
     .help = "Pearson correlation of each pair of columns",
     .detail = "Covariance / (sd x * sd y) over the rows that have both, from exact sums, rounded "
               "once to the nearest double. A row for each pair; of several columns a matrix with "
               "--matrix and on a terminal. Empty with fewer than two such rows or where a column "
               "is constant in them. nan if a value is nan or infinite.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = PAIR,
     .finish = finish_corr,
     .symmetric = true},
    {.name = "slope",
     .help = "slope of the regression of y on x",
     .detail =
         "Least squares line y = intercept + slope * x of each pair of columns x, y: "
         "cov(x, y) / var(x), from exact sums, rounded once to the nearest double. Empty with "
         "fewer than two rows that have both, or where x is constant in them.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = PAIR,
     .finish = finish_slope},
    {.name = "intercept",
     .help = "intercept of the regression of y on x",
     .detail = "mean y - slope * mean x, rounded once. Empty where the slope is.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = PAIR,
     .finish = finish_intercept},
    {.name = "slope_se",
     .help = "standard error of the slope",
     .detail = "residual_sd / square root of the sum of (x - mean x)^2, rounded once. Empty with "
               "fewer than three rows that have both, or where x is constant in them.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = PAIR,
     .finish = finish_slope_se},
    {.name = "intercept_se",
     .help = "standard error of the intercept",
     .detail = "slope_se * square root of the mean of x^2, rounded once. Empty where slope_se is.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = PAIR,
     .finish = finish_intercept_se},
    {.name = "r2",
     .help = "coefficient of determination of a pair",
     .detail = "Square of the correlation: the part of the variance of y that the line explains; "
               "rounded once. Empty where corr is.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = PAIR,
     .finish = finish_r2,
     .symmetric = true},
    {.name = "residual_sd",
     .help = "standard deviation about the regression line",
     .detail =
         "Square root of (sum of squared residuals / (n - 2)), rounded once. Empty with fewer "
         "than three rows that have both, or where x is constant in them.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = PAIR,
     .finish = finish_residual_sd},
    {.name = "linreg",
     .help = "linear regression of the last column on the others",
     .detail =
         "Least squares y = intercept + b1 x1 + b2 x2 + ..., y the last column named, over the "
         "rows that have all of them (--no-intercept: without it; --degree N: a polynomial of the "
         "one predictor, from its exact powers). Coefficients and their "
         "standard errors, r2, residual standard deviation and number of rows; the normal "
         "equations are solved exactly, each figure is rounded once. Columns that depend on "
         "each other are an error; with fewer rows than coefficients everything is empty.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = CRUNCH_BIT(CRUNCH_TALLY) | CRUNCH_BIT(CRUNCH_SUM) | CRUNCH_BIT(CRUNCH_SUM_SQUARES) |
              CRUNCH_NEEDS_MODEL},
};

const struct crunch_op_family crunch_ops_pairs = {"Pairs of columns", ops,
                                                  sizeof ops / sizeof *ops};

/*
 * Weighted operations: of a column x and the column w that --weight names, over the rows that have
 * both. nan and infinities as IEEE has them in the sum of the products x w and in the sum of the
 * weights.
 */
#include "core/joint.h"
#include "core/op.h"

#include "core/finish.h"

/* SUM of the weights is asked for by the plan. */
#define WEIGHTED (CRUNCH_BIT(CRUNCH_TALLY) | CRUNCH_BIT(CRUNCH_SUM) | CRUNCH_NEEDS_WEIGHT)

/* What nan and infinities make of the sum of x w. True: the value is settled. */
static bool special(const struct crunch_joint *joint, struct crunch_value *value)
{
    if (joint->nan + joint->plus_inf + joint->minus_inf == 0)
        return false;
    value->kind = joint->nan > 0 || (joint->plus_inf > 0 && joint->minus_inf > 0) ? CRUNCH_VALUE_NAN
                  : joint->plus_inf > 0 ? CRUNCH_VALUE_PLUS_INF
                                        : CRUNCH_VALUE_MINUS_INF;
    return true;
}

static void finish_wsum(const struct crunch_exact *exact, const struct crunch_op_options *options,
                        struct crunch_value *value)
{
    (void)options;
    value->kind = CRUNCH_VALUE_EMPTY;
    if (exact->joint == NULL || special(exact->joint, value))
        return;
    value->kind = CRUNCH_VALUE_EXACT;
    crunch_joint_product(value->number, exact->joint, 0, 1);
}

/* Infinities of x over finite weights: the sign of the sum of x w, turned by that of the weights.
 */
static void divide_infinity(struct crunch_value *value, const mpq_t weights)
{
    int sign = mpq_sgn(weights);
    if (value->kind == CRUNCH_VALUE_NAN || sign > 0)
        return;
    value->kind = sign == 0                              ? CRUNCH_VALUE_NAN
                  : value->kind == CRUNCH_VALUE_PLUS_INF ? CRUNCH_VALUE_MINUS_INF
                                                         : CRUNCH_VALUE_PLUS_INF;
}

static void finish_wmean(const struct crunch_exact *exact, const struct crunch_op_options *options,
                         struct crunch_value *value)
{
    (void)options;
    const struct crunch_joint *joint = exact->joint;
    mpq_t weights;
    value->kind = CRUNCH_VALUE_EMPTY;
    if (joint == NULL)
        return;
    mpq_init(weights);
    crunch_joint_sum(weights, joint, 1);
    if (special(joint, value)) {
        if (joint->unweighted > 0)
            value->kind = CRUNCH_VALUE_NAN; /* inf / inf */
        else
            divide_infinity(value, weights);
    } else if (mpq_sgn(weights) != 0) {
        value->kind = CRUNCH_VALUE_RATIO;
        crunch_joint_product(value->number, joint, 0, 1);
        mpq_div(value->number, value->number, weights);
    }
    mpq_clear(weights);
}

static const struct crunch_op ops[] = {
    {.name = "wsum",
     .help = "sum weighted by the column of --weight",
     .detail = "Sum of x * w over the rows that have both, w from the column that --weight names. "
               "Exact, printed as sum is. 0 without such rows.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = WEIGHTED,
     .finish = finish_wsum},
    {.name = "wmean",
     .help = "mean weighted by the column of --weight",
     .detail = "Sum of x * w / sum of w over the rows that have both, rounded once to the nearest "
               "double. Empty without such rows, and where the weights add up to 0. Weights may be "
               "negative.",
     .domain = CRUNCH_DOMAIN_NUMBER,
     .needs = WEIGHTED,
     .finish = finish_wmean},
};

const struct crunch_op_family crunch_ops_weighted = {"Weighted", ops, sizeof ops / sizeof *ops};

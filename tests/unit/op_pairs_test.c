/*
 * Ops on pairs: finishers against the reference's formulas on random contents, against plain sums
 * over rows, and where there is no value.
 */
#include "core/joint.h"
#include "core/op.h"

#include "core/plan_sets.h"
#include "core/reference.h"
#include "tests/support/joint_of_rows.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

static unsigned below(unsigned n)
{
    static uint64_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 11) % n);
}

static char *text_of(const struct crunch_joint *joint, const char *name, bool population,
                     unsigned precision)
{
    const struct crunch_op *op = crunch_op_find(name, strlen(name));
    const struct crunch_op_options options = {.population = population};
    struct crunch_exact exact;
    struct crunch_value value;
    cr_assert_not_null(op, "%s", name);
    crunch_exact_init(&exact, CRUNCH_ARITH_DECIMAL, 0);
    crunch_value_init(&value);
    exact.joint = joint;
    crunch_op_finish(op, &exact, &options, &value);
    char *text = crunch_value_text(&value, precision);
    crunch_value_clear(&value);
    crunch_exact_clear(&exact);
    return text;
}

static void expect(const struct crunch_joint *joint, const char *name, const char *expected)
{
    char *text = text_of(joint, name, false, 0);
    cr_expect_str_eq(text, expected, "%s: \"%s\", not \"%s\"", name, text, expected);
    free(text);
}

/* Random columns; sums of products as they come from rows, with exponents of base ten or two. */
static void random_joint(struct crunch_joint *joint)
{
    const enum crunch_arith arith[2] = {(enum crunch_arith)below(2), (enum crunch_arith)below(2)};
    unsigned rows = below(4) == 0 ? below(4) : 2 + below(40), constant = below(8);
    mpz_t x, y, product;
    mpz_inits(x, y, product, NULL);
    cr_assert_eq(crunch_joint_init(joint, 2, arith, true), CRUNCH_OK);
    for (unsigned row = 0; row < rows; row++) {
        long a = -(long)below(3), b = -(long)below(12);
        mpz_set_si(x, constant == 0 ? 7 : (long)below(20000) - 5000);
        mpz_set_si(y, constant == 1 ? -7 : (long)below(2000000000) - 700000000);
        if (constant <= 1)
            a = b = -2;
        joint->rows++;
        crunch_scaled_add(&joint->sum[0], x, a, arith[0]);
        crunch_scaled_add(&joint->sum[1], y, b, arith[1]);
        mpz_mul(product, x, x);
        crunch_scaled_add(&joint->product[0], product, 2 * a, arith[0]);
        mpz_mul(product, y, y);
        crunch_scaled_add(&joint->product[2], product, 2 * b, arith[1]);
        mpz_mul(product, x, y);
        if (arith[0] != arith[1]) { /* 2^-e = 5^e 10^-e */
            mpz_t five;
            mpz_init(five);
            mpz_ui_pow_ui(five, 5, (unsigned long)-(arith[0] ? a : b));
            mpz_mul(product, product, five);
            mpz_clear(five);
        }
        crunch_scaled_add(&joint->product[1], product, a + b,
                          crunch_cross_arith(arith[0], arith[1]));
    }
    if (below(20) == 0)
        joint->nan = 1;
    if (below(20) == 0)
        joint->plus_inf = 1;
    mpz_clears(x, y, product, NULL);
}

Test(op_pairs, same_as_the_reference)
{
    for (int round = 0; round < 1500; round++) {
        const struct crunch_op *op;
        struct crunch_joint joint;
        struct crunch_exact exact;
        bool population = below(2);
        unsigned precision = below(2) ? 0 : 1 + below(40);
        random_joint(&joint);
        crunch_exact_init(&exact, CRUNCH_ARITH_DECIMAL, 0);
        exact.joint = &joint;
        for (size_t i = 0; (op = crunch_op_at(i)) != NULL; i++) {
            if (!(op->needs & (CRUNCH_NEEDS_PAIR | CRUNCH_NEEDS_WEIGHT)))
                continue;
            const struct crunch_op_options options = {.population = population};
            char *ours = text_of(&joint, op->name, population, precision);
            char *theirs = crunch_reference_text(&exact, op, &options, precision);
            cr_assert_str_eq(ours, theirs, "%s: %s, reference %s", op->name, ours, theirs);
            free(ours);
            free(theirs);
        }
        crunch_exact_clear(&exact);
        crunch_joint_clear(&joint);
    }
}

static const enum crunch_arith decimal[2];

static void from_rows(struct crunch_joint *joint, const char *const (*rows)[2], size_t n)
{
    mpz_t mantissa[2];
    long exponent[2];
    mpz_inits(mantissa[0], mantissa[1], NULL);
    cr_assert_eq(crunch_joint_init(joint, 2, decimal, true), CRUNCH_OK);
    for (size_t i = 0; i < n; i++) {
        for (int c = 0; c < 2; c++)
            exponent[c] = read_decimal(mantissa[c], rows[i][c]);
        add_row(joint, mantissa, exponent);
    }
    mpz_clears(mantissa[0], mantissa[1], NULL);
}

Test(op_pairs, of_a_line_and_of_what_a_calculation_by_hand_gives)
{
    static const char *const line[][2] = {{"0.1", "-1"}, {"0.2", "-1.5"}, {"0.4", "-2.5"}};
    static const char *const hand[][2] = {
        {"1", "2"}, {"2", "4"}, {"3", "5"}, {"4", "4"}, {"5", "5"}};
    struct crunch_joint joint;
    from_rows(&joint, line, 3);
    expect(&joint, "pairs", "3");
    expect(&joint, "corr", "-1");
    expect(&joint, "r2", "1");
    expect(&joint, "slope", "-5");
    expect(&joint, "intercept", "-0.5");
    expect(&joint, "residual_sd", "0");
    expect(&joint, "slope_se", "0");
    crunch_joint_clear(&joint);
    /* Means 3 and 4; sums about them: xx 10, yy 6, xy 6. */
    from_rows(&joint, hand, 5);
    expect(&joint, "cov", "1.5");
    expect(&joint, "slope", "0.6");
    expect(&joint, "intercept", "2.2");
    expect(&joint, "r2", "0.6");
    expect(&joint, "corr", "0.7745966692414834");        /* root of 3/5 */
    expect(&joint, "residual_sd", "0.8944271909999159"); /* root of 4/5 */
    expect(&joint, "slope_se", "0.282842712474619");     /* root of 2/25 */
    expect(&joint, "intercept_se", "0.938083151964686"); /* root of 22/25 */
    char *text = text_of(&joint, "cov", true, 0);
    cr_expect_str_eq(text, "1.2");
    free(text);
    crunch_joint_clear(&joint);
}

Test(op_pairs, without_enough_rows_or_with_a_constant)
{
    static const char *const rows[][2] = {{"1", "2"}, {"1.0", "4"}};
    static const char *const two[][2] = {{"1", "2"}, {"2", "4"}};
    struct crunch_joint joint;
    from_rows(&joint, rows, 0);
    expect(&joint, "pairs", "0");
    expect(&joint, "cov", "");
    expect(&joint, "corr", "");
    crunch_joint_clear(&joint);
    from_rows(&joint, rows, 1);
    expect(&joint, "cov", "");
    char *text = text_of(&joint, "cov", true, 0);
    cr_expect_str_eq(text, "0");
    free(text);
    crunch_joint_clear(&joint);
    from_rows(&joint, rows, 2);
    expect(&joint, "cov", "0");
    expect(&joint, "corr", "");
    expect(&joint, "slope", "");
    expect(&joint, "r2", "");
    crunch_joint_clear(&joint);
    from_rows(&joint, two, 2);
    expect(&joint, "slope", "2");
    expect(&joint, "slope_se", "");
    joint.nan = 1;
    expect(&joint, "slope", "nan");
    expect(&joint, "pairs", "3");
    crunch_joint_clear(&joint);
}

Test(op_pairs, weighted)
{
    static const char *const rows[][2] = {{"1.5", "2"}, {"4", "1"}, {"0.1", "0"}};
    static const char *const cancelling[][2] = {{"3", "2"}, {"4", "-2"}};
    struct crunch_joint joint;
    from_rows(&joint, rows, 0);
    expect(&joint, "wsum", "0");
    expect(&joint, "wmean", "");
    crunch_joint_clear(&joint);
    from_rows(&joint, rows, 3);
    expect(&joint, "wsum", "7");
    expect(&joint, "wmean", "2.3333333333333335");
    joint.plus_inf = 1;
    expect(&joint, "wsum", "inf");
    expect(&joint, "wmean", "inf");
    joint.unweighted = 1; /* the infinity is a weight's */
    expect(&joint, "wmean", "nan");
    joint.minus_inf = 1;
    expect(&joint, "wsum", "nan");
    crunch_joint_clear(&joint);
    from_rows(&joint, cancelling, 2);
    expect(&joint, "wsum", "-2");
    expect(&joint, "wmean", "");
    crunch_joint_clear(&joint);
}

Test(op_pairs, sets_of_pairs_stand_in_order)
{
    for (size_t n = 2, at = 0; n < 9; n++, at = 0)
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++)
                cr_expect_eq(crunch_pair_set(i, j, n), at++);
}

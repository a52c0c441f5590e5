/* The reference's texts against literals worked out by hand or by Python's fractions, and against
 * the finishers and roundings of the fast path on random states. */
#include "core/reducer.h"
#include "core/reference.h"
#include "core/reference_order.h"
#include "core/reference_sums.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const struct crunch_op *op_named(const char *name)
{
    return crunch_op_find(name, strlen(name));
}

static struct crunch_exact exact_of(enum crunch_arith arith)
{
    struct crunch_exact exact;
    crunch_exact_init(&exact, arith, (1u << CRUNCH_N_REDUCERS) - 1);
    return exact;
}

static void set(struct crunch_scaled *scaled, const char *mantissa, long exponent)
{
    mpz_set_str(scaled->mantissa, mantissa, 10);
    scaled->exponent = exponent;
}

static void expect(const struct crunch_exact *exact, const char *op, unsigned precision,
                   const char *text)
{
    struct crunch_op_options options = {.population = false};
    char *got = crunch_reference_text(exact, op_named(op), &options, precision);
    cr_expect_str_eq(got, text, "%s: %s, not %s", op, got, text);
    free(got);
}

Test(reference_text, small_sample)
{
    struct crunch_exact x = exact_of(CRUNCH_ARITH_DECIMAL); /* 1, 2, 4 */
    x.count = 3;
    x.has_extremes = true;
    set(&x.sum[CRUNCH_SUM], "7", 0);
    set(&x.sum[CRUNCH_SUM_SQUARES], "21", 0);
    set(&x.min, "10", -1);
    set(&x.max, "4", 0);
    expect(&x, "count", 0, "3");
    expect(&x, "sum", 0, "7");
    expect(&x, "mean", 0, "2.3333333333333335");
    expect(&x, "mean", 5, "2.3333");
    expect(&x, "var", 0, "2.3333333333333335");
    expect(&x, "sd", 0, "1.5275252316519468");
    expect(&x, "sem", 0, "0.8819171036881969");
    expect(&x, "rms", 0, "2.6457513110645907");
    expect(&x, "range", 0, "3");
    expect(&x, "min", 0, "1");
    expect(&x, "absmax", 0, "4");
    expect(&x, "sd", 30, "1.52752523165194666886268239791"); /* sqrt(7/3), decimal module */
    crunch_exact_clear(&x);
}

Test(reference_text, layout_and_limits)
{
    struct crunch_exact x = exact_of(CRUNCH_ARITH_DECIMAL);
    x.count = 1;
    set(&x.sum[CRUNCH_SUM], "12345678901234567890123456789012345678", -10); /* 38 digits: exact */
    expect(&x, "sum", 0, "1234567890123456789012345678.9012345678");
    set(&x.sum[CRUNCH_SUM], "123456789012345678901234567890123456789",
        -10); /* 39: the nearest double */
    expect(&x, "sum", 0, "12345678901234568000000000000");
    set(&x.sum[CRUNCH_SUM], "123456789012345678901234567890123456789", 0); /* an integer: all */
    expect(&x, "sum", 0, "1.23456789012345678901234567890123456789e38");
    set(&x.sum[CRUNCH_SUM], "-15", -301);
    expect(&x, "sum", 0, "-1.5e-300");
    set(&x.sum[CRUNCH_SUM], "1", -7);
    expect(&x, "sum", 0, "0.0000001");
    set(&x.sum[CRUNCH_SUM], "1", -8);
    expect(&x, "sum", 0, "1e-8");
    set(&x.sum[CRUNCH_SUM], "1", 37);
    expect(&x, "sum", 0, "10000000000000000000000000000000000000");
    set(&x.sum[CRUNCH_SUM], "1", 38);
    expect(&x, "sum", 0, "1e38");
    x.count = 3;
    set(&x.sum[CRUNCH_SUM], "1", 400); /* beyond the doubles: 17 digits */
    expect(&x, "mean", 0, "3.3333333333333333e399");
    set(&x.sum[CRUNCH_SUM], "1", -400);
    expect(&x, "mean", 0, "3.3333333333333333e-401");
    set(&x.sum[CRUNCH_SUM], "0", 0);
    expect(&x, "mean", 0, "0");
    x.plus_inf = 1;
    expect(&x, "mean", 0, "inf");
    expect(&x, "var", 0, "nan");
    x.nan = 1;
    expect(&x, "sum", 0, "nan");
    expect(&x, "count", 0, "5");
    crunch_exact_clear(&x);
}

static unsigned long next(unsigned long *state)
{
    *state = *state * 6364136223846793005UL + 1442695040888963407UL;
    return *state >> 33;
}

/* The bounds of a geometric mean lie on both sides of it; a power of two is where doubles, and
 * their representations, change. Literals: Python's repr. */
Test(reference_text, mean_at_a_power_of_two)
{
    static const struct {
        long exponent;
        const char *text;
    } cases[] = {{280, "1.942668892225729e84"},
                 {122, "5316911983139664000000000000000000000"},
                 {-44, "5.684341886080802e-14"},
                 {-1022, "2.2250738585072014e-308"},
                 {0, "1"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct crunch_exact x = exact_of(CRUNCH_ARITH_BINARY);
        struct crunch_reference_sums *sums = crunch_reference_sums_create(x.arith, x.needs);
        struct crunch_reference_number value = {.class = CRUNCH_REFERENCE_VALUE,
                                                .exponent = cases[i].exponent};
        mpz_init_set_ui(value.mantissa, 1);
        crunch_reference_sums_add(sums, &value, false);
        crunch_reference_sums_total(sums, &x);
        expect(&x, "geomean", 0, cases[i].text);
        crunch_reference_sums_free(sums);
        mpz_clear(value.mantissa);
        crunch_exact_clear(&x);
    }
}

/* A state of n values as some input could have made it. */
static void fill(struct crunch_exact *x, struct crunch_reference_values *values,
                 unsigned long *state)
{
    static const long spans[] = {3, 30, 600, 2000};
    bool binary = x->arith == CRUNCH_ARITH_BINARY;
    long span = spans[next(state) % 4];
    unsigned n = 1 + (unsigned)(next(state) % 5);
    bool positive = next(state) % 2;
    struct crunch_reference_sums *sums = crunch_reference_sums_create(x->arith, x->needs);
    struct crunch_reference_number value = {.class = CRUNCH_REFERENCE_VALUE};
    mpz_init(value.mantissa);
    for (unsigned i = 0; i < n; i++) {
        mpz_set_ui(value.mantissa, next(state) % (next(state) % 3 ? 1000000 : 4));
        if (next(state) % 4 == 0 && !binary)
            mpz_mul_ui(value.mantissa, value.mantissa, next(state) << 20 | 1);
        if (!positive && next(state) % 2)
            mpz_neg(value.mantissa, value.mantissa);
        value.exponent = (long)(next(state) % (unsigned long)span) - span / 2;
        if (value.exponent > 280)
            value.exponent = 280;
        crunch_reference_sums_add(sums, &value, false);
        cr_assert(crunch_reference_values_add(values, &value));
    }
    crunch_reference_sums_total(sums, x);
    crunch_reference_sums_free(sums);
    mpz_clear(value.mantissa);
    x->missing = next(state) % 3;
    if (next(state) % 16 == 0)
        x->plus_inf = 1;
    if (next(state) % 16 == 0)
        x->minus_inf = 2;
    if (next(state) % 32 == 0)
        x->nan = 1;
}

Test(reference_text, same_as_finishers_on_random_states)
{
    const struct crunch_op *op;
    unsigned long state = 20;
    for (int round = 0; round < 1500; round++) {
        struct crunch_exact x = exact_of(round % 2 ? CRUNCH_ARITH_BINARY : CRUNCH_ARITH_DECIMAL);
        const struct crunch_job unlimited = {.tmpdir = NULL};
        struct crunch_reference_values *values =
            crunch_reference_values_create(x.arith, &unlimited, 1);
        struct crunch_op_options options = {
            .population = next(&state) % 2 != 0,
            .quantile_type = 1 + (unsigned)round % 9,
            .trim = {(unsigned long)round % 6, 10},
        };
        unsigned precision = next(&state) % 2 ? 0 : (unsigned)(1 + next(&state) % 40);
        fill(&x, values, &state);
        char *encoded = crunch_exact_encode(&x);
        for (size_t i = 0; (op = crunch_op_at(i)) != NULL; i++) {
            struct crunch_value value;
            if (op->needs >= CRUNCH_BIT(CRUNCH_N_REDUCERS))
                continue; /* reads more than reducers */
            const struct crunch_job job = {.ops = &op, .n_ops = 1, .op_options = options};
            struct crunch_ordered ordered;
            crunch_value_init(&value);
            cr_assert_eq(crunch_reference_values_total(values, &job, &x, &ordered), CRUNCH_OK);
            x.ordered = &ordered;
            crunch_op_finish(op, &x, &options, &value);
            char *fast = crunch_value_text(&value, precision);
            char *mine = crunch_reference_text(&x, op, &options, precision);
            cr_assert_str_eq(mine, fast, "%s, precision %u: %s, not %s (%s)", op->name, precision,
                             mine, fast, encoded);
            free(fast);
            free(mine);
            crunch_ordered_clear(&ordered);
            crunch_value_clear(&value);
        }
        free(encoded);
        crunch_reference_values_free(values);
        crunch_exact_clear(&x);
    }
}

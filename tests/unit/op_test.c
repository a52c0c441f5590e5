/*
 * The finishers: formulas against rationals worked out by hand, and the table of what no values,
 * one value, nan and infinities make of each operation.
 */
#include "core/op.h"

#include "core/reducer.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct contents {
    uint64_t missing, nan, plus_inf, minus_inf;
    size_t n;
    long values[8]; /* integers; in decimal arithmetic times 10^-1, in binary times 2^-1 */
};

static char *result(const char *name, const struct contents *c, enum crunch_arith arith,
                    bool population)
{
    struct crunch_exact exact;
    crunch_exact_init(&exact, arith, ~0u);
    exact.missing = c->missing;
    exact.nan = c->nan;
    exact.plus_inf = c->plus_inf;
    exact.minus_inf = c->minus_inf;
    exact.count = c->n;
    exact.sum[CRUNCH_SUM].exponent = exact.min.exponent = exact.max.exponent = -1;
    exact.sum[CRUNCH_MAGNITUDES].exponent = -1;
    exact.sum[CRUNCH_SUM_SQUARES].exponent = -2;
    exact.sum[CRUNCH_SUM_CUBES].exponent = -3;
    exact.sum[CRUNCH_SUM_FOURTHS].exponent = -4;
    for (size_t i = 0; i < c->n; i++) {
        long x = c->values[i];
        mpz_t term;
        mpz_init_set_si(term, x);
        mpz_add(exact.sum[CRUNCH_SUM].mantissa, exact.sum[CRUNCH_SUM].mantissa, term);
        mpz_addmul(exact.sum[CRUNCH_SUM_SQUARES].mantissa, term, term);
        mpz_pow_ui(term, term, 3);
        mpz_add(exact.sum[CRUNCH_SUM_CUBES].mantissa, exact.sum[CRUNCH_SUM_CUBES].mantissa, term);
        mpz_add_ui(exact.sum[CRUNCH_MAGNITUDES].mantissa, exact.sum[CRUNCH_MAGNITUDES].mantissa,
                   (unsigned long)labs(x));
        mpz_mul_si(term, term, x);
        mpz_add(exact.sum[CRUNCH_SUM_FOURTHS].mantissa, exact.sum[CRUNCH_SUM_FOURTHS].mantissa,
                term);
        if (i == 0 || mpz_cmp_si(exact.min.mantissa, x) > 0)
            mpz_set_si(exact.min.mantissa, x);
        if (i == 0 || mpz_cmp_si(exact.max.mantissa, x) < 0)
            mpz_set_si(exact.max.mantissa, x);
        exact.has_extremes = true;
        mpz_clear(term);
    }
    struct crunch_op_options options = {.population = population};
    const struct crunch_op *op = crunch_op_find(name, strlen(name));
    cr_assert_not_null(op, "%s", name);
    struct crunch_value value;
    crunch_value_init(&value);
    crunch_op_finish(op, &exact, &options, &value);
    char *text = crunch_value_text(&value, 0);
    crunch_value_clear(&value);
    crunch_exact_clear(&exact);
    return text;
}

static void check(const char *name, const struct contents *c, bool population, const char *expected)
{
    char *text = result(name, c, CRUNCH_ARITH_DECIMAL, population);
    cr_expect_str_eq(text, expected, "%s: \"%s\" instead of \"%s\"", name, text, expected);
    free(text);
}

static const char *const names[] = {"count", "sum", "sumsq", "mean", "min",    "max",  "range",
                                    "var",   "sd",  "sem",   "rms",  "absmax", "skew", "sumabs"};

/* expected: one text per name, separated by blanks; `-` is empty. */
static void check_row(const struct contents *c, const char *expected)
{
    char copy[400], *save;
    strcpy(copy, expected);
    char *word = strtok_r(copy, " ", &save);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++, word = strtok_r(NULL, " ", &save)) {
        cr_assert_not_null(word);
        check(names[i], c, false, strcmp(word, "-") == 0 ? "" : word);
    }
}

Test(op, no_value_one_value_nan_and_infinities)
{
    /* count sum sumsq mean min max range var sd sem rms absmax skew sumabs */
    check_row(&(struct contents){.n = 0}, "0 0 0 - - - - - - - - - - 0");
    check_row(&(struct contents){.n = 1, .values = {-25}},
              "1 -2.5 6.25 -2.5 -2.5 -2.5 0 - - - 2.5 2.5 - 2.5");
    check_row(&(struct contents){.nan = 1},
              "1 nan nan nan nan nan nan nan nan nan nan nan nan nan");
    check_row(&(struct contents){.nan = 1, .plus_inf = 2, .minus_inf = 1, .n = 1, .values = {10}},
              "5 nan nan nan nan nan nan nan nan nan nan nan nan nan");
    check_row(&(struct contents){.plus_inf = 1, .n = 1, .values = {10}},
              "2 inf inf inf 1 inf inf nan nan nan inf inf nan inf");
    check_row(&(struct contents){.minus_inf = 2, .n = 1, .values = {10}},
              "3 -inf inf -inf -inf 1 inf nan nan nan inf inf nan inf");
    check_row(&(struct contents){.plus_inf = 1, .minus_inf = 1},
              "2 nan inf nan -inf inf inf nan nan nan inf inf nan inf");
    check_row(&(struct contents){.plus_inf = 2},
              "2 inf inf inf inf inf nan nan nan nan inf inf nan inf");
    check_row(&(struct contents){.minus_inf = 1},
              "1 -inf inf -inf -inf -inf nan nan nan nan inf inf nan inf");
}

Test(op, missing_counts_missing_cells)
{
    check("missing", &(struct contents){.nan = 1, .n = 1}, false, "0");
    check("missing", &(struct contents){.missing = 3, .n = 1}, false, "3");
    check("count", &(struct contents){.missing = 3, .n = 1}, false, "1");
}

Test(op, formulas)
{
    /* 0.1, 0.2, 0.6: mean 0.3, squares about it 0.04 + 0.01 + 0.09 = 0.14 */
    struct contents c = {.n = 3, .values = {1, 2, 6}};
    check("sum", &c, false, "0.9");
    check("sumsq", &c, false, "0.41");
    check("mean", &c, false, "0.3");
    check("var", &c, false, "0.07");
    check("var", &c, true, "0.04666666666666667");
    check("sd", &c, false, "0.2645751311064591");   /* sqrt(0.07) = 0.26457513110645905905... */
    check("sd", &c, true, "0.21602468994692867");   /* sqrt(0.14 / 3) = 0.216024689946928674... */
    check("sem", &c, false, "0.15275252316519466"); /* sqrt(0.07 / 3) = 0.152752523165194664... */
    check("sem", &c, true, "0.15275252316519466");
    check("rms", &c, false, "0.3696845502136472"); /* sqrt(0.41 / 3) = 0.369684550213647... */
    check("range", &c, false, "0.5");
    check("absmax", &c, false, "0.6");
    c = (struct contents){.n = 2, .values = {-70, 30}};
    check("absmax", &c, false, "7");
    check("range", &c, false, "10");
    c = (struct contents){.n = 1, .values = {5}};
    check("var", &c, true, "0");
    check("sd", &c, true, "0");
    c = (struct contents){.n = 4, .values = {33, 33, 33, 33}};
    check("var", &c, false, "0");
    check("sem", &c, false, "0");
}

Test(op, shape)
{
    /* 1, 2, 6: mean 3, squares about it 4 + 1 + 9, cubes -8 - 1 + 27 = 18: g1 = (18 / 3) /
     * (14 / 3)^(3/2) = 0.5951700641394974..., G1 = g1 sqrt(6) = 1.45786296732...; with 4 and -3:
     * mean 2, deviations -1 0 4 2 -5, fourths 898, squares 46: g2 = 5 * 898 / 46^2 - 3. */
    struct contents c = {.n = 3, .values = {1, 2, 6}};
    check("skew", &c, true, "0.5951700641394974");
    check("skew", &c, false, "1.457862967321305");
    check("kurt", &c, false, "");
    check("kurt", &c, true, "-1.5"); /* of any three values that are not all equal */
    c = (struct contents){.n = 3, .values = {-1, -2, -6}};
    check("skew", &c, false, "-1.457862967321305");
    c = (struct contents){.n = 3, .values = {-10, 0, 10}};
    check("skew", &c, false, "0");
    c = (struct contents){.n = 5, .values = {1, 2, 6, 4, -3}};
    check("kurt", &c, true, "-0.8780718336483931");
    check("kurt", &c, false, "0.4877126654064272");
    c = (struct contents){.n = 4, .values = {7, 7, 7, 7}};
    check("skew", &c, false, "nan");
    check("kurt", &c, true, "nan");
    c = (struct contents){.plus_inf = 1, .n = 1, .values = {10}};
    check("kurt", &c, false, "nan");
    c = (struct contents){.n = 3, .values = {1, -2, 6}};
    check("sumabs", &c, false, "0.9");
    check("meanabs", &c, false, "0.3");
}

Test(op, binary_extremes_are_shortest_doubles)
{
    struct contents c = {.n = 2, .values = {3, 7}};
    static const char *const expected[][2] = {
        {"min", "1.5"}, {"max", "3.5"}, {"sum", "5"}, {"sumsq", "14.5"}};
    for (size_t i = 0; i < 4; i++) {
        char *text = result(expected[i][0], &c, CRUNCH_ARITH_BINARY, false);
        cr_expect_str_eq(text, expected[i][1]);
        free(text);
    }
    struct crunch_exact exact; /* 0.1 as a double has 55 digits; as a minimum it prints as 0.1 */
    crunch_exact_init(&exact, CRUNCH_ARITH_BINARY, ~0u);
    exact.count = 1;
    exact.has_extremes = true;
    crunch_scaled_set_double(&exact.min, 0.1);
    crunch_scaled_set_double(&exact.max, 0x1p-1074);
    struct crunch_value value;
    crunch_value_init(&value);
    struct crunch_op_options options = {0};
    crunch_op_find("min", 3)->finish(&exact, &options, &value);
    char *text = crunch_value_text(&value, 0);
    cr_expect_str_eq(text, "0.1");
    free(text);
    crunch_op_find("max", 3)->finish(&exact, &options, &value);
    text = crunch_value_text(&value, 0);
    cr_expect_str_eq(text, "5e-324");
    free(text);
    crunch_value_clear(&value);
    crunch_exact_clear(&exact);
}

Test(op, the_table_is_complete)
{
    const struct crunch_op *op;
    for (size_t i = 0; (op = crunch_op_at(i)) != NULL; i++) {
        cr_expect_eq(crunch_op_find(op->name, strlen(op->name)), op);
        cr_expect(op->needs & CRUNCH_BIT(CRUNCH_TALLY), "%s", op->name);
        cr_expect(strlen(op->help) > 0 && strlen(op->detail) > 0);
    }
    cr_expect_null(crunch_op_find("su", 2));
    cr_expect_null(crunch_op_find("summ", 4));
}

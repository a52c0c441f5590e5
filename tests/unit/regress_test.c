/*
 * Regressions: every certified digit of NIST's linear data sets (data/nist), Filip's polynomial of
 * degree 10 among them; random fits against the reference's other way of solving; and the cases
 * that have no answer.
 */
#include "core/regress.h"

#include "core/reference_joint.h"
#include "tests/support/joint_of_rows.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define MOST 12 /* columns of a design here, y included */

static const enum crunch_arith decimal[MOST]; /* zeros */

/* One line's fields into values; returns how many. */
static size_t read_line(char *line, mpz_t *mantissa, long *exponent)
{
    size_t n = 0;
    for (char *field = strtok(line, ",\n"); field; field = strtok(NULL, ",\n"), n++)
        exponent[n] = read_decimal(mantissa[n], field);
    return n;
}

/* x, y becomes x, x^2, ... x^degree, y. */
static size_t raise_powers(mpz_t *mantissa, long *exponent, size_t degree)
{
    mpz_set(mantissa[degree], mantissa[1]);
    exponent[degree] = exponent[1];
    for (size_t i = 1; i < degree; i++) {
        mpz_mul(mantissa[i], mantissa[i - 1], mantissa[0]);
        exponent[i] = exponent[i - 1] + exponent[0];
    }
    return degree + 1;
}

static void read_set(struct crunch_joint *joint, const char *set, size_t degree)
{
    char path[200], line[400];
    mpz_t mantissa[MOST];
    long exponent[MOST];
    bool begun = false;
    for (size_t i = 0; i < MOST; i++)
        mpz_init(mantissa[i]);
    snprintf(path, sizeof path, "data/nist/%s.csv", set);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s (run from the top of the project)", path);
    cr_assert_not_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        size_t k = read_line(line, mantissa, exponent);
        if (degree > 1)
            k = raise_powers(mantissa, exponent, degree);
        if (!begun)
            cr_assert_eq(crunch_joint_init(joint, k, decimal, true), CRUNCH_OK);
        begun = true;
        add_row(joint, mantissa, exponent);
    }
    fclose(file);
    for (size_t i = 0; i < MOST; i++)
        mpz_clear(mantissa[i]);
}

/* value to as many significant digits as the certified text has equals it. */
static void check_digits(const char *what, const struct crunch_value *value, const char *certified)
{
    unsigned digits = 0;
    for (const char *p = certified; *p && *p != 'E'; p++)
        if (*p >= '0' && *p <= '9' && (digits > 0 || *p != '0'))
            digits++;
    char *got = crunch_value_text(value, digits > 0 ? digits : 15);
    /* Both are texts of decimals; of the same digits, so their doubles decide. */
    cr_expect(strtod(got, NULL) == strtod(certified, NULL), "%s: %s, certified %s", what, got,
              certified);
    free(got);
}

static void check_line(const struct crunch_fit *fit, bool intercept, const char *set,
                       const char *term, const char *estimate, const char *error)
{
    char what[100];
    snprintf(what, sizeof what, "%s, %s", set, term);
    if (strcmp(term, "residual_sd") == 0) {
        check_digits(what, &fit->residual_sd, estimate);
    } else if (strcmp(term, "r2") == 0) {
        check_digits(what, &fit->r2, estimate);
    } else {
        size_t i = (size_t)atoi(term) - !intercept;
        cr_assert(i < fit->p);
        check_digits(what, &fit->estimate[i], estimate);
        check_digits(what, &fit->std_error[i], error);
    }
}

Test(regress, nist_certified_values)
{
    FILE *table = fopen("data/nist/certified_regression.csv", "r");
    char line[200], current[40] = "";
    struct crunch_joint joint;
    struct crunch_fit fit;
    int lines = 0, sets = 0;
    cr_assert_not_null(table);
    cr_assert_not_null(fgets(line, sizeof line, table));
    while (fgets(line, sizeof line, table)) {
        char set[40], term[40], estimate[40], error[40] = "";
        unsigned degree, intercept;
        cr_assert(sscanf(line, "%39[^,],%u,%u,%39[^,],%39[^,],%39[^\n]", set, &degree, &intercept,
                         term, estimate, error) >= 5,
                  "%s", line);
        if (strcmp(set, current) != 0) {
            if (sets++ > 0) {
                crunch_fit_clear(&fit);
                crunch_joint_clear(&joint);
            }
            strcpy(current, set);
            read_set(&joint, set, degree);
            cr_assert_eq(crunch_fit_make(&fit, &joint, intercept), CRUNCH_OK);
        }
        check_line(&fit, intercept, set, term, estimate, error);
        lines++;
    }
    crunch_fit_clear(&fit);
    crunch_joint_clear(&joint);
    fclose(table);
    cr_expect_eq(sets, 11);
    cr_expect_eq(lines, 77);
}

static unsigned below(unsigned n)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 11) % n);
}

/* k columns of small numbers with up to 3 decimals; sometimes one is made of others. */
static void random_joint(struct crunch_joint *joint, size_t k, unsigned rows)
{
    mpz_t mantissa[MOST];
    long exponent[MOST];
    bool dependent = k > 2 && below(6) == 0;
    for (size_t i = 0; i < k; i++)
        mpz_init(mantissa[i]);
    cr_assert_eq(crunch_joint_init(joint, k, decimal, true), CRUNCH_OK);
    for (unsigned row = 0; row < rows; row++) {
        for (size_t i = 0; i < k; i++) {
            mpz_set_si(mantissa[i], (long)below(9000) - 3000);
            exponent[i] = -(long)(i % 4);
        }
        if (dependent) {
            mpz_mul_si(mantissa[1], mantissa[0], -17);
            exponent[1] = exponent[0];
        }
        add_row(joint, mantissa, exponent);
    }
    for (size_t i = 0; i < k; i++)
        mpz_clear(mantissa[i]);
}

static void compare_figures(const struct crunch_fit *fit,
                            const struct crunch_reference_result *theirs)
{
    for (size_t i = 0; i < 2 * fit->p + 2; i++) {
        const struct crunch_value *value = i < fit->p        ? &fit->estimate[i]
                                           : i < 2 * fit->p  ? &fit->std_error[i - fit->p]
                                           : i == 2 * fit->p ? &fit->r2
                                                             : &fit->residual_sd;
        char *a = crunch_value_text(value, 25), *b = crunch_reference_result_text(&theirs[i], 25);
        cr_expect_str_eq(a, b, "figure %zu of %zu: %s, %s", i, fit->p, a, b);
        free(a);
        free(b);
    }
}

Test(regress, same_as_the_reference)
{
    int solved = 0, refused = 0;
    for (int round = 0; round < 300; round++) {
        size_t k = 2 + below(5);
        bool intercept = below(3) > 0;
        struct crunch_joint joint;
        struct crunch_fit fit;
        struct crunch_reference_result theirs[2 * MOST];
        random_joint(&joint, k, below(3) == 0 ? below(8) : 3 + below(30));
        for (size_t i = 0; i < 2 * MOST; i++)
            mpz_inits(theirs[i].p, theirs[i].q, NULL);
        enum crunch_code code = crunch_fit_make(&fit, &joint, intercept);
        cr_assert_eq(crunch_reference_regression(theirs, &joint, intercept), code);
        if (!code)
            compare_figures(&fit, theirs);
        solved += code == CRUNCH_OK;
        refused += code == CRUNCH_BAD_DATA;
        for (size_t i = 0; i < 2 * MOST; i++)
            mpz_clears(theirs[i].p, theirs[i].q, NULL);
        crunch_fit_clear(&fit);
        crunch_joint_clear(&joint);
    }
    cr_expect_gt(solved, 150);
    cr_expect_gt(refused, 10);
}

/* Rows of x1, x2, y as texts. */
static enum crunch_code fit_rows(struct crunch_fit *fit, const char *const (*rows)[3], size_t n)
{
    struct crunch_joint joint;
    mpz_t mantissa[3];
    long exponent[3];
    cr_assert_eq(crunch_joint_init(&joint, 3, decimal, true), CRUNCH_OK);
    for (int i = 0; i < 3; i++)
        mpz_init(mantissa[i]);
    for (size_t row = 0; row < n; row++) {
        for (int i = 0; i < 3; i++)
            exponent[i] = read_decimal(mantissa[i], rows[row][i]);
        add_row(&joint, mantissa, exponent);
    }
    enum crunch_code code = crunch_fit_make(fit, &joint, true);
    for (int i = 0; i < 3; i++)
        mpz_clear(mantissa[i]);
    crunch_joint_clear(&joint);
    return code;
}

Test(regress, a_column_that_depends_on_others_is_named)
{
    static const char *const second[][3] = {
        {"1", "0.3", "1"}, {"2", "0.6", "5"}, {"4", "1.2", "2"}, {"7", "2.1", "2"}};
    static const char *const constant[][3] = {
        {"1.5", "3", "1"}, {"1.50", "4", "5"}, {"1.5", "5", "2"}, {"1.5", "8", "2"}};
    struct crunch_fit fit;
    cr_expect_eq(fit_rows(&fit, second, 4), CRUNCH_BAD_DATA);
    cr_expect_eq(fit.dependent, 1);
    crunch_fit_clear(&fit);
    cr_expect_eq(fit_rows(&fit, constant, 4), CRUNCH_BAD_DATA);
    cr_expect_eq(fit.dependent, 0);
    crunch_fit_clear(&fit);
}

Test(regress, too_few_rows_give_nothing)
{
    static const char *const rows[][3] = {{"1", "1", "1"}, {"2", "4", "5"}, {"4", "9", "2"}};
    struct crunch_fit fit;
    cr_expect_eq(fit_rows(&fit, rows, 2), CRUNCH_OK);
    cr_expect_eq(fit.estimate[2].kind, CRUNCH_VALUE_EMPTY);
    cr_expect_eq(fit.r2.kind, CRUNCH_VALUE_EMPTY);
    crunch_fit_clear(&fit);
    /* As many as coefficients: a fit without a residual, and so without errors. */
    cr_expect_eq(fit_rows(&fit, rows, 3), CRUNCH_OK);
    cr_expect_eq(fit.estimate[2].kind, CRUNCH_VALUE_RATIO);
    cr_expect_eq(fit.std_error[2].kind, CRUNCH_VALUE_EMPTY);
    cr_expect_eq(fit.residual_sd.kind, CRUNCH_VALUE_EMPTY);
    cr_expect_eq(mpq_cmp_ui(fit.r2.number, 1, 1), 0);
    crunch_fit_clear(&fit);
}

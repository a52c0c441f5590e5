/*
 * Regression over the integers. All columns are multiplied by one power of the base (or its like),
 * d, such that every sum and product is an integer; the matrix of the normal equations, the right
 * side and the unit matrix are eliminated together, so the inverse's diagonal comes with the
 * solution.
 *
 * A symmetric matrix X'X is positive semidefinite, so elimination needs no pivoting: a pivot of
 * zero means that its column depends on those before it.
 */
#include "core/regress.h"

#include <stdlib.h>
#include <string.h>

/* p rows of p + 1 + p integers: [ X'X | X'y | 1 ]. */
struct system {
    size_t p, width;
    mpz_t *cell;
    mpz_t d;      /* what columns were multiplied by, */
    mpz_t yy, sy; /* ... and sums of y^2 and y then */
    uint64_t rows;
    bool intercept;
};

static mpz_ptr at(const struct system *system, size_t row, size_t column)
{
    return system->cell[row * system->width + column];
}

/* ---- setting up ---- */

/* d = the least common multiple of the denominators of all sums and products. */
static void find_multiplier(mpz_t d, const struct crunch_joint *joint)
{
    mpq_t q;
    mpq_init(q);
    mpz_set_ui(d, 1);
    for (size_t j = 0; j < joint->k; j++) {
        crunch_joint_sum(q, joint, j);
        mpz_lcm(d, d, mpq_denref(q));
        for (size_t i = 0; i <= j; i++) {
            crunch_joint_product(q, joint, i, j);
            mpz_lcm(d, d, mpq_denref(q));
        }
    }
    mpq_clear(q);
}

/* out = q * d, which is an integer. */
static void times(mpz_t out, const mpq_t q, const mpz_t d)
{
    mpz_divexact(out, d, mpq_denref(q));
    mpz_mul(out, out, mpq_numref(q));
}

static void set_sum(mpz_t out, const struct system *system, const struct crunch_joint *joint,
                    size_t i)
{
    mpq_t q;
    mpq_init(q);
    crunch_joint_sum(q, joint, i);
    times(out, q, system->d);
    mpq_clear(q);
}

static void set_product(mpz_t out, const struct system *system, const struct crunch_joint *joint,
                        size_t i, size_t j)
{
    mpq_t q;
    mpq_init(q);
    crunch_joint_product(q, joint, i, j);
    times(out, q, system->d);
    mpz_mul(out, out, system->d);
    mpq_clear(q);
}

static void set_up(struct system *system, const struct crunch_joint *joint)
{
    size_t p = system->p, first = system->intercept, y = joint->k - 1;
    find_multiplier(system->d, joint);
    for (size_t i = first; i < p; i++) {
        for (size_t j = first; j < p; j++)
            set_product(at(system, i, j), system, joint, i - first, j - first);
        set_product(at(system, i, p), system, joint, i - first, y);
        if (first > 0) {
            set_sum(at(system, 0, i), system, joint, i - first);
            mpz_set(at(system, i, 0), at(system, 0, i));
        }
    }
    set_sum(system->sy, system, joint, y);
    set_product(system->yy, system, joint, y, y);
    if (first > 0) {
        mpz_set_ui(at(system, 0, 0), joint->rows);
        mpz_set(at(system, 0, p), system->sy);
    }
    for (size_t i = 0; i < p; i++)
        mpz_set_ui(at(system, i, p + 1 + i), 1);
}

static enum crunch_code create(struct system *system, const struct crunch_joint *joint,
                               bool intercept)
{
    system->p = joint->k - 1 + intercept;
    system->width = 2 * system->p + 1;
    system->rows = joint->rows;
    system->intercept = intercept;
    system->cell = malloc(system->p * system->width * sizeof *system->cell);
    if (system->cell == NULL)
        return CRUNCH_NO_MEMORY;
    for (size_t i = 0; i < system->p * system->width; i++)
        mpz_init(system->cell[i]);
    mpz_inits(system->d, system->yy, system->sy, (mpz_ptr)NULL);
    return CRUNCH_OK;
}

static void destroy(struct system *system)
{
    for (size_t i = 0; i < system->p * system->width; i++)
        mpz_clear(system->cell[i]);
    mpz_clears(system->d, system->yy, system->sy, (mpz_ptr)NULL);
    free(system->cell);
}

/* ---- elimination ---- */

/* Makes the left part diagonal, every entry of it the determinant (in row 0, too). Returns p, or
 * the column whose pivot is zero. */
static size_t eliminate(struct system *system)
{
    mpz_t previous, term;
    size_t k = 0;
    mpz_init_set_ui(previous, 1);
    mpz_init(term);
    for (; k < system->p && mpz_sgn(at(system, k, k)) != 0; k++) {
        mpz_srcptr pivot = at(system, k, k);
        for (size_t i = 0; i < system->p; i++) {
            if (i == k)
                continue;
            for (size_t j = 0; j < system->width; j++) {
                if (j == k)
                    continue;
                mpz_mul(term, at(system, i, k), at(system, k, j));
                mpz_mul(at(system, i, j), at(system, i, j), pivot);
                mpz_sub(at(system, i, j), at(system, i, j), term);
                mpz_divexact(at(system, i, j), at(system, i, j), previous);
            }
            mpz_set_ui(at(system, i, k), 0);
        }
        mpz_set(previous, pivot);
    }
    mpz_clear(previous);
    mpz_clear(term);
    return k;
}

/* ---- results ---- */

static void set_ratio(mpq_t out, const mpz_t num, const mpz_t den)
{
    mpz_set(mpq_numref(out), num);
    mpz_set(mpq_denref(out), den);
    mpq_canonicalize(out);
}

/* residual = the sum of squared residuals, times d^2: y'y - b'X'y. right is X'y as it was. */
static void residual_squares(mpq_t residual, const struct system *system, const mpz_t *right)
{
    size_t p = system->p;
    mpz_t explained;
    mpz_init(explained);
    for (size_t i = 0; i < p; i++)
        mpz_addmul(explained, at(system, i, p), right[i]);
    mpz_mul(mpq_numref(residual), system->yy, at(system, 0, 0)); /* the determinant */
    mpz_sub(mpq_numref(residual), mpq_numref(residual), explained);
    mpz_set(mpq_denref(residual), at(system, 0, 0));
    mpq_canonicalize(residual);
    mpz_clear(explained);
}

/* total = the sum of squares about the mean, or about 0, times d^2. */
static void total_squares(mpq_t total, const struct system *system)
{
    mpq_set_z(total, system->yy);
    if (!system->intercept)
        return;
    mpq_t mean;
    mpq_init(mean);
    mpz_mul(mpq_numref(mean), system->sy, system->sy);
    mpz_set_ui(mpq_denref(mean), system->rows);
    mpq_canonicalize(mean);
    mpq_sub(total, total, mean);
    mpq_clear(mean);
}

static void divide_count(mpq_t value, uint64_t n)
{
    mpz_mul_ui(mpq_denref(value), mpq_denref(value), n);
    mpq_canonicalize(value);
}

static void divide_integer(mpq_t value, const mpz_t n)
{
    mpz_mul(mpq_denref(value), mpq_denref(value), n);
    mpq_canonicalize(value);
}

/* The coefficients: b_i = row i of the right side over the determinant, the intercept's over d
 * besides. */
static void set_estimates(struct crunch_fit *fit, const struct system *system)
{
    for (size_t i = 0; i < fit->p; i++) {
        struct crunch_value *b = &fit->estimate[i];
        b->kind = CRUNCH_VALUE_RATIO;
        set_ratio(b->number, at(system, i, fit->p), at(system, 0, 0));
        if (system->intercept && i == 0)
            divide_integer(b->number, system->d);
    }
}

/* Variances: s^2 (X'X)^-1_ii, where s^2 and the inverse are d^2 and d^-2 times themselves, but for
 * the intercept's, which is not scaled. */
static void set_errors(struct crunch_fit *fit, const struct system *system, const mpq_t residual)
{
    for (size_t i = 0; i < fit->p && fit->df > 0; i++) {
        struct crunch_value *error = &fit->std_error[i];
        mpq_t inverse;
        mpq_init(inverse);
        set_ratio(inverse, at(system, i, fit->p + 1 + i), at(system, 0, 0));
        error->kind = CRUNCH_VALUE_ROOT;
        mpq_mul(error->number, residual, inverse);
        divide_count(error->number, fit->df);
        if (system->intercept && i == 0) {
            divide_integer(error->number, system->d);
            divide_integer(error->number, system->d);
        }
        mpq_clear(inverse);
    }
}

static void set_quality(struct crunch_fit *fit, const struct system *system, const mpq_t residual)
{
    mpq_t total;
    mpq_init(total);
    total_squares(total, system);
    if (mpq_sgn(total) != 0) {
        fit->r2.kind = CRUNCH_VALUE_RATIO;
        mpq_sub(fit->r2.number, total, residual);
        mpq_div(fit->r2.number, fit->r2.number, total);
    }
    if (fit->df > 0) {
        fit->residual_sd.kind = CRUNCH_VALUE_ROOT;
        mpq_set(fit->residual_sd.number, residual);
        divide_count(fit->residual_sd.number, fit->df);
        divide_integer(fit->residual_sd.number, system->d);
        divide_integer(fit->residual_sd.number, system->d);
    }
    mpq_clear(total);
}

static enum crunch_code solve(struct crunch_fit *fit, struct system *system)
{
    mpz_t *right = malloc(system->p * sizeof *right);
    if (right == NULL)
        return CRUNCH_NO_MEMORY;
    for (size_t i = 0; i < system->p; i++)
        mpz_init_set(right[i], at(system, i, system->p));
    size_t pivot = eliminate(system);
    if (pivot == system->p) {
        mpq_t residual;
        mpq_init(residual);
        residual_squares(residual, system, (const mpz_t *)right);
        set_estimates(fit, system);
        set_errors(fit, system, residual);
        set_quality(fit, system, residual);
        mpq_clear(residual);
    } else {
        fit->dependent = pivot - system->intercept;
    }
    for (size_t i = 0; i < system->p; i++)
        mpz_clear(right[i]);
    free(right);
    return pivot == system->p ? CRUNCH_OK : CRUNCH_BAD_DATA;
}

static enum crunch_code fit_init(struct crunch_fit *fit, size_t p)
{
    memset(fit, 0, sizeof *fit);
    crunch_value_init(&fit->r2);
    crunch_value_init(&fit->residual_sd);
    fit->estimate = malloc(p * sizeof *fit->estimate);
    fit->std_error = malloc(p * sizeof *fit->std_error);
    if (fit->estimate == NULL || fit->std_error == NULL)
        return CRUNCH_NO_MEMORY;
    fit->p = p;
    for (size_t i = 0; i < p; i++) {
        crunch_value_init(&fit->estimate[i]);
        crunch_value_init(&fit->std_error[i]);
    }
    return CRUNCH_OK;
}

void crunch_fit_clear(struct crunch_fit *fit)
{
    for (size_t i = 0; i < fit->p; i++) {
        crunch_value_clear(&fit->estimate[i]);
        crunch_value_clear(&fit->std_error[i]);
    }
    free(fit->estimate);
    free(fit->std_error);
    crunch_value_clear(&fit->r2);
    crunch_value_clear(&fit->residual_sd);
}

static void set_all(struct crunch_fit *fit, enum crunch_value_kind kind)
{
    for (size_t i = 0; i < fit->p; i++)
        fit->estimate[i].kind = fit->std_error[i].kind = kind;
    fit->r2.kind = fit->residual_sd.kind = kind;
}

enum crunch_code crunch_fit_make(struct crunch_fit *fit, const struct crunch_joint *joint,
                                 bool intercept)
{
    struct system system = {.p = 0};
    enum crunch_code code = fit_init(fit, joint->k - 1 + intercept);
    if (code)
        return code;
    fit->rows = joint->rows;
    fit->df = joint->rows < fit->p ? 0 : joint->rows - fit->p;
    if (joint->nan + joint->plus_inf + joint->minus_inf > 0) {
        set_all(fit, CRUNCH_VALUE_NAN);
        return CRUNCH_OK;
    }
    if (joint->rows < fit->p)
        return CRUNCH_OK;
    code = create(&system, joint, intercept);
    if (code)
        return code;
    set_up(&system, joint);
    code = solve(fit, &system);
    destroy(&system);
    return code;
}

/*
 * Regression a second time: rational Gauss-Jordan elimination with row exchanges, about the means
 * where there is an intercept (the intercept and its error then follow from the rest).
 */
#include "core/reference_joint.h"

#include <stdlib.h>

/* n rows of n + 1 + n rationals: [ moments | moments with y | 1 ]. */
struct matrix {
    size_t n, width;
    mpq_t *cell;
    mpq_t *mean; /* of the predictors and of y: n + 1; 0 without intercept */
    mpq_t yy;    /* sum of squares of y, about its mean if there is an intercept */
};

static mpq_ptr at(const struct matrix *m, size_t row, size_t column)
{
    return m->cell[row * m->width + column];
}

static bool create(struct matrix *m, size_t n)
{
    m->n = n;
    m->width = 2 * n + 1;
    m->cell = malloc(n * m->width * sizeof *m->cell);
    m->mean = malloc((n + 1) * sizeof *m->mean);
    if (m->cell == NULL || m->mean == NULL) {
        free(m->cell);
        free(m->mean);
        return false;
    }
    for (size_t i = 0; i < n * m->width; i++)
        mpq_init(m->cell[i]);
    for (size_t i = 0; i <= n; i++)
        mpq_init(m->mean[i]);
    mpq_init(m->yy);
    return true;
}

static void destroy(struct matrix *m)
{
    for (size_t i = 0; i < m->n * m->width; i++)
        mpq_clear(m->cell[i]);
    for (size_t i = 0; i <= m->n; i++)
        mpq_clear(m->mean[i]);
    mpq_clear(m->yy);
    free(m->cell);
    free(m->mean);
}

static void set_count(mpq_t out, uint64_t n)
{
    mpq_set_ui(out, n, 1);
}

/* out = sum of (x_i - mean)(x_j - mean) */
static void set_moment(mpq_t out, const struct matrix *m, const struct crunch_joint *joint,
                       size_t i, size_t j)
{
    mpq_t term;
    mpq_init(term);
    crunch_joint_product(out, joint, i, j);
    set_count(term, joint->rows);
    mpq_mul(term, term, m->mean[i]);
    mpq_mul(term, term, m->mean[j]);
    mpq_sub(out, out, term);
    mpq_clear(term);
}

static void fill(struct matrix *m, const struct crunch_joint *joint, bool intercept)
{
    mpq_t n;
    mpq_init(n);
    set_count(n, joint->rows);
    for (size_t i = 0; i <= m->n && intercept; i++) {
        crunch_joint_sum(m->mean[i], joint, i);
        mpq_div(m->mean[i], m->mean[i], n);
    }
    for (size_t i = 0; i < m->n; i++) {
        for (size_t j = 0; j <= m->n; j++)
            set_moment(at(m, i, j), m, joint, i, j);
        mpq_set_ui(at(m, i, m->n + 1 + i), 1, 1);
    }
    set_moment(m->yy, m, joint, m->n, m->n);
    mpq_clear(n);
}

/* False: singular. */
static bool solve(struct matrix *m)
{
    mpq_t factor, term;
    bool regular = true;
    mpq_inits(factor, term, (mpq_ptr)NULL);
    for (size_t k = 0; k < m->n && regular; k++) {
        size_t pivot = m->n - 1; /* the last row that will do */
        while (pivot > k && mpq_sgn(at(m, pivot, k)) == 0)
            pivot--;
        for (size_t j = 0; j < m->width && pivot != k; j++)
            mpq_swap(at(m, k, j), at(m, pivot, j));
        regular = mpq_sgn(at(m, k, k)) != 0;
        for (size_t i = 0; i < m->n && regular; i++) {
            if (i == k)
                continue;
            mpq_div(factor, at(m, i, k), at(m, k, k));
            for (size_t j = k; j < m->width; j++) {
                mpq_mul(term, factor, at(m, k, j));
                mpq_sub(at(m, i, j), at(m, i, j), term);
            }
        }
    }
    for (size_t i = 0; i < m->n && regular; i++) {
        mpq_set(factor, at(m, i, i));
        for (size_t j = m->n; j < m->width; j++)
            mpq_div(at(m, i, j), at(m, i, j), factor);
    }
    mpq_clears(factor, term, (mpq_ptr)NULL);
    return regular;
}

static void put(struct crunch_reference_result *out, enum crunch_reference_shape shape,
                const mpq_t value)
{
    out->shape = shape;
    out->negative = mpq_sgn(value) < 0;
    mpz_abs(out->p, mpq_numref(value));
    mpz_set(out->q, mpq_denref(value));
}

/* out = (rest of m's mean of y) after the predictors' part: mean y - b . mean x */
static void put_intercept(struct crunch_reference_result *out, const struct matrix *m)
{
    mpq_t value, term;
    mpq_inits(value, term, (mpq_ptr)NULL);
    mpq_set(value, m->mean[m->n]);
    for (size_t i = 0; i < m->n; i++) {
        mpq_mul(term, at(m, i, m->n), m->mean[i]);
        mpq_sub(value, value, term);
    }
    put(out, CRUNCH_SHAPE_QUOTIENT, value);
    mpq_clears(value, term, (mpq_ptr)NULL);
}

/* out = root of variance * (1 / rows + mean' inverse mean) */
static void put_intercept_error(struct crunch_reference_result *out, const struct matrix *m,
                                const mpq_t variance, uint64_t rows)
{
    mpq_t value, term;
    mpq_inits(value, term, (mpq_ptr)NULL);
    set_count(value, rows);
    mpq_inv(value, value);
    for (size_t i = 0; i < m->n; i++)
        for (size_t j = 0; j < m->n; j++) {
            mpq_mul(term, m->mean[i], m->mean[j]);
            mpq_mul(term, term, at(m, i, m->n + 1 + j));
            mpq_add(value, value, term);
        }
    mpq_mul(value, value, variance);
    put(out, CRUNCH_SHAPE_ROOT, value);
    mpq_clears(value, term, (mpq_ptr)NULL);
}

/* residual = yy - b . moments with y. The right side is solved by now, so y's are taken anew. */
static void residual_squares(mpq_t residual, const struct matrix *m,
                             const struct crunch_joint *joint)
{
    mpq_t term;
    mpq_init(term);
    mpq_set(residual, m->yy);
    for (size_t i = 0; i < m->n; i++) {
        set_moment(term, m, joint, i, m->n);
        mpq_mul(term, term, at(m, i, m->n));
        mpq_sub(residual, residual, term);
    }
    mpq_clear(term);
}

/* The figures of a system that is solved. */
static void put_all(struct crunch_reference_result *out, const struct matrix *m,
                    const struct crunch_joint *joint, bool intercept)
{
    size_t p = m->n + intercept;
    mpq_t residual, value, df;
    mpq_inits(residual, value, df, (mpq_ptr)NULL);
    residual_squares(residual, m, joint);
    if (intercept)
        put_intercept(&out[0], m);
    for (size_t i = 0; i < m->n; i++)
        put(&out[i + intercept], CRUNCH_SHAPE_QUOTIENT, at(m, i, m->n));
    if (mpq_sgn(m->yy) != 0) {
        mpq_div(value, residual, m->yy);
        set_count(df, 1);
        mpq_sub(value, df, value);
        put(&out[2 * p], CRUNCH_SHAPE_QUOTIENT, value);
    }
    if (joint->rows > p) {
        set_count(df, joint->rows - p);
        mpq_div(residual, residual, df);
        put(&out[2 * p + 1], CRUNCH_SHAPE_ROOT, residual);
        if (intercept)
            put_intercept_error(&out[p], m, residual, joint->rows);
        for (size_t i = 0; i < m->n; i++) {
            mpq_mul(value, residual, at(m, i, m->n + 1 + i));
            put(&out[p + i + intercept], CRUNCH_SHAPE_ROOT, value);
        }
    }
    mpq_clears(residual, value, df, (mpq_ptr)NULL);
}

enum crunch_code crunch_reference_regression(struct crunch_reference_result *out,
                                             const struct crunch_joint *joint, bool intercept)
{
    size_t p = joint->k - 1 + intercept;
    bool special = joint->nan + joint->plus_inf + joint->minus_inf > 0;
    struct matrix m;
    for (size_t i = 0; i < 2 * p + 2; i++)
        out[i].shape = special ? CRUNCH_SHAPE_NAN : CRUNCH_SHAPE_NOTHING;
    if (special || joint->rows < p)
        return CRUNCH_OK;
    if (!create(&m, joint->k - 1))
        return CRUNCH_NO_MEMORY;
    fill(&m, joint, intercept);
    bool regular = solve(&m);
    if (regular)
        put_all(out, &m, joint, intercept);
    destroy(&m);
    return regular ? CRUNCH_OK : CRUNCH_BAD_DATA;
}

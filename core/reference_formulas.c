/*
 * Formulas of the results, over integers: a result is a fraction p / q or the square root of one,
 * its sign apart, never in lowest terms.
 */
#include "core/reference_formulas.h"
#include "core/reference_joint.h"

#include "core/counted.h"
#include "core/places.h"
#include "core/reference_means.h"

#include <stdlib.h>
#include <string.h>

void crunch_reference_set_scaled(struct crunch_reference_result *f,
                                 enum crunch_reference_shape shape,
                                 const struct crunch_scaled *from, enum crunch_arith arith)
{
    unsigned long base = arith == CRUNCH_ARITH_BINARY ? 2 : 10;
    f->shape = shape;
    f->negative = mpz_sgn(from->mantissa) < 0;
    mpz_abs(f->p, from->mantissa);
    mpz_ui_pow_ui(f->q, base, (unsigned long)labs(from->exponent));
    if (from->exponent >= 0) {
        mpz_mul(f->p, f->p, f->q);
        mpz_set_ui(f->q, 1);
    }
}

static uint64_t infinities(const struct crunch_exact *x)
{
    return x->plus_inf + x->minus_inf;
}

static void set_infinite(struct crunch_reference_result *f, bool negative)
{
    f->shape = CRUNCH_SHAPE_INFINITE;
    f->negative = negative;
}

static void sum_of(struct crunch_reference_result *f, const struct crunch_exact *x)
{
    if (x->plus_inf && x->minus_inf)
        f->shape = CRUNCH_SHAPE_NAN;
    else if (infinities(x))
        set_infinite(f, x->minus_inf > 0);
    else
        crunch_reference_set_scaled(f, CRUNCH_SHAPE_FINITE, &x->sum[CRUNCH_SUM], x->arith);
}

static void squares_of(struct crunch_reference_result *f, const struct crunch_exact *x)
{
    if (infinities(x))
        set_infinite(f, false);
    else
        crunch_reference_set_scaled(f, CRUNCH_SHAPE_FINITE, &x->sum[CRUNCH_SUM_SQUARES], x->arith);
}

/* Finite results become a quotient by n; no values: nothing. */
static void over(struct crunch_reference_result *f, const struct crunch_exact *x, uint64_t n,
                 enum crunch_reference_shape shape)
{
    if (f->shape != CRUNCH_SHAPE_FINITE && f->shape != CRUNCH_SHAPE_QUOTIENT)
        return;
    f->shape = x->count == 0 ? CRUNCH_SHAPE_NOTHING : shape;
    mpz_mul_ui(f->q, f->q, n);
}

/* (n S2 - S1^2) / (n d) with S1 = p/q, S2 = r/s: (n r q^2 - p^2 s) / (n d s q^2). */
static void variance_of(struct crunch_reference_result *f, const struct crunch_exact *x,
                        bool population)
{
    struct crunch_reference_result squares = {.shape = CRUNCH_SHAPE_NOTHING};
    uint64_t n = x->count, d = population ? n : n - 1;
    if (infinities(x)) {
        f->shape = CRUNCH_SHAPE_NAN;
        return;
    }
    if (n == 0 || d == 0)
        return;
    mpz_inits(squares.p, squares.q, (mpz_ptr)NULL);
    crunch_reference_set_scaled(f, CRUNCH_SHAPE_QUOTIENT, &x->sum[CRUNCH_SUM], x->arith);
    crunch_reference_set_scaled(&squares, CRUNCH_SHAPE_QUOTIENT, &x->sum[CRUNCH_SUM_SQUARES],
                                x->arith);
    mpz_mul(f->p, f->p, f->p);
    mpz_mul(f->p, f->p, squares.q);
    mpz_mul(f->q, f->q, f->q);
    mpz_mul(squares.p, squares.p, f->q);
    mpz_mul_ui(squares.p, squares.p, n);
    mpz_sub(f->p, squares.p, f->p);
    mpz_mul(f->q, f->q, squares.q);
    mpz_mul_ui(f->q, f->q, n);
    mpz_mul_ui(f->q, f->q, d);
    f->negative = false;
    mpz_clears(squares.p, squares.q, (mpz_ptr)NULL);
}

static void extreme_of(struct crunch_reference_result *f, const struct crunch_exact *x,
                       bool greatest)
{
    uint64_t same = greatest ? x->plus_inf : x->minus_inf;
    uint64_t other = greatest ? x->minus_inf : x->plus_inf;
    if (same)
        set_infinite(f, !greatest);
    else if (x->has_extremes)
        crunch_reference_set_scaled(
            f, x->arith == CRUNCH_ARITH_BINARY ? CRUNCH_SHAPE_DOUBLE : CRUNCH_SHAPE_COPIED,
            greatest ? &x->max : &x->min, x->arith);
    else if (other)
        set_infinite(f, greatest);
}

/* max - min, both brought to one denominator. */
static void range_of(struct crunch_reference_result *f, const struct crunch_exact *x)
{
    struct crunch_reference_result least = {.shape = CRUNCH_SHAPE_NOTHING};
    if (infinities(x)) {
        if (x->has_extremes || (x->plus_inf && x->minus_inf))
            set_infinite(f, false);
        else
            f->shape = CRUNCH_SHAPE_NAN;
        return;
    }
    if (!x->has_extremes)
        return;
    mpz_inits(least.p, least.q, (mpz_ptr)NULL);
    crunch_reference_set_scaled(f, CRUNCH_SHAPE_FINITE, &x->max, x->arith);
    crunch_reference_set_scaled(&least, CRUNCH_SHAPE_FINITE, &x->min, x->arith);
    mpz_mul(f->p, f->p, least.q);
    mpz_mul(least.p, least.p, f->q);
    mpz_mul(f->q, f->q, least.q);
    if (f->negative)
        mpz_neg(f->p, f->p);
    if (least.negative)
        mpz_add(f->p, f->p, least.p);
    else
        mpz_sub(f->p, f->p, least.p);
    f->negative = false; /* max >= min */
    mpz_clears(least.p, least.q, (mpz_ptr)NULL);
}

static void magnitude_of(struct crunch_reference_result *f, const struct crunch_exact *x)
{
    struct crunch_reference_result least = {.shape = CRUNCH_SHAPE_NOTHING};
    if (infinities(x)) {
        set_infinite(f, false);
        return;
    }
    mpz_inits(least.p, least.q, (mpz_ptr)NULL);
    extreme_of(f, x, true);
    extreme_of(&least, x, false);
    if (f->shape != CRUNCH_SHAPE_NOTHING) {
        mpz_mul(least.p, least.p, f->q); /* compare p/q crosswise */
        mpz_mul(f->p, f->p, least.q);
        mpz_mul(f->q, f->q, least.q);
        if (mpz_cmp(least.p, f->p) > 0)
            mpz_set(f->p, least.p);
        f->negative = false;
    }
    mpz_clears(least.p, least.q, (mpz_ptr)NULL);
}

static void magnitudes_of(struct crunch_reference_result *f, const struct crunch_exact *x)
{
    if (infinities(x))
        set_infinite(f, false);
    else
        crunch_reference_set_scaled(f, CRUNCH_SHAPE_FINITE, &x->sum[CRUNCH_MAGNITUDES], x->arith);
}

/* out = the sum of (n u - sum of u)^power over the values u * base^e, by the binomial formula; e is
 * one that makes all sums integers; it cancels in the ratios below. */
static void moment(mpz_t out, const struct crunch_exact *x, unsigned power)
{
    static const enum crunch_reducer_id id[5] = {0, CRUNCH_SUM, CRUNCH_SUM_SQUARES,
                                                 CRUNCH_SUM_CUBES, CRUNCH_SUM_FOURTHS};
    mpz_t sum[5], term;
    long e = 0;
    for (long k = 1; k < 5; k++)
        while (k * e > x->sum[id[k]].exponent)
            e--;
    mpz_init(term);
    mpz_init_set_ui(sum[0], x->count);
    for (unsigned k = 1; k < 5; k++) {
        mpz_init(sum[k]);
        mpz_ui_pow_ui(sum[k], x->arith == CRUNCH_ARITH_BINARY ? 2 : 10,
                      (unsigned long)(x->sum[id[k]].exponent - (long)k * e));
        mpz_mul(sum[k], sum[k], x->sum[id[k]].mantissa);
    }
    mpz_set_ui(out, 0);
    for (unsigned k = 0; k <= power; k++) {
        mpz_bin_uiui(term, power, k);
        for (unsigned i = 0; i < k; i++)
            mpz_mul_ui(term, term, x->count);
        for (unsigned i = k; i < power; i++)
            mpz_mul(term, term, sum[1]);
        mpz_mul(term, term, sum[k]);
        ((power - k) % 2 ? mpz_sub : mpz_add)(out, out, term);
    }
    for (unsigned k = 0; k < 5; k++)
        mpz_clear(sum[k]);
    mpz_clear(term);
}

/* With B2, B3 the moments above: skew^2 = n B3^2 / B2^3, corrected n (n - 1) / (n - 2)^2 times
 * that. */
static void skewness_of(struct crunch_reference_result *f, const struct crunch_exact *x,
                        bool population)
{
    mpz_t b2, b3;
    uint64_t n = x->count;
    f->shape = infinities(x) ? CRUNCH_SHAPE_NAN : CRUNCH_SHAPE_NOTHING;
    if (infinities(x) || n < (population ? 1 : 3))
        return;
    mpz_inits(b2, b3, (mpz_ptr)NULL);
    moment(b2, x, 2);
    moment(b3, x, 3);
    f->shape = mpz_sgn(b2) == 0 ? CRUNCH_SHAPE_NAN : CRUNCH_SHAPE_ROOT;
    f->negative = mpz_sgn(b3) < 0;
    mpz_mul(f->p, b3, b3);
    mpz_mul_ui(f->p, f->p, n);
    mpz_pow_ui(f->q, b2, 3);
    if (!population) {
        mpz_mul_ui(f->p, f->p, n);
        mpz_mul_ui(f->p, f->p, n - 1);
        mpz_mul_ui(f->q, f->q, n - 2);
        mpz_mul_ui(f->q, f->q, n - 2);
    }
    mpz_clears(b2, b3, (mpz_ptr)NULL);
}

/* kurt = (n B4 - 3 B2^2) / B2^2, corrected ((n + 1) n B4 - 3 (n - 1) B2^2) / B2^2 times
 * (n - 1) / ((n - 2) (n - 3)): 6 - 3 (n + 1) is -3 (n - 1). */
static void kurtosis_of(struct crunch_reference_result *f, const struct crunch_exact *x,
                        bool population)
{
    mpz_t b2, b4;
    uint64_t n = x->count;
    f->shape = infinities(x) ? CRUNCH_SHAPE_NAN : CRUNCH_SHAPE_NOTHING;
    if (infinities(x) || n < (population ? 1 : 4))
        return;
    mpz_inits(b2, b4, (mpz_ptr)NULL);
    moment(b2, x, 2);
    moment(b4, x, 4);
    f->shape = mpz_sgn(b2) == 0 ? CRUNCH_SHAPE_NAN : CRUNCH_SHAPE_QUOTIENT;
    mpz_mul(f->q, b2, b2);
    mpz_mul_ui(b4, b4, n);
    mpz_mul_ui(f->p, f->q, 3);
    if (!population) {
        mpz_mul_ui(b4, b4, n + 1);
        mpz_mul_ui(f->p, f->p, n - 1);
    }
    mpz_sub(f->p, b4, f->p);
    if (!population) {
        mpz_mul_ui(f->p, f->p, n - 1);
        mpz_mul_ui(f->q, f->q, n - 2);
        mpz_mul_ui(f->q, f->q, n - 3);
    }
    f->negative = mpz_sgn(f->p) < 0;
    mpz_abs(f->p, f->p);
    mpz_clears(b2, b4, (mpz_ptr)NULL);
}

static void set_count(struct crunch_reference_result *f, uint64_t n)
{
    f->shape = CRUNCH_SHAPE_COUNT;
    mpz_set_ui(f->p, n);
}

/* A value that the reference has found among those of the column. */
static void set_found(struct crunch_reference_result *f, const struct crunch_value *found)
{
    switch (found->kind) {
    case CRUNCH_VALUE_EMPTY:
        f->shape = CRUNCH_SHAPE_NOTHING;
        return;
    case CRUNCH_VALUE_NAN:
        f->shape = CRUNCH_SHAPE_NAN;
        return;
    case CRUNCH_VALUE_PLUS_INF:
    case CRUNCH_VALUE_MINUS_INF:
        set_infinite(f, found->kind == CRUNCH_VALUE_MINUS_INF);
        return;
    default:
        f->shape = found->kind == CRUNCH_VALUE_DOUBLE ? CRUNCH_SHAPE_DOUBLE : CRUNCH_SHAPE_COPIED;
        f->negative = mpq_sgn(found->number) < 0;
        mpz_abs(f->p, mpq_numref(found->number));
        mpz_set(f->q, mpq_denref(found->number));
    }
}

static void set_end(struct crunch_reference_result *f, const struct crunch_placed *placed, int end)
{
    if (placed->text[end] && placed->numeric) {
        set_found(f, &placed->value[end]);
    } else if (placed->text[end]) {
        f->shape = CRUNCH_SHAPE_TEXT;
        f->text = placed->text[end];
    }
}

static void set_place(struct crunch_reference_result *f, uint64_t record)
{
    if (record > 0)
        set_count(f, record);
}

/* The root of the variance f over the square of the mean, with the mean's sign. */
static void relative(struct crunch_reference_result *f, const struct crunch_exact *x)
{
    struct crunch_reference_result total = {.shape = CRUNCH_SHAPE_NOTHING};
    if (f->shape != CRUNCH_SHAPE_QUOTIENT)
        return;
    mpz_inits(total.p, total.q, (mpz_ptr)NULL);
    crunch_reference_set_scaled(&total, CRUNCH_SHAPE_QUOTIENT, &x->sum[CRUNCH_SUM], x->arith);
    f->shape = mpz_sgn(total.p) == 0 ? CRUNCH_SHAPE_NOTHING : CRUNCH_SHAPE_ROOT;
    f->negative = total.negative && mpz_sgn(f->p) != 0;
    for (int i = 0; i < 2; i++) {
        mpz_mul(f->p, f->p, total.q);
        mpz_mul_ui(f->p, f->p, x->count);
        mpz_mul(f->q, f->q, total.p);
    }
    mpz_clears(total.p, total.q, (mpz_ptr)NULL);
}

bool crunch_reference_result_of(struct crunch_reference_result *f, const struct crunch_exact *x,
                                const char *name, bool population)
{
    if (x->joint && crunch_reference_joint_result(f, x, name, population))
        return true;
    if (strcmp(name, "first") == 0 || strcmp(name, "last") == 0)
        set_end(f, x->placed, name[0] == 'l');
    else if (strcmp(name, "count") == 0)
        set_count(f, x->count + x->nan + infinities(x));
    else if (strcmp(name, "missing") == 0)
        set_count(f, x->missing);
    else if (strcmp(name, "distinct") == 0)
        set_count(f, x->counted->distinct);
    else if (strcmp(name, "distinct~") == 0)
        set_count(f, x->counted->about);
    else if (x->nan > 0)
        f->shape = CRUNCH_SHAPE_NAN;
    else if (strcmp(name, "argmin") == 0 || strcmp(name, "argmax") == 0)
        set_place(f, x->placed->at[name[4] == 'a']);
    else if (strcmp(name, "mode") == 0)
        set_found(f, &x->counted->mode);
    else if (strcmp(name, "antimode") == 0)
        set_found(f, &x->counted->antimode);
    else if (strcmp(name, "sum") == 0 || strcmp(name, "mean") == 0)
        sum_of(f, x);
    else if (strcmp(name, "sumsq") == 0 || strcmp(name, "rms") == 0)
        squares_of(f, x);
    else if (strcmp(name, "var") == 0 || strcmp(name, "sd") == 0 || strcmp(name, "cv") == 0)
        variance_of(f, x, population);
    else if (strcmp(name, "sem") == 0)
        variance_of(f, x, false);
    else if (strcmp(name, "min") == 0 || strcmp(name, "max") == 0)
        extreme_of(f, x, name[1] == 'a');
    else if (strcmp(name, "range") == 0)
        range_of(f, x);
    else if (strcmp(name, "absmax") == 0)
        magnitude_of(f, x);
    else if (strcmp(name, "sumabs") == 0 || strcmp(name, "meanabs") == 0)
        magnitudes_of(f, x);
    else if (strcmp(name, "skew") == 0)
        skewness_of(f, x, population);
    else if (strcmp(name, "kurt") == 0)
        kurtosis_of(f, x, population);
    else if (strcmp(name, "geomean") == 0)
        crunch_reference_geomean(f, x);
    else if (strcmp(name, "harmean") == 0)
        crunch_reference_harmean(f, x);
    else if (strcmp(name, "product") == 0)
        crunch_reference_product(f, x);
    else if (strcmp(name, "primes") == 0 && x->undecided > 0)
        f->shape = CRUNCH_SHAPE_NAN;
    else if (strcmp(name, "primes") == 0)
        set_count(f, x->primes);
    else
        return false;
    if (x->nan > 0)
        return true;
    if (strcmp(name, "mean") == 0 || strcmp(name, "meanabs") == 0)
        over(f, x, x->count, CRUNCH_SHAPE_QUOTIENT);
    else if (strcmp(name, "sem") == 0 || strcmp(name, "rms") == 0)
        over(f, x, x->count, CRUNCH_SHAPE_ROOT);
    else if (strcmp(name, "sd") == 0)
        over(f, x, 1, CRUNCH_SHAPE_ROOT);
    else if (strcmp(name, "cv") == 0)
        relative(f, x);
    return true;
}

/*
 * Doubles, a batch at a time: every operation is one IEEE operation per row, round-to-nearest (the
 * workers assert the rounding mode), and so the same everywhere. What is exact by nature
 * (comparison with decimals, rounding to decimal places) is done exactly. fmod is exact in IEEE
 * 754-2019 section 9 and in every C library; nothing else of libm that rounds is used.
 */
#include "core/expr_vector.h"

#include <math.h>
#include <string.h>

/* ---- missing rows ---- */

static void copy_missing(struct crunch_vector *out, const struct crunch_vector *a, size_t rows)
{
    out->any_missing = a->any_missing;
    if (a->any_missing)
        memcpy(out->missing, a->missing, rows);
}

static bool is_missing(const struct crunch_vector *v, size_t i)
{
    return v->any_missing && v->missing[i];
}

static void join_missing(struct crunch_vector *out, const struct crunch_vector *a,
                         const struct crunch_vector *b, size_t rows)
{
    out->any_missing = a->any_missing || b->any_missing;
    for (size_t i = 0; out->any_missing && i < rows; i++)
        out->missing[i] = is_missing(a, i) || is_missing(b, i);
}

/* ---- arithmetic ---- */

void crunch_double_unary(struct crunch_vector *out, const struct crunch_vector *a, size_t rows)
{
    const double *x = a->x;
    double *to = out->x;
    copy_missing(out, a, rows);
    switch (out->node->op) {
    case CRUNCH_EXPR_NEGATE:
        for (size_t i = 0; i < rows; i++)
            to[i] = -x[i];
        break;
    case CRUNCH_EXPR_ABS:
        for (size_t i = 0; i < rows; i++)
            to[i] = fabs(x[i]);
        break;
    case CRUNCH_EXPR_FLOOR:
        for (size_t i = 0; i < rows; i++)
            to[i] = floor(x[i]);
        break;
    case CRUNCH_EXPR_CEIL:
        for (size_t i = 0; i < rows; i++)
            to[i] = ceil(x[i]);
        break;
    case CRUNCH_EXPR_SQRT:
        for (size_t i = 0; i < rows; i++)
            to[i] = sqrt(x[i]);
        break;
    default:
        for (size_t i = 0; i < rows; i++)
            to[i] = rint(x[i]);
    }
}

/* The remainder with the sign of the divisor: fmod, which is exact, and at most one addition. */
static double floored_modulo(double x, double y)
{
    double rest = fmod(x, y);
    return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

/* NaN wins; of zeros of both signs the first. */
static double extreme(bool least, double x, double y)
{
    if (isnan(x) || isnan(y))
        return (double)NAN;
    return (x <= y) == least || x == y ? x : y;
}

void crunch_double_binary(struct crunch_vector *out, const struct crunch_vector *a,
                          const struct crunch_vector *b, size_t rows)
{
    const double *x = a->x, *y = b->x;
    double *to = out->x;
    join_missing(out, a, b, rows);
    switch (out->node->op) {
    case CRUNCH_EXPR_ADD:
        for (size_t i = 0; i < rows; i++)
            to[i] = x[i] + y[i];
        break;
    case CRUNCH_EXPR_SUBTRACT:
        for (size_t i = 0; i < rows; i++)
            to[i] = x[i] - y[i];
        break;
    case CRUNCH_EXPR_MULTIPLY:
        for (size_t i = 0; i < rows; i++)
            to[i] = x[i] * y[i];
        break;
    case CRUNCH_EXPR_DIVIDE:
        for (size_t i = 0; i < rows; i++)
            to[i] = x[i] / y[i];
        break;
    case CRUNCH_EXPR_MODULO:
        for (size_t i = 0; i < rows; i++)
            to[i] = floored_modulo(x[i], y[i]);
        break;
    default:
        for (size_t i = 0; i < rows; i++)
            to[i] = extreme(out->node->op == CRUNCH_EXPR_MIN, x[i], y[i]);
    }
}

/* ---- comparison ---- */

static int order_of(double x, double y)
{
    return x < y ? -1 : x > y ? 1 : x == y ? 0 : 2;
}

void crunch_double_compare(struct crunch_vector *out, const struct crunch_vector *a,
                           const struct crunch_vector *b, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        out->truth[i] = is_missing(a, i) || is_missing(b, i)
                            ? (uint8_t)CRUNCH_UNKNOWN
                            : crunch_truth_of_order(out->node->op, order_of(a->x[i], b->x[i]));
}

/* The order of a finite decimal row and a double that is the nearest to it: exactly. */
static int settle_tie(const struct crunch_vector *decimal, size_t i, double x)
{
    struct crunch_expr_scratch *s = decimal->scratch;
    struct crunch_scaled scaled;
    mpq_t other;
    mpz_init(scaled.mantissa);
    scaled.exponent = crunch_decimal_row(decimal, i);
    mpz_set(scaled.mantissa, s->a);
    crunch_scaled_to_mpq(s->q, &scaled, CRUNCH_ARITH_DECIMAL);
    mpz_clear(scaled.mantissa);
    mpq_init(other);
    mpq_set_d(other, x);
    int order = mpq_cmp(s->q, other);
    mpq_clear(other);
    return (order > 0) - (order < 0);
}

/* A decimal row against a double. Rounding is monotonic: where the nearest double of the decimal is
 * another one, it is on the side of the decimal. */
static int mixed_order(const struct crunch_vector *decimal, size_t i, double x)
{
    enum crunch_class class = crunch_vector_class(decimal, i);
    double nearest = crunch_decimal_row_double(decimal, i);
    bool special = class != CRUNCH_CELL_NUMBER && class != CRUNCH_CELL_WIDE;
    if (special || isnan(x))
        return order_of(nearest, x);
    if (isinf(x))
        return x > 0 ? -1 : 1; /* also where the decimal is beyond the doubles */
    if (nearest != x)
        return order_of(nearest, x);
    const int64_t exact = INT64_C(1) << 53, m = decimal->cells.mantissa[i];
    if (class == CRUNCH_CELL_NUMBER && crunch_vector_scale(decimal, i) == 0 && m <= exact &&
        m >= -exact)
        return 0;
    return settle_tie(decimal, i, x);
}

void crunch_mixed_compare(struct crunch_vector *out, const struct crunch_vector *a,
                          const struct crunch_vector *b, size_t rows)
{
    const bool decimal_first = a->node->kind == CRUNCH_EXPR_DECIMAL;
    const struct crunch_vector *decimal = decimal_first ? a : b, *binary = decimal_first ? b : a;
    for (size_t i = 0; i < rows; i++) {
        if (crunch_vector_class(decimal, i) == CRUNCH_CELL_MISSING || is_missing(binary, i)) {
            out->truth[i] = CRUNCH_UNKNOWN;
            continue;
        }
        int order = mixed_order(decimal, i, binary->x[i]);
        if (!decimal_first && order != 2)
            order = -order;
        out->truth[i] = crunch_truth_of_order(out->node->op, order);
    }
}

/* ---- from and to ---- */

void crunch_double_choose(struct crunch_vector *out, const uint8_t *truth,
                          const struct crunch_vector *yes, const struct crunch_vector *no,
                          size_t rows)
{
    out->any_missing = false;
    for (size_t i = 0; i < rows; i++) {
        const struct crunch_vector *from = truth[i] == CRUNCH_TRUE ? yes : no;
        bool missing = truth[i] == CRUNCH_UNKNOWN || is_missing(from, i);
        out->x[i] = from->x[i];
        out->missing[i] = missing;
        out->any_missing |= missing;
    }
}

void crunch_double_from_truth(struct crunch_vector *out, const uint8_t *truth, size_t rows)
{
    out->any_missing = false;
    for (size_t i = 0; i < rows; i++) {
        out->x[i] = truth[i] == CRUNCH_TRUE;
        out->missing[i] = truth[i] == CRUNCH_UNKNOWN;
        out->any_missing |= truth[i] == CRUNCH_UNKNOWN;
    }
}

void crunch_double_load(struct crunch_vector *out, const struct crunch_cells *cells, size_t rows)
{
    out->any_missing = false;
    for (size_t i = 0; i < rows; i++)
        out->x[i] = cells->binary[i] + 0.0; /* -0 is 0 */
    for (size_t i = 0; !cells->all_numbers && i < rows; i++) {
        enum crunch_class class = (enum crunch_class)cells->class[i];
        out->missing[i] = class == CRUNCH_CELL_MISSING;
        out->any_missing |= class == CRUNCH_CELL_MISSING;
        if (class == CRUNCH_CELL_NAN)
            out->x[i] = (double)NAN;
        else if (class == CRUNCH_CELL_PLUS_INF || class == CRUNCH_CELL_MINUS_INF)
            out->x[i] = class == CRUNCH_CELL_PLUS_INF ? (double)INFINITY : -(double)INFINITY;
    }
}

/* ---- exact functions of doubles ---- */

/* scratch->a * 2^returned = x, finite. */
static int take_apart(struct crunch_expr_scratch *s, double x)
{
    int exponent;
    mpz_set_d(s->a, ldexp(frexp(x, &exponent), 53));
    return exponent - 53;
}

/* x = a * 2^e rounded to a multiple of 10^-digits by integers: floor and remainder. */
static void round_exactly(struct crunch_vector *out, size_t i, double x, int digits)
{
    struct crunch_expr_scratch *s = out->scratch;
    if (!crunch_decimal_reserve_wide(out)) {
        crunch_decimal_put_missing(out, i);
        return;
    }
    int e = take_apart(s, x);
    mpz_ui_pow_ui(s->c, 10, (unsigned long)(digits < 0 ? -digits : digits));
    mpz_set_ui(s->b, 1); /* the divisor */
    if (digits >= 0)
        mpz_mul(s->a, s->a, s->c);
    else
        mpz_set(s->b, s->c);
    if (e >= 0)
        mpz_mul_2exp(s->a, s->a, (mp_bitcnt_t)e);
    else
        mpz_mul_2exp(s->b, s->b, (mp_bitcnt_t)-e);
    mpz_fdiv_qr(out->wide[i], s->c, s->a, s->b);
    mpz_mul_2exp(s->c, s->c, 1);
    int order = mpz_cmp(s->c, s->b);
    if (order > 0 || (order == 0 && mpz_odd_p(out->wide[i])))
        mpz_add_ui(out->wide[i], out->wide[i], 1);
    out->exponent[i] = -digits;
    crunch_decimal_put_wide(out, i);
}

/* The same where x * 10^digits = p + e exactly (p its nearest double, e by fma) and |p| < 2^52. Let
 * r = rint(p). If |p - r| < 1/2 it is smaller by at least an ulp of p, and |e| is at most half of
 * that: r is the answer. If it is 1/2, the sign of e decides, and rint where e is 0. */
static bool round_quickly(double x, int digits, int64_t *m)
{
    static const double power[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (digits < 0 || digits > 22)
        return false;
    double p = x * power[digits];
    if (!(fabs(p) < 0x1p52) || fabs(p) < 0x1p-900) /* e is exact where p is far from underflow */
        return false;
    double e = fma(x, power[digits], -p), r = rint(p), d = p - r;
    if (fabs(d) == 0.5 && e != 0)
        r = e > 0 ? ceil(p) : floor(p);
    *m = (int64_t)r;
    return true;
}

void crunch_double_round_to(struct crunch_vector *out, const struct crunch_vector *a, size_t rows)
{
    const int digits = out->node->digits;
    int64_t m;
    for (size_t i = 0; i < rows; i++) {
        if (is_missing(a, i))
            crunch_decimal_put_missing(out, i);
        else if (!isfinite(a->x[i]))
            crunch_decimal_put_special(out, i, a->x[i]);
        else if (round_quickly(a->x[i], digits, &m))
            crunch_decimal_put(out, i, m, digits);
        else
            round_exactly(out, i, a->x[i], digits);
    }
    crunch_decimal_measure(out, rows);
}

void crunch_double_is_prime(struct crunch_vector *out, const struct crunch_vector *a, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        double x = a->x[i];
        if (is_missing(a, i)) {
            out->truth[i] = CRUNCH_UNKNOWN;
        } else if (!isfinite(x) || x != floor(x) || x < 2) {
            out->truth[i] = CRUNCH_FALSE;
        } else {
            mpz_set_d(out->scratch->a, x);
            out->truth[i] = crunch_is_prime(out->scratch, 0);
        }
    }
}

/*
 * Exact decimals, a batch at a time. Every operation has two ways: over all rows at once, where the
 * operands can be brought to one scale each and the results stay below 10^18 (loops over int64
 * that check once at the end whether anything went over), and row by row, in 128 bits or with GMP,
 * which is the definition. Rows that are no narrow numbers always go the second way.
 */
#include "core/expr_vector.h"
#include "core/kernels.h"
#include "core/prime.h"
#include "core/short_integer.h"
#include "core/value.h"
#include "io/power10.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT CRUNCH_MANTISSA_LIMIT
#define MOST_SHIFT 20 /* 10^18 * 10^20 < 2^127 */

typedef __int128 int128;

static const int64_t power10[19] = {CRUNCH_POWERS_OF_TEN};

/* Whether |m| reaches 10^18: 1 or 0. */
static inline uint64_t is_over(int64_t m)
{
    return (uint64_t)m + (uint64_t)(LIMIT - 1) > 2 * (uint64_t)(LIMIT - 1);
}

/* ---- rows ---- */

/* One row, whatever its form. */
struct row {
    enum crunch_class class;
    int64_t m; /* NUMBER */
    int scale;
    mpz_srcptr z; /* WIDE */
    long exponent;
};

static struct row get(const struct crunch_vector *v, size_t i)
{
    struct row r = {.class = crunch_vector_class(v, i)};
    if (r.class == CRUNCH_CELL_NUMBER) {
        r.m = v->cells.mantissa[i];
        r.scale = (int)crunch_vector_scale(v, i);
    } else if (r.class == CRUNCH_CELL_WIDE) {
        r.z = v->wide[i];
        r.exponent = v->exponent[i];
    }
    return r;
}

static bool is_finite(const struct row *r)
{
    return r->class == CRUNCH_CELL_NUMBER || r->class == CRUNCH_CELL_WIDE;
}

static int sign_of(const struct row *r)
{
    return r->class == CRUNCH_CELL_WIDE ? mpz_sgn(r->z) : (r->m > 0) - (r->m < 0);
}

/* A stand-in for what IEEE says about NaN and infinities: of finite rows only the sign counts. */
static double stand_in(const struct row *r)
{
    switch (r->class) {
    case CRUNCH_CELL_NAN:
        return (double)NAN;
    case CRUNCH_CELL_PLUS_INF:
        return (double)INFINITY;
    case CRUNCH_CELL_MINUS_INF:
        return -(double)INFINITY;
    default:
        return sign_of(r);
    }
}

static void put_class(struct crunch_vector *v, size_t i, enum crunch_class class)
{
    v->cells.class[i] = (uint8_t) class;
    v->cells.mantissa[i] = 0;
    v->cells.scale[i] = 0;
}

static void put_special(struct crunch_vector *v, size_t i, double x)
{
    put_class(v, i,
              isnan(x) ? CRUNCH_CELL_NAN
              : x > 0  ? CRUNCH_CELL_PLUS_INF
                       : CRUNCH_CELL_MINUS_INF);
}

static void put_narrow(struct crunch_vector *v, size_t i, int64_t m, int scale)
{
    v->cells.class[i] = CRUNCH_CELL_NUMBER;
    v->cells.mantissa[i] = m;
    v->cells.scale[i] = (uint8_t)scale;
}

bool crunch_decimal_reserve_wide(struct crunch_vector *v)
{
    if (v->wide != NULL)
        return true;
    v->wide = malloc(CRUNCH_BATCH_ROWS * sizeof *v->wide);
    v->exponent = malloc(CRUNCH_BATCH_ROWS * sizeof *v->exponent);
    if (v->wide == NULL || v->exponent == NULL) {
        free(v->wide);
        free(v->exponent);
        v->wide = NULL;
        v->exponent = NULL;
        v->scratch->no_memory = true;
        return false;
    }
    for (size_t i = 0; i < CRUNCH_BATCH_ROWS; i++)
        mpz_init(v->wide[i]);
    return true;
}

/* Puts z * 10^exponent as a narrow row if that can hold it as it is. */
static bool try_narrow(struct crunch_vector *v, size_t i, const mpz_t z, long exponent)
{
    if (!mpz_fits_slong_p(z) || exponent < -CRUNCH_SCALE_MAX || exponent > 18)
        return false;
    int64_t m = mpz_get_si(z);
    if (is_over(m) || (exponent > 0 && __builtin_mul_overflow(m, power10[exponent], &m)) ||
        is_over(m))
        return false;
    put_narrow(v, i, m, exponent > 0 ? 0 : (int)-exponent);
    return true;
}

void crunch_decimal_put_wide(struct crunch_vector *v, size_t row)
{
    mpz_ptr z = v->wide[row];
    if (mpz_sgn(z) == 0) {
        put_narrow(v, row, 0, 0);
        return;
    }
    if (try_narrow(v, row, z, v->exponent[row]))
        return;
    v->exponent[row] += (long)crunch_integer_strip(z);
    if (!try_narrow(v, row, z, v->exponent[row]))
        put_class(v, row, CRUNCH_CELL_WIDE);
}

/* Puts an integer times 10^-scale, by GMP. */
static void put_large(struct crunch_vector *v, size_t i, int128 value, int scale)
{
    if (!crunch_decimal_reserve_wide(v)) {
        put_class(v, i, CRUNCH_CELL_MISSING);
        return;
    }
    crunch_integer_set(v->wide[i], value);
    v->exponent[i] = -scale;
    crunch_decimal_put_wide(v, i);
}

static void put(struct crunch_vector *v, size_t i, int128 value, int scale)
{
    if (value > -LIMIT && value < LIMIT && scale <= CRUNCH_SCALE_MAX)
        put_narrow(v, i, (int64_t)value, scale);
    else
        put_large(v, i, value, scale);
}

static void copy_row(struct crunch_vector *v, size_t i, const struct row *r)
{
    if (r->class == CRUNCH_CELL_NUMBER) {
        put_narrow(v, i, r->m, r->scale);
    } else if (r->class != CRUNCH_CELL_WIDE) {
        put_class(v, i, r->class);
    } else if (crunch_decimal_reserve_wide(v)) {
        mpz_set(v->wide[i], r->z);
        v->exponent[i] = r->exponent;
        put_class(v, i, CRUNCH_CELL_WIDE);
    }
}

/* The integer of a finite row into z; returns its exponent. */
static long to_integer(mpz_t z, const struct row *r)
{
    if (r->class == CRUNCH_CELL_WIDE) {
        mpz_set(z, r->z);
        return r->exponent;
    }
    mpz_set_si(z, r->m);
    return -(long)r->scale;
}

/* z *= 10^n. */
static void shift(mpz_t z, unsigned long n, mpz_t room)
{
    if (n == 0)
        return;
    mpz_ui_pow_ui(room, 10, n);
    mpz_mul(z, z, room);
}

/* scratch->a and ->b at one exponent, which is returned. */
static long to_integers(struct crunch_expr_scratch *s, const struct row *a, const struct row *b)
{
    long ea = to_integer(s->a, a), eb = to_integer(s->b, b);
    long least = ea < eb ? ea : eb;
    shift(s->a, (unsigned long)(ea - least), s->c);
    shift(s->b, (unsigned long)(eb - least), s->c);
    return least;
}

long crunch_decimal_row(const struct crunch_vector *v, size_t row)
{
    struct row r = get(v, row);
    return to_integer(v->scratch->a, &r);
}

/* Two narrow rows at their larger scale, where 128 bits can hold that. */
static bool at_one_scale(const struct row *a, const struct row *b, int128 *ma, int128 *mb,
                         int *scale)
{
    if (a->class != CRUNCH_CELL_NUMBER || b->class != CRUNCH_CELL_NUMBER)
        return false;
    int d = a->scale - b->scale, by = d < 0 ? -d : d;
    if (by > MOST_SHIFT)
        return false;
    int128 power = by > 18 ? (int128)power10[18] * power10[by - 18] : power10[by];
    *ma = d < 0 ? a->m * power : a->m;
    *mb = d > 0 ? b->m * power : b->m;
    *scale = d < 0 ? b->scale : a->scale;
    return true;
}

/* The order of finite rows: -1, 0, 1. */
static int order_of(struct crunch_expr_scratch *s, const struct row *a, const struct row *b)
{
    int128 ma, mb;
    int scale, sa = sign_of(a), sb = sign_of(b);
    if (at_one_scale(a, b, &ma, &mb, &scale))
        return (ma > mb) - (ma < mb);
    if (sa != sb)
        return sa < sb ? -1 : 1;
    to_integers(s, a, b);
    int order = mpz_cmp(s->a, s->b);
    return (order > 0) - (order < 0);
}

/* ---- two operands, row by row ---- */

static int128 floored_modulo(int128 a, int128 b)
{
    int128 rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/* a + b or a - b into out->wide[i], where they have one exponent and are both wide: no shifting, no
 * copies. */
static bool add_wide_rows(struct crunch_vector *out, size_t i, const struct row *a,
                          const struct row *b)
{
    const enum crunch_expr_op op = out->node->op;
    if (a->class != CRUNCH_CELL_WIDE || b->class != CRUNCH_CELL_WIDE ||
        a->exponent != b->exponent || op == CRUNCH_EXPR_MODULO)
        return false;
    out->exponent[i] = a->exponent;
    (op == CRUNCH_EXPR_ADD ? mpz_add : mpz_sub)(out->wide[i], a->z, b->z);
    return true;
}

/* a + b, a - b or a mod b (b not zero) of finite rows. */
static void add_rows(struct crunch_vector *out, size_t i, const struct row *a, const struct row *b)
{
    const enum crunch_expr_op op = out->node->op;
    struct crunch_expr_scratch *s = out->scratch;
    int128 ma, mb;
    int scale;
    if (at_one_scale(a, b, &ma, &mb, &scale)) {
        put(out, i,
            op == CRUNCH_EXPR_ADD        ? ma + mb
            : op == CRUNCH_EXPR_SUBTRACT ? ma - mb
                                         : floored_modulo(ma, mb),
            scale);
        return;
    }
    if (!crunch_decimal_reserve_wide(out)) {
        put_class(out, i, CRUNCH_CELL_MISSING);
        return;
    }
    if (add_wide_rows(out, i, a, b)) {
        crunch_decimal_put_wide(out, i);
        return;
    }
    out->exponent[i] = to_integers(s, a, b);
    if (op == CRUNCH_EXPR_ADD)
        mpz_add(out->wide[i], s->a, s->b);
    else if (op == CRUNCH_EXPR_SUBTRACT)
        mpz_sub(out->wide[i], s->a, s->b);
    else
        mpz_fdiv_r(out->wide[i], s->a, s->b);
    crunch_decimal_put_wide(out, i);
}

static void multiply_rows(struct crunch_vector *out, size_t i, const struct row *a,
                          const struct row *b)
{
    if (a->class == CRUNCH_CELL_NUMBER && b->class == CRUNCH_CELL_NUMBER) {
        put(out, i, (int128)a->m * b->m, a->scale + b->scale);
        return;
    }
    if (!crunch_decimal_reserve_wide(out)) {
        put_class(out, i, CRUNCH_CELL_MISSING);
        return;
    }
    if (a->class == CRUNCH_CELL_NUMBER) {
        out->exponent[i] = b->exponent - a->scale;
        mpz_mul_si(out->wide[i], b->z, a->m);
    } else if (b->class == CRUNCH_CELL_NUMBER) {
        out->exponent[i] = a->exponent - b->scale;
        mpz_mul_si(out->wide[i], a->z, b->m);
    } else {
        out->exponent[i] = a->exponent + b->exponent;
        mpz_mul(out->wide[i], a->z, b->z);
    }
    crunch_decimal_put_wide(out, i);
}

/* x mod inf is x, or the infinity where the signs differ; else there is none. */
static void special_modulo(struct crunch_vector *out, size_t i, const struct row *a,
                           const struct row *b)
{
    if (is_finite(a) && (b->class == CRUNCH_CELL_PLUS_INF || b->class == CRUNCH_CELL_MINUS_INF))
        copy_row(out, i, sign_of(a) * stand_in(b) >= 0 || sign_of(a) == 0 ? a : b);
    else
        put_class(out, i, CRUNCH_CELL_NAN);
}

/* min and max: NaN wins. */
static void extreme_rows(struct crunch_vector *out, size_t i, const struct row *a,
                         const struct row *b)
{
    const bool least = out->node->op == CRUNCH_EXPR_MIN;
    if (a->class == CRUNCH_CELL_NAN || b->class == CRUNCH_CELL_NAN) {
        put_class(out, i, CRUNCH_CELL_NAN);
        return;
    }
    double da = stand_in(a), db = stand_in(b);
    int order = is_finite(a) && is_finite(b) ? order_of(out->scratch, a, b) : (da > db) - (da < db);
    copy_row(out, i, (order <= 0) == least ? a : b);
}

static void special_rows(struct crunch_vector *out, size_t i, const struct row *a,
                         const struct row *b)
{
    double x = stand_in(a), y = stand_in(b);
    put_special(out, i,
                out->node->op == CRUNCH_EXPR_ADD        ? x + y
                : out->node->op == CRUNCH_EXPR_SUBTRACT ? x - y
                                                        : x * y);
}

static void binary_row(struct crunch_vector *out, size_t i, const struct crunch_vector *va,
                       const struct crunch_vector *vb)
{
    const enum crunch_expr_op op = out->node->op;
    struct row a = get(va, i), b = get(vb, i);
    if (a.class == CRUNCH_CELL_MISSING || b.class == CRUNCH_CELL_MISSING)
        put_class(out, i, CRUNCH_CELL_MISSING);
    else if (op == CRUNCH_EXPR_MIN || op == CRUNCH_EXPR_MAX)
        extreme_rows(out, i, &a, &b);
    else if (op == CRUNCH_EXPR_MODULO && (!is_finite(&a) || !is_finite(&b) || sign_of(&b) == 0))
        special_modulo(out, i, &a, &b);
    else if (!is_finite(&a) || !is_finite(&b))
        special_rows(out, i, &a, &b);
    else if (op == CRUNCH_EXPR_MULTIPLY)
        multiply_rows(out, i, &a, &b);
    else
        add_rows(out, i, &a, &b);
}

/* ---- all rows at once ---- */

bool crunch_vector_align(struct crunch_vector *v, size_t rows, int least, const int64_t **m,
                         int *scale)
{
    const int64_t *from = v->cells.mantissa;
    int at = v->cells.common_scale;
    if (rows == 0)
        return false;
    if (!v->cells.one_scale) {
        at = crunch_sum_kernels->align(from, v->cells.scale, rows, v->room);
        if (at < 0)
            return false;
        from = v->room;
    }
    if (at < least) {
        if (least - at > 18)
            return false;
        const int64_t factor = power10[least - at];
        uint64_t over = 0;
        for (size_t i = 0; i < rows; i++) {
            int64_t product;
            over |= __builtin_mul_overflow(from[i], factor, &product);
            v->room[i] = product;
            over |= is_over(product);
        }
        if (over)
            return false;
        from = v->room;
        at = least;
    }
    *m = from;
    *scale = at;
    return true;
}

/* Both operands at one scale. */
static bool align_both(struct crunch_vector *a, struct crunch_vector *b, size_t rows,
                       const int64_t **ma, const int64_t **mb, int *scale)
{
    int sa, sb;
    if (!crunch_vector_align(a, rows, 0, ma, &sa) || !crunch_vector_align(b, rows, sa, mb, &sb))
        return false;
    *scale = sb;
    return sa == sb || crunch_vector_align(a, rows, sb, ma, &sa);
}

static bool multiply_all(const int64_t *a, const int64_t *b, size_t n, int64_t *out)
{
    uint64_t over = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t product;
        over |= __builtin_mul_overflow(a[i], b[i], &product);
        over |= is_over(product);
        out[i] = product;
    }
    return over == 0;
}

static bool add_all(const int64_t *a, const int64_t *b, size_t n, int64_t *out)
{
    uint64_t over = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = a[i] + b[i]; /* below 2 * 10^18 */
        over |= is_over(out[i]);
    }
    return over == 0;
}

static bool subtract_all(const int64_t *a, const int64_t *b, size_t n, int64_t *out)
{
    uint64_t over = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = a[i] - b[i];
        over |= is_over(out[i]);
    }
    return over == 0;
}

static bool modulo_all(const int64_t *a, const int64_t *b, size_t n, int64_t *out)
{
    for (size_t i = 0; i < n; i++) {
        if (b[i] == 0)
            return false;
        int64_t rest = a[i] % b[i];
        out[i] = rest != 0 && (rest < 0) != (b[i] < 0) ? rest + b[i] : rest;
    }
    return true;
}

static bool extreme_all(bool least, const int64_t *a, const int64_t *b, size_t n, int64_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (a[i] < b[i]) == least ? a[i] : b[i];
    return true;
}

/* The rows as if all were numbers, or false: some result is too large. */
static bool binary_all(struct crunch_vector *out, struct crunch_vector *a, struct crunch_vector *b,
                       size_t rows, int *scale)
{
    const int64_t *ma, *mb;
    int64_t *to = out->cells.mantissa;
    int sa, sb;
    if (out->node->op == CRUNCH_EXPR_MULTIPLY) {
        if (!crunch_vector_align(a, rows, 0, &ma, &sa) ||
            !crunch_vector_align(b, rows, 0, &mb, &sb) || sa + sb > CRUNCH_SCALE_MAX)
            return false;
        *scale = sa + sb;
        return multiply_all(ma, mb, rows, to);
    }
    if (!align_both(a, b, rows, &ma, &mb, scale))
        return false;
    switch (out->node->op) {
    case CRUNCH_EXPR_ADD:
        return add_all(ma, mb, rows, to);
    case CRUNCH_EXPR_SUBTRACT:
        return subtract_all(ma, mb, rows, to);
    case CRUNCH_EXPR_MODULO:
        return modulo_all(ma, mb, rows, to);
    default:
        return extreme_all(out->node->op == CRUNCH_EXPR_MIN, ma, mb, rows, to);
    }
}

void crunch_decimal_measure(struct crunch_vector *v, size_t rows)
{
    struct crunch_cells *cells = &v->cells;
    cells->one_scale = true;
    cells->common_scale = 0;
    cells->n_numbers = cells->n_wide = 0;
    for (size_t i = 0; i < rows; i++) {
        cells->n_wide += cells->class[i] == CRUNCH_CELL_WIDE;
        if (cells->class[i] != CRUNCH_CELL_NUMBER)
            continue;
        if (cells->n_numbers++ == 0)
            cells->common_scale = cells->scale[i];
        else if (cells->scale[i] != cells->common_scale)
            cells->one_scale = false;
    }
    cells->all_numbers = cells->n_numbers == rows;
}

static void set_plain(struct crunch_vector *v, size_t rows, int scale)
{
    v->cells.all_numbers = v->cells.one_scale = true;
    v->cells.common_scale = (uint8_t)scale;
    v->cells.n_numbers = rows;
    v->cells.n_wide = 0;
}

void crunch_decimal_binary(struct crunch_vector *out, struct crunch_vector *a,
                           struct crunch_vector *b, size_t rows)
{
    const bool plain = a->cells.all_numbers && b->cells.all_numbers;
    int scale;
    bool all = binary_all(out, a, b, rows, &scale);
    if (all && plain) {
        set_plain(out, rows, scale);
        return;
    }
    if (all) {
        memset(out->cells.class, CRUNCH_CELL_NUMBER, rows);
        memset(out->cells.scale, scale, rows);
    }
    for (size_t i = 0; i < rows; i++)
        if (!all || crunch_vector_class(a, i) != CRUNCH_CELL_NUMBER ||
            crunch_vector_class(b, i) != CRUNCH_CELL_NUMBER)
            binary_row(out, i, a, b);
    crunch_decimal_measure(out, rows);
}

/* ---- comparison ---- */

static uint8_t compare_row(struct crunch_vector *out, size_t i, const struct crunch_vector *va,
                           const struct crunch_vector *vb)
{
    struct row a = get(va, i), b = get(vb, i);
    if (a.class == CRUNCH_CELL_MISSING || b.class == CRUNCH_CELL_MISSING)
        return CRUNCH_UNKNOWN;
    if (a.class == CRUNCH_CELL_NAN || b.class == CRUNCH_CELL_NAN)
        return crunch_truth_of_order(out->node->op, 2);
    if (is_finite(&a) && is_finite(&b))
        return crunch_truth_of_order(out->node->op, order_of(out->scratch, &a, &b));
    double x = stand_in(&a), y = stand_in(&b);
    return crunch_truth_of_order(out->node->op, (x > y) - (x < y));
}

static void compare_all(enum crunch_expr_op op, const int64_t *a, const int64_t *b, size_t n,
                        uint8_t *truth)
{
    switch (op) {
    case CRUNCH_EXPR_EQ:
        for (size_t i = 0; i < n; i++)
            truth[i] = a[i] == b[i];
        break;
    case CRUNCH_EXPR_NE:
        for (size_t i = 0; i < n; i++)
            truth[i] = a[i] != b[i];
        break;
    case CRUNCH_EXPR_LT:
        for (size_t i = 0; i < n; i++)
            truth[i] = a[i] < b[i];
        break;
    case CRUNCH_EXPR_LE:
        for (size_t i = 0; i < n; i++)
            truth[i] = a[i] <= b[i];
        break;
    case CRUNCH_EXPR_GT:
        for (size_t i = 0; i < n; i++)
            truth[i] = a[i] > b[i];
        break;
    default:
        for (size_t i = 0; i < n; i++)
            truth[i] = a[i] >= b[i];
    }
}

void crunch_decimal_compare(struct crunch_vector *out, struct crunch_vector *a,
                            struct crunch_vector *b, size_t rows)
{
    const int64_t *ma, *mb;
    int scale;
    bool all = align_both(a, b, rows, &ma, &mb, &scale);
    if (all)
        compare_all(out->node->op, ma, mb, rows, out->truth);
    if (all && a->cells.all_numbers && b->cells.all_numbers)
        return;
    for (size_t i = 0; i < rows; i++)
        if (!all || crunch_vector_class(a, i) != CRUNCH_CELL_NUMBER ||
            crunch_vector_class(b, i) != CRUNCH_CELL_NUMBER)
            out->truth[i] = compare_row(out, i, a, b);
}

/* ---- one operand ---- */

/* The integer nearest to m / power by the op: below, above, or half-even. power >= 1. */
static int64_t whole(enum crunch_expr_op op, int64_t m, int64_t power)
{
    int64_t q = m / power, rest = m % power;
    if (rest < 0) {
        q--;
        rest += power;
    }
    if (op == CRUNCH_EXPR_CEIL)
        return q + (rest != 0);
    if (op == CRUNCH_EXPR_FLOOR)
        return q;
    return q + (2 * rest > power || (2 * rest == power && (q & 1)));
}

/* The same of z / 10^n, in place. */
static void whole_wide(enum crunch_expr_op op, mpz_t z, unsigned long n,
                       struct crunch_expr_scratch *s)
{
    mpz_ui_pow_ui(s->c, 10, n);
    if (op == CRUNCH_EXPR_CEIL) {
        mpz_cdiv_q(z, z, s->c);
        return;
    }
    mpz_fdiv_qr(z, s->b, z, s->c);
    if (op == CRUNCH_EXPR_FLOOR)
        return;
    mpz_mul_2exp(s->b, s->b, 1);
    int order = mpz_cmp(s->b, s->c);
    if (order > 0 || (order == 0 && mpz_odd_p(z)))
        mpz_add_ui(z, z, 1);
}

/* floor, ceil and round to `digits` places. */
static void round_row(struct crunch_vector *out, size_t i, const struct row *a)
{
    const enum crunch_expr_op op =
        out->node->op == CRUNCH_EXPR_ROUND_TO ? CRUNCH_EXPR_ROUND : out->node->op;
    const int digits = out->node->op == CRUNCH_EXPR_ROUND_TO ? out->node->digits : 0;
    if (a->class == CRUNCH_CELL_NUMBER && a->scale <= digits) {
        copy_row(out, i, a);
        return;
    }
    if (a->class == CRUNCH_CELL_NUMBER && digits >= 0 && a->scale - digits <= 18) {
        put_narrow(out, i, whole(op, a->m, power10[a->scale - digits]), digits);
        return;
    }
    if (!crunch_decimal_reserve_wide(out)) {
        put_class(out, i, CRUNCH_CELL_MISSING);
        return;
    }
    mpz_ptr z = out->wide[i];
    out->exponent[i] = to_integer(z, a);
    if (out->exponent[i] < -digits) {
        whole_wide(op, z, (unsigned long)(-digits - out->exponent[i]), out->scratch);
        out->exponent[i] = -digits;
    }
    crunch_decimal_put_wide(out, i);
}

static void flip_row(struct crunch_vector *out, size_t i, const struct row *a)
{
    const bool flip = out->node->op == CRUNCH_EXPR_NEGATE || sign_of(a) < 0;
    copy_row(out, i, a);
    if (!flip)
        return;
    if (a->class == CRUNCH_CELL_WIDE && out->wide != NULL)
        mpz_neg(out->wide[i], out->wide[i]);
    else
        out->cells.mantissa[i] = -out->cells.mantissa[i];
}

static void unary_row(struct crunch_vector *out, size_t i, const struct crunch_vector *va)
{
    const enum crunch_expr_op op = out->node->op;
    struct row a = get(va, i);
    if (a.class == CRUNCH_CELL_MISSING || a.class == CRUNCH_CELL_NAN)
        put_class(out, i, a.class);
    else if (!is_finite(&a))
        put_special(out, i,
                    op == CRUNCH_EXPR_NEGATE ? -stand_in(&a)
                    : op == CRUNCH_EXPR_ABS  ? (double)INFINITY
                                             : stand_in(&a));
    else if (op == CRUNCH_EXPR_NEGATE || op == CRUNCH_EXPR_ABS)
        flip_row(out, i, &a);
    else
        round_row(out, i, &a);
}

static bool unary_all(struct crunch_vector *out, struct crunch_vector *a, size_t rows, int *scale)
{
    const enum crunch_expr_op op = out->node->op;
    const int64_t *m;
    int64_t *to = out->cells.mantissa;
    if (!crunch_vector_align(a, rows, 0, &m, scale))
        return false;
    if (op == CRUNCH_EXPR_NEGATE || op == CRUNCH_EXPR_ABS) {
        for (size_t i = 0; i < rows; i++)
            to[i] = op == CRUNCH_EXPR_NEGATE || m[i] < 0 ? -m[i] : m[i];
        return true;
    }
    const int digits = op == CRUNCH_EXPR_ROUND_TO ? out->node->digits : 0;
    const int drop = *scale - digits;
    if (drop > 18 || digits < 0)
        return false;
    if (drop <= 0) {
        memcpy(to, m, rows * sizeof *to);
        return true;
    }
    for (size_t i = 0; i < rows; i++)
        to[i] = whole(op == CRUNCH_EXPR_ROUND_TO ? CRUNCH_EXPR_ROUND : op, m[i], power10[drop]);
    *scale = digits;
    return true;
}

void crunch_decimal_unary(struct crunch_vector *out, struct crunch_vector *a, size_t rows)
{
    int scale;
    bool all = unary_all(out, a, rows, &scale);
    if (all && a->cells.all_numbers) {
        set_plain(out, rows, scale);
        return;
    }
    if (all) {
        memset(out->cells.class, CRUNCH_CELL_NUMBER, rows);
        memset(out->cells.scale, scale, rows);
    }
    for (size_t i = 0; i < rows; i++)
        if (!all || crunch_vector_class(a, i) != CRUNCH_CELL_NUMBER)
            unary_row(out, i, a);
    crunch_decimal_measure(out, rows);
}

/* ---- the rest ---- */

void crunch_decimal_choose(struct crunch_vector *out, const uint8_t *truth,
                           const struct crunch_vector *yes, const struct crunch_vector *no,
                           size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        if (truth[i] == CRUNCH_UNKNOWN) {
            put_class(out, i, CRUNCH_CELL_MISSING);
            continue;
        }
        struct row r = get(truth[i] == CRUNCH_TRUE ? yes : no, i);
        copy_row(out, i, &r);
    }
    crunch_decimal_measure(out, rows);
}

void crunch_decimal_from_truth(struct crunch_vector *out, const uint8_t *truth, size_t rows)
{
    uint8_t unknown = 0;
    for (size_t i = 0; i < rows; i++) {
        out->cells.mantissa[i] = truth[i] == CRUNCH_TRUE;
        out->cells.scale[i] = 0;
        out->cells.class[i] =
            truth[i] == CRUNCH_UNKNOWN ? (uint8_t)CRUNCH_CELL_MISSING : (uint8_t)CRUNCH_CELL_NUMBER;
        unknown |= truth[i];
    }
    if (unknown & CRUNCH_UNKNOWN)
        crunch_decimal_measure(out, rows);
    else
        set_plain(out, rows, 0);
}

void crunch_decimal_literal(struct crunch_vector *out, const struct crunch_scaled *number)
{
    const size_t rows = CRUNCH_BATCH_ROWS;
    for (size_t i = 0; i < rows; i++)
        if (!try_narrow(out, i, number->mantissa, number->exponent) &&
            crunch_decimal_reserve_wide(out)) {
            mpz_set(out->wide[i], number->mantissa);
            out->exponent[i] = number->exponent;
            crunch_decimal_put_wide(out, i);
        }
    crunch_decimal_measure(out, rows);
}

void crunch_decimal_load_wide(struct crunch_vector *out, const struct crunch_cells *cells)
{
    char digits[CRUNCH_WIDE_DIGITS_MAX + 1];
    if (!crunch_decimal_reserve_wide(out))
        return;
    for (size_t i = 0; i < cells->n_wide; i++) {
        const struct crunch_wide *wide = &cells->wide[i];
        memcpy(digits, wide->digits, wide->n_digits);
        digits[wide->n_digits] = '\0';
        mpz_set_str(out->wide[wide->row], digits, 10);
        if (wide->negative)
            mpz_neg(out->wide[wide->row], out->wide[wide->row]);
        out->exponent[wide->row] = wide->exponent;
    }
}

/* m / 10^scale rounded to nearest, half-even, for scale <= 19: a quotient of at least 64 bits and
 * whether anything is left, then one rounding to 53 bits. The result is at least 10^-19, so it is
 * never subnormal. */
static double divide_narrow(int64_t m, int scale)
{
    if (m == 0)
        return 0;
    const uint64_t power = scale == 19 ? UINT64_C(10000000000000000000) : (uint64_t)power10[scale];
    uint64_t magnitude = m < 0 ? 0 - (uint64_t)m : (uint64_t)m;
    int up = __builtin_clzll(magnitude);
    unsigned __int128 numerator = (unsigned __int128)(magnitude << up) << 63;
    unsigned __int128 quotient = numerator / power; /* 2^126 / 2^64 at least: 62 bits */
    bool sticky = numerator % power != 0;
    uint64_t high = (uint64_t)(quotient >> 64);
    int bits = high ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll((uint64_t)quotient);
    int drop = bits - 53;
    uint64_t top = (uint64_t)(quotient >> drop);
    unsigned __int128 rest = quotient & (((unsigned __int128)1 << drop) - 1);
    unsigned __int128 half = (unsigned __int128)1 << (drop - 1);
    if (rest > half || (rest == half && (sticky || (top & 1))))
        top++;
    double x = ldexp((double)top, drop - up - 63);
    return m < 0 ? -x : x;
}

static double row_to_double(struct crunch_expr_scratch *s, const struct row *r)
{
    if (!is_finite(r))
        return stand_in(r);
    if (r->class == CRUNCH_CELL_NUMBER && r->scale <= 19)
        return divide_narrow(r->m, r->scale);
    struct crunch_scaled scaled;
    mpz_init(scaled.mantissa);
    scaled.exponent = to_integer(scaled.mantissa, r);
    crunch_scaled_to_mpq(s->q, &scaled, CRUNCH_ARITH_DECIMAL);
    mpz_clear(scaled.mantissa);
    return crunch_nearest_double(s->q, false);
}

static double narrow_to_double(struct crunch_expr_scratch *s, const struct row *r)
{
    static const double power[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const int64_t limit = INT64_C(1) << 53;
    if (r->class == CRUNCH_CELL_NUMBER && r->m > -limit && r->m < limit && r->scale <= 22)
        return (double)r->m / power[r->scale]; /* both exact: one rounding */
    return row_to_double(s, r);
}

double crunch_decimal_row_double(const struct crunch_vector *v, size_t row)
{
    struct row r = get(v, row);
    return narrow_to_double(v->scratch, &r);
}

void crunch_decimals_to_doubles(struct crunch_vector *out, const struct crunch_vector *a,
                                size_t rows)
{
    out->any_missing = false;
    for (size_t i = 0; i < rows; i++) {
        struct row r = get(a, i);
        out->missing[i] = r.class == CRUNCH_CELL_MISSING;
        out->any_missing |= r.class == CRUNCH_CELL_MISSING;
        out->x[i] = narrow_to_double(out->scratch, &r);
    }
}

/* Whether z * 10^exponent (in scratch->a) is prime. */
bool crunch_is_prime(struct crunch_expr_scratch *s, long exponent)
{
    if (mpz_sgn(s->a) <= 0 || exponent > 0)
        return false; /* a multiple of ten, if any */
    if (exponent < 0) {
        mpz_ui_pow_ui(s->c, 10, (unsigned long)-exponent);
        if (!mpz_divisible_p(s->a, s->c))
            return false;
        mpz_divexact(s->a, s->a, s->c);
    }
    return crunch_primality(s->a) != CRUNCH_COMPOSITE;
}

void crunch_decimal_is_prime(struct crunch_vector *out, const struct crunch_vector *a, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        struct row r = get(a, i);
        if (r.class == CRUNCH_CELL_MISSING)
            out->truth[i] = CRUNCH_UNKNOWN;
        else
            out->truth[i] =
                is_finite(&r) && crunch_is_prime(out->scratch, to_integer(out->scratch->a, &r));
    }
}

void crunch_decimal_put(struct crunch_vector *v, size_t row, int64_t m, int scale)
{
    put_narrow(v, row, m, scale);
}

void crunch_decimal_put_special(struct crunch_vector *v, size_t row, double x)
{
    put_special(v, row, x);
}

void crunch_decimal_put_missing(struct crunch_vector *v, size_t row)
{
    put_class(v, row, CRUNCH_CELL_MISSING);
}

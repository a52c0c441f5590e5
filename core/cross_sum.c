/*
 * Cross sums; the header has the layout and the bounds. What this file owns is the choice of the
 * way for a batch: one kernel call where both columns can be brought to one scale each, row by row
 * where not, and limb by limb for the rows with a wide number or with a double beside a decimal.
 */
#include "core/cross_sum.h"

#include "core/decimal_limbs.h"
#include "core/kernels.h"

#include <math.h>
#include <string.h>

#define LIMB_BASE CRUNCH_LIMB_BASE
/* Of the limb that is worth 1. */
#define UNIT_LIMB (-CRUNCH_WIDE_LOWEST / CRUNCH_LIMB_DIGITS)

size_t crunch_cross_size(enum crunch_arith x, enum crunch_arith y)
{
    return crunch_cross_arith(x, y) == CRUNCH_ARITH_BINARY ? sizeof(struct crunch_superacc_squares)
                                                           : sizeof(struct crunch_cross_decimal);
}

/* ---- narrow products ---- */

static void mark_scale(struct crunch_cross_decimal *sum, unsigned scale)
{
    sum->narrow_used[scale / 64] |= UINT64_C(1) << scale % 64;
    crunch_compiler_barrier();
}

static void add_i192(struct crunch_u192 *into, const struct crunch_u192 *from)
{
    unsigned __int128 carry = 0;
    for (int i = 0; i < 3; i++) {
        carry += (unsigned __int128)into->word[i] + from->word[i];
        into->word[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

static void add_product(struct crunch_u192 *into, __int128 product)
{
    unsigned __int128 low = (unsigned __int128)into->word[1] << 64 | into->word[0];
    unsigned __int128 sum = low + (unsigned __int128)product;
    into->word[0] = (uint64_t)sum;
    into->word[1] = (uint64_t)(sum >> 64);
    into->word[2] += (uint64_t)(product >> 127) + (sum < low);
}

static unsigned scale_of(const struct crunch_cells *cells, size_t row)
{
    return cells->one_scale ? cells->common_scale : cells->scale[row];
}

static void add_row_by_row(struct crunch_cross_decimal *sum, const struct crunch_cells *xs,
                           const struct crunch_cells *ys, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        __int128 product = (__int128)xs->mantissa[i] * ys->mantissa[i];
        if (product == 0)
            continue;
        unsigned scale = scale_of(xs, i) + scale_of(ys, i);
        mark_scale(sum, scale);
        add_product(&sum->narrow[scale], product);
    }
}

/* The mantissas brought to one scale, in the batch or in room; NULL when they lie too far apart. */
static const int64_t *aligned(const struct crunch_cells *cells, size_t rows, int64_t *room,
                              unsigned *scale)
{
    if (cells->one_scale) {
        *scale = cells->common_scale;
        return cells->mantissa;
    }
    int found = crunch_sum_kernels->align(cells->mantissa, cells->scale, rows, room);
    if (found < 0)
        return NULL;
    *scale = (unsigned)found;
    return room;
}

static void add_narrow(struct crunch_cross_decimal *sum, const struct crunch_cells *xs,
                       const struct crunch_cells *ys, size_t rows)
{
    _Alignas(64) int64_t room[2][CRUNCH_BATCH_ROWS];
    unsigned x_scale, y_scale;
    const int64_t *x = aligned(xs, rows, room[0], &x_scale);
    const int64_t *y = x ? aligned(ys, rows, room[1], &y_scale) : NULL;
    if (y == NULL) {
        add_row_by_row(sum, xs, ys, rows);
        return;
    }
    struct crunch_u192 products;
    crunch_sum_kernels->sum_products(x, y, rows, &products);
    mark_scale(sum, x_scale + y_scale);
    add_i192(&sum->narrow[x_scale + y_scale], &products);
}

/* ---- products of limbs ---- */

/* A finite number cut into limbs, limb[0] at the place `first` of the grid; n 0: zero. */
struct limbs {
    uint64_t limb[CRUNCH_WIDE_LIMBS];
    uint32_t first, n;
    bool negative;
};

static void cut_narrow(struct limbs *out, int64_t mantissa, unsigned scale)
{
    uint32_t place = (uint32_t)(-CRUNCH_WIDE_LOWEST) - scale;
    uint64_t magnitude = mantissa < 0 ? 0 - (uint64_t)mantissa : (uint64_t)mantissa;
    unsigned __int128 value = magnitude;
    for (uint32_t i = place % CRUNCH_LIMB_DIGITS; i > 0; i--)
        value *= 10; /* below 10^35 */
    out->negative = mantissa < 0;
    out->first = place / CRUNCH_LIMB_DIGITS;
    for (out->n = 0; value != 0; value /= LIMB_BASE)
        out->limb[out->n++] = (uint64_t)(value % LIMB_BASE);
}

/* |x| = m * 2^e: an integer, or m * 5^-e * 10^e, which has no digit below 10^-1074. */
static void cut_double(struct limbs *out, double x)
{
    mpz_t value, power;
    struct crunch_scaled scaled = {.exponent = 0};
    mpz_inits(value, power, scaled.mantissa, (mpz_ptr)NULL);
    crunch_scaled_set_double(&scaled, x);
    crunch_scaled_normalise(&scaled, CRUNCH_ARITH_BINARY);
    mpz_abs(value, scaled.mantissa);
    out->negative = x < 0;
    out->first = UNIT_LIMB;
    if (scaled.exponent >= 0) {
        mpz_mul_2exp(value, value, (mp_bitcnt_t)scaled.exponent);
    } else {
        uint32_t place = (uint32_t)(scaled.exponent - CRUNCH_WIDE_LOWEST);
        mpz_ui_pow_ui(power, 5, (unsigned long)-scaled.exponent);
        mpz_mul(value, value, power);
        mpz_ui_pow_ui(power, 10, place % CRUNCH_LIMB_DIGITS);
        mpz_mul(value, value, power);
        out->first = place / CRUNCH_LIMB_DIGITS;
    }
    for (out->n = 0; mpz_sgn(value) != 0;)
        out->limb[out->n++] = mpz_tdiv_q_ui(value, value, LIMB_BASE);
    mpz_clears(value, power, scaled.mantissa, (mpz_ptr)NULL);
}

static void add_limbs(struct crunch_cross_decimal *sum, const struct limbs *x,
                      const struct limbs *y)
{
    if (x->n == 0 || y->n == 0)
        return;
    uint32_t first = x->first + y->first, n = x->n + y->n; /* ends at most at 160 */
    bool negative = x->negative != y->negative;
    crunch_limbs_mark(&sum->wide_begin, &sum->wide_end, first, first + n);
    /* Column k of the schoolbook product: at most 80 products below 10^36 and a carry below 10^20,
     * under 2^127. */
    unsigned __int128 carry = 0;
    for (uint32_t k = 0; k < n; k++) {
        for (uint32_t i = k < y->n ? 0 : k - y->n + 1; i <= k && i < x->n; i++)
            carry += (unsigned __int128)x->limb[i] * y->limb[k - i];
        __int128 limb = (__int128)(carry % LIMB_BASE);
        sum->limb[first + k] += negative ? -limb : limb;
        carry /= LIMB_BASE;
    }
}

/* The cell of a row as limbs; *next is the first wide cell of this row or behind it. */
static void cut_cell(struct limbs *out, enum crunch_arith arith, const struct crunch_cells *cells,
                     size_t row, size_t *next)
{
    while (*next < cells->n_wide && cells->wide[*next].row < row)
        ++*next;
    if (arith == CRUNCH_ARITH_BINARY) {
        cut_double(out, cells->binary[row]);
    } else if (*next < cells->n_wide && cells->wide[*next].row == row) {
        out->negative = cells->wide[*next].negative;
        out->first = crunch_limbs_cut(&cells->wide[*next], out->limb, &out->n);
    } else {
        cut_narrow(out, cells->mantissa[row], scale_of(cells, row));
    }
}

/* Rows that are wide in x; or in y, and not in x. */
static void add_wide(struct crunch_cross_decimal *sum, const struct crunch_cells *xs,
                     const struct crunch_cells *ys)
{
    struct limbs x, y;
    size_t at_x = 0, at_y = 0;
    while (at_x < xs->n_wide || at_y < ys->n_wide) {
        bool of_x =
            at_y == ys->n_wide || (at_x < xs->n_wide && xs->wide[at_x].row <= ys->wide[at_y].row);
        size_t row = of_x ? xs->wide[at_x].row : ys->wide[at_y].row;
        cut_cell(&x, CRUNCH_ARITH_DECIMAL, xs, row, &at_x);
        cut_cell(&y, CRUNCH_ARITH_DECIMAL, ys, row, &at_y);
        add_limbs(sum, &x, &y);
        at_x += at_x < xs->n_wide && xs->wide[at_x].row == row;
        at_y += at_y < ys->n_wide && ys->wide[at_y].row == row;
    }
}

static void add_limb_by_limb(struct crunch_cross_decimal *sum, enum crunch_arith x_arith,
                             enum crunch_arith y_arith, const struct crunch_cells *xs,
                             const struct crunch_cells *ys, size_t rows)
{
    struct limbs x, y;
    size_t at_x = 0, at_y = 0;
    for (size_t row = 0; row < rows; row++) {
        cut_cell(&x, x_arith, xs, row, &at_x);
        cut_cell(&y, y_arith, ys, row, &at_y);
        add_limbs(sum, &x, &y);
    }
}

/* ---- the whole ---- */

void crunch_cross_feed(void *state, enum crunch_arith x, enum crunch_arith y,
                       const struct crunch_cells *xs, const struct crunch_cells *ys, size_t rows)
{
    if (rows == 0)
        return;
    if (crunch_cross_arith(x, y) == CRUNCH_ARITH_BINARY) {
        crunch_superacc_products_add(state, xs->binary, ys->binary, rows);
    } else if (x != y) {
        add_limb_by_limb(state, x, y, xs, ys, rows);
    } else {
        add_narrow(state, xs, ys, rows);
        add_wide(state, xs, ys);
    }
}

void crunch_cross_feed_plain(void *state, enum crunch_arith x, enum crunch_arith y,
                             const struct crunch_cells *xs, const struct crunch_cells *ys,
                             size_t rows)
{
    if (crunch_cross_arith(x, y) == CRUNCH_ARITH_BINARY) {
        for (size_t i = 0; i < rows; i++)
            crunch_superacc_products_add(state, &xs->binary[i], &ys->binary[i], 1);
    } else {
        add_limb_by_limb(state, x, y, xs, ys, rows);
    }
}

void crunch_cross_reset(void *state, enum crunch_arith x, enum crunch_arith y)
{
    if (crunch_cross_arith(x, y) == CRUNCH_ARITH_BINARY) {
        crunch_superacc_squares_reset(state);
        return;
    }
    struct crunch_cross_decimal *sum = state;
    for (unsigned s = 0; s < CRUNCH_CROSS_SCALES; s++)
        if (sum->narrow_used[s / 64] >> s % 64 & 1)
            sum->narrow[s] = (struct crunch_u192){{0, 0, 0}};
    crunch_compiler_barrier();
    sum->narrow_used[0] = sum->narrow_used[1] = 0;
    crunch_limbs_reset(&sum->wide_begin, &sum->wide_end, sum->limb);
}

void crunch_cross_merge(void *into, const void *from, enum crunch_arith x, enum crunch_arith y)
{
    if (crunch_cross_arith(x, y) == CRUNCH_ARITH_BINARY) {
        crunch_superacc_squares_merge(into, from);
        return;
    }
    struct crunch_cross_decimal *to = into;
    const struct crunch_cross_decimal *other = from;
    for (unsigned s = 0; s < CRUNCH_CROSS_SCALES; s++)
        if (other->narrow_used[s / 64] >> s % 64 & 1) {
            mark_scale(to, s);
            add_i192(&to->narrow[s], &other->narrow[s]);
        }
    if (other->wide_end == 0)
        return;
    crunch_limbs_mark(&to->wide_begin, &to->wide_end, other->wide_begin, other->wide_end);
    for (uint32_t i = other->wide_begin; i < other->wide_end; i++)
        to->limb[i] += other->limb[i];
}

/* A signed integer of 192 bits. */
static void import_i192(mpz_t out, const struct crunch_u192 *value)
{
    mpz_import(out, 3, -1, sizeof(uint64_t), 0, 0, value->word);
    if (value->word[2] >> 63) {
        mpz_t modulus;
        mpz_init(modulus);
        mpz_setbit(modulus, 192);
        mpz_sub(out, out, modulus);
        mpz_clear(modulus);
    }
}

void crunch_cross_extract(const void *state, enum crunch_arith x, enum crunch_arith y,
                          struct crunch_scaled *out)
{
    if (crunch_cross_arith(x, y) == CRUNCH_ARITH_BINARY) {
        crunch_superacc_squares_extract(state, out);
        return;
    }
    const struct crunch_cross_decimal *sum = state;
    mpz_t total;
    mpz_init(total);
    for (unsigned s = 0; s < CRUNCH_CROSS_SCALES; s++)
        if (sum->narrow_used[s / 64] >> s % 64 & 1) {
            import_i192(total, &sum->narrow[s]);
            crunch_scaled_add(out, total, -(long)s, CRUNCH_ARITH_DECIMAL);
        }
    mpz_clear(total);
    crunch_limbs_extract(sum->limb, sum->wide_begin, sum->wide_end, 2 * CRUNCH_WIDE_LOWEST, out);
}

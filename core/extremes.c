/*
 * Least and greatest values: comparing narrow numbers across scales, and wide ones by their digits.
 * Ties do not matter: equal values are equal in the canonical encoding, however they were written.
 */
#include "core/extremes.h"

#include "core/decimal_limbs.h"
#include "core/kernels.h"

#include <string.h>

enum { LEAST, GREATEST };

/* 10^n for n <= 20: below 2^67. */
static __int128 power_of_ten(unsigned n)
{
    __int128 power = 1;
    while (n-- > 0)
        power *= 10;
    return power;
}

static int compare_narrow(const struct crunch_narrow_kept *a, const struct crunch_narrow_kept *b)
{
    if (a->scale > b->scale)
        return -compare_narrow(b, a);
    /* a * 10^difference against b: with 20 zeros or fewer below 10^38 < 2^127. With more, a
     * non-zero a outweighs every b, and 20 zeros show it as well. */
    unsigned difference = (unsigned)b->scale - a->scale;
    __int128 left = a->mantissa * power_of_ten(difference < 20 ? difference : 20);
    return (left > b->mantissa) - (left < b->mantissa);
}

/* Compares magnitudes: the place of the first digit, then digit by digit. No trailing zeros, so a
 * longer text with the same beginning is greater. */
static int compare_digits(int64_t top_a, const char *a, uint32_t n_a, int64_t top_b, const char *b,
                          uint32_t n_b)
{
    if (top_a != top_b)
        return top_a < top_b ? -1 : 1;
    int order = memcmp(a, b, n_a < n_b ? n_a : n_b);
    if (order != 0)
        return order;
    return (n_a > n_b) - (n_a < n_b);
}

static int compare_wide(const struct crunch_wide *a, const struct crunch_wide *b)
{
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    int order = compare_digits((int64_t)a->exponent + a->n_digits, a->digits, a->n_digits,
                               (int64_t)b->exponent + b->n_digits, b->digits, b->n_digits);
    return a->negative ? -order : order;
}

static struct crunch_wide as_wide(const struct crunch_wide_kept *kept)
{
    return (struct crunch_wide){.negative = kept->negative,
                                .exponent = kept->exponent,
                                .n_digits = kept->n_digits,
                                .digits = kept->digits};
}

static void keep_wide(struct crunch_wide_kept *kept, const struct crunch_wide *wide)
{
    kept->negative = wide->negative;
    kept->exponent = wide->exponent;
    kept->n_digits = wide->n_digits;
    memcpy(kept->digits, wide->digits, wide->n_digits);
}

/* Takes least and greatest candidates in. */
static void take_narrow(struct crunch_extremes *x, struct crunch_narrow_kept least,
                        struct crunch_narrow_kept greatest)
{
    if (!x->has_narrow || compare_narrow(&least, &x->narrow[LEAST]) < 0)
        x->narrow[LEAST] = least;
    if (!x->has_narrow || compare_narrow(&greatest, &x->narrow[GREATEST]) > 0)
        x->narrow[GREATEST] = greatest;
    crunch_compiler_barrier();
    x->has_narrow = true;
}

static void take_wide(struct crunch_extremes *x, const struct crunch_wide *wide)
{
    for (int side = LEAST; side <= GREATEST; side++) {
        struct crunch_wide kept = as_wide(&x->wide[side]);
        int order = x->has_wide ? compare_wide(wide, &kept) : 0;
        if (!x->has_wide || (side == LEAST ? order < 0 : order > 0))
            keep_wide(&x->wide[side], wide);
    }
    crunch_compiler_barrier();
    x->has_wide = true;
}

static void take_binary(struct crunch_extremes *x, double least, double greatest)
{
    if (!x->has_binary || least < x->binary[LEAST])
        x->binary[LEAST] = least;
    if (!x->has_binary || greatest > x->binary[GREATEST])
        x->binary[GREATEST] = greatest;
    crunch_compiler_barrier();
    x->has_binary = true;
}

static void feed_binary(struct crunch_extremes *x, const struct crunch_cells *cells, size_t rows)
{
    double least, greatest;
    if (cells->all_numbers) {
        if (crunch_double_kernels->range(cells->binary, rows, &least, &greatest))
            take_binary(x, least, greatest);
        return;
    }
    for (size_t i = 0; i < rows; i++)
        if (cells->class[i] == CRUNCH_CELL_NUMBER)
            take_binary(x, cells->binary[i], cells->binary[i]);
}

void crunch_extremes_feed(struct crunch_extremes *x, enum crunch_arith arith,
                          const struct crunch_cells *cells, size_t rows)
{
    if (arith == CRUNCH_ARITH_BINARY) {
        feed_binary(x, cells, rows);
        return;
    }
    const uint8_t *class = cells->all_numbers ? NULL : cells->class;
    int64_t min, max;
    if (crunch_sum_kernels->min_max(cells->mantissa, class, rows, &min, &max))
        take_narrow(x, (struct crunch_narrow_kept){min, cells->common_scale},
                    (struct crunch_narrow_kept){max, cells->common_scale});
    for (size_t i = 0; i < cells->n_wide; i++)
        take_wide(x, &cells->wide[i]);
}

void crunch_extremes_reset(struct crunch_extremes *x)
{
    x->has_narrow = x->has_wide = x->has_binary = false;
}

void crunch_extremes_merge(struct crunch_extremes *into, const struct crunch_extremes *from)
{
    if (from->has_narrow)
        take_narrow(into, from->narrow[LEAST], from->narrow[GREATEST]);
    if (from->has_binary)
        take_binary(into, from->binary[LEAST], from->binary[GREATEST]);
    for (int side = LEAST; from->has_wide && side <= GREATEST; side++) {
        struct crunch_wide wide = as_wide(&from->wide[side]);
        take_wide(into, &wide);
    }
}

/* out = candidate if there is nothing yet, or if it lies further out on that side. */
static void settle(struct crunch_scaled *out, bool *has, int side,
                   const struct crunch_scaled *candidate, enum crunch_arith arith)
{
    int order = *has ? crunch_scaled_compare(candidate, out, arith) : 0;
    if (*has && (side == LEAST ? order >= 0 : order <= 0))
        return;
    mpz_set(out->mantissa, candidate->mantissa);
    out->exponent = candidate->exponent;
    *has = true;
}

void crunch_extremes_extract(const struct crunch_extremes *x, enum crunch_arith arith,
                             struct crunch_exact *out)
{
    struct crunch_scaled candidate;
    mpz_init(candidate.mantissa);
    for (int side = LEAST; side <= GREATEST; side++) {
        struct crunch_scaled *to = side == LEAST ? &out->min : &out->max;
        bool has = false;
        if (x->has_narrow) {
            mpz_set_si(candidate.mantissa, x->narrow[side].mantissa);
            candidate.exponent = -(long)x->narrow[side].scale;
            settle(to, &has, side, &candidate, arith);
        }
        if (x->has_wide) {
            struct crunch_wide wide = as_wide(&x->wide[side]);
            crunch_wide_to_scaled(&wide, &candidate);
            settle(to, &has, side, &candidate, arith);
        }
        if (x->has_binary) {
            crunch_scaled_set_double(&candidate, x->binary[side]);
            settle(to, &has, side, &candidate, arith);
        }
        out->has_extremes = has;
    }
    mpz_clear(candidate.mantissa);
}

/*
 * Feeding the compact states of groups. The common case, a batch of numbers that fit in beside what
 * is there as 64-bit integers, is one loop over the rows; where scales or magnitudes ask for more,
 * each cell goes its own way, to the broad state or to the group's rest.
 */
#include "core/group_column.h"
#include "core/kernels.h"
#include "core/reducer.h"

#include <string.h>

#define SUM CRUNCH_BIT(CRUNCH_SUM)
#define SQUARES CRUNCH_BIT(CRUNCH_SUM_SQUARES)
#define EXTREMES CRUNCH_BIT(CRUNCH_EXTREMES)

static void add_square(struct crunch_group_squares *into, __int128 c)
{
    const struct crunch_group_squares square = crunch_group_squares_of(c, 1);
    crunch_group_squares_add(into, &square, 0);
}

/* The loop over a batch's numbers; wants is a constant in every call, so each call is a loop of its
 * own. class NULL: all are numbers. */
static inline __attribute__((always_inline)) void
feed_values(struct crunch_group_column *column, const int64_t *m, const uint8_t *class, size_t rows,
            const uint32_t *id, const unsigned wants)
{
    struct crunch_group_narrow *narrow = column->narrow;
    for (size_t i = 0; i < rows; i++) {
        struct crunch_group_narrow *x = &narrow[id[i]];
        if (class && class[i] != CRUNCH_CELL_NUMBER)
            continue;
        if (wants & SUM)
            x->sum += m[i];
        if (wants & EXTREMES) {
            /* Rare after a while, so it is cheaper to foresee than to write each time. */
            if (__builtin_expect(m[i] < x->least, 0))
                x->least = m[i];
            if (__builtin_expect(m[i] > x->greatest, 0))
                x->greatest = m[i];
        }
    }
}

static void feed_narrow(struct crunch_group_column *column, const int64_t *m, const uint8_t *class,
                        size_t rows, const uint32_t *id)
{
    switch (column->needs & (SUM | EXTREMES)) {
    case SUM:
        feed_values(column, m, class, rows, id, SUM);
        break;
    case EXTREMES:
        feed_values(column, m, class, rows, id, EXTREMES);
        break;
    case SUM | EXTREMES:
        feed_values(column, m, class, rows, id, SUM | EXTREMES);
        break;
    default:
        break;
    }
    for (size_t i = 0; i < rows && column->squares; i++)
        add_square(&column->squares[id[i]], m[i]); /* 0 where it is no number */
}

/* One value at the column's scale, below 2^96. */
static bool feed_broad(struct crunch_group_column *column, size_t group, __int128 c)
{
    if (column->squares)
        add_square(&column->squares[group], c);
    if (!column->wide)
        return true;
    struct crunch_group_broad *x = &column->wide[group];
    x->least = c < x->least ? c : x->least;
    x->greatest = c > x->greatest ? c : x->greatest;
    return !(column->needs & SUM) || crunch_group_column_add_sum(column, group, c);
}

/* Adds m * 10^exponent to the group's rest. */
static bool feed_rest(struct crunch_group_column *column, size_t group, mpz_t m, long exponent)
{
    struct crunch_exact *rest = crunch_group_column_rest(column, group);
    if (!rest)
        return false;
    if (column->needs & SUM)
        crunch_scaled_add(&rest->sum[CRUNCH_SUM], m, exponent, column->arith);
    if (column->needs & EXTREMES)
        crunch_group_take_extreme(rest, m, exponent);
    if (column->needs & SQUARES) {
        mpz_mul(m, m, m);
        crunch_scaled_add(&rest->sum[CRUNCH_SUM_SQUARES], m, 2 * exponent, column->arith);
    }
    return true;
}

static bool feed_wide(struct crunch_group_column *column, const struct crunch_cells *cells,
                      const uint32_t *id)
{
    char text[CRUNCH_WIDE_DIGITS_MAX + 1];
    bool good = true;
    mpz_t m;
    mpz_init(m);
    for (size_t i = 0; i < cells->n_wide && good; i++) {
        const struct crunch_wide *wide = &cells->wide[i];
        memcpy(text, wide->digits, wide->n_digits);
        text[wide->n_digits] = '\0';
        mpz_set_str(m, text, 10);
        if (wide->negative)
            mpz_neg(m, m);
        good = feed_rest(column, id[wide->row], m, wide->exponent);
    }
    mpz_clear(m);
    return good;
}

static bool is_number(const struct crunch_cells *cells, size_t row)
{
    return cells->all_numbers || cells->class[row] == CRUNCH_CELL_NUMBER;
}

static unsigned scale_of(const struct crunch_cells *cells, size_t row)
{
    return cells->one_scale ? cells->common_scale : cells->scale[row];
}

static unsigned __int128 magnitude_of(int64_t m)
{
    return (unsigned __int128)(m < 0 ? -m : m);
}

/* The numbers of a batch where they need more than int64 at one scale: each by itself, at the
 * column's scale or, if it does not fit there, into the rest. */
static bool feed_each(struct crunch_group_column *column, const struct crunch_cells *cells,
                      size_t rows, const uint32_t *id)
{
    bool good = true;
    mpz_t m;
    mpz_init(m);
    for (size_t i = 0; i < rows && good; i++) {
        if (!is_number(cells, i))
            continue;
        const unsigned scale = scale_of(cells, i);
        const int64_t mantissa = cells->mantissa[i];
        enum crunch_group_fit fit = crunch_group_column_fit(column, scale, magnitude_of(mantissa));
        unsigned power = fit == CRUNCH_GROUP_FITS ? column->scale - scale : 0;
        if (fit == CRUNCH_GROUP_FITS && !column->broad) {
            int64_t c = mantissa == 0 ? 0 : mantissa * (int64_t)crunch_group_power(power);
            feed_narrow(column, &c, NULL, 1, &id[i]);
        } else if (fit == CRUNCH_GROUP_FITS) {
            __int128 c = mantissa == 0 ? 0 : mantissa * crunch_group_power(power);
            good = feed_broad(column, id[i], c);
        } else if (fit == CRUNCH_GROUP_FITS_NOT) {
            mpz_set_si(m, mantissa);
            good = feed_rest(column, id[i], m, -(long)scale);
        } else {
            good = false;
        }
    }
    mpz_clear(m);
    return good;
}

/* m[i] *= 10^n, all below 10^18 afterwards. */
static const int64_t *raise(const int64_t *m, size_t rows, unsigned n, int64_t *out)
{
    const int64_t factor = n < 19 ? (int64_t)crunch_group_power(n) : 0; /* else m are zeros */
    for (size_t i = 0; i < rows; i++)
        out[i] = m[i] * factor;
    return out;
}

static bool feed_numbers(struct crunch_group_column *column, const struct crunch_cells *cells,
                         size_t rows, const uint32_t *id)
{
    _Alignas(64) int64_t aligned[CRUNCH_BATCH_ROWS], raised[CRUNCH_BATCH_ROWS];
    const uint8_t *class = cells->all_numbers ? NULL : cells->class;
    const int64_t *m = cells->mantissa;
    int scale = cells->common_scale;
    int64_t least, greatest;
    if (!cells->one_scale) {
        scale = crunch_sum_kernels->align(cells->mantissa, cells->scale, rows, aligned);
        m = aligned;
    }
    if (scale < 0 || !crunch_sum_kernels->min_max(m, NULL, rows, &least, &greatest))
        return feed_each(column, cells, rows, id);
    unsigned __int128 magnitude = magnitude_of(least < -greatest ? least : greatest);
    enum crunch_group_fit fit = crunch_group_column_fit(column, (unsigned)scale, magnitude);
    if (fit == CRUNCH_GROUP_NO_MEMORY)
        return false;
    if (fit == CRUNCH_GROUP_FITS_NOT || column->broad)
        return feed_each(column, cells, rows, id);
    if (column->scale > scale)
        m = raise(m, rows, (unsigned)(column->scale - scale), raised);
    feed_narrow(column, m, class, rows, id);
    return true;
}

static bool count_odd(struct crunch_group_column *column, size_t group, uint8_t class)
{
    const struct crunch_group_odd odd = {
        .missing = class == CRUNCH_CELL_MISSING,
        .nan = class == CRUNCH_CELL_NAN,
        .plus_inf = class == CRUNCH_CELL_PLUS_INF,
        .minus_inf = class == CRUNCH_CELL_MINUS_INF,
    };
    return crunch_group_column_add_odd(column, group, &odd);
}

bool crunch_group_column_feed(struct crunch_group_column *column, const struct crunch_cells *cells,
                              size_t rows, const uint32_t *id)
{
    for (size_t i = 0; i < rows && !cells->all_numbers; i++)
        if (cells->class[i] != CRUNCH_CELL_NUMBER && !count_odd(column, id[i], cells->class[i]))
            return false;
    if (!(column->needs & (SUM | SQUARES | EXTREMES)))
        return true;
    if (cells->n_numbers > 0 && !feed_numbers(column, cells, rows, id))
        return false;
    return cells->n_wide == 0 || feed_wide(column, cells, id);
}

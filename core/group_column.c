/*
 * Owns the compact states of groups: their room, bringing them to another scale, and their content
 * as exact numbers. Feeding them is core/group_feed.c's.
 *
 * The largest magnitude in a column bounds every value of every group, so whether a change of scale
 * is possible is one comparison, not one for each group; the sums follow from it by the number of
 * rows.
 */
#include "core/group_column.h"

#include "core/limbs.h"
#include "core/reducer.h"

#include <stdlib.h>
#include <string.h>

#define SUM CRUNCH_BIT(CRUNCH_SUM)
#define SQUARES CRUNCH_BIT(CRUNCH_SUM_SQUARES)
#define EXTREMES CRUNCH_BIT(CRUNCH_EXTREMES)
#define COMPACT (CRUNCH_BIT(CRUNCH_TALLY) | SUM | SQUARES | EXTREMES)

/* Of broad values: further out than any. */
#define NONE_LEAST ((__int128)1 << 100)

bool crunch_group_is_compact(enum crunch_arith arith, unsigned needs)
{
    return (needs & ~CRUNCH_BIT(CRUNCH_TALLY)) == 0 ||
           (arith == CRUNCH_ARITH_DECIMAL && (needs & ~COMPACT) == 0);
}

void crunch_group_column_init(struct crunch_group_column *column, enum crunch_arith arith,
                              unsigned needs)
{
    memset(column, 0, sizeof *column);
    column->arith = arith;
    column->needs = needs;
    column->full = !crunch_group_is_compact(arith, needs);
}

static void free_rest(struct crunch_group_column *column)
{
    for (size_t i = 0; i < column->n && column->rest; i++) {
        if (column->rest[i])
            crunch_exact_clear(column->rest[i]);
        free(column->rest[i]);
    }
    free(column->rest);
    column->rest = NULL;
    column->n_rest = 0;
}

void crunch_group_column_clear(struct crunch_group_column *column)
{
    free_rest(column);
    free(column->odd);
    column->odd = NULL;
    column->n = 0;
    column->has_scale = false;
    column->scale = 0;
    column->magnitude = 0;
}

void crunch_group_column_free(struct crunch_group_column *column)
{
    free_rest(column);
    free(column->narrow);
    free(column->wide);
    free(column->squares);
    free(column->odd);
    memset(column, 0, sizeof *column);
}

/* ---- room ---- */

/* Makes *array one of room elements, the new ones zero from element `from` on. False: out of
 * memory, and *array is as it was. */
static bool resize(void *array, size_t element, size_t from, size_t room)
{
    void **at = array;
    char *grown = realloc(*at, room * element);
    if (!grown)
        return false;
    memset(grown + from * element, 0, (room - from) * element);
    *at = grown;
    return true;
}

static bool wants_values(const struct crunch_group_column *column)
{
    return !column->full && (column->needs & (SUM | EXTREMES)) != 0;
}

static bool make_room(struct crunch_group_column *column, size_t n)
{
    size_t room = n + n / 2 + 64, from = column->n;
    bool good = true;
    if (wants_values(column) && !column->broad)
        good = resize(&column->narrow, sizeof *column->narrow, from, room);
    if (wants_values(column) && column->broad)
        good = resize(&column->wide, sizeof *column->wide, from, room);
    if (good && !column->full && (column->needs & SQUARES))
        good = resize(&column->squares, sizeof *column->squares, from, room);
    if (good && column->odd)
        good = resize(&column->odd, sizeof *column->odd, from, room);
    if (good && column->rest)
        good = resize(&column->rest, sizeof *column->rest, from, room);
    if (good)
        column->room = room;
    return good;
}

bool crunch_group_column_grow(struct crunch_group_column *column, size_t n)
{
    if (n > column->room && !make_room(column, n))
        return false;
    for (size_t i = column->n; i < n && column->narrow; i++)
        column->narrow[i] = (struct crunch_group_narrow){0, INT64_MAX, INT64_MIN};
    for (size_t i = column->n; i < n && column->wide; i++)
        column->wide[i] = (struct crunch_group_broad){0, NONE_LEAST, -NONE_LEAST};
    if (column->squares && n > column->n)
        memset(column->squares + column->n, 0, (n - column->n) * sizeof *column->squares);
    if (column->odd && n > column->n)
        memset(column->odd + column->n, 0, (n - column->n) * sizeof *column->odd);
    for (size_t i = column->n; i < n && column->rest; i++)
        column->rest[i] = NULL;
    if (n > column->n)
        column->n = n;
    return true;
}

struct crunch_exact *crunch_group_column_rest(struct crunch_group_column *column, size_t group)
{
    if (!column->rest) {
        column->rest = calloc(column->room + 1, sizeof *column->rest);
        if (!column->rest)
            return NULL;
    }
    if (!column->rest[group]) {
        struct crunch_exact *exact = malloc(sizeof *exact);
        if (!exact)
            return NULL;
        crunch_exact_init(exact, column->arith, column->needs);
        column->rest[group] = exact;
        column->n_rest++;
    }
    return column->rest[group];
}

struct crunch_group_odd crunch_group_column_odd(const struct crunch_group_column *column,
                                                size_t group)
{
    return column->odd ? column->odd[group] : (struct crunch_group_odd){0};
}

static bool make_odd(struct crunch_group_column *column)
{
    if (!column->odd)
        column->odd = calloc(column->room + 1, sizeof *column->odd);
    return column->odd != NULL;
}

bool crunch_group_column_add_odd(struct crunch_group_column *column, size_t group,
                                 const struct crunch_group_odd *odd)
{
    if (!make_odd(column))
        return false;
    column->odd[group].missing += odd->missing;
    column->odd[group].nan += odd->nan;
    column->odd[group].plus_inf += odd->plus_inf;
    column->odd[group].minus_inf += odd->minus_inf;
    return true;
}

/* A rest has a handful of numbers that GMP allocates, of a few words each. */
#define REST_BYTES (sizeof(struct crunch_exact) + 64 * (CRUNCH_N_REDUCERS + 2))

size_t crunch_group_column_bytes(const struct crunch_group_column *column)
{
    size_t each =
        (column->narrow ? sizeof *column->narrow : 0) + (column->wide ? sizeof *column->wide : 0) +
        (column->squares ? sizeof *column->squares : 0) + (column->odd ? sizeof *column->odd : 0) +
        (column->rest ? sizeof *column->rest : 0);
    return column->n * each + column->n_rest * REST_BYTES;
}

/* ---- squares ---- */

static void add_words(struct crunch_group_squares *into, const struct crunch_group_squares *from)
{
    unsigned __int128 carry = 0;
    for (int i = 0; i < 4; i++) {
        carry += (unsigned __int128)into->word[i] + from->word[i];
        into->word[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

static void times_word(struct crunch_group_squares *x, uint64_t factor)
{
    unsigned __int128 carry = 0;
    for (int i = 0; i < 4; i++) {
        carry += (unsigned __int128)x->word[i] * factor;
        x->word[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

void crunch_group_squares_add(struct crunch_group_squares *into,
                              const struct crunch_group_squares *from, unsigned power2)
{
    struct crunch_group_squares scaled = *from;
    for (unsigned left = power2; left > 0;) {
        unsigned step = left < 18 ? left : 18;
        times_word(&scaled, (uint64_t)crunch_group_power(step));
        left -= step;
    }
    add_words(into, &scaled);
}

struct crunch_group_squares crunch_group_squares_of(__int128 c, uint64_t n)
{
    unsigned __int128 x = c < 0 ? -(unsigned __int128)c : (unsigned __int128)c;
    uint64_t low = (uint64_t)x, high = (uint64_t)(x >> 64); /* high < 2^32 */
    unsigned __int128 ll = (unsigned __int128)low * low;
    unsigned __int128 lh = (unsigned __int128)low * high * 2; /* < 2^97 */
    unsigned __int128 middle = (ll >> 64) + (uint64_t)lh;
    unsigned __int128 top = (middle >> 64) + (lh >> 64) + (unsigned __int128)high * high;
    struct crunch_group_squares square = {
        {(uint64_t)ll, (uint64_t)middle, (uint64_t)top, (uint64_t)(top >> 64)}};
    if (n != 1)
        times_word(&square, n);
    return square;
}

/* ---- scale ---- */

__int128 crunch_group_power(unsigned n)
{
    static const uint64_t small[20] = {1,
                                       10,
                                       100,
                                       1000,
                                       10000,
                                       100000,
                                       1000000,
                                       10000000,
                                       100000000,
                                       1000000000,
                                       10000000000,
                                       100000000000,
                                       1000000000000,
                                       10000000000000,
                                       100000000000000,
                                       1000000000000000,
                                       10000000000000000,
                                       100000000000000000,
                                       1000000000000000000,
                                       10000000000000000000u};
    return n < 20 ? (__int128)small[n] : (__int128)small[19] * (__int128)small[n - 19];
}

/* x * 10^n, or 2^127 where it reaches that. */
static unsigned __int128 times_power(unsigned __int128 x, unsigned n)
{
    const unsigned __int128 most = (unsigned __int128)1 << 127;
    if (x == 0)
        return 0;
    if (n > 38)
        return most;
    unsigned __int128 power = (unsigned __int128)crunch_group_power(n);
    return x > (most - 1) / power ? most : x * power;
}

static bool widen(struct crunch_group_column *column)
{
    if (wants_values(column)) {
        struct crunch_group_broad *wide = malloc((column->room + 1) * sizeof *wide);
        if (!wide)
            return false;
        for (size_t i = 0; i < column->n; i++) {
            const struct crunch_group_narrow *from = &column->narrow[i];
            bool none = from->least > from->greatest;
            wide[i] =
                (struct crunch_group_broad){from->sum, none ? NONE_LEAST : (__int128)from->least,
                                            none ? -NONE_LEAST : (__int128)from->greatest};
        }
        free(column->narrow);
        column->narrow = NULL;
        column->wide = wide;
    }
    column->broad = true;
    return true;
}

/* Puts a sum of the column's scale into the rest. */
static bool add_to_rest(struct crunch_group_column *column, size_t group, __int128 sum)
{
    struct crunch_exact *rest = crunch_group_column_rest(column, group);
    mpz_t m;
    if (!rest)
        return false;
    mpz_init(m);
    crunch_mpz_add_i128(m, sum);
    crunch_scaled_add(&rest->sum[CRUNCH_SUM], m, -(long)column->scale, column->arith);
    mpz_clear(m);
    return true;
}

bool crunch_group_column_add_sum(struct crunch_group_column *column, size_t group, __int128 sum)
{
    __int128 *to = &column->wide[group].sum;
    if (!__builtin_add_overflow(*to, sum, to))
        return true;
    /* The sum has wrapped round; undo it and move what was there. */
    __int128 old = (__int128)((unsigned __int128)*to - (unsigned __int128)sum);
    *to = sum;
    return add_to_rest(column, group, old);
}

/* Multiplies every group's content by 10^d; the magnitude has been found to allow it. */
static bool rescale(struct crunch_group_column *column, unsigned d)
{
    if (d == 0)
        return true;
    if (d > 38) /* there are only zeros */
        return true;
    const __int128 power = crunch_group_power(d);
    for (size_t i = 0; i < column->n && column->narrow; i++) {
        struct crunch_group_narrow *x = &column->narrow[i];
        x->sum *= power;
        if (x->least <= x->greatest) {
            x->least *= (int64_t)power;
            x->greatest *= (int64_t)power;
        }
    }
    for (size_t i = 0; i < column->n && column->wide; i++) {
        struct crunch_group_broad *x = &column->wide[i];
        __int128 sum;
        if (!__builtin_mul_overflow(x->sum, power, &sum)) {
            x->sum = sum;
        } else {
            if (!add_to_rest(column, i, x->sum))
                return false;
            x->sum = 0;
        }
        if (x->least <= x->greatest) {
            x->least *= power;
            x->greatest *= power;
        }
    }
    for (size_t i = 0; i < column->n && column->squares; i++) {
        struct crunch_group_squares old = column->squares[i];
        column->squares[i] = (struct crunch_group_squares){0};
        crunch_group_squares_add(&column->squares[i], &old, 2 * d);
    }
    return true;
}

enum crunch_group_fit crunch_group_column_fit(struct crunch_group_column *column, unsigned scale,
                                              unsigned __int128 magnitude)
{
    unsigned old = column->has_scale ? column->scale : scale;
    unsigned to = old > scale ? old : scale;
    unsigned __int128 ours = times_power(column->magnitude, to - old);
    unsigned __int128 theirs = times_power(magnitude, to - scale);
    unsigned __int128 both = ours > theirs ? ours : theirs;
    if (both >= CRUNCH_GROUP_BROAD_LIMIT)
        return CRUNCH_GROUP_FITS_NOT;
    if (!column->broad && both >= CRUNCH_GROUP_NARROW_LIMIT && !widen(column))
        return CRUNCH_GROUP_NO_MEMORY;
    if (!rescale(column, to - old))
        return CRUNCH_GROUP_NO_MEMORY;
    column->has_scale = true;
    column->scale = (uint8_t)to;
    column->magnitude = both;
    return CRUNCH_GROUP_FITS;
}

/* ---- content ---- */

void crunch_group_take_extreme(struct crunch_exact *rest, const mpz_t m, long exponent)
{
    struct crunch_scaled x = {.exponent = exponent};
    mpz_init_set(x.mantissa, m);
    if (!rest->has_extremes || crunch_scaled_compare(&x, &rest->min, rest->arith) < 0) {
        mpz_set(rest->min.mantissa, m);
        rest->min.exponent = exponent;
    }
    if (!rest->has_extremes || crunch_scaled_compare(&x, &rest->max, rest->arith) > 0) {
        mpz_set(rest->max.mantissa, m);
        rest->max.exponent = exponent;
    }
    rest->has_extremes = true;
    mpz_clear(x.mantissa);
}

static void set_i128(mpz_t m, __int128 x)
{
    mpz_set_ui(m, 0);
    crunch_mpz_add_i128(m, x);
}

struct crunch_group_broad crunch_group_column_values(const struct crunch_group_column *column,
                                                     size_t group)
{
    struct crunch_group_broad x = {0, NONE_LEAST, -NONE_LEAST};
    if (column->wide)
        return column->wide[group];
    if (column->narrow) {
        const struct crunch_group_narrow *from = &column->narrow[group];
        x.sum = from->sum;
        if (from->least <= from->greatest) {
            x.least = from->least;
            x.greatest = from->greatest;
        }
    }
    return x;
}

static void extract_values(const struct crunch_group_column *column, size_t group,
                           struct crunch_exact *exact)
{
    const long exponent = -(long)column->scale;
    const struct crunch_group_broad x = crunch_group_column_values(column, group);
    mpz_t m;
    mpz_init(m);
    if (column->needs & SUM) {
        set_i128(m, x.sum);
        crunch_scaled_add(&exact->sum[CRUNCH_SUM], m, exponent, column->arith);
    }
    if ((column->needs & EXTREMES) && x.least <= x.greatest) {
        set_i128(m, x.least);
        crunch_group_take_extreme(exact, m, exponent);
        set_i128(m, x.greatest);
        crunch_group_take_extreme(exact, m, exponent);
    }
    if (column->squares) {
        mpz_import(m, 4, -1, sizeof(uint64_t), 0, 0, column->squares[group].word);
        crunch_scaled_add(&exact->sum[CRUNCH_SUM_SQUARES], m, 2 * exponent, column->arith);
    }
    mpz_clear(m);
}

void crunch_group_column_exact(const struct crunch_group_column *column, size_t group,
                               uint64_t group_rows, struct crunch_exact *exact)
{
    struct crunch_group_odd odd = crunch_group_column_odd(column, group);
    if (column->rest && column->rest[group])
        crunch_exact_merge(exact, column->rest[group]);
    if (column->full)
        return;
    exact->count += group_rows - odd.missing - odd.nan - odd.plus_inf - odd.minus_inf;
    exact->missing += odd.missing;
    exact->nan += odd.nan;
    exact->plus_inf += odd.plus_inf;
    exact->minus_inf += odd.minus_inf;
    extract_values(column, group, exact);
}

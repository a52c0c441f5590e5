/*
 * The reducers' table rows: each is a thin layer over an accumulator (core/decimal_sum.c,
 * core/superacc.c, core/extremes.c), choosing by the kind of arithmetic. A state's rarely used
 * parts (scales and limbs that did not occur) are never touched, so in freshly mapped memory they
 * cost nothing.
 *
 * Bundles, which hold the states of many columns, are core/bundle.c's.
 */
#include "core/reducer.h"

#include "core/decimal_sum.h"
#include "core/extremes.h"
#include "core/kernels.h"
#include "core/superacc.h"

#include <string.h>

struct counts {
    _Alignas(64) uint64_t count; /* numbers, or present cells */
    uint64_t missing, nan, plus_inf, minus_inf;
};

static size_t tally_size(enum crunch_arith arith)
{
    (void)arith;
    return sizeof(struct counts);
}

static void tally_reset(void *state, enum crunch_arith arith)
{
    (void)arith;
    memset(state, 0, sizeof(struct counts));
}

static void tally_feed(void *state, enum crunch_arith arith, const struct crunch_cells *cells,
                       size_t rows)
{
    (void)arith;
    struct counts *counts = state;
    if (cells->all_numbers) {
        counts->count += rows;
        return;
    }
    uint32_t missing = 0, nan = 0, plus_inf = 0, minus_inf = 0; /* rows <= CRUNCH_BATCH_ROWS */
    for (size_t i = 0; i < rows; i++) {
        uint8_t class = cells->class[i];
        missing += class == CRUNCH_CELL_MISSING;
        nan += class == CRUNCH_CELL_NAN;
        plus_inf += class == CRUNCH_CELL_PLUS_INF;
        minus_inf += class == CRUNCH_CELL_MINUS_INF;
    }
    counts->count += rows - missing - nan - plus_inf - minus_inf;
    counts->missing += missing;
    counts->nan += nan;
    counts->plus_inf += plus_inf;
    counts->minus_inf += minus_inf;
}

static void tally_merge(void *into, const void *from, enum crunch_arith arith)
{
    (void)arith;
    struct counts *to = into;
    const struct counts *other = from;
    to->count += other->count;
    to->missing += other->missing;
    to->nan += other->nan;
    to->plus_inf += other->plus_inf;
    to->minus_inf += other->minus_inf;
}

static void tally_extract(const void *state, enum crunch_arith arith, struct crunch_exact *exact)
{
    (void)arith;
    const struct counts *counts = state;
    exact->count = counts->count;
    exact->missing = counts->missing;
    exact->nan = counts->nan;
    exact->plus_inf = counts->plus_inf;
    exact->minus_inf = counts->minus_inf;
}

static size_t sum_size(enum crunch_arith arith)
{
    return arith == CRUNCH_ARITH_BINARY ? sizeof(struct crunch_superacc_sum)
                                        : sizeof(struct crunch_decimal_sum);
}

static void sum_reset(void *state, enum crunch_arith arith)
{
    if (arith == CRUNCH_ARITH_BINARY)
        crunch_superacc_sum_reset(state);
    else
        crunch_decimal_sum_reset(state);
}

static void sum_feed(void *state, enum crunch_arith arith, const struct crunch_cells *cells,
                     size_t rows)
{
    if (arith == CRUNCH_ARITH_BINARY) {
        crunch_double_kernels->sum(state, cells->binary, rows, cells->greatest);
        return;
    }
    crunch_decimal_sum_add(state, cells->common_scale,
                           crunch_sum_kernels->sum(cells->mantissa, rows));
    for (size_t i = 0; i < cells->n_wide; i++)
        crunch_decimal_sum_add_wide(state, &cells->wide[i]);
}

static void sum_merge(void *into, const void *from, enum crunch_arith arith)
{
    if (arith == CRUNCH_ARITH_BINARY)
        crunch_superacc_sum_merge(into, from);
    else
        crunch_decimal_sum_merge(into, from);
}

static void sum_extract(const void *state, enum crunch_arith arith, struct crunch_exact *exact)
{
    if (arith == CRUNCH_ARITH_BINARY)
        crunch_superacc_sum_extract(state, &exact->sum[CRUNCH_SUM]);
    else
        crunch_decimal_sum_extract(state, &exact->sum[CRUNCH_SUM]);
    crunch_scaled_normalise(&exact->sum[CRUNCH_SUM], arith);
}

static size_t squares_size(enum crunch_arith arith)
{
    return arith == CRUNCH_ARITH_BINARY ? sizeof(struct crunch_superacc_squares)
                                        : sizeof(struct crunch_decimal_squares);
}

static void squares_reset(void *state, enum crunch_arith arith)
{
    if (arith == CRUNCH_ARITH_BINARY)
        crunch_superacc_squares_reset(state);
    else
        crunch_decimal_squares_reset(state);
}

static void squares_feed(void *state, enum crunch_arith arith, const struct crunch_cells *cells,
                         size_t rows)
{
    if (arith == CRUNCH_ARITH_BINARY) {
        crunch_double_kernels->squares(state, cells->binary, rows, cells->greatest);
        return;
    }
    struct crunch_u192 total;
    crunch_sum_kernels->sum_squares(cells->mantissa, rows, &total);
    crunch_decimal_squares_add(state, cells->common_scale, &total);
    for (size_t i = 0; i < cells->n_wide; i++)
        crunch_decimal_squares_add_wide(state, &cells->wide[i]);
}

static void squares_merge(void *into, const void *from, enum crunch_arith arith)
{
    if (arith == CRUNCH_ARITH_BINARY)
        crunch_superacc_squares_merge(into, from);
    else
        crunch_decimal_squares_merge(into, from);
}

static void squares_extract(const void *state, enum crunch_arith arith, struct crunch_exact *exact)
{
    if (arith == CRUNCH_ARITH_BINARY)
        crunch_superacc_squares_extract(state, &exact->sum[CRUNCH_SUM_SQUARES]);
    else
        crunch_decimal_squares_extract(state, &exact->sum[CRUNCH_SUM_SQUARES]);
    crunch_scaled_normalise(&exact->sum[CRUNCH_SUM_SQUARES], arith);
}

static size_t extremes_size(enum crunch_arith arith)
{
    (void)arith;
    return sizeof(struct crunch_extremes);
}

static void extremes_reset(void *state, enum crunch_arith arith)
{
    (void)arith;
    crunch_extremes_reset(state);
}

static void extremes_feed(void *state, enum crunch_arith arith, const struct crunch_cells *cells,
                          size_t rows)
{
    crunch_extremes_feed(state, arith, cells, rows);
}

static void extremes_merge(void *into, const void *from, enum crunch_arith arith)
{
    (void)arith;
    crunch_extremes_merge(into, from);
}

static void extremes_extract(const void *state, enum crunch_arith arith, struct crunch_exact *exact)
{
    crunch_extremes_extract(state, arith, exact);
    crunch_scaled_normalise(&exact->min, arith);
    crunch_scaled_normalise(&exact->max, arith);
}

static const struct crunch_reducer tally = {"tally",    tally_size,  tally_reset,
                                            tally_feed, tally_merge, tally_extract};
static const struct crunch_reducer sum = {"sum",    sum_size,  sum_reset,
                                          sum_feed, sum_merge, sum_extract};
static const struct crunch_reducer squares = {"sumsq",      squares_size,  squares_reset,
                                              squares_feed, squares_merge, squares_extract};
static const struct crunch_reducer extremes = {"extremes",    extremes_size,  extremes_reset,
                                               extremes_feed, extremes_merge, extremes_extract};

const struct crunch_reducer *const crunch_reducers[CRUNCH_N_REDUCERS] = {
    [CRUNCH_TALLY] = &tally,
    [CRUNCH_SUM] = &sum,
    [CRUNCH_SUM_SQUARES] = &squares,
    [CRUNCH_EXTREMES] = &extremes,
    [CRUNCH_SUM_CUBES] = &crunch_reducer_cubes,
    [CRUNCH_SUM_FOURTHS] = &crunch_reducer_fourths,
    [CRUNCH_MAGNITUDES] = &crunch_reducer_magnitudes,
    [CRUNCH_LOGS] = &crunch_reducer_logs,
    [CRUNCH_RECIPROCALS] = &crunch_reducer_reciprocals,
    [CRUNCH_PRODUCT] = &crunch_reducer_product,
    [CRUNCH_PRIMES] = &crunch_reducer_primes,
};

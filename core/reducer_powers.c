/*
 * Reducers of higher powers and of magnitudes: thin layers over core/decimal_power.c and
 * core/superacc_power.c, and over the accumulators of sums.
 */
#include "core/decimal_power.h"
#include "core/decimal_sum.h"
#include "core/kernels.h"
#include "core/reducer.h"
#include "core/superacc.h"
#include "core/superacc_power.h"

#include <math.h>

static size_t power_size(enum crunch_arith arith)
{
    return arith == CRUNCH_ARITH_BINARY ? sizeof(struct crunch_superacc_power)
                                        : sizeof(struct crunch_decimal_power);
}

static void power_reset(void *state, enum crunch_arith arith)
{
    if (arith == CRUNCH_ARITH_BINARY)
        crunch_superacc_power_reset(state);
    else
        crunch_decimal_power_reset(state);
}

static void power_feed(void *state, enum crunch_arith arith, const struct crunch_cells *cells,
                       size_t rows, unsigned power)
{
    if (arith == CRUNCH_ARITH_BINARY) {
        crunch_superacc_power_add(state, cells->binary, rows, power);
        return;
    }
    struct crunch_i320 total;
    if (power == 3)
        crunch_sum_kernels->sum_cubes(cells->mantissa, rows, &total);
    else
        crunch_sum_kernels->sum_fourths(cells->mantissa, rows, &total);
    crunch_decimal_power_add(state, cells->common_scale, &total);
    for (size_t i = 0; i < cells->n_wide; i++)
        crunch_decimal_power_add_wide(state, &cells->wide[i], power);
}

static void power_merge(void *into, const void *from, enum crunch_arith arith)
{
    if (arith == CRUNCH_ARITH_BINARY)
        crunch_superacc_power_merge(into, from);
    else
        crunch_decimal_power_merge(into, from);
}

static void power_extract(const void *state, enum crunch_arith arith, unsigned power,
                          struct crunch_scaled *out)
{
    if (arith == CRUNCH_ARITH_BINARY)
        crunch_superacc_power_extract(state, power, out);
    else
        crunch_decimal_power_extract(state, power, out);
    crunch_scaled_normalise(out, arith);
}

static void cubes_feed(void *state, enum crunch_arith arith, const struct crunch_cells *cells,
                       size_t rows)
{
    power_feed(state, arith, cells, rows, 3);
}

static void cubes_extract(const void *state, enum crunch_arith arith, struct crunch_exact *exact)
{
    power_extract(state, arith, 3, &exact->sum[CRUNCH_SUM_CUBES]);
}

static void fourths_feed(void *state, enum crunch_arith arith, const struct crunch_cells *cells,
                         size_t rows)
{
    power_feed(state, arith, cells, rows, 4);
}

static void fourths_extract(const void *state, enum crunch_arith arith, struct crunch_exact *exact)
{
    power_extract(state, arith, 4, &exact->sum[CRUNCH_SUM_FOURTHS]);
}

static size_t magnitudes_size(enum crunch_arith arith)
{
    return arith == CRUNCH_ARITH_BINARY ? sizeof(struct crunch_superacc_sum)
                                        : sizeof(struct crunch_decimal_sum);
}

static void magnitudes_reset(void *state, enum crunch_arith arith)
{
    if (arith == CRUNCH_ARITH_BINARY)
        crunch_superacc_sum_reset(state);
    else
        crunch_decimal_sum_reset(state);
}

static void magnitudes_feed(void *state, enum crunch_arith arith, const struct crunch_cells *cells,
                            size_t rows)
{
    if (arith == CRUNCH_ARITH_BINARY) {
        double room[CRUNCH_BATCH_ROWS];
        for (size_t i = 0; i < rows; i++)
            room[i] = fabs(cells->binary[i]);
        crunch_superacc_sum_add(state, room, rows);
        return;
    }
    int64_t room[CRUNCH_BATCH_ROWS];
    for (size_t i = 0; i < rows; i++)
        room[i] = cells->mantissa[i] < 0 ? -cells->mantissa[i] : cells->mantissa[i];
    crunch_decimal_sum_add(state, cells->common_scale, crunch_sum_kernels->sum(room, rows));
    for (size_t i = 0; i < cells->n_wide; i++) {
        struct crunch_wide magnitude = cells->wide[i];
        magnitude.negative = false;
        crunch_decimal_sum_add_wide(state, &magnitude);
    }
}

static void magnitudes_merge(void *into, const void *from, enum crunch_arith arith)
{
    if (arith == CRUNCH_ARITH_BINARY)
        crunch_superacc_sum_merge(into, from);
    else
        crunch_decimal_sum_merge(into, from);
}

static void magnitudes_extract(const void *state, enum crunch_arith arith,
                               struct crunch_exact *exact)
{
    struct crunch_scaled *out = &exact->sum[CRUNCH_MAGNITUDES];
    if (arith == CRUNCH_ARITH_BINARY)
        crunch_superacc_sum_extract(state, out);
    else
        crunch_decimal_sum_extract(state, out);
    crunch_scaled_normalise(out, arith);
}

const struct crunch_reducer crunch_reducer_cubes = {"sumcubes", power_size,  power_reset,
                                                    cubes_feed, power_merge, cubes_extract};
const struct crunch_reducer crunch_reducer_fourths = {"sum4",       power_size,  power_reset,
                                                      fourths_feed, power_merge, fourths_extract};
const struct crunch_reducer crunch_reducer_magnitudes = {"sumabs",         magnitudes_size,
                                                         magnitudes_reset, magnitudes_feed,
                                                         magnitudes_merge, magnitudes_extract};

/*
 * Bundles: where the states of a job's columns lie, and the loops over them. Feeding brings the
 * cells of a column that mix scales to one scale first, once for all its reducers; only a batch
 * whose scales lie too far apart is left mixed.
 */
#include "core/kernels.h"
#include "core/reducer.h"

#include <stdlib.h>

#define BUNDLE_ALIGN 4096

enum crunch_code crunch_layout_init(struct crunch_layout *layout, enum crunch_arith arith,
                                    size_t n_columns, const unsigned *needs)
{
    *layout = (struct crunch_layout){.arith = arith, .n_columns = n_columns, .needs = needs};
    layout->offset = calloc(n_columns * CRUNCH_N_REDUCERS + 1, sizeof *layout->offset);
    if (layout->offset == NULL)
        return CRUNCH_NO_MEMORY;
    size_t end = 0;
    for (size_t i = 0; i < n_columns * CRUNCH_N_REDUCERS; i++) {
        size_t reducer = i % CRUNCH_N_REDUCERS;
        layout->offset[i] = SIZE_MAX;
        if (!(needs[i / CRUNCH_N_REDUCERS] & CRUNCH_BIT(reducer)))
            continue;
        layout->offset[i] = end;
        end += crunch_reducers[reducer].size(arith);
    }
    if (end == 0)
        end = 1; /* a bundle can always be mapped */
    layout->size = (end + BUNDLE_ALIGN - 1) / BUNDLE_ALIGN * BUNDLE_ALIGN;
    return CRUNCH_OK;
}

void crunch_layout_free(struct crunch_layout *layout)
{
    free(layout->offset);
    layout->offset = NULL;
}

void crunch_bundle_reset(const struct crunch_layout *layout, void *bundle)
{
    for (size_t i = 0; i < layout->n_columns * CRUNCH_N_REDUCERS; i++)
        if (layout->offset[i] != SIZE_MAX)
            crunch_reducers[i % CRUNCH_N_REDUCERS].reset((char *)bundle + layout->offset[i],
                                                         layout->arith);
}

static void feed_column(const struct crunch_layout *layout, void *bundle, size_t column,
                        const struct crunch_cells *cells, size_t rows)
{
    for (size_t r = 0; r < CRUNCH_N_REDUCERS; r++) {
        size_t offset = layout->offset[column * CRUNCH_N_REDUCERS + r];
        if (offset != SIZE_MAX)
            crunch_reducers[r].feed((char *)bundle + offset, layout->arith, cells, rows);
    }
}

static bool reads_values(unsigned needs)
{
    return (needs & ~CRUNCH_BIT(CRUNCH_TALLY)) != 0;
}

void crunch_bundle_feed(const struct crunch_layout *layout, void *bundle,
                        const struct crunch_batch *batch)
{
    _Alignas(64) int64_t aligned[CRUNCH_BATCH_ROWS];
    if (batch->rows == 0)
        return;
    for (size_t column = 0; column < batch->n_columns; column++) {
        struct crunch_cells cells = batch->columns[column];
        if (layout->arith == CRUNCH_ARITH_DECIMAL && reads_values(layout->needs[column]) &&
            !cells.one_scale) {
            int scale =
                crunch_sum_kernels->align(cells.mantissa, cells.scale, batch->rows, aligned);
            if (scale >= 0) {
                cells.mantissa = aligned;
                cells.one_scale = true;
                cells.common_scale = (uint8_t)scale;
            }
        }
        feed_column(layout, bundle, column, &cells, batch->rows);
    }
}

void crunch_bundle_merge(const struct crunch_layout *layout, void *into, const void *from)
{
    for (size_t i = 0; i < layout->n_columns * CRUNCH_N_REDUCERS; i++)
        if (layout->offset[i] != SIZE_MAX)
            crunch_reducers[i % CRUNCH_N_REDUCERS].merge((char *)into + layout->offset[i],
                                                         (const char *)from + layout->offset[i],
                                                         layout->arith);
}

void crunch_bundle_extract(const struct crunch_layout *layout, const void *bundle, size_t column,
                           struct crunch_exact *exact)
{
    for (size_t r = 0; r < CRUNCH_N_REDUCERS; r++) {
        size_t offset = layout->offset[column * CRUNCH_N_REDUCERS + r];
        if (offset != SIZE_MAX)
            crunch_reducers[r].extract((const char *)bundle + offset, layout->arith, exact);
    }
}

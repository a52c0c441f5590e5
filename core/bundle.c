/*
 * Bundles: where the states of a job's columns lie, and the loops over them.
 *
 * The reducers see cells of one scale only. Feeding brings the cells of a column that mix scales to
 * their largest, once for all reducers; where they lie too far apart for that (17 digits
 * everywhere, say) it sorts them by scale and feeds one run per scale.
 */
#include "core/joint_set.h"
#include "core/kernels.h"
#include "core/reducer.h"

#include <stdlib.h>

#define BUNDLE_ALIGN 4096

/* The reducers that read values, not only classes. */
#define VALUES (((1u << CRUNCH_N_REDUCERS) - 1) & ~CRUNCH_BIT(CRUNCH_TALLY))

enum crunch_code crunch_layout_init_mixed(struct crunch_layout *layout, enum crunch_arith arith,
                                          const enum crunch_arith *column_arith, size_t n_columns,
                                          const unsigned *needs)
{
    *layout = (struct crunch_layout){
        .arith = arith, .column_arith = column_arith, .n_columns = n_columns, .needs = needs};
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
        end += crunch_reducers[reducer]->size(crunch_layout_arith(layout, i / CRUNCH_N_REDUCERS));
    }
    if (end == 0)
        end = 1; /* a bundle can always be mapped */
    layout->size = (end + BUNDLE_ALIGN - 1) / BUNDLE_ALIGN * BUNDLE_ALIGN;
    return CRUNCH_OK;
}

enum crunch_code crunch_layout_init(struct crunch_layout *layout, enum crunch_arith arith,
                                    size_t n_columns, const unsigned *needs)
{
    return crunch_layout_init_mixed(layout, arith, NULL, n_columns, needs);
}

enum crunch_code crunch_layout_add_sets(struct crunch_layout *layout, struct crunch_joint_set *set,
                                        size_t n)
{
    layout->set = set;
    layout->n_sets = n;
    layout->set_offset = calloc(n + 1, sizeof *layout->set_offset);
    if (layout->set_offset == NULL)
        return CRUNCH_NO_MEMORY;
    size_t end = layout->size;
    for (size_t s = 0; s < n; s++) {
        layout->set_offset[s] = end;
        end += set[s].size;
    }
    layout->size = (end + BUNDLE_ALIGN - 1) / BUNDLE_ALIGN * BUNDLE_ALIGN;
    return CRUNCH_OK;
}

void crunch_layout_free(struct crunch_layout *layout)
{
    for (size_t s = 0; s < layout->n_sets; s++)
        crunch_joint_set_free(&layout->set[s]);
    free(layout->set);
    free(layout->set_offset);
    free(layout->offset);
    layout->offset = NULL;
    layout->set = NULL;
    layout->set_offset = NULL;
    layout->n_sets = 0;
}

void crunch_bundle_reset(const struct crunch_layout *layout, void *bundle)
{
    for (size_t i = 0; i < layout->n_columns * CRUNCH_N_REDUCERS; i++)
        if (layout->offset[i] != SIZE_MAX)
            crunch_reducers[i % CRUNCH_N_REDUCERS]->reset(
                (char *)bundle + layout->offset[i],
                crunch_layout_arith(layout, i / CRUNCH_N_REDUCERS));
    for (size_t s = 0; s < layout->n_sets; s++)
        crunch_joint_set_reset(&layout->set[s], (char *)bundle + layout->set_offset[s]);
}

/* Feeds the column's reducers that are in the set. */
static void feed_column(const struct crunch_layout *layout, void *bundle, size_t column,
                        unsigned set, const struct crunch_cells *cells, size_t rows)
{
    const enum crunch_arith arith = crunch_layout_arith(layout, column);
    for (size_t r = 0; r < CRUNCH_N_REDUCERS; r++) {
        size_t offset = layout->offset[column * CRUNCH_N_REDUCERS + r];
        if (offset != SIZE_MAX && (set & CRUNCH_BIT(r)))
            crunch_reducers[r]->feed((char *)bundle + offset, arith, cells, rows);
    }
}

/* Sorts the numbers by scale: run s is sorted[begin[s], begin[s + 1]). */
static void sort_by_scale(const struct crunch_cells *cells, size_t rows, int64_t *sorted,
                          size_t begin[CRUNCH_SCALE_MAX + 2])
{
    size_t next[CRUNCH_SCALE_MAX + 1] = {0};
    for (size_t i = 0; i < rows; i++)
        next[cells->scale[i]] += cells->all_numbers || cells->class[i] == CRUNCH_CELL_NUMBER;
    begin[0] = 0;
    for (int s = 0; s <= CRUNCH_SCALE_MAX; s++) {
        begin[s + 1] = begin[s] + next[s];
        next[s] = begin[s];
    }
    for (size_t i = 0; i < rows; i++)
        if (cells->all_numbers || cells->class[i] == CRUNCH_CELL_NUMBER)
            sorted[next[cells->scale[i]]++] = cells->mantissa[i];
}

/* Decimal values of several scales; the tally is fed already. room: CRUNCH_BATCH_ROWS entries. */
static void feed_mixed(const struct crunch_layout *layout, void *bundle, size_t column,
                       const struct crunch_cells *cells, size_t rows, int64_t *room)
{
    struct crunch_cells one = *cells;
    one.mantissa = room;
    one.one_scale = true;
    int scale = crunch_sum_kernels->align(cells->mantissa, cells->scale, rows, room);
    if (scale >= 0) {
        one.common_scale = (uint8_t)scale;
        feed_column(layout, bundle, column, VALUES, &one, rows);
        return;
    }
    size_t begin[CRUNCH_SCALE_MAX + 2];
    sort_by_scale(cells, rows, room, begin);
    one.all_numbers = true;
    for (int s = 0; s <= CRUNCH_SCALE_MAX; s++) {
        if (begin[s + 1] == begin[s])
            continue;
        one.mantissa = room + begin[s];
        one.common_scale = (uint8_t)s;
        feed_column(layout, bundle, column, VALUES, &one, begin[s + 1] - begin[s]);
        one.n_wide = 0; /* fed with the first run; there is one, for zeros alone could be aligned */
    }
}

void crunch_bundle_feed(const struct crunch_layout *layout, void *bundle,
                        const struct crunch_batch *batch)
{
    _Alignas(64) int64_t room[CRUNCH_BATCH_ROWS];
    if (batch->rows == 0)
        return;
    for (size_t column = 0; column < batch->n_columns; column++) {
        const struct crunch_cells *cells = &batch->columns[column];
        feed_column(layout, bundle, column, CRUNCH_BIT(CRUNCH_TALLY), cells, batch->rows);
        if (!(layout->needs[column] & VALUES))
            continue;
        if (crunch_layout_arith(layout, column) == CRUNCH_ARITH_BINARY || cells->one_scale)
            feed_column(layout, bundle, column, VALUES, cells, batch->rows);
        else
            feed_mixed(layout, bundle, column, cells, batch->rows, room);
    }
    for (size_t s = 0; s < layout->n_sets; s++)
        crunch_joint_set_feed(&layout->set[s], (char *)bundle + layout->set_offset[s], batch);
}

void crunch_bundle_merge(const struct crunch_layout *layout, void *into, const void *from)
{
    for (size_t i = 0; i < layout->n_columns * CRUNCH_N_REDUCERS; i++)
        if (layout->offset[i] != SIZE_MAX)
            crunch_reducers[i % CRUNCH_N_REDUCERS]->merge(
                (char *)into + layout->offset[i], (const char *)from + layout->offset[i],
                crunch_layout_arith(layout, i / CRUNCH_N_REDUCERS));
    for (size_t s = 0; s < layout->n_sets; s++)
        crunch_joint_set_merge(&layout->set[s], (char *)into + layout->set_offset[s],
                               (const char *)from + layout->set_offset[s]);
}

void crunch_bundle_extract(const struct crunch_layout *layout, const void *bundle, size_t column,
                           struct crunch_exact *exact)
{
    for (size_t r = 0; r < CRUNCH_N_REDUCERS; r++) {
        size_t offset = layout->offset[column * CRUNCH_N_REDUCERS + r];
        if (offset != SIZE_MAX)
            crunch_reducers[r]->extract((const char *)bundle + offset,
                                        crunch_layout_arith(layout, column), exact);
    }
}

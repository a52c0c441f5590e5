/*
 * Owns the cells that wait for their group's turn: at most ROWS of them, then they are settled. A
 * settled group costs about a microsecond beside its cells, for its content is put together once a
 * turn, so the more rows wait the better; in 65,536 rows of a thousand groups each has 65.
 */
#include "core/group_gather.h"

#include "core/reducer.h"
#include "io/number.h"

#include <stdlib.h>
#include <string.h>

#define ROWS 65536

/* A number too long for a mantissa: its digits lie in the text kept. */
struct kept_wide {
    uint32_t row;
    struct crunch_wide wide; /* digits: NULL; at the offset instead */
    size_t digits;
};

struct crunch_group_gather {
    struct crunch_group_column *column;
    struct crunch_layout layout; /* one column */
    unsigned needs;              /* the layout's */
    void *bundle;
    bool binary;
    size_t rows;
    uint32_t *id;
    int64_t *mantissa;
    double *real;
    uint8_t *scale, *class;
    struct kept_wide *wide; /* by ascending row */
    size_t n_wide, wide_room;
    char *digits;
    size_t digits_len, digits_room;
    uint32_t *order; /* rows by group */
    uint32_t *begin; /* per group: its first in order; room for begin_room */
    size_t begin_room;
    struct crunch_batch batch; /* of one group */
    struct crunch_cells cells;
};

static bool create_arrays(struct crunch_group_gather *g)
{
    g->id = malloc(ROWS * sizeof *g->id);
    g->order = malloc(ROWS * sizeof *g->order);
    g->scale = malloc(ROWS);
    g->class = malloc(ROWS);
    g->mantissa = calloc(ROWS, sizeof *g->mantissa);
    g->real = g->binary ? calloc(ROWS, sizeof *g->real) : NULL;
    g->cells.mantissa = aligned_alloc(64, CRUNCH_BATCH_ROWS * sizeof *g->cells.mantissa);
    g->cells.binary =
        g->binary ? aligned_alloc(64, CRUNCH_BATCH_ROWS * sizeof *g->cells.binary) : NULL;
    g->cells.scale = aligned_alloc(64, CRUNCH_BATCH_ROWS);
    g->cells.class = aligned_alloc(64, CRUNCH_BATCH_ROWS);
    g->cells.wide = malloc(CRUNCH_BATCH_ROWS * sizeof *g->cells.wide);
    return g->id && g->order && g->scale && g->class && g->mantissa && (g->real || !g->binary) &&
           g->cells.mantissa && (g->cells.binary || !g->binary) && g->cells.scale &&
           g->cells.class && g->cells.wide;
}

struct crunch_group_gather *crunch_group_gather_create(struct crunch_group_column *column)
{
    struct crunch_group_gather *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->column = column;
    g->needs = column->needs;
    g->binary = column->arith == CRUNCH_ARITH_BINARY;
    g->batch = (struct crunch_batch){.n_columns = 1, .columns = &g->cells};
    if (!create_arrays(g) || crunch_layout_init(&g->layout, column->arith, 1, &g->needs))
        goto failed;
    g->bundle = aligned_alloc(64, g->layout.size);
    if (!g->bundle)
        goto failed;
    memset(g->bundle, 0, g->layout.size);
    return g;

failed:
    crunch_group_gather_free(g);
    return NULL;
}

void crunch_group_gather_free(struct crunch_group_gather *g)
{
    if (!g)
        return;
    crunch_layout_free(&g->layout);
    free(g->bundle);
    free(g->id);
    free(g->order);
    free(g->begin);
    free(g->scale);
    free(g->class);
    free(g->mantissa);
    free(g->real);
    free(g->wide);
    free(g->digits);
    free(g->cells.mantissa);
    free(g->cells.binary);
    free(g->cells.scale);
    free(g->cells.class);
    free(g->cells.wide);
    free(g);
}

void crunch_group_gather_clear(struct crunch_group_gather *g)
{
    g->rows = g->n_wide = g->digits_len = 0;
}

/* ---- keeping ---- */

static bool keep_wide(struct crunch_group_gather *g, const struct crunch_wide *wide, uint32_t row)
{
    if (g->n_wide == g->wide_room) {
        size_t room = g->wide_room * 2 + 64;
        struct kept_wide *grown = realloc(g->wide, room * sizeof *grown);
        if (!grown)
            return false;
        g->wide = grown;
        g->wide_room = room;
    }
    if (wide->n_digits > g->digits_room - g->digits_len) {
        size_t room = g->digits_room * 2 + wide->n_digits + 1024;
        char *grown = realloc(g->digits, room);
        if (!grown)
            return false;
        g->digits = grown;
        g->digits_room = room;
    }
    memcpy(g->digits + g->digits_len, wide->digits, wide->n_digits);
    g->wide[g->n_wide++] = (struct kept_wide){row, *wide, g->digits_len};
    g->digits_len += wide->n_digits;
    return true;
}

bool crunch_group_gather_feed(struct crunch_group_gather *g, const struct crunch_cells *cells,
                              size_t rows, const uint32_t *id)
{
    if (rows > ROWS - g->rows && !crunch_group_gather_settle(g))
        return false;
    const size_t at = g->rows;
    memcpy(g->id + at, id, rows * sizeof *id);
    if (cells->all_numbers)
        memset(g->class + at, CRUNCH_CELL_NUMBER, rows);
    else
        memcpy(g->class + at, cells->class, rows);
    if (g->binary) {
        memcpy(g->real + at, cells->binary, rows * sizeof *g->real);
    } else if (cells->mantissa) {
        memcpy(g->mantissa + at, cells->mantissa, rows * sizeof *g->mantissa);
        if (cells->one_scale)
            memset(g->scale + at, cells->common_scale, rows);
        else
            memcpy(g->scale + at, cells->scale, rows);
    }
    bool good = true;
    for (size_t i = 0; i < cells->n_wide && good; i++)
        good = keep_wide(g, &cells->wide[i], (uint32_t)at + cells->wide[i].row);
    g->rows += rows;
    return good;
}

/* ---- settling ---- */

/* Sorts the rows by group, in their order within one. */
static bool sort_rows(struct crunch_group_gather *g)
{
    const size_t n = g->column->n;
    if (n + 1 > g->begin_room) {
        uint32_t *grown = realloc(g->begin, (n + n / 2 + 64) * sizeof *grown);
        if (!grown)
            return false;
        g->begin = grown;
        g->begin_room = n + n / 2 + 64;
    }
    memset(g->begin, 0, (n + 1) * sizeof *g->begin);
    for (size_t i = 0; i < g->rows; i++)
        g->begin[g->id[i] + 1]++;
    for (size_t k = 0; k < n; k++)
        g->begin[k + 1] += g->begin[k];
    for (size_t i = 0; i < g->rows; i++)
        g->order[g->begin[g->id[i]]++] = (uint32_t)i;
    memmove(g->begin + 1, g->begin, n * sizeof *g->begin);
    g->begin[0] = 0;
    return true;
}

static const struct kept_wide *find_wide(const struct crunch_group_gather *g, uint32_t row)
{
    size_t low = 0, high = g->n_wide;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (g->wide[middle].row <= row)
            low = middle;
        else
            high = middle;
    }
    return &g->wide[low];
}

static void put_cell(struct crunch_group_gather *g, uint32_t row, size_t to)
{
    struct crunch_cells *cells = &g->cells;
    const uint8_t class = g->class[row];
    cells->class[to] = class;
    cells->mantissa[to] = g->mantissa[row];
    cells->scale[to] = class == CRUNCH_CELL_NUMBER && !g->binary ? g->scale[row] : 0;
    if (g->binary)
        cells->binary[to] = g->real[row];
    if (class == CRUNCH_CELL_NUMBER) {
        if (cells->n_numbers++ == 0)
            cells->common_scale = cells->scale[to];
        cells->one_scale = cells->one_scale && cells->scale[to] == cells->common_scale;
        return;
    }
    cells->all_numbers = false;
    if (class == CRUNCH_CELL_WIDE) {
        const struct kept_wide *kept = find_wide(g, row);
        struct crunch_wide *wide = &cells->wide[cells->n_wide++];
        *wide = kept->wide;
        wide->row = (uint32_t)to;
        wide->digits = g->digits + kept->digits;
    }
}

/* Feeds rows order[begin, end), at most a batch of them. */
static void feed_rows(struct crunch_group_gather *g, size_t begin, size_t end)
{
    g->cells.all_numbers = g->cells.one_scale = true;
    g->cells.common_scale = 0;
    g->cells.n_wide = g->cells.n_numbers = 0;
    for (size_t i = begin; i < end; i++)
        put_cell(g, g->order[i], i - begin);
    g->batch.rows = end - begin;
    crunch_bundle_feed(&g->layout, g->bundle, &g->batch);
}

static bool settle_group(struct crunch_group_gather *g, size_t group, size_t begin, size_t end)
{
    struct crunch_exact *rest = crunch_group_column_rest(g->column, group), exact;
    if (!rest)
        return false;
    for (size_t at = begin; at < end; at += CRUNCH_BATCH_ROWS)
        feed_rows(g, at, end - at < CRUNCH_BATCH_ROWS ? end : at + CRUNCH_BATCH_ROWS);
    crunch_exact_init(&exact, g->column->arith, g->needs);
    crunch_bundle_extract(&g->layout, g->bundle, 0, &exact);
    crunch_exact_merge(rest, &exact);
    crunch_exact_clear(&exact);
    crunch_bundle_reset(&g->layout, g->bundle);
    return true;
}

bool crunch_group_gather_settle(struct crunch_group_gather *g)
{
    bool good = g->rows == 0 || sort_rows(g);
    for (size_t k = 0; k < g->column->n && g->rows > 0 && good; k++)
        if (g->begin[k + 1] > g->begin[k])
            good = settle_group(g, k, g->begin[k], g->begin[k + 1]);
    crunch_group_gather_clear(g);
    return good;
}

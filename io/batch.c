/*
 * Batches: their memory, and appending a row of parsed cells.
 *
 * Invariant: for every row below rows all arrays are filled, the flags say what is true of exactly
 * those rows, and digits has room for the wide cells of one more row. Copied texts do not move
 * while there are rows. What a batch means to the reducers is io/batch.h's; the fast path appends
 * whole columns by itself.
 */
#include "io/batch.h"

#include <stdlib.h>
#include <string.h>

/* Digits of wide cells besides the reserve for one row: enough for a batch of ordinary ones (36
 * digits a row on average); where it is not, the batch is handed over with fewer rows. */
#define DIGITS_BYTES ((size_t)36 << 10)

/* Room for texts at first: most need no copy. A row that needs more makes it grow. */
#define TEXTS_BYTES ((size_t)64 << 10)

static void free_cells(struct crunch_cells *cells)
{
    free(cells->text);
    free(cells->text_len);
    free(cells->mantissa);
    free(cells->binary);
    free(cells->scale);
    free(cells->class);
    free(cells->wide);
}

static bool make_texts(struct crunch_cells *cells)
{
    cells->text = aligned_alloc(64, CRUNCH_BATCH_ROWS * sizeof *cells->text);
    cells->text_len = aligned_alloc(64, CRUNCH_BATCH_ROWS * sizeof *cells->text_len);
    return cells->text && cells->text_len;
}

static bool make_cells(struct crunch_cells *cells, enum crunch_arith arith)
{
    const size_t n = CRUNCH_BATCH_ROWS;

    cells->mantissa = aligned_alloc(64, n * sizeof *cells->mantissa);
    cells->scale = aligned_alloc(64, n);
    cells->class = aligned_alloc(64, n);
    cells->wide = malloc(n * sizeof *cells->wide);
    if (arith == CRUNCH_ARITH_BINARY)
        cells->binary = aligned_alloc(64, n * sizeof *cells->binary);
    return cells->mantissa && cells->scale && cells->class && cells->wide &&
           (cells->binary || arith != CRUNCH_ARITH_BINARY);
}

static bool make_batch(struct crunch_batch *batch, const struct crunch_batch_shape *shape)
{
    const size_t n = shape->n_columns;
    bool texts = false, made;

    batch->digits_size = n * CRUNCH_WIDE_DIGITS_MAX + DIGITS_BYTES;
    batch->digits = malloc(batch->digits_size);
    batch->columns = calloc(n ? n : 1, sizeof *batch->columns);
    if (shape->records)
        batch->record = aligned_alloc(64, CRUNCH_BATCH_ROWS * sizeof *batch->record);
    made = batch->digits && batch->columns && (batch->record || !shape->records);
    batch->n_columns = made ? n : 0;
    for (size_t i = 0; made && i < n; i++) {
        made = make_cells(&batch->columns[i], shape->arith);
        if (made && shape->need[i] & CRUNCH_NEED_TEXT) {
            texts = true;
            made = make_texts(&batch->columns[i]);
        }
    }
    return made && (!texts || crunch_batch_reserve_text(batch, TEXTS_BYTES));
}

enum crunch_code crunch_batch_create(const struct crunch_batch_shape *shape,
                                     struct crunch_batch **out, struct crunch_error *error)
{
    struct crunch_batch *batch = calloc(1, sizeof *batch);

    *out = NULL;
    if (!batch || !make_batch(batch, shape)) {
        crunch_batch_free(batch);
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    crunch_batch_clear(batch);
    *out = batch;
    return CRUNCH_OK;
}

void crunch_batch_free(struct crunch_batch *batch)
{
    if (!batch)
        return;
    for (size_t i = 0; i < batch->n_columns; i++)
        free_cells(&batch->columns[i]);
    free(batch->columns);
    free(batch->record);
    free(batch->digits);
    free(batch->texts);
    free(batch);
}

void crunch_batch_clear(struct crunch_batch *batch)
{
    batch->rows = 0;
    batch->digits_len = 0;
    batch->late = NULL;
    batch->n_late = 0;
    batch->texts_len = 0;
    for (size_t i = 0; i < batch->n_columns; i++) {
        struct crunch_cells *cells = &batch->columns[i];

        cells->all_numbers = true;
        cells->one_scale = true;
        cells->common_scale = 0;
        cells->n_numbers = 0;
        cells->n_wide = 0;
        cells->greatest = 0;
    }
}

bool crunch_batch_is_full(const struct crunch_batch *batch)
{
    return batch->rows == CRUNCH_BATCH_ROWS ||
           batch->digits_size - batch->digits_len < batch->n_columns * CRUNCH_WIDE_DIGITS_MAX;
}

bool crunch_batch_keep_wide(struct crunch_batch *batch, struct crunch_cells *cells, size_t row,
                            const struct crunch_wide *wide)
{
    struct crunch_wide *kept = &cells->wide[cells->n_wide];
    char *digits = batch->digits + batch->digits_len;

    if (batch->digits_size - batch->digits_len < wide->n_digits)
        return false;
    memcpy(digits, wide->digits, wide->n_digits);
    batch->digits_len += wide->n_digits;
    *kept = *wide;
    kept->row = (uint32_t)row;
    kept->digits = digits;
    cells->n_wide++;
    return true;
}

bool crunch_batch_reserve_text(struct crunch_batch *batch, size_t len)
{
    char *larger;

    if (len <= batch->texts_size)
        return true;
    larger = malloc(len + 2 * CRUNCH_TEXT_SLACK);
    if (!larger)
        return false;
    free(batch->texts);
    memset(larger, 0, CRUNCH_TEXT_SLACK);
    memset(larger + CRUNCH_TEXT_SLACK + len, 0, CRUNCH_TEXT_SLACK);
    batch->texts = larger;
    batch->texts_size = len;
    return true;
}

size_t crunch_batch_text_room(const struct crunch_batch *batch)
{
    return batch->texts_size - batch->texts_len;
}

char *crunch_batch_keep_text(struct crunch_batch *batch, size_t len)
{
    char *text = batch->texts + CRUNCH_TEXT_SLACK + batch->texts_len;

    if (crunch_batch_text_room(batch) < len)
        return NULL;
    batch->texts_len += len;
    return text;
}

const char *crunch_batch_no_text(const struct crunch_batch *batch)
{
    return batch->texts + CRUNCH_TEXT_SLACK;
}

static void append_text(struct crunch_batch *batch, struct crunch_cells *cells,
                        const struct crunch_text *text)
{
    char *kept = crunch_batch_keep_text(batch, text->len);

    if (text->len)
        memcpy(kept, text->bytes, text->len);
    cells->text[batch->rows] = kept;
    cells->text_len[batch->rows] = text->len;
}

static void append_cell(struct crunch_batch *batch, struct crunch_cells *cells,
                        const struct crunch_number *number)
{
    const size_t row = batch->rows;
    const bool is_number = number->class == CRUNCH_CELL_NUMBER;

    cells->class[row] = (uint8_t)number->class;
    cells->mantissa[row] = is_number && !cells->binary ? number->mantissa : 0;
    cells->scale[row] = is_number && !cells->binary ? number->scale : 0;
    if (cells->binary)
        cells->binary[row] = is_number ? number->binary : 0;
    if (is_number) {
        if (cells->n_numbers++ == 0)
            cells->common_scale = cells->scale[row];
        else if (cells->scale[row] != cells->common_scale)
            cells->one_scale = false;
    } else {
        cells->all_numbers = false;
        if (number->class == CRUNCH_CELL_WIDE)
            crunch_batch_keep_wide(batch, cells, row, &number->wide); /* is_full left room */
    }
}

void crunch_batch_append(struct crunch_batch *batch, const struct crunch_number *row,
                         const struct crunch_text *texts, uint64_t record)
{
    for (size_t i = 0; i < batch->n_columns; i++) {
        append_cell(batch, &batch->columns[i], &row[i]);
        if (batch->columns[i].text)
            append_text(batch, &batch->columns[i], &texts[i]);
    }
    if (batch->record)
        batch->record[batch->rows] = record;
    batch->rows++;
}

/*
 * Binary records -> batches. A piece of whole records (of Fortran order: the same rows of every
 * wanted column) is looked at where the source has mapped it, or else is read into a private
 * buffer, and blocks of it become batches. Doubles that lie there as the machine has them are not
 * even copied: the batch points into the piece. What was mapped counts only after the check at the
 * range's end.
 *
 * What does not fit a batch directly (integers of 19 digits, columns of which the text is wanted,
 * null tokens, NaN that is bad data) is written as text and goes the way of text, through the
 * recorder; so its meaning, and the policies for bad data, are those of text.
 *
 * Line ends are counted as if every record were a line.
 */
#include "io/scan_binary.h"

#include "io/scan_record.h"
#include "io/simd/kernels.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES ((size_t)512 << 10)
#define READ_BYTES CRUNCH_BLOCK_BYTES /* at once */

struct crunch_binary_scanner {
    const struct crunch_scan_plan *plan;
    const struct crunch_binary *binary;
    struct crunch_source *source;
    struct crunch_recorder recorder;
    unsigned char *piece;        /* own; NULL until something has to be copied */
    size_t piece_rows;           /* so many fit */
    const unsigned char **start; /* per wanted column of Fortran order, else one: of the piece */
    bool mapped;
    uint64_t origin; /* offset of record 0 in the input */
    uint64_t record_bytes;
    double **own;   /* the batch's arrays, while it points elsewhere */
    bool *plain;    /* per column: every class of the batch is NUMBER, every scale 0 */
    bool as_text;   /* always */
    bool in_place;  /* doubles need not be copied */
    bool gone, end; /* the source has released what was to be read; nothing comes after the piece */
};

/* ---- reading ---- */

/* Reads up to len bytes; *got less only at the end of the input. False: error or gone. */
static bool read_bytes(struct crunch_binary_scanner *s, unsigned char *to, size_t len,
                       uint64_t offset, size_t *got, enum crunch_code *code,
                       struct crunch_error *error)
{
    for (*got = 0; *got < len;) {
        size_t step = len - *got < READ_BYTES ? len - *got : READ_BYTES;
        ssize_t n = crunch_source_read(s->source, to + *got, step, offset + *got, error);

        if (n < 0) {
            s->gone = n == CRUNCH_SOURCE_GONE;
            *code = s->gone ? CRUNCH_OK : error->code;
            return false;
        }
        *got += (size_t)n;
        if ((size_t)n < step)
            break;
    }
    return true;
}

static enum crunch_code cut_short(const struct crunch_binary_scanner *s, uint64_t row,
                                  struct crunch_error *error)
{
    crunch_fail(error, CRUNCH_IO, "the input ends within record %llu, or before it",
                (unsigned long long)row + 1);
    crunch_hint(error, "is it cut short, or of another --type, or with other --columns?");
    error->file = crunch_source_name(s->source);
    return CRUNCH_IO;
}

/* Bytes of one row that lie together, and how many such stretches a piece has. */
static size_t together(const struct crunch_binary_scanner *s, size_t *stretches)
{
    *stretches = s->binary->by_column && s->plan->n_columns ? s->plan->n_columns : 1;
    return s->binary->by_column ? s->binary->type.bytes : (size_t)s->record_bytes;
}

/* Stretch k of the piece: up to len bytes from offset on, of which *got are there. Sets start[k].
 * False: as read_bytes. */
static bool fetch(struct crunch_binary_scanner *s, size_t k, size_t len, uint64_t offset,
                  size_t *got, enum crunch_code *code, struct crunch_error *error)
{
    size_t stretches, row_bytes = together(s, &stretches);

    *got = len;
    s->start[k] = (const unsigned char *)crunch_source_map(s->source, offset, got);
    s->mapped = s->start[k] != NULL;
    if (s->mapped)
        return true;
    if (!s->piece)
        s->piece = aligned_alloc(64, (s->piece_rows * row_bytes * stretches + 127) / 64 * 64);
    if (!s->piece) {
        *code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        return false;
    }
    s->start[k] = s->piece + k * s->piece_rows * row_bytes;
    return read_bytes(s, s->piece + k * s->piece_rows * row_bytes, len, offset, got, code, error);
}

/* Reads up to n rows from row on; *rows of them are there. */
static bool read_piece(struct crunch_binary_scanner *s, uint64_t row, size_t n, size_t *rows,
                       enum crunch_code *code, struct crunch_error *error)
{
    const struct crunch_binary *binary = s->binary;
    const size_t bytes = binary->type.bytes;
    size_t got;

    for (size_t k = 0; binary->by_column && k < s->plan->n_columns; k++) {
        uint64_t at = s->origin + (s->plan->index[k] * binary->rows + row) * bytes;

        if (!fetch(s, k, n * bytes, at, &got, code, error))
            return false;
        if (got < n * bytes) {
            *code = cut_short(s, row + got / bytes, error);
            return false;
        }
    }
    *rows = n;
    if (binary->by_column)
        return true;
    if (!fetch(s, 0, n * (size_t)s->record_bytes, s->origin + row * s->record_bytes, &got, code,
               error))
        return false;
    *rows = got / (size_t)s->record_bytes;
    s->end = *rows < n;
    if (got % s->record_bytes != 0 || (s->end && binary->rows != CRUNCH_ROWS_UNKNOWN)) {
        *code = cut_short(s, row + *rows, error);
        return false;
    }
    return true;
}

/* ---- one block ---- */

/* Where the number of row i of the piece, wanted column k, is; the next row's is *stride behind. */
static const unsigned char *cell_at(const struct crunch_binary_scanner *s, size_t i, size_t k,
                                    size_t *stride)
{
    const size_t bytes = s->binary->type.bytes;

    *stride = s->binary->by_column ? bytes : (size_t)s->record_bytes;
    if (s->binary->by_column)
        return s->start[k] + i * bytes;
    return s->start[0] + i * *stride + s->plan->index[k] * bytes;
}

/* Classes of doubles of which some are not finite; those become 0. */
static void classify(const struct crunch_dialect *dialect, struct crunch_cells *cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double x = cells->binary[i];

        cells->class[i] = x - x == 0                        ? CRUNCH_CELL_NUMBER
                          : x > 0                           ? CRUNCH_CELL_PLUS_INF
                          : x < 0                           ? CRUNCH_CELL_MINUS_INF
                          : dialect->nan == CRUNCH_NAN_SKIP ? CRUNCH_CELL_MISSING
                                                            : CRUNCH_CELL_NAN;
        if (cells->class[i] == CRUNCH_CELL_NUMBER)
            cells->n_numbers++;
        else
            cells->binary[i] = 0;
    }
    cells->all_numbers = false;
}

/* Rows [i, i + n) of the piece, wanted column k. False: it has to go as text. */
static bool fill_column(struct crunch_binary_scanner *s, size_t i, size_t n, size_t k)
{
    const struct crunch_number_type *type = &s->binary->type;
    struct crunch_cells *cells = &s->recorder.batch->columns[k];
    size_t stride;
    const unsigned char *p = cell_at(s, i, k, &stride);

    cells->all_numbers = cells->one_scale = true;
    cells->common_scale = 0;
    cells->n_wide = 0;
    cells->n_numbers = n;
    if (!(s->plan->need[k] & CRUNCH_NEED_NUMBER))
        return true;
    if (!s->plain[k]) {
        memset(cells->scale, 0, CRUNCH_BATCH_ROWS);
        memset(cells->class, CRUNCH_CELL_NUMBER, CRUNCH_BATCH_ROWS);
        s->plain[k] = true;
    }
    if (!cells->binary)
        return crunch_binary_integers(type, p, stride, n, cells->mantissa);
    if (s->in_place && (uintptr_t)p % sizeof(double) == 0) {
        cells->greatest = crunch_scan_kernels->greatest_bits((const double *)(const void *)p, n);
        if (cells->greatest < CRUNCH_INFINITE_BITS) {
            cells->binary = (double *)(uintptr_t)p; /* read only, as every batch */
            return true;
        }
    }
    crunch_binary_doubles(type, p, stride, n, cells->binary);
    cells->greatest = crunch_scan_kernels->greatest_bits(cells->binary, n);
    if (cells->greatest < CRUNCH_INFINITE_BITS)
        return true;
    cells->greatest = 0;
    if (s->recorder.dialect->nan == CRUNCH_NAN_BAD)
        return false;
    cells->n_numbers = 0;
    s->plain[k] = false;
    classify(s->recorder.dialect, cells, n);
    return true;
}

/* The batch is empty. False: the block has to go as text, and the batch still is. */
static bool fill_batch(struct crunch_binary_scanner *s, size_t i, size_t n)
{
    struct crunch_batch *batch = s->recorder.batch;
    bool filled = !s->as_text;

    for (size_t k = 0; filled && k < batch->n_columns; k++)
        filled = fill_column(s, i, n, k);
    for (size_t r = 0; filled && batch->record && r < n; r++)
        batch->record[r] = s->recorder.records + r;
    if (filled) {
        batch->rows = n;
        s->recorder.records += n;
    }
    return filled;
}

static void take_back(struct crunch_binary_scanner *s)
{
    for (size_t k = 0; k < s->recorder.batch->n_columns; k++) {
        s->recorder.batch->columns[k].binary = s->own[k];
        s->recorder.batch->columns[k].greatest = 0;
    }
}

/* Record `row` of the input, row i of the piece, through the recorder. */
static enum crunch_code add_as_text(struct crunch_binary_scanner *s, size_t i, uint64_t row,
                                    struct crunch_error *error)
{
    const size_t bytes = s->binary->type.bytes;
    const uint64_t begin = s->origin + row * s->record_bytes;
    struct crunch_record record = {.place = {begin, s->recorder.records, 1},
                                   .end = begin + s->record_bytes,
                                   .fields = (size_t)s->binary->width,
                                   .used = (size_t)s->binary->width};
    enum crunch_code code = CRUNCH_OK;
    char text[CRUNCH_CELL_TEXT];

    for (size_t k = 0; k < s->plan->n_columns && !code; k++) {
        const uint64_t within = s->plan->index[k] * bytes;
        struct crunch_cell cell = {.place = {begin + within, s->recorder.records, within + 1},
                                   .index = s->plan->index[k],
                                   .text = text,
                                   .wanted = true};
        size_t stride;

        cell.len = crunch_binary_text(&s->binary->type, cell_at(s, i, k, &stride), text);
        code = crunch_recorder_cell(&s->recorder, &cell, error);
    }
    return code ? code : crunch_recorder_record(&s->recorder, &record, error);
}

static enum crunch_code add_block(struct crunch_binary_scanner *s, size_t i, size_t n, uint64_t row,
                                  struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;

    if (!s->recorder.batch) {
        s->recorder.records += n;
        return CRUNCH_OK;
    }
    if (fill_batch(s, i, n)) {
        code = crunch_recorder_flush(&s->recorder, error);
        take_back(s);
        return code;
    }
    take_back(s);
    crunch_batch_clear(s->recorder.batch);
    memset(s->plain, 0, s->plan->n_columns * sizeof *s->plain);
    for (size_t r = 0; r < n && !code; r++)
        code = add_as_text(s, i + r, row + r, error);
    return code ? code : crunch_recorder_flush(&s->recorder, error);
}

/* ---- a range ---- */

/* Fails when the input goes on behind its last record: seen by who reads that. */
static enum crunch_code check_end(struct crunch_binary_scanner *s, uint64_t row,
                                  struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    unsigned char next;
    size_t got;

    if (row < s->binary->rows || (!crunch_source_is_stream(s->source) &&
                                  crunch_source_size(s->source) != CRUNCH_SIZE_UNKNOWN))
        return CRUNCH_OK;
    if (!read_bytes(s, &next, 1, s->origin + row * s->record_bytes, &got, &code, error))
        return code;
    s->end = got == 0;
    if (s->end)
        return CRUNCH_OK;
    crunch_fail(error, CRUNCH_IO, "the input goes on behind its last record, %llu",
                (unsigned long long)row);
    error->file = crunch_source_name(s->source);
    return CRUNCH_IO;
}

/* Rows [row, stop); *reached is the one after the last that was fed. */
static enum crunch_code scan_rows(struct crunch_binary_scanner *s, uint64_t row, uint64_t stop,
                                  uint64_t *reached, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;

    for (*reached = row; row < stop && !s->end && !code; *reached = row) {
        size_t rows, n = stop - row < s->piece_rows ? (size_t)(stop - row) : s->piece_rows;

        if (!read_piece(s, row, n, &rows, &code, error))
            return code;
        for (size_t i = 0, step; i < rows && !code; i += step, row += step) {
            step = rows - i < CRUNCH_BATCH_ROWS ? rows - i : CRUNCH_BATCH_ROWS;
            code = add_block(s, i, step, row, error);
        }
    }
    return code ? code : check_end(s, row, error);
}

/* The first row that begins at or behind offset, at most n. */
static uint64_t row_from(const struct crunch_binary_scanner *s, uint64_t offset, uint64_t n)
{
    uint64_t row;

    if (offset <= s->origin)
        return 0;
    row = (offset - s->origin) / s->record_bytes + ((offset - s->origin) % s->record_bytes != 0);
    return row < n ? row : n;
}

/* After rows [row, reached) have been fed: whatever came of bytes that were not the file's is put
 * aside. */
static enum crunch_code check_mapped(struct crunch_binary_scanner *s, uint64_t row,
                                     uint64_t reached, enum crunch_code code,
                                     struct crunch_error *error)
{
    const struct crunch_binary *binary = s->binary;
    struct crunch_error lost = {0};
    uint64_t n;

    if (!s->mapped)
        return code;
    if (code) /* within the piece that begins there at the latest */
        reached += s->piece_rows;
    n = reached - row;
    if (!binary->by_column)
        crunch_source_check_map(s->source, s->origin + row * s->record_bytes,
                                s->origin + reached * s->record_bytes, &lost);
    for (size_t k = 0; binary->by_column && k < s->plan->n_columns && !lost.code; k++) {
        uint64_t at = s->origin + (s->plan->index[k] * binary->rows + row) * binary->type.bytes;

        crunch_source_check_map(s->source, at, at + n * binary->type.bytes, &lost);
    }
    if (lost.code)
        *error = lost;
    return lost.code ? lost.code : code;
}

enum crunch_code crunch_binary_scan(struct crunch_binary_scanner *s,
                                    const struct crunch_range *range,
                                    const struct crunch_sink *sink, struct crunch_extent *extent,
                                    struct crunch_error *error)
{
    const uint64_t known = s->binary->rows;
    uint64_t row, reached;
    struct crunch_error own;
    enum crunch_code code;

    if (!error)
        error = &own;
    *extent = (struct crunch_extent){.first = CRUNCH_NO_RECORD, .last = range->begin};
    s->origin = range->base + s->plan->table->data_offset;
    s->gone = s->end = s->mapped = false;
    row = row_from(s, range->begin, known);
    if (range->guess && s->origin + row * s->record_bytes >= range->end)
        return CRUNCH_OK;
    crunch_recorder_start(&s->recorder, sink, range->bad_budget);
    extent->first = s->origin + row * s->record_bytes;
    if (s->recorder.batch)
        s->recorder.batch->first = extent->first;
    code = scan_rows(s, row, row_from(s, range->end, known), &reached, error);
    code = check_mapped(s, row, reached, code, error);
    extent->last = s->origin + reached * s->record_bytes;
    extent->records = extent->lines = s->recorder.records;
    extent->bad = s->recorder.bad;
    extent->at_end = s->end || reached == known || extent->last == crunch_source_size(s->source);
    if (s->gone)
        extent->first = CRUNCH_NO_RECORD;
    return code;
}

/* ---- the scanner ---- */

/* False: no memory. */
static bool choose_piece(struct crunch_binary_scanner *s)
{
    size_t stretches, bytes = together(s, &stretches);

    bytes *= stretches;
    s->piece_rows = bytes > 0 ? PIECE_BYTES / bytes : 1;
    if (s->piece_rows >= CRUNCH_BATCH_ROWS)
        s->piece_rows -= s->piece_rows % CRUNCH_BATCH_ROWS;
    if (s->piece_rows == 0)
        s->piece_rows = 1;
    s->start = calloc(stretches, sizeof *s->start);
    return s->start != NULL;
}

static bool wants_text(const struct crunch_scan_plan *plan)
{
    bool text = plan->table->dialect.n_nulls > 0;

    for (size_t k = 0; k < plan->n_columns; k++)
        text |= (plan->need[k] & CRUNCH_NEED_TEXT) != 0;
    return text;
}

static bool is_native(const struct crunch_number_type *type)
{
    return type->kind == 'f' && type->bytes == sizeof(double) &&
           type->big_endian == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

enum crunch_code crunch_binary_scanner_create(const struct crunch_scan_plan *plan,
                                              struct crunch_source *source,
                                              struct crunch_binary_scanner **out,
                                              struct crunch_error *error)
{
    struct crunch_binary_scanner *s = calloc(1, sizeof *s);
    enum crunch_code code = CRUNCH_OK;

    *out = NULL;
    if (!s)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    s->plan = plan;
    s->binary = &plan->table->binary;
    s->source = source;
    s->record_bytes = crunch_binary_record_bytes(s->binary);
    if (s->record_bytes == 0)
        s->record_bytes = 1; /* and no rows */
    s->as_text = wants_text(plan);
    s->in_place = is_native(&s->binary->type) && (s->binary->by_column || s->binary->width == 1);
    s->own = calloc(plan->n_columns + 1, sizeof(double *));
    s->plain = calloc(plan->n_columns + 1, sizeof *s->plain);
    if (!choose_piece(s) || !s->own || !s->plain)
        code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    if (!code)
        code = crunch_recorder_init(&s->recorder, plan, source, error);
    if (code) {
        crunch_binary_scanner_free(s);
        return code;
    }
    for (size_t k = 0; s->recorder.batch && k < plan->n_columns; k++)
        s->own[k] = s->recorder.batch->columns[k].binary;
    *out = s;
    return CRUNCH_OK;
}

void crunch_binary_scanner_free(struct crunch_binary_scanner *s)
{
    if (!s)
        return;
    crunch_recorder_free(&s->recorder);
    free(s->piece);
    free(s->start);
    free(s->own);
    free(s->plain);
    free(s);
}

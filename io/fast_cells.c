/*
 * The cells of a piece, column by column: numbers by the kernels, what those leave (missing,
 * quoted, with exponents, wide, ...) one by one through the number grammar.
 *
 * Invariant: a row is good in a column when its cell is what the plain path would make of it; the
 * first bad cell, and anything that only the automaton can unwrap, ends the piece before its
 * record. The batch's flags are joined only when the number of good rows is known.
 */
#include "io/fast_cells.h"
#include "io/number_binary.h"

#include <string.h>

/* Takes blanks, one pair of quotes and the blanks inside them off a cell. In regular text an
 * unquoted cell has no quote at its beginning, and a quoted one no blanks outside. */
static void unwrap(const struct crunch_fast *fast, const char *text, uint32_t *begin, uint32_t *end)
{
    uint32_t b = *begin, e = *end;
    if (fast->dialect->quoting && e - b >= 2 && (unsigned char)text[b] == fast->dialect->quote) {
        b++;
        e--;
    }
    while (b < e && crunch_fast_is_blank(fast, text[b]))
        b++;
    while (b < e && crunch_fast_is_blank(fast, text[e - 1]))
        e--;
    *begin = b;
    *end = e;
}

struct crunch_cell_bounds crunch_fast_raw_cells(struct crunch_fast *fast,
                                                const struct crunch_fast_column *column,
                                                const struct crunch_fast_piece *piece)
{
    struct crunch_cell_bounds cells = {.before = fast->bounds + column->before,
                                       .after = fast->bounds + column->after,
                                       .before_stride = fast->stride,
                                       .after_stride = fast->stride};
    if (!column->last || !piece->index.crs)
        return cells;
    for (size_t i = 0; i < piece->rows; i++) {
        uint32_t end = cells.after[i * cells.after_stride];
        uint32_t begin = cells.before[i * cells.before_stride] + 1;
        fast->after[i] = end - (end > begin && piece->text[end - 1] == '\r');
    }
    cells.after = fast->after;
    cells.after_stride = 1;
    return cells;
}

static struct crunch_cell_bounds bare_cells(struct crunch_fast *fast,
                                            const struct crunch_fast_piece *piece,
                                            const struct crunch_cell_bounds *raw)
{
    for (size_t i = 0; i < piece->rows; i++) {
        uint32_t begin = raw->before[i * raw->before_stride] + 1;
        uint32_t end = raw->after[i * raw->after_stride];
        unwrap(fast, piece->text, &begin, &end);
        fast->before[i] = begin - 1;
        fast->after[i] = end;
    }
    return (struct crunch_cell_bounds){
        .before = fast->before, .after = fast->after, .before_stride = 1, .after_stride = 1};
}

/* How many cells the kernel left that have text. */
static size_t count_odd_texts(const struct crunch_fast *fast,
                              const struct crunch_cell_bounds *cells, size_t rows)
{
    size_t n = 0;
    for (size_t w = 0; w * CRUNCH_NUMBER_GROUP < rows; w++)
        for (uint32_t left = fast->odd[w]; left != 0; left &= left - 1) {
            size_t i = w * CRUNCH_NUMBER_GROUP + (size_t)__builtin_ctz(left);
            n += cells->after[i * cells->after_stride] !=
                 cells->before[i * cells->before_stride] + 1;
        }
    return n;
}

static void widen(struct crunch_scale_span *span, uint8_t scale)
{
    span->least = scale < span->least ? scale : span->least;
    span->greatest = scale > span->greatest ? scale : span->greatest;
}

/* One cell that the kernel left, unwrapped once (what is left of """" is a doubled quote); false
 * when the plain path must have its record: a bad number, doubled quotes, digits for which the
 * batch has no room. */
static bool odd_cell(struct crunch_fast *fast, const char *text, uint32_t begin, uint32_t end,
                     struct crunch_batch *batch, struct crunch_cells *out, size_t row)
{
    struct crunch_number number = {.class = CRUNCH_CELL_MISSING};
    size_t len = end - begin;
    if (fast->dialect->quoting && memchr(text + begin, fast->dialect->quote, len) != NULL)
        return false;
    if (len > 0)
        crunch_number_parse(fast->dialect, text + begin, len, fast->scratch, &number);
    if (number.class == CRUNCH_CELL_BAD)
        return false;
    if (number.class == CRUNCH_CELL_WIDE && !crunch_batch_keep_wide(batch, out, row, &number.wide))
        return false;
    bool is_number = number.class == CRUNCH_CELL_NUMBER;
    out->class[row] = (uint8_t)number.class;
    out->mantissa[row] = is_number && out->binary == NULL ? number.mantissa : 0;
    out->scale[row] = is_number && out->binary == NULL ? number.scale : 0;
    if (out->binary != NULL)
        out->binary[row] = is_number ? number.binary : 0;
    return true;
}

/* The nearest doubles of rows that the kernel took. Both m below 2^53 and 10^s with s <= 22 are
 * doubles, so that one division rounds once; what cannot be told of others marks them odd. */
static void to_binary(struct crunch_fast *fast, const struct crunch_cells *out, size_t first,
                      size_t rows)
{
    static const double power[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const int64_t limit = INT64_C(1) << 53;
    const bool all = crunch_scan_kernels->quotients(out->mantissa + first, out->scale + first, rows,
                                                    out->binary + first);
    for (size_t i = 0; !all && i < rows; i++) {
        int64_t m = out->mantissa[first + i];
        uint8_t s = out->scale[first + i];
        double size;
        if (m > -limit && m < limit && s <= 22)
            out->binary[first + i] = (double)m / power[s];
        else if (crunch_scientific_to_double((uint64_t)(m < 0 ? -m : m), -(int64_t)s, &size))
            out->binary[first + i] = m < 0 ? -size : size;
        else
            fast->odd[i / CRUNCH_NUMBER_GROUP] |= UINT32_C(1) << i % CRUNCH_NUMBER_GROUP;
    }
    memset(out->mantissa + first, 0, rows * sizeof *out->mantissa);
    memset(out->scale + first, 0, rows);
}

/* Marks short cells as odd when a null token could be one of them. */
static void mark_nulls(struct crunch_fast *fast, const struct crunch_cell_bounds *cells,
                       size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        if (cells->after[i * cells->after_stride] - cells->before[i * cells->before_stride] - 1 <=
            fast->longest_null)
            fast->odd[i / CRUNCH_NUMBER_GROUP] |= UINT32_C(1) << i % CRUNCH_NUMBER_GROUP;
}

/* Runs the kernel over the column, without what wraps its cells if that helps. */
static struct crunch_cell_bounds take_plain_numbers(struct crunch_fast *fast,
                                                    struct crunch_fast_column *column,
                                                    const struct crunch_fast_piece *piece,
                                                    struct crunch_cells *out, size_t first,
                                                    struct crunch_scale_span *span)
{
    struct crunch_cell_bounds cells = crunch_fast_raw_cells(fast, column, piece);
    for (int attempt = 0;; attempt++) {
        if (column->wrapped)
            cells = bare_cells(fast, piece, &cells);
        *span = (struct crunch_scale_span){255, 0};
        crunch_scan_kernels->numbers(piece->text, &cells, piece->rows, fast->dialect->decimal,
                                     out->mantissa + first, out->scale + first, fast->odd, span);
        if (column->wrapped || count_odd_texts(fast, &cells, piece->rows) <= piece->rows / 8)
            return cells;
        column->wrapped = true;
    }
}

/* The numbers of a column as further rows of the batch. Returns how many rows are good. */
static size_t take_numbers(struct crunch_fast *fast, struct crunch_fast_column *column,
                           const struct crunch_fast_piece *piece, struct crunch_batch *batch,
                           struct crunch_cells *out)
{
    struct crunch_fast_summary *summary = &column->summary;
    const size_t first = batch->rows;
    struct crunch_cell_bounds cells =
        take_plain_numbers(fast, column, piece, out, first, &summary->span);
    memset(out->class + first, CRUNCH_CELL_NUMBER, piece->rows);
    summary->sure = !fast->numeric_nulls;
    if (fast->numeric_nulls)
        mark_nulls(fast, &cells, piece->rows);
    if (out->binary != NULL) {
        to_binary(fast, out, first, piece->rows);
        summary->span = (struct crunch_scale_span){0, 0};
    }
    for (size_t w = 0; w * CRUNCH_NUMBER_GROUP < piece->rows; w++)
        for (uint32_t left = fast->odd[w]; left != 0; left &= left - 1) {
            size_t i = w * CRUNCH_NUMBER_GROUP + (size_t)__builtin_ctz(left);
            uint32_t begin = cells.before[i * cells.before_stride] + 1;
            uint32_t end = cells.after[i * cells.after_stride];
            if (!column->wrapped)
                unwrap(fast, piece->text, &begin, &end);
            summary->sure = false;
            if (!odd_cell(fast, piece->text, begin, end, batch, out, first + i))
                return i;
        }
    return piece->rows;
}

/* Whether a cell is missing: 1 or 0, or -1 when the plain path must say. */
static int is_missing(const struct crunch_fast *fast, const char *text, size_t len)
{
    if (len == 0)
        return 1;
    bool wrapped = crunch_fast_is_blank(fast, text[0]) ||
                   crunch_fast_is_blank(fast, text[len - 1]) ||
                   (fast->dialect->quoting && (unsigned char)text[0] == fast->dialect->quote);
    if (wrapped) /* with a plain byte inside, longer than any token, it is present */
        return len > fast->longest_null + 2 && !crunch_fast_is_blank(fast, text[1]) &&
                       (unsigned char)text[1] != fast->dialect->quote &&
                       !crunch_fast_is_blank(fast, text[len - 1]) && fast->dialect->n_nulls == 0
                   ? 0
                   : -1;
    for (size_t i = 0; len <= fast->longest_null && i < fast->dialect->n_nulls; i++)
        if (fast->dialect->nulls[i].len == len &&
            memcmp(fast->dialect->nulls[i].text, text, len) == 0)
            return 1;
    return 0;
}

_Static_assert(CRUNCH_CELL_NUMBER == 0 && CRUNCH_CELL_MISSING == 1, "a class is whether empty");

/* Which cells are empty, into class; *all: none is. False: more than that has to be looked at. */
static bool take_plain_presence(const struct crunch_fast *fast,
                                const struct crunch_fast_piece *piece,
                                const struct crunch_cell_bounds *cells, uint8_t *class, bool *all)
{
    unsigned suspect = fast->dialect->n_nulls > 0, missing = 0;
    if (suspect != 0)
        return false;
    for (size_t i = 0; i < piece->rows; i++) {
        uint32_t begin = cells->before[i * cells->before_stride] + 1;
        unsigned empty = begin == cells->after[i * cells->after_stride];
        suspect |= fast->suspect[(unsigned char)piece->text[begin]];
        missing |= empty;
        class[i] = (uint8_t)empty;
    }
    *all = missing == 0;
    return suspect == 0;
}

/* What stands in a column's rows where nothing is parsed. */
static void fill_no_values(struct crunch_cells *out, size_t first, size_t rows)
{
    memset(out->mantissa + first, 0, rows * sizeof *out->mantissa);
    memset(out->scale + first, 0, rows);
    if (out->binary != NULL)
        memset(out->binary + first, 0, rows * sizeof *out->binary);
}

static size_t take_presence(struct crunch_fast *fast, struct crunch_fast_column *column,
                            const struct crunch_fast_piece *piece, struct crunch_cells *out,
                            size_t first)
{
    struct crunch_cell_bounds cells = crunch_fast_raw_cells(fast, column, piece);
    fill_no_values(out, first, piece->rows);
    column->summary.span = (struct crunch_scale_span){0, 0};
    if (take_plain_presence(fast, piece, &cells, out->class + first, &column->summary.sure))
        return piece->rows;
    column->summary.sure = false;
    for (size_t i = 0; i < piece->rows; i++) {
        uint32_t begin = cells.before[i * cells.before_stride] + 1;
        int missing =
            is_missing(fast, piece->text + begin, cells.after[i * cells.after_stride] - begin);
        if (missing < 0)
            return i;
        out->class[first + i] =
            missing ? (uint8_t)CRUNCH_CELL_MISSING : (uint8_t)CRUNCH_CELL_NUMBER;
    }
    return piece->rows;
}

/* The texts of a column, and without NEED_NUMBER all else of its rows. */
static size_t take_texts(struct crunch_fast *fast, struct crunch_fast_column *column,
                         const struct crunch_fast_piece *piece, struct crunch_batch *batch,
                         struct crunch_cells *out)
{
    const bool only = !(column->need & CRUNCH_NEED_NUMBER);
    bool present;
    if (only) {
        fill_no_values(out, batch->rows, piece->rows);
        column->summary.span = (struct crunch_scale_span){0, 0};
    }
    size_t good = crunch_fast_take_texts(fast, column, piece, batch, out, only, &present);
    if (only)
        column->summary.sure = present;
    return good;
}

/* ---- batches ---- */

/* The summary of rows first.. of a column from what they hold. */
static void measure(const struct crunch_cells *cells, size_t first, size_t rows,
                    struct crunch_fast_summary *summary)
{
    summary->span = (struct crunch_scale_span){255, 0};
    summary->n_numbers = 0;
    for (size_t i = first; i < first + rows; i++)
        if (cells->class[i] == CRUNCH_CELL_NUMBER) {
            summary->n_numbers++;
            widen(&summary->span, cells->scale[i]);
        }
}

/* Joins what the new rows are like with the rows before. */
static void join_summary(struct crunch_cells *cells, size_t rows,
                         const struct crunch_fast_summary *summary)
{
    const struct crunch_scale_span *span = &summary->span;
    cells->all_numbers = cells->all_numbers && summary->n_numbers == rows;
    if (summary->n_numbers == 0)
        return;
    if (cells->n_numbers == 0)
        cells->common_scale = span->least;
    cells->n_numbers += summary->n_numbers;
    cells->one_scale =
        cells->one_scale && span->least == span->greatest && span->least == cells->common_scale;
}

/* Forgets the wide numbers of rows from end on. */
static void drop_wide(struct crunch_cells *cells, size_t end)
{
    while (cells->n_wide > 0 && cells->wide[cells->n_wide - 1].row >= end)
        cells->n_wide--;
}

size_t crunch_fast_take_columns(struct crunch_fast *fast, struct crunch_fast_piece *piece,
                                struct crunch_batch *batch)
{
    const size_t n = fast->plan->n_columns, parsed = piece->rows, digits_len = batch->digits_len,
                 texts_len = batch->texts_len;
    for (size_t k = 0; k < n && piece->rows > 0; k++) {
        struct crunch_fast_column *column = &fast->columns[k];
        struct crunch_cells *cells = &batch->columns[k];
        column->summary = (struct crunch_fast_summary){.span = {255, 0}};
        if (column->need & CRUNCH_NEED_NUMBER)
            piece->rows = take_numbers(fast, column, piece, batch, cells);
        if (column->need & CRUNCH_NEED_TEXT)
            piece->rows = take_texts(fast, column, piece, batch, cells);
        else if (column->need == CRUNCH_NEED_PRESENCE)
            piece->rows = take_presence(fast, column, piece, cells, batch->rows);
    }
    for (size_t k = 0; k < n && piece->rows > 0; k++) {
        struct crunch_fast_summary *summary = &fast->columns[k].summary;
        summary->n_numbers = piece->rows;
        if (!summary->sure || piece->rows != parsed)
            measure(&batch->columns[k], batch->rows, piece->rows, summary);
        join_summary(&batch->columns[k], piece->rows, summary);
    }
    for (size_t k = 0; k < n && piece->rows != parsed; k++)
        drop_wide(&batch->columns[k], batch->rows + piece->rows);
    if (piece->rows == 0) { /* the plain path goes on without asking for room */
        batch->digits_len = digits_len;
        batch->texts_len = texts_len;
    }
    return piece->rows;
}

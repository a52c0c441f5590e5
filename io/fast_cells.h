/*
 * The inside of the fast path, shared by its files: io/fast.c, which sets it up and walks pieces of
 * text, and io/fast_cells.c, which turns the cells of a piece into rows of a batch, their texts in
 * io/fast_text.c.
 */
#ifndef CRUNCH_IO_FAST_CELLS_H
#define CRUNCH_IO_FAST_CELLS_H

#include "io/fast.h"
#include "io/simd/kernels.h"

/* What a column's new rows are like; see struct crunch_cells. */
struct crunch_fast_summary {
    struct crunch_scale_span span; /* of the numbers */
    size_t n_numbers;
    bool sure; /* nothing but the kernel's work: every row a number, span as the kernel says */
};

struct crunch_fast_column {
    enum crunch_need need;
    size_t before, after; /* places of its bounds among a record's wanted ends; before - 1 really */
    bool last;            /* the last of the record */
    struct crunch_fast_summary summary; /* of the piece at hand */
    bool wrapped;                       /* its cells tend to have quotes or blanks around them */
};

struct crunch_fast {
    const struct crunch_scan_plan *plan;
    const struct crunch_dialect *dialect;
    bool usable;
    bool numeric_nulls; /* a null token may look like a number */
    size_t longest_null;
    uint8_t suspect[256]; /* 1: a blank or the quote: a cell that begins with it may be missing
                             though not empty, and is not as it stands its text */
    struct crunch_index_rules rules;
    size_t stride; /* wanted ends per record */
    struct crunch_fast_column *columns;
    size_t reach; /* bytes of the next piece */
    unsigned failures, rest;
    unsigned expecting; /* pieces for which many quotes are still expected */
    uint32_t *bounds;   /* bounds[0] is the place before the text; the index writes from [1] */
    uint32_t before[CRUNCH_BATCH_ROWS], after[CRUNCH_BATCH_ROWS]; /* bounds without wrapping */
    uint32_t odd[CRUNCH_BATCH_ROWS / CRUNCH_NUMBER_GROUP];
    char scratch[CRUNCH_WIDE_DIGITS_MAX];
};

/* A piece under work: records [0, rows) of text, whose bounds are in fast->bounds. */
struct crunch_fast_piece {
    const char *text;
    struct crunch_index index;
    size_t rows;
};

/* The column's cells as the index gives them, without the CR of CRLF. */
struct crunch_cell_bounds crunch_fast_raw_cells(struct crunch_fast *fast,
                                                const struct crunch_fast_column *column,
                                                const struct crunch_fast_piece *piece);

/* A space or tab that is not the delimiter. */
static inline bool crunch_fast_is_blank(const struct crunch_fast *fast, char c)
{
    return (c == ' ' || c == '\t') && (unsigned char)c != fast->dialect->delimiter;
}

/* The texts of a column as further rows of the batch (io/fast_text.c), and their classes if classes
 * are wanted. Returns how many rows are good, which is all unless the batch has no room to copy
 * one; *present: none of them is missing. */
size_t crunch_fast_take_texts(struct crunch_fast *fast, const struct crunch_fast_column *column,
                              const struct crunch_fast_piece *piece, struct crunch_batch *batch,
                              struct crunch_cells *out, bool classes, bool *present);

/* Parses the wanted cells of the piece's records into further rows of the batch, whose rows the
 * caller then counts up. Returns how many rows are good in every column, and sets piece->rows to
 * it; what the batch says of its columns is true of exactly those. */
size_t crunch_fast_take_columns(struct crunch_fast *fast, struct crunch_fast_piece *piece,
                                struct crunch_batch *batch);

#endif

/*
 * A batch: up to CRUNCH_BATCH_ROWS records of the wanted columns, column by column, as parsed
 * numbers. It belongs to one scanner, which fills it and hands it to the sink; the sink reads it
 * during the call only. Bad cells never reach a sink: by policy they fail the run, take their
 * record out of every column, or have become missing.
 */
#ifndef CRUNCH_IO_BATCH_H
#define CRUNCH_IO_BATCH_H

#include "io/error.h"
#include "io/number.h"

/* 1,024 rows of 8 bytes for a few columns stay in the L1 cache; and 2^10 values of magnitude
 * 2^52 * 2^52 split in halves sum in 64-bit lanes without overflow, see core/simd. */
#define CRUNCH_BATCH_ROWS 1024

enum crunch_need {
    CRUNCH_NEED_PRESENCE, /* only missing or not: class is NUMBER or MISSING, no value */
    CRUNCH_NEED_NUMBER
};

/* The cells of one column; arrays have CRUNCH_BATCH_ROWS entries, 64-byte aligned. Whoever appends
 * rows fills every array for them, whatever the flags say (flags may change with the next row). */
struct crunch_cells {
    int64_t *mantissa; /* 0 wherever class is not NUMBER, so sums need no mask */
    double *binary;    /* --arith=binary: used instead of mantissa and scale; 0 likewise. NULL in
                          decimal arithmetic */
    uint8_t *scale;    /* to be read only if !one_scale; 0 where class is not NUMBER */
    uint8_t *class;    /* enum crunch_class; to be read only if !all_numbers */
    bool all_numbers;  /* every class is NUMBER */
    bool one_scale;    /* every NUMBER has common_scale (true when there is none) */
    uint8_t common_scale;
    struct crunch_wide *wide; /* the WIDE cells, by ascending row; room for CRUNCH_BATCH_ROWS */
    size_t n_wide;
    size_t n_numbers; /* rows of class NUMBER */
};

struct crunch_batch {
    size_t rows;
    size_t n_columns;
    struct crunch_cells *columns;
    char *digits; /* of the wide cells; always room for one more row of them */
    size_t digits_len, digits_size;
};

/* An empty batch. *out is the caller's (crunch_batch_free; NULL is fine). */
enum crunch_code crunch_batch_create(size_t n_columns, enum crunch_arith arith,
                                     struct crunch_batch **out, struct crunch_error *error);
void crunch_batch_free(struct crunch_batch *batch);

/* Back to no rows. */
void crunch_batch_clear(struct crunch_batch *batch);

/* No room for another row: it has to go to the sink and be cleared. */
bool crunch_batch_is_full(const struct crunch_batch *batch);

/* Appends one row of n_columns cells, none of them BAD; digits of wide ones are copied. The batch
 * is not full. */
void crunch_batch_append(struct crunch_batch *batch, const struct crunch_number *row);

/* For who fills the arrays by himself: copies the digits of a wide number of a row after the wide
 * ones that cells has. False, and nothing done, when there is no room for its digits. */
bool crunch_batch_keep_wide(struct crunch_batch *batch, struct crunch_cells *cells, size_t row,
                            const struct crunch_wide *wide);

#endif

/*
 * A batch: up to CRUNCH_BATCH_ROWS records of the wanted columns, column by column, as parsed
 * numbers. It belongs to one scanner, which fills it and hands it to the sink; the sink reads it
 * during the call only. Bad cells never reach a sink: by policy they fail the run, take their record
 * out of every column, or have become missing.
 */
#ifndef CRUNCH_IO_BATCH_H
#define CRUNCH_IO_BATCH_H

#include "io/number.h"

/* 1,024 rows of 8 bytes for a few columns stay in the L1 cache; and 2^10 values of magnitude
 * 2^52 * 2^52 split in halves sum in 64-bit lanes without overflow, see core/simd. */
#define CRUNCH_BATCH_ROWS 1024

enum crunch_need {
    CRUNCH_NEED_PRESENCE, /* only missing or not: class is NUMBER or MISSING, no value */
    CRUNCH_NEED_NUMBER
};

/* The cells of one column; arrays have CRUNCH_BATCH_ROWS entries, 64-byte aligned. */
struct crunch_cells {
    int64_t *mantissa;  /* 0 wherever class is not NUMBER, so sums need no mask */
    double *binary;     /* --arith=binary: used instead of mantissa and scale; 0 likewise */
    uint8_t *scale;     /* filled only if !one_scale; 0 where class is not NUMBER */
    uint8_t *class;     /* enum crunch_class; filled only if !all_numbers */
    bool all_numbers;   /* every class is NUMBER */
    bool one_scale;     /* every NUMBER has common_scale (true when there is none) */
    uint8_t common_scale;
    struct crunch_wide *wide; /* the WIDE cells, by ascending row */
    size_t n_wide;
};

struct crunch_batch {
    size_t rows;
    size_t n_columns;
    struct crunch_cells *columns;
};

#endif

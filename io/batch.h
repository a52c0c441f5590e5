/*
 * A batch: up to CRUNCH_BATCH_ROWS records of the wanted columns, column by column, as parsed
 * numbers, as text, or both. It belongs to one scanner, which fills it and hands it to the sink;
 * the sink reads it during the call only. Bad cells never reach a sink: by policy they fail the
 * run, take their record out of every column, or have become missing.
 */
#ifndef CRUNCH_IO_BATCH_H
#define CRUNCH_IO_BATCH_H

#include "io/error.h"
#include "io/number.h"

/* 1,024 rows of 8 bytes for a few columns stay in the L1 cache; and 2^10 values of magnitude
 * 2^52 * 2^52 split in halves sum in 64-bit lanes without overflow, see core/simd. */
#define CRUNCH_BATCH_ROWS 1024

/* What is wanted of a column: flags. Without NUMBER nothing is parsed and no cell is bad as a
 * number: class is NUMBER (present) or MISSING, and there is no value. */
enum crunch_need {
    CRUNCH_NEED_PRESENCE = 0, /* only missing or not */
    CRUNCH_NEED_NUMBER = 1,
    CRUNCH_NEED_TEXT = 2
};

/* Bytes that may be read, whatever they hold, before and after the text of a cell: so that vector
 * code can load it whole. */
#define CRUNCH_TEXT_SLACK 64

/* More than a text may have, and so the limit of max_record where texts are wanted. */
#define CRUNCH_TEXT_LIMIT ((uint64_t)1 << 31)

struct crunch_text {
    const char *bytes; /* may be NULL when len is 0 */
    uint32_t len;
};

#define CRUNCH_INFINITE_BITS (UINT64_C(0x7ff) << 52) /* of a double */

/* The cells of one column; arrays have CRUNCH_BATCH_ROWS entries, 64-byte aligned. Whoever appends
 * rows fills every array for them, whatever the flags say (flags may change with the next row). */
struct crunch_cells {
    int64_t *mantissa; /* 0 wherever class is not NUMBER, so sums need no mask */
    double *binary;    /* --arith=binary: used instead of mantissa and scale; 0 likewise. NULL in
                          decimal arithmetic */
    uint64_t greatest; /* bits of a double that no |binary[i]| exceeds; 0: not known */
    uint8_t *scale;    /* to be read only if !one_scale; 0 where class is not NUMBER */
    uint8_t *class;    /* enum crunch_class; to be read only if !all_numbers */
    bool all_numbers;  /* every class is NUMBER */
    bool one_scale;    /* every NUMBER has common_scale (true when there is none) */
    uint8_t common_scale;
    struct crunch_wide *wide; /* the WIDE cells, by ascending row; room for CRUNCH_BATCH_ROWS */
    size_t n_wide;
    size_t n_numbers; /* rows of class NUMBER */

    /* The cells' content: blanks around an unquoted one and the quotes of a quoted one are gone,
     * doubled quotes are single, blanks inside quotes are kept. text_len is 0, and text not NULL,
     * where the cell is empty or a null token (as class says it without NEED_NUMBER), or has become
     * missing because it was bad. A NaN that --nan=skip makes MISSING keeps its text, so that a
     * text never depends on what else is asked of the column. No NUL bytes. Where a text lies is
     * not to be relied on but during the sink's call, with CRUNCH_TEXT_SLACK around it. Both are
     * NULL without NEED_TEXT. */
    const char **text;
    uint32_t *text_len;
};

struct crunch_late; /* io/scan.h */

struct crunch_batch {
    size_t rows;
    size_t n_columns;
    struct crunch_cells *columns;
    /* Per row: records begun before it in the range, also those left out by policy. NULL if not
     * wanted. */
    uint64_t *record;
    uint64_t first; /* input offset of the scan's first record: of number 0 */
    uint64_t upto;  /* the scan has read the input up to there; not set for numbers without text */
    const struct crunch_late *late; /* bad cells of late columns, by ascending row; not owned */
    size_t n_late;
    char *digits; /* of the wide cells; always room for one more row of them */
    size_t digits_len, digits_size;
    char *texts; /* of the cells whose text is nowhere else as it is meant, between slack; NULL
                    without NEED_TEXT */
    size_t texts_len, texts_size;
};

struct crunch_batch_shape {
    size_t n_columns;
    const enum crunch_need *need; /* n_columns; read during creation only */
    enum crunch_arith arith;
    bool records; /* record is wanted */
};

/* An empty batch. *out is the caller's (crunch_batch_free; NULL is fine). */
enum crunch_code crunch_batch_create(const struct crunch_batch_shape *shape,
                                     struct crunch_batch **out, struct crunch_error *error);
void crunch_batch_free(struct crunch_batch *batch);

/* Back to no rows. */
void crunch_batch_clear(struct crunch_batch *batch);

/* No room for another row: it has to go to the sink and be cleared. */
bool crunch_batch_is_full(const struct crunch_batch *batch);

/* Makes room for len bytes of text. Only when the batch has no rows. False: out of memory. */
bool crunch_batch_reserve_text(struct crunch_batch *batch, size_t len);

/* Bytes of text that there is room for. */
size_t crunch_batch_text_room(const struct crunch_batch *batch);

/* Appends one row of n_columns cells, BAD only in late columns; digits of wide ones are copied.
 * texts: n_columns of them, looked at where NEED_TEXT is and copied; NULL if it is nowhere. The
 * batch is not full and has room for the texts. record: as in the batch, if wanted. */
void crunch_batch_append(struct crunch_batch *batch, const struct crunch_number *row,
                         const struct crunch_text *texts, uint64_t record);

/* For who fills the arrays by himself: copies the digits of a wide number of a row after the wide
 * ones that cells has. False, and nothing done, when there is no room for its digits. */
bool crunch_batch_keep_wide(struct crunch_batch *batch, struct crunch_cells *cells, size_t row,
                            const struct crunch_wide *wide);

/* Likewise: room for len bytes of a text, which the caller writes. NULL, and nothing done, when
 * there is none. */
char *crunch_batch_keep_text(struct crunch_batch *batch, size_t len);

/* Where the text of a missing cell points to. */
const char *crunch_batch_no_text(const struct crunch_batch *batch);

#endif

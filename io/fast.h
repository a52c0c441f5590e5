/*
 * The fast path of a scanner: whole regular records, many at a time, by the vector kernels of
 * io/simd/. It takes what it can prove regular and leaves every other record (ragged, blank,
 * irregularly quoted, bad, wide, over-long, ...) to the plain path, so it has no policy and reports
 * no errors: what it does not take is read again by the automaton, which is the definition.
 *
 * One object per scanner; nothing is shared.
 */
#ifndef CRUNCH_IO_FAST_H
#define CRUNCH_IO_FAST_H

#include "io/scan.h"

/* Bytes that must be readable (their content does not matter) before text and after text + len, and
 * are never written: a cell is loaded with the bytes around it. */
#define CRUNCH_FAST_SLACK CRUNCH_TEXT_SLACK

struct crunch_fast;

/* What a call took. */
struct crunch_fast_taken {
    size_t bytes;   /* whole records from text on; the automaton is in R behind them */
    size_t records; /* data records in them; every one is a row of the batch */
    size_t lines;   /* physical line ends in them */
};

/* plan must outlive the object. */
enum crunch_code crunch_fast_create(const struct crunch_scan_plan *plan, struct crunch_fast **out,
                                    struct crunch_error *error);
void crunch_fast_free(struct crunch_fast *fast); /* NULL is fine */

/* Takes records from text[0..len), where the automaton is in R at the beginning of a line (not
 * between a CR and its LF). A record is taken only if its line end, an LF, lies below len: pass
 * len = min(end of buffer, end of range), and the record over the edge is the plain path's. Appends
 * the rows to batch, at most CRUNCH_BATCH_ROWS - batch->rows of them, wide numbers too; hand the
 * batch to the sink when it is full or has few rows left, and, where a column has NEED_TEXT, before
 * the bytes of text move or change: the texts of the rows lie there. The rows' record numbers are
 * the caller's to write. plan->n_columns == 0: batch may be NULL and is not touched. taken->bytes
 * == 0 says: the plain path must take the next record (or the batch is full, or no line end is
 * near). Adapts itself: after an irregular record it looks less far ahead for a while, so that
 * calling it before every record costs little. */
void crunch_fast_records(struct crunch_fast *fast, const char *text, size_t len,
                         struct crunch_batch *batch, struct crunch_fast_taken *taken);

#endif

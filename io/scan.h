/*
 * A scanner: bytes of a range -> records -> cells -> batches.
 *
 * A range owns the records that begin in it, and the scanner reads on past its end until the last
 * of them is complete. Where a range does not start at a known record start it guesses ("guess"):
 * the caller compares the guess with where the previous range's last record really ended, and has
 * the range scanned again from there when they differ. Equality proves the guess right, because the
 * scan from a known record start is the definition. So no input can make a parallel scan differ
 * from the sequential one, and a wrong guess costs only time.
 *
 * One scanner per worker; nothing is shared but the source.
 */
#ifndef CRUNCH_IO_SCAN_H
#define CRUNCH_IO_SCAN_H

#include "io/batch.h"
#include "io/error.h"
#include "io/source.h"
#include "io/table.h"

struct crunch_scan_plan {
    const struct crunch_table *table;
    size_t n_columns;              /* wanted columns; 0: only count records */
    const size_t *index;           /* n_columns, 0-based, strictly ascending */
    const enum crunch_need *need;  /* n_columns */
};

enum crunch_bad_kind {
    CRUNCH_BAD_NUMBER,       /* a looked-at cell is not a number */
    CRUNCH_BAD_RANGE,        /* ... is out of range */
    CRUNCH_BAD_NAN,          /* ... is NaN under --nan=bad */
    CRUNCH_BAD_WIDTH,        /* too few or too many fields */
    CRUNCH_BAD_NUL,          /* a NUL byte, in any cell */
    CRUNCH_BAD_LENGTH,       /* a used cell over max_record */
    CRUNCH_BAD_QUOTE         /* unterminated quote at the end of the input: fails always */
};

/* Which piece comes first, in both the scanner and the reference:
 *   - a bad width comes before the cells of its record (it stands at the record's beginning, and is
 *     looked for only when the record is complete);
 *   - then cell by cell in file order: NUL in any cell, also in unused and surplus ones; LENGTH,
 *     then NUMBER, RANGE or NAN in wanted ones; at most one piece per cell, the first of these;
 *   - under on-error=skip only the first piece of a record is met (counted, reported): the record
 *     is gone with it, so records - bad is the number of records kept; under null all are met;
 *   - a record whose quote is not closed is not looked at otherwise: QUOTE is its only piece.
 * A cell begins at its first byte that is not a leading blank (its quote, if it has one); an empty
 * one where its delimiter or line end stands. max_record is held against the cell's content,
 * without quotes and the blanks that are trimmed. Comments and skipped lines may hold anything.
 */

/* One piece of bad data. At most one per cell; a record of bad width counts once. line and record
 * are relative: lines ended, and data records begun, since the first byte scanned. */
struct crunch_bad {
    enum crunch_bad_kind kind;
    uint64_t offset;        /* where the cell (the quote, the record) begins */
    uint64_t line;          /* line ends between the range's first record start and offset */
    uint64_t byte_column;   /* from 1, within its physical line */
    uint64_t record;        /* records begun before this one in the range */
    size_t column;          /* 0-based in the table; SIZE_MAX: none */
    size_t fields;          /* BAD_WIDTH: how many it has */
    const char *text;       /* the cell (or NULL), valid during the call */
    size_t text_len;
    uint64_t record_begin;  /* bytes of the whole record, without its line end */
    uint64_t record_end;
};

struct crunch_sink {
    void *context;
    enum crunch_code (*batch)(void *context, const struct crunch_batch *batch, struct crunch_error *);
    /* Called for each piece of bad data within the budget, in file order; may be NULL. */
    enum crunch_code (*bad)(void *context, const struct crunch_bad *bad, struct crunch_error *);
};

struct crunch_range {
    uint64_t begin;
    uint64_t end;        /* owns the records that begin in [begin, end); UINT64_MAX: to the end of input */
    bool guess;          /* begin may be anywhere; find the first record start at or after it */
    uint64_t bad_budget; /* pieces of bad data allowed; one more fails the scan (0 for on-error=fail) */
};

#define CRUNCH_NO_RECORD UINT64_MAX

struct crunch_extent {
    uint64_t first;   /* where the scan took up in state R; CRUNCH_NO_RECORD: a guess found no record
                         start in the range, or gave up because the record ran far past its end */
    uint64_t last;    /* state R again: first byte after the last owned record (>= end, or end of input) */
    uint64_t records; /* data records owned, also those left out by policy */
    uint64_t lines;   /* physical line ends in [first, last) */
    uint64_t bad;     /* pieces of bad data met (within budget) */
    bool at_end;      /* last is the end of the input */
};

struct crunch_scanner;

/* plan, table and source must outlive the scanner. */
enum crunch_code crunch_scanner_create(const struct crunch_scan_plan *plan, struct crunch_source *source,
                                       struct crunch_scanner **out, struct crunch_error *error);
void crunch_scanner_free(struct crunch_scanner *scanner);

/* Scans one range and feeds the sink. On CRUNCH_BAD_DATA, *error has offset, byte_column and column
 * final, but line and record relative to extent->first (to which the caller adds what came before);
 * *extent has first set, and counts up to the error. Rows before the error may have been fed.
 * Returns CRUNCH_OK with extent->first == CRUNCH_NO_RECORD for an unsure guess (what the sink got
 * must be thrown away). */
enum crunch_code crunch_scan(struct crunch_scanner *scanner, const struct crunch_range *range,
                             const struct crunch_sink *sink, struct crunch_extent *extent,
                             struct crunch_error *error);

#endif

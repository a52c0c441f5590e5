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
    size_t n_columns;             /* wanted columns; 0: only count records, without batches */
    const size_t *index;          /* n_columns, 0-based, strictly ascending */
    const enum crunch_need *need; /* n_columns */
    bool records;     /* batches say which record each row is; and who gets them may find
                         something bad about any row */
    const bool *late; /* n_columns, or NULL: none. What is bad about a cell of a late column is not
                         met by the scanner, but handed over with the row (struct crunch_late) */
};

enum crunch_bad_kind {
    CRUNCH_BAD_NUMBER, /* a looked-at cell is not a number */
    CRUNCH_BAD_RANGE,  /* ... is out of range */
    CRUNCH_BAD_NAN,    /* ... is NaN under --nan=bad */
    CRUNCH_BAD_WIDTH,  /* too few or too many fields */
    CRUNCH_BAD_NUL,    /* a NUL byte, in any cell */
    CRUNCH_BAD_LENGTH, /* a used cell over max_record */
    CRUNCH_BAD_QUOTE,  /* unterminated quote at the end of the input: fails always */
    /* Of whole records, found by who computes with their cells: text is then that of the ... */
    CRUNCH_BAD_COMPUTED, /* ... name of what is out of range */
    CRUNCH_BAD_MATCH     /* ... expression with a regular expression that gave up */
};

/*
 * Which pieces of bad data a record has, and their order (the reference follows the same rules):
 *
 * - The width is judged first, as a piece that stands at the record's beginning.
 * - Then the cells in file order, each at most one piece: NUL (in any cell, also an unwanted one or
 *   one beyond the table's width), else LENGTH (a wanted cell whose text, trimmed and unquoted, is
 *   longer than max_record), else what the number grammar says (wanted, with NEED_NUMBER).
 * - Under fail and skip a record's first piece is its only one; the rest of it is not looked at. So
 *   under skip as many records are left out as there are pieces. Under null every piece counts,
 * also those in a record of bad width.
 * - Comments and skipped lines are not looked at, whatever they hold.
 * - A record whose quote is still open at the end of the input has no width; the pieces of its
 *   earlier cells come first, then QUOTE, which fails under every policy.
 *
 * A cell begins at its first byte that is not a blank (its opening quote, if it has one); an empty
 * one at the delimiter or line end behind it. A record begins at the first byte that is not a
 * blank.
 *
 * Without NEED_NUMBER: missing is a cell that is empty, or equal to a null token, after blanks
 * around its text are removed (inside quotes, too), as NEED_NUMBER has it, so that count never
 * depends on what else is asked of the column.
 */
struct crunch_bad {
    enum crunch_bad_kind kind;
    uint64_t offset;       /* where the cell (the quote, the record) begins */
    uint64_t line;         /* line ends between the range's first record start and offset */
    uint64_t byte_column;  /* from 1, within its physical line */
    uint64_t record;       /* records begun before this one in the range */
    size_t column;         /* 0-based in the table; SIZE_MAX: none, or beyond the table's width */
    size_t fields;         /* BAD_WIDTH: how many it has */
    const char *text;      /* the cell's first bytes (or NULL), valid during the call; ... */
    size_t text_len;       /* ... at most CRUNCH_BAD_TEXT_MAX of them */
    uint64_t record_begin; /* bytes of the whole record, without its line end */
    uint64_t record_end;
};

/* More of a bad cell is not shown; the record's place says where the rest is. */
#define CRUNCH_BAD_TEXT_MAX 1024

/*
 * Something bad about a cell of a late column, which whoever gets the batch may find to be of no
 * interest (its record does not pass a filter) or tell the scanner (crunch_scanner_tell). In the
 * batch's row such a cell has class BAD and no text. Where a record has other pieces they come
 * first, and under fail and skip it is not in the batch at all.
 */
struct crunch_late {
    uint32_t row;
    struct crunch_bad bad; /* text is valid as long as the batch is */
};

struct crunch_sink {
    void *context;
    enum crunch_code (*batch)(void *context, const struct crunch_batch *batch,
                              struct crunch_error *);
    /* Called for each piece of bad data within the budget, in file order; may be NULL. */
    enum crunch_code (*bad)(void *context, const struct crunch_bad *bad, struct crunch_error *);
};

struct crunch_range {
    uint64_t begin;
    uint64_t end; /* owns the records that begin in [begin, end); UINT64_MAX: to the end of input */
    uint64_t base; /* offset of its file in an input of several; 0 */
    bool guess;    /* begin may be anywhere; find the first record start at or after it */
    uint64_t
        bad_budget; /* pieces of bad data allowed; one more fails the scan (0 for on-error=fail) */
};

#define CRUNCH_NO_RECORD UINT64_MAX

/* Bytes first read past a range's end: most records are shorter. Doubled while that is too few. */
#define CRUNCH_PAST_BYTES ((size_t)4 << 10)

/*
 * Where ranges meet. A *line start* is a position of the input where the automaton, run from the
 * table's data_offset, is in R with nothing but whole lines behind it: data_offset itself, and the
 * position after every CR or LF that leaves the automaton in R (it ended a record, a blank line or
 * a comment), except between a CR and its LF. That is a set of positions which depends on the input
 * alone. A range [begin, end) goes from the lowest line start >= begin to the lowest line start >=
 * end (the end of the input when there is none), so consecutive ranges tile the input exactly:
 * where one ends, by the same definition, the next one begins. Blank lines and comments belong to
 * the range that their line start lies in, like records, and so do the line ends that are counted.
 */
struct crunch_extent {
    uint64_t first; /* where the scan took up in state R; CRUNCH_NO_RECORD: a guess found no record
                       start in the range, or gave up because the record ran far past its end */
    uint64_t last;  /* the lowest line start (see below) >= end, or the end of the input */
    uint64_t records; /* data records owned, also those left out by policy */
    uint64_t lines;   /* physical line ends in [first, last) */
    uint64_t bad;     /* pieces of bad data met (within budget) */
    bool at_end;      /* last is the end of the input */
};

struct crunch_scanner;

/* plan, table and source must outlive the scanner. Where a column has NEED_TEXT, max_record is at
 * most CRUNCH_TEXT_LIMIT. */
enum crunch_code crunch_scanner_create(const struct crunch_scan_plan *plan,
                                       struct crunch_source *source, struct crunch_scanner **out,
                                       struct crunch_error *error);
void crunch_scanner_free(struct crunch_scanner *scanner);

/* Scans one range and feeds the sink. Without guess, range->begin is a line start. On
 * CRUNCH_BAD_DATA, *error has offset, byte_column and column final, but line and record are counts
 * since extent->first as in struct crunch_bad, from 0 (the caller adds what came before, and 1);
 * *extent has first set, and counts up to the error. Rows before the error may have been fed.
 * Returns CRUNCH_OK with extent->first == CRUNCH_NO_RECORD for an unsure guess, or when the source
 * is gone (crunch_source_was_gone says so); what the sink got must be thrown away. */
enum crunch_code crunch_scan(struct crunch_scanner *scanner, const struct crunch_range *range,
                             const struct crunch_sink *sink, struct crunch_extent *extent,
                             struct crunch_error *error);

/* To be called by the sink's `batch`, for pieces of batch->late in their order: counts it as met,
 * and tells the sink's `bad`, or fails with CRUNCH_BAD_DATA when the budget does not allow it. */
enum crunch_code crunch_scanner_tell(struct crunch_scanner *scanner, const struct crunch_bad *bad,
                                     struct crunch_error *error);

#endif

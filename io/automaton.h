/*
 * The record automaton: bytes -> cells and records, exactly as the manual's page on the meaning of
 * a file gives it (the table is libcsv 3.0.3's default parser), with comments, quoting switched
 * off, and positions. It is the definition of reading; every faster way is held to it.
 *
 * It is fed the input in pieces, cut anywhere, and stops at each event. It keeps the text of wanted
 * cells only, up to max_record bytes; other cells may have any length. Not thread-safe per object.
 */
#ifndef CRUNCH_IO_AUTOMATON_H
#define CRUNCH_IO_AUTOMATON_H

#include "io/dialect.h"

enum crunch_event {
    CRUNCH_EVENT_MORE,       /* everything was read: feed more, or finish */
    CRUNCH_EVENT_CELL,       /* .cell: a wanted cell, or any cell with a NUL in it */
    CRUNCH_EVENT_RECORD,     /* .record: complete */
    CRUNCH_EVENT_BLANK,      /* a line end in R: of a blank line or a comment */
    CRUNCH_EVENT_OPEN_QUOTE, /* by finish only: .cell is where the quote was opened */
    CRUNCH_EVENT_NO_MEMORY
};

/* Where reading starts. */
enum crunch_start {
    CRUNCH_START_LINE,      /* R, at the beginning of a line */
    CRUNCH_START_DELIMITER, /* F: after a delimiter */
    CRUNCH_START_CELL,      /* U: within an unquoted cell */
    CRUNCH_START_QUOTED     /* Q: within quotes */
};

struct crunch_place {
    uint64_t offset;      /* of the input */
    uint64_t line;        /* line ends since the start */
    uint64_t byte_column; /* from 1, within its physical line (or the start) */
};

struct crunch_cell {
    struct crunch_place place;
    size_t index;     /* 0-based, within its record */
    const char *text; /* wanted cells: trimmed and unquoted, valid until the next call */
    size_t len;
    bool wanted;
    bool has_nul;  /* a NUL byte is in it */
    bool too_long; /* text is only its beginning: it has more than max_record bytes */
};

struct crunch_record {
    struct crunch_place place;
    uint64_t end; /* offset of its line end, or of the end of the input */
    size_t fields;
    size_t used; /* fields up to the last one that is not empty */
};

struct crunch_automaton {
    /* To be read by the caller. */
    uint64_t offset; /* of the next byte, except within what may become a comment */
    uint64_t lines;  /* physical line ends since the start */
    struct crunch_cell cell;
    struct crunch_record record;

    /* Its own. */
    const struct crunch_dialect *dialect;
    const size_t *wanted; /* ascending; NULL: every cell is wanted */
    size_t n_wanted, next_wanted;
    int state;
    bool at_line;              /* R: nothing but whole lines behind */
    bool record_ended;         /* the next event is RECORD */
    bool keep;                 /* the text of this cell is wanted */
    bool goes_beyond;          /* U: a byte that is not blank lies beyond max_record */
    uint64_t line_begin;       /* offset at which the physical line began */
    uint64_t after_cr;         /* offset after the latest CR */
    size_t matched;            /* bytes of the comment prefix, while it may be one */
    size_t replay, replay_end; /* of the prefix, when it was none */
    uint64_t len;              /* content of this cell, pending quote and blanks included */
    uint64_t closed_len;       /* E, B: content if the quote is the closing one */
    char *text;
    size_t text_size;
    unsigned char class[256];
};

/* dialect and wanted (0-based, ascending, n_wanted of them; NULL: all) must outlive it. */
void crunch_automaton_init(struct crunch_automaton *a, const struct crunch_dialect *dialect,
                           const size_t *wanted, size_t n_wanted);
void crunch_automaton_free(struct crunch_automaton *a);

/* Begins anew, with the next byte at offset. */
void crunch_automaton_start(struct crunch_automaton *a, uint64_t offset, enum crunch_start start);

/* Reads from text[0..len) up to the next event; *used is set to how many bytes it took. */
enum crunch_event crunch_automaton_feed(struct crunch_automaton *a, const char *text, size_t len,
                                        size_t *used);

/* The input is over. Call until it returns MORE, OPEN_QUOTE or NO_MEMORY. */
enum crunch_event crunch_automaton_finish(struct crunch_automaton *a);

/* True between a CR and what follows, when the automaton is in R: an LF there would belong to the
 * line behind it. */
bool crunch_automaton_wants_lf(const struct crunch_automaton *a);

/* Somebody else read whole records: in R at the beginning of a line, moves on by bytes that hold
 * lines line ends, the last of them an LF at the end. */
void crunch_automaton_skip(struct crunch_automaton *a, uint64_t bytes, uint64_t lines);

#endif

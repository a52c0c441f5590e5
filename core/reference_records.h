/* Bytes to cells and records by libcsv, one after another: the reference's scanner. */
#ifndef CRUNCH_CORE_REFERENCE_RECORDS_H
#define CRUNCH_CORE_REFERENCE_RECORDS_H

#include "io/dialect.h"
#include "io/error.h"
#include "io/source.h"

#include <csv.h>

struct crunch_reference_place {
    uint64_t offset, line, byte_column;
};

struct crunch_reference_records {
    const struct crunch_dialect *dialect;
    struct crunch_source *source;
    uint64_t begin; /* a record start in state R */
    uint64_t end;   /* reads the records that begin below it */
    /* What is done with each cell (quotes and outer blanks removed) and at each record's end. */
    void (*cell)(void *context, const char *text, size_t len);
    void (*record)(void *context);
    void *context;
    bool done; /* set it in a call to hear no more */
    /* Places cost a call per byte, so they are kept only on request. */
    bool locate;
    uint64_t line; /* in: the line of begin */
    struct crunch_reference_place cell_place, record_place;

    /* Private. */
    struct csv_parser parser;
    uint64_t position, line_begin;
    char last; /* the byte before position */
    bool at_line_start;
    bool in_comment;
    size_t matched; /* bytes of the comment's prefix seen at the start of this line */
};

/* Reads all of it. CRUNCH_OK also after done was set. An unterminated quote is CRUNCH_BAD_DATA,
 * with cell_place its place if places were asked for, and *unterminated set. */
enum crunch_code crunch_reference_records_read(struct crunch_reference_records *records,
                                               bool *unterminated, struct crunch_error *error);

#endif

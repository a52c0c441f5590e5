/*
 * What was decided about the input before any worker starts: where the data begins, how wide a
 * record is, what the columns are called and hold. Decided once from the first record and the next
 * CRUNCH_PROBE_RECORDS, and given to both the fast path and the reference.
 */
#ifndef CRUNCH_IO_TABLE_H
#define CRUNCH_IO_TABLE_H

#include "io/binary.h"
#include "io/error.h"
#include "io/source.h"

#define CRUNCH_PROBE_RECORDS 1000

enum crunch_kind { CRUNCH_KIND_EMPTY, CRUNCH_KIND_NUMBER, CRUNCH_KIND_TEXT };

struct crunch_column {
    char *name; /* header text, NUL-terminated (NUL in it is bad data); "" without header */
    size_t name_len;
    enum crunch_kind kind; /* from the first non-missing cell of the probed records */
    char *first;           /* that cell's text, or NULL */
    size_t first_len;
};

struct crunch_table {
    struct crunch_dialect dialect; /* for doubles, arith is binary, whatever was asked for */
    struct crunch_binary binary;   /* type.kind is not 0: there are no cells, but numbers */
    size_t width;                  /* fields of a record: those of record 1; 0 for an empty input */
    struct crunch_column *columns;
    bool has_header;
    bool doubtful; /* auto took record 1 as data though it has text in it */
    bool bom;      /* a UTF-8 byte order mark was skipped */
    uint64_t
        data_offset;    /* first byte after BOM, skipped lines and header: the automaton is in R */
    uint64_t data_line; /* physical line of data_offset, from 1 */
};

/* Reads the beginning of source and decides. Errors: CRUNCH_BAD_DATA (UTF-16/32, NUL in the header,
 * unterminated quote, ...) with place; CRUNCH_IO. *out is freed by crunch_table_free. */
enum crunch_code crunch_table_read(struct crunch_source *source,
                                   const struct crunch_dialect *dialect, struct crunch_table **out,
                                   struct crunch_error *error);
/* The same for one member of several files (io/files.h), which begins at byte base of the input;
 * data_offset is relative to it. */
enum crunch_code crunch_table_read_at(struct crunch_source *source, uint64_t base,
                                      const struct crunch_dialect *dialect,
                                      struct crunch_table **out, struct crunch_error *error);
void crunch_table_free(struct crunch_table *table);

/* For crunch_table_read alone: if the input is binary, makes *table (dialect set, else empty) that
 * of its numbers; else leaves table->binary empty. */
enum crunch_code crunch_table_probe_binary(struct crunch_source *source, uint64_t base,
                                           struct crunch_table *table, struct crunch_error *error);

/* Chooses columns. spec is what -c got: a comma-separated list of names, 1-based indexes, ranges
 * `2-5`, globs; `\12` is the name "12"; a name with a comma or odd character may stand in double
 * quotes. NULL: every column of kind NUMBER. *indexes (0-based, in the order asked for, duplicates
 * kept once) is malloc'd and owned by the caller. Errors: CRUNCH_USAGE, with the nearest name as a
 * hint; a name that occurs twice must be chosen by index. */
enum crunch_code crunch_table_select(const struct crunch_table *table, const char *spec,
                                     size_t **indexes, size_t *n, struct crunch_error *error);

/* The column whose name is nearest to a misspelt one; table->width when none is near. */
size_t crunch_table_nearest(const struct crunch_table *table, const char *name, size_t len);

#endif

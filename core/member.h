/*
 * A reader of the files of an input, one after another: for each its own header is read, and its
 * columns are brought into the plan's order. An input of one file has one member, which is the
 * whole.
 *
 * The first file (the first that is not empty) decided the plan's table. A file with the same
 * beginning up to its data is read as it is. Of any other the header is read: the columns wanted
 * are found by name, wherever they stand; without headers the columns are the same by number.
 */
#ifndef CRUNCH_CORE_MEMBER_H
#define CRUNCH_CORE_MEMBER_H

#include "core/job.h"
#include "io/files.h"
#include "io/scan.h"

struct crunch_member {
    const struct crunch_plan *plan;
    struct crunch_source *source;     /* reads the member; not owned */
    size_t file;                      /* that is open; SIZE_MAX: none */
    uint64_t base, end;               /* its place in the input, as stored */
    uint64_t data;                    /* input offset of its first record */
    uint64_t data_line;               /* physical line there, from 1 */
    bool packed;                      /* end is not where its bytes end */
    const struct crunch_table *table; /* the plan's or own_table */

    /* Private. */
    struct crunch_scanner *scanner, *own_scanner;
    struct crunch_table *own_table;
    struct crunch_scan_plan own_plan;
    size_t *own_index; /* the plan's columns in this file, ascending, ... */
    enum crunch_need *own_need;
    bool *own_late;
    size_t *place;            /* ... and where in the plan each of them stands */
    struct crunch_batch rows; /* a batch in the plan's order */
    struct crunch_cells *cells;
    const struct crunch_sink *sink; /* of the scan that runs */
    char *head;                     /* the beginning of the first file, up to its data */
    size_t head_len;
};

/* plan and source (one of the caller's own: a view) outlive the member. CRUNCH_NO_MEMORY, CRUNCH_IO
 * or CRUNCH_OK; to be closed also on failure. */
enum crunch_code crunch_member_init(struct crunch_member *member, const struct crunch_plan *plan,
                                    struct crunch_source *source, struct crunch_error *error);
void crunch_member_close(struct crunch_member *member); /* a zeroed one is fine */

/* Opens file i of the input's files. CRUNCH_IO; CRUNCH_BAD_DATA with the file's name for a column
 * that it does not have. */
enum crunch_code crunch_member_select(struct crunch_member *member, size_t i,
                                      struct crunch_error *error);

/* crunch_scan on the file that is open, rows and bad data in the plan's terms. */
enum crunch_code crunch_member_scan(struct crunch_member *member, const struct crunch_range *range,
                                    const struct crunch_sink *sink, struct crunch_extent *extent,
                                    struct crunch_error *error);

/* crunch_scanner_tell of the scan that is running. */
enum crunch_code crunch_member_tell(struct crunch_member *member, const struct crunch_bad *bad,
                                    struct crunch_error *error);

/* Where column k of the plan's scan stands in the open file. */
size_t crunch_member_column(const struct crunch_member *member, size_t k);
/* The column of the plan's table that is column `column` of the open file; SIZE_MAX when it is none
 * that is scanned (or column is SIZE_MAX). */
size_t crunch_member_plan_column(const struct crunch_member *member, size_t column);

/* The records and line ends of file i before input offset `offset`, a record start. Reads them. */
enum crunch_code crunch_member_count(struct crunch_member *member, size_t i, uint64_t offset,
                                     uint64_t *records, uint64_t *lines,
                                     struct crunch_error *error);

#endif

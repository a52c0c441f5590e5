/*
 * Rejects: the pieces of bad data that policy let pass, for --rejects FILE.
 *
 * A worker puts them into its log (core/log.h) as blocks of a stream of their own: each piece with
 * its cell, then the record's text. At the end those of the chunks that count are written in file
 * order:
 *
 *   file,line,column_in_line,record,byte,field,name,reason,cell,text
 *
 * line, column_in_line and record count from 1 in their file, byte from 0 (where the cell begins);
 * field is the 1-based column (empty: the whole record) and name its header; cell is the cell as
 * read; text is the whole record as it stands in the input, without its line end. All fields that
 * need it are quoted, quotes doubled.
 */
#ifndef CRUNCH_CORE_REJECTS_H
#define CRUNCH_CORE_REJECTS_H

#include "core/log.h"
#include "io/scan.h"

#define CRUNCH_REJECTS_STREAM UINT32_MAX

/* What a piece's place is relative to, where a chunk has several files. */
struct crunch_bad_place {
    uint64_t lines, records; /* of the chunk, in files before the piece's */
    uint64_t base;           /* of the piece's file in the input */
    size_t column;           /* of the plan's table, for its name */
};

/* Puts a piece into log. source: where the record's text is read from, used by this worker only. */
enum crunch_code crunch_rejects_add(struct crunch_log *log, struct crunch_source *source,
                                    const struct crunch_bad *bad,
                                    const struct crunch_bad_place *place,
                                    struct crunch_error *error);

/* A member of several files begins in the chunk, behind so many lines and records of it. */
struct crunch_rejects_file {
    uint64_t file, data_line, lines, records;
};
enum crunch_code crunch_rejects_begin_file(struct crunch_log *log,
                                           const struct crunch_rejects_file *file,
                                           struct crunch_error *error);

/* Writes path (beside it first, then renamed) from the logs of a run on source. */
enum crunch_code crunch_rejects_write(const char *path, const struct crunch_logs *logs,
                                      const struct crunch_table *table,
                                      const struct crunch_source *source,
                                      struct crunch_error *error);

/* A short name of the kind of bad data, as in the reason column. */
const char *crunch_bad_reason(enum crunch_bad_kind kind);

#endif

/*
 * Rejects: the pieces of bad data that policy let pass, for --rejects FILE.
 *
 * A worker puts them into its log (core/log.h) as blocks of a stream of their own: each piece with
 * its cell, then the record's text. At the end those of the chunks that count are written in file
 * order:
 *
 *   file,line,column_in_line,record,byte,field,name,reason,cell,text
 *
 * line, column_in_line and record count from 1, byte from 0 (where the cell begins); field is the
 * 1-based column (empty: the whole record) and name its header; cell is the cell as read; text is
 * the whole record as it stands in the input, without its line end. All fields that need it are
 * quoted, quotes doubled.
 */
#ifndef CRUNCH_CORE_REJECTS_H
#define CRUNCH_CORE_REJECTS_H

#include "core/log.h"
#include "io/scan.h"

#define CRUNCH_REJECTS_STREAM UINT32_MAX

/* Puts a piece into log. source: where the record's text is read from, used by this worker only. */
enum crunch_code crunch_rejects_add(struct crunch_log *log, struct crunch_source *source,
                                    const struct crunch_bad *bad, struct crunch_error *error);

/* Writes path (beside it first, then renamed) from the logs of a run. */
enum crunch_code crunch_rejects_write(const char *path, const struct crunch_logs *logs,
                                      const struct crunch_table *table, const char *file_name,
                                      struct crunch_error *error);

/* A short name of the kind of bad data, as in the reason column. */
const char *crunch_bad_reason(enum crunch_bad_kind kind);

#endif

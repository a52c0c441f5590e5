/*
 * Rejects: the pieces of bad data that policy let pass, for --rejects FILE.
 *
 * A worker appends them to its own unnamed spill file, one segment per scan of a chunk; committing
 * the chunk marks the segment and adds what stands before it. At the end the marked segments are
 * written in chunk order, which is file order:
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

#include "core/chunks.h"
#include "io/scan.h"

struct crunch_rejects; /* a worker's writer */

/* fd: the spill file; source: where record texts are read from, used by this worker only. NULL when
 * out of memory. */
struct crunch_rejects *crunch_rejects_create(int fd, struct crunch_source *source);
void crunch_rejects_free(struct crunch_rejects *rejects);

/* A segment begins at byte `at` of the spill file; what was there is overwritten. */
void crunch_rejects_begin(struct crunch_rejects *rejects, uint64_t at);
enum crunch_code crunch_rejects_add(struct crunch_rejects *rejects, const struct crunch_bad *bad,
                                    struct crunch_error *error);
/* Ends the segment of chunk, unmarked. *bytes is its length, 0 if nothing was added. */
enum crunch_code crunch_rejects_end(struct crunch_rejects *rejects, uint64_t chunk, uint64_t *bytes,
                                    struct crunch_error *error);

/* Marks the segment at byte `at`. May be done again. */
enum crunch_code crunch_rejects_commit(int fd, uint64_t at, const struct crunch_prefix *prefix,
                                       struct crunch_error *error);

/* Writes path (beside it first, then renamed) from n spill files, of which the first end[i] bytes
 * count. first_line: physical line, from 1, of the first data byte. */
enum crunch_code crunch_rejects_write(const char *path, const int *fd, const uint64_t *end,
                                      unsigned n, const struct crunch_table *table,
                                      const char *file_name, struct crunch_error *error);

/* A short name of the kind of bad data, as in the reason column. */
const char *crunch_bad_reason(enum crunch_bad_kind kind);

#endif

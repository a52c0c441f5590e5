/*
 * The stage between scanning and reducing: --where and --map. Of every batch that a scanner hands
 * over it keeps the rows that pass, in order, and appends the computed columns, so that reducers
 * and collectors see one batch of value columns ("slots"): the scanned ones, one per map, with
 * --by-file the number of the file, and, with --where, one that is present in every row, for
 * counting what passed.
 *
 * It also decides which late pieces of bad data count (io/scan.h): those of rows that pass; and
 * finds what is bad about rows as wholes: values out of range, regular expressions that give up.
 *
 * One object per worker.
 */
#ifndef CRUNCH_CORE_STAGE_H
#define CRUNCH_CORE_STAGE_H

#include "core/job.h"

struct crunch_stage;

/* What is done about bad data. */
struct crunch_stage_sink {
    void *context;
    /* Meets a piece, as crunch_scanner_tell does. */
    enum crunch_code (*tell)(void *context, const struct crunch_bad *bad,
                             struct crunch_error *error);
    /* Sets the place of *bad to that of a record of the batch, as crunch_locator_find does. */
    enum crunch_code (*locate)(void *context, const struct crunch_batch *batch, uint64_t record,
                               struct crunch_bad *bad, struct crunch_error *error);
};

/* plan has expressions and outlives the stage. */
enum crunch_code crunch_stage_create(const struct crunch_plan *plan, struct crunch_stage **out,
                                     struct crunch_error *error);
void crunch_stage_free(struct crunch_stage *stage); /* NULL is fine */

/* The batches that come now are of this file of the input (--by-file); at first they are of 0. */
void crunch_stage_file(struct crunch_stage *stage, size_t file);

/* *rows is the stage's, valid until the next call and while scanned is; it may have no rows. Pieces
 * of bad data are told in the order of rows; of a row: a regular expression of --where that gave
 * up, late cells, a regular expression of a map, then each map that is out of range. Under
 * on-error=skip only the first counts, and the row goes; under null what is bad is missing. Errors:
 * those of sink->tell and sink->locate; *rows is then not set. */
enum crunch_code crunch_stage_apply(struct crunch_stage *stage, const struct crunch_batch *scanned,
                                    const struct crunch_stage_sink *sink,
                                    const struct crunch_batch **rows, struct crunch_error *error);

#endif

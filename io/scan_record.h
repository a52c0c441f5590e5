/*
 * The recorder: cells and records of one scan -> rows of the batch and pieces of bad data, by the
 * dialect's policy. The scanner's own; see io/scan.h for the rules.
 */
#ifndef CRUNCH_IO_SCAN_RECORD_H
#define CRUNCH_IO_SCAN_RECORD_H

#include "io/automaton.h"
#include "io/scan.h"

struct crunch_piece; /* of bad data, waiting for the end of its record */

struct crunch_recorder {
    /* To be read by the caller, and counted up when it adds records to the batch by itself. */
    uint64_t records, bad;
    struct crunch_batch *batch; /* NULL without columns */
    const struct crunch_dialect *dialect;

    /* Its own. */
    const struct crunch_scan_plan *plan;
    const struct crunch_sink *sink;
    struct crunch_source *source; /* for its name */
    uint64_t budget;
    struct crunch_number *row; /* cells of this record, wanted columns only */
    size_t next;               /* wanted columns before this one have their cell in row */
    char *scratch;             /* per wanted column that a wide number has come from: its digits */
    struct crunch_text *texts; /* of the cells before next where NEED_TEXT is, which lie in ... */
    char *content;             /* ... here one behind the other; NULL if it is nowhere */
    size_t content_len, content_size;
    struct crunch_piece *piece;
    size_t n_pieces, piece_room;
    struct crunch_late *late; /* of the rows of the batch */
    size_t n_late, late_room;
    char *late_text;
    size_t late_text_len, late_text_size;
    char *text; /* of the pieces */
    size_t text_len, text_size;
};

enum crunch_code crunch_recorder_init(struct crunch_recorder *r,
                                      const struct crunch_scan_plan *plan,
                                      struct crunch_source *source, struct crunch_error *error);
void crunch_recorder_free(struct crunch_recorder *r);

/* Begins a scan. */
void crunch_recorder_start(struct crunch_recorder *r, const struct crunch_sink *sink,
                           uint64_t budget);

/* A cell of the current record, in file order. */
enum crunch_code crunch_recorder_cell(struct crunch_recorder *r, const struct crunch_cell *cell,
                                      struct crunch_error *error);

/* The current record is complete: judges it, appends its row. */
enum crunch_code crunch_recorder_record(struct crunch_recorder *r,
                                        const struct crunch_record *record,
                                        struct crunch_error *error);

/* See crunch_scanner_tell. */
enum crunch_code crunch_recorder_tell(struct crunch_recorder *r, const struct crunch_bad *bad,
                                      struct crunch_error *error);

/* The input ended in the quotes of a->cell. Never CRUNCH_OK. */
enum crunch_code crunch_recorder_open_quote(struct crunch_recorder *r,
                                            const struct crunch_automaton *a,
                                            struct crunch_error *error);

/* Gives the batch to the sink if it is nearly full; or if it holds anything. */
enum crunch_code crunch_recorder_make_room(struct crunch_recorder *r, struct crunch_error *error);
enum crunch_code crunch_recorder_flush(struct crunch_recorder *r, struct crunch_error *error);

#endif

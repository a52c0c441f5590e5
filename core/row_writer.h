/*
 * The collector that writes rows: what `crunch map` and `crunch filter` put out. Each chunk's rows
 * become text in the worker that scans it; the texts are written in file order, whoever made them.
 *
 * A field is quoted when a reader would not give back the same text otherwise: when it holds the
 * delimiter, a quote or a line end, or has blanks at its edges; a row of one empty field, too,
 * since an empty line is no record. Numbers are written with all their digits (core/number_text.h).
 */
#ifndef CRUNCH_CORE_ROW_WRITER_H
#define CRUNCH_CORE_ROW_WRITER_H

#include "core/job.h"

#include <stdio.h>

/* The config; constant during the run but for counts. The slots are those of the plan's columns,
 * in their order. */
struct crunch_row_writing {
    char delimiter;
    FILE *out;
    const char *out_name; /* for messages */
    uint64_t bytes;       /* written so far; by the coordinating thread only */
};

extern const struct crunch_collector crunch_row_writer;

/* Writes the names of the plan's columns as a row; false on a write error. */
bool crunch_row_writer_header(const struct crunch_plan *plan, struct crunch_row_writing *writing);

#endif

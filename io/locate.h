/*
 * Where a record stands, when only its number is known: records are counted again, by the
 * automaton, from where a scan began. Batches carry no places of their rows, for hardly anybody
 * asks; who does asks for ascending records, so that what was scanned once is read once more at
 * most.
 */
#ifndef CRUNCH_IO_LOCATE_H
#define CRUNCH_IO_LOCATE_H

#include "io/scan.h"

struct crunch_locator;

/* Reads source (a view of the caller's own, which outlives it). CRUNCH_NO_MEMORY or CRUNCH_OK. */
enum crunch_code crunch_locator_create(struct crunch_source *source, struct crunch_locator **out,
                                       struct crunch_error *error);
void crunch_locator_free(struct crunch_locator *locator); /* NULL is fine */

/* Sets the place (offset, line, byte_column, record, record_begin, record_end) of *bad to that of a
 * record of a scan of the table's file: record number `record` of it, in a batch that says where
 * its scan began and how far it has read. Errors: CRUNCH_IO, also when a stream is past it. */
enum crunch_code crunch_locator_find(struct crunch_locator *locator,
                                     const struct crunch_table *table,
                                     const struct crunch_batch *batch, uint64_t record,
                                     struct crunch_bad *bad, struct crunch_error *error);

#endif

/* Spooling: a stream becomes an unnamed temporary file, for work that reads the input twice. */
#ifndef CRUNCH_IO_SPOOL_H
#define CRUNCH_IO_SPOOL_H

#include "io/source.h"

/* Copies all of a stream that cannot be read again to the temporary folder of
 * crunch_source_configure(); from then on source is a regular file with the same name and bytes.
 * Nothing to do for a regular file. Before crunch_source_prepare() and any view only. CRUNCH_IO:
 * reading or writing failed. */
enum crunch_code crunch_spool(struct crunch_source *source, struct crunch_error *error);

/* The same also for a packed regular file that is read as a stream. */
enum crunch_code crunch_spool_unpacked(struct crunch_source *source, struct crunch_error *error);

#endif

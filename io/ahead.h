/*
 * Remote members of an input of several files: those that are fetched now and those that are to be.
 * One reader's own; it makes no thread, whoever reads a remote drives the others (io/remote.h).
 */
#ifndef CRUNCH_IO_AHEAD_H
#define CRUNCH_IO_AHEAD_H

#include "io/files.h"
#include "io/remote.h"

struct crunch_ahead;

/* At most jobs (at least 1) requests at once, over all members. files must outlive it.
 * CRUNCH_NO_MEMORY or CRUNCH_IO. */
enum crunch_code crunch_ahead_create(const struct crunch_files *files,
                                     const struct crunch_fetching *fetching, unsigned jobs,
                                     struct crunch_ahead **out, struct crunch_error *error);
void crunch_ahead_free(struct crunch_ahead *ahead); /* NULL is fine */

/* Members [first, end) will be opened, in that order, after those expected before. They are begun
 * to be fetched when there is room. */
void crunch_ahead_expect(struct crunch_ahead *ahead, size_t first, size_t end);

/* The remote of member i, which has a URL, at its byte 0 if nobody has read of it. It is closed
 * when another is opened. CRUNCH_NO_MEMORY or CRUNCH_IO, with the member's name. */
enum crunch_code crunch_ahead_open(struct crunch_ahead *ahead, size_t i, struct crunch_remote **out,
                                   struct crunch_error *error);

#endif

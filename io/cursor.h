/*
 * A cursor: the decoded bytes of a packed regular file, readable at any offset, at the cost of
 * decoding from the nearest known beginning. Reading onwards is what it is for; a little way back
 * is kept.
 */
#ifndef CRUNCH_IO_CURSOR_H
#define CRUNCH_IO_CURSOR_H

#include "io/decode.h"
#include "io/frames.h"

struct crunch_cursor;

/* frames NULL: the only known beginning is the file's. It must outlive the cursor. NULL when out of
 * memory. */
struct crunch_cursor *crunch_cursor_create(const struct crunch_supply *file,
                                           enum crunch_packing packing,
                                           const struct crunch_frames *frames);
void crunch_cursor_free(struct crunch_cursor *cursor);

/* Packed bytes before the place that is decoded. */
uint64_t crunch_cursor_consumed(const struct crunch_cursor *cursor);

/* Copies up to len decoded bytes from offset; less than len only at the end of the input, which has
 * then been proved whole. -1 with *error filled. One caller at a time. */
ssize_t crunch_cursor_read(struct crunch_cursor *cursor, void *buffer, size_t len, uint64_t offset,
                           struct crunch_error *error);

#endif

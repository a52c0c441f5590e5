/*
 * Bytes put aside and read back: frames that stay in memory up to a limit, and beyond it are
 * compressed (zstd) into an unnamed temporary file, which is gone with the process however that
 * ends.
 *
 * Any threads may put frames aside, load and drop them at the same time; what they share is counted
 * atomically. A frame belongs to whoever asked for it.
 */
#ifndef CRUNCH_CORE_SPILL_H
#define CRUNCH_CORE_SPILL_H

#include "io/error.h"

#include <stddef.h>
#include <stdint.h>

struct crunch_spill;

struct crunch_frame {
    unsigned char *data; /* in memory; NULL: in the file */
    uint64_t at;
    size_t stored, bytes;
};

/* limit: bytes of frames in memory (SIZE_MAX: no file is made). tmpdir as for crunch_temp_open,
 * which it must outlive. *out is to be freed in any case, after all frames were dropped. */
enum crunch_code crunch_spill_create(size_t limit, const char *tmpdir, struct crunch_spill **out,
                                     struct crunch_error *error);
void crunch_spill_free(struct crunch_spill *spill); /* NULL is fine */

/* Puts a copy of the bytes aside. CRUNCH_NO_MEMORY, CRUNCH_IO. */
enum crunch_code crunch_spill_put(struct crunch_spill *spill, const void *data, size_t bytes,
                                  struct crunch_frame *frame, struct crunch_error *error);
/* *data are the frame's bytes, until the frame is dropped or *room (malloc'd or NULL; the caller's)
 * is used again. */
enum crunch_code crunch_spill_load(const struct crunch_spill *spill,
                                   const struct crunch_frame *frame, unsigned char **room,
                                   const unsigned char **data, struct crunch_error *error);
void crunch_spill_drop(struct crunch_spill *spill, struct crunch_frame *frame);

/* Bytes that a frame should have for n of them to be open in so much memory: 8 to 256 KiB. Pure. */
size_t crunch_spill_frame_bytes(size_t memory, size_t n);

#endif

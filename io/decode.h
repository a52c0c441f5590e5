/*
 * A decoder: compressed bytes of a supply in, decoded bytes out, in order.
 *
 * The packing is recognised by the first bytes (io/packing.h); what is not packed passes through.
 * zstd (RFC 8878): any number of frames, skippable ones among them. gzip (RFC 1952): any number of
 * members; where the first is a block of BGZF (SAM specification, section 4.1), the last must be
 * its end mark. All checksums are verified. An input that is cut short, corrupt, or followed by
 * anything else is CRUNCH_IO with the compressed offset in the message; whatever was given out
 * before has to be thrown away by the caller.
 *
 * What is unpacked is then recoded, where the supply says so (io/recode.h).
 *
 * Memory is bounded by the window of the data: up to CRUNCH_WINDOW_BYTES for zstd, 64 KiB for gzip.
 * A decoder is plain private memory, so a forked process may go on with its copy. One caller at a
 * time.
 */
#ifndef CRUNCH_IO_DECODE_H
#define CRUNCH_IO_DECODE_H

#include "io/packing.h"
#include "io/supply.h"

#include <stdbool.h>

#define CRUNCH_WINDOW_LOG 27 /* what zstd itself allows unless told otherwise */
#define CRUNCH_WINDOW_BYTES ((size_t)1 << CRUNCH_WINDOW_LOG)

struct crunch_decoder;
struct crunch_frames;

/* Takes a copy of the supply. Nothing is read before the first crunch_decoder_read. Returns NULL
 * when out of memory. */
struct crunch_decoder *crunch_decoder_create(const struct crunch_supply *supply);
void crunch_decoder_free(struct crunch_decoder *decoder);

/* 1 to len decoded bytes (len > 0); 0 at the end of an input that is whole; -1 with *error filled:
 * CRUNCH_IO, CRUNCH_NO_MEMORY, CRUNCH_INTERRUPTED (may be called again). */
ssize_t crunch_decoder_read(struct crunch_decoder *decoder, void *buffer, size_t len,
                            struct crunch_error *error);

/* File only: takes up decoding at a compressed offset where a frame or member begins. bgzf: offset
 * is within a file of such blocks. The packing is known by now or is set here, or is told by the
 * first bytes. */
void crunch_decoder_restart(struct crunch_decoder *decoder, uint64_t offset,
                            enum crunch_packing packing, bool bgzf);

/* The decoder stands at the beginning of a part: from now on frames have to end where parts do, by
 * their packed and their decoded bytes, else it is CRUNCH_IO. frames outlives that. */
void crunch_decoder_hold_to(struct crunch_decoder *decoder, const struct crunch_frames *frames,
                            size_t part);

/* Bytes of the supply that were decoded. */
uint64_t crunch_decoder_consumed(const struct crunch_decoder *decoder);

/* What was read so far is unpacked. */
bool crunch_decoder_is_packed(const struct crunch_decoder *decoder);

/* Decoded bytes, from the beginning or the last restart, of frames or members that are whole and
 * right by their checksums (where they have one); maybe more than were given out. 0 where they are
 * recoded. */
uint64_t crunch_decoder_sound(const struct crunch_decoder *decoder);

/* For frames that begin from now on: a window of so many bytes at most (rounded down to a power of
 * two, at least 1 KiB), else CRUNCH_NO_MEMORY. Never more than CRUNCH_WINDOW_BYTES. */
void crunch_decoder_limit_window(struct crunch_decoder *decoder, uint64_t bytes);

/* Anything that may end a wait of the supply: see struct crunch_supply. */
void crunch_decoder_set_closing(struct crunch_decoder *decoder, _Atomic uint32_t *closing);
void crunch_decoder_set_stop(struct crunch_decoder *decoder, const _Atomic int *stop);

/* Name and version of the library that reads gzip, or "none". */
const char *crunch_inflate_name(void);

#endif

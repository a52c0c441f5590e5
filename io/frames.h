/*
 * An index of packed data that can be decoded in parts: where in the file parts begin, and where in
 * the decoded bytes. Made by walking over headers, without decoding anything.
 */
#ifndef CRUNCH_IO_FRAMES_H
#define CRUNCH_IO_FRAMES_H

#include "io/packing.h"
#include "io/seek_table.h"
#include "io/supply.h"

/* A part is one frame (zstd) or block (BGZF), or several neighbours that are small. Parts tile file
 * and decoded bytes: part i is [packed[i], packed[i + 1]) and [decoded[i], decoded[i + 1]).
 * decoded[] is strictly ascending. Constant after it was made. */
struct crunch_frames {
    enum crunch_packing packing;
    size_t n;
    uint64_t *packed, *decoded;   /* n + 1 each */
    uint64_t largest;             /* decoded bytes of the largest part */
    uint64_t window;              /* the most that unpacking a part has to keep */
    enum crunch_seek_found table; /* USED: sizes are those of a table, so that a decoder has to be
                                     held to them (io/decode.h) */
};

/* A seek table is used where there is one that fits the headers of the frames; *table is then USED,
 * and WRONG when there is one that does not. Otherwise blocks are walked over. *out is NULL when
 * the file cannot be decoded in parts: fewer than two, a frame that does not say its decoded size
 * or is larger than 64 MiB, gzip other than BGZF, or anything that is wrong, which a decoder will
 * name. file: a regular file. CRUNCH_IO, CRUNCH_NO_MEMORY, CRUNCH_INTERRUPTED. */
enum crunch_code crunch_frames_index(const struct crunch_supply *file, enum crunch_packing packing,
                                     struct crunch_frames **out, enum crunch_seek_found *table,
                                     struct crunch_error *error);
void crunch_frames_free(struct crunch_frames *frames);

/* What unpacking the first frame has to keep, in bytes, by its header; a usual value where that
 * does not say. */
uint64_t crunch_frames_window(const struct crunch_supply *file, enum crunch_packing packing);

/* The part that holds decoded byte offset (below the decoded size). Pure. */
size_t crunch_frames_find(const struct crunch_frames *frames, uint64_t offset);

static inline uint64_t crunch_frames_size(const struct crunch_frames *frames)
{
    return frames->decoded[frames->n];
}

#endif

/*
 * The chunks that --verify=sample looks at: where each began and ended, and the canonical states it
 * was committed with, written down by the worker at the moment of the commit.
 *
 * A worker appends to an unnamed file of its own; its length counts only once a whole entry is
 * written, so a worker may be killed at any moment. An entry may occur twice then, with the same
 * content.
 */
#ifndef CRUNCH_CORE_SAMPLE_H
#define CRUNCH_CORE_SAMPLE_H

#include "core/reducer.h"

struct crunch_sampled {
    uint64_t chunk;
    uint64_t begin, end; /* the bytes whose records it settled; begin is a record start */
    uint64_t records;
    char **state; /* canonical encodings: of the layout's columns, then of its sets */
};

struct crunch_samples {
    struct crunch_sampled *item;
    size_t n, n_states;
};

/* Whether a chunk is chosen: one of every ten in a row, at a place drawn from seed, so always at
 * least one of n_chunks (UINT64_MAX: not known). Pure. */
bool crunch_sample_wants(uint64_t seed, uint64_t chunk, uint64_t n_chunks);

/* Appends a chunk and its states at byte *at of fd and moves *at behind it. sampled->state is not
 * read. One worker's file only. */
enum crunch_code crunch_sample_write(int fd, uint64_t *at, const struct crunch_layout *layout,
                                     const struct crunch_sampled *sampled, const void *bundle,
                                     struct crunch_error *error);

/* Adds the entries of bytes [0, end) of fd to *samples (zeroed before the first call). */
enum crunch_code crunch_sample_read(int fd, uint64_t end, size_t n_states,
                                    struct crunch_samples *samples, struct crunch_error *error);
void crunch_samples_free(struct crunch_samples *samples);

#endif

/*
 * Where chunks begin: a pure function of the chunk's number, so that no table of chunks exists and
 * every worker, and every later run with the same arguments, agrees.
 */
#ifndef CRUNCH_CORE_CUTS_H
#define CRUNCH_CORE_CUTS_H

#include <stdint.h>

#define CRUNCH_CUTS_ZONES 3
#define CRUNCH_CHUNKS_UNKNOWN UINT64_MAX

struct crunch_cuts_zone {
    uint64_t first;  /* number of its first chunk */
    uint64_t offset; /* where that begins */
    uint64_t bytes;  /* of each of its chunks */
};

struct crunch_cuts {
    uint64_t begin, end; /* of the data; end UINT64_MAX: a stream */
    uint64_t n_chunks;   /* CRUNCH_CHUNKS_UNKNOWN for a stream */
    unsigned n_zones;
    struct crunch_cuts_zone zone[CRUNCH_CUTS_ZONES];
};

/* chunk_bytes 0: chosen by size and workers, large at first and smaller towards the end, so that
 * all workers end at about the same time. In a stream (end UINT64_MAX) a chunk has at most 1 MiB,
 * since it must fit into the ring several times. workers >= 1. */
void crunch_cuts_init(struct crunch_cuts *cuts, uint64_t begin, uint64_t end, uint64_t chunk_bytes,
                      unsigned workers);

/* Bounds of chunk i (i < n_chunks). */
void crunch_cuts_chunk(const struct crunch_cuts *cuts, uint64_t i, uint64_t *begin, uint64_t *end);

#endif

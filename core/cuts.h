/*
 * Where chunks begin: a pure function of the chunk's number, so that no table of chunks exists and
 * every worker, and every later run with the same arguments, agrees.
 *
 * Input that is packed in parts is cut where parts begin, so that each is unpacked by one worker.
 */
#ifndef CRUNCH_CORE_CUTS_H
#define CRUNCH_CORE_CUTS_H

#include <stddef.h>
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
    const uint64_t *part; /* where parts begin, ascending; NULL: cut anywhere. Not owned */
    size_t n_parts;
};

/* chunk_bytes 0: chosen by size and workers, large at first and smaller towards the end, so that
 * all workers end at about the same time. In a stream (end UINT64_MAX) a chunk has at most 1 MiB,
 * since it must fit into the ring several times. workers >= 1. */
void crunch_cuts_init(struct crunch_cuts *cuts, uint64_t begin, uint64_t end, uint64_t chunk_bytes,
                      unsigned workers);

/* The same with automatic sizes, for an input that is packed in parts: n_parts + 1 offsets where
 * parts begin, strictly ascending, the last being the end of the input. They must outlive the cuts.
 */
void crunch_cuts_init_parts(struct crunch_cuts *cuts, uint64_t begin, const uint64_t *part,
                            size_t n_parts, unsigned workers);

/* Bounds of chunk i (i < n_chunks). */
void crunch_cuts_chunk(const struct crunch_cuts *cuts, uint64_t i, uint64_t *begin, uint64_t *end);

#endif

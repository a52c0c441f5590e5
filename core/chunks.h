/*
 * The queue of chunks and the frontier.
 *
 * Chunks are claimed in order, scanned in any order, and settled in order. The frontier is the
 * position up to which the input has been proved to be scanned right: it stands at a known record
 * start. A scan of chunk i that began just there and succeeded is VALID, and the frontier moves to
 * where it ended; a chunk that the frontier has passed altogether (it lies inside a long record) is
 * VOID; a scan that began elsewhere must be done again from the frontier (REDO). So the settled
 * chunks tile the input byte for byte, whatever was guessed.
 *
 * All of it lies in memory shared by the workers, and a worker may be killed at any instruction:
 * its claims remain recognisable as its own and the frontier is never half-moved.
 */
#ifndef CRUNCH_CORE_CHUNKS_H
#define CRUNCH_CORE_CHUNKS_H

#include "core/cuts.h"
#include "io/bell.h"
#include "io/error.h"
#include "io/source.h"

#include <stdatomic.h>

/* What a scan of a chunk found; published by the worker that claimed it. */
struct crunch_scanned {
    enum crunch_code code; /* CRUNCH_OK, or why it failed */
    bool unsure;           /* no start was found: never valid */
    bool at_end;           /* last is the end of the input */
    uint64_t first, last;  /* as struct crunch_extent */
    uint64_t records, lines, bad;
    uint64_t budget; /* pieces of bad data it was allowed */
};

enum crunch_frontier_state { CRUNCH_FRONTIER_MOVING, CRUNCH_FRONTIER_DONE, CRUNCH_FRONTIER_FAILED };

/* Totals of everything settled so far. */
struct crunch_frontier {
    enum crunch_frontier_state state; /* FAILED: chunk next failed, rightly and first */
    uint64_t next;                    /* lowest chunk that is not settled */
    uint64_t position;                /* a record start; all before it is settled */
    uint64_t records, lines, bad, valid;
};

enum crunch_verdict_kind {
    CRUNCH_PENDING, /* something before it is not settled, or it has not been published */
    CRUNCH_VALID,
    CRUNCH_VOID,
    CRUNCH_REDO,  /* scan again from the frontier, with the budget that is left */
    CRUNCH_FAILED /* it stands, and it is an error */
};

/* What stands before a settled chunk: to be added to its relative numbers. */
struct crunch_prefix {
    uint64_t position, records, lines, bad;
};

struct crunch_window; /* the shared part */

/* A process's or thread's own handle; constant after crunch_chunks_init. */
struct crunch_chunks {
    const struct crunch_cuts *cuts;
    uint64_t max_bad; /* pieces of bad data allowed in all; UINT64_MAX: any number */
    uint64_t entries; /* chunks that may be claimed and not yet retired; a power of two */
    struct crunch_window *window;
    struct crunch_bell *bell;     /* rung when the frontier moves or an entry is retired */
    struct crunch_source *source; /* released up to the frontier; may be NULL (tests) */
};

/* Bytes of shared memory for so many entries (a power of two). */
size_t crunch_window_size(uint64_t entries);
/* window is zeroed memory of that size. start: first byte of data. */
void crunch_chunks_init(struct crunch_chunks *chunks, void *window, uint64_t start);

/* The verdict on a published scan of chunk frontier->next. Pure. */
enum crunch_verdict_kind crunch_chunks_judge(const struct crunch_frontier *frontier,
                                             const struct crunch_scanned *scanned,
                                             uint64_t chunk_end, uint64_t max_bad);

enum crunch_claim { CRUNCH_CLAIMED, CRUNCH_CLAIM_LATER, CRUNCH_CLAIM_NO_MORE };

/* Takes the next chunk for worker (0-based, < 65,535). LATER: all entries are in use, or a failed
 * scan may stop the run. */
enum crunch_claim crunch_chunks_claim(struct crunch_chunks *chunks, unsigned worker,
                                      uint64_t *chunk);

/* The owner, before every scan of a chunk: what was published before no longer counts. */
void crunch_chunks_begin(struct crunch_chunks *chunks, uint64_t chunk);
/* The owner, after it. Everything the scan produced must be in place before. */
void crunch_chunks_publish(struct crunch_chunks *chunks, uint64_t chunk,
                           const struct crunch_scanned *scanned);
/* True if chunk's scan is published and stands so. */
bool crunch_chunks_published(struct crunch_chunks *chunks, uint64_t chunk);

/* Settles what can be settled. Never waits: who finds the frontier taken may leave, since the
 * holder looks again after letting go. */
void crunch_chunks_advance(struct crunch_chunks *chunks, unsigned worker);

/* A consistent copy. */
void crunch_chunks_frontier(struct crunch_chunks *chunks, struct crunch_frontier *frontier);

/* The owner: how its chunk stands. *prefix is filled for VALID and FAILED. */
enum crunch_verdict_kind crunch_chunks_verdict(struct crunch_chunks *chunks, uint64_t chunk,
                                               struct crunch_prefix *prefix);

/* The owner, when nothing of the chunk is needed any more: its entry may be used again. */
void crunch_chunks_retire(struct crunch_chunks *chunks, uint64_t chunk);

/* The lowest chunk >= from that worker has claimed and not retired; false when there is none. */
bool crunch_chunks_owned(struct crunch_chunks *chunks, unsigned worker, uint64_t from,
                         uint64_t *chunk);
/* Who has claimed the chunk; false when nobody has it. */
bool crunch_chunks_owner(struct crunch_chunks *chunks, uint64_t chunk, unsigned *worker);

/* The parent, after worker has been reaped: frees the frontier if it died holding it. */
void crunch_chunks_bury(struct crunch_chunks *chunks, unsigned worker);

/* How many workers have died on chunk, as counted by the parent. */
unsigned crunch_chunks_deaths(struct crunch_chunks *chunks, uint64_t chunk);
/* The parent: counts one more death on chunk and returns how many there were. */
unsigned crunch_chunks_count_death(struct crunch_chunks *chunks, uint64_t chunk);

#endif

/*
 * A run as its workers see it: a constant part (struct crunch_run, inherited by forked workers) and
 * the memory they share (everything it points to below `shared`).
 *
 * Who writes what in shared memory:
 *   bell, ended    rung by anybody
 *   halt           set by anybody, never cleared: workers are to leave
 *   abort_*        by the first who fails outside any chunk
 *   window         see core/chunks.c
 *   region i       by worker i, one thread or process at a time; read by the parent when the worker
 *                  is gone (and working, beat at any time)
 *
 * A region holds the worker's states: two copies of what it has committed, of which `active` names
 * the true one, and slots, one for each chunk it has claimed and not yet committed. A commit writes
 * the other copy and then flips active, so a worker killed anywhere leaves a whole copy behind.
 */
#ifndef CRUNCH_CORE_RUN_STATE_H
#define CRUNCH_CORE_RUN_STATE_H

#include "core/chunks.h"
#include "core/log.h"
#include "core/run.h"

#include <stdatomic.h>

#define CRUNCH_SLOTS 4      /* chunks a worker may have scanned and not committed, */
#define CRUNCH_SLOTS_WIDE 2 /* ... and when a bundle is larger than this: memory counts, */
#define CRUNCH_WIDE_BUNDLE ((size_t)1 << 20) /* and such chunks take long enough to be settled */
#define CRUNCH_WORKERS_MAX 65000             /* owner words have 16 bits for it */
#define CRUNCH_TICK_MS 100

/* Where a worker's time in chunks went, in nanoseconds of wall time. */
struct crunch_times {
    uint64_t busy, read, reduce;
};

struct crunch_slot {
    _Atomic uint64_t chunk_plus; /* chunk + 1; 0: free */
    bool dirty;                  /* the bundle is not empty */
    uint64_t records, bytes;
    struct crunch_times times;
    uint64_t log_at, log_bytes; /* its segment in the worker's log; 0 bytes: none */
    struct crunch_error error;  /* when the scan failed, ... */
    uint64_t file, data_line;   /* ... in this member of several files, ... */
    bool from_start;            /* ... of which the scan has seen the beginning */
    bool in_records;            /* it failed among the records, not by what the file is, ... */
    uint64_t records_before;    /* ... of which the chunk has so many in the files before it */
};

struct crunch_committed {
    uint64_t last_plus; /* greatest chunk committed + 1 */
    uint64_t records, bytes, chunks;
    struct crunch_times times;
};

struct crunch_region {
    _Alignas(64) _Atomic uint32_t active;
    struct crunch_committed committed[2];
    _Atomic uint64_t working_plus;  /* chunk being scanned + 1; 0: none */
    _Atomic uint64_t beat_ns;       /* CLOCK_MONOTONIC when it last showed that it lives; 0: a
                                      thread that has not begun or has left */
    _Atomic uint64_t consumed_plus; /* chunk + 1 of which bytes were released before it was done */
    _Atomic uint64_t redone;        /* scans made again for a wrong guess */
    _Atomic uint64_t unpacked; /* stored bytes it has read of a packed file among several, whose
                                  end the frontier has not reached; for the progress bar */
    uint32_t lives;            /* workers that have had this region; by the parent */
    _Atomic uint64_t log_end;  /* bytes of the log that count */
    _Atomic uint64_t emitted;  /* bytes of them that are emitted; by the parent */
    uint64_t sample_end;       /* bytes of the sample file that count */
    struct crunch_slot slot[CRUNCH_SLOTS];
};

struct crunch_shared {
    struct crunch_bell bell;  /* the frontier moved, an entry was retired, bytes arrived */
    struct crunch_bell ended; /* a worker left */
    _Atomic uint32_t left;    /* workers that left, of backends with threads */
    _Atomic uint32_t halt;
    _Atomic uint32_t abort_state; /* 0; 1: being written; 2: abort_error is valid */
    struct crunch_error abort_error;
};

struct crunch_run {
    uint64_t shown_bytes; /* by the progress bar, which never goes back */
    const struct crunch_plan *plan;
    struct crunch_source *source;
    const struct crunch_run_hooks *hooks;
    struct crunch_run_result *result; /* by the parent only */
    bool may_die;                     /* workers can be lost and replaced */
    bool tick_in_worker;              /* the only worker ticks itself (seq) */
    unsigned n_workers;
    struct crunch_cuts cuts;
    struct crunch_chunks chunks;
    struct crunch_shared *shared;
    size_t shared_bytes;
    unsigned char *regions;
    unsigned slots;      /* in use: crunch_slots_for(bundle) of each region's */
    size_t region_bytes; /* header pages, 2 committed bundles, slots bundles */
    size_t header_bytes;
    int *log;     /* per worker, for collectors and rejects; NULL: none is written */
    bool rejects; /* bad data that policy lets pass goes to the logs */
    int *sample;  /* per worker, for --verify=sample; NULL: none is taken */
    double started_s;
    double ticked_s;
    struct crunch_follower *follower; /* when collectors emit; by the coordinating thread only */
    bool log_is_kept;                 /* something in the logs is read after the run */
    bool leak;                        /* a thread hangs in shared memory: it must outlive the run */
};

/* Slots a worker uses when a bundle has that many bytes. Pure. */
static inline unsigned crunch_slots_for(size_t bundle_bytes)
{
    return bundle_bytes > CRUNCH_WIDE_BUNDLE ? CRUNCH_SLOTS_WIDE : CRUNCH_SLOTS;
}

struct crunch_region *crunch_run_region(const struct crunch_run *run, unsigned worker);
void *crunch_run_committed_bundle(const struct crunch_run *run, unsigned worker, unsigned copy);
void *crunch_run_slot_bundle(const struct crunch_run *run, unsigned worker, unsigned slot);

uint64_t crunch_now_ns(void);
double crunch_now_s(void);

/* The body of worker (0-based), also of one that takes over a dead one's region. CRUNCH_OK when
 * there is nothing left for it to do, also because the run has failed or is halting. */
enum crunch_code crunch_worker_body(struct crunch_run *run, unsigned worker);

/* Ordered output, see core/emission.c. Called by the coordinating thread only, but for is_behind:
 * true when worker's log has so much that was not emitted yet that it must not claim more. */
enum crunch_code crunch_emission_begin(struct crunch_run *run, struct crunch_error *error);
enum crunch_code crunch_emission_go_on(struct crunch_run *run, struct crunch_error *error);
void crunch_emission_end(struct crunch_run *run);
bool crunch_emission_is_behind(const struct crunch_run *run, unsigned worker);

/* Anybody: the run fails for a reason outside any chunk. The first reason is kept. */
void crunch_run_abort(struct crunch_run *run, const struct crunch_error *error);
bool crunch_run_halting(const struct crunch_run *run);

/* For a backend whose workers have ended, before it ends the reading of a stream: false while the
 * stream has to be read on to tell damage from bad data; then it is asked again. */
bool crunch_run_input_settled(struct crunch_run *run);

/* For backends, from the coordinating thread: progress, stop signal, and with check_time the
 * time-out (then the run is aborted and run->leak is set). True while the run should go on. */
bool crunch_run_tick(struct crunch_run *run, bool check_time);

/* True if worker, which is alive, has been silent for longer than --timeout. */
bool crunch_run_overdue(const struct crunch_run *run, unsigned worker);
/* The chunk that worker is at: the one it scans, else the lowest it holds; false: none. */
bool crunch_run_chunk_of(struct crunch_run *run, unsigned worker, uint64_t *chunk);

void crunch_run_note(struct crunch_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "chunk 12 [201326592,218103808)" */
struct crunch_chunk_text {
    char text[80];
};
struct crunch_chunk_text crunch_run_chunk_text(const struct crunch_run *run, uint64_t chunk);

#endif

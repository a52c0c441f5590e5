/*
 * The runner: one pass over the input by the workers of a backend, merged into one bundle.
 */
#ifndef CRUNCH_CORE_RUN_H
#define CRUNCH_CORE_RUN_H

#include "core/counted.h"
#include "core/job.h"
#include "core/log.h"
#include "core/places.h"
#include "core/sample.h"

#define CRUNCH_NOTES_MAX 64

struct crunch_worker_stats {
    uint64_t records, bytes, chunks;
    double busy_s;   /* wall time in chunks */
    double read_s;   /* of it, in reading, waiting for a stream included */
    double reduce_s; /* of it, in the reducers; the rest went into scanning and parsing */
};

/* Something that happened and was survived: a worker killed and replaced, fewer workers than asked.
 */
struct crunch_note {
    char text[240];
};

struct crunch_run_result {
    void *bundle;     /* the merged states, layout of the plan; owned */
    uint64_t records; /* data records, also those left out by policy */
    uint64_t lines, bytes;
    uint64_t bad; /* pieces of bad data that policy let pass */
    uint64_t chunks, redone_guesses, redone_lost;
    unsigned workers;                   /* that were started */
    struct crunch_worker_stats *worker; /* workers entries; owned */
    struct crunch_note notes[CRUNCH_NOTES_MAX];
    size_t n_notes;                 /* may exceed CRUNCH_NOTES_MAX: only that many are kept */
    struct crunch_samples samples;  /* of --verify=sample; owned */
    struct crunch_places places;    /* of crunch_places_make; owned */
    struct crunch_counts counts;    /* of crunch_counts_make; owned */
    struct crunch_logs logs;        /* what collectors wrote; owned */
    struct crunch_ordered *ordered; /* order statistics per slot (crunch_run_passes); owned */
    size_t n_ordered;               /* 0: none were asked for */
    double elapsed_s;
    int stop_signal; /* the signal behind CRUNCH_INTERRUPTED */
};

struct crunch_progress {
    uint64_t bytes_done, bytes_total; /* total CRUNCH_SIZE_UNKNOWN for a stream */
    double elapsed_s;
};

struct crunch_run_hooks {
    void *context;
    void (*progress)(void *context,
                     const struct crunch_progress *);        /* ~10 times a second, or NULL */
    void (*note)(void *context, const struct crunch_note *); /* as they happen, or NULL */
    bool emit; /* collectors that emit do (not so in a run for checking) */
};

/* A request to stop, set by the caller's signal handler (0: none); read by workers between pieces.
 */
extern _Atomic int crunch_stop_signal;

/* Runs the plan. On an error *result is still to be freed and its notes are valid; the error is the
 * one at the lowest offset, whatever ran where. Rejects are left in its logs.
 * Call from the main thread, with no other thread alive when the backend is procs. */
enum crunch_code crunch_run(const struct crunch_plan *plan, struct crunch_source *source,
                            const struct crunch_run_hooks *hooks, struct crunch_run_result *result,
                            struct crunch_error *error);
/* What finishers read of a slot: adds to *exact, initialised with the slot's arithmetic and needs,
 * which must not outlive the result. */
void crunch_run_extract(const struct crunch_plan *plan, const struct crunch_run_result *result,
                        size_t slot, struct crunch_exact *exact);
void crunch_run_result_free(struct crunch_run_result *result);

/* Installs the vector kernels of this CPU (or of CRUNCH_SIMD=scalar|avx2|avx512) for the process.
 * Call once before anything else; CRUNCH_USAGE for an unknown name or one this CPU cannot run. */
enum crunch_code crunch_simd_init(struct crunch_error *error);
const char *crunch_simd_name(void);

#endif

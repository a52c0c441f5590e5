/*
 * A backend: how workers are made. It starts n workers on one body and returns when all have ended;
 * everything else (chunks, states, errors, merging) is the runner's and the same for all of them.
 */
#ifndef CRUNCH_CORE_BACKEND_H
#define CRUNCH_CORE_BACKEND_H

#include "io/error.h"

#include <stddef.h>

struct crunch_run; /* core/run_state.h: the runner's shared memory, as workers see it */

struct crunch_backend {
    const char *name; /* also the name of its option: --procs, --threads, --omp, --seq */
    const char *help;
    bool survives_death; /* a worker can die and be replaced (processes) */
    /* Runs run->n_workers workers (fewer, said in the run, if no more can be made) over
     * crunch_worker_body(run, id), and ticks progress and the time-out meanwhile. Returns when no
     * worker is left. CRUNCH_NO_MEMORY if not one worker could be started. */
    enum crunch_code (*start)(struct crunch_run *run, struct crunch_error *error);
};

/* All backends of this build, default first; *n is set to how many. */
const struct crunch_backend *const *crunch_backends(size_t *n);
const struct crunch_backend *crunch_backend_find(const char *name);

#endif

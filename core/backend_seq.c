/*
 * The sequential backend: the body of one worker in the caller's thread. The worker ticks itself,
 * and reads a stream on when it needs more.
 */
#include "core/backend_rows.h"
#include "core/run_state.h"

static enum crunch_code start(struct crunch_run *run, struct crunch_error *error)
{
    (void)error;
    crunch_run_region(run, 0)->lives = 1;
    crunch_worker_body(run, 0); /* what went wrong is in the run */
    while (!crunch_run_input_settled(run))
        crunch_run_tick(run, false);
    return CRUNCH_OK;
}

const struct crunch_backend crunch_backend_seq = {
    .name = "seq",
    .help = "one worker, in the main thread",
    .survives_death = false,
    .start = start,
};

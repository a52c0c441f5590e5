/*
 * Ordered output while a run goes on: blocks of collectors that emit are handed over in file order
 * as soon as their chunks are committed, by the coordinating thread (the parent of processes, the
 * main thread of threads, the worker itself on seq). What was handed over is given back to the file
 * system, and a worker that is far ahead of it claims no more chunks until it has caught up, so
 * temporary files stay small however large the output is.
 *
 * That cannot lock up: chunks that are claimed are scanned and settled whatever the emission does,
 * so everything before the frontier can always be handed over.
 */
#include "core/run_state.h"

#include <fcntl.h>

#define BEHIND_BYTES ((uint64_t)64 << 20)

static bool wants(void *context, uint32_t stream)
{
    const struct crunch_run *run = context;
    return stream < run->plan->n_collecting && run->plan->collecting[stream].collector->emit;
}

static enum crunch_code hand_over(void *context, uint32_t stream, const void *data, size_t bytes,
                                  struct crunch_error *error)
{
    const struct crunch_run *run = context;
    const struct crunch_collecting *use = &run->plan->collecting[stream];
    return use->collector->emit(run->plan, use->config, data, bytes, error);
}

static void give_back(void *context, unsigned file, uint64_t at, uint64_t bytes)
{
    const struct crunch_run *run = context;
    struct crunch_region *region = crunch_run_region(run, file);
#ifdef FALLOC_FL_PUNCH_HOLE
    /* Where the file system cannot do it, the room comes back at the end. */
    const off_t page = 4096;
    off_t begin = ((off_t)at + page - 1) / page * page, end = (off_t)(at + bytes) / page * page;
    if (!run->log_is_kept && end > begin + 16 * page)
        (void)!fallocate(run->log[file], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, begin,
                         end - begin);
#endif
    if (atomic_load(&region->emitted) < at + bytes)
        atomic_store(&region->emitted, at + bytes);
    crunch_bell_ring(&run->shared->bell);
}

enum crunch_code crunch_emission_begin(struct crunch_run *run, struct crunch_error *error)
{
    bool any = false;
    run->log_is_kept = run->rejects || run->plan->job->verify != CRUNCH_VERIFY_NO || !run->hooks ||
                       !run->hooks->emit;
    for (uint32_t i = 0; i < run->plan->n_collecting; i++) {
        any = any || wants(run, i);
        run->log_is_kept = run->log_is_kept || !wants(run, i);
    }
    if (!any || !run->hooks || !run->hooks->emit)
        return CRUNCH_OK;
    run->follower = crunch_follower_create(run->log, run->n_workers, run->cuts.begin);
    return run->follower ? CRUNCH_OK : crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
}

enum crunch_code crunch_emission_go_on(struct crunch_run *run, struct crunch_error *error)
{
    const struct crunch_following to = {run, wants, hand_over, give_back};
    enum crunch_code code = CRUNCH_OK;
    if (!run->follower)
        return CRUNCH_OK;
    for (unsigned i = 0; i < run->n_workers && !code; i++)
        code = crunch_follower_look(run->follower, i,
                                    atomic_load(&crunch_run_region(run, i)->log_end), error);
    return code ? code : crunch_follower_deliver(run->follower, &to, error);
}

void crunch_emission_end(struct crunch_run *run)
{
    crunch_follower_free(run->follower);
    run->follower = NULL;
}

bool crunch_emission_is_behind(const struct crunch_run *run, unsigned worker)
{
    struct crunch_region *region = crunch_run_region(run, worker);
    if (!run->follower)
        return false;
    return atomic_load(&region->log_end) - atomic_load(&region->emitted) > BEHIND_BYTES;
}

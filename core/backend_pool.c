/*
 * A pool that lives for one call: threads take the next task from an atomic counter until there is
 * none. Each thread keeps the error of the lowest task that failed in it; the lowest of those is
 * the caller's.
 */
#include "core/backend_pool.h"

#include "core/cpus.h"
#include "core/job.h"
#include "core/run.h"

#include <mpfr.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct pool {
    size_t n;
    enum crunch_code (*task)(void *context, size_t i, struct crunch_error *error);
    void *context;
    _Atomic size_t next;
    _Atomic bool failed;
};

struct member {
    struct pool *pool;
    pthread_t thread;
    size_t failed_at; /* task that failed; meaningful when error.code is set */
    struct crunch_error error;
};

unsigned crunch_parallel_threads(const struct crunch_job *job)
{
    struct crunch_cpus cpus;
    if (strcmp(job->backend->name, "seq") == 0)
        return 1;
    crunch_cpus_count(&cpus, "");
    return job->workers < cpus.usable ? (job->workers > 0 ? job->workers : 1) : cpus.usable;
}

static void *take_tasks(void *argument)
{
    struct member *member = argument;
    struct pool *pool = member->pool;
    while (!atomic_load_explicit(&pool->failed, memory_order_relaxed)) {
        size_t i = atomic_fetch_add(&pool->next, 1);
        enum crunch_code code = CRUNCH_OK;
        if (i >= pool->n)
            break;
        if (crunch_stop_signal)
            code = crunch_fail(&member->error, CRUNCH_INTERRUPTED, "interrupted");
        else
            code = pool->task(pool->context, i, &member->error);
        if (!code)
            continue;
        member->error.code = code;
        member->failed_at = i;
        atomic_store(&pool->failed, true);
    }
    mpfr_free_cache2(MPFR_FREE_LOCAL_CACHE); /* each thread has one, which outlives it */
    return NULL;
}

/* The error of the lowest task that failed. */
static enum crunch_code conclude(const struct member *member, unsigned n,
                                 struct crunch_error *error)
{
    const struct member *lowest = NULL;
    for (unsigned i = 0; i < n; i++)
        if (member[i].error.code && (!lowest || member[i].failed_at < lowest->failed_at))
            lowest = &member[i];
    if (!lowest)
        return CRUNCH_OK;
    if (error)
        *error = lowest->error;
    return lowest->error.code;
}

enum crunch_code crunch_parallel_for(unsigned threads, size_t n,
                                     enum crunch_code (*task)(void *context, size_t i,
                                                              struct crunch_error *error),
                                     void *context, struct crunch_error *error)
{
    struct pool pool = {.n = n, .task = task, .context = context};
    struct member alone = {.pool = &pool}, *member = &alone;
    sigset_t all, before;
    unsigned started = 1;
    enum crunch_code code;
    if (threads > n)
        threads = n > 0 ? (unsigned)n : 1;
    if (threads > 1)
        member = calloc(threads, sizeof *member);
    if (!member) {
        member = &alone;
        threads = 1;
    }
    member[0].pool = &pool;
    sigfillset(&all);        /* signals are the caller's */
    sigdelset(&all, SIGBUS); /* but for a fault of the thread's own: io/mapping.h */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; started < threads; started++) {
        member[started].pool = &pool;
        if (pthread_create(&member[started].thread, NULL, take_tasks, &member[started]) != 0)
            break;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    take_tasks(&member[0]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(member[i].thread, NULL);
    code = conclude(member, started, error);
    if (member != &alone)
        free(member);
    return code;
}

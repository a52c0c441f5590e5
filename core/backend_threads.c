/*
 * POSIX threads, one per worker, and the main thread as coordinator: it sleeps on the bell `ended`
 * and wakes ten times a second for progress, the stop signal and the time-out. Also the parts that
 * the OpenMP backend shares with it (core/team.h).
 *
 * A thread cannot be killed: when one hangs, the run is given up with its threads left running, and
 * the process has to exit.
 */
#include "core/backend_rows.h"
#include "core/team.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct member {
    struct crunch_run *run;
    unsigned id;
    pthread_t thread;
};

/* Creates a thread that leaves signals to the main thread, whose waits they must interrupt. */
static int create_thread(pthread_t *thread, void *(*body)(void *), void *argument)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all);
    sigdelset(&all, SIGBUS); /* a fault of the thread's own: io/mapping.h */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(thread, NULL, body, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

static void *read_body(void *argument)
{
    crunch_source_pump(argument);
    return NULL;
}

enum crunch_code crunch_reader_start(struct crunch_reader_thread *reader, struct crunch_run *run,
                                     struct crunch_error *error)
{
    int failed;

    reader->running = false;
    if (!crunch_source_is_stream(run->source) ||
        crunch_source_size(run->source) != CRUNCH_SIZE_UNKNOWN)
        return CRUNCH_OK;
    failed = create_thread(&reader->thread, read_body, run->source);
    if (failed)
        return crunch_fail_errno(error, CRUNCH_NO_MEMORY, failed,
                                 "cannot start the reading thread");
    reader->running = true;
    return CRUNCH_OK;
}

void crunch_reader_stop(struct crunch_reader_thread *reader, struct crunch_run *run)
{
    if (!reader->running)
        return;
    for (;;) {
        uint32_t seen = crunch_bell_count(&run->shared->bell);

        if (crunch_run_input_settled(run))
            break;
        crunch_run_tick(run, false);
        crunch_bell_wait(&run->shared->bell, seen, CRUNCH_TICK_MS);
    }
    crunch_source_end_pump(run->source);
    pthread_join(reader->thread, NULL);
}

static void *wait_body(void *argument)
{
    pthread_mutex_t *gate = argument;

    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

unsigned crunch_team_possible(unsigned n)
{
    const struct timespec moment = {0, 2000000};
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t *thread = malloc(n * sizeof *thread);
    unsigned made = 0;

    if (!thread)
        return 1;
    pthread_mutex_lock(&gate);
    while (made < n && create_thread(&thread[made], wait_body, &gate) == 0)
        made++;
    pthread_mutex_unlock(&gate);
    for (unsigned i = 0; i < made; i++)
        pthread_join(thread[i], NULL);
    free(thread);
    if (made < n)
        nanosleep(&moment, NULL); /* a joined thread is counted by the kernel for a moment longer */
    return made;
}

void crunch_team_leave(struct crunch_run *run)
{
    atomic_fetch_add(&run->shared->left, 1);
    crunch_bell_ring(&run->shared->ended);
}

bool crunch_team_watch(struct crunch_run *run, unsigned n)
{
    for (;;) {
        uint32_t seen = crunch_bell_count(&run->shared->ended);

        if (atomic_load(&run->shared->left) >= n)
            return true;
        crunch_run_tick(run, true);
        if (run->leak)
            return false;
        crunch_bell_wait(&run->shared->ended, seen, CRUNCH_TICK_MS);
    }
}

static void *work_body(void *argument)
{
    struct member *member = argument;
    struct crunch_run *run = member->run;

    crunch_worker_body(run, member->id);
    crunch_team_leave(run);
    return NULL;
}

static unsigned start_members(struct crunch_run *run, struct member *member, int *failed)
{
    unsigned n = 0;

    for (*failed = 0; n < run->n_workers; n++) {
        member[n] = (struct member){.run = run, .id = n};
        crunch_run_region(run, n)->lives = 1;
        *failed = create_thread(&member[n].thread, work_body, &member[n]);
        if (*failed)
            break;
    }
    return n;
}

static enum crunch_code start(struct crunch_run *run, struct crunch_error *error)
{
    struct crunch_reader_thread reader;
    struct member *member = calloc(run->n_workers, sizeof *member);
    enum crunch_code code;
    unsigned n;
    int failed;

    if (!member)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    code = crunch_reader_start(&reader, run, error);
    if (code) {
        free(member);
        return code;
    }
    n = start_members(run, member, &failed);
    if (n == 0)
        code = crunch_fail_errno(error, CRUNCH_NO_MEMORY, failed, "cannot start a thread");
    else if (failed)
        crunch_run_note(run, "%u of %u threads could be started: %s", n, run->n_workers,
                        strerror(failed));
    run->result->workers = n;
    if (!crunch_team_watch(run, n))
        return CRUNCH_OK; /* member and the threads are left as they are */
    for (unsigned i = 0; i < n; i++)
        pthread_join(member[i].thread, NULL);
    crunch_reader_stop(&reader, run);
    free(member);
    return code;
}

const struct crunch_backend crunch_backend_threads = {
    .name = "threads",
    .help = "POSIX threads",
    .survives_death = false,
    .start = start,
};

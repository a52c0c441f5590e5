/*
 * OpenMP: one team, one worker per thread of it. The team is led by a thread of its own, so that
 * the main thread can look after the run, and can give it up when a worker hangs (a team cannot be
 * left before its barrier).
 *
 * OpenMP may give fewer threads than asked for, and a mixture of one compiler's code and another's
 * library gives one without a word; any number is right, since workers share a queue, but it is
 * said.
 */
#include "core/backend_rows.h"
#include "core/team.h"

#include <omp.h>
#include <stdlib.h>

struct team {
    struct crunch_run *run;
    _Atomic unsigned threads; /* that the team really has; 0: not known yet */
    _Atomic unsigned ended;   /* workers that are done: what they wrote comes before what the leader
                                 does next, said in C11's terms too, since ThreadSanitizer does not
                                 see the barrier of gcc's library */
};

static void *lead(void *argument)
{
    struct team *team = argument;
    struct crunch_run *run = team->run;
    /* libgomp ends the process when it cannot make a thread: ask for those that can be. The leader
     * is one of them. */
    int asked = 1 + (int)crunch_team_possible(run->n_workers - 1);

    omp_set_dynamic(0);
#pragma omp parallel num_threads(asked)
    {
        if (omp_get_thread_num() == 0)
            atomic_store(&team->threads, (unsigned)omp_get_num_threads());
        crunch_worker_body(run, (unsigned)omp_get_thread_num());
        atomic_fetch_add(&team->ended, 1);
    }
    (void)atomic_load(&team->ended);
    crunch_team_leave(run);
    return NULL;
}

static enum crunch_code start(struct crunch_run *run, struct crunch_error *error)
{
    struct crunch_reader_thread reader;
    struct team *team = malloc(sizeof *team);
    pthread_t leader;
    enum crunch_code code;
    unsigned threads;
    int failed;

    if (!team)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    *team = (struct team){.run = run};
    for (unsigned i = 0; i < run->n_workers; i++)
        crunch_run_region(run, i)->lives = 1;
    code = crunch_reader_start(&reader, run, error);
    if (code) {
        free(team);
        return code;
    }
    failed = pthread_create(&leader, NULL, lead, team);
    if (failed) {
        code = crunch_fail_errno(error, CRUNCH_NO_MEMORY, failed, "cannot start a thread");
    } else {
        if (!crunch_team_watch(run, 1))
            return CRUNCH_OK; /* left as it is: the process is to exit */
        pthread_join(leader, NULL);
        threads = atomic_load(&team->threads);
        if (threads < run->n_workers)
            crunch_run_note(run, "OpenMP gave %u of %u threads", threads, run->n_workers);
        run->result->workers = threads;
    }
    crunch_reader_stop(&reader, run);
    free(team);
    return code;
}

const struct crunch_backend crunch_backend_omp = {
    .name = "omp",
    .help = "an OpenMP team",
    .survives_death = false,
    .start = start,
};

/*
 * Processes: every worker is a fork of this one, and so is the reader of a stream. All are forked
 * before any thread exists and the parent stays single-threaded, so a replacement can be forked at
 * any time. The parent sleeps in poll() over one pidfd per child (where pidfd_open is missing it
 * looks every few milliseconds) and never waits for a particular one.
 *
 * A worker that ends in any way but by leaving its body (killed by any signal, or exited with a
 * status) has died. Its region is whole in all that counts (core/run_state.h), so a fork takes it
 * over: it finds the chunks its predecessor had claimed and does what was not committed again. A
 * chunk on which workers died more than --retries times ends the run, with the chunk named.
 *
 * Children end with _exit: nothing of the parent's (stdio buffers, handlers) runs twice. They are
 * killed by the kernel when the parent dies (PR_SET_PDEATHSIG; getppid() tells whether it was dead
 * before that was set). They ignore SIGINT, which a terminal sends to everybody: the parent
 * decides.
 */
#include "core/backend_rows.h"
#include "core/run_state.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define POLL_WITHOUT_PIDFD_MS 2
#define FORK_TRIES 50 /* for a replacement, 20 ms apart */

struct child {
    pid_t pid;    /* 0: none */
    int pidfd;    /* -1: none */
    bool overdue; /* killed by us, for the time-out */
};

struct family {
    struct crunch_run *run;
    unsigned n;           /* workers, children [0, n); the reader is child n */
    struct child *child;  /* n + 1 */
    struct pollfd *ready; /* n + 1 */
    unsigned alive;       /* workers */
};

/* ---- making children ---- */

/* In the child: does not return. worker == n: the reader. */
static void run_child(struct family *family, unsigned worker, pid_t parent)
{
    struct crunch_run *run = family->run;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    if (worker == family->n)
        crunch_source_pump(run->source);
    else
        crunch_worker_body(run, worker);
    _exit(0);
}

/* Forks child k. Returns 0 or an errno. */
static int make_child(struct family *family, unsigned k)
{
    struct child *child = &family->child[k];
    sigset_t stopping, before;
    pid_t parent = getpid(), pid;
    int failed;

    if (k < family->n) /* it may hang before its own first beat */
        atomic_store(&crunch_run_region(family->run, k)->beat_ns, crunch_now_ns());
    /* A stop signal between fork and signal() would set the child's copy of the flag only. */
    sigemptyset(&stopping);
    sigaddset(&stopping, SIGINT);
    sigaddset(&stopping, SIGTERM);
    sigaddset(&stopping, SIGHUP);
    sigprocmask(SIG_BLOCK, &stopping, &before);
    pid = fork();
    failed = errno;
    if (pid == 0) {
        signal(SIGINT, SIG_IGN);
        signal(SIGTERM, SIG_DFL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        run_child(family, k, parent);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0)
        return failed;
    child->pid = pid;
    child->overdue = false;
    child->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (k < family->n)
        family->alive++;
    return 0;
}

static void forget_child(struct family *family, unsigned k)
{
    struct child *child = &family->child[k];

    if (child->pidfd >= 0)
        close(child->pidfd);
    child->pidfd = -1;
    child->pid = 0;
    if (k < family->n)
        family->alive--;
}

static void kill_all(struct family *family)
{
    for (unsigned k = 0; k <= family->n; k++)
        if (family->child[k].pid)
            kill(family->child[k].pid, SIGKILL);
    for (unsigned k = 0; k <= family->n; k++) {
        while (family->child[k].pid && waitpid(family->child[k].pid, NULL, 0) < 0 && errno == EINTR)
            ;
        if (family->child[k].pid)
            forget_child(family, k);
    }
}

/* ---- a worker's death ---- */

static void describe_death(const struct child *child, int status, double timeout_s, char *out,
                           size_t size)
{
    const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;

    if (child->overdue)
        snprintf(out, size, "stopped after %g s", timeout_s);
    else if (name)
        snprintf(out, size, "killed by SIG%s", name);
    else if (WIFSIGNALED(status))
        snprintf(out, size, "killed by signal %d", WTERMSIG(status));
    else
        snprintf(out, size, "exited with status %d", WEXITSTATUS(status));
}

static void abort_run(struct crunch_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void abort_run(struct crunch_run *run, const char *format, ...)
{
    struct crunch_error error;
    char text[sizeof error.message];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    crunch_fail(&error, CRUNCH_WORKER_LOST, "%s", text);
    crunch_run_abort(run, &error);
}

static int replace(struct family *family, unsigned worker)
{
    const struct timespec pause = {0, 20 * 1000000};
    int failed = 0;

    crunch_run_region(family->run, worker)->lives++;
    for (int i = 0; i < FORK_TRIES && !crunch_stop_signal; i++) {
        failed = make_child(family, worker);
        if (!failed)
            return 0;
        nanosleep(&pause, NULL);
    }
    return failed ? failed : EINTR;
}

/* A stop signal that goes to the whole process group kills workers a moment before it is seen. */
static bool stopping(int status)
{
    const struct timespec moment = {0, 20 * 1000000};

    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGHUP))
        nanosleep(&moment, NULL);
    return crunch_stop_signal != 0;
}

static void worker_died(struct family *family, unsigned worker, int status)
{
    struct crunch_run *run = family->run;
    struct crunch_region *region = crunch_run_region(run, worker);
    struct child dead = family->child[worker];
    char how[80], place[120] = "between chunks";
    uint64_t chunk = 0;
    unsigned deaths;
    bool holds = crunch_run_chunk_of(run, worker, &chunk);
    int failed;

    describe_death(&dead, status, run->plan->job->timeout_s, how, sizeof how);
    forget_child(family, worker);
    crunch_chunks_bury(&run->chunks, worker);
    if (stopping(status) || crunch_run_halting(run))
        return;
    if (holds)
        snprintf(place, sizeof place, "on %s", crunch_run_chunk_text(run, chunk).text);
    deaths = holds ? crunch_chunks_count_death(&run->chunks, chunk) : region->lives;
    if (deaths > run->plan->job->retries) {
        abort_run(run, "worker %u (pid %d) %s %s; %u tried, and no more are allowed", worker,
                  (int)dead.pid, how, place, deaths);
        return;
    }
    if (holds && atomic_load(&region->consumed_plus) == chunk + 1) {
        abort_run(run,
                  "worker %u (pid %d) %s %s, which cannot be read again: a record in it is "
                  "longer than what is kept of a stream",
                  worker, (int)dead.pid, how, place);
        return;
    }
    if (holds)
        run->result->redone_lost++;
    failed = replace(family, worker);
    if (failed && !crunch_stop_signal)
        abort_run(run, "worker %u (pid %d) %s %s, and no other can be started: %s", worker,
                  (int)dead.pid, how, place, strerror(failed));
    else if (!failed)
        crunch_run_note(run, "worker %u (pid %d) %s %s; %s worker %u (pid %d)", worker,
                        (int)dead.pid, how, place, holds ? "redone by" : "replaced by", worker,
                        (int)family->child[worker].pid);
}

static void child_ended(struct family *family, unsigned k, int status)
{
    bool died = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    char how[80];

    if (k < family->n && died) {
        worker_died(family, k, status);
        return;
    }
    describe_death(&family->child[k], status, 0, how, sizeof how);
    forget_child(family, k);
    if (died && !stopping(status))
        abort_run(family->run,
                  "the process that reads the input was %s, and a stream cannot be "
                  "read again",
                  how);
}

/* ---- the parent's loop ---- */

static void reap(struct family *family)
{
    for (unsigned k = 0; k <= family->n; k++) {
        int status;

        if (family->child[k].pid && waitpid(family->child[k].pid, &status, WNOHANG) > 0)
            child_ended(family, k, status);
    }
}

static void kill_overdue(struct family *family)
{
    if (family->run->plan->job->timeout_s <= 0)
        return;
    for (unsigned k = 0; k < family->n; k++) {
        struct child *child = &family->child[k];

        if (!child->pid || child->overdue || !crunch_run_overdue(family->run, k))
            continue;
        child->overdue = true;
        kill(child->pid, SIGKILL);
    }
}

static void sleep_until_something(struct family *family)
{
    int timeout = CRUNCH_TICK_MS;
    nfds_t n = 0;

    for (unsigned k = 0; k <= family->n; k++) {
        if (!family->child[k].pid)
            continue;
        if (family->child[k].pidfd < 0)
            timeout = POLL_WITHOUT_PIDFD_MS;
        else
            family->ready[n++] = (struct pollfd){.fd = family->child[k].pidfd, .events = POLLIN};
    }
    poll(family->ready, n, timeout);
}

static void look_after(struct family *family)
{
    while (family->alive) {
        if (!crunch_run_tick(family->run, false))
            break;
        kill_overdue(family);
        sleep_until_something(family);
        reap(family);
    }
    while (family->alive == 0 && family->child[family->n].pid &&
           !crunch_run_input_settled(family->run)) {
        crunch_run_tick(family->run, false);
        sleep_until_something(family);
        reap(family);
    }
    kill_all(family);
}

static enum crunch_code start_family(struct family *family, struct crunch_error *error)
{
    struct crunch_run *run = family->run;
    int failed = 0;

    if (crunch_source_is_stream(run->source) &&
        crunch_source_size(run->source) == CRUNCH_SIZE_UNKNOWN)
        failed = make_child(family, family->n);
    if (failed)
        return crunch_fail_errno(error, CRUNCH_NO_MEMORY, failed,
                                 "cannot start the reading process");
    for (unsigned k = 0; k < family->n && !failed; k++) {
        crunch_run_region(run, k)->lives = 1;
        failed = make_child(family, k);
    }
    if (family->alive == 0)
        return crunch_fail_errno(error, CRUNCH_NO_MEMORY, failed, "cannot start a process");
    if (failed)
        crunch_run_note(run, "%u of %u processes could be started: %s", family->alive, family->n,
                        strerror(failed));
    run->result->workers = family->alive;
    return CRUNCH_OK;
}

static enum crunch_code start(struct crunch_run *run, struct crunch_error *error)
{
    struct family family = {.run = run, .n = run->n_workers};
    enum crunch_code code = CRUNCH_OK;

    family.child = calloc(family.n + 1, sizeof *family.child);
    family.ready = calloc(family.n + 1, sizeof *family.ready);
    if (!family.child || !family.ready) {
        code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    } else {
        for (unsigned k = 0; k <= family.n; k++)
            family.child[k].pidfd = -1;
        code = start_family(&family, error);
        if (!code)
            look_after(&family);
        kill_all(&family);
    }
    free(family.child);
    free(family.ready);
    return code;
}

const struct crunch_backend crunch_backend_procs = {
    .name = "procs",
    .help = "forked processes; one that dies is replaced",
    .survives_death = true,
    .start = start,
};

/*
 * What the backends with threads have in common: the thread that reads a stream, and the main
 * thread that looks after the run while workers work.
 */
#ifndef CRUNCH_CORE_TEAM_H
#define CRUNCH_CORE_TEAM_H

#include "core/run_state.h"

#include <pthread.h>

struct crunch_reader_thread {
    pthread_t thread;
    bool running;
};

/* Starts the reader when the source is a stream that has not ended yet. */
enum crunch_code crunch_reader_start(struct crunch_reader_thread *reader, struct crunch_run *run,
                                     struct crunch_error *error);
void crunch_reader_stop(struct crunch_reader_thread *reader, struct crunch_run *run);

/* How many threads, up to n, this process can have beside its present ones: tries it. For a runtime
 * that ends the process when it cannot have what it was asked for. */
unsigned crunch_team_possible(unsigned n);

/* A worker thread's last call. */
void crunch_team_leave(struct crunch_run *run);

/* Ticks until n workers have left. False: one hangs, run->leak is set, and no thread may be joined.
 */
bool crunch_team_watch(struct crunch_run *run, unsigned n);

#endif

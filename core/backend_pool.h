/*
 * Threads for work between and after runs: merging, sorting, putting results together. A run's
 * workers are gone by then, so a process that forks its workers may have threads here too.
 */
#ifndef CRUNCH_CORE_BACKEND_POOL_H
#define CRUNCH_CORE_BACKEND_POOL_H

#include "io/error.h"

#include <stddef.h>

struct crunch_job;

/* How many threads a job may use between runs: one for seq, otherwise as many as it has workers,
 * but not more than there are CPUs. */
unsigned crunch_parallel_threads(const struct crunch_job *job);

/* Calls task(context, i) for every i in [0, n), each once, by up to `threads` threads (the caller's
 * is one of them), which are gone when it returns. Tasks are taken in order as threads become free,
 * so put the long ones first. After a task has failed no more are begun; the error is that of the
 * lowest i that failed. Where threads cannot be made the caller's does it all. A stop signal ends
 * it with CRUNCH_INTERRUPTED. */
enum crunch_code crunch_parallel_for(unsigned threads, size_t n,
                                     enum crunch_code (*task)(void *context, size_t i,
                                                              struct crunch_error *error),
                                     void *context, struct crunch_error *error);

#endif

/*
 * Collectors: reducers whose state does not have a fixed size (groups, order statistics, sets of
 * values, mapped rows), or that need to know where in the file a row stands.
 *
 * A collector works chunk by chunk. A worker has one object of it, in private memory; when a chunk
 * begins the object is emptied, it is fed the chunk's rows, and when the chunk ends it writes what
 * it has into the worker's log (core/log.h) as blocks. Whether a chunk counts is decided later, by
 * marking its segment, so a collector need not know about wrong guesses, retries or dead workers.
 * After the run the blocks of all marked segments, in file order, are there to be merged.
 *
 * What blocks hold must not depend on where chunks were cut once it is merged: that is what the
 * tests of every collector show. Row positions are relative to the chunk (batch->record) and become
 * absolute with block.prefix.records.
 */
#ifndef CRUNCH_CORE_COLLECT_H
#define CRUNCH_CORE_COLLECT_H

#include "core/log.h"
#include "io/batch.h"

#include <stdio.h>

struct crunch_extent;
struct crunch_plan;
struct crunch_reference_row;

/* One row per kind of collector; config is what the plan says about this use of it. */
struct crunch_collector {
    const char *name;

    /* A worker's own object, used by one thread or process only. */
    enum crunch_code (*create)(const struct crunch_plan *plan, const void *config, void **self,
                               struct crunch_error *error);
    void (*destroy)(void *self); /* NULL is fine */
    void (*begin)(void *self);   /* a chunk begins: empty, whatever was fed before */
    /* The rows that passed --where, computed columns included. May put blocks when it has become
     * large; the object stays bounded. */
    enum crunch_code (*feed)(void *self, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error);
    /* NULL, or: called before end with the part of the input that the chunk was found to be, by a
     * guess that may be wrong like everything else. */
    enum crunch_code (*range)(void *self, const struct crunch_extent *extent,
                              struct crunch_log *log, uint32_t stream, struct crunch_error *error);
    enum crunch_code (*end)(void *self, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error);

    /* NULL, or: called with every block in file order, as early as it is known to count, by the
     * coordinating thread (ordered output). data is valid during the call. */
    enum crunch_code (*emit)(const struct crunch_plan *plan, const void *config, const void *data,
                             size_t bytes, struct crunch_error *error);

    /* For --verify, all or none: the canonical text of what was found, line by line, by the run ...
     */
    enum crunch_code (*write)(const struct crunch_plan *plan, const void *config,
                              const struct crunch_logs *logs, uint32_t stream, FILE *out,
                              struct crunch_error *error);
    /* ... and by the reference, which is fed every row that passes, in file order. */
    enum crunch_code (*reference_create)(const struct crunch_plan *plan, const void *config,
                                         void **self, struct crunch_error *error);
    enum crunch_code (*reference_row)(void *self, const struct crunch_reference_row *row,
                                      struct crunch_error *error);
    enum crunch_code (*reference_write)(void *self, FILE *out, struct crunch_error *error);
    void (*reference_destroy)(void *self); /* NULL is fine */
};

/* A use of a collector in a plan; its index in plan->collecting is its stream in the logs. */
struct crunch_collecting {
    const struct crunch_collector *collector;
    void *config; /* owned by the plan, freed by free_config */
    void (*free_config)(void *config);
};

#endif

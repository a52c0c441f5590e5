/*
 * Logs: what does not fit into a state of fixed size. Each worker has one, an unnamed file that
 * disappears with its last descriptor, however the process ends.
 *
 * A log is a row of segments, one for each scan of a chunk, and a segment is a row of blocks, each
 * of one stream (a number that says whose it is: a collector's, or the rejects'). A segment counts
 * only once its chunk is committed: then it is marked and carries what stands before the chunk, so
 * that relative numbers in its blocks can be made absolute. Segments of scans that did not stand,
 * or of a worker that was killed, are never marked and are passed over.
 *
 * Only the worker that owns a region writes its log, at places which the region counts, so that a
 * successor simply writes over what a dead one left half-done.
 */
#ifndef CRUNCH_CORE_LOG_H
#define CRUNCH_CORE_LOG_H

#include "core/chunks.h"

#include <stddef.h>

/* ---- a worker's side ---- */

struct crunch_log; /* one worker's writer */

/* fd: the log's file, the caller's. NULL when out of memory. */
struct crunch_log *crunch_log_create(int fd);
void crunch_log_free(struct crunch_log *log); /* NULL is fine */

/* A segment begins at byte `at` of the file; what was there is overwritten. */
void crunch_log_begin(struct crunch_log *log, uint64_t at);
/* Appends a block to the segment. Blocks of one stream keep their order. Large blocks are
 * compressed (zstd) once the file is large. Errors: CRUNCH_IO (a full disk, say). */
enum crunch_code crunch_log_put(struct crunch_log *log, uint32_t stream, const void *data,
                                size_t bytes, struct crunch_error *error);
/* The same for data that cannot be compressed any further. */
enum crunch_code crunch_log_put_as_is(struct crunch_log *log, uint32_t stream, const void *data,
                                      size_t bytes, struct crunch_error *error);
/* Ends the segment of chunk, unmarked. *bytes is its length in the file, never 0. */
enum crunch_code crunch_log_end(struct crunch_log *log, uint64_t chunk, uint64_t *bytes,
                                struct crunch_error *error);

/* Marks the segment at byte `at`: the records in [prefix->position, end) of the input are its. May
 * be done again. */
enum crunch_code crunch_log_commit(int fd, uint64_t at, const struct crunch_prefix *prefix,
                                   uint64_t end, struct crunch_error *error);

/* ---- while the run goes on: blocks in file order, as soon as they count ---- */

struct crunch_follower;

struct crunch_following {
    void *context;
    bool (*wants)(void *context, uint32_t stream);
    enum crunch_code (*block)(void *context, uint32_t stream, const void *data, size_t bytes,
                              struct crunch_error *error);
    /* Bytes [at, at + bytes) of a file are not needed for this any more. */
    void (*done)(void *context, unsigned file, uint64_t at, uint64_t bytes);
};

/* position: where the input's first record begins. fd must outlive it. NULL when out of memory. */
struct crunch_follower *crunch_follower_create(const int *fd, unsigned n, uint64_t position);
void crunch_follower_free(struct crunch_follower *follower); /* NULL is fine */
/* Takes note of a file's segments before byte `end`, whole ones. Errors as the log's. */
enum crunch_code crunch_follower_look(struct crunch_follower *follower, unsigned file, uint64_t end,
                                      struct crunch_error *error);
/* Delivers what can be: segments one after another that tile the input from the position on. */
enum crunch_code crunch_follower_deliver(struct crunch_follower *follower,
                                         const struct crunch_following *to,
                                         struct crunch_error *error);
/* Everything before it in the input was delivered. */
uint64_t crunch_follower_position(const struct crunch_follower *follower);

/* ---- after the run ---- */

/* A block of a marked segment. */
struct crunch_block {
    uint64_t chunk;
    struct crunch_prefix prefix; /* what stands before the chunk */
    uint32_t stream;
    unsigned file; /* whose log */
    uint64_t at;   /* where its bytes are in it, ... */
    size_t stored; /* ... how many, compressed or not, ... */
    size_t bytes;  /* ... and how many when read */
};

/* All blocks of a run, in file order (and within a chunk in the order they were put). Constant once
 * made; any thread may load blocks at the same time. */
struct crunch_logs {
    int *fd; /* owned */
    unsigned n_files;
    struct crunch_block *block; /* owned */
    size_t n_blocks;
};

/* Lists the marked segments' blocks of n files, of which the first end[i] bytes count. Takes over
 * the descriptors and the array fd (malloc'd), also on failure. */
enum crunch_code crunch_logs_open(struct crunch_logs *logs, int *fd, const uint64_t *end,
                                  unsigned n, struct crunch_error *error);
void crunch_logs_free(struct crunch_logs *logs); /* a zeroed one is fine */

/* Reads a block into data (block->bytes bytes). Thread-safe. */
enum crunch_code crunch_logs_load(const struct crunch_logs *logs, const struct crunch_block *block,
                                  void *data, struct crunch_error *error);

#endif

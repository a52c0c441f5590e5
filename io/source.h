/*
 * A source: the bytes of one input, readable at any offset by any worker.
 *
 * A regular file is read with pread. A stream (stdin, a pipe, a FIFO, a device) is read once, by
 * one reader, into a bounded ring of blocks in memory shared with every worker; workers copy out
 * of it with the same call. A block stays until crunch_source_release() says that all work on it
 * is committed, and the reader waits when the ring is full, so reading cannot outrun the workers.
 */
#ifndef CRUNCH_IO_SOURCE_H
#define CRUNCH_IO_SOURCE_H

#include "io/error.h"

#include <stddef.h>
#include <sys/types.h>

#define CRUNCH_BLOCK_BYTES ((size_t)1 << 20) /* a block of the ring, and the unit of its accounting */
#define CRUNCH_SIZE_UNKNOWN UINT64_MAX
#define CRUNCH_SOURCE_GONE ((ssize_t)-2) /* released: the work that asked for it is void */

struct crunch_source;

/* Opens path ("-" is standard input). A directory, a missing or unreadable file fail with
 * CRUNCH_IO. *out is owned by the caller (crunch_source_close). Not for concurrent use. */
enum crunch_code crunch_source_open(const char *path, struct crunch_source **out,
                                    struct crunch_error *error);

/* The name for messages ("-" becomes "<stdin>"); lives as long as the process. */
const char *crunch_source_name(const struct crunch_source *source);

bool crunch_source_is_stream(const struct crunch_source *source);

/* Bytes in all; CRUNCH_SIZE_UNKNOWN for a stream whose end has not been seen yet. */
uint64_t crunch_source_size(const struct crunch_source *source);

/* Copies up to len bytes from offset to buffer. Returns the number copied, less than len only at
 * the end of the input; CRUNCH_SOURCE_GONE if a stream has released offset; -1 with *error filled
 * on a read error, on an interrupt, or when a regular file has become shorter. For a stream it
 * waits until the bytes are there. Any worker (thread or forked process) may call it at any time. */
ssize_t crunch_source_read(struct crunch_source *source, void *buffer, size_t len, uint64_t offset,
                           struct crunch_error *error);

/* Stream only: every byte below offset is done with. Monotonic; any worker may call it. */
void crunch_source_release(struct crunch_source *source, uint64_t offset);

/* Regular file only: CRUNCH_IO if size, mtime or identity changed since it was opened. */
enum crunch_code crunch_source_check_unchanged(struct crunch_source *source, struct crunch_error *error);

/* Closes; NULL is fine. */
void crunch_source_close(struct crunch_source *source);

#endif

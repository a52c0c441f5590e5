/*
 * Logs: segments of blocks, written by one worker at a time and read when the run is over.
 *
 * Layout of a file: segment headers, each followed by `bytes` bytes of blocks; a block is its
 * header and its stored bytes. `committed` is set before the commit it belongs to; a worker killed
 * between the two commits that chunk again with the same values, so marking twice is harmless.
 *
 * Small blocks are gathered in a buffer, large ones go to the file directly. Compression costs time
 * and saves room, so it begins only when the file is large: what fits into the page cache anyway is
 * left as it is.
 */
#include "core/log_layout.h"

#include "io/temp.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define BUFFER_BYTES ((size_t)65536)
#define COMPRESS_FROM ((uint64_t)64 << 20) /* bytes of the file; */
#define COMPRESS_BLOCK ((size_t)4096)      /* and of a block */
#define COMPRESS_LEVEL 1

struct crunch_log {
    int fd;
    uint64_t begin;   /* of the segment */
    uint64_t written; /* bytes of it in the file, header included */
    size_t held;
    ZSTD_CCtx *compressor; /* made when first needed */
    unsigned char *packed; /* room for a compressed block */
    size_t packed_size;
    unsigned char buffer[BUFFER_BYTES];
};

struct crunch_log *crunch_log_create(int fd)
{
    struct crunch_log *log = malloc(sizeof *log);
    if (!log)
        return NULL;
    log->fd = fd;
    log->compressor = NULL;
    log->packed = NULL;
    log->packed_size = 0;
    crunch_log_begin(log, 0);
    return log;
}

void crunch_log_free(struct crunch_log *log)
{
    if (!log)
        return;
    ZSTD_freeCCtx(log->compressor);
    free(log->packed);
    free(log);
}

void crunch_log_begin(struct crunch_log *log, uint64_t at)
{
    log->begin = at;
    log->written = sizeof(struct crunch_log_segment);
    log->held = 0;
}

static enum crunch_code write_at(int fd, const void *data, size_t len, uint64_t at,
                                 struct crunch_error *error)
{
    int failed = crunch_write_all(fd, data, len, (off_t)at);
    if (!failed)
        return CRUNCH_OK;
    crunch_fail_errno(error, CRUNCH_IO, failed, "cannot write a temporary file");
    crunch_hint(error, "choose a folder with more room with --tmpdir");
    return CRUNCH_IO;
}

static enum crunch_code flush(struct crunch_log *log, struct crunch_error *error)
{
    enum crunch_code code =
        write_at(log->fd, log->buffer, log->held, log->begin + log->written, error);
    log->written += log->held;
    log->held = 0;
    return code;
}

/* Through the buffer, or around it when data is large. */
static enum crunch_code append(struct crunch_log *log, const void *data, size_t len,
                               struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    if (log->held + len > BUFFER_BYTES)
        code = flush(log, error);
    if (code || len == 0)
        return code;
    if (len > BUFFER_BYTES) {
        code = write_at(log->fd, data, len, log->begin + log->written, error);
        log->written += len;
        return code;
    }
    memcpy(log->buffer + log->held, data, len);
    log->held += len;
    return CRUNCH_OK;
}

/* The block compressed in log->packed, or 0 where that is not worth it or memory is short: then it
 * is stored as it is. */
static size_t compress(struct crunch_log *log, const void *data, size_t bytes)
{
    size_t bound = ZSTD_compressBound(bytes), packed;
    if (log->begin + log->written < COMPRESS_FROM || bytes < COMPRESS_BLOCK)
        return 0;
    if (!log->compressor)
        log->compressor = ZSTD_createCCtx();
    if (log->packed_size < bound) {
        unsigned char *room = realloc(log->packed, bound);
        if (!room)
            return 0;
        log->packed = room;
        log->packed_size = bound;
    }
    if (!log->compressor)
        return 0;
    packed = ZSTD_compressCCtx(log->compressor, log->packed, log->packed_size, data, bytes,
                               COMPRESS_LEVEL);
    return ZSTD_isError(packed) || packed >= bytes ? 0 : packed;
}

enum crunch_code crunch_log_put(struct crunch_log *log, uint32_t stream, const void *data,
                                size_t bytes, struct crunch_error *error)
{
    size_t packed = compress(log, data, bytes);
    const struct crunch_log_block header = {
        .stored = packed ? packed : bytes, .bytes = bytes, .stream = stream};
    enum crunch_code code = append(log, &header, sizeof header, error);
    if (!code)
        code = append(log, packed ? log->packed : data, (size_t)header.stored, error);
    return code;
}

enum crunch_code crunch_log_put_as_is(struct crunch_log *log, uint32_t stream, const void *data,
                                      size_t bytes, struct crunch_error *error)
{
    const struct crunch_log_block header = {.stored = bytes, .bytes = bytes, .stream = stream};
    enum crunch_code code = append(log, &header, sizeof header, error);
    return code ? code : append(log, data, bytes, error);
}

enum crunch_code crunch_log_end(struct crunch_log *log, uint64_t chunk, uint64_t *bytes,
                                struct crunch_error *error)
{
    struct crunch_log_segment header = {.chunk = chunk};
    enum crunch_code code = flush(log, error);
    header.bytes = log->written - sizeof header;
    *bytes = 0;
    if (!code)
        code = write_at(log->fd, &header, sizeof header, log->begin, error);
    if (!code)
        *bytes = log->written;
    return code;
}

enum crunch_code crunch_log_commit(int fd, uint64_t at, const struct crunch_prefix *prefix,
                                   uint64_t end, struct crunch_error *error)
{
    struct crunch_log_segment header;
    int failed = crunch_read_all(fd, &header, sizeof header, (off_t)at);
    if (failed)
        return crunch_fail_errno(error, CRUNCH_IO, failed, "cannot read a temporary file back");
    header.committed = 0;
    header.end = end;
    header.prefix = *prefix;
    enum crunch_code code = write_at(fd, &header, sizeof header, at, error);
    header.committed = 1; /* last, and by itself: somebody may be reading along */
    if (!code)
        code = write_at(fd, &header.committed, sizeof header.committed,
                        at + offsetof(struct crunch_log_segment, committed), error);
    return code;
}

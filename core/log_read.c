/*
 * Logs, the reader's side: following the logs of a run that goes on, and listing those of one that
 * is over. The writer's side is core/log.c.
 *
 * A follower reads along while workers write. It looks only at whole segments (the region counts
 * them), and believes a mark only together with what was written before it.
 */
#include "core/log_layout.h"
#include "io/temp.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

static enum crunch_code read_failed(struct crunch_error *error, int failed)
{
    return crunch_fail_errno(error, CRUNCH_IO, failed, "cannot read a temporary file back");
}

/* Room for one more element of an array of n, doubled as it fills; NULL: out of memory. */
static void *room_for_one(void *array, size_t n, size_t element)
{
    if ((n & (n - 1)) != 0) /* neither 0 nor a power of two: there is room */
        return array;
    return realloc(array, (n ? n * 2 : 1) * element);
}

static enum crunch_code load_packed(int fd, uint64_t at, const struct crunch_log_block *header,
                                    void *data, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    size_t stored = (size_t)header->stored, bytes = (size_t)header->bytes;
    void *packed = malloc(stored);
    int failed;
    if (!packed)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    failed = crunch_read_all(fd, packed, stored, (off_t)at);
    if (failed)
        code = read_failed(error, failed);
    else if (ZSTD_decompress(data, bytes, packed, stored) != bytes)
        code = crunch_fail(error, CRUNCH_IO, "a temporary file is corrupt");
    free(packed);
    return code;
}

/* The block's bytes, from byte `at` of the file. */
static enum crunch_code load_stored(int fd, uint64_t at, const struct crunch_log_block *header,
                                    void *data, struct crunch_error *error)
{
    int failed;
    if (header->stored != header->bytes)
        return load_packed(fd, at, header, data, error);
    failed = crunch_read_all(fd, data, (size_t)header->bytes, (off_t)at);
    return failed ? read_failed(error, failed) : CRUNCH_OK;
}

/* ---- following ---- */

/* A segment that is not done with: not marked when last looked at, or its turn has not come. */
struct pending {
    unsigned file;
    uint64_t at;
    struct crunch_log_segment header;
};

struct crunch_follower {
    const int *fd;
    uint64_t position; /* of the input: everything before it was delivered */
    uint64_t *seen;    /* per file: segments before it are pending or done with */
    struct pending *pending;
    size_t n_pending;
    unsigned char *data;
    size_t size;
};

struct crunch_follower *crunch_follower_create(const int *fd, unsigned n, uint64_t position)
{
    struct crunch_follower *follower = calloc(1, sizeof *follower);
    if (!follower)
        return NULL;
    follower->fd = fd;
    follower->position = position;
    follower->seen = calloc(n, sizeof *follower->seen);
    if (follower->seen)
        return follower;
    free(follower);
    return NULL;
}

void crunch_follower_free(struct crunch_follower *follower)
{
    if (!follower)
        return;
    free(follower->seen);
    free(follower->pending);
    free(follower->data);
    free(follower);
}

uint64_t crunch_follower_position(const struct crunch_follower *follower)
{
    return follower->position;
}

enum crunch_code crunch_follower_look(struct crunch_follower *follower, unsigned file, uint64_t end,
                                      struct crunch_error *error)
{
    while (follower->seen[file] < end) {
        struct pending *grown = room_for_one(follower->pending, follower->n_pending, sizeof *grown),
                       *p;
        if (!grown)
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        follower->pending = grown;
        p = &grown[follower->n_pending];
        *p = (struct pending){.file = file, .at = follower->seen[file]};
        int failed =
            crunch_read_all(follower->fd[file], &p->header, sizeof p->header, (off_t)p->at);
        if (failed)
            return read_failed(error, failed);
        follower->n_pending++;
        follower->seen[file] += sizeof p->header + p->header.bytes;
    }
    return CRUNCH_OK;
}

/* Forgets segments of chunks up to one that was delivered: they are done with, or never were. */
static void forget(struct crunch_follower *follower, uint64_t chunk)
{
    size_t kept = 0;
    for (size_t i = 0; i < follower->n_pending; i++)
        if (follower->pending[i].header.chunk > chunk)
            follower->pending[kept++] = follower->pending[i];
    follower->n_pending = kept;
}

static enum crunch_code deliver(struct crunch_follower *follower, const struct pending *segment,
                                const struct crunch_following *to, struct crunch_error *error)
{
    int fd = follower->fd[segment->file];
    uint64_t at = segment->at + sizeof segment->header, end = at + segment->header.bytes;
    enum crunch_code code = CRUNCH_OK;
    while (at < end && !code) {
        struct crunch_log_block header;
        int failed = crunch_read_all(fd, &header, sizeof header, (off_t)at);
        if (failed)
            return read_failed(error, failed);
        at += sizeof header;
        if (header.bytes > follower->size) {
            unsigned char *room = realloc(follower->data, (size_t)header.bytes);
            if (!room)
                return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
            follower->data = room;
            follower->size = (size_t)header.bytes;
        }
        if (to->wants(to->context, (uint32_t)header.stream)) {
            code = load_stored(fd, at, &header, follower->data, error);
            if (!code)
                code = to->block(to->context, (uint32_t)header.stream, follower->data,
                                 (size_t)header.bytes, error);
        }
        at += header.stored;
    }
    return code;
}

/* By where their records begin; those that are not marked last. */
static int by_position(const void *a, const void *b)
{
    const struct pending *x = a, *y = b;
    if (x->header.committed != y->header.committed)
        return x->header.committed ? -1 : 1;
    if (x->header.prefix.position != y->header.prefix.position)
        return x->header.prefix.position < y->header.prefix.position ? -1 : 1;
    return (x->header.end > y->header.end) - (x->header.end < y->header.end);
}

/* Looks again at segments that were not marked. */
static enum crunch_code refresh(struct crunch_follower *follower, struct crunch_error *error)
{
    for (size_t i = 0; i < follower->n_pending; i++) {
        struct pending *p = &follower->pending[i];
        int failed = p->header.committed ? 0
                                         : crunch_read_all(follower->fd[p->file], &p->header,
                                                           sizeof p->header, (off_t)p->at);
        if (failed)
            return read_failed(error, failed);
    }
    return CRUNCH_OK;
}

enum crunch_code crunch_follower_deliver(struct crunch_follower *follower,
                                         const struct crunch_following *to,
                                         struct crunch_error *error)
{
    enum crunch_code code = refresh(follower, error);
    uint64_t chunk = 0;
    bool any = false;
    if (code || follower->n_pending == 0)
        return code;
    qsort(follower->pending, follower->n_pending, sizeof *follower->pending, by_position);
    for (size_t i = 0; i < follower->n_pending && !code; i++) {
        const struct pending *p = &follower->pending[i];
        /* One that ends where it begins has no record: what goes on from there is another. */
        if (!p->header.committed || p->header.prefix.position != follower->position ||
            p->header.end <= follower->position)
            continue;
        code = deliver(follower, p, to, error);
        follower->position = p->header.end;
        to->done(to->context, p->file, p->at, sizeof p->header + p->header.bytes);
        chunk = p->header.chunk;
        any = true;
    }
    if (any)
        forget(follower, chunk);
    return code;
}

/* ---- reading ---- */

static enum crunch_code add_block(struct crunch_logs *logs, const struct crunch_block *block,
                                  struct crunch_error *error)
{
    struct crunch_block *grown = room_for_one(logs->block, logs->n_blocks, sizeof *grown);
    if (!grown)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    logs->block = grown;
    grown[logs->n_blocks++] = *block;
    return CRUNCH_OK;
}

/* Adds the blocks in [at, end) of a file, which are those of one segment. */
static enum crunch_code add_blocks(struct crunch_logs *logs, unsigned file,
                                   const struct crunch_log_segment *segment, uint64_t at,
                                   uint64_t end, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    while (at < end && !code) {
        struct crunch_log_block header;
        int failed = crunch_read_all(logs->fd[file], &header, sizeof header, (off_t)at);
        if (failed)
            return read_failed(error, failed);
        at += sizeof header;
        code = add_block(logs,
                         &(struct crunch_block){.chunk = segment->chunk,
                                                .prefix = segment->prefix,
                                                .stream = (uint32_t)header.stream,
                                                .file = file,
                                                .at = at,
                                                .stored = (size_t)header.stored,
                                                .bytes = (size_t)header.bytes},
                         error);
        at += header.stored;
    }
    return code;
}

static enum crunch_code list_file(struct crunch_logs *logs, unsigned file, uint64_t end,
                                  struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    for (uint64_t at = 0; at < end && !code;) {
        struct crunch_log_segment header;
        int failed = crunch_read_all(logs->fd[file], &header, sizeof header, (off_t)at);
        if (failed)
            return read_failed(error, failed);
        at += sizeof header;
        if (header.committed)
            code = add_blocks(logs, file, &header, at, at + header.bytes, error);
        at += header.bytes;
    }
    return code;
}

/* A chunk is committed once, by one worker, so blocks of a chunk lie in one file. */
static int in_file_order(const void *a, const void *b)
{
    const struct crunch_block *x = a, *y = b;
    if (x->chunk != y->chunk)
        return x->chunk < y->chunk ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

enum crunch_code crunch_logs_open(struct crunch_logs *logs, int *fd, const uint64_t *end,
                                  unsigned n, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    *logs = (struct crunch_logs){.fd = fd, .n_files = n};
    for (unsigned i = 0; i < n && !code; i++)
        code = list_file(logs, i, end[i], error);
    if (logs->n_blocks > 0)
        qsort(logs->block, logs->n_blocks, sizeof *logs->block, in_file_order);
    return code;
}

void crunch_logs_free(struct crunch_logs *logs)
{
    for (unsigned i = 0; i < logs->n_files; i++)
        if (logs->fd[i] >= 0)
            close(logs->fd[i]);
    free(logs->fd);
    free(logs->block);
    *logs = (struct crunch_logs){0};
}

enum crunch_code crunch_logs_load(const struct crunch_logs *logs, const struct crunch_block *block,
                                  void *data, struct crunch_error *error)
{
    const struct crunch_log_block header = {block->stored, block->bytes, block->stream};
    return load_stored(logs->fd[block->file], block->at, &header, data, error);
}

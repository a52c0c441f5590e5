/* Owns frames: which of them stay in memory, and where the others lie in the file. */
#include "core/spill.h"

#include "io/temp.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define FRAME_LEAST ((size_t)8 << 10)
#define FRAME_MOST ((size_t)256 << 10)
#define ZSTD_LEVEL 1

struct crunch_spill {
    size_t limit;
    const char *tmpdir;
    int fd; /* opened at the beginning where there is a limit, so that no lock is needed; or -1 */
    _Atomic uint64_t file_end;
    _Atomic size_t in_memory;
};

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for what is put aside");
}

enum crunch_code crunch_spill_create(size_t limit, const char *tmpdir, struct crunch_spill **out,
                                     struct crunch_error *error)
{
    struct crunch_spill *spill = *out = calloc(1, sizeof *spill);
    if (!spill)
        return no_memory(error);
    spill->limit = limit;
    spill->tmpdir = tmpdir;
    spill->fd = -1;
    return limit == SIZE_MAX ? CRUNCH_OK : crunch_temp_open(tmpdir, &spill->fd, error);
}

void crunch_spill_free(struct crunch_spill *spill)
{
    if (spill && spill->fd >= 0)
        close(spill->fd);
    free(spill);
}

static enum crunch_code to_file(struct crunch_spill *spill, const void *data, size_t bytes,
                                struct crunch_frame *frame, struct crunch_error *error)
{
    size_t room = ZSTD_compressBound(bytes);
    void *packed = malloc(room);
    if (!packed)
        return no_memory(error);
    size_t stored = ZSTD_compress(packed, room, data, bytes, ZSTD_LEVEL);
    if (ZSTD_isError(stored)) {
        free(packed);
        return no_memory(error);
    }
    uint64_t at = atomic_fetch_add(&spill->file_end, stored);
    int failed = crunch_write_all(spill->fd, packed, stored, (off_t)at);
    free(packed);
    *frame = (struct crunch_frame){.at = at, .stored = stored, .bytes = bytes};
    if (failed)
        return crunch_fail_errno(error, CRUNCH_IO, failed, "cannot write a temporary file in %s",
                                 spill->tmpdir ? spill->tmpdir : "the temporary folder");
    return CRUNCH_OK;
}

enum crunch_code crunch_spill_put(struct crunch_spill *spill, const void *data, size_t bytes,
                                  struct crunch_frame *frame, struct crunch_error *error)
{
    *frame = (struct crunch_frame){0};
    if (spill->fd >= 0 && atomic_load(&spill->in_memory) + bytes > spill->limit)
        return to_file(spill, data, bytes, frame, error);
    frame->data = malloc(bytes + 1);
    if (!frame->data)
        return no_memory(error);
    frame->bytes = bytes;
    if (bytes > 0)
        memcpy(frame->data, data, bytes);
    atomic_fetch_add(&spill->in_memory, bytes);
    return CRUNCH_OK;
}

enum crunch_code crunch_spill_load(const struct crunch_spill *spill,
                                   const struct crunch_frame *frame, unsigned char **room,
                                   const unsigned char **data, struct crunch_error *error)
{
    *data = frame->data;
    if (frame->data)
        return CRUNCH_OK;
    unsigned char *packed = malloc(frame->stored + 1), *grown = realloc(*room, frame->bytes + 1);
    enum crunch_code code = CRUNCH_OK;
    if (grown)
        *room = grown;
    if (!packed || !grown) {
        code = no_memory(error);
    } else {
        int failed = crunch_read_all(spill->fd, packed, frame->stored, (off_t)frame->at);
        if (failed)
            code = crunch_fail_errno(error, CRUNCH_IO, failed, "cannot read a temporary file back");
        else if (ZSTD_decompress(grown, frame->bytes, packed, frame->stored) != frame->bytes)
            code = crunch_fail(error, CRUNCH_IO, "a temporary file is corrupt");
    }
    free(packed);
    *data = grown;
    return code;
}

void crunch_spill_drop(struct crunch_spill *spill, struct crunch_frame *frame)
{
    if (frame->data)
        atomic_fetch_sub(&spill->in_memory, frame->bytes);
    free(frame->data);
    *frame = (struct crunch_frame){0};
}

size_t crunch_spill_frame_bytes(size_t memory, size_t n)
{
    size_t each = memory / (n > 0 ? n : 1);
    return each < FRAME_LEAST ? FRAME_LEAST : each > FRAME_MOST ? FRAME_MOST : each;
}

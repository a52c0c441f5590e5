/*
 * Packing. A worker reads the bytes of each chunk it has scanned once more (from the page cache, or
 * the ring, where they stay until the chunk is settled), packs them, and puts them into its log;
 * the coordinating thread writes them out in order as chunks are committed. A scan that began by a
 * wrong guess has its frame dropped with its segment.
 */
#include "core/pack.h"

#include "io/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define FRAMES_MOST 0x8000000u /* of the table's format */

struct packer {
    const struct crunch_packing_use *use;
    struct crunch_source *view;
    ZSTD_CCtx *context;
    unsigned char *raw;
    size_t raw_size;
    unsigned char *frame; /* the decoded size (64 bits, as it lies in memory), then the frame */
    size_t frame_size;
};

/* ---- a worker's part ---- */

static void destroy(void *self)
{
    struct packer *p = self;

    if (!p)
        return;
    crunch_source_close(p->view);
    ZSTD_freeCCtx(p->context);
    free(p->raw);
    free(p->frame);
    free(p);
}

static enum crunch_code create_for(const struct crunch_packing_use *use, struct packer **out,
                                   struct crunch_error *error)
{
    struct packer *p = calloc(1, sizeof *p);
    enum crunch_code code;

    *out = p;
    if (!p)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    p->use = use;
    p->context = ZSTD_createCCtx();
    if (!p->context)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    ZSTD_CCtx_setParameter(p->context, ZSTD_c_compressionLevel, use->level);
    ZSTD_CCtx_setParameter(p->context, ZSTD_c_checksumFlag, 1);
    code = crunch_source_view(use->source, NULL, &p->view, error);
    return code;
}

static enum crunch_code create(const struct crunch_plan *plan, const void *config, void **self,
                               struct crunch_error *error)
{
    struct packer *p;
    enum crunch_code code = create_for(config, &p, error);

    (void)plan;
    *self = p;
    return code;
}

static void begin(void *self)
{
    (void)self;
}

static enum crunch_code feed(void *self, const struct crunch_batch *rows, struct crunch_log *log,
                             uint32_t stream, struct crunch_error *error)
{
    (void)self, (void)rows, (void)log, (void)stream, (void)error;
    return CRUNCH_OK;
}

static enum crunch_code end(void *self, struct crunch_log *log, uint32_t stream,
                            struct crunch_error *error)
{
    (void)self, (void)log, (void)stream, (void)error;
    return CRUNCH_OK;
}

static bool make_room(unsigned char **bytes, size_t *size, size_t wanted)
{
    unsigned char *grown;

    if (*size >= wanted)
        return true;
    grown = realloc(*bytes, wanted);
    if (!grown)
        return false;
    *bytes = grown;
    *size = wanted;
    return true;
}

/* Reads all of [from, from + len) into p->raw. */
static enum crunch_code read_raw(struct packer *p, uint64_t from, size_t len,
                                 struct crunch_error *error)
{
    size_t done = 0;

    while (done < len) {
        size_t piece = len - done < CRUNCH_BLOCK_BYTES ? len - done : CRUNCH_BLOCK_BYTES;
        ssize_t n = crunch_source_read(p->view, p->raw + done, piece, from + done, error);

        if (n == CRUNCH_SOURCE_GONE) {
            crunch_fail(error, CRUNCH_IO, "a record is longer than what is kept of a stream");
            crunch_hint(error, "write the input to a file first, and compress that");
            return CRUNCH_IO;
        }
        if (n < 0)
            return error->code;
        if (n == 0)
            return crunch_fail(error, CRUNCH_IO, "the input has become shorter");
        done += (size_t)n;
    }
    return CRUNCH_OK;
}

/* Makes the frame of [from, from + len) in p->frame; *bytes is its size, with what stands before.
 */
static enum crunch_code make_frame(struct packer *p, uint64_t from, size_t len, size_t *bytes,
                                   struct crunch_error *error)
{
    const uint64_t decoded = len;
    size_t made;
    enum crunch_code code;

    if (!make_room(&p->raw, &p->raw_size, len) ||
        !make_room(&p->frame, &p->frame_size, sizeof decoded + ZSTD_compressBound(len)))
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    code = read_raw(p, from, len, error);
    if (code)
        return code;
    memcpy(p->frame, &decoded, sizeof decoded);
    made = ZSTD_compress2(p->context, p->frame + sizeof decoded, p->frame_size - sizeof decoded,
                          p->raw, len);
    if (ZSTD_isError(made))
        return crunch_fail(error, CRUNCH_NO_MEMORY, "cannot compress: %s", ZSTD_getErrorName(made));
    *bytes = sizeof decoded + made;
    return CRUNCH_OK;
}

static enum crunch_code range(void *self, const struct crunch_extent *extent,
                              struct crunch_log *log, uint32_t stream, struct crunch_error *error)
{
    struct packer *p = self;
    uint64_t from = extent->first == p->use->data_offset ? 0 : extent->first;
    enum crunch_code code = CRUNCH_OK;

    while (from < extent->last && !code) {
        uint64_t left = extent->last - from;
        size_t len = left < CRUNCH_FRAME_MOST ? (size_t)left : CRUNCH_FRAME_MOST, bytes;

        code = make_frame(p, from, len, &bytes, error);
        if (!code)
            code = crunch_log_put_as_is(log, stream, p->frame, bytes, error);
        from += len;
    }
    return code;
}

/* ---- the coordinating thread's part ---- */

static enum crunch_code write_out(struct crunch_packing_use *use, const void *bytes, size_t len,
                                  struct crunch_error *error)
{
    errno = 0;
    if (len > 0 && fwrite(bytes, 1, len, use->out) != len) {
        crunch_fail_errno(error, CRUNCH_IO, errno ? errno : EIO, "cannot write");
        if (error)
            error->file = use->out_name;
        return CRUNCH_IO;
    }
    use->packed += len;
    return CRUNCH_OK;
}

static enum crunch_code count_frame(struct crunch_packing_use *use, uint64_t packed,
                                    uint64_t unpacked, struct crunch_error *error)
{
    if (use->frames == use->capacity) {
        size_t capacity = use->capacity ? 2 * use->capacity : 1024;
        uint32_t *grown = realloc(use->sizes, capacity * 2 * sizeof *grown);

        if (!grown)
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        use->sizes = grown;
        use->capacity = capacity;
    }
    use->no_table = use->no_table || use->frames == FRAMES_MOST;
    use->sizes[2 * use->frames] = (uint32_t)packed;
    use->sizes[2 * use->frames + 1] = (uint32_t)unpacked; /* both below 2^27 */
    use->frames++;
    use->unpacked += unpacked;
    return CRUNCH_OK;
}

static enum crunch_code emit_frame(struct crunch_packing_use *use, const unsigned char *data,
                                   size_t bytes, struct crunch_error *error)
{
    uint64_t unpacked;
    enum crunch_code code;

    memcpy(&unpacked, data, sizeof unpacked);
    code = count_frame(use, bytes - sizeof unpacked, unpacked, error);
    return code ? code : write_out(use, data + sizeof unpacked, bytes - sizeof unpacked, error);
}

static enum crunch_code emit(const struct crunch_plan *plan, const void *config, const void *data,
                             size_t bytes, struct crunch_error *error)
{
    (void)plan;
    /* The config is constant to the workers; this part of it is the coordinating thread's own. */
    return emit_frame((struct crunch_packing_use *)(uintptr_t)config, data, bytes, error);
}

enum crunch_code crunch_pack_range(struct crunch_packing_use *use, uint64_t begin_at,
                                   uint64_t end_at, struct crunch_error *error)
{
    struct packer *p;
    enum crunch_code code = create_for(use, &p, error);
    uint64_t from = begin_at;

    do {
        uint64_t left = end_at - from;
        size_t len = left < CRUNCH_FRAME_MOST ? (size_t)left : CRUNCH_FRAME_MOST, bytes = 0;

        if (!code)
            code = make_frame(p, from, len, &bytes, error);
        if (!code)
            code = emit_frame(use, p->frame, bytes, error);
        from += len;
    } while (from < end_at && !code);
    destroy(p);
    return code;
}

static void put_number(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> 8 * i);
}

enum crunch_code crunch_pack_end(struct crunch_packing_use *use, struct crunch_error *error)
{
    enum { HEADER = 8, ENTRY = 8, FOOTER = 9 };
    unsigned char bytes[FOOTER];
    enum crunch_code code;

    if (use->no_table || use->frames > (UINT32_MAX - FOOTER) / ENTRY)
        return CRUNCH_OK;
    put_number(bytes, 0x184d2a5e);
    put_number(bytes + 4, (uint32_t)use->frames * ENTRY + FOOTER);
    code = write_out(use, bytes, HEADER, error);
    for (uint64_t i = 0; i < use->frames && !code; i++) {
        put_number(bytes, use->sizes[2 * i]);
        put_number(bytes + 4, use->sizes[2 * i + 1]);
        code = write_out(use, bytes, ENTRY, error);
    }
    put_number(bytes, (uint32_t)use->frames);
    bytes[4] = 0; /* the table has no checksums of its own */
    put_number(bytes + 5, 0x8f92eab1);
    return code ? code : write_out(use, bytes, FOOTER, error);
}

void crunch_packing_use_free(struct crunch_packing_use *use)
{
    free(use->sizes);
    use->sizes = NULL;
}

const struct crunch_collector crunch_packer = {
    .name = "pack",
    .create = create,
    .destroy = destroy,
    .begin = begin,
    .feed = feed,
    .range = range,
    .end = end,
    .emit = emit,
};

/*
 * zstd by libzstd's streaming calls. The library is given just the bytes of one step (a header, a
 * block) at a time, in one piece, as its own hint asks: then it takes them without a copy, and an
 * error is known to lie in the step that begins where the input stands.
 */
#include "io/decode.h"
#include "io/decode_input.h"

#include <inttypes.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define ENOUGH_BYTES ((size_t)256 << 10) /* is given out before more is decoded */

struct state {
    ZSTD_DCtx *context;
    size_t hint;    /* bytes of the next step; 0: between frames */
    uint64_t frame; /* compressed offset of the frame */
    bool full;      /* the last call filled its output: there may be more without input */
    size_t failed;  /* the library's error, or 0 */
    bool misplaced; /* a frame ended where it should not */
};

static void reset(void *opaque, bool bgzf)
{
    struct state *s = opaque;

    (void)bgzf;
    ZSTD_DCtx_reset(s->context, ZSTD_reset_session_only);
    s->hint = 0;
    s->full = false;
    s->failed = 0;
    s->misplaced = false;
}

static void *create(void)
{
    struct state *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->context = ZSTD_createDCtx();
    if (!s->context) {
        free(s);
        return NULL;
    }
    ZSTD_DCtx_setParameter(s->context, ZSTD_d_windowLogMax, CRUNCH_WINDOW_LOG);
    return s;
}

static void destroy(void *opaque)
{
    struct state *s = opaque;

    ZSTD_freeDCtx(s->context);
    free(s);
}

/* The logarithm of the largest window that is taken. */
static int window_log(const struct crunch_input *in)
{
    const uint64_t most = in->supply.window_most;
    int log = CRUNCH_WINDOW_LOG;

    while (most > 0 && log > 10 && UINT64_C(1) << log > most)
        log--;
    return log;
}

static ssize_t fail_limit(const struct state *s, int log, struct crunch_error *error)
{
    crunch_fail(error, CRUNCH_NO_MEMORY,
                "the zstd frame at compressed byte %" PRIu64
                " needs a window of more than %d %s, over --mem-limit",
                s->frame, 1 << (log < 20 ? log - 10 : log - 20), log < 20 ? "KiB" : "MiB");
    crunch_hint(error,
                "a higher limit, or fewer workers where there are several files, or unpacked "
                "on the way: zstd -dc FILE | crunch ...");
    return -1;
}

static ssize_t fail(const struct state *s, const struct crunch_input *in, size_t result,
                    struct crunch_error *error)
{
    switch (ZSTD_getErrorCode(result)) {
    case ZSTD_error_memory_allocation:
        crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for decompression");
        break;
    case ZSTD_error_frameParameter_windowTooLarge:
        if (window_log(in) < CRUNCH_WINDOW_LOG)
            return fail_limit(s, window_log(in), error);
        crunch_fail(error, CRUNCH_IO,
                    "the zstd frame at compressed byte %" PRIu64
                    " needs a window of more than %zu MiB",
                    s->frame, CRUNCH_WINDOW_BYTES >> 20);
        crunch_hint(error, "unpack it on the way: zstd -dc --long=31 FILE | crunch ...");
        break;
    case ZSTD_error_dictionary_wrong:
        crunch_fail(error, CRUNCH_IO,
                    "the zstd frame at compressed byte %" PRIu64 " needs a dictionary", s->frame);
        crunch_hint(error, "unpack it on the way: zstd -dc -D DICTIONARY FILE | crunch ...");
        break;
    case ZSTD_error_prefix_unknown:
        crunch_fail(error, CRUNCH_IO,
                    "what follows at compressed byte %" PRIu64 " is not zstd data", s->frame);
        crunch_hint(error, "no result is given for a file with something behind its data");
        break;
    default:
        crunch_fail(error, CRUNCH_IO,
                    "corrupt zstd data at compressed byte %" PRIu64 " (frame at %" PRIu64 "): %s",
                    in->consumed, s->frame, ZSTD_getErrorName(result));
        crunch_hint(error, "no result is given for a damaged file; fetch or make it again");
    }
    return -1;
}

static ssize_t fail_short(const struct state *s, const struct crunch_input *in,
                          struct crunch_error *error)
{
    crunch_fail(error, CRUNCH_IO,
                "the zstd data ends too early, at compressed byte %" PRIu64 " (frame at %" PRIu64
                ")",
                in->consumed + crunch_input_available(in), s->frame);
    crunch_hint(error, "no result is given for a file that was cut short; fetch or make it again");
    return -1;
}

static ssize_t fail_table(const struct state *s, const struct crunch_input *in,
                          struct crunch_error *error)
{
    crunch_fail(error, CRUNCH_IO,
                "the seek table is wrong: it knows of no frame from compressed byte %" PRIu64
                " to %" PRIu64 " with what this one holds",
                s->frame, in->consumed);
    crunch_hint(error, "no result is given for a damaged file; without its table it may be read: "
                       "zstd -dc FILE | crunch ...");
    return -1;
}

/* Bytes to give to the next call: one step's, or all there are of a longer one (a skippable frame).
 */
static enum crunch_code step_input(struct state *s, struct crunch_input *in, size_t *size,
                                   struct crunch_error *error)
{
    size_t want = s->hint;
    enum crunch_code code;

    if (want == 0) {
        s->frame = in->consumed;
        want = ZSTD_initDStream(s->context);
        ZSTD_DCtx_setParameter(s->context, ZSTD_d_windowLogMax, window_log(in));
    }
    if (want > CRUNCH_INPUT_BYTES / 2)
        want = CRUNCH_INPUT_BYTES / 2;
    code = crunch_input_fill(in, want, error);
    *size = crunch_input_available(in) < want ? crunch_input_available(in) : want;
    return code;
}

/* One step. False: nothing more can be given now, or ever; *error is set when *code is. */
static bool step(struct state *s, struct crunch_input *in, ZSTD_outBuffer *out,
                 enum crunch_code *code, struct crunch_error *error)
{
    ZSTD_inBuffer piece = {NULL, 0, 0};
    const size_t before = out->pos;
    size_t result;

    if (!s->full) {
        *code = step_input(s, in, &piece.size, error);
        if (*code || piece.size == 0)
            return false;
        piece.src = crunch_input_bytes(in);
    }
    result = ZSTD_decompressStream(s->context, out, &piece);
    if (ZSTD_isError(result)) {
        s->failed = result;
        return false;
    }
    crunch_input_consume(in, piece.pos);
    in->decoded += out->pos - before;
    if (result == 0)
        in->sound = in->decoded;
    s->misplaced = result == 0 && !crunch_input_keeps_bounds(in);
    s->full = out->pos == out->size && result != 0;
    s->hint = result;
    return true;
}

/* What was decoded before an error is given out first, so that what is decoded before it does not
 * depend on len. */
static ssize_t read_zstd(void *opaque, struct crunch_input *in, void *buffer, size_t len,
                         struct crunch_error *error)
{
    struct state *s = opaque;
    ZSTD_outBuffer out = {buffer, len, 0};
    enum crunch_code code = CRUNCH_OK;

    while (!s->failed && !s->misplaced && out.pos < len && out.pos < ENOUGH_BYTES) {
        if (out.pos > 0 && !s->full && crunch_input_available(in) < s->hint)
            break; /* the supply may have to be waited for */
        if (!step(s, in, &out, &code, error))
            break;
    }
    if (out.pos > 0)
        return (ssize_t)out.pos;
    if (code)
        return -1;
    if (s->misplaced)
        return fail_table(s, in, error);
    if (s->failed)
        return fail(s, in, s->failed, error);
    return s->hint == 0 ? 0 : fail_short(s, in, error);
}

const struct crunch_codec crunch_codec_zstd = {create, reset, read_zstd, destroy};

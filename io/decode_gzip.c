/*
 * gzip (RFC 1952): members one after the other, each a header, deflate data (io/inflate.h), and a
 * trailer with checksum and length, both of which are verified here.
 *
 * A file that begins with a block of BGZF (a member whose extra field BC holds its own size) has to
 * end with the empty block that marks the end; without it the file was cut at a block's edge.
 */
#include "io/decode.h"
#include "io/decode_input.h"
#include "io/gzip_header.h"
#include "io/inflate.h"

#include <inttypes.h>
#include <stdlib.h>

#define TRAILER_BYTES 8
#define ENOUGH_BYTES ((size_t)256 << 10) /* is given out before more is decoded */

enum place { BEFORE_MEMBER, IN_DATA, BEFORE_TRAILER };

struct state {
    struct crunch_inflater *inflater;
    enum place place;
    uint64_t member;      /* compressed offset of the member */
    uint64_t members;     /* that are complete, since the beginning or a restart */
    uint32_t block_bytes; /* the member's size as its header says, 0: it does not */
    uint64_t written;     /* decoded bytes of the member */
    uint32_t crc;
    bool bgzf;      /* the first member is a block of BGZF */
    bool ends_well; /* the last complete member is empty */
    bool failed;
    struct crunch_error error; /* when failed: kept for the call after what was decoded before */
};

static void reset(void *opaque, bool bgzf)
{
    struct state *s = opaque;

    s->place = BEFORE_MEMBER;
    s->members = 0;
    s->bgzf = bgzf;
    s->ends_well = false;
    s->failed = false;
}

static void *create(void)
{
    struct state *s = calloc(1, sizeof *s);

    if (s && crunch_inflate_library()) {
        s->inflater = crunch_inflater_create();
        if (!s->inflater) {
            free(s);
            return NULL;
        }
    }
    return s;
}

static void destroy(void *opaque)
{
    struct state *s = opaque;

    crunch_inflater_free(s->inflater);
    free(s);
}

/* ---- what can be wrong ---- */

static bool corrupt(struct state *s, const struct crunch_input *in, const char *what)
{
    s->failed = true;
    crunch_fail(&s->error, CRUNCH_IO,
                "corrupt gzip data at compressed byte %" PRIu64 " (member at %" PRIu64 "): %s",
                in->consumed, s->member, what);
    crunch_hint(&s->error, "no result is given for a damaged file; fetch or make it again");
    return false;
}

static bool cut_short(struct state *s, const struct crunch_input *in)
{
    s->failed = true;
    crunch_fail(&s->error, CRUNCH_IO,
                "the gzip data ends too early, at compressed byte %" PRIu64 " (member at %" PRIu64
                ")",
                in->consumed + crunch_input_available(in), s->member);
    crunch_hint(&s->error,
                "no result is given for a file that was cut short; fetch or make it again");
    return false;
}

static bool no_end_mark(struct state *s, const struct crunch_input *in)
{
    s->failed = true;
    crunch_fail(&s->error, CRUNCH_IO,
                "the BGZF data ends without its end mark, at compressed byte %" PRIu64,
                in->consumed);
    crunch_hint(&s->error, "it was probably cut short; if it is whole, unpack it on the way: gzip "
                           "-dc FILE | crunch ...");
    return false;
}

static bool trailing(struct state *s)
{
    s->failed = true;
    crunch_fail(&s->error, CRUNCH_IO,
                "what follows at compressed byte %" PRIu64 " is not gzip data", s->member);
    crunch_hint(&s->error, "no result is given for a file with something behind its data");
    return false;
}

static bool broken_supply(struct state *s, const struct crunch_error *error)
{
    s->failed = error->code != CRUNCH_INTERRUPTED;
    s->error = *error;
    return false;
}

/* ---- the parts of a member; each returns false when it cannot go on ---- */

/* *over: the input is at its proper end. */
static bool begin_member(struct state *s, struct crunch_input *in, bool *over,
                         struct crunch_error *error)
{
    struct crunch_gzip_header header;
    size_t want = 2;

    s->member = in->consumed;
    for (;;) {
        if (crunch_input_fill(in, want, error))
            return broken_supply(s, error);
        if (crunch_input_available(in) == 0 && s->bgzf && !s->ends_well)
            return no_end_mark(s, in);
        *over = crunch_input_available(in) == 0;
        if (*over)
            return true;
        switch (
            crunch_gzip_header_read(crunch_input_bytes(in), crunch_input_available(in), &header)) {
        case CRUNCH_GZIP_HEADER_WHOLE:
            if (s->members == 0 && header.block_bytes)
                s->bgzf = true;
            crunch_input_consume(in, header.bytes);
            crunch_inflater_reset(s->inflater);
            s->block_bytes = header.block_bytes;
            s->crc = 0;
            s->written = 0;
            s->place = IN_DATA;
            return true;
        case CRUNCH_GZIP_HEADER_NONE:
            return s->members ? trailing(s) : corrupt(s, in, "no gzip header");
        case CRUNCH_GZIP_HEADER_METHOD:
            return corrupt(s, in, "not compressed with deflate");
        case CRUNCH_GZIP_HEADER_SHORT:
            if (in->end)
                return cut_short(s, in);
            want = crunch_input_available(in) + 1;
            if (want > CRUNCH_GZIP_HEADER_MAX)
                return corrupt(s, in, "its header is longer than is read");
        }
    }
}

static bool read_data(struct state *s, struct crunch_input *in, unsigned char *buffer, size_t len,
                      size_t *written, struct crunch_error *error)
{
    enum crunch_inflated how;

    if (crunch_input_fill(in, 1, error))
        return broken_supply(s, error);
    bool none = crunch_input_available(in) == 0;
    how = crunch_inflate(s->inflater, in, buffer, len, written);
    s->crc = crunch_crc32(s->crc, buffer, *written);
    s->written += *written;
    in->decoded += *written;
    if (how == CRUNCH_INFLATE_BROKEN)
        return corrupt(s, in, "not deflate data");
    if (how == CRUNCH_INFLATE_DONE)
        s->place = BEFORE_TRAILER;
    else if (none && *written == 0)
        return cut_short(s, in);
    return true;
}

static uint32_t little_endian(const unsigned char *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static bool end_member(struct state *s, struct crunch_input *in, struct crunch_error *error)
{
    const unsigned char *b;

    if (crunch_input_fill(in, TRAILER_BYTES, error))
        return broken_supply(s, error);
    if (crunch_input_available(in) < TRAILER_BYTES)
        return cut_short(s, in);
    b = crunch_input_bytes(in);
    if (little_endian(b) != s->crc)
        return corrupt(s, in, "its checksum is another");
    if (little_endian(b + 4) != (uint32_t)s->written)
        return corrupt(s, in, "its length is another");
    crunch_input_consume(in, TRAILER_BYTES);
    if (s->bgzf && s->block_bytes != in->consumed - s->member)
        return corrupt(s, in, "a block of another size than its header says");
    s->ends_well = s->written == 0;
    s->members++;
    in->sound = in->decoded;
    s->place = BEFORE_MEMBER;
    return true;
}

static ssize_t read_gzip(void *opaque, struct crunch_input *in, void *buffer, size_t len,
                         struct crunch_error *error)
{
    struct state *s = opaque;
    size_t done = 0, n;
    bool on = true, over = false;

    if (!s->inflater) {
        crunch_fail(error, CRUNCH_IO,
                    "this is gzip data, and this crunch was built without "
                    "libisal and zlib");
        crunch_hint(error, "unpack it on the way: gzip -dc FILE | crunch ...");
        return -1;
    }
    while (!s->failed && on && !over && done < len && done < ENOUGH_BYTES) {
        if (done > 0 && crunch_input_available(in) == 0)
            break; /* the supply may have to be waited for */
        n = 0;
        if (s->place == BEFORE_MEMBER)
            on = begin_member(s, in, &over, error);
        else if (s->place == IN_DATA)
            on = read_data(s, in, (unsigned char *)buffer + done, len - done, &n, error);
        else
            on = end_member(s, in, error);
        done += n;
    }
    if (done > 0 || over)
        return (ssize_t)done;
    *error = s->error;
    return -1;
}

const struct crunch_codec crunch_codec_gzip = {create, reset, read_gzip, destroy};

const char *crunch_inflate_name(void)
{
    return crunch_inflate_library() ? crunch_inflate_library() : "none";
}

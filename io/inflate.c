/*
 * The inflaters. Each library keeps its own account of bytes taken and given; here they are brought
 * to one: the input stands behind the last byte that belongs to the data.
 */
#include "io/inflate.h"

#include <stdlib.h>

#if defined(CRUNCH_WITH_ISAL)

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

struct crunch_inflater {
    struct inflate_state state;
};

struct crunch_inflater *crunch_inflater_create(void)
{
    struct crunch_inflater *inflater = calloc(1, sizeof *inflater);

    if (inflater)
        isal_inflate_init(&inflater->state);
    return inflater;
}

void crunch_inflater_free(struct crunch_inflater *inflater)
{
    free(inflater);
}

void crunch_inflater_reset(struct crunch_inflater *inflater)
{
    isal_inflate_reset(&inflater->state);
}

enum crunch_inflated crunch_inflate(struct crunch_inflater *inflater, struct crunch_input *in,
                                    void *buffer, size_t len, size_t *written)
{
    struct inflate_state *s = &inflater->state;
    size_t have = crunch_input_available(in);
    int result;

    s->next_in = in->buffer + in->at;
    s->avail_in = (uint32_t)have;
    s->next_out = buffer;
    s->avail_out = (uint32_t)(len < UINT32_MAX ? len : UINT32_MAX);
    result = isal_inflate(s);
    *written = (size_t)(s->next_out - (uint8_t *)buffer);
    crunch_input_consume(in, have - s->avail_in);
    if (result < 0 || result == ISAL_NEED_DICT)
        return CRUNCH_INFLATE_BROKEN;
    if (s->block_state != ISAL_BLOCK_FINISH)
        return CRUNCH_INFLATE_ON;
    /* Whole bytes that it has read ahead (at most 8) were not its own. */
    in->at -= (size_t)s->read_in_length / 8;
    in->consumed -= (size_t)s->read_in_length / 8;
    return CRUNCH_INFLATE_DONE;
}

uint32_t crunch_crc32(uint32_t crc, const void *bytes, size_t len)
{
    return crc32_gzip_refl(crc, bytes, len);
}

const char *crunch_inflate_library(void)
{
    return "libisal";
}

#elif defined(CRUNCH_WITH_ZLIB)

#include <zlib.h>

struct crunch_inflater {
    z_stream stream;
};

struct crunch_inflater *crunch_inflater_create(void)
{
    struct crunch_inflater *inflater = calloc(1, sizeof *inflater);

    if (inflater && inflateInit2(&inflater->stream, -MAX_WBITS) != Z_OK) {
        free(inflater);
        return NULL;
    }
    return inflater;
}

void crunch_inflater_free(struct crunch_inflater *inflater)
{
    if (inflater)
        inflateEnd(&inflater->stream);
    free(inflater);
}

void crunch_inflater_reset(struct crunch_inflater *inflater)
{
    inflateReset(&inflater->stream);
}

enum crunch_inflated crunch_inflate(struct crunch_inflater *inflater, struct crunch_input *in,
                                    void *buffer, size_t len, size_t *written)
{
    z_stream *z = &inflater->stream;
    size_t have = crunch_input_available(in);
    uInt room = len < UINT32_MAX ? (uInt)len : UINT32_MAX;
    int result;

    z->next_in = in->buffer + in->at;
    z->avail_in = (uInt)have;
    z->next_out = buffer;
    z->avail_out = room;
    result = inflate(z, Z_NO_FLUSH);
    *written = room - z->avail_out;
    crunch_input_consume(in, have - z->avail_in);
    if (result == Z_STREAM_END)
        return CRUNCH_INFLATE_DONE;
    return result == Z_OK || result == Z_BUF_ERROR ? CRUNCH_INFLATE_ON : CRUNCH_INFLATE_BROKEN;
}

uint32_t crunch_crc32(uint32_t crc, const void *bytes, size_t len)
{
    return (uint32_t)crc32_z(crc, bytes, len);
}

const char *crunch_inflate_library(void)
{
    return "zlib " ZLIB_VERSION;
}

#else

struct crunch_inflater *crunch_inflater_create(void)
{
    return NULL;
}

void crunch_inflater_free(struct crunch_inflater *inflater)
{
    (void)inflater;
}

void crunch_inflater_reset(struct crunch_inflater *inflater)
{
    (void)inflater;
}

enum crunch_inflated crunch_inflate(struct crunch_inflater *inflater, struct crunch_input *in,
                                    void *buffer, size_t len, size_t *written)
{
    (void)inflater, (void)in, (void)buffer, (void)len;
    *written = 0;
    return CRUNCH_INFLATE_BROKEN;
}

uint32_t crunch_crc32(uint32_t crc, const void *bytes, size_t len)
{
    (void)bytes, (void)len;
    return crc;
}

const char *crunch_inflate_library(void)
{
    return NULL;
}

#endif

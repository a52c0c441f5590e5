/*
 * Reads a gzip header part by part: ten fixed bytes, then what the flags say. The checksum of the
 * header (a flag that hardly any writer sets) is passed over: what it protects is not used.
 */
#include "io/gzip_header.h"

#include <stdbool.h>
#include <string.h>

#define FIXED_BYTES 10
enum { FLAG_CRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, FLAGS_RESERVED = 0xe0 };

static unsigned word_at(const unsigned char *bytes)
{
    return (unsigned)bytes[0] | (unsigned)bytes[1] << 8;
}

/* The extra field is a list of (two letters, length, bytes). */
static void look_for_block_size(const unsigned char *extra, size_t len,
                                struct crunch_gzip_header *header)
{
    while (len >= 4) {
        size_t size = word_at(extra + 2);

        if (size > len - 4)
            return;
        if (extra[0] == 'B' && extra[1] == 'C' && size == 2)
            header->block_bytes = word_at(extra + 4) + 1;
        extra += 4 + size;
        len -= 4 + size;
    }
}

/* Passes a text that ends with a zero byte. */
static bool pass_text(const unsigned char *bytes, size_t len, size_t *at)
{
    const unsigned char *end = *at < len ? memchr(bytes + *at, 0, len - *at) : NULL;

    if (!end)
        return false;
    *at = (size_t)(end - bytes) + 1;
    return true;
}

enum crunch_gzip_header_kind crunch_gzip_header_read(const unsigned char *bytes, size_t len,
                                                     struct crunch_gzip_header *header)
{
    size_t at = FIXED_BYTES;
    unsigned flags;

    *header = (struct crunch_gzip_header){0, 0};
    if ((len > 0 && bytes[0] != 0x1f) || (len > 1 && bytes[1] != 0x8b))
        return CRUNCH_GZIP_HEADER_NONE;
    if (len > 2 && bytes[2] != 8)
        return CRUNCH_GZIP_HEADER_METHOD;
    if (len < FIXED_BYTES)
        return CRUNCH_GZIP_HEADER_SHORT;
    flags = bytes[3];
    if (flags & FLAGS_RESERVED)
        return CRUNCH_GZIP_HEADER_METHOD;
    if (flags & FLAG_EXTRA) {
        size_t size;

        if (len < at + 2)
            return CRUNCH_GZIP_HEADER_SHORT;
        size = word_at(bytes + at);
        at += 2;
        if (len < at + size)
            return CRUNCH_GZIP_HEADER_SHORT;
        look_for_block_size(bytes + at, size, header);
        at += size;
    }
    if (((flags & FLAG_NAME) && !pass_text(bytes, len, &at)) ||
        ((flags & FLAG_COMMENT) && !pass_text(bytes, len, &at)))
        return CRUNCH_GZIP_HEADER_SHORT;
    if (flags & FLAG_CRC)
        at += 2;
    if (len < at)
        return CRUNCH_GZIP_HEADER_SHORT;
    header->bytes = at;
    return CRUNCH_GZIP_HEADER_WHOLE;
}

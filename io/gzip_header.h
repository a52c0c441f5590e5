/*
 * The header of a gzip member (RFC 1952, section 2.3).
 */
#ifndef CRUNCH_IO_GZIP_HEADER_H
#define CRUNCH_IO_GZIP_HEADER_H

#include <stddef.h>
#include <stdint.h>

#define CRUNCH_GZIP_HEADER_MAX ((size_t)128 << 10) /* extra field, name and comment in all */

struct crunch_gzip_header {
    size_t bytes;         /* of the header */
    uint32_t block_bytes; /* of the whole member, by the extra field BC of BGZF; 0: it has none */
};

enum crunch_gzip_header_kind {
    CRUNCH_GZIP_HEADER_WHOLE,
    CRUNCH_GZIP_HEADER_SHORT,  /* more bytes are needed */
    CRUNCH_GZIP_HEADER_NONE,   /* it is none */
    CRUNCH_GZIP_HEADER_METHOD, /* one of a method other than deflate, or with reserved flags */
};

/* Pure. */
enum crunch_gzip_header_kind crunch_gzip_header_read(const unsigned char *bytes, size_t len,
                                                     struct crunch_gzip_header *header);

#endif

/*
 * Raw deflate (RFC 1951) and the checksum of gzip, by whichever library is there: libisal
 * (CRUNCH_WITH_ISAL), else zlib (CRUNCH_WITH_ZLIB), else none. Used by io/decode_gzip.c only.
 */
#ifndef CRUNCH_IO_INFLATE_H
#define CRUNCH_IO_INFLATE_H

#include "io/decode_input.h"

struct crunch_inflater;

enum crunch_inflated {
    CRUNCH_INFLATE_ON,    /* go on: with more output room, or with more input */
    CRUNCH_INFLATE_DONE,  /* the deflate data is over, and the input stands behind it */
    CRUNCH_INFLATE_BROKEN /* it is none */
};

/* NULL: out of memory. */
struct crunch_inflater *crunch_inflater_create(void);
void crunch_inflater_free(struct crunch_inflater *inflater);

/* New deflate data begins. */
void crunch_inflater_reset(struct crunch_inflater *inflater);

/* Inflates what is there in *in into up to len bytes; *written is set. */
enum crunch_inflated crunch_inflate(struct crunch_inflater *inflater, struct crunch_input *in,
                                    void *buffer, size_t len, size_t *written);

/* CRC-32 of gzip: crc is 0 at first, then what the last call gave. */
uint32_t crunch_crc32(uint32_t crc, const void *bytes, size_t len);

/* Name and version, or NULL: there is no library, and nothing above may be called. */
const char *crunch_inflate_library(void);

#endif

/*
 * Packed inputs for tests, made by libzstd and, for gzip, by hand from stored blocks, so that they
 * do not depend on what reads them.
 */
#ifndef CRUNCH_TESTS_UNIT_PACKED_H
#define CRUNCH_TESTS_UNIT_PACKED_H

#include "io/supply.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

struct packed {
    unsigned char *bytes;
    size_t len;
};

static inline void packed_append(struct packed *p, const void *bytes, size_t len)
{
    p->bytes = realloc(p->bytes, p->len + len + 1);
    cr_assert_not_null(p->bytes);
    if (len > 0)
        memcpy(p->bytes + p->len, bytes, len);
    p->len += len;
}

static inline void packed_append_number(struct packed *p, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        unsigned char byte = (unsigned char)(value >> 8 * i);
        packed_append(p, &byte, 1);
    }
}

/* One frame; with_size: it says how much it holds. */
static inline void packed_append_zstd(struct packed *p, const void *bytes, size_t len,
                                      bool with_size)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t room = ZSTD_compressBound(len), made;
    unsigned char *frame = malloc(room);

    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, with_size);
    made = ZSTD_compress2(context, frame, room, bytes, len);
    cr_assert_not(ZSTD_isError(made));
    packed_append(p, frame, made);
    free(frame);
    ZSTD_freeCCtx(context);
}

static inline void packed_append_skippable(struct packed *p, const void *bytes, size_t len)
{
    packed_append_number(p, 0x184d2a5e, 4);
    packed_append_number(p, len, 4);
    packed_append(p, bytes, len);
}

/* CRC-32 bit by bit (RFC 1952, section 8, without its table). */
static inline uint32_t packed_crc(const unsigned char *bytes, size_t len)
{
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

/* One member of stored blocks; blocked: as a block of BGZF (len at most 65,000). */
static inline void packed_append_gzip(struct packed *p, const void *bytes, size_t len, bool blocked)
{
    static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    const unsigned char *from = bytes;
    size_t at = p->len, done = 0;

    packed_append(p, head, sizeof head);
    if (blocked) {
        p->bytes[at + 3] = 4;
        packed_append(p, "\6\0BC\2\0", 6);
        packed_append_number(p, 18 + 5 + len + 8 - 1, 2);
    }
    do {
        size_t n = len - done < 65000 ? len - done : 65000;

        packed_append_number(p, done + n == len, 1);
        packed_append_number(p, n, 2);
        packed_append_number(p, ~n, 2);
        packed_append(p, from + done, n);
        done += n;
    } while (done < len);
    packed_append_number(p, packed_crc(from, len), 4);
    packed_append_number(p, len, 4);
}

/* A supply over an unnamed file with those bytes; the descriptor is the caller's. */
static inline struct crunch_supply packed_supply(const struct packed *p)
{
    char path[] = "/tmp/crunch-packed-XXXXXX";
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    unlink(path);
    cr_assert_eq(write(fd, p->bytes, p->len), (ssize_t)p->len);
    return (struct crunch_supply){.fd = fd, .is_file = true, .size = p->len};
}

#endif

/*
 * Bytes put together and read back: the building material of blocks in logs and of temporary runs.
 * They never leave the process family that wrote them, so words are those of the machine.
 *
 * Integers are varints: seven bits a byte, least significant first, the top bit set on all but the
 * last (as in DWARF's LEB128); signed ones are folded first (zigzag: 0, -1, 1, -2, ... are 0, 1, 2,
 * 3, ...). Readers trust what they read: it was written by this program.
 */
#ifndef CRUNCH_CORE_BYTES_H
#define CRUNCH_CORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Once memory has run out, failed is set, and nothing more is added. */
struct crunch_bytes {
    unsigned char *data; /* owned: free() */
    size_t len, size;
    bool failed;
};

/* Room for n more bytes; their place, or NULL (then failed is set). */
unsigned char *crunch_bytes_reserve(struct crunch_bytes *bytes, size_t n);
void crunch_bytes_add(struct crunch_bytes *bytes, const void *data, size_t len);
void crunch_bytes_free(struct crunch_bytes *bytes); /* a zeroed one is fine */

#define CRUNCH_VARINT_MAX 10     /* bytes of one of 64 bits */
#define CRUNCH_VARINT_MAX_128 19 /* of 128 */

static inline unsigned char *crunch_put_varint(unsigned char *to, uint64_t x)
{
    for (; x >= 0x80; x >>= 7)
        *to++ = (unsigned char)(x | 0x80);
    *to++ = (unsigned char)x;
    return to;
}

static inline const unsigned char *crunch_get_varint(const unsigned char *from, uint64_t *x)
{
    uint64_t value = *from & 0x7F;
    for (unsigned shift = 7; *from++ & 0x80; shift += 7)
        value |= (uint64_t)(*from & 0x7F) << shift;
    *x = value;
    return from;
}

static inline uint64_t crunch_zigzag(int64_t x)
{
    return (uint64_t)x << 1 ^ (uint64_t)(x >> 63);
}

static inline int64_t crunch_unzigzag(uint64_t x)
{
    return (int64_t)(x >> 1 ^ (0 - (x & 1)));
}

static inline unsigned char *crunch_put_signed128(unsigned char *to, __int128 x)
{
    unsigned __int128 folded = (unsigned __int128)x << 1 ^ (unsigned __int128)(x >> 127);
    for (; folded >= 0x80; folded >>= 7)
        *to++ = (unsigned char)(folded | 0x80);
    *to++ = (unsigned char)folded;
    return to;
}

static inline const unsigned char *crunch_get_signed128(const unsigned char *from, __int128 *x)
{
    unsigned __int128 value = *from & 0x7F;
    for (unsigned shift = 7; *from++ & 0x80; shift += 7)
        value |= (unsigned __int128)(*from & 0x7F) << shift;
    *x = (__int128)(value >> 1 ^ (0 - (value & 1)));
    return from;
}

static inline void crunch_bytes_add_varint(struct crunch_bytes *bytes, uint64_t x)
{
    unsigned char *to = crunch_bytes_reserve(bytes, CRUNCH_VARINT_MAX);
    if (to)
        bytes->len += (size_t)(crunch_put_varint(to, x) - to);
}

#endif

/*
 * The front of a table of groups: a sparse open-addressing table of short keys, each with its
 * group, which answers most rows of a batch by one look at one place. It is a copy of what the
 * table behind it knows, kept while there are few groups.
 */
#ifndef CRUNCH_CORE_GROUP_FRONT_H
#define CRUNCH_CORE_GROUP_FRONT_H

#include <stddef.h>
#include <stdint.h>

#define CRUNCH_FRONT_BITS 12
#define CRUNCH_FRONT_KEY 16 /* bytes a key may have */

/* A key of at most 16 bytes as two words, zeros behind it. */
struct crunch_group_front {
    uint64_t word[2];
    uint32_t len; /* UINT32_MAX: free */
    uint32_t group;
    uint64_t spare; /* an entry never straddles two cache lines */
};

/* Where a key belongs: multiply-shift hashing by odd factors that nobody can foresee
 * (Dietzfelbinger et al. 1997). */
struct crunch_front_factors {
    uint64_t low, high;
};

static inline size_t crunch_front_place(uint64_t low, uint64_t high,
                                        struct crunch_front_factors factors)
{
    return (size_t)((low * factors.low + high * factors.high) >> (64 - CRUNCH_FRONT_BITS));
}

/* Words of ones up to a number of bytes: what a short key's words are masked with. */
extern const uint64_t crunch_front_masks[CRUNCH_FRONT_KEY + 1][2];

struct crunch_front_kernels {
    const char *name;
    /* Sets id[i] to the group in the place of key i, for i < rows <= CRUNCH_BATCH_ROWS, and lists
     * in missed[] (room for rows) the rows whose key is not there; returns how many. front has
     * 2^CRUNCH_FRONT_BITS entries; a text has CRUNCH_TEXT_SLACK around it. Pure. */
    size_t (*look)(const struct crunch_group_front *front, struct crunch_front_factors factors,
                   const char *const *text, const uint32_t *len, size_t rows, uint32_t *id,
                   uint16_t *missed);
};

extern const struct crunch_front_kernels crunch_front_kernels_scalar;
extern const struct crunch_front_kernels crunch_front_kernels_avx512; /* x86-64 only */

/* The chosen one; the scalar one until crunch_simd_init. Written only there. */
extern const struct crunch_front_kernels *crunch_front_kernels;

#endif

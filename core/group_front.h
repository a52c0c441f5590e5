/*
 * The front of a table of groups: a sparse open-addressing table of short keys, each with its
 * group, which answers most rows of a batch by one look at one place. It is a copy of what the
 * table behind it knows, kept while there are few groups.
 */
#ifndef CRUNCH_CORE_GROUP_FRONT_H
#define CRUNCH_CORE_GROUP_FRONT_H

#include <stddef.h>
#include <stdint.h>

#define CRUNCH_FRONT_BITS 13
#define CRUNCH_FRONT_KEY 16 /* bytes a key may have */

/* A key of at most 16 bytes as two words, zeros behind it. */
struct crunch_group_front {
    uint64_t word[2]; /* of a free entry: those of a key that belongs elsewhere */
    uint32_t len;     /* UINT32_MAX: free */
    uint32_t group;
    uint64_t spare; /* an entry never straddles two cache lines */
};

/* Where a key belongs: multiply-shift hashing by odd factors that nobody can foresee
 * (Dietzfelbinger et al. 1997). Vectors of keys go the same way. */
struct crunch_front_factors {
    uint64_t low, high;
};

static inline size_t crunch_front_place(uint64_t low, uint64_t high,
                                        struct crunch_front_factors factors)
{
    return (size_t)((low * factors.low + high * factors.high) >> (64 - CRUNCH_FRONT_BITS));
}

/* Words of ones up to a number of bytes: what a short key's words are masked with. */
extern _Alignas(16) const uint64_t crunch_front_masks[CRUNCH_FRONT_KEY + 1][2];

/* Factors from a random number, such that no free entry can be taken for a key. */
struct crunch_front_factors crunch_front_make_factors(uint64_t random);

/* Makes all 2^CRUNCH_FRONT_BITS entries free. */
void crunch_front_clear(struct crunch_group_front *front, struct crunch_front_factors factors);

/* The entry of a key, or the free one where it is to be put: the next such from its place on. The
 * front is never full. */
struct crunch_group_front *crunch_front_find(struct crunch_group_front *front,
                                             struct crunch_front_factors factors, uint64_t low,
                                             uint64_t high, uint32_t len);

struct crunch_front_kernels {
    const char *name;
    /* Sets id[i] to the group in the place of key i, for i < rows <= CRUNCH_BATCH_ROWS, and lists
     * in missed[] (room for rows + 1), ascending, the rows whose key is not there or is longer than
     * CRUNCH_FRONT_KEY (their id says nothing); returns how many. front has 2^CRUNCH_FRONT_BITS
     * entries; a text has CRUNCH_TEXT_SLACK around it. Keys are told apart by their words, without
     * their lengths: no two may differ in NULs at the end alone, which keys of groups never do
     * (core/group_key.h). Pure. */
    size_t (*look)(const struct crunch_group_front *front, struct crunch_front_factors factors,
                   const char *const *text, const uint32_t *len, size_t rows, uint32_t *id,
                   uint16_t *missed);
};

extern const struct crunch_front_kernels crunch_front_kernels_scalar;
extern const struct crunch_front_kernels crunch_front_kernels_avx2;   /* x86-64 only */
extern const struct crunch_front_kernels crunch_front_kernels_avx512; /* x86-64 only */

/* The chosen one; the scalar one until crunch_simd_init. Written only there. */
extern const struct crunch_front_kernels *crunch_front_kernels;

#endif

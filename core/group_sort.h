/* Sorting the groups of one table: by a 64-bit rank first, what ties by a comparison. */
#ifndef CRUNCH_CORE_GROUP_SORT_H
#define CRUNCH_CORE_GROUP_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crunch_ranked {
    uint64_t rank;
    uint32_t id;
};

/* Sorts items ascending by rank, those of one rank by compare (called with ids). Method: radix sort
 * by bytes, least significant first, leaving out bytes that all have; then each stretch of equal
 * ranks. False: out of memory. */
bool crunch_ranked_sort(struct crunch_ranked *items, size_t n,
                        int (*compare)(const void *context, uint32_t a, uint32_t b),
                        const void *context);

/* The first eight bytes of a key from byte `skip` on, zeros behind its end, as a number: keys that
 * share the bytes before compare as these numbers do, or tie. */
uint64_t crunch_rank_of_bytes(const char *key, size_t len, size_t skip);

/* A finite double as a number of the same order, far from the ends of the range. */
uint64_t crunch_rank_of_double(double x);

#endif

/*
 * A sketch of one column's distinct values (core/sketch.h) in every group of a table. A group of
 * few values keeps their hashes, in a table that grows with them; one of many has a sketch of full
 * size. What a group's sketch says depends on the set of its values alone. Not thread-safe per
 * object.
 */
#ifndef CRUNCH_CORE_GROUP_SKETCH_H
#define CRUNCH_CORE_GROUP_SKETCH_H

#include "core/bytes.h"
#include "core/sketch_collector.h"

#include <stdio.h>

/* Of a group: hashes, or all. */
struct crunch_group_sketched {
    uint64_t *hash; /* open addressing, 0: free; owned */
    uint32_t n, slots;
    struct crunch_sketch *all; /* NULL while there are few; owned */
};

struct crunch_group_sketch {
    const struct crunch_sketch_config *config; /* not owned */
    size_t n, room;
    struct crunch_group_sketched *of; /* room; the first n are initialised */
    size_t bytes;                     /* that hashes and sketches take */
};

void crunch_group_sketch_init(struct crunch_group_sketch *sketch,
                              const struct crunch_sketch_config *config);
void crunch_group_sketch_free(struct crunch_group_sketch *sketch); /* a zeroed one is fine */
/* Back to no groups. */
void crunch_group_sketch_clear(struct crunch_group_sketch *sketch);
/* Groups 0..n-1 exist from now on, new ones empty. False: out of memory. */
bool crunch_group_sketch_grow(struct crunch_group_sketch *sketch, size_t n);
size_t crunch_group_sketch_bytes(const struct crunch_group_sketch *sketch);

/* Adds the cells of the batch: row i belongs to group id[i] (< n). False: out of memory. */
bool crunch_group_sketch_feed(struct crunch_group_sketch *sketch, const struct crunch_batch *batch,
                              const uint32_t *id);

/* As bytes, and into a group of another table; UINT32_MAX: it is not wanted. read returns the place
 * behind them, NULL: out of memory. */
void crunch_group_sketch_write(struct crunch_bytes *out, const struct crunch_group_sketch *sketch,
                               size_t group);
const unsigned char *crunch_group_sketch_read(struct crunch_group_sketch *sketch,
                                              const unsigned char *from, uint32_t group);

uint64_t crunch_group_sketch_estimate(const struct crunch_group_sketch *sketch, size_t group);
/* The canonical text of core/sketch_reference.h. False: out of memory. */
bool crunch_group_sketch_print(const struct crunch_group_sketch *sketch, size_t group, FILE *out);

#endif

/*
 * A histogram of one column (core/histogram.h) in every group of a table: counts by place, those of
 * all groups between the same edges. Not thread-safe per object.
 */
#ifndef CRUNCH_CORE_GROUP_BINS_H
#define CRUNCH_CORE_GROUP_BINS_H

#include "core/bytes.h"
#include "core/histogram.h"

struct crunch_group_bins {
    const struct crunch_histogram_config *config; /* not owned; its edges are set */
    struct crunch_histogram_bounds *bounds;       /* NULL in tables that are only merged into */
    size_t n, room;
    uint64_t *count; /* room * (n_edges + 1) */
};

void crunch_group_bins_init(struct crunch_group_bins *bins,
                            const struct crunch_histogram_config *config);
void crunch_group_bins_free(struct crunch_group_bins *bins); /* a zeroed one is fine */
/* Back to no groups; keeps the memory. */
void crunch_group_bins_clear(struct crunch_group_bins *bins);
/* Groups 0..n-1 exist from now on, new ones empty. False: out of memory. */
bool crunch_group_bins_grow(struct crunch_group_bins *bins, size_t n);
size_t crunch_group_bins_bytes(const struct crunch_group_bins *bins);

/* Adds the cells of the batch: row i belongs to group id[i] (< n). False: out of memory. */
bool crunch_group_bins_feed(struct crunch_group_bins *bins, const struct crunch_batch *batch,
                            const uint32_t *id);

/* A group's counts, n_edges + 1. */
const uint64_t *crunch_group_bins_of(const struct crunch_group_bins *bins, size_t group);

/* As bytes, and into a group of another table; UINT32_MAX: it is not wanted. read returns the place
 * behind them. */
void crunch_group_bins_write(struct crunch_bytes *out, const struct crunch_group_bins *bins,
                             size_t group);
const unsigned char *crunch_group_bins_read(struct crunch_group_bins *bins,
                                            const unsigned char *from, uint32_t group);

#endif

/* Owns the counts of histograms in groups: an array of places for each group, one after another. */
#include "core/group_bins.h"

#include <stdlib.h>
#include <string.h>

static size_t places(const struct crunch_group_bins *bins)
{
    return bins->config->n_edges + 1;
}

void crunch_group_bins_init(struct crunch_group_bins *bins,
                            const struct crunch_histogram_config *config)
{
    *bins = (struct crunch_group_bins){.config = config};
}

void crunch_group_bins_free(struct crunch_group_bins *bins)
{
    crunch_histogram_bounds_free(bins->bounds);
    free(bins->count);
    *bins = (struct crunch_group_bins){0};
}

void crunch_group_bins_clear(struct crunch_group_bins *bins)
{
    bins->n = 0;
}

bool crunch_group_bins_grow(struct crunch_group_bins *bins, size_t n)
{
    const size_t one = places(bins) * sizeof *bins->count;
    if (n > bins->room) {
        const size_t room = n + n / 2 + 64;
        uint64_t *grown = realloc(bins->count, room * one);
        if (!grown)
            return false;
        bins->count = grown;
        bins->room = room;
    }
    if (n > bins->n) {
        memset(bins->count + bins->n * places(bins), 0, (n - bins->n) * one);
        bins->n = n;
    }
    return true;
}

size_t crunch_group_bins_bytes(const struct crunch_group_bins *bins)
{
    return bins->n * places(bins) * sizeof *bins->count;
}

bool crunch_group_bins_feed(struct crunch_group_bins *bins, const struct crunch_batch *batch,
                            const uint32_t *id)
{
    uint32_t place[CRUNCH_BATCH_ROWS];
    if (!bins->bounds)
        bins->bounds = crunch_histogram_bounds_create(bins->config);
    if (!bins->bounds || !crunch_histogram_places(bins->bounds, &batch->columns[bins->config->slot],
                                                  batch->rows, place))
        return false;
    for (size_t row = 0; row < batch->rows; row++)
        if (place[row] != UINT32_MAX)
            bins->count[id[row] * places(bins) + place[row]]++;
    return true;
}

const uint64_t *crunch_group_bins_of(const struct crunch_group_bins *bins, size_t group)
{
    return bins->count + group * places(bins);
}

void crunch_group_bins_write(struct crunch_bytes *out, const struct crunch_group_bins *bins,
                             size_t group)
{
    const uint64_t *count = crunch_group_bins_of(bins, group);
    for (size_t i = 0; i < places(bins); i++)
        crunch_bytes_add_varint(out, count[i]);
}

const unsigned char *crunch_group_bins_read(struct crunch_group_bins *bins,
                                            const unsigned char *from, uint32_t group)
{
    for (size_t i = 0; i < places(bins); i++) {
        uint64_t n;
        from = crunch_get_varint(from, &n);
        if (group != UINT32_MAX)
            bins->count[group * places(bins) + i] += n;
    }
    return from;
}

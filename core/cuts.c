/*
 * The cuts form up to three zones of equal chunks. Automatic sizes: B = data / (16 * workers)
 * within 256 KiB to 16 MiB; the last 2 * workers * B bytes are cut in quarters and the last half of
 * those in sixteenths (none below 256 KiB). A worker that takes the last chunk thus keeps the
 * others waiting for B / 16 at most, while most chunks are as large as the per-chunk cost (a few
 * microseconds of publishing and merging) wants them. Data that fits in one chunk is one chunk.
 *
 * With parts, no chunk is smaller than the largest part, and a cut moves up to the byte behind the
 * next beginning of a part. One byte behind: a guess looks at the byte before its chunk, which is
 * then in the same part, and the record that begins a part is read by the chunk before, which has
 * to read a little past its end anyway. (And so every part's checksum is verified, io/cursor.c.)
 * Since a chunk is at least as long as any part, no two cuts move to the same place but the last
 * ones, to the end.
 */
#include "core/cuts.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define LEAST (256 * KIB)
#define MOST (16 * MIB)

static uint64_t clamp(uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* Appends a zone of whole chunks of bytes covering up to len from offset; returns where it ends. */
static uint64_t add_zone(struct crunch_cuts *cuts, uint64_t offset, uint64_t len, uint64_t bytes)
{
    struct crunch_cuts_zone *zone = &cuts->zone[cuts->n_zones];
    uint64_t chunks = len / bytes;

    if (chunks == 0)
        return offset;
    zone->first = cuts->n_chunks;
    zone->offset = offset;
    zone->bytes = bytes;
    cuts->n_zones++;
    cuts->n_chunks += chunks;
    return offset + chunks * bytes;
}

static void add_last_zone(struct crunch_cuts *cuts, uint64_t offset, uint64_t bytes)
{
    struct crunch_cuts_zone *zone = &cuts->zone[cuts->n_zones];
    uint64_t len = cuts->end - offset;

    if (len == 0)
        return;
    zone->first = cuts->n_chunks;
    zone->offset = offset;
    zone->bytes = bytes;
    cuts->n_zones++;
    if (cuts->end == UINT64_MAX)
        cuts->n_chunks = CRUNCH_CHUNKS_UNKNOWN;
    else
        cuts->n_chunks += len / bytes + (len % bytes != 0);
}

static void make_zones(struct crunch_cuts *cuts, uint64_t least, uint64_t most, unsigned workers)
{
    uint64_t data = cuts->end - cuts->begin, at = cuts->begin, large, tail;

    if (workers <= 1) {
        add_last_zone(cuts, at, most);
        return;
    }
    large = clamp(data / 16 / workers, least, most);
    tail = 2 * workers * large;
    if (tail < data)
        at = add_zone(cuts, at, data - tail, large);
    tail = cuts->end - at;
    at = add_zone(cuts, at, tail / 2, clamp(large / 4, least, most));
    add_last_zone(cuts, at, clamp(large / 16, least, most));
}

void crunch_cuts_init(struct crunch_cuts *cuts, uint64_t begin, uint64_t end, uint64_t chunk_bytes,
                      unsigned workers)
{
    *cuts = (struct crunch_cuts){.begin = begin, .end = end > begin ? end : begin};
    if (end == UINT64_MAX)
        add_last_zone(cuts, begin, chunk_bytes ? clamp(chunk_bytes, 1, MIB) : MIB);
    else if (chunk_bytes)
        add_last_zone(cuts, begin, chunk_bytes);
    else
        make_zones(cuts, LEAST, MOST, workers);
}

void crunch_cuts_init_parts(struct crunch_cuts *cuts, uint64_t begin, const uint64_t *part,
                            size_t n_parts, unsigned workers)
{
    uint64_t end = part[n_parts], largest = LEAST, from, to;

    for (size_t i = 0; i < n_parts; i++)
        if (part[i + 1] - part[i] > largest)
            largest = part[i + 1] - part[i];
    *cuts = (struct crunch_cuts){.begin = begin, .end = end > begin ? end : begin};
    make_zones(cuts, largest, largest > MOST ? largest : MOST, workers);
    cuts->part = part;
    cuts->n_parts = n_parts;
    while (cuts->n_chunks > 1) {
        crunch_cuts_chunk(cuts, cuts->n_chunks - 1, &from, &to);
        if (from < to)
            break;
        cuts->n_chunks--;
    }
}

/* Where a cut at offset moves to. */
static uint64_t align(const struct crunch_cuts *cuts, uint64_t offset)
{
    size_t low = 0, high = cuts->n_parts; /* the lowest beginning >= offset is in [low, high] */

    if (!cuts->part || offset == cuts->begin || offset >= cuts->end)
        return offset;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (cuts->part[middle] < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return cuts->part[low] < cuts->end ? cuts->part[low] + 1 : cuts->end;
}

void crunch_cuts_chunk(const struct crunch_cuts *cuts, uint64_t i, uint64_t *begin, uint64_t *end)
{
    unsigned z = cuts->n_zones - 1;
    const struct crunch_cuts_zone *zone;
    uint64_t limit, k;

    while (z > 0 && i < cuts->zone[z].first)
        z--;
    zone = &cuts->zone[z];
    limit = z + 1 < cuts->n_zones ? cuts->zone[z + 1].offset : cuts->end;
    k = i - zone->first;
    /* In a stream chunk numbers have no end, but offsets have: saturate. */
    if (k > (limit - zone->offset) / zone->bytes)
        k = (limit - zone->offset) / zone->bytes;
    *begin = zone->offset + k * zone->bytes;
    *end = align(cuts, limit - *begin < zone->bytes ? limit : *begin + zone->bytes);
    *begin = align(cuts, *begin);
}

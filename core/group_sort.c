/* Owns the sorting of groups within a table. */
#include "core/group_sort.h"

#include <stdlib.h>
#include <string.h>

uint64_t crunch_rank_of_bytes(const char *key, size_t len, size_t skip)
{
    uint64_t rank = 0;
    for (size_t i = skip; i < skip + 8; i++)
        rank = rank << 8 | (i < len ? (unsigned char)key[i] : 0);
    return rank;
}

uint64_t crunch_rank_of_double(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

/* One pass: a stable distribution of from into to by byte `shift / 8` of the ranks. */
static void distribute(const struct crunch_ranked *from, struct crunch_ranked *to, size_t n,
                       unsigned shift, size_t *next)
{
    size_t at = 0;
    for (unsigned b = 0; b < 256; b++) {
        size_t count = next[b];
        next[b] = at;
        at += count;
    }
    for (size_t i = 0; i < n; i++)
        to[next[from[i].rank >> shift & 0xFF]++] = from[i];
}

static bool sort_ranks(struct crunch_ranked *items, size_t n)
{
    struct crunch_ranked *room = malloc((n + 1) * sizeof *room), *from = items, *to = room;
    size_t count[256];
    if (!room)
        return false;
    for (unsigned shift = 0; shift < 64 && n > 1; shift += 8) {
        memset(count, 0, sizeof count);
        for (size_t i = 0; i < n; i++)
            count[from[i].rank >> shift & 0xFF]++;
        if (count[from[0].rank >> shift & 0xFF] == n)
            continue;
        distribute(from, to, n, shift, count);
        struct crunch_ranked *swapped = from;
        from = to;
        to = swapped;
    }
    if (from != items)
        memcpy(items, from, n * sizeof *items);
    free(room);
    return true;
}

struct comparison {
    int (*compare)(const void *context, uint32_t a, uint32_t b);
    const void *context;
};

static int compare_items(const void *a, const void *b, void *comparison)
{
    const struct comparison *by = comparison;
    const struct crunch_ranked *x = a, *y = b;
    return by->compare(by->context, x->id, y->id);
}

bool crunch_ranked_sort(struct crunch_ranked *items, size_t n,
                        int (*compare)(const void *context, uint32_t a, uint32_t b),
                        const void *context)
{
    struct comparison by = {compare, context};
    size_t begin = 0;
    if (!sort_ranks(items, n))
        return false;
    for (size_t i = 1; i <= n; i++) {
        if (i < n && items[i].rank == items[begin].rank)
            continue;
        if (i - begin > 1)
            qsort_r(items + begin, i - begin, sizeof *items, compare_items, &by);
        begin = i;
    }
    return true;
}

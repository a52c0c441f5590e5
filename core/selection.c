/*
 * Selection of several ranks: a part of the array is divided by a pivot into less, equal and
 * greater, and only the divisions that a wanted rank lies in are gone on with. Values equal to the
 * pivot are done at once, so many equal ones make it faster, not slower.
 *
 * The pending parts are kept on the stack of calls; the larger part is gone on with in the loop, so
 * the calls nest at most log2 n deep.
 */
#include "core/selection.h"

#include <stdlib.h>
#include <string.h>

/* A part smaller than this is sorted. */
#define SMALL 24

struct random {
    uint64_t state;
};

/* 0..n-1, by splitmix64 (Steele, Lea, Flood 2014). */
static size_t draw(struct random *random, size_t n)
{
    uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (size_t)(((unsigned __int128)z * n) >> 64);
}

static void sort_small(int64_t *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        int64_t x = v[i];
        size_t j = i;
        for (; j > 0 && v[j - 1] > x; j--)
            v[j] = v[j - 1];
        v[j] = x;
    }
}

static int64_t middle_of(int64_t a, int64_t b, int64_t c)
{
    int64_t low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* Divides v by pivot: [0, *less) is below it, [*less, *more) equal, the rest above. */
static void divide(int64_t *v, size_t n, int64_t pivot, size_t *less, size_t *more)
{
    size_t below = 0, above;
    /* Without branches: what is below the pivot is swapped to the front. */
    for (size_t i = 0; i < n; i++) {
        int64_t x = v[i];
        v[i] = v[below];
        v[below] = x;
        below += x < pivot;
    }
    above = below;
    for (size_t i = below; i < n; i++) {
        int64_t x = v[i];
        v[i] = v[above];
        v[above] = x;
        above += x == pivot;
    }
    *less = below;
    *more = above;
}

/* How many of k[0..n) are below limit. */
static size_t ranks_below(const size_t *k, size_t n, size_t limit)
{
    size_t i = 0;
    while (i < n && k[i] < limit)
        i++;
    return i;
}

/* The same, of v[begin, end) alone. */
static void select_within(int64_t *v, size_t begin, size_t end, const size_t *k, size_t n_k,
                          struct random *random)
{
    while (n_k > 0 && end - begin > SMALL) {
        size_t n = end - begin, less, more;
        int64_t pivot = middle_of(v[begin + draw(random, n)], v[begin + draw(random, n)],
                                  v[begin + draw(random, n)]);
        divide(v + begin, n, pivot, &less, &more);
        less += begin;
        more += begin;
        size_t low = ranks_below(k, n_k, less), high = ranks_below(k, n_k, more);
        if (less - begin < end - more) {
            select_within(v, begin, less, k, low, random);
            begin = more;
            k += high;
            n_k -= high;
        } else {
            select_within(v, more, end, k + high, n_k - high, random);
            end = less;
            n_k = low;
        }
    }
    if (n_k > 0)
        sort_small(v + begin, end - begin);
}

void crunch_select_int64(int64_t *v, size_t n, const size_t *k, size_t n_k)
{
    struct random random = {n};
    select_within(v, 0, n, k, n_k, &random);
}

/* ---- sorting ---- */

#define DIGIT_BITS 11
#define DIGITS ((64 + DIGIT_BITS - 1) / DIGIT_BITS)
#define BUCKETS (1 << DIGIT_BITS)

/* Digit d of v, where unsigned order is signed order. */
static inline size_t digit(int64_t v, int d)
{
    return (((uint64_t)v ^ (UINT64_C(1) << 63)) >> (d * DIGIT_BITS)) & (BUCKETS - 1);
}

/* from -> to, by one digit; false, and nothing done, if it is the same everywhere. */
static bool distribute(const int64_t *from, int64_t *to, size_t n, int d, const size_t *count)
{
    size_t next[BUCKETS], at = 0;
    if (count[digit(from[0], d)] == n)
        return false;
    for (size_t b = 0; b < BUCKETS; b++) {
        next[b] = at;
        at += count[b];
    }
    for (size_t i = 0; i < n; i++)
        to[next[digit(from[i], d)]++] = from[i];
    return true;
}

enum crunch_code crunch_sort_int64(int64_t *v, size_t n)
{
    if (n <= SMALL) {
        sort_small(v, n);
        return CRUNCH_OK;
    }
    int64_t *room = malloc(n * sizeof *room), *from = v, *to = room;
    size_t(*count)[BUCKETS] = calloc(DIGITS, sizeof *count);
    bool good = room != NULL && count != NULL;
    for (size_t i = 0; i < n && good; i++)
        for (int d = 0; d < DIGITS; d++)
            count[d][digit(v[i], d)]++;
    for (int d = 0; d < DIGITS && good; d++)
        if (distribute(from, to, n, d, count[d])) {
            int64_t *swap = from;
            from = to;
            to = swap;
        }
    if (good && from != v)
        memcpy(v, from, n * sizeof *v);
    free(room);
    free(count);
    return good ? CRUNCH_OK : CRUNCH_NO_MEMORY;
}

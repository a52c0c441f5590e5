/*
 * The plain kernels: the definition that every vector variant is held to. Portable C; the sums are
 * split into halves so that compilers can keep them in 64-bit lanes.
 */
#include "core/kernels.h"

#include "io/number.h"

const struct crunch_sum_kernels *crunch_sum_kernels = &crunch_sum_kernels_scalar;

/* The low halves are unsigned and below 2^32, the high ones signed and of magnitude below 2^28;
 * sums of 2^10 of either stay far inside 64 bits (n up to 2^31 would). */
static __int128 sum(const int64_t *m, size_t n)
{
    uint64_t low = 0;
    int64_t high = 0;
    for (size_t i = 0; i < n; i++) {
        low += (uint64_t)m[i] & UINT32_MAX;
        high += m[i] >> 32;
    }
    return (__int128)high * ((__int128)1 << 32) + (__int128)low;
}

static void sum_squares(const int64_t *m, size_t n, struct crunch_u192 *out)
{
    /* Each square is below 10^36 < 2^120: its upper word is below 2^56, so that 2^8 more bits hold
     * the sum of 2^10 lower words' carries and upper words: upper < 2^10 * 2^56 + 2^10 < 2^67.
     * Hence the upper words are added in 128 bits. */
    unsigned __int128 low = 0, high = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned __int128 square = (unsigned __int128)((__int128)m[i] * m[i]);
        low += (uint64_t)square;
        high += (uint64_t)(square >> 64);
    }
    high += (uint64_t)(low >> 64);
    out->word[0] = (uint64_t)low;
    out->word[1] = (uint64_t)high;
    out->word[2] = (uint64_t)(high >> 64);
}

static void sum_products(const int64_t *a, const int64_t *b, size_t n, struct crunch_u192 *out)
{
    /* As for squares, with a signed upper word of magnitude below 2^56. */
    unsigned __int128 low = 0;
    __int128 high = 0;
    for (size_t i = 0; i < n; i++) {
        __int128 product = (__int128)a[i] * b[i];
        low += (uint64_t)product;
        high += (int64_t)(product >> 64);
    }
    high += (int64_t)(low >> 64);
    out->word[0] = (uint64_t)low;
    out->word[1] = (uint64_t)high;
    out->word[2] = (uint64_t)(high >> 64);
}

static bool min_max(const int64_t *m, const uint8_t *class, size_t n, int64_t *min, int64_t *max)
{
    int64_t least = INT64_MAX, greatest = INT64_MIN;
    if (class == NULL) {
        for (size_t i = 0; i < n; i++) {
            least = m[i] < least ? m[i] : least;
            greatest = m[i] > greatest ? m[i] : greatest;
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            if (class[i] != CRUNCH_CELL_NUMBER)
                continue;
            least = m[i] < least ? m[i] : least;
            greatest = m[i] > greatest ? m[i] : greatest;
        }
    }
    if (least > greatest)
        return false;
    *min = least;
    *max = greatest;
    return true;
}

/* A difference of scales of 18 or more leaves only zero below 10^18. */
static const int64_t power[19] = {1,
                                  10,
                                  100,
                                  1000,
                                  10000,
                                  100000,
                                  1000000,
                                  10000000,
                                  100000000,
                                  1000000000,
                                  10000000000,
                                  100000000000,
                                  1000000000000,
                                  10000000000000,
                                  100000000000000,
                                  1000000000000000,
                                  10000000000000000,
                                  100000000000000000,
                                  1000000000000000000};

static int align(const int64_t *m, const uint8_t *scale, size_t n, int64_t *out)
{
    uint8_t largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = scale[i] > largest ? scale[i] : largest;
    for (size_t i = 0; i < n; i++) {
        unsigned shift = (unsigned)largest - scale[i];
        if (shift > 18)
            shift = 18;
        int64_t scaled;
        if (__builtin_mul_overflow(m[i], power[shift], &scaled) ||
            scaled <= -CRUNCH_MANTISSA_LIMIT || scaled >= CRUNCH_MANTISSA_LIMIT)
            return -1;
        out[i] = scaled;
    }
    return largest;
}

const struct crunch_sum_kernels crunch_sum_kernels_scalar = {
    .name = "scalar",
    .sum = sum,
    .sum_squares = sum_squares,
    .sum_products = sum_products,
    .min_max = min_max,
    .align = align,
};

/*
 * The plain kernels: the definition that every vector variant is held to. Portable C; the sums are
 * split into halves so that compilers can keep them in 64-bit lanes.
 */
#include "core/kernels.h"
#include "io/power10.h"

#include "io/number.h"

static size_t pick(const int64_t *v, size_t n, int64_t low, int64_t high, int64_t *out,
                   uint64_t *below)
{
    size_t picked = 0, less = 0;
    for (size_t i = 0; i < n; i++) {
        out[picked] = v[i];
        picked += v[i] >= low && v[i] <= high;
        less += v[i] < low;
    }
    *below += less;
    return picked;
}

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

static uint64_t magnitude(int64_t m)
{
    return m < 0 ? -(uint64_t)m : (uint64_t)m;
}

/* Are all |m| below 2^bits? */
static bool all_below(const int64_t *m, size_t n, int bits)
{
    uint64_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= magnitude(m[i]);
    return any >> bits == 0;
}

/* out += addend * 2^(64 word); addend * 2^(64 word) and the sum have room in out. */
static void add_at(struct crunch_i320 *out, int word, unsigned __int128 addend)
{
    unsigned __int128 carry = 0;
    for (int i = word; i < 5; i++) {
        carry += (unsigned __int128)out->word[i] + (uint64_t)addend;
        out->word[i] = (uint64_t)carry;
        carry >>= 64;
        addend >>= 64;
    }
}

/* |m|^3 = (h * 2^64 + l) * |m| with h < 2^56, |m| < 2^60; the four words' sums, of positive and of
 * negative numbers apart, take 10 bits more than a word. */
static void sum_large_cubes(const int64_t *m, size_t n, struct crunch_i320 *out)
{
    unsigned __int128 word[2][3] = {{0}};
    for (size_t i = 0; i < n; i++) {
        uint64_t a = magnitude(m[i]);
        unsigned __int128 square = (unsigned __int128)a * a;
        unsigned __int128 low = (unsigned __int128)(uint64_t)square * a;
        unsigned __int128 high = (square >> 64) * a + (low >> 64); /* below 2^117 */
        unsigned __int128 *to = word[m[i] < 0];
        to[0] += (uint64_t)low;
        to[1] += (uint64_t)high;
        to[2] += high >> 64;
    }
    struct crunch_i320 negative = {{0}};
    for (int i = 0; i < 3; i++) {
        add_at(out, i, word[0][i]);
        add_at(&negative, i, word[1][i]);
    }
    unsigned __int128 carry = 1; /* out -= negative: out += ~negative + 1 */
    for (int i = 0; i < 5; i++) {
        carry += (unsigned __int128)out->word[i] + ~negative.word[i];
        out->word[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

static void sum_cubes(const int64_t *m, size_t n, struct crunch_i320 *out)
{
    *out = (struct crunch_i320){{0}};
    if (!all_below(m, n, 31)) {
        sum_large_cubes(m, n, out);
        return;
    }
    __int128 total = 0; /* terms below 2^93 */
    for (size_t i = 0; i < n; i++)
        total += (__int128)(m[i] * m[i]) * m[i];
    uint64_t sign = total < 0 ? UINT64_MAX : 0;
    *out = (struct crunch_i320){{(uint64_t)total, (uint64_t)(total >> 64), sign, sign, sign}};
}

/* m^4 = (h * 2^64 + l)^2 = l^2 + 2 h l * 2^64 + h^2 * 2^128, h < 2^56: words' sums as above. */
static void sum_large_fourths(const int64_t *m, size_t n, struct crunch_i320 *out)
{
    unsigned __int128 word[4] = {0};
    for (size_t i = 0; i < n; i++) {
        uint64_t a = magnitude(m[i]);
        unsigned __int128 square = (unsigned __int128)a * a;
        uint64_t l = (uint64_t)square, h = (uint64_t)(square >> 64);
        unsigned __int128 ll = (unsigned __int128)l * l;
        unsigned __int128 hl = (unsigned __int128)h * l * 2; /* below 2^121 */
        unsigned __int128 hh = (unsigned __int128)h * h;
        word[0] += (uint64_t)ll;
        word[1] += (ll >> 64) + (uint64_t)hl;
        word[2] += (hl >> 64) + (uint64_t)hh;
        word[3] += hh >> 64;
    }
    for (int i = 0; i < 4; i++)
        add_at(out, i, word[i]);
}

static void sum_fourths(const int64_t *m, size_t n, struct crunch_i320 *out)
{
    *out = (struct crunch_i320){{0}};
    if (!all_below(m, n, 29)) {
        sum_large_fourths(m, n, out);
        return;
    }
    unsigned __int128 total = 0; /* terms below 2^116 */
    for (size_t i = 0; i < n; i++) {
        uint64_t square = (uint64_t)(m[i] * m[i]);
        total += (unsigned __int128)square * square;
    }
    out->word[0] = (uint64_t)total;
    out->word[1] = (uint64_t)(total >> 64);
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
static const int64_t power[19] = {CRUNCH_POWERS_OF_TEN};

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
    .sum_cubes = sum_cubes,
    .sum_fourths = sum_fourths,
    .min_max = min_max,
    .align = align,
    .pick = pick,
};

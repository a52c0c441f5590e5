/*
 * The sum kernels for AVX2: 4 lanes of 64 bits, of which the last 0..3 values of an array are given
 * to the plain twin. A kernel sees at most CRUNCH_BATCH_ROWS = 2^10 values, so a lane adds at most
 * 2^8 terms: lanes of halves below 2^32 stay below 2^40.
 */
#if defined(__x86_64__)

#include "core/kernels.h"
#include "io/number.h"
#include "io/simd/target.h"

#include <immintrin.h>
#include <string.h>

CRUNCH_TARGET_BEGIN(CRUNCH_TARGET_AVX2)

static inline __m256i load(const int64_t *m)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)m);
}

static inline uint64_t join(__m256i lanes)
{
    uint64_t lane[4];
    _mm256_storeu_si256((__m256i *)(void *)lane, lanes);
    return lane[0] + lane[1] + lane[2] + lane[3];
}

/* Upper halves are taken of m + 2^63, for want of an arithmetic shift: each is 2^31 too large. */
static __int128 sum(const int64_t *m, size_t n)
{
    const __m256i mask = _mm256_set1_epi64x(UINT32_MAX), bias = _mm256_set1_epi64x(INT64_MIN);
    __m256i low = _mm256_setzero_si256(), high = low;
    size_t whole = n / 4 * 4;
    for (size_t i = 0; i < whole; i += 4) {
        __m256i v = load(m + i);
        low = _mm256_add_epi64(low, _mm256_and_si256(v, mask));
        high = _mm256_add_epi64(high, _mm256_srli_epi64(_mm256_xor_si256(v, bias), 32));
    }
    __int128 upper = (__int128)join(high) - ((__int128)whole << 31);
    return upper * ((__int128)1 << 32) + (__int128)join(low) +
           crunch_sum_kernels_scalar.sum(m + whole, n - whole);
}

static inline __m256i magnitude(__m256i v)
{
    __m256i sign = _mm256_cmpgt_epi64(_mm256_setzero_si256(), v);
    return _mm256_sub_epi64(_mm256_xor_si256(v, sign), sign);
}

/* Products, each below 2^64, summed as halves. */
struct products {
    __m256i low, high;
};

static inline void add_product(struct products *sums, __m256i a, __m256i b)
{
    __m256i p = _mm256_mul_epu32(a, b);
    sums->low = _mm256_add_epi64(sums->low, _mm256_and_si256(p, _mm256_set1_epi64x(UINT32_MAX)));
    sums->high = _mm256_add_epi64(sums->high, _mm256_srli_epi64(p, 32));
}

static inline unsigned __int128 join_products(const struct products *sums)
{
    return ((unsigned __int128)join(sums->high) << 32) + join(sums->low);
}

static void add_u192(struct crunch_u192 *out, unsigned __int128 low, uint64_t high)
{
    unsigned __int128 before = (unsigned __int128)out->word[1] << 64 | out->word[0];
    unsigned __int128 after = before + low;
    out->word[0] = (uint64_t)after;
    out->word[1] = (uint64_t)(after >> 64);
    out->word[2] += high + (after < before);
}

/* |m| = h * 2^30 + l with h, l < 2^30, so m^2 = l^2 + 2 h l * 2^30 + h^2 * 2^60; each of the three
 * sums is below 2^10 * 2^60. */
static void sum_wide_squares(const int64_t *m, size_t n, struct crunch_u192 *out)
{
    const __m256i mask = _mm256_set1_epi64x((1 << 30) - 1), zero = _mm256_setzero_si256();
    struct products ll = {zero, zero}, hl = {zero, zero}, hh = {zero, zero};
    for (size_t i = 0; i < n; i += 4) {
        __m256i v = magnitude(load(m + i));
        __m256i l = _mm256_and_si256(v, mask), h = _mm256_srli_epi64(v, 30);
        add_product(&ll, l, l);
        add_product(&hl, h, l);
        add_product(&hh, h, h);
    }
    unsigned __int128 top = join_products(&hh);
    add_u192(out, join_products(&ll) + (join_products(&hl) << 31), 0);
    add_u192(out, top << 60, (uint64_t)(top >> 68));
}

static void sum_squares(const int64_t *m, size_t n, struct crunch_u192 *out)
{
    const __m256i zero = _mm256_setzero_si256();
    struct products squares = {zero, zero};
    __m256i bits = zero;
    size_t whole = n / 4 * 4;
    crunch_sum_kernels_scalar.sum_squares(m + whole, n - whole, out);
    for (size_t i = 0; i < whole; i += 4) {
        __m256i v = magnitude(load(m + i));
        bits = _mm256_or_si256(bits, v);
        add_product(&squares, v, v);
    }
    if (_mm256_testz_si256(bits, _mm256_set1_epi64x((long long)~UINT64_C(0xffffffff))))
        add_u192(out, join_products(&squares), 0);
    else
        sum_wide_squares(m, whole, out);
}

/* Numbers of 32 bits, as most are, multiply to 64; upper halves are biased as in sum(). Others go
 * to the plain twin. */
static void sum_products(const int64_t *a, const int64_t *b, size_t n, struct crunch_u192 *out)
{
    const __m256i mask = _mm256_set1_epi64x(UINT32_MAX), bias = _mm256_set1_epi64x(INT64_MIN);
    const __m256i half = _mm256_set1_epi64x(INT64_C(1) << 31);
    __m256i low = _mm256_setzero_si256(), high = low, bits = low;
    size_t whole = n / 4 * 4;
    for (size_t i = 0; i < whole; i += 4) {
        __m256i x = load(a + i), y = load(b + i), p = _mm256_mul_epi32(x, y);
        bits = _mm256_or_si256(bits, _mm256_add_epi64(x, half));
        bits = _mm256_or_si256(bits, _mm256_add_epi64(y, half));
        low = _mm256_add_epi64(low, _mm256_and_si256(p, mask));
        high = _mm256_add_epi64(high, _mm256_srli_epi64(_mm256_xor_si256(p, bias), 32));
    }
    if (!_mm256_testz_si256(bits, _mm256_set1_epi64x((long long)~UINT64_C(0xffffffff)))) {
        crunch_sum_kernels_scalar.sum_products(a, b, n, out);
        return;
    }
    crunch_sum_kernels_scalar.sum_products(a + whole, b + whole, n - whole, out);
    __int128 upper = (__int128)join(high) - ((__int128)whole << 31);
    __int128 sum = upper * ((__int128)1 << 32) + (__int128)join(low); /* below 2^72 */
    unsigned __int128 before = (unsigned __int128)out->word[1] << 64 | out->word[0];
    unsigned __int128 after = before + (unsigned __int128)sum;
    out->word[0] = (uint64_t)after;
    out->word[1] = (uint64_t)(after >> 64);
    out->word[2] += (uint64_t)(sum >> 127) + (after < before);
}

/* All ones in the lanes of rows that are numbers. */
static inline __m256i number_rows(const uint8_t *class)
{
    int32_t four;
    memcpy(&four, class, sizeof four);
    return _mm256_cmpeq_epi64(_mm256_cvtepu8_epi64(_mm_cvtsi32_si128(four)),
                              _mm256_setzero_si256());
}

static bool min_max(const int64_t *m, const uint8_t *class, size_t n, int64_t *min, int64_t *max)
{
    const __m256i top = _mm256_set1_epi64x(INT64_MAX), bottom = _mm256_set1_epi64x(INT64_MIN);
    __m256i least = top, greatest = bottom;
    size_t whole = n / 4 * 4;
    for (size_t i = 0; i < whole; i += 4) {
        __m256i v = load(m + i);
        __m256i rows = class == NULL ? _mm256_set1_epi64x(-1) : number_rows(class + i);
        __m256i for_least = _mm256_blendv_epi8(top, v, rows);
        __m256i for_greatest = _mm256_blendv_epi8(bottom, v, rows);
        least = _mm256_blendv_epi8(least, for_least, _mm256_cmpgt_epi64(least, for_least));
        greatest =
            _mm256_blendv_epi8(greatest, for_greatest, _mm256_cmpgt_epi64(for_greatest, greatest));
    }
    int64_t low[5], high[5];
    _mm256_storeu_si256((__m256i *)(void *)low, least);
    _mm256_storeu_si256((__m256i *)(void *)high, greatest);
    bool tail = crunch_sum_kernels_scalar.min_max(m + whole, class == NULL ? NULL : class + whole,
                                                  n - whole, &low[4], &high[4]);
    for (int i = 1; i < (tail ? 5 : 4); i++) {
        low[0] = low[i] < low[0] ? low[i] : low[0];
        high[0] = high[i] > high[0] ? high[i] : high[0];
    }
    if (low[0] > high[0])
        return false;
    *min = low[0];
    *max = high[0];
    return true;
}

static int align(const int64_t *m, const uint8_t *scale, size_t n, int64_t *out)
{
    return crunch_sum_kernels_scalar.align(m, scale, n, out);
}

static void sum_cubes(const int64_t *m, size_t n, struct crunch_i320 *out)
{
    crunch_sum_kernels_scalar.sum_cubes(m, n, out);
}

static void sum_fourths(const int64_t *m, size_t n, struct crunch_i320 *out)
{
    crunch_sum_kernels_scalar.sum_fourths(m, n, out);
}

/* Row b: for the lanes whose bit of b is set, in order, the pairs of 32-bit halves. */
static const uint32_t gather_lanes[16][8] = {
    {0, 1, 2, 3, 4, 5, 6, 7}, {0, 1, 2, 3, 4, 5, 6, 7}, {2, 3, 0, 1, 4, 5, 6, 7},
    {0, 1, 2, 3, 4, 5, 6, 7}, {4, 5, 0, 1, 2, 3, 6, 7}, {0, 1, 4, 5, 2, 3, 6, 7},
    {2, 3, 4, 5, 0, 1, 6, 7}, {0, 1, 2, 3, 4, 5, 6, 7}, {6, 7, 0, 1, 2, 3, 4, 5},
    {0, 1, 6, 7, 2, 3, 4, 5}, {2, 3, 6, 7, 0, 1, 4, 5}, {0, 1, 2, 3, 6, 7, 4, 5},
    {4, 5, 6, 7, 0, 1, 2, 3}, {0, 1, 4, 5, 6, 7, 2, 3}, {2, 3, 4, 5, 6, 7, 0, 1},
    {0, 1, 2, 3, 4, 5, 6, 7},
};

/* Four lanes are written whenever one is picked: at most 3 behind the last. */
static size_t pick(const int64_t *v, size_t n, int64_t low, int64_t high, int64_t *out,
                   uint64_t *below)
{
    const __m256i least = _mm256_set1_epi64x(low), greatest = _mm256_set1_epi64x(high);
    __m256i less = _mm256_setzero_si256();
    size_t whole = n / 4 * 4, picked = 0;
    for (size_t i = 0; i < whole; i += 4) {
        __m256i x = load(v + i);
        __m256i under = _mm256_cmpgt_epi64(least, x);
        __m256i outside = _mm256_or_si256(under, _mm256_cmpgt_epi64(x, greatest));
        less = _mm256_sub_epi64(less, under);
        unsigned inside = ~(unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(outside)) & 15;
        if (inside == 0)
            continue;
        __m256i order = load((const int64_t *)(const void *)gather_lanes[inside]);
        _mm256_storeu_si256((__m256i *)(void *)(out + picked),
                            _mm256_permutevar8x32_epi32(x, order));
        picked += (unsigned)__builtin_popcount(inside);
    }
    *below += join(less);
    return picked +
           crunch_sum_kernels_scalar.pick(v + whole, n - whole, low, high, out + picked, below);
}

const struct crunch_sum_kernels crunch_sum_kernels_avx2 = {
    .name = "avx2",
    .sum = sum,
    .sum_squares = sum_squares,
    .sum_products = sum_products,
    .sum_cubes = sum_cubes,
    .sum_fourths = sum_fourths,
    .min_max = min_max,
    .align = align,
    .pick = pick,
};

CRUNCH_TARGET_END

#else
typedef int crunch_not_x86; /* a translation unit must not be empty */
#endif

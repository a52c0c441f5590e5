/*
 * The sum kernels for AVX-512 with IFMA: 8 lanes of 64 bits. A kernel sees at most
 * CRUNCH_BATCH_ROWS = 2^10 values, so a lane adds at most 2^7, and lanes of magnitude below 2^56
 * cannot overflow; the lanes are joined in 128 bits.
 */
#if defined(__x86_64__)

#include "core/kernels.h"
#include "io/simd/target.h"

#include <immintrin.h>

CRUNCH_TARGET_BEGIN(CRUNCH_TARGET_AVX512)

static inline __m512i load(const int64_t *m)
{
    return _mm512_loadu_si512(m);
}

/* The last n values, n in 1..7, and zeros. */
static inline __m512i load_tail(const int64_t *m, size_t n)
{
    return _mm512_maskz_loadu_epi64((__mmask8)((1U << n) - 1), m);
}

static inline __int128 join_signed(__m512i lanes)
{
    int64_t lane[8];
    __int128 total = 0;
    _mm512_storeu_si512(lane, lanes);
    for (int i = 0; i < 8; i++)
        total += lane[i];
    return total;
}

static inline unsigned __int128 join_unsigned(__m512i lanes)
{
    uint64_t lane[8];
    unsigned __int128 total = 0;
    _mm512_storeu_si512(lane, lanes);
    for (int i = 0; i < 8; i++)
        total += lane[i];
    return total;
}

/* Halves as in the scalar twin: below 2^32 and of magnitude below 2^28. */
static __int128 sum(const int64_t *m, size_t n)
{
    const __m512i mask = _mm512_set1_epi64(UINT32_MAX);
    __m512i low = _mm512_setzero_si512(), high = low;
    for (size_t i = 0; i < n; i += 8) {
        __m512i v = n - i >= 8 ? load(m + i) : load_tail(m + i, n - i);
        low = _mm512_add_epi64(low, _mm512_and_si512(v, mask));
        high = _mm512_add_epi64(high, _mm512_srai_epi64(v, 32));
    }
    return join_signed(high) * ((__int128)1 << 32) + join_signed(low);
}

/* |m| = h * 2^52 + l with h < 2^8, so m^2 = l^2 + 2 h l * 2^52 + h^2 * 2^104. IFMA multiplies the
 * low 52 bits of its operands and adds bits 0..51 or 52..103 of the product, so l needs no masking.
 * A lane adds 2^7 terms: w0 < 2^59, w52 < 3 * 2^59, w104 < 2^7 * (2^9 + 2^16) < 2^24. */
static void sum_squares(const int64_t *m, size_t n, struct crunch_u192 *out)
{
    __m512i w0 = _mm512_setzero_si512(), w52 = w0, cross = w0, w104 = w0;
    for (size_t i = 0; i < n; i += 8) {
        __m512i v = _mm512_abs_epi64(n - i >= 8 ? load(m + i) : load_tail(m + i, n - i));
        __m512i h = _mm512_srli_epi64(v, 52);
        __m512i twice = _mm512_add_epi64(h, h);
        w0 = _mm512_madd52lo_epu64(w0, v, v);
        w52 = _mm512_madd52hi_epu64(w52, v, v);
        cross = _mm512_madd52lo_epu64(cross, twice, v);
        w104 = _mm512_madd52hi_epu64(w104, twice, v);
        w104 = _mm512_madd52lo_epu64(w104, h, h);
    }
    unsigned __int128 low = join_unsigned(w0) + (join_unsigned(_mm512_add_epi64(w52, cross)) << 52);
    unsigned __int128 top = join_unsigned(w104);
    unsigned __int128 total = low + (top << 104); /* modulo 2^128 */
    out->word[0] = (uint64_t)total;
    out->word[1] = (uint64_t)(total >> 64);
    out->word[2] = (uint64_t)(top >> 24) + (total < low);
}

/* Products of magnitudes, cut as squares are, then given their sign: |a| = h * 2^52 + l, and the
 * parts of one product are p0 < 2^52, p52 < 3 * 2^52 and p104 < 2^17, so signed lanes of 2^7 of
 * them stay below 2^61. */
static void sum_products(const int64_t *a, const int64_t *b, size_t n, struct crunch_u192 *out)
{
    const __m512i zero = _mm512_setzero_si512();
    __m512i w0 = zero, w52 = zero, w104 = zero;
    for (size_t i = 0; i < n; i += 8) {
        __m512i x = n - i >= 8 ? load(a + i) : load_tail(a + i, n - i);
        __m512i y = n - i >= 8 ? load(b + i) : load_tail(b + i, n - i);
        __mmask8 negative = _mm512_cmplt_epi64_mask(_mm512_xor_si512(x, y), zero);
        x = _mm512_abs_epi64(x);
        y = _mm512_abs_epi64(y);
        __m512i xh = _mm512_srli_epi64(x, 52), yh = _mm512_srli_epi64(y, 52);
        __m512i p0 = _mm512_madd52lo_epu64(zero, x, y);
        __m512i p52 = _mm512_madd52hi_epu64(zero, x, y);
        __m512i p104 = _mm512_madd52hi_epu64(zero, xh, y);
        p52 = _mm512_madd52lo_epu64(p52, xh, y);
        p104 = _mm512_madd52hi_epu64(p104, x, yh);
        p52 = _mm512_madd52lo_epu64(p52, x, yh);
        p104 = _mm512_madd52lo_epu64(p104, xh, yh);
        w0 = _mm512_add_epi64(w0, _mm512_mask_sub_epi64(p0, negative, zero, p0));
        w52 = _mm512_add_epi64(w52, _mm512_mask_sub_epi64(p52, negative, zero, p52));
        w104 = _mm512_add_epi64(w104, _mm512_mask_sub_epi64(p104, negative, zero, p104));
    }
    /* Below 2^62 + 2^116: the upper part is at 2^104 and reaches 2^131. */
    __int128 low = join_signed(w0) + join_signed(w52) * ((__int128)1 << 52);
    __int128 top = join_signed(w104) + (low >> 104); /* in units of 2^104 */
    unsigned __int128 rest = (unsigned __int128)low & (((unsigned __int128)1 << 104) - 1);
    unsigned __int128 total = rest | (unsigned __int128)top << 104;
    out->word[0] = (uint64_t)total;
    out->word[1] = (uint64_t)(total >> 64);
    out->word[2] = (uint64_t)(top >> 24);
}

/* Which of the n (1..8) rows are numbers. */
static inline __mmask8 number_rows(const uint8_t *class, size_t n)
{
    __mmask8 rows = (__mmask8)((1U << n) - 1);
    if (class == NULL)
        return rows;
    __m128i classes = _mm_maskz_loadu_epi8(rows, class);
    return (__mmask8)_mm_mask_cmpeq_epi8_mask(rows, classes, _mm_setzero_si128());
}

static bool min_max(const int64_t *m, const uint8_t *class, size_t n, int64_t *min, int64_t *max)
{
    __m512i least = _mm512_set1_epi64(INT64_MAX), greatest = _mm512_set1_epi64(INT64_MIN);
    for (size_t i = 0; i < n; i += 8) {
        size_t left = n - i < 8 ? n - i : 8;
        __mmask8 rows = number_rows(class == NULL ? NULL : class + i, left);
        __m512i v = _mm512_maskz_loadu_epi64(rows, m + i);
        least = _mm512_mask_min_epi64(least, rows, least, v);
        greatest = _mm512_mask_max_epi64(greatest, rows, greatest, v);
    }
    int64_t low = _mm512_reduce_min_epi64(least), high = _mm512_reduce_max_epi64(greatest);
    if (low > high)
        return false;
    *min = low;
    *max = high;
    return true;
}

/* Largest and least of n >= 1 bytes. */
static void byte_span(const uint8_t *bytes, size_t n, unsigned *least, unsigned *greatest)
{
    __m512i low = _mm512_set1_epi8(-1), high = _mm512_setzero_si512();
    for (size_t i = 0; i < n; i += 64) {
        __mmask64 rows = n - i >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << (n - i)) - 1;
        __m512i v = _mm512_maskz_loadu_epi8(rows, bytes + i);
        low = _mm512_mask_min_epu8(low, rows, low, v);
        high = _mm512_max_epu8(high, v);
    }
    uint8_t lane[2][64];
    _mm512_storeu_si512(lane[0], low);
    _mm512_storeu_si512(lane[1], high);
    *least = 255;
    *greatest = 0;
    for (int i = 0; i < 64; i++) {
        *least = lane[0][i] < *least ? lane[0][i] : *least;
        *greatest = lane[1][i] > *greatest ? lane[1][i] : *greatest;
    }
}

static const _Alignas(64) int64_t power[16] = {1,
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
                                               1000000000000000};

/* The greatest mantissa that stays below 10^18 when multiplied by 10^i: 10^(18 - i) - 1. */
static const _Alignas(64) int64_t most[16] = {999999999999999999,
                                              99999999999999999,
                                              9999999999999999,
                                              999999999999999,
                                              99999999999999,
                                              9999999999999,
                                              999999999999,
                                              99999999999,
                                              9999999999,
                                              999999999,
                                              99999999,
                                              9999999,
                                              999999,
                                              99999,
                                              9999,
                                              999};

static int align(const int64_t *m, const uint8_t *scale, size_t n, int64_t *out)
{
    unsigned least, largest;
    byte_span(scale, n, &least, &largest);
    if (largest - least > 15)
        return crunch_sum_kernels_scalar.align(m, scale, n, out);
    const __m512i powers[2] = {load(power), load(power + 8)},
                  limits[2] = {load(most), load(most + 8)};
    __mmask8 over = 0;
    for (size_t i = 0; i < n; i += 8) {
        __mmask8 rows = (__mmask8)(n - i >= 8 ? 0xffU : (1U << (n - i)) - 1);
        __m512i v = _mm512_maskz_loadu_epi64(rows, m + i);
        __m512i shift =
            _mm512_sub_epi64(_mm512_set1_epi64(largest),
                             _mm512_cvtepu8_epi64(_mm_maskz_loadu_epi8(rows, scale + i)));
        /* Rows past the end have value 0 and some shift: in range whatever it selects. */
        __m512i by = _mm512_permutex2var_epi64(powers[0], shift, powers[1]);
        __m512i limit = _mm512_permutex2var_epi64(limits[0], shift, limits[1]);
        over |= _mm512_cmpgt_epi64_mask(_mm512_abs_epi64(v), limit);
        _mm512_mask_storeu_epi64(out + i, rows, _mm512_mullo_epi64(v, by));
    }
    return over != 0 ? -1 : (int)largest;
}

static void sum_cubes(const int64_t *m, size_t n, struct crunch_i320 *out)
{
    crunch_sum_kernels_scalar.sum_cubes(m, n, out);
}

static void sum_fourths(const int64_t *m, size_t n, struct crunch_i320 *out)
{
    crunch_sum_kernels_scalar.sum_fourths(m, n, out);
}

/* Eight lanes are written whenever one is picked: at most 7 behind the last. (Compressing in a
 * register and storing all of it is far faster on some CPUs than compressing into memory.) */
static inline size_t pick_eight(__m512i x, __mmask8 rows, __m512i least, __m512i greatest,
                                int64_t *out, uint64_t *below)
{
    __mmask8 under = _mm512_mask_cmplt_epi64_mask(rows, x, least);
    __mmask8 inside =
        _mm512_mask_cmple_epi64_mask((__mmask8)(rows & ~(unsigned)under), x, greatest);
    *below += (unsigned)__builtin_popcount(under);
    if (inside == 0)
        return 0;
    _mm512_storeu_si512(out, _mm512_maskz_compress_epi64(inside, x));
    return (unsigned)__builtin_popcount(inside);
}

static size_t pick(const int64_t *v, size_t n, int64_t low, int64_t high, int64_t *out,
                   uint64_t *below)
{
    const __m512i least = _mm512_set1_epi64(low), greatest = _mm512_set1_epi64(high);
    size_t whole = n / 8 * 8, picked = 0;
    uint64_t less = 0;
    for (size_t i = 0; i < whole; i += 8)
        picked += pick_eight(load(v + i), 0xff, least, greatest, out + picked, &less);
    if (whole < n) {
        __mmask8 rows = (__mmask8)((1U << (n - whole)) - 1);
        picked +=
            pick_eight(load_tail(v + whole, n - whole), rows, least, greatest, out + picked, &less);
    }
    *below += less;
    return picked;
}

const struct crunch_sum_kernels crunch_sum_kernels_avx512 = {
    .name = "avx512",
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

/*
 * The scan kernels for AVX-512 with VBMI2 and BITALG.
 *
 * Numbers are parsed in groups of up to 128 cells and in three steps over the group, so that the
 * masks of the first step are read as vectors long after they were stored as words: (1) cells are
 * loaded right-aligned in lanes of 8 bytes, or of 16 or 32 when one is longer, and compared into
 * masks of digits, points and minus signs; (2) the masks of 64 (32, 16) cells at a time are checked
 * against the grammar, and give the scales; (3) the digits before the point move one byte to the
 * right, over it, and pairwise multiply-adds make the integer.
 */
#if defined(__x86_64__)

#include "io/simd/kernels.h"
#include "io/simd/target.h"

#include <immintrin.h>
#include <string.h>

CRUNCH_TARGET_BEGIN(CRUNCH_TARGET_AVX512)

typedef __m512i block_t;

static inline block_t block_load(const char *text)
{
    return _mm512_loadu_si512(text);
}

static inline uint64_t block_equal(block_t block, unsigned char byte)
{
    return _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8((char)byte));
}

static inline uint64_t block_below(block_t block, unsigned char byte)
{
    return _mm512_cmplt_epu8_mask(block, _mm512_set1_epi8((char)byte));
}

static inline unsigned count_bits(uint64_t x)
{
    return (unsigned)__builtin_popcountll(x);
}

/* Multiplication by all ones without carries is the parity of all lower bits. */
static inline uint64_t prefix_xor(uint64_t x)
{
    __m128i product =
        _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)x), _mm_set1_epi8((char)0xff), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

static inline uint64_t bits_low(uint64_t x, size_t n)
{
    return _bzhi_u64(x, (unsigned)n);
}

static inline uint64_t bits_extract(uint64_t x, uint64_t mask)
{
    return _pext_u64(x, mask);
}

static inline uint64_t bits_deposit(uint64_t x, uint64_t mask)
{
    return _pdep_u64(x, mask);
}

static inline uint32_t *flatten(uint64_t mask, uint32_t base, uint32_t *out)
{
    static const _Alignas(64) uint8_t place[64] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    __m512i places = _mm512_maskz_compress_epi8(mask, _mm512_load_si512(place));
    __m512i bases = _mm512_set1_epi32((int)base);
    unsigned n = (unsigned)__builtin_popcountll(mask);
    _mm512_storeu_si512(
        out, _mm512_add_epi32(bases, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(places))));
    if (__builtin_expect(n > 16, 0)) {
        __m128i second = _mm512_extracti32x4_epi32(places, 1),
                third = _mm512_extracti32x4_epi32(places, 2),
                fourth = _mm512_extracti32x4_epi32(places, 3);
        _mm512_storeu_si512(out + 16, _mm512_add_epi32(bases, _mm512_cvtepu8_epi32(second)));
        _mm512_storeu_si512(out + 32, _mm512_add_epi32(bases, _mm512_cvtepu8_epi32(third)));
        _mm512_storeu_si512(out + 48, _mm512_add_epi32(bases, _mm512_cvtepu8_epi32(fourth)));
    }
    return out + n;
}

#include "io/simd/index_impl.h"

/* 16 places, stride (1 or 2) apart. Reads 16 * stride entries. */
static inline __m512i load_places(const uint32_t *at, size_t stride)
{
    const __m512i even =
        _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    __m512i v = _mm512_loadu_si512(at);
    return stride == 1 ? v : _mm512_permutex2var_epi32(v, even, _mm512_loadu_si512(at + 16));
}

/* Their places are loaded by load_places: of how many cells of rows? Not of the last ones, behind
 * which nothing may be read. */
static inline size_t loadable(const struct crunch_cell_bounds *cells, size_t rows)
{
    return cells->before_stride <= 2 && cells->after_stride <= 2 && rows > 0 ? (rows - 1) / 16 * 16
                                                                             : 0;
}

static inline uint32_t place_16_texts(const char *text, __m512i before, __m512i after,
                                      __m512i shortest, const char **begin, uint32_t *len)
{
    __m512i from = _mm512_sub_epi32(before, _mm512_set1_epi32(-1));
    __m512i lens = _mm512_sub_epi32(after, from);
    __m512i base = _mm512_set1_epi64((long long)(uintptr_t)text);
    __m512i low = _mm512_cvtepu32_epi64(_mm512_castsi512_si256(from));
    __m512i high = _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(from, 1));
    _mm512_storeu_si512(begin, _mm512_add_epi64(low, base));
    _mm512_storeu_si512(begin + 8, _mm512_add_epi64(high, base));
    _mm512_storeu_si512(len, lens);
    return _mm512_cmplt_epu32_mask(lens, shortest);
}

static bool texts(const char *text, const struct crunch_cell_bounds *cells, size_t rows,
                  uint32_t shortest, const char **begin, uint32_t *len, uint32_t *odd)
{
    const struct crunch_cell_bounds c = *cells;
    const size_t wide = loadable(cells, rows);
    uint32_t mask = 0, any = 0;
    for (size_t i = 0; i < wide; i += 16) {
        uint32_t few =
            place_16_texts(text, load_places(c.before + i * c.before_stride, c.before_stride),
                           load_places(c.after + i * c.after_stride, c.after_stride),
                           _mm512_set1_epi32((int)shortest), begin + i, len + i);
        mask = i % 32 == 0 ? few : mask | few << 16;
        odd[i / 32] = mask;
        any |= mask;
    }
    for (size_t i = wide; i < rows; i++) {
        uint32_t from = c.before[i * c.before_stride] + 1;
        begin[i] = text + from;
        len[i] = c.after[i * c.after_stride] - from;
        mask = (i % 32 == 0 ? 0 : mask) | (uint32_t)(len[i] < shortest) << i % 32;
        odd[i / 32] = mask;
        any |= mask;
    }
    return any != 0;
}

#define GROUP 128

/* Cells of one column, padded with empty ones to a multiple of 64. */
struct group {
    uint32_t end[GROUP];
    uint32_t len[GROUP];
};

static inline uint32_t group_load(struct group *group, const struct crunch_cell_bounds *cells,
                                  size_t first, size_t n)
{
    const uint32_t *before = cells->before + first * cells->before_stride;
    const uint32_t *after = cells->after + first * cells->after_stride;
    const size_t wide = loadable(cells, n);
    for (size_t i = 0; i < wide; i += 16) {
        __m512i end = load_places(after + i * cells->after_stride, cells->after_stride);
        __m512i from = load_places(before + i * cells->before_stride, cells->before_stride);
        _mm512_storeu_si512(group->end + i, end);
        _mm512_storeu_si512(group->len + i,
                            _mm512_sub_epi32(end, _mm512_sub_epi32(from, _mm512_set1_epi32(-1))));
    }
    for (size_t i = wide; i < n; i++) {
        uint32_t end = after[i * cells->after_stride];
        group->end[i] = end;
        group->len[i] = end - 1 - before[i * cells->before_stride];
    }
    for (size_t i = n; i % 64 != 0; i++)
        group->end[i] = group->len[i] = 0;
    __m512i most = _mm512_setzero_si512();
    for (size_t i = 0; i < n; i += 16)
        most = _mm512_max_epu32(most, _mm512_loadu_si512(group->len + i));
    return _mm512_reduce_max_epu32(most);
}

/* Scales of cells taken: the span of a group, as vectors of 16-bit lanes. */
struct span_lanes {
    __m512i least, greatest;
};

/* The integers of 8 cells, each 8 bytes of two 8-digit numbers (most significant first). */
static inline __m512i join_halves(__m512i eights)
{
    __m512i high = _mm512_mul_epu32(eights, _mm512_set1_epi64(100000000));
    return _mm512_add_epi64(high, _mm512_srli_epi64(eights, 32));
}

/* From digits (one per byte) in lanes of 16 to four numbers of 4 digits per lane. */
static inline __m512i join_fours(__m512i digits)
{
    const __m512i tens = _mm512_set1_epi16(0x010a), hundreds = _mm512_set1_epi32(0x00010064);
    return _mm512_madd_epi16(_mm512_maddubs_epi16(digits, tens), hundreds);
}

/* 8 lanes of 16 digits, 0..3 in a and 4..7 in b, as the elements 0 4 1 5 2 6 3 7. */
static inline __m512i join_lanes(__m512i a, __m512i b)
{
    const __m512i myriads = _mm512_set1_epi32(0x00012710);
    return join_halves(
        _mm512_madd_epi16(_mm512_packus_epi32(join_fours(a), join_fours(b)), myriads));
}

static inline void store_mantissas(int64_t *mantissa, __m512i value, __mmask8 negative, size_t left)
{
    value = _mm512_mask_sub_epi64(value, negative, _mm512_setzero_si512(), value);
    if (left >= 8)
        _mm512_storeu_si512(mantissa, value);
    else
        _mm512_mask_storeu_epi64(mantissa, (__mmask8)((1U << left) - 1), value);
}

/* Stores the scales of 32 cells and widens the span by those that are not odd. */
static inline void store_scales(uint8_t *scale, __m512i scales, __mmask32 odd, size_t left,
                                struct span_lanes *span)
{
    span->least = _mm512_mask_min_epu16(span->least, ~odd, span->least, scales);
    span->greatest = _mm512_mask_max_epu16(span->greatest, ~odd, span->greatest, scales);
    __m256i bytes = _mm512_maskz_cvtepi16_epi8(~odd, scales);
    if (left >= 32)
        _mm256_storeu_si256((__m256i *)scale, bytes);
    else
        _mm256_mask_storeu_epi8(scale, (__mmask32)((UINT64_C(1) << left) - 1), bytes);
}

static inline void store_mask(void *to, __mmask64 mask)
{
    memcpy(to, &mask, sizeof mask);
}

static inline __mmask64 load_mask(const void *from)
{
    __mmask64 mask;
    memcpy(&mask, from, sizeof mask);
    return mask;
}

/* Lanes of 8 bytes. */

struct tiny_lanes {
    _Alignas(64) uint8_t digit[GROUP][8]; /* first the cell's bytes */
    _Alignas(64) uint8_t digits[GROUP];   /* bit i: byte i of the lane is one */
    _Alignas(64) uint8_t points[GROUP];   /* later: bits up to the point */
    _Alignas(64) uint8_t minus[GROUP];
    uint64_t negative[GROUP / 64];
};

static inline void tiny_compare(struct tiny_lanes *lanes, const char *text,
                                const struct group *group, size_t n, unsigned char decimal)
{
    const __m512i zero = _mm512_set1_epi8('0'), ten = _mm512_set1_epi8(10);
    const __m512i point = _mm512_set1_epi8((char)decimal), minus = _mm512_set1_epi8('-');
    for (size_t i = 0; i < n; i++) /* of all before any is loaded: stores must have arrived */
        memcpy(lanes->digit[i], text + group->end[i] - 8, 8);
    for (size_t i = 0; i < n; i += 8) {
        __m512i v = _mm512_load_si512(lanes->digit[i]);
        __m512i digit = _mm512_sub_epi8(v, zero);
        store_mask(lanes->digits + i, _mm512_cmplt_epu8_mask(digit, ten));
        store_mask(lanes->points + i, _mm512_cmpeq_epi8_mask(v, point));
        store_mask(lanes->minus + i, _mm512_cmpeq_epi8_mask(v, minus));
        _mm512_store_si512(lanes->digit[i], digit);
    }
}

/* For 64 cells, the bits of their lanes that are text: the upper ones, as many as it is long. */
static inline __m512i tiny_masks(const uint32_t *len)
{
    const __m512i upper = _mm512_broadcast_i32x4(
        _mm_setr_epi8(0, -128, -64, -32, -16, -8, -4, -2, -1, 0, 0, 0, 0, 0, 0, 0));
    __m512i lens = _mm512_castsi128_si512(_mm512_cvtepi32_epi8(_mm512_loadu_si512(len)));
    lens = _mm512_inserti32x4(lens, _mm512_cvtepi32_epi8(_mm512_loadu_si512(len + 16)), 1);
    lens = _mm512_inserti32x4(lens, _mm512_cvtepi32_epi8(_mm512_loadu_si512(len + 32)), 2);
    lens = _mm512_inserti32x4(lens, _mm512_cvtepi32_epi8(_mm512_loadu_si512(len + 48)), 3);
    return _mm512_shuffle_epi8(upper, lens);
}

/* The grammar of 64 cells; as short_check. */
static inline uint64_t tiny_check(struct tiny_lanes *lanes, const struct group *group, size_t i,
                                  uint8_t *scale, size_t left, struct span_lanes *span)
{
    const __m512i one = _mm512_set1_epi8(1);
    __m512i in = tiny_masks(group->len + i);
    __m512i digits = _mm512_and_si512(in, _mm512_load_si512(lanes->digits + i));
    __m512i points = _mm512_and_si512(in, _mm512_load_si512(lanes->points + i));
    __m512i minus = _mm512_and_si512(in, _mm512_load_si512(lanes->minus + i));
    __m512i later = _mm512_and_si512(in, _mm512_add_epi8(in, in)); /* all but the first byte */
    __m512i wrong = _mm512_andnot_si512(
        _mm512_or_si512(_mm512_or_si512(digits, points), _mm512_andnot_si512(later, minus)), in);
    wrong = _mm512_or_si512(wrong, _mm512_and_si512(points, _mm512_sub_epi8(points, one)));
    __mmask64 odd = _mm512_test_epi8_mask(wrong, wrong) | _mm512_testn_epi8_mask(digits, digits);
    __m512i to_point = _mm512_or_si512(points, _mm512_subs_epu8(points, one));
    __m512i scales = _mm512_maskz_popcnt_epi8(_mm512_test_epi8_mask(points, points),
                                              _mm512_andnot_si512(to_point, _mm512_set1_epi8(-1)));
    _mm512_store_si512(lanes->digits + i, _mm512_maskz_mov_epi8(~odd, digits));
    _mm512_store_si512(lanes->points + i, to_point);
    lanes->negative[i / 64] = _mm512_test_epi8_mask(minus, minus);
    store_scales(scale, _mm512_cvtepu8_epi16(_mm512_castsi512_si256(scales)), (__mmask32)odd, left,
                 span);
    if (left > 32)
        store_scales(scale + 32, _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(scales, 1)),
                     (__mmask32)(odd >> 32), left - 32, span);
    return odd;
}

/* Eight lanes of digits, as short_digits. */
static inline __m512i tiny_digits(const struct tiny_lanes *lanes, size_t i)
{
    const __m512i up = _mm512_broadcast_i32x4(
        _mm_set_epi8(14, 13, 12, 11, 10, 9, 8, -128, 6, 5, 4, 3, 2, 1, 0, -128));
    __m512i digits =
        _mm512_maskz_mov_epi8(load_mask(lanes->digits + i), _mm512_load_si512(lanes->digit[i]));
    return _mm512_mask_shuffle_epi8(digits, load_mask(lanes->points + i), digits, up);
}

static inline void tiny_join(const struct tiny_lanes *lanes, size_t n, int64_t *mantissa)
{
    const __m512i order = _mm512_set_epi32(15, 14, 11, 10, 7, 6, 3, 2, 13, 12, 9, 8, 5, 4, 1, 0);
    const __m512i myriads = _mm512_set1_epi32(0x00012710), none = _mm512_setzero_si512();
    for (size_t i = 0; i < n; i += 16) {
        __m512i fours = _mm512_packus_epi32(join_fours(tiny_digits(lanes, i)),
                                            join_fours(tiny_digits(lanes, i + 8)));
        __m512i value = _mm512_permutexvar_epi32(order, _mm512_madd_epi16(fours, myriads));
        __mmask16 negative = (__mmask16)(lanes->negative[i / 64] >> i % 64);
        value = _mm512_mask_sub_epi32(value, negative, none, value);
        store_mantissas(mantissa + i, _mm512_cvtepi32_epi64(_mm512_castsi512_si256(value)), 0,
                        n - i);
        if (n - i > 8)
            store_mantissas(mantissa + i + 8,
                            _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(value, 1)), 0,
                            n - i - 8);
    }
}

/* Lanes of 16 bytes. */

struct short_lanes {
    _Alignas(64) uint8_t digit[GROUP][16];
    _Alignas(64) uint16_t digits[GROUP]; /* bit i: byte i of the lane is one */
    _Alignas(64) uint16_t points[GROUP]; /* later: bits up to the point */
    _Alignas(64) uint16_t minus[GROUP];
    uint32_t negative[GROUP / 32];
};

static inline __m512i load_four(const char *text, const uint32_t *end)
{
    __m512i v = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(text + end[0] - 16)));
    v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(text + end[1] - 16)), 1);
    v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(text + end[2] - 16)), 2);
    return _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(text + end[3] - 16)), 3);
}

static inline void short_compare(struct short_lanes *lanes, const char *text,
                                 const struct group *group, size_t n, unsigned char decimal)
{
    const __m512i zero = _mm512_set1_epi8('0'), ten = _mm512_set1_epi8(10);
    const __m512i point = _mm512_set1_epi8((char)decimal), minus = _mm512_set1_epi8('-');
    for (size_t i = 0; i < n; i += 4) {
        __m512i v = load_four(text, group->end + i);
        __m512i digit = _mm512_sub_epi8(v, zero);
        store_mask(lanes->digits + i, _mm512_cmplt_epu8_mask(digit, ten));
        store_mask(lanes->points + i, _mm512_cmpeq_epi8_mask(v, point));
        store_mask(lanes->minus + i, _mm512_cmpeq_epi8_mask(v, minus));
        _mm512_store_si512(lanes->digit[i], digit);
    }
}

static inline __m512i short_masks(const uint32_t *len)
{
    const __m512i all = _mm512_set1_epi32(0xffff), lane = _mm512_set1_epi32(16);
    __m512i a = _mm512_sllv_epi32(all, _mm512_sub_epi32(lane, _mm512_loadu_si512(len)));
    __m512i b = _mm512_sllv_epi32(all, _mm512_sub_epi32(lane, _mm512_loadu_si512(len + 16)));
    return _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi32_epi16(a)),
                              _mm512_cvtepi32_epi16(b), 1);
}

/* The grammar of 32 cells. Returns which are odd. */
static inline uint32_t short_check(struct short_lanes *lanes, const struct group *group, size_t i,
                                   uint8_t *scale, size_t left, struct span_lanes *span)
{
    const __m512i one = _mm512_set1_epi16(1);
    __m512i in = short_masks(group->len + i);
    __m512i digits = _mm512_and_si512(in, _mm512_load_si512(lanes->digits + i));
    __m512i points = _mm512_and_si512(in, _mm512_load_si512(lanes->points + i));
    __m512i minus = _mm512_and_si512(in, _mm512_load_si512(lanes->minus + i));
    __m512i later = _mm512_and_si512(in, _mm512_slli_epi16(in, 1)); /* all but the first byte */
    __m512i wrong = _mm512_andnot_si512(
        _mm512_or_si512(_mm512_or_si512(digits, points), _mm512_andnot_si512(later, minus)), in);
    wrong = _mm512_or_si512(wrong, _mm512_and_si512(points, _mm512_sub_epi16(points, one)));
    __mmask32 odd = _mm512_test_epi16_mask(wrong, wrong) | _mm512_testn_epi16_mask(digits, digits);
    __m512i to_point = _mm512_or_si512(points, _mm512_subs_epu16(points, one));
    __m512i scales =
        _mm512_maskz_popcnt_epi16(_mm512_test_epi16_mask(points, points),
                                  _mm512_andnot_si512(to_point, _mm512_set1_epi16(-1)));
    _mm512_store_si512(lanes->digits + i, _mm512_maskz_mov_epi16(~odd, digits));
    _mm512_store_si512(lanes->points + i, to_point);
    lanes->negative[i / 32] = _mm512_test_epi16_mask(minus, minus);
    store_scales(scale, scales, odd, left, span);
    return odd;
}

/* Four lanes of digits, those before the point moved over it; all else is zero. */
static inline __m512i short_digits(const struct short_lanes *lanes, size_t i)
{
    const __m512i up = _mm512_broadcast_i32x4(
        _mm_set_epi8(14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, -128));
    __m512i digits =
        _mm512_maskz_mov_epi8(load_mask(lanes->digits + i), _mm512_load_si512(lanes->digit[i]));
    return _mm512_mask_shuffle_epi8(digits, load_mask(lanes->points + i), digits, up);
}

static inline void short_join(const struct short_lanes *lanes, size_t n, int64_t *mantissa)
{
    const __m512i order = _mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0);
    for (size_t i = 0; i < n; i += 8) {
        __m512i value = join_lanes(short_digits(lanes, i), short_digits(lanes, i + 4));
        store_mantissas(mantissa + i, _mm512_permutexvar_epi64(order, value),
                        (__mmask8)(lanes->negative[i / 32] >> i % 32), n - i);
    }
}

/* Lanes of 32 bytes. */

struct long_lanes {
    _Alignas(64) uint8_t digit[GROUP][32];
    _Alignas(64) uint32_t digits[GROUP];
    _Alignas(64) uint32_t points[GROUP];
    _Alignas(64) uint32_t minus[GROUP];
    _Alignas(64) uint16_t scale[GROUP];
    uint32_t negative[GROUP / 32];
    uint32_t odd[GROUP / 32];
};

static inline __m512i load_two(const char *text, const uint32_t *end)
{
    __m256i a = _mm256_loadu_si256((const __m256i *)(text + end[0] - 32));
    __m256i b = _mm256_loadu_si256((const __m256i *)(text + end[1] - 32));
    return _mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1);
}

static inline void long_compare(struct long_lanes *lanes, const char *text,
                                const struct group *group, size_t n, unsigned char decimal)
{
    const __m512i zero = _mm512_set1_epi8('0'), ten = _mm512_set1_epi8(10);
    const __m512i point = _mm512_set1_epi8((char)decimal), minus = _mm512_set1_epi8('-');
    for (size_t i = 0; i < n; i += 2) {
        __m512i v = load_two(text, group->end + i);
        __m512i digit = _mm512_sub_epi8(v, zero);
        store_mask(lanes->digits + i, _mm512_cmplt_epu8_mask(digit, ten));
        store_mask(lanes->points + i, _mm512_cmpeq_epi8_mask(v, point));
        store_mask(lanes->minus + i, _mm512_cmpeq_epi8_mask(v, minus));
        _mm512_store_si512(lanes->digit[i], digit);
    }
}

/* The grammar of 16 cells; as short_check. A cell over 32 bytes has no byte in its lane. */
static inline __mmask16 long_check(struct long_lanes *lanes, const struct group *group, size_t i,
                                   __mmask16 *negative)
{
    const __m512i one = _mm512_set1_epi32(1), all = _mm512_set1_epi32(-1);
    __m512i room = _mm512_sub_epi32(_mm512_set1_epi32(32), _mm512_loadu_si512(group->len + i));
    __m512i in = _mm512_sllv_epi32(all, room);
    __m512i digits = _mm512_and_si512(in, _mm512_load_si512(lanes->digits + i));
    __m512i points = _mm512_and_si512(in, _mm512_load_si512(lanes->points + i));
    __m512i minus = _mm512_and_si512(in, _mm512_load_si512(lanes->minus + i));
    __m512i later = _mm512_and_si512(in, _mm512_slli_epi32(in, 1));
    __m512i wrong = _mm512_andnot_si512(
        _mm512_or_si512(_mm512_or_si512(digits, points), _mm512_andnot_si512(later, minus)), in);
    __m512i below = _mm512_sub_epi32(points, one);
    wrong = _mm512_or_si512(wrong, _mm512_and_si512(points, below));
    __mmask16 pointed = _mm512_test_epi32_mask(points, points);
    __mmask16 odd = _mm512_test_epi32_mask(wrong, wrong) | _mm512_testn_epi32_mask(digits, digits);
    __m512i to_point = _mm512_maskz_or_epi32(pointed, points, below);
    __m512i scales = _mm512_maskz_lzcnt_epi32(pointed, points); /* bits above the point */
    _mm512_store_si512(lanes->digits + i, _mm512_maskz_mov_epi32((__mmask16)~odd, digits));
    _mm512_store_si512(lanes->points + i, to_point);
    _mm256_store_si256((__m256i *)(void *)(lanes->scale + i), _mm512_cvtepi32_epi16(scales));
    *negative = _mm512_test_epi32_mask(minus, minus);
    return odd;
}

/* Two lanes of digits, as short_digits. */
static inline __m512i long_digits(const struct long_lanes *lanes, size_t i)
{
    __m512i digits =
        _mm512_maskz_mov_epi8(load_mask(lanes->digits + i), _mm512_load_si512(lanes->digit[i]));
    __m512i carried =
        _mm512_maskz_shuffle_i64x2(0xcc, digits, digits, 0xa0); /* 0 0 2 2 -> -, 0, -, 2 */
    return _mm512_mask_alignr_epi8(digits, load_mask(lanes->points + i), digits, carried, 15);
}

/* 8 cells: upper 16 digits times 10^16 plus lower 16. Sets the bits of those that reach 10^18. */
static inline __m512i long_values(const struct long_lanes *lanes, size_t i, __mmask8 *wide)
{
    /* join_lanes gives, of cells c..c+3: c high, c+2 high, c low, c+2 low, c+1 high, c+3 high, ...
     */
    const __m512i uppers = _mm512_set_epi64(13, 9, 12, 8, 5, 1, 4, 0);
    const __m512i lowers = _mm512_set_epi64(15, 11, 14, 10, 7, 3, 6, 2);
    __m512i a = join_lanes(long_digits(lanes, i), long_digits(lanes, i + 2));
    __m512i b = join_lanes(long_digits(lanes, i + 4), long_digits(lanes, i + 6));
    __m512i upper = _mm512_permutex2var_epi64(a, uppers, b);
    __m512i lower = _mm512_permutex2var_epi64(a, lowers, b);
    *wide = _mm512_cmpge_epu64_mask(upper, _mm512_set1_epi64(100));
    upper = _mm512_mullo_epi64(upper, _mm512_set1_epi64(10000000000000000));
    return _mm512_maskz_add_epi64((__mmask8) ~*wide, upper, lower);
}

static inline void long_join(struct long_lanes *lanes, size_t n, int64_t *mantissa)
{
    for (size_t i = 0; i < n; i += 8) {
        __mmask8 wide;
        __m512i value = long_values(lanes, i, &wide);
        lanes->odd[i / 32] |= (uint32_t)wide << i % 32;
        store_mantissas(mantissa + i, value, (__mmask8)(lanes->negative[i / 32] >> i % 32), n - i);
    }
}

static void tiny_numbers(const char *text, const struct group *group, size_t n,
                         unsigned char decimal, int64_t *mantissa, uint8_t *scale, uint32_t *odd,
                         struct span_lanes *span)
{
    struct tiny_lanes lanes;
    size_t padded = (n + 63) / 64 * 64;
    tiny_compare(&lanes, text, group, padded, decimal);
    for (size_t i = 0; i < padded; i += 64) {
        uint64_t both = tiny_check(&lanes, group, i, scale + i, n - i, span);
        odd[i / 32] = (uint32_t)both;
        if (n - i > 32)
            odd[i / 32 + 1] = (uint32_t)(both >> 32);
    }
    tiny_join(&lanes, n, mantissa);
}

static void short_numbers(const char *text, const struct group *group, size_t n,
                          unsigned char decimal, int64_t *mantissa, uint8_t *scale, uint32_t *odd,
                          struct span_lanes *span)
{
    struct short_lanes lanes;
    size_t padded = (n + 31) / 32 * 32;
    short_compare(&lanes, text, group, padded, decimal);
    for (size_t i = 0; i < padded; i += 32)
        odd[i / 32] = short_check(&lanes, group, i, scale + i, n - i, span);
    short_join(&lanes, n, mantissa);
}

static void long_numbers(const char *text, const struct group *group, size_t n,
                         unsigned char decimal, int64_t *mantissa, uint8_t *scale, uint32_t *odd,
                         struct span_lanes *span)
{
    struct long_lanes lanes;
    size_t padded = (n + 31) / 32 * 32;
    long_compare(&lanes, text, group, padded, decimal);
    for (size_t i = 0; i < padded; i += 32) {
        __mmask16 negative[2];
        uint32_t first = long_check(&lanes, group, i, &negative[0]);
        uint32_t second = long_check(&lanes, group, i + 16, &negative[1]);
        lanes.odd[i / 32] = first | second << 16;
        lanes.negative[i / 32] = negative[0] | (uint32_t)negative[1] << 16;
    }
    long_join(&lanes, n, mantissa);
    for (size_t i = 0; i < padded; i += 32) {
        odd[i / 32] = lanes.odd[i / 32];
        store_scales(scale + i, _mm512_load_si512(lanes.scale + i), lanes.odd[i / 32], n - i, span);
    }
}

static uint8_t least_lane(__m512i lanes)
{
    return (uint8_t)_mm512_reduce_min_epu32(_mm512_min_epu32(
        _mm512_and_si512(lanes, _mm512_set1_epi32(0xffff)), _mm512_srli_epi32(lanes, 16)));
}

static uint8_t greatest_lane(__m512i lanes)
{
    return (uint8_t)_mm512_reduce_max_epu32(_mm512_max_epu32(
        _mm512_and_si512(lanes, _mm512_set1_epi32(0xffff)), _mm512_srli_epi32(lanes, 16)));
}

static void numbers(const char *text, const struct crunch_cell_bounds *cells, size_t rows,
                    unsigned char decimal, int64_t *mantissa, uint8_t *scale, uint32_t *odd,
                    struct crunch_scale_span *span)
{
    struct span_lanes lanes = {_mm512_set1_epi16(255), _mm512_setzero_si512()};
    struct group group;
    for (size_t first = 0; first < rows; first += GROUP) {
        size_t n = rows - first < GROUP ? rows - first : GROUP;
        uint32_t longest = group_load(&group, cells, first, n);
        (longest <= 8    ? tiny_numbers
         : longest <= 16 ? short_numbers
                         : long_numbers)(text, &group, n, decimal, mantissa + first, scale + first,
                                         odd + first / 32, &lanes);
        size_t padding = (n + 31) / 32 * 32 - n; /* below 32; padded cells are empty, hence odd */
        odd[(first + n - 1) / 32] &= ~UINT32_C(0) >> padding;
    }
    uint8_t least = least_lane(lanes.least), greatest = greatest_lane(lanes.greatest);
    span->least = least < span->least ? least : span->least;
    span->greatest = greatest > span->greatest ? greatest : span->greatest;
}

static uint64_t greatest_bits(const double *x, size_t n)
{
    const __m512i size = _mm512_set1_epi64(INT64_MAX);
    __m512i greatest = _mm512_setzero_si512(), second = greatest;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m512i v = _mm512_loadu_si512(x + i), w = _mm512_loadu_si512(x + i + 8);
        greatest = _mm512_max_epu64(greatest, _mm512_and_si512(v, size));
        second = _mm512_max_epu64(second, _mm512_and_si512(w, size));
    }
    for (; i < n; i += 8) {
        __mmask8 live = (__mmask8)(n - i >= 8 ? 0xffU : (1U << (n - i)) - 1);
        __m512i v = _mm512_maskz_loadu_epi64(live, x + i);
        greatest = _mm512_max_epu64(greatest, _mm512_and_si512(v, size));
    }
    return _mm512_reduce_max_epu64(_mm512_max_epu64(greatest, second));
}

static bool quotients(const int64_t *m, const uint8_t *scale, size_t n, double *out)
{
    const __m512i limit = _mm512_set1_epi64((INT64_C(1) << CRUNCH_QUOTIENT_BITS) - 1);
    const __m512d low = _mm512_loadu_pd(crunch_powers_of_ten);
    const __m512d high = _mm512_loadu_pd(crunch_powers_of_ten + 8);
    __m512i far = _mm512_setzero_si512();
    for (size_t i = 0; i < n; i += 8) {
        __mmask8 live = (__mmask8)(n - i >= 8 ? 0xffU : (1U << (n - i)) - 1);
        __m512i v = _mm512_maskz_loadu_epi64(live, m + i);
        __m512i s = _mm512_cvtepu8_epi64(_mm_maskz_loadu_epi8((__mmask16)live, scale + i));
        far = _mm512_or_si512(
            far, _mm512_srli_epi64(_mm512_add_epi64(v, limit), CRUNCH_QUOTIENT_BITS + 1));
        far = _mm512_or_si512(far, _mm512_srli_epi64(s, 4));
        __m512d power = _mm512_permutex2var_pd(low, s, high);
        _mm512_mask_storeu_pd(out + i, live, _mm512_div_pd(_mm512_cvtepi64_pd(v), power));
    }
    return _mm512_test_epi64_mask(far, far) == 0;
}

const struct crunch_scan_kernels crunch_scan_kernels_avx512 = {
    .name = "avx512",
    .index = index_text,
    .count = count_text,
    .numbers = numbers,
    .texts = texts,
    .greatest_bits = greatest_bits,
    .quotients = quotients,
};

CRUNCH_TARGET_END

#else
typedef int crunch_not_x86; /* a translation unit must not be empty */
#endif

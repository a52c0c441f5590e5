/*
 * The scan kernels for AVX2 with BMI2 and PCLMULQDQ. (Zen 1 and 2 have PEXT and PDEP in microcode:
 * right, but slower.) Numbers go the way of the AVX-512 kernels, see there, with masks spread from
 * bits to bytes where those have mask registers.
 */
#if defined(__x86_64__)

#include "io/simd/kernels.h"
#include "io/simd/target.h"

#include <immintrin.h>
#include <string.h>

CRUNCH_TARGET_BEGIN(CRUNCH_TARGET_AVX2)

typedef struct {
    __m256i low, high;
} block_t;

static inline block_t block_load(const char *text)
{
    return (block_t){_mm256_loadu_si256((const __m256i *)(const void *)text),
                     _mm256_loadu_si256((const __m256i *)(const void *)(text + 32))};
}

static inline uint64_t join_masks(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                     << 32;
}

static inline uint64_t block_equal(block_t block, unsigned char byte)
{
    const __m256i bytes = _mm256_set1_epi8((char)byte);
    return join_masks(_mm256_cmpeq_epi8(block.low, bytes), _mm256_cmpeq_epi8(block.high, bytes));
}

static inline uint64_t block_below(block_t block, unsigned char byte)
{
    const __m256i most = _mm256_set1_epi8((char)(byte - 1));
    return join_masks(_mm256_cmpeq_epi8(_mm256_min_epu8(block.low, most), block.low),
                      _mm256_cmpeq_epi8(_mm256_min_epu8(block.high, most), block.high));
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

/* Four places at a time, whether or not there are as many: a zero mask gives place 64. */
static inline uint32_t *flatten(uint64_t mask, uint32_t base, uint32_t *out)
{
    uint32_t *end = out + __builtin_popcountll(mask);
    while (mask != 0) {
        for (int i = 0; i < 4; i++) {
            out[i] = base + (uint32_t)_tzcnt_u64(mask);
            mask = _blsr_u64(mask);
        }
        out += 4;
    }
    return end;
}

#include "io/simd/index_impl.h"

#define GROUP 128

/* Cells of one column, padded with empty ones to a multiple of 32. */
struct group {
    uint32_t end[GROUP];
    uint32_t len[GROUP];
};

static inline __m256i load(const void *from)
{
    return _mm256_loadu_si256((const __m256i *)from);
}

static inline void store(void *to, __m256i v)
{
    _mm256_storeu_si256((__m256i *)to, v);
}

/* 8 places, stride (1 or 2) apart. Reads 8 * stride entries. */
static inline __m256i load_places(const uint32_t *at, size_t stride)
{
    __m256i v = load(at);
    if (stride == 1)
        return v;
    __m256 even =
        _mm256_shuffle_ps(_mm256_castsi256_ps(v), _mm256_castsi256_ps(load(at + 8)), 0x88);
    return _mm256_permute4x64_epi64(_mm256_castps_si256(even), 0xd8);
}

/* Their places are loaded by load_places: of how many cells of rows? Not of the last ones, behind
 * which nothing may be read. */
static inline size_t loadable(const struct crunch_cell_bounds *cells, size_t rows)
{
    return cells->before_stride <= 2 && cells->after_stride <= 2 && rows > 0 ? (rows - 1) / 8 * 8
                                                                             : 0;
}

static inline uint32_t place_8_texts(const char *text, __m256i before, __m256i after,
                                     __m256i shortest, const char **begin, uint32_t *len)
{
    __m256i from = _mm256_sub_epi32(before, _mm256_set1_epi32(-1));
    __m256i lens = _mm256_sub_epi32(after, from);
    __m256i base = _mm256_set1_epi64x((long long)(uintptr_t)text);
    __m256i low = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(from));
    __m256i high = _mm256_cvtepu32_epi64(_mm256_extracti128_si256(from, 1));
    store(begin, _mm256_add_epi64(low, base));
    store(begin + 4, _mm256_add_epi64(high, base));
    store(len, lens);
    __m256i enough = _mm256_cmpeq_epi32(_mm256_max_epu32(lens, shortest), lens);
    return ~(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(enough)) & 0xff;
}

static bool texts(const char *text, const struct crunch_cell_bounds *cells, size_t rows,
                  uint32_t shortest, const char **begin, uint32_t *len, uint32_t *odd)
{
    const struct crunch_cell_bounds c = *cells;
    const size_t wide = loadable(cells, rows);
    uint32_t mask = 0, any = 0;
    for (size_t i = 0; i < wide; i += 8) {
        uint32_t few =
            place_8_texts(text, load_places(c.before + i * c.before_stride, c.before_stride),
                          load_places(c.after + i * c.after_stride, c.after_stride),
                          _mm256_set1_epi32((int)shortest), begin + i, len + i);
        mask = (i % 32 == 0 ? 0 : mask) | few << i % 32;
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

static inline uint32_t group_load(struct group *group, const struct crunch_cell_bounds *cells,
                                  size_t first, size_t n)
{
    const uint32_t *before = cells->before + first * cells->before_stride;
    const uint32_t *after = cells->after + first * cells->after_stride;
    const size_t wide = loadable(cells, n);
    __m256i most = _mm256_setzero_si256();
    for (size_t i = 0; i < wide; i += 8) {
        __m256i end = load_places(after + i * cells->after_stride, cells->after_stride);
        __m256i from = load_places(before + i * cells->before_stride, cells->before_stride);
        __m256i len = _mm256_sub_epi32(end, _mm256_sub_epi32(from, _mm256_set1_epi32(-1)));
        store(group->end + i, end);
        store(group->len + i, len);
        most = _mm256_max_epu32(most, len);
    }
    uint32_t lens[8], longest = 0;
    store(lens, most);
    for (size_t i = 0; i < 8; i++)
        longest = lens[i] > longest ? lens[i] : longest;
    for (size_t i = wide; i < n; i++) {
        uint32_t end = after[i * cells->after_stride];
        uint32_t len = end - 1 - before[i * cells->before_stride];
        group->end[i] = end;
        group->len[i] = len;
        longest = len > longest ? len : longest;
    }
    for (size_t i = n; i % 32 != 0; i++)
        group->end[i] = group->len[i] = 0;
    return longest;
}

/* Per cell what the grammar made of it: masks of its lane's bytes, and the rest. */
struct lanes {
    uint8_t digit[GROUP][32]; /* by lane, one behind the other */
    uint32_t digits[GROUP];   /* bit i: byte i is a digit; as uint16_t or uint8_t by the lane */
    uint32_t points[GROUP];   /* is a point; later: is not after the point */
    uint32_t minus[GROUP];
    uint16_t scale[GROUP];
    int16_t sign[GROUP]; /* 0 or -1 */
    uint32_t odd[GROUP / 32];
};

/* One lane of 32 bytes, two of 16 or four of 8. */
static inline void lane_compare(__m256i v, unsigned char decimal, uint8_t *digit, uint32_t *digits,
                                uint32_t *points, uint32_t *minus)
{
    __m256i value = _mm256_sub_epi8(v, _mm256_set1_epi8('0'));
    __m256i is_digit = _mm256_cmpeq_epi8(_mm256_min_epu8(value, _mm256_set1_epi8(9)), value);
    __m256i is_point = _mm256_cmpeq_epi8(v, _mm256_set1_epi8((char)decimal));
    __m256i is_minus = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('-'));
    *digits = (uint32_t)_mm256_movemask_epi8(is_digit);
    *points = (uint32_t)_mm256_movemask_epi8(is_point);
    *minus = (uint32_t)_mm256_movemask_epi8(is_minus);
    store(digit, value);
}

/* 32 bits as 32 bytes of ones and zeros. */
static inline __m256i spread(uint32_t bits)
{
    const __m256i from =
        _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    const __m256i bit = _mm256_set1_epi64x((long long)0x8040201008040201);
    __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32((int)bits), from);
    return _mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit), bit);
}

/* From digits (one per byte) to numbers of 4 digits. */
static inline __m256i join_fours(__m256i digits)
{
    const __m256i tens = _mm256_set1_epi16(0x010a), hundreds = _mm256_set1_epi32(0x00010064);
    return _mm256_madd_epi16(_mm256_maddubs_epi16(digits, tens), hundreds);
}

/* Four lanes of 16 digits, 0 1 in a and 2 3 in b, as the elements 0 2 1 3. */
static inline __m256i join_lanes(__m256i a, __m256i b)
{
    const __m256i myriads = _mm256_set1_epi32(0x00012710);
    __m256i fours = _mm256_packus_epi32(join_fours(a), join_fours(b));
    __m256i eights = _mm256_madd_epi16(fours, myriads);
    __m256i high = _mm256_mul_epu32(eights, _mm256_set1_epi64x(100000000));
    return _mm256_add_epi64(high, _mm256_srli_epi64(eights, 32));
}

static inline __m256i with_sign(__m256i value, const int16_t *sign)
{
    int64_t four;
    memcpy(&four, sign, sizeof four);
    __m256i signs = _mm256_cvtepi16_epi64(_mm_cvtsi64_si128(four));
    return _mm256_sub_epi64(_mm256_xor_si256(value, signs), signs);
}

/* Bits of the 16-bit lanes counted, by a table of nibbles. */
static inline __m256i count_lane_bits(__m256i v)
{
    const __m256i count =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i low = _mm256_shuffle_epi8(count, _mm256_and_si256(v, nibble));
    __m256i high = _mm256_shuffle_epi8(count, _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble));
    return _mm256_maddubs_epi16(_mm256_add_epi8(low, high), _mm256_set1_epi8(1));
}

/* Bit i: 16-bit lane i of v is not zero. */
static inline uint32_t nonzero_lanes(__m256i v)
{
    __m256i is_zero = _mm256_cmpeq_epi16(v, _mm256_setzero_si256());
    __m128i bytes =
        _mm_packs_epi16(_mm256_castsi256_si128(is_zero), _mm256_extracti128_si256(is_zero, 1));
    return ~(uint32_t)_mm_movemask_epi8(bytes) & 0xffff;
}

/* Low halves of 16 elements of 32 bits. */
static inline __m256i narrow(__m256i a, __m256i b)
{
    const __m256i low = _mm256_set1_epi32(0xffff);
    __m256i packed = _mm256_packus_epi32(_mm256_and_si256(a, low), _mm256_and_si256(b, low));
    return _mm256_permute4x64_epi64(packed, 0xd8);
}

/* The same for bytes, of which none has more than 8. */
static inline __m256i count_byte_bits(__m256i v)
{
    const __m256i count =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i low = _mm256_shuffle_epi8(count, _mm256_and_si256(v, nibble));
    __m256i high = _mm256_shuffle_epi8(count, _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble));
    return _mm256_add_epi8(low, high);
}

/* Lanes of 8 bytes. */

static inline void tiny_compare(struct lanes *lanes, const char *text, const struct group *group,
                                size_t n, unsigned char decimal)
{
    for (size_t i = 0; i < n; i++) /* of all before any is loaded: stores must have arrived */
        memcpy(lanes->digit[i / 4] + i % 4 * 8, text + group->end[i] - 8, 8);
    for (size_t i = 0; i < n; i += 4)
        lane_compare(load(lanes->digit[i / 4]), decimal, lanes->digit[i / 4], &lanes->digits[i / 4],
                     &lanes->points[i / 4], &lanes->minus[i / 4]);
}

/* For 32 cells, the bits of their lanes that are text: the upper ones, as many as it is long. */
static inline __m256i tiny_masks(const uint32_t *len)
{
    const __m256i upper = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, -128, -64, -32, -16, -8, -4, -2, -1, 0, 0, 0, 0, 0, 0, 0));
    __m256i lens = _mm256_packus_epi16(_mm256_packus_epi32(load(len), load(len + 8)),
                                       _mm256_packus_epi32(load(len + 16), load(len + 24)));
    lens = _mm256_permutevar8x32_epi32(lens, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    return _mm256_shuffle_epi8(upper, lens);
}

/* The grammar of 32 cells, from the i-th; as short_check. */
static inline uint32_t tiny_check(struct lanes *lanes, const struct group *group, size_t i)
{
    const __m256i one = _mm256_set1_epi8(1), zero = _mm256_setzero_si256();
    uint32_t *const digits_at = lanes->digits + i / 4, *const points_at = lanes->points + i / 4;
    __m256i in = tiny_masks(group->len + i);
    __m256i digits = _mm256_and_si256(in, load(digits_at));
    __m256i points = _mm256_and_si256(in, load(points_at));
    __m256i minus = _mm256_and_si256(in, load(lanes->minus + i / 4));
    __m256i later = _mm256_and_si256(in, _mm256_add_epi8(in, in)); /* all but the first byte */
    __m256i known =
        _mm256_or_si256(_mm256_or_si256(digits, points), _mm256_andnot_si256(later, minus));
    __m256i wrong = _mm256_andnot_si256(known, in);
    wrong = _mm256_or_si256(wrong, _mm256_and_si256(points, _mm256_sub_epi8(points, one)));
    wrong = _mm256_or_si256(wrong, _mm256_cmpeq_epi8(digits, zero));
    __m256i taken = _mm256_cmpeq_epi8(wrong, zero);
    __m256i to_point = _mm256_or_si256(points, _mm256_subs_epu8(points, one));
    __m256i after = _mm256_andnot_si256(_mm256_cmpeq_epi8(points, zero),
                                        _mm256_xor_si256(to_point, _mm256_set1_epi8(-1)));
    __m256i scale = count_byte_bits(_mm256_and_si256(after, taken));
    __m256i sign = _mm256_cmpgt_epi8(_mm256_cmpeq_epi8(minus, zero), _mm256_set1_epi8(-1));
    store(digits_at, _mm256_and_si256(digits, taken));
    store(points_at, to_point);
    store(lanes->scale + i, _mm256_cvtepu8_epi16(_mm256_castsi256_si128(scale)));
    store(lanes->scale + i + 16, _mm256_cvtepu8_epi16(_mm256_extracti128_si256(scale, 1)));
    store(lanes->sign + i, _mm256_cvtepi8_epi16(_mm256_castsi256_si128(sign)));
    store(lanes->sign + i + 16, _mm256_cvtepi8_epi16(_mm256_extracti128_si256(sign, 1)));
    return ~(uint32_t)_mm256_movemask_epi8(taken);
}

/* Four lanes of digits, as short_digits. */
static inline __m256i tiny_digits(const struct lanes *lanes, size_t i)
{
    __m256i digits = _mm256_and_si256(load(lanes->digit[i / 4]), spread(lanes->digits[i / 4]));
    return _mm256_blendv_epi8(digits, _mm256_slli_epi64(digits, 8), spread(lanes->points[i / 4]));
}

/* Eight cells, as 32-bit numbers without sign. */
static inline __m256i tiny_values(const struct lanes *lanes, size_t i)
{
    const __m256i order = _mm256_setr_epi32(0, 1, 4, 5, 2, 3, 6, 7);
    __m256i fours = _mm256_packus_epi32(join_fours(tiny_digits(lanes, i)),
                                        join_fours(tiny_digits(lanes, i + 4)));
    __m256i value = _mm256_madd_epi16(fours, _mm256_set1_epi32(0x00012710));
    return _mm256_permutevar8x32_epi32(value, order);
}

/* Lanes of 16 bytes. */

static inline void short_compare(struct lanes *lanes, const char *text, const struct group *group,
                                 size_t n, unsigned char decimal)
{
    for (size_t i = 0; i < n; i += 2) {
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(text + group->end[i] - 16));
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(text + group->end[i + 1] - 16));
        lane_compare(_mm256_inserti128_si256(_mm256_castsi128_si256(a), b, 1), decimal,
                     lanes->digit[i / 2], &lanes->digits[i / 2], &lanes->points[i / 2],
                     &lanes->minus[i / 2]);
    }
}

static inline __m256i short_masks(const uint32_t *len)
{
    const __m256i all = _mm256_set1_epi32(0xffff), lane = _mm256_set1_epi32(16);
    return narrow(_mm256_sllv_epi32(all, _mm256_sub_epi32(lane, load(len))),
                  _mm256_sllv_epi32(all, _mm256_sub_epi32(lane, load(len + 8))));
}

/* The grammar of 16 cells, from the i-th: returns which are odd. */
static inline uint32_t short_check(struct lanes *lanes, const struct group *group, size_t i)
{
    const __m256i one = _mm256_set1_epi16(1), zero = _mm256_setzero_si256();
    uint32_t *const digits_at = lanes->digits + i / 2, *const points_at = lanes->points + i / 2;
    __m256i in = short_masks(group->len + i);
    __m256i digits = _mm256_and_si256(in, load(digits_at));
    __m256i points = _mm256_and_si256(in, load(points_at));
    __m256i minus = _mm256_and_si256(in, load(lanes->minus + i / 2));
    __m256i later = _mm256_and_si256(in, _mm256_slli_epi16(in, 1)); /* all but the first byte */
    __m256i known =
        _mm256_or_si256(_mm256_or_si256(digits, points), _mm256_andnot_si256(later, minus));
    __m256i wrong = _mm256_andnot_si256(known, in);
    wrong = _mm256_or_si256(wrong, _mm256_and_si256(points, _mm256_sub_epi16(points, one)));
    wrong = _mm256_or_si256(wrong, _mm256_cmpeq_epi16(digits, zero));
    __m256i taken = _mm256_cmpeq_epi16(wrong, zero);
    __m256i to_point = _mm256_or_si256(points, _mm256_subs_epu16(points, one));
    __m256i after = _mm256_andnot_si256(_mm256_cmpeq_epi16(points, zero),
                                        _mm256_xor_si256(to_point, _mm256_set1_epi16(-1)));
    store(digits_at, _mm256_and_si256(digits, taken));
    store(points_at, to_point);
    store(lanes->scale + i, count_lane_bits(_mm256_and_si256(after, taken)));
    store(lanes->sign + i,
          _mm256_cmpgt_epi16(_mm256_cmpeq_epi16(minus, zero), _mm256_set1_epi16(-1)));
    return nonzero_lanes(wrong);
}

/* Two lanes of digits, those before the point moved over it; all else is zero. */
static inline __m256i short_digits(const struct lanes *lanes, size_t i)
{
    __m256i digits = _mm256_and_si256(load(lanes->digit[i / 2]), spread(lanes->digits[i / 2]));
    return _mm256_blendv_epi8(digits, _mm256_bslli_epi128(digits, 1), spread(lanes->points[i / 2]));
}

static inline __m256i short_values(const struct lanes *lanes, size_t i)
{
    __m256i value = join_lanes(short_digits(lanes, i), short_digits(lanes, i + 2));
    return with_sign(_mm256_permute4x64_epi64(value, 0xd8), lanes->sign + i);
}

/* Lanes of 32 bytes. */

static inline void long_compare(struct lanes *lanes, const char *text, const struct group *group,
                                size_t n, unsigned char decimal)
{
    for (size_t i = 0; i < n; i++)
        lane_compare(load(text + group->end[i] - 32), decimal, lanes->digit[i], &lanes->digits[i],
                     &lanes->points[i], &lanes->minus[i]);
}

/* Low halves of 8 elements of 32 bits. */
static inline __m128i narrow_half(__m256i v)
{
    __m256i packed =
        _mm256_packus_epi32(_mm256_and_si256(v, _mm256_set1_epi32(0xffff)), _mm256_setzero_si256());
    return _mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0x08));
}

/* The grammar of 8 cells, as short_check. A cell over 32 bytes has no byte in its lane. */
static inline uint32_t long_check(struct lanes *lanes, const struct group *group, size_t i)
{
    const __m256i one = _mm256_set1_epi32(1), zero = _mm256_setzero_si256();
    __m256i room = _mm256_sub_epi32(_mm256_set1_epi32(32), load(group->len + i));
    __m256i in = _mm256_sllv_epi32(_mm256_set1_epi32(-1), room);
    __m256i digits = _mm256_and_si256(in, load(lanes->digits + i));
    __m256i points = _mm256_and_si256(in, load(lanes->points + i));
    __m256i minus = _mm256_and_si256(in, load(lanes->minus + i));
    __m256i later = _mm256_and_si256(in, _mm256_slli_epi32(in, 1));
    __m256i known =
        _mm256_or_si256(_mm256_or_si256(digits, points), _mm256_andnot_si256(later, minus));
    __m256i below = _mm256_sub_epi32(points, one), pointless = _mm256_cmpeq_epi32(points, zero);
    __m256i wrong = _mm256_andnot_si256(known, in);
    wrong = _mm256_or_si256(wrong, _mm256_and_si256(points, below));
    wrong = _mm256_or_si256(wrong, _mm256_cmpeq_epi32(digits, zero));
    __m256i taken = _mm256_cmpeq_epi32(wrong, zero);
    /* The place of a single bit is the exponent of its float; even of bit 31, a negative one. */
    __m256i exponent = _mm256_srli_epi32(_mm256_castps_si256(_mm256_cvtepi32_ps(points)), 23);
    __m256i place = _mm256_sub_epi32(_mm256_and_si256(exponent, _mm256_set1_epi32(0xff)),
                                     _mm256_set1_epi32(127));
    __m256i scales = _mm256_sub_epi32(_mm256_set1_epi32(31), place);
    __m256i signs = _mm256_xor_si256(_mm256_cmpeq_epi32(minus, zero), _mm256_set1_epi32(-1));
    store(lanes->digits + i, _mm256_and_si256(digits, taken));
    store(lanes->points + i, _mm256_andnot_si256(pointless, _mm256_or_si256(points, below)));
    _mm_storeu_si128((__m128i *)(void *)(lanes->scale + i),
                     narrow_half(_mm256_and_si256(taken, _mm256_andnot_si256(pointless, scales))));
    _mm_storeu_si128((__m128i *)(void *)(lanes->sign + i), narrow_half(signs));
    return ~(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(taken)) & 0xff;
}

static inline __m256i long_digits(const struct lanes *lanes, size_t i)
{
    __m256i digits = _mm256_and_si256(load(lanes->digit[i]), spread(lanes->digits[i]));
    __m256i carried = _mm256_permute2x128_si256(digits, digits, 0x08); /* zero, lower half */
    return _mm256_blendv_epi8(digits, _mm256_alignr_epi8(digits, carried, 15),
                              spread(lanes->points[i]));
}

/* 4 cells: upper 16 digits times 10^16 plus lower 16; those that reach 10^18 become 0 and are
 * returned as odd. join_lanes gives of two cells: upper, upper, lower, lower. */
static inline uint32_t long_values(const struct lanes *lanes, size_t i, __m256i *out)
{
    const uint64_t unit = UINT64_C(10000000000000000);
    __m256i a = join_lanes(long_digits(lanes, i), long_digits(lanes, i + 1));
    __m256i b = join_lanes(long_digits(lanes, i + 2), long_digits(lanes, i + 3));
    __m256i upper = _mm256_permute2x128_si256(a, b, 0x20);
    __m256i lower = _mm256_permute2x128_si256(a, b, 0x31);
    __m256i wide = _mm256_cmpgt_epi64(upper, _mm256_set1_epi64x(99));
    __m256i low = _mm256_mul_epu32(upper, _mm256_set1_epi64x((long long)(unit & UINT32_MAX)));
    __m256i high = _mm256_mul_epu32(upper, _mm256_set1_epi64x((long long)(unit >> 32)));
    __m256i value = _mm256_add_epi64(lower, _mm256_add_epi64(low, _mm256_slli_epi64(high, 32)));
    *out = with_sign(_mm256_andnot_si256(wide, value), lanes->sign + i);
    return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(wide));
}

static inline void store_values(int64_t *mantissa, __m256i value, size_t left)
{
    int64_t four[4];
    if (left >= 4) {
        store(mantissa, value);
        return;
    }
    store(four, value);
    for (size_t i = 0; i < left; i++)
        mantissa[i] = four[i];
}

static void short_numbers(struct lanes *lanes, const char *text, const struct group *group,
                          size_t n, unsigned char decimal, int64_t *mantissa)
{
    size_t padded = (n + 31) / 32 * 32;
    short_compare(lanes, text, group, padded, decimal);
    for (size_t i = 0; i < padded; i += 32)
        lanes->odd[i / 32] = short_check(lanes, group, i) | short_check(lanes, group, i + 16) << 16;
    for (size_t i = 0; i < n; i += 4)
        store_values(mantissa + i, short_values(lanes, i), n - i);
}

static void tiny_numbers(struct lanes *lanes, const char *text, const struct group *group, size_t n,
                         unsigned char decimal, int64_t *mantissa)
{
    size_t padded = (n + 31) / 32 * 32;
    tiny_compare(lanes, text, group, padded, decimal);
    for (size_t i = 0; i < padded; i += 32)
        lanes->odd[i / 32] = tiny_check(lanes, group, i);
    for (size_t i = 0; i < n; i += 8) {
        __m256i value = tiny_values(lanes, i);
        __m256i low = _mm256_cvtepi32_epi64(_mm256_castsi256_si128(value));
        store_values(mantissa + i, with_sign(low, lanes->sign + i), n - i);
        if (n - i <= 4)
            break;
        __m256i high = _mm256_cvtepi32_epi64(_mm256_extracti128_si256(value, 1));
        store_values(mantissa + i + 4, with_sign(high, lanes->sign + i + 4), n - i - 4);
    }
}

static void long_numbers(struct lanes *lanes, const char *text, const struct group *group, size_t n,
                         unsigned char decimal, int64_t *mantissa)
{
    size_t padded = (n + 31) / 32 * 32;
    long_compare(lanes, text, group, padded, decimal);
    memset(lanes->odd, 0, sizeof lanes->odd);
    for (size_t i = 0; i < padded; i += 8)
        lanes->odd[i / 32] |= long_check(lanes, group, i) << i % 32;
    for (size_t i = 0; i < n; i += 4) {
        __m256i value;
        lanes->odd[i / 32] |= long_values(lanes, i, &value) << i % 32;
        store_values(mantissa + i, value, n - i);
    }
}

/* The scales of a group, 0 where odd, and the span of those that are not. */
static void put_scales(const struct lanes *lanes, size_t n, uint8_t *scale,
                       struct crunch_scale_span *span)
{
    uint8_t least = span->least, greatest = span->greatest;
    uint32_t any_odd = 0;
    for (size_t i = 0; i < n; i += 32)
        any_odd |= lanes->odd[i / 32];
    for (size_t i = 0; i < n; i++) {
        uint8_t s = (uint8_t)lanes->scale[i];
        scale[i] = s;
        least = s < least ? s : least;
        greatest = s > greatest ? s : greatest;
    }
    if (any_odd != 0) {
        least = span->least;
        greatest = span->greatest;
        for (size_t i = 0; i < n; i++) {
            bool odd = (lanes->odd[i / 32] >> i % 32 & 1) != 0;
            scale[i] = odd ? 0 : scale[i];
            least = !odd && scale[i] < least ? scale[i] : least;
            greatest = scale[i] > greatest ? scale[i] : greatest;
        }
    }
    *span = (struct crunch_scale_span){least, greatest};
}

static void numbers(const char *text, const struct crunch_cell_bounds *cells, size_t rows,
                    unsigned char decimal, int64_t *mantissa, uint8_t *scale, uint32_t *odd,
                    struct crunch_scale_span *span)
{
    struct group group;
    struct lanes lanes;
    for (size_t first = 0; first < rows; first += GROUP) {
        size_t n = rows - first < GROUP ? rows - first : GROUP;
        uint32_t longest = group_load(&group, cells, first, n);
        (longest <= 8    ? tiny_numbers
         : longest <= 16 ? short_numbers
                         : long_numbers)(&lanes, text, &group, n, decimal, mantissa + first);
        /* Padded cells are empty, hence odd: below 32 of them, in the last word. */
        lanes.odd[(n - 1) / 32] &= ~UINT32_C(0) >> ((n + 31) / 32 * 32 - n);
        put_scales(&lanes, n, scale + first, span);
        memcpy(odd + first / 32, lanes.odd, (n + 31) / 32 * sizeof *odd);
    }
}

static inline __m256i greater(__m256i a, __m256i b)
{
    return _mm256_blendv_epi8(a, b, _mm256_cmpgt_epi64(b, a));
}

/* Without their signs, bits compare as signed integers. */
static uint64_t greatest_bits(const double *x, size_t n)
{
    const __m256i size = _mm256_set1_epi64x(INT64_MAX);
    __m256i greatest = _mm256_setzero_si256(), second = greatest;
    uint64_t lane[4], most;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(x + i));
        __m256i w = _mm256_loadu_si256((const __m256i *)(const void *)(x + i + 4));
        greatest = greater(greatest, _mm256_and_si256(v, size));
        second = greater(second, _mm256_and_si256(w, size));
    }
    most = crunch_scan_kernels_scalar.greatest_bits(x + i, n - i);
    _mm256_storeu_si256((__m256i *)(void *)lane, greater(greatest, second));
    for (int k = 0; k < 4; k++)
        most = lane[k] > most ? lane[k] : most;
    return most;
}

/* m of magnitude below 2^51 is added to the fraction of 1.5 * 2^52, whose units are ones. */
static inline __m256d to_doubles(__m256i m)
{
    const __m256d base = _mm256_set1_pd(0x1.8p52);
    __m256i sum = _mm256_add_epi64(_mm256_castpd_si256(base), m);
    return _mm256_sub_pd(_mm256_castsi256_pd(sum), base);
}

static bool quotients(const int64_t *m, const uint8_t *scale, size_t n, double *out)
{
    const __m256i limit = _mm256_set1_epi64x((INT64_C(1) << CRUNCH_QUOTIENT_BITS) - 1);
    __m256i far = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        uint32_t four;
        memcpy(&four, scale + i, sizeof four);
        __m256i v = load(m + i);
        __m128i s = _mm_cvtepu8_epi32(_mm_cvtsi32_si128((int)four));
        far = _mm256_or_si256(far, _mm256_or_si256(_mm256_srli_epi64(_mm256_add_epi64(v, limit),
                                                                     CRUNCH_QUOTIENT_BITS + 1),
                                                   _mm256_cvtepu32_epi64(_mm_srli_epi32(s, 4))));
        s = _mm_and_si128(s, _mm_set1_epi32(CRUNCH_QUOTIENT_SCALE));
        _mm256_storeu_pd(
            out + i, _mm256_div_pd(to_doubles(v), _mm256_i32gather_pd(crunch_powers_of_ten, s, 8)));
    }
    return _mm256_testz_si256(far, far) &&
           crunch_scan_kernels_scalar.quotients(m + i, scale + i, n - i, out + i);
}

const struct crunch_scan_kernels crunch_scan_kernels_avx2 = {
    .name = "avx2",
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

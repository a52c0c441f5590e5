/*
 * The scan kernels for AVX2 with BMI2 and PCLMULQDQ. (Zen 1 and 2 have PEXT and PDEP in microcode:
 * right, but slower.) Numbers are loaded right-aligned in lanes of 16 bytes, cell by cell for the
 * grammar, and joined four at a time; cells of 17 to 32 bytes take two lanes.
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

/* Digits of one cell in two lanes; the grammar says no: taken is false and they are zero. */
struct parsed {
    __m128i upper, lower;
    uint8_t scale;
    bool negative, taken;
};

static inline __m128i load_lane(const char *text)
{
    return _mm_loadu_si128((const __m128i *)(const void *)text);
}

/* Ones in the last n bytes; n is at most 16. */
static inline __m128i last_bytes(unsigned n)
{
    static const _Alignas(16)
        int8_t window[32] = {0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
                             -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    return _mm_loadu_si128((const __m128i *)(const void *)(window + n));
}

/* The bytes up to the point move one up, over it: n of them with it, at most 16. */
static inline __m128i close_point(__m128i lane, __m128i before, unsigned n)
{
    __m128i up = _mm_alignr_epi8(lane, before, 15);
    return _mm_blendv_epi8(up, lane, last_bytes(16 - n));
}

struct lane_masks {
    uint32_t digits, points, minus;
};

static inline struct lane_masks lane_compare(__m128i v, __m128i *digits, unsigned char decimal)
{
    __m128i digit = _mm_sub_epi8(v, _mm_set1_epi8('0'));
    __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
    *digits = _mm_and_si128(digit, is_digit);
    return (struct lane_masks){
        (uint32_t)_mm_movemask_epi8(is_digit),
        (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8((char)decimal))),
        (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('-')))};
}

/* The grammar over the masks of a cell, whose bytes are the bits of in: 32 lanes, last byte
 * highest. */
static inline void check_grammar(struct lane_masks masks, uint32_t in, struct parsed *out)
{
    uint32_t digits = masks.digits & in, points = masks.points & in;
    uint32_t minus = masks.minus & in & ~(in << 1);
    out->taken = (digits | points | minus) == in && (points & (points - 1)) == 0 && digits != 0;
    out->negative = minus != 0;
    out->scale = points != 0 ? (uint8_t)_lzcnt_u32(points) : 0;
}

/* The lanes without the point; the upper one is used only if the cell needs it. */
static inline void close_points(struct parsed *out, bool pointed, uint32_t len)
{
    unsigned scale = out->scale, zero = 0;
    __m128i none = _mm_setzero_si128(), upper = out->upper;
    if (len > 16) {
        out->upper = _mm_and_si128(upper, last_bytes(len - 16));
        upper = out->upper;
        out->upper = close_point(upper, none, !pointed ? zero : scale < 16 ? 16 : 32 - scale);
    }
    out->lower = _mm_and_si128(out->lower, last_bytes(len < 16 ? len : 16));
    out->lower = close_point(out->lower, upper, pointed && scale < 16 ? 16 - scale : zero);
}

static inline struct parsed parse_cell(const char *end, uint32_t len, unsigned char decimal)
{
    struct parsed out = {.upper = _mm_setzero_si128()};
    struct lane_masks masks = lane_compare(load_lane(end - 16), &out.lower, decimal);
    masks.digits <<= 16;
    masks.points <<= 16;
    masks.minus <<= 16;
    if (__builtin_expect(len > 16, 0)) {
        struct lane_masks more = lane_compare(load_lane(end - 32), &out.upper, decimal);
        masks.digits |= more.digits;
        masks.points |= more.points;
        masks.minus |= more.minus;
    }
    /* No byte of the lanes is in an empty cell, nor, by our choice, in one over 32 bytes. */
    uint32_t in = len - 1 < CRUNCH_NUMBER_BYTES ? UINT32_MAX << (32 - len) : 0;
    check_grammar(masks, in, &out);
    if (__builtin_expect(out.taken, 1)) {
        close_points(&out, (masks.points & in) != 0, len);
    } else {
        out.upper = out.lower = _mm_setzero_si128();
        out.scale = 0;
        out.negative = false;
    }
    return out;
}

/* From digits (one per byte) in lanes of 16 to four numbers of 4 digits per lane. */
static inline __m256i join_fours(__m128i a, __m128i b)
{
    const __m256i tens = _mm256_set1_epi16(0x010a), hundreds = _mm256_set1_epi32(0x00010064);
    __m256i lanes = _mm256_inserti128_si256(_mm256_castsi128_si256(a), b, 1);
    return _mm256_madd_epi16(_mm256_maddubs_epi16(lanes, tens), hundreds);
}

/* Four lanes of 16 digits as four integers. */
static inline __m256i join_lanes(__m128i a, __m128i b, __m128i c, __m128i d)
{
    const __m256i myriads = _mm256_set1_epi32(0x00012710);
    __m256i fours = _mm256_packus_epi32(join_fours(a, c), join_fours(b, d));
    __m256i eights = _mm256_madd_epi16(fours, myriads);
    __m256i high = _mm256_mul_epu32(eights, _mm256_set1_epi64x(100000000));
    return _mm256_add_epi64(high, _mm256_srli_epi64(eights, 32));
}

/* Takes cells [0, n), n at most 4, of the group's; returns which are odd. */
static inline uint32_t four_numbers(const char *text, const uint32_t *end, const uint32_t *len,
                                    size_t n, unsigned char decimal, int64_t *mantissa,
                                    uint8_t *scale, struct crunch_scale_span *span)
{
    struct parsed cell[4];
    uint64_t upper[4] = {0}, lower[4];
    uint32_t odd = 0;
    bool is_long = false;
    for (size_t i = 0; i < 4; i++) {
        cell[i] = parse_cell(text + end[i], len[i], decimal);
        is_long = is_long || len[i] > 16;
    }
    _mm256_storeu_si256((__m256i *)(void *)lower,
                        join_lanes(cell[0].lower, cell[1].lower, cell[2].lower, cell[3].lower));
    if (is_long)
        _mm256_storeu_si256((__m256i *)(void *)upper,
                            join_lanes(cell[0].upper, cell[1].upper, cell[2].upper, cell[3].upper));
    for (size_t i = 0; i < n; i++) {
        bool taken = cell[i].taken && upper[i] < 100;
        int64_t m = taken ? (int64_t)(upper[i] * UINT64_C(10000000000000000) + lower[i]) : 0;
        uint8_t s = taken ? cell[i].scale : 0;
        mantissa[i] = cell[i].negative ? -m : m;
        scale[i] = s;
        span->least = taken && s < span->least ? s : span->least;
        span->greatest = s > span->greatest ? s : span->greatest;
        odd |= (uint32_t)!taken << i;
    }
    return odd;
}

static void numbers(const char *text, const struct crunch_cell_bounds *cells, size_t rows,
                    unsigned char decimal, int64_t *mantissa, uint8_t *scale, uint32_t *odd,
                    struct crunch_scale_span *span)
{
    memset(odd, 0, (rows + CRUNCH_NUMBER_GROUP - 1) / CRUNCH_NUMBER_GROUP * sizeof *odd);
    for (size_t first = 0; first < rows; first += 4) {
        size_t n = rows - first < 4 ? rows - first : 4;
        uint32_t end[4] = {0}, len[4] = {0};
        for (size_t i = 0; i < n; i++) {
            end[i] = cells->after[(first + i) * cells->after_stride];
            len[i] = end[i] - 1 - cells->before[(first + i) * cells->before_stride];
        }
        odd[first / CRUNCH_NUMBER_GROUP] |=
            four_numbers(text, end, len, n, decimal, mantissa + first, scale + first, span)
            << first % CRUNCH_NUMBER_GROUP;
    }
}

const struct crunch_scan_kernels crunch_scan_kernels_avx2 = {
    .name = "avx2",
    .index = index_text,
    .count = count_text,
    .numbers = numbers,
};

CRUNCH_TARGET_END

#else
typedef int crunch_not_x86; /* a translation unit must not be empty */
#endif

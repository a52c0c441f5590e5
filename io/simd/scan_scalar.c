/*
 * The scan kernels in plain C: what the vector ones are held to. The index compares 16 bytes at
 * once, in the vectors of GNU C that exist on every machine; the numbers are a loop over digits.
 */
#include "io/simd/kernels.h"

#include <string.h>

#define ONES UINT64_C(0x0101010101010101)

/* 16 bytes that compare as one; the compiler makes of it what the machine has. */
typedef uint8_t bytes_t __attribute__((vector_size(16)));
typedef uint64_t words_t __attribute__((vector_size(16)));

/* A block is read where it lies. */
typedef const char *block_t;

static inline block_t block_load(const char *text)
{
    return text;
}

static inline bytes_t part(block_t block, int i)
{
    bytes_t bytes;
    memcpy(&bytes, block + 16 * i, sizeof bytes);
    return bytes;
}

static inline bytes_t all_bytes(unsigned char byte)
{
    return (bytes_t){0} + byte;
}

/* Which of 16 bytes are all ones, as 16 bits, the others being zero: byte i of each half keeps bit
 * i, and the product's top byte is the sum of the half's. */
static inline uint64_t gather(bytes_t ones)
{
    const bytes_t bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    words_t half = (words_t)(ones & bit);
    return half[0] * ONES >> 56 | half[1] * ONES >> 56 << 8;
}

static inline uint64_t block_equal(block_t block, unsigned char byte)
{
    const bytes_t wanted = all_bytes(byte);
    uint64_t mask = 0;
    for (int i = 0; i < 4; i++)
        mask |= gather((bytes_t)(part(block, i) == wanted)) << 16 * i;
    return mask;
}

static inline uint64_t block_below(block_t block, unsigned char byte)
{
    const bytes_t limit = all_bytes(byte);
    uint64_t mask = 0;
    for (int i = 0; i < 4; i++)
        mask |= gather((bytes_t)(part(block, i) < limit)) << 16 * i;
    return mask;
}

static inline uint64_t prefix_xor(uint64_t x)
{
    for (int shift = 1; shift < 64; shift *= 2)
        x ^= x << shift;
    return x;
}

static inline uint64_t bits_low(uint64_t x, size_t n)
{
    return n >= 64 ? x : x & ((UINT64_C(1) << n) - 1);
}

static inline unsigned count_bits(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (unsigned)(x * ONES >> 56);
}

/* x has few bits, all of them in mask: each goes to its rank. */
static inline uint64_t bits_extract(uint64_t x, uint64_t mask)
{
    uint64_t out = 0;
    for (; x != 0; x &= x - 1)
        out |= UINT64_C(1) << count_bits(mask & ((x & -x) - 1));
    return out;
}

static inline uint64_t bits_deposit(uint64_t x, uint64_t mask)
{
    uint64_t out = 0;
    for (; mask != 0; mask &= mask - 1, x >>= 1)
        out |= mask & -mask & -(x & 1);
    return out;
}

static inline uint32_t *flatten(uint64_t mask, uint32_t base, uint32_t *out)
{
    for (; mask != 0; mask &= mask - 1)
        *out++ = base + (uint32_t)__builtin_ctzll(mask);
    return out;
}

#include "io/simd/index_impl.h"

#define MANTISSA_LIMIT UINT64_C(1000000000000000000)

/* One cell; false when it is not of the kernels' form. */
static bool parse_cell(const char *text, size_t len, unsigned char decimal, int64_t *mantissa,
                       uint8_t *scale)
{
    size_t i = len > 0 && text[0] == '-' ? 1 : 0, digits = 0, point = SIZE_MAX;
    const bool negative = i == 1;
    uint64_t m = 0;
    for (; i < len; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit <= 9) {
            m = m * 10 + digit; /* below 10^19 < 2^64, for m was below 10^18 */
            if (m >= MANTISSA_LIMIT)
                return false;
            digits++;
        } else if ((unsigned char)text[i] == decimal && point == SIZE_MAX) {
            point = i;
        } else {
            return false;
        }
    }
    *mantissa = negative ? -(int64_t)m : (int64_t)m;
    *scale = point == SIZE_MAX ? 0 : (uint8_t)(len - 1 - point);
    return digits > 0;
}

static void numbers(const char *text, const struct crunch_cell_bounds *cells, size_t rows,
                    unsigned char decimal, int64_t *mantissa, uint8_t *scale, uint32_t *odd,
                    struct crunch_scale_span *span)
{
    memset(odd, 0, (rows + CRUNCH_NUMBER_GROUP - 1) / CRUNCH_NUMBER_GROUP * sizeof *odd);
    for (size_t i = 0; i < rows; i++) {
        uint32_t begin = cells->before[i * cells->before_stride] + 1;
        uint32_t len = cells->after[i * cells->after_stride] - begin;
        if (len <= CRUNCH_NUMBER_BYTES &&
            parse_cell(text + begin, len, decimal, mantissa + i, scale + i)) {
            span->least = scale[i] < span->least ? scale[i] : span->least;
            span->greatest = scale[i] > span->greatest ? scale[i] : span->greatest;
        } else {
            mantissa[i] = 0;
            scale[i] = 0;
            odd[i / CRUNCH_NUMBER_GROUP] |= UINT32_C(1) << i % CRUNCH_NUMBER_GROUP;
        }
    }
}

static bool texts(const char *text, const struct crunch_cell_bounds *cells, size_t rows,
                  uint32_t shortest, const char **begin, uint32_t *len, uint32_t *odd)
{
    const uint32_t *before = cells->before, *after = cells->after;
    uint32_t any = 0;
    for (size_t first = 0; first < rows; first += CRUNCH_NUMBER_GROUP) {
        const size_t left = rows - first;
        const unsigned n = left < CRUNCH_NUMBER_GROUP ? (unsigned)left : CRUNCH_NUMBER_GROUP;
        uint32_t mask = 0;
        for (unsigned i = 0; i < n; i++) {
            begin[first + i] = text + (*before + 1);
            len[first + i] = *after - (*before + 1);
            mask |= (uint32_t)(len[first + i] < shortest) << i;
            before += cells->before_stride;
            after += cells->after_stride;
        }
        odd[first / CRUNCH_NUMBER_GROUP] = mask;
        any |= mask;
    }
    return any != 0;
}

static uint64_t greatest_bits(const double *x, size_t n)
{
    uint64_t greatest = 0, bits;
    for (size_t i = 0; i < n; i++) {
        memcpy(&bits, &x[i], sizeof bits);
        bits &= INT64_MAX;
        greatest = bits > greatest ? bits : greatest;
    }
    return greatest;
}

const double crunch_powers_of_ten[CRUNCH_QUOTIENT_SCALE + 1] = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

static bool quotients(const int64_t *m, const uint8_t *scale, size_t n, double *out)
{
    const uint64_t limit = UINT64_C(1) << CRUNCH_QUOTIENT_BITS;
    uint64_t far = 0;
    for (size_t i = 0; i < n; i++)
        far |= (((uint64_t)m[i] + limit - 1) >> (CRUNCH_QUOTIENT_BITS + 1)) | scale[i] >> 4;
    for (size_t i = 0; far == 0 && i < n; i++)
        out[i] = (double)m[i] / crunch_powers_of_ten[scale[i]];
    return far == 0;
}

const struct crunch_scan_kernels crunch_scan_kernels_scalar = {
    .name = "scalar",
    .index = index_text,
    .count = count_text,
    .numbers = numbers,
    .texts = texts,
    .greatest_bits = greatest_bits,
    .quotients = quotients,
};

/*
 * Looking keys up in the front of groups with AVX-512, 64 rows at a time and in steps of all of
 * them: the keys' words, their places by vectors, and the differences from what stands there. Each
 * step is short and of independent rows, so that the processor overlaps them, also where an entry
 * is not in the nearest cache.
 */
#if defined(__x86_64__)

#include "core/group_front.h"
#include "io/simd/target.h"

#include <immintrin.h>
#include <string.h>

CRUNCH_TARGET_BEGIN(CRUNCH_TARGET_AVX512)

#define BLOCK ((size_t)64)

_Static_assert(sizeof(struct crunch_group_front) == 32, "an offset is a place times 32");

struct block {
    _Alignas(64) uint64_t key[BLOCK][2];
    _Alignas(64) uint64_t difference[BLOCK][2];
    _Alignas(64) uint32_t len[BLOCK];    /* at most CRUNCH_FRONT_KEY */
    _Alignas(64) uint32_t offset[BLOCK]; /* of the entries, in bytes */
};

/* Returns which keys are too long. */
static inline uint64_t take_lengths(struct block *block, const uint32_t *len)
{
    const __m512i most = _mm512_set1_epi32(CRUNCH_FRONT_KEY);
    uint64_t too_long = 0;
    for (size_t i = 0; i < BLOCK; i += 16) {
        const __m512i v = _mm512_loadu_si512(len + i);
        too_long |= (uint64_t)_mm512_cmpgt_epu32_mask(v, most) << i;
        _mm512_store_si512(block->len + i, _mm512_min_epu32(v, most));
    }
    return too_long;
}

static inline __m128i load_text(const char *text)
{
    return _mm_loadu_si128((const __m128i *)(const void *)text);
}

/* Of four keys a vector, each in a lane of 16 bytes. */
static inline void take_words(struct block *block, const char *const *text)
{
    const __m512i place =
        _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    const __m512i own =
        _mm512_inserti64x4(/* the byte of the lane's length among four lengths */
                           _mm512_castsi256_si512(
                               _mm256_set_m128i(_mm_set1_epi8(4), _mm_setzero_si128())),
                           _mm256_set_m128i(_mm_set1_epi8(12), _mm_set1_epi8(8)), 1);
    for (size_t i = 0; i < BLOCK; i += 4) {
        __m512i words = _mm512_castsi128_si512(load_text(text[i]));
        words = _mm512_inserti32x4(words, load_text(text[i + 1]), 1);
        words = _mm512_inserti32x4(words, load_text(text[i + 2]), 2);
        words = _mm512_inserti32x4(words, load_text(text[i + 3]), 3);
        const __m128i len = _mm_load_si128((const __m128i *)(const void *)(block->len + i));
        const __m512i lens = _mm512_shuffle_epi8(_mm512_broadcast_i32x4(len), own);
        words = _mm512_maskz_mov_epi8(_mm512_cmplt_epu8_mask(place, lens), words);
        _mm512_store_si512(block->key[i], words);
    }
}

static inline void take_places(struct block *block, struct crunch_front_factors factors)
{
    const __m512i low = _mm512_set1_epi64((long long)factors.low);
    const __m512i high = _mm512_set1_epi64((long long)factors.high);
    const __m512i order = _mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0); /* back from unpacking */
    for (size_t i = 0; i < BLOCK; i += 8) {
        const __m512i a = _mm512_load_si512(block->key[i]);
        const __m512i b = _mm512_load_si512(block->key[i + 4]);
        __m512i hash = _mm512_add_epi64(_mm512_mullo_epi64(_mm512_unpacklo_epi64(a, b), low),
                                        _mm512_mullo_epi64(_mm512_unpackhi_epi64(a, b), high));
        hash = _mm512_slli_epi64(_mm512_srli_epi64(hash, 64 - CRUNCH_FRONT_BITS), 5);
        _mm256_store_si256((__m256i *)(void *)(block->offset + i),
                           _mm512_cvtepi64_epi32(_mm512_permutexvar_epi64(order, hash)));
    }
}

/* Sets the rows' groups; returns which keys are not there. */
static inline uint64_t compare(struct block *block, const struct crunch_group_front *front,
                               uint32_t *id)
{
    uint64_t different = 0;
    for (size_t i = 0; i < BLOCK; i++) {
        const struct crunch_group_front *at =
            (const void *)((const unsigned char *)front + block->offset[i]);
        const __m128i found = _mm_load_si128((const __m128i *)(const void *)at->word);
        const __m128i key = _mm_load_si128((const __m128i *)(const void *)block->key[i]);
        id[i] = at->group;
        _mm_store_si128((__m128i *)(void *)block->difference[i], _mm_xor_si128(found, key));
    }
    for (size_t i = 0; i < BLOCK; i += 4) {
        const __m512i v = _mm512_load_si512(block->difference[i]);
        const uint64_t words = _mm512_test_epi64_mask(v, v); /* two bits a row */
        different |= _pext_u64(words | words >> 1, 0x55) << i;
    }
    return different;
}

static size_t note(uint64_t rows, size_t first, uint16_t *missed)
{
    size_t n = 0;
    for (; rows != 0; rows &= rows - 1)
        missed[n++] = (uint16_t)(first + (size_t)__builtin_ctzll(rows));
    return n;
}

static size_t look(const struct crunch_group_front *front, struct crunch_front_factors factors,
                   const char *const *text, const uint32_t *len, size_t rows, uint32_t *id,
                   uint16_t *missed)
{
    struct block block;
    size_t n_missed = 0, i = 0;
    for (; i + BLOCK <= rows; i += BLOCK) {
        uint64_t other = take_lengths(&block, len + i);
        take_words(&block, text + i);
        take_places(&block, factors);
        other |= compare(&block, front, id + i);
        n_missed += note(other, i, missed + n_missed);
    }
    const size_t n = crunch_front_kernels_scalar.look(front, factors, text + i, len + i, rows - i,
                                                      id + i, missed + n_missed);
    for (size_t k = n_missed; k < n_missed + n; k++)
        missed[k] = (uint16_t)(missed[k] + i);
    return n_missed + n;
}

CRUNCH_TARGET_END

const struct crunch_front_kernels crunch_front_kernels_avx512 = {"avx512", look};

#endif

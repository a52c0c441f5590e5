/*
 * Looking keys up in the front of groups with AVX2, 32 rows at a time and in steps of all of them,
 * as with AVX-512 (core/simd/front_avx512.c); the places go by scalar multiplications, which AVX2
 * has no vectors for.
 */
#if defined(__x86_64__)

#include "core/group_front.h"
#include "io/simd/target.h"

#include <immintrin.h>

CRUNCH_TARGET_BEGIN(CRUNCH_TARGET_AVX2)

#define BLOCK ((size_t)32)

struct block {
    _Alignas(32) uint64_t key[BLOCK][2];
    _Alignas(32) uint64_t difference[BLOCK][2];
    _Alignas(32) uint32_t len[BLOCK]; /* at most CRUNCH_FRONT_KEY */
};

/* Returns which keys are too long. */
static inline uint32_t take_lengths(struct block *block, const uint32_t *len)
{
    const __m256i most = _mm256_set1_epi32(CRUNCH_FRONT_KEY);
    uint32_t too_long = 0;
    for (size_t i = 0; i < BLOCK; i += 8) {
        const __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(len + i));
        const __m256i low = _mm256_min_epu32(v, most);
        const __m256i fits = _mm256_cmpeq_epi32(low, v);
        too_long |= (~(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(fits)) & 0xFF) << i;
        _mm256_store_si256((__m256i *)(void *)(block->len + i), low);
    }
    return too_long;
}

static inline void take_words(struct block *block, const char *const *text)
{
    for (size_t i = 0; i < BLOCK; i++) {
        const __m128i words = _mm_loadu_si128((const __m128i *)(const void *)text[i]);
        const __m128i mask =
            _mm_load_si128((const __m128i *)(const void *)crunch_front_masks[block->len[i]]);
        _mm_store_si128((__m128i *)(void *)block->key[i], _mm_and_si128(words, mask));
    }
}

/* Sets the rows' groups; returns which keys are not there. */
static inline uint32_t compare(struct block *block, const struct crunch_group_front *front,
                               struct crunch_front_factors factors, uint32_t *id)
{
    uint32_t same = 0;
    for (size_t i = 0; i < BLOCK; i++) {
        const struct crunch_group_front *at =
            &front[crunch_front_place(block->key[i][0], block->key[i][1], factors)];
        const __m128i found = _mm_load_si128((const __m128i *)(const void *)at->word);
        const __m128i key = _mm_load_si128((const __m128i *)(const void *)block->key[i]);
        id[i] = at->group;
        _mm_store_si128((__m128i *)(void *)block->difference[i], _mm_xor_si128(found, key));
    }
    for (size_t i = 0; i < BLOCK; i += 2) {
        const __m256i v = _mm256_load_si256((const __m256i *)(const void *)block->difference[i]);
        const __m256i zero = _mm256_cmpeq_epi64(v, _mm256_setzero_si256());
        const uint32_t words = (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(zero));
        same |= _pext_u32(words & words >> 1, 5) << i; /* two bits a row */
    }
    return ~same;
}

static size_t look(const struct crunch_group_front *front, struct crunch_front_factors factors,
                   const char *const *text, const uint32_t *len, size_t rows, uint32_t *id,
                   uint16_t *missed)
{
    struct block block;
    size_t n_missed = 0, i = 0;
    for (; i + BLOCK <= rows; i += BLOCK) {
        uint32_t other = take_lengths(&block, len + i);
        take_words(&block, text + i);
        other |= compare(&block, front, factors, id + i);
        for (; other != 0; other &= other - 1)
            missed[n_missed++] = (uint16_t)(i + (size_t)__builtin_ctz(other));
    }
    const size_t n = crunch_front_kernels_scalar.look(front, factors, text + i, len + i, rows - i,
                                                      id + i, missed + n_missed);
    for (size_t k = n_missed; k < n_missed + n; k++)
        missed[k] = (uint16_t)(missed[k] + i);
    return n_missed + n;
}

CRUNCH_TARGET_END

const struct crunch_front_kernels crunch_front_kernels_avx2 = {"avx2", look};

#endif

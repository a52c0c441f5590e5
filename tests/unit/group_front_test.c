/*
 * The front of groups: every variant of the look-up against a comparison of the keys byte by byte,
 * free entries that answer to no key, and entries found again from their place on.
 */
#include "core/group_front.h"
#include "io/batch.h"
#include "io/cpu.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = CRUNCH_BATCH_ROWS, PLACES = 1 << CRUNCH_FRONT_BITS };

static uint64_t state = 88172645463325252u;
static uint64_t below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static const struct crunch_front_kernels *kernels_of(enum crunch_simd_level level)
{
#if defined(__x86_64__)
    if (level == CRUNCH_SIMD_AVX2)
        return &crunch_front_kernels_avx2;
    if (level == CRUNCH_SIMD_AVX512)
        return &crunch_front_kernels_avx512;
#endif
    return level == CRUNCH_SIMD_SCALAR ? &crunch_front_kernels_scalar : NULL;
}

struct keys {
    char bytes[ROWS][CRUNCH_TEXT_SLACK + 40 + CRUNCH_TEXT_SLACK];
    const char *text[ROWS];
    uint32_t len[ROWS];
};

/* Keys of few bytes' kinds, so that many are equal, or differ in one byte or in length only; what
 * stands around a key is of the same bytes. Some are all 0xFF, some have a NUL inside. */
static void make_keys(struct keys *keys)
{
    for (size_t i = 0; i < ROWS; i++) {
        const uint64_t kinds = 1 + below(2);
        const char first = below(8) == 0 ? '\xFF' : 'a';
        keys->text[i] = keys->bytes[i] + CRUNCH_TEXT_SLACK + below(8);
        keys->len[i] = (uint32_t)below(24);
        for (size_t k = 0; k < sizeof keys->bytes[i]; k++)
            keys->bytes[i][k] = (char)(first - (char)below(kinds));
        if (keys->len[i] > 2 && below(4) == 0)
            ((char *)(uintptr_t)keys->text[i])[below(keys->len[i] - 1)] = '\0';
    }
}

static void words_of(const struct keys *keys, size_t i, uint64_t word[2])
{
    word[0] = word[1] = 0;
    memcpy(word, keys->text[i], keys->len[i]);
}

/* Is key i the one of an entry? */
static bool is_there(const struct keys *keys, size_t i, const struct crunch_group_front *at)
{
    return keys->len[i] <= CRUNCH_FRONT_KEY && at->len == keys->len[i] &&
           memcmp(at->word, keys->text[i], at->len) == 0;
}

static void check_look(const struct crunch_front_kernels *kernels, const struct keys *keys,
                       const struct crunch_group_front *front, struct crunch_front_factors factors,
                       size_t rows)
{
    static uint32_t id[ROWS];
    static uint16_t missed[ROWS + 1];
    const size_t n = kernels->look(front, factors, keys->text, keys->len, rows, id, missed);
    size_t k = 0;
    for (size_t i = 0; i < rows; i++) {
        uint64_t word[2] = {0, 0};
        if (keys->len[i] <= CRUNCH_FRONT_KEY)
            words_of(keys, i, word);
        const struct crunch_group_front *at = &front[crunch_front_place(word[0], word[1], factors)];
        const bool there = is_there(keys, i, at);
        cr_assert_eq(k < n && missed[k] == i, !there, "%s: row %zu of %zu", kernels->name, i, rows);
        k += !there;
        if (there)
            cr_assert_eq(id[i], at->group, "%s: row %zu", kernels->name, i);
    }
    cr_assert_eq(k, n);
}

Test(group_front, every_variant_compares_whole_keys)
{
    static struct keys keys;
    struct crunch_group_front *front = aligned_alloc(64, PLACES * sizeof *front);
    cr_assert(front != NULL);
    for (int round = 0; round < 20; round++) {
        const struct crunch_front_factors factors = crunch_front_make_factors(below(UINT64_MAX));
        make_keys(&keys);
        crunch_front_clear(front, factors);
        for (size_t i = 0; i < ROWS; i += 3) {
            uint64_t word[2];
            if (keys.len[i] > CRUNCH_FRONT_KEY)
                continue;
            words_of(&keys, i, word);
            front[crunch_front_place(word[0], word[1], factors)] =
                (struct crunch_group_front){{word[0], word[1]}, keys.len[i], (uint32_t)i, 0};
        }
        for (int level = 0; level <= (int)crunch_cpu_level(); level++)
            for (size_t rows = ROWS; rows > 0; rows = rows > 200 ? rows - 173 : rows / 2)
                check_look(kernels_of((enum crunch_simd_level)level), &keys, front, factors, rows);
    }
    free(front);
}

Test(group_front, free_entries_are_no_key)
{
    struct crunch_group_front *front = aligned_alloc(64, PLACES * sizeof *front);
    cr_assert(front != NULL);
    for (int round = 0; round < 50; round++) {
        /* Also factors by which ones would belong in the first place: -(low + high) is small. */
        uint64_t random = round == 0 ? 0 : below(UINT64_MAX);
        const struct crunch_front_factors factors = crunch_front_make_factors(random);
        cr_assert(factors.low % 2 == 1 && factors.high % 2 == 1);
        crunch_front_clear(front, factors);
        for (size_t i = 0; i < PLACES; i++) {
            cr_assert_eq(front[i].len, UINT32_MAX);
            cr_assert_neq(crunch_front_place(front[i].word[0], front[i].word[1], factors), i);
        }
    }
    free(front);
}

Test(group_front, ones_never_belong_in_the_first_place)
{
    /* One in 2^CRUNCH_FRONT_BITS random numbers would put them there. */
    for (uint64_t i = 0; i < 4 * PLACES; i++) {
        const struct crunch_front_factors factors = crunch_front_make_factors(below(UINT64_MAX));
        cr_assert_neq(crunch_front_place(UINT64_MAX, UINT64_MAX, factors), 0);
    }
}

Test(group_front, entries_are_found_from_their_place_on)
{
    struct crunch_group_front *front = aligned_alloc(64, PLACES * sizeof *front);
    cr_assert(front != NULL);
    const struct crunch_front_factors factors = crunch_front_make_factors(7);
    crunch_front_clear(front, factors);
    enum { N = 1000 };
    for (uint32_t i = 0; i < N; i++) {
        struct crunch_group_front *at = crunch_front_find(front, factors, i, i % 7, 9);
        cr_assert_eq(at->len, UINT32_MAX);
        *at = (struct crunch_group_front){{i, i % 7}, 9, i, 0};
    }
    for (uint32_t i = 0; i < N; i++) {
        cr_assert_eq(crunch_front_find(front, factors, i, i % 7, 9)->group, i);
        cr_assert_eq(crunch_front_find(front, factors, i, i % 7, 8)->len, UINT32_MAX);
    }
    free(front);
}

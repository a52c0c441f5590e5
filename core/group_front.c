/*
 * The entries of a front. A look-up compares words only, at the one place where a key belongs, so a
 * free entry holds the words of a key that belongs elsewhere: ones, or in the place of ones zeros,
 * whose place is the first and another one.
 */
#include "core/group_front.h"

#include "core/hash_table.h"

#define ONES UINT64_MAX

struct crunch_front_factors crunch_front_make_factors(uint64_t random)
{
    struct crunch_front_factors factors = {random | 1, (random * CRUNCH_HASH_A ^ random >> 32) | 1};
    if (crunch_front_place(ONES, ONES, factors) == 0)
        factors.low ^= UINT64_C(1) << 63; /* which turns the highest bit of odd words' places */
    return factors;
}

void crunch_front_clear(struct crunch_group_front *front, struct crunch_front_factors factors)
{
    const size_t of_ones = crunch_front_place(ONES, ONES, factors);
    for (size_t i = 0; i < (size_t)1 << CRUNCH_FRONT_BITS; i++)
        front[i] = (struct crunch_group_front){.word = {ONES, ONES}, .len = UINT32_MAX};
    front[of_ones].word[0] = front[of_ones].word[1] = 0;
}

struct crunch_group_front *crunch_front_find(struct crunch_group_front *front,
                                             struct crunch_front_factors factors, uint64_t low,
                                             uint64_t high, uint32_t len)
{
    const size_t mask = ((size_t)1 << CRUNCH_FRONT_BITS) - 1;
    size_t at = crunch_front_place(low, high, factors);
    while (front[at].len != UINT32_MAX &&
           (front[at].len != len || front[at].word[0] != low || front[at].word[1] != high))
        at = (at + 1) & mask;
    return &front[at];
}

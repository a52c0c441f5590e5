/* Answers of groups: what is added in any slots comes out of exactly one share, whatever lies in
 * the file. */
#include "core/group_answers.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define SEED 77
#define KEYS 3000
#define SLOTS 5

static struct crunch_hash_key key_of(size_t i, char room[40])
{
    int len = snprintf(room, 40, i % 3 ? "k%zu" : "a key longer than sixteen bytes %zu", i);
    return crunch_hash_make_key(room, (size_t)len, SEED);
}

/* Key i has an answer i of stream 1 in one slot, and of stream 2, i + s, in each slot s. */
static struct crunch_answers *answers_made(size_t limit)
{
    struct crunch_answers *answers;
    cr_assert_eq(crunch_answers_create(SEED, SLOTS, limit, NULL, &answers, NULL), 0);
    for (size_t s = 0; s < SLOTS; s++) {
        for (size_t i = 0; i < KEYS; i++) {
            char room[40];
            const struct crunch_hash_key key = key_of(i, room);
            size_t sum = i + s;
            if (i % SLOTS == s)
                cr_assert_eq(crunch_answers_add(answers, s, 1, room, key.len, &i, sizeof i, NULL),
                             0);
            cr_assert_eq(crunch_answers_add(answers, s, 2, room, key.len, &sum, sizeof sum, NULL),
                         0);
            if (i == KEYS / 2)
                cr_assert_eq(crunch_answers_end(answers, s, NULL), 0);
        }
        cr_assert_eq(crunch_answers_end(answers, s, NULL), 0);
    }
    return answers;
}

/* How many keys the share has; each must have all of its answers. */
static size_t check_share(const struct crunch_answers *answers,
                          const struct crunch_group_share *share)
{
    struct crunch_open_answers *open;
    bool large;
    size_t n = 0;
    cr_assert_eq(crunch_answers_open(answers, share, SIZE_MAX, &open, &large, NULL), 0);
    cr_assert(!large);
    for (size_t i = 0; i < KEYS; i++) {
        char room[40];
        const struct crunch_hash_key key = key_of(i, room);
        struct crunch_answer answer;
        size_t value, total = 0, times = 0;
        if (!crunch_answers_first(open, &key, 1, &answer))
            continue;
        n++;
        cr_assert_eq(answer.bytes, sizeof value);
        memcpy(&value, answer.data, sizeof value);
        cr_assert_eq(value, i);
        cr_assert(!crunch_answers_next(open, &answer));
        for (bool more = crunch_answers_first(open, &key, 2, &answer); more;
             more = crunch_answers_next(open, &answer), times++) {
            memcpy(&value, answer.data, sizeof value);
            total += value;
        }
        cr_assert_eq(times, SLOTS);
        cr_assert_eq(total, SLOTS * i + SLOTS * (SLOTS - 1) / 2);
        cr_assert(!crunch_answers_first(open, &key, 3, &answer));
    }
    crunch_answers_close(open);
    return n;
}

Test(group_answers, every_answer_is_in_one_share)
{
    static const size_t limits[] = {SIZE_MAX, 0, 100000};
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
        struct crunch_answers *answers = answers_made(limits[l]);
        for (unsigned parts = 1; parts <= CRUNCH_GROUP_PARTS; parts *= 8)
            for (uint32_t fractions = 1; fractions <= 4; fractions *= 4) {
                size_t n = 0;
                for (unsigned p = 0; p < CRUNCH_GROUP_PARTS; p += parts)
                    for (uint32_t f = 0; f < fractions; f++)
                        n += check_share(answers,
                                         &(struct crunch_group_share){p, p + parts, f, fractions});
                cr_assert_eq(n, KEYS);
            }
        crunch_answers_free(answers);
    }
}

Test(group_answers, says_when_a_share_is_large)
{
    struct crunch_answers *answers = answers_made(SIZE_MAX);
    struct crunch_open_answers *open;
    bool large;
    const struct crunch_group_share all = {0, CRUNCH_GROUP_PARTS, 0, 1};
    cr_assert_eq(crunch_answers_open(answers, &all, 10000, &open, &large, NULL), 0);
    cr_assert(large && open == NULL);
    crunch_answers_free(answers);
}

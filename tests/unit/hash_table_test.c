/* Hash tables: against a plain search through all keys, for short and long ones, through growing
 * and clearing; and the hash, the same however a key is given. */
#include "core/hash_table.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>

#define SEED UINT64_C(0x1234567887654321)

static struct crunch_hash_key key_of(const char *text)
{
    return crunch_hash_make_key(text, strlen(text), SEED);
}

Test(hash_table, finds_what_was_put_in)
{
    struct crunch_hash_table table;
    char text[64];
    cr_assert(crunch_hash_init(&table, 8));
    for (unsigned round = 0; round < 3; round++) {
        unsigned n = round == 1 ? 5 : 20000;
        for (unsigned i = 0; i < 3 * n; i++) {
            snprintf(text, sizeof text, i % 2 ? "%u" : "a key that is longer, number %u", i % n);
            struct crunch_hash_key key = key_of(text);
            struct crunch_hash_entry *entry = crunch_hash_find(&table, &key);
            cr_assert(entry != NULL);
            entry->payload[0]++;
        }
        uint64_t total = 0;
        for (size_t i = 0; i < table.count; i++) {
            struct crunch_hash_entry *entry = crunch_hash_at(&table, i);
            struct crunch_hash_key key =
                crunch_hash_make_key(crunch_hash_key_of(&table, entry), entry->len, SEED);
            cr_assert(crunch_hash_look(&table, &key) == entry);
            total += entry->payload[0];
        }
        cr_assert(total == 3 * n);
        cr_assert(table.count == (n % 2 ? 2 * n : n), "%zu of %u", table.count, n);
        snprintf(text, sizeof text, "%u", n);
        struct crunch_hash_key absent = key_of(text);
        cr_assert(crunch_hash_look(&table, &absent) == NULL);
        crunch_hash_clear(&table);
        cr_assert(table.count == 0 && crunch_hash_look(&table, &absent) == NULL);
    }
    crunch_hash_free(&table);
}

Test(hash_table, keys_differ_by_length_and_by_every_byte)
{
    struct crunch_hash_table table;
    char zeros[40] = {0};
    cr_assert(crunch_hash_init(&table, 0));
    for (size_t len = 0; len <= sizeof zeros; len++) {
        struct crunch_hash_key key = crunch_hash_make_key(zeros, len, SEED);
        cr_assert(crunch_hash_look(&table, &key) == NULL);
        cr_assert(crunch_hash_find(&table, &key) != NULL);
    }
    for (size_t at = 0; at < sizeof zeros; at++) {
        zeros[at] = 1;
        struct crunch_hash_key key = crunch_hash_make_key(zeros, sizeof zeros, SEED);
        cr_assert(crunch_hash_look(&table, &key) == NULL);
        cr_assert(crunch_hash_find(&table, &key) != NULL);
        zeros[at] = 0;
    }
    cr_assert(table.count == 2 * sizeof zeros + 1);
    crunch_hash_free(&table);
}

Test(hash_table, equal_hashes_are_kept_apart)
{
    struct crunch_hash_table table;
    cr_assert(crunch_hash_init(&table, 8));
    for (uint64_t i = 0; i < 300; i++) {
        struct crunch_hash_key key = {.hash = 77, .word = {i, 0}, .len = 8};
        cr_assert(crunch_hash_find(&table, &key) != NULL);
        crunch_hash_find(&table, &key)->payload[0] = i;
    }
    cr_assert(table.count == 300);
    for (uint64_t i = 0; i < 300; i++) {
        struct crunch_hash_key key = {.hash = 77, .word = {i, 0}, .len = 8};
        cr_assert(crunch_hash_look(&table, &key)->payload[0] == i);
    }
    crunch_hash_free(&table);
}

Test(hash_table, one_hash_however_the_key_is_given)
{
    const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    for (size_t len = 0; len <= 16; len++) {
        uint64_t word[2] = {0, 0};
        memcpy(word, text, len);
        cr_assert(crunch_hash_short(word[0], word[1], len, SEED) ==
                  crunch_hash_of(text, len, SEED));
    }
    for (size_t len = 0; len < sizeof text; len++) {
        struct crunch_hash_key key = crunch_hash_make_key(text, len, SEED);
        cr_assert(key.hash == crunch_hash_of(text, len, SEED));
        cr_assert(key.hash != crunch_hash_of(text, len, SEED + 1));
    }
}

/* Every bit of the hash of counted keys is set about half of the time. */
Test(hash_table, spreads_small_numbers)
{
    unsigned ones[64] = {0};
    for (uint64_t i = 0; i < 4096; i++) {
        uint64_t hash = crunch_hash_short(i, 0, 8, SEED);
        for (unsigned bit = 0; bit < 64; bit++)
            ones[bit] += (unsigned)(hash >> bit & 1);
    }
    for (unsigned bit = 0; bit < 64; bit++) /* six standard deviations of 32 */
        cr_assert(ones[bit] > 2048 - 192 && ones[bit] < 2048 + 192, "bit %u: %u", bit, ones[bit]);
}

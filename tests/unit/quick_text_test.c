/* Quick texts are the long way's, for random sums, scales and counts, and at the ends of what they
 * do. */
#include "core/quick_text.h"

#include "core/limbs.h"
#include "core/value.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 2463534242u;
static uint64_t random_below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static char *long_way(__int128 x, unsigned scale, uint64_t n, enum crunch_value_kind kind)
{
    struct crunch_value value;
    crunch_value_init(&value);
    value.kind = kind;
    crunch_mpz_add_i128(mpq_numref(value.number), x);
    mpz_ui_pow_ui(mpq_denref(value.number), 10, scale);
    mpz_mul_ui(mpq_denref(value.number), mpq_denref(value.number), n);
    mpq_canonicalize(value.number);
    char *text = crunch_value_text(&value, 0);
    crunch_value_clear(&value);
    return text;
}

static void check(bool done, const char *quick, size_t len, char *expected, uint64_t *n)
{
    *n += done;
    cr_assert(!done || (strlen(expected) == len && memcmp(expected, quick, len) == 0),
              "%.*s, not %s", (int)len, quick, expected);
    free(expected);
}

Test(quick_text, decimals)
{
    uint64_t done = 0;
    for (int i = 0; i < 20000; i++) {
        char text[CRUNCH_QUICK_TEXT_MAX];
        size_t len = 0;
        __int128 x = (__int128)(random_below(UINT64_MAX) >> random_below(64)) - (i % 3) * 5000;
        if (i % 2)
            x = -x * (i % 7 == 0 ? 1000 : 1);
        unsigned scale = (unsigned)random_below(40);
        bool good = crunch_quick_decimal(x, scale, text, &len);
        check(good, text, len, long_way(x, scale, 1, CRUNCH_VALUE_COPIED), &done);
    }
    cr_assert_gt(done, 8000);
}

Test(quick_text, means)
{
    uint64_t done = 0;
    for (int i = 0; i < 60000; i++) {
        char text[CRUNCH_QUICK_TEXT_MAX];
        size_t len = 0;
        __int128 sum = (__int128)(random_below((uint64_t)1 << 54) >> random_below(54));
        unsigned scale = (unsigned)random_below(i % 2 ? 4 : 17);
        uint64_t n = 1 + (random_below(UINT64_MAX) >> (20 + random_below(44)));
        if (i % 5 == 0)
            n = (uint64_t)1 << random_below(30);
        if (i % 3 == 0)
            sum = -sum;
        bool good = crunch_quick_mean(sum, scale, n, text, &len);
        check(good, text, len, long_way(sum, scale, n, CRUNCH_VALUE_RATIO), &done);
    }
    cr_assert_gt(done, 20000);
}

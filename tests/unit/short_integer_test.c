/*
 * Integers of a few words against GMP's own ways: setting, digits, and zeros at the end; and the
 * limbs that digits are cut into.
 */
#include "core/decimal_limbs.h"
#include "core/short_integer.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 88172645463325252u;
static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Of up to `words` words, some of them near a power of 2 or of 10, of either sign; not zero. */
static void make(mpz_t z, unsigned words)
{
    mpz_set_ui(z, 0);
    for (unsigned i = 0, n = 1 + (unsigned)(next() % words); i < n; i++) {
        mpz_mul_2exp(z, z, 64);
        mpz_add_ui(z, z, next() >> next() % 64);
    }
    if (next() % 4 == 0)
        mpz_ui_pow_ui(z, next() % 2 ? 10 : 2, next() % (19 * words));
    if (next() % 4 == 0)
        mpz_sub_ui(z, z, 1);
    if (mpz_sgn(z) == 0)
        mpz_set_ui(z, 1);
    if (next() % 2)
        mpz_neg(z, z);
}

Test(short_integer, digits)
{
    mpz_t z;
    mpz_init(z);
    for (int round = 0; round < 20000; round++) {
        char out[CRUNCH_SHORT_DIGITS + 1];
        make(z, CRUNCH_SHORT_WORDS + 1);
        memset(out, '?', sizeof out);
        const size_t len = crunch_integer_digits(out, z);
        char *want = mpz_get_str(NULL, 10, z);
        if (mpz_size(z) > CRUNCH_SHORT_WORDS) {
            cr_assert_eq(len, 0);
            cr_assert_eq(out[0], '?');
        } else {
            const char *digits = want + (want[0] == '-');
            cr_assert_eq(len, strlen(digits), "%s", want);
            cr_assert_eq(memcmp(out, digits, len), 0, "%s", want);
            cr_assert_eq(out[len], '?');
        }
        free(want);
    }
    mpz_clear(z);
}

Test(short_integer, zeros_are_stripped)
{
    mpz_t z, want, ten;
    mpz_inits(z, want, (mpz_ptr)NULL);
    mpz_init_set_ui(ten, 10);
    for (int round = 0; round < 20000; round++) {
        make(z, 6);
        if (next() % 2)
            mpz_mul_ui(z, z, next() % 2 ? 100 : 100000000);
        const unsigned long n = mpz_remove(want, z, ten);
        cr_assert_eq(crunch_integer_strip(z), n);
        cr_assert_eq(mpz_cmp(z, want), 0);
    }
    mpz_clears(z, want, ten, (mpz_ptr)NULL);
}

Test(short_integer, set)
{
    mpz_t z, want;
    mpz_inits(z, want, (mpz_ptr)NULL);
    for (int round = 0; round < 1000; round++) {
        const int64_t high = (int64_t)next() >> next() % 64;
        const uint64_t low = next() >> next() % 64;
        crunch_integer_set(z, (__int128)((unsigned __int128)(uint64_t)high << 64 | low));
        mpz_set_si(want, high);
        mpz_mul_2exp(want, want, 64);
        mpz_add_ui(want, want, low);
        cr_assert_eq(mpz_cmp(z, want), 0);
    }
    crunch_integer_set(z, 0);
    cr_assert_eq(mpz_sgn(z), 0);
    mpz_clears(z, want, (mpz_ptr)NULL);
}

Test(short_integer, limbs_hold_the_digits)
{
    mpz_t z, sum;
    mpz_inits(z, sum, (mpz_ptr)NULL);
    for (int round = 0; round < 5000; round++) {
        char digits[CRUNCH_SHORT_DIGITS];
        uint64_t limb[CRUNCH_WIDE_LIMBS];
        uint32_t n;
        make(z, CRUNCH_SHORT_WORDS);
        crunch_integer_strip(z);
        const size_t len = crunch_integer_digits(digits, z);
        const struct crunch_wide wide = {
            .exponent = (int32_t)(next() % 200) - 150, .n_digits = (uint32_t)len, .digits = digits};
        const uint32_t first = crunch_limbs_cut(&wide, limb, &n);
        mpz_set_ui(sum, 0);
        for (uint32_t i = n; i-- > 0;) {
            cr_assert_lt(limb[i], CRUNCH_LIMB_BASE);
            mpz_mul_ui(sum, sum, CRUNCH_LIMB_BASE);
            mpz_add_ui(sum, sum, limb[i]);
        }
        /* limbs * 10^(18 first + LOWEST) = |z| * 10^exponent */
        const long zeros = wide.exponent - (long)CRUNCH_WIDE_LOWEST - 18 * (long)first;
        cr_assert(zeros >= 0 && zeros < 18);
        mpz_abs(z, z);
        for (long i = 0; i < zeros; i++)
            mpz_mul_ui(z, z, 10);
        cr_assert_eq(mpz_cmp(z, sum), 0);
    }
    mpz_clears(z, sum, (mpz_ptr)NULL);
}

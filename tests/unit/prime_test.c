/*
 * Primality: against a sieve, against the numbers that fool too few bases, and against GMP.
 */
#include "core/prime.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(prime, equals_a_sieve)
{
    enum { N = 300000 };
    unsigned char *composite = calloc(N, 1);
    composite[0] = composite[1] = 1;
    for (size_t i = 2; i * i < N; i++)
        for (size_t j = i * i; !composite[i] && j < N; j += i)
            composite[j] = 1;
    for (uint64_t i = 0; i < N; i++)
        cr_assert_eq(crunch_prime_u64(i), !composite[i], "%lu", i);
    free(composite);
}

/* The least numbers that pass with the first 1, 2, ... 12 primes as bases, squares of primes,
 * Carmichael numbers. */
Test(prime, numbers_that_fool_few_bases)
{
    static const uint64_t composites[] = {2047,
                                          1373653,
                                          25326001,
                                          3215031751,
                                          2152302898747,
                                          3474749660383,
                                          341550071728321,
                                          3825123056546413051,
                                          561,
                                          825265,
                                          9746347772161,
                                          3481,
                                          4294967291ULL * 4294967279ULL,
                                          18446744030759878681ULL, /* 4294967291^2 */
                                          UINT64_MAX};
    for (size_t i = 0; i < sizeof composites / sizeof *composites; i++)
        cr_expect(!crunch_prime_u64(composites[i]), "%lu", composites[i]);
    static const uint64_t primes[] = {3481 + 10, 4294967291, 2305843009213693951,
                                      9223372036854775783ULL, 18446744073709551557ULL};
    for (size_t i = 0; i < sizeof primes / sizeof *primes; i++)
        cr_expect(crunch_prime_u64(primes[i]), "%lu", primes[i]);
}

Test(prime, equals_gmp_on_random_numbers)
{
    gmp_randstate_t random;
    mpz_t n;
    gmp_randinit_default(random);
    mpz_init(n);
    for (int i = 0; i < 20000; i++) {
        mpz_urandomb(n, random, 2 + (mp_bitcnt_t)i % 79);
        mpz_setbit(n, 0);
        enum crunch_primality expected =
            mpz_probab_prime_p(n, 30) ? CRUNCH_PRIME : CRUNCH_COMPOSITE;
        cr_assert_eq(crunch_primality(n), expected, "%s", mpz_get_str(NULL, 10, n));
    }
    gmp_randclear(random);
    mpz_clear(n);
}

Test(prime, what_cannot_be_proved_is_told_apart)
{
    mpz_t n;
    mpz_init_set_si(n, -7);
    cr_expect_eq(crunch_primality(n), CRUNCH_COMPOSITE);
    mpz_set_str(n, "3317044064679887385961981", 10); /* composite, and passes with 13 bases */
    cr_expect_eq(crunch_primality(n), CRUNCH_COMPOSITE);
    mpz_sub_ui(n, n, 168); /* the last prime before it */
    mpz_nextprime(n, n);
    cr_expect_neq(crunch_primality(n), CRUNCH_COMPOSITE);
    mpz_set_ui(n, 1);
    mpz_mul_2exp(n, n, 127);
    mpz_sub_ui(n, n, 1);
    cr_expect_eq(crunch_primality(n), CRUNCH_UNDECIDED);
    mpz_add_ui(n, n, 6);
    cr_expect_eq(crunch_primality(n), CRUNCH_COMPOSITE);
    mpz_clear(n);
}

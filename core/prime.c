/*
 * Primality: division by small primes, then strong tests in Montgomery's form for 64 bits, by GMP
 * for more. Above what those decide, GMP's test of Baillie and PSW must not find a factor's trace
 * either: composites that pass with given bases are known, psi(13) itself for one.
 */
#include "core/prime.h"

#include <stddef.h>

typedef unsigned __int128 u128;

static const uint8_t small[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53};
#define N_SMALL (sizeof small / sizeof *small)
#define DIVIDED_OUT (59 * 59) /* below it, what no small prime divides is prime */

/* The first `bases` primes decide every n below `below`. */
static const struct {
    uint64_t below;
    unsigned bases;
} enough[] = {
    {2047, 1},          {1373653, 2},       {25326001, 3},        {3215031751, 4},
    {2152302898747, 5}, {3474749660383, 6}, {341550071728321, 7}, {3825123056546413051, 9},
    {UINT64_MAX, 12},
};
#define WIDE_BASES 13
static const char psi_13[] = "3317044064679887385961981";

/* Numbers modulo an odd n, kept times 2^64 (Montgomery 1985, "Modular multiplication without trial
 * division"). */
struct modulus {
    uint64_t n, minus_inverse; /* -1 / n modulo 2^64 */
};

static struct modulus modulus_of(uint64_t n)
{
    uint64_t inverse = n; /* good to 3 bits; each step doubles them */
    for (int i = 0; i < 5; i++)
        inverse *= 2 - n * inverse;
    return (struct modulus){n, -inverse};
}

/* a * b / 2^64, below n; a, b < n. */
static uint64_t multiply(const struct modulus *m, uint64_t a, uint64_t b)
{
    u128 product = (u128)a * b;
    uint64_t k = (uint64_t)product * m->minus_inverse;
    u128 multiple = (u128)k * m->n;
    /* The low words add up to 2^64, or are both 0. */
    u128 high = (product >> 64) + (multiple >> 64) + ((uint64_t)product != 0);
    return (uint64_t)(high >= m->n ? high - m->n : high);
}

/* base^exponent, base and the result times 2^64; one is 2^64 modulo n. */
static uint64_t power(const struct modulus *m, uint64_t base, uint64_t exponent, uint64_t one)
{
    uint64_t result = one;
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1)
            result = multiply(m, result, base);
        base = multiply(m, base, base);
    }
    return result;
}

/* Does n = 2^twos * odd + 1 pass the strong test with this base, 1 < base < n? */
static bool passes(const struct modulus *m, uint64_t one, uint64_t base, uint64_t odd, int twos)
{
    uint64_t minus_one = m->n - one;
    uint64_t x = power(m, (uint64_t)(((u128)base << 64) % m->n), odd, one);
    if (x == one || x == minus_one)
        return true;
    for (int i = 1; i < twos; i++) {
        x = multiply(m, x, x);
        if (x == minus_one)
            return true;
    }
    return false;
}

bool crunch_prime_u64(uint64_t n)
{
    for (size_t i = 0; i < N_SMALL; i++)
        if (n % small[i] == 0)
            return n == small[i];
    if (n < DIVIDED_OUT)
        return n > 1;
    struct modulus m = modulus_of(n);
    uint64_t one = -n % n; /* 2^64 modulo n */
    int twos = __builtin_ctzll(n - 1);
    unsigned bases = 0;
    for (size_t i = 0; bases == 0; i++)
        if (n < enough[i].below || i + 1 == sizeof enough / sizeof *enough)
            bases = enough[i].bases;
    for (unsigned i = 0; i < bases; i++)
        if (!passes(&m, one, small[i], (n - 1) >> twos, twos))
            return false;
    return true;
}

static bool passes_wide(const mpz_t n, unsigned long base)
{
    mpz_t odd, x, minus_one;
    mpz_inits(odd, x, minus_one, (mpz_ptr)NULL);
    mpz_sub_ui(minus_one, n, 1);
    mp_bitcnt_t twos = mpz_scan1(minus_one, 0);
    mpz_fdiv_q_2exp(odd, minus_one, twos);
    mpz_set_ui(x, base);
    mpz_powm(x, x, odd, n);
    bool passed = mpz_cmp_ui(x, 1) == 0 || mpz_cmp(x, minus_one) == 0;
    for (mp_bitcnt_t i = 1; i < twos && !passed; i++) {
        mpz_powm_ui(x, x, 2, n);
        passed = mpz_cmp(x, minus_one) == 0;
    }
    mpz_clears(odd, x, minus_one, (mpz_ptr)NULL);
    return passed;
}

enum crunch_primality crunch_primality(const mpz_t n)
{
    if (mpz_sgn(n) <= 0)
        return CRUNCH_COMPOSITE;
    if (mpz_fits_ulong_p(n))
        return crunch_prime_u64(mpz_get_ui(n)) ? CRUNCH_PRIME : CRUNCH_COMPOSITE;
    for (size_t i = 0; i < N_SMALL; i++)
        if (mpz_divisible_ui_p(n, small[i]))
            return CRUNCH_COMPOSITE;
    for (unsigned i = 0; i < WIDE_BASES; i++)
        if (!passes_wide(n, small[i]))
            return CRUNCH_COMPOSITE;
    mpz_t limit;
    mpz_init_set_str(limit, psi_13, 10);
    bool decided = mpz_cmp(n, limit) < 0;
    mpz_clear(limit);
    if (decided)
        return CRUNCH_PRIME;
    return mpz_probab_prime_p(n, 24) ? CRUNCH_UNDECIDED : CRUNCH_COMPOSITE;
}

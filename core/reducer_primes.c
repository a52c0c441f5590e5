/*
 * The reducer of primes: how many values are prime numbers. A value that is no integer is none.
 */
#include "core/decimal_limbs.h"
#include "core/prime.h"
#include "core/reducer.h"

#include <math.h>
#include <string.h>

struct primes {
    _Alignas(64) uint64_t primes;
    uint64_t undecided;
};

static size_t primes_size(enum crunch_arith arith)
{
    (void)arith;
    return sizeof(struct primes);
}

static void primes_reset(void *state, enum crunch_arith arith)
{
    (void)arith;
    memset(state, 0, sizeof(struct primes));
}

static uint64_t count_doubles(const double *x, size_t rows)
{
    uint64_t count = 0;
    for (size_t i = 0; i < rows; i++)
        /* Doubles from 2^53 on are even or larger multiples of two. */
        if (x[i] >= 2 && x[i] < 0x1p53 && floor(x[i]) == x[i])
            count += crunch_prime_u64((uint64_t)x[i]);
    return count;
}

/* Of m * 10^-scale; a scale above 18 leaves integers no digit. */
static uint64_t count_narrow(const int64_t *m, size_t rows, unsigned scale)
{
    uint64_t count = 0, unit = 1;
    if (scale > 18)
        return 0;
    for (unsigned i = 0; i < scale; i++)
        unit *= 10;
    for (size_t i = 0; i < rows; i++)
        if (m[i] > 0 && (scale == 0 || (uint64_t)m[i] % unit == 0))
            count += crunch_prime_u64((uint64_t)m[i] / unit);
    return count;
}

/* A wide number has no zeros at its end: it is an integer that ten does not divide when its last
 * digit is that of the ones. */
static void count_wide(struct primes *primes, const struct crunch_wide *wide)
{
    if (wide->negative || wide->exponent != 0)
        return;
    struct crunch_scaled value;
    mpz_init(value.mantissa);
    crunch_wide_to_scaled(wide, &value);
    enum crunch_primality primality = crunch_primality(value.mantissa);
    primes->primes += primality == CRUNCH_PRIME;
    primes->undecided += primality == CRUNCH_UNDECIDED;
    mpz_clear(value.mantissa);
}

static void primes_feed(void *state, enum crunch_arith arith, const struct crunch_cells *cells,
                        size_t rows)
{
    struct primes *primes = state;
    if (arith == CRUNCH_ARITH_BINARY) {
        primes->primes += count_doubles(cells->binary, rows);
        return;
    }
    primes->primes += count_narrow(cells->mantissa, rows, cells->common_scale);
    for (size_t i = 0; i < cells->n_wide; i++)
        count_wide(primes, &cells->wide[i]);
}

static void primes_merge(void *into, const void *from, enum crunch_arith arith)
{
    (void)arith;
    struct primes *to = into;
    const struct primes *other = from;
    to->primes += other->primes;
    to->undecided += other->undecided;
}

static void primes_extract(const void *state, enum crunch_arith arith, struct crunch_exact *exact)
{
    (void)arith;
    const struct primes *primes = state;
    exact->primes = primes->primes;
    exact->undecided = primes->undecided;
}

const struct crunch_reducer crunch_reducer_primes = {"primes",    primes_size,  primes_reset,
                                                     primes_feed, primes_merge, primes_extract};

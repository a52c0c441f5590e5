/*
 * Binary accumulators of powers, in plain C; the header has the layout and the proof of headroom.
 */
#include "core/superacc_power.h"

#include "core/limbs56.h"

#include <string.h>

/* A power as four words, least significant first, and where its lowest bit stands. */
struct raised {
    uint64_t word[5]; /* the last stays 0: room to read a window across the end */
    unsigned place;
    bool negative;
};

static struct raised raise(double x, unsigned power)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    unsigned e = (unsigned)(bits >> 52) & 0x7ff;
    uint64_t m = bits & ((UINT64_C(1) << 52) - 1);
    if (e != 0)
        m |= UINT64_C(1) << 52;
    struct raised out = {.word = {m}, .place = power * (e == 0 ? 0 : e - 1)};
    out.negative = bits >> 63 && power == 3;
    for (unsigned k = 1; k < power; k++) {
        unsigned __int128 carry = 0;
        for (int i = 0; i < 4; i++) {
            carry += (unsigned __int128)out.word[i] * m;
            out.word[i] = (uint64_t)carry;
            carry >>= 64;
        }
    }
    return out;
}

void crunch_superacc_power_add(struct crunch_superacc_power *sum, const double *x, size_t n,
                               unsigned power)
{
    for (size_t i = 0; i < n; i++) {
        struct raised r = raise(x[i], power);
        crunch_limbs56_add(sum->limb, r.word, 212, r.place, r.negative);
    }
}

void crunch_superacc_power_reset(struct crunch_superacc_power *sum)
{
    memset(sum, 0, sizeof *sum);
}

void crunch_superacc_power_merge(struct crunch_superacc_power *into,
                                 const struct crunch_superacc_power *from)
{
    for (size_t j = 0; j < CRUNCH_SUPERACC_POWER_LIMBS; j++)
        into->limb[j] += from->limb[j];
}

void crunch_superacc_power_extract(const struct crunch_superacc_power *sum, unsigned power,
                                   struct crunch_scaled *out)
{
    mpz_t total;
    mpz_init(total);
    crunch_limbs56_total(total, sum->limb, CRUNCH_SUPERACC_POWER_LIMBS);
    crunch_scaled_add(out, total, -1074L * (long)power, CRUNCH_ARITH_BINARY);
    mpz_clear(total);
}

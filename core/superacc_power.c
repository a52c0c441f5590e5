/*
 * Binary accumulators of powers, in plain C; the header has the layout and the proof of headroom.
 */
#include "core/superacc_power.h"

#include "core/limbs.h"

#include <string.h>

#define LIMB_BITS 56

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

/* Bits [from, from + 56) of word[0..5); from may be negative: zeros below. */
static uint64_t window(const uint64_t *word, int from)
{
    const uint64_t mask = (UINT64_C(1) << LIMB_BITS) - 1;
    if (from < 0)
        return word[0] << -from & mask;
    unsigned i = (unsigned)from / 64, shift = (unsigned)from % 64;
    uint64_t low = word[i] >> shift;
    uint64_t high = shift > 64 - LIMB_BITS ? word[i + 1] << (64 - shift) : 0;
    return (low | high) & mask;
}

void crunch_superacc_power_add(struct crunch_superacc_power *sum, const double *x, size_t n,
                               unsigned power)
{
    for (size_t i = 0; i < n; i++) {
        struct raised r = raise(x[i], power);
        unsigned j = r.place / LIMB_BITS;
        int from = -(int)(r.place % LIMB_BITS);
        for (; from < 212; from += LIMB_BITS, j++) {
            int64_t term = (int64_t)window(r.word, from);
            if (term != 0)
                sum->limb[j] += r.negative ? -term : term;
        }
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
    for (size_t j = CRUNCH_SUPERACC_POWER_LIMBS; j > 0; j--) {
        mpz_mul_2exp(total, total, LIMB_BITS);
        crunch_mpz_add_i128(total, sum->limb[j - 1]);
    }
    crunch_scaled_add(out, total, -1074L * (long)power, CRUNCH_ARITH_BINARY);
    mpz_clear(total);
}

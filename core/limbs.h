/*
 * Small things that the accumulators share: 128-bit integers into GMP's, and the barrier that keeps
 * the compiler from moving a write over a mark.
 *
 * A compiler barrier is all that a kill needs: a process dies between two instructions, and what it
 * stored before, in program order, is in the shared memory.
 */
#ifndef CRUNCH_CORE_LIMBS_H
#define CRUNCH_CORE_LIMBS_H

#include <gmp.h>
#include <stdatomic.h>
#include <stdint.h>

static inline void crunch_compiler_barrier(void)
{
    atomic_signal_fence(memory_order_seq_cst);
}

/* total += x. unsigned long has 64 bits on every system crunch runs on (LP64). */
static inline void crunch_mpz_add_u128(mpz_t total, unsigned __int128 x)
{
    mpz_t term;
    uint64_t word[2] = {(uint64_t)x, (uint64_t)(x >> 64)};
    mpz_init(term);
    mpz_import(term, 2, -1, sizeof word[0], 0, 0, word);
    mpz_add(total, total, term);
    mpz_clear(term);
}

static inline void crunch_mpz_add_i128(mpz_t total, __int128 x)
{
    if (x >= 0) {
        crunch_mpz_add_u128(total, (unsigned __int128)x);
        return;
    }
    mpz_neg(total, total);
    crunch_mpz_add_u128(total, -(unsigned __int128)x);
    mpz_neg(total, total);
}

#endif

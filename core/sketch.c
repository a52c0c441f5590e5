/*
 * Sketches: their set of hashes, their registers, and the estimate.
 *
 * Invariant: dense exactly when more than CRUNCH_SKETCH_EXACT distinct hashes were added, so that
 * the content is a function of the set.
 */
#include "core/sketch.h"

#include <gmp.h>
#include <string.h>

#define MAX_RANK (64 - CRUNCH_SKETCH_BITS + 1)

void crunch_sketch_clear(struct crunch_sketch *sketch)
{
    if (sketch->dense || sketch->n > 0)
        memset(sketch, 0, sizeof *sketch);
}

static void make_dense(struct crunch_sketch *sketch)
{
    uint64_t hash[CRUNCH_SKETCH_SLOTS];
    memcpy(hash, sketch->hash, sizeof hash);
    memset(sketch, 0, sizeof *sketch);
    sketch->dense = 1;
    for (unsigned i = 0; i < CRUNCH_SKETCH_SLOTS; i++)
        if (hash[i] != 0)
            crunch_sketch_add(sketch, hash[i]);
}

void crunch_sketch_add_sparse(struct crunch_sketch *sketch, uint64_t hash)
{
    unsigned at = (unsigned)hash % CRUNCH_SKETCH_SLOTS;
    for (; sketch->hash[at] != 0; at = (at + 1) % CRUNCH_SKETCH_SLOTS)
        if (sketch->hash[at] == hash)
            return;
    if (sketch->n == CRUNCH_SKETCH_EXACT) {
        make_dense(sketch);
        crunch_sketch_add(sketch, hash);
        return;
    }
    sketch->hash[at] = hash;
    sketch->n++;
}

void crunch_sketch_merge(struct crunch_sketch *into, const struct crunch_sketch *from)
{
    if (!from->dense) {
        for (unsigned i = 0; i < CRUNCH_SKETCH_SLOTS && from->n > 0; i++)
            if (from->hash[i] != 0)
                crunch_sketch_add(into, from->hash[i]);
        return;
    }
    if (!into->dense)
        make_dense(into);
    for (unsigned i = 0; i < CRUNCH_SKETCH_REGISTERS; i++)
        if (from->register_[i] > into->register_[i])
            into->register_[i] = from->register_[i];
}

/* ---- the estimate, in integers that stand for multiples of 2^-FRACTION ---- */

#define FRACTION 256

/* 1 / (2 ln 2), 60 digits. */
static const char alpha_digits[] = "721347520444481703679962340500946068713322977076492967067725";
#define ALPHA_DECIMALS 60

/* out = sigma(empty / m) = x + sum of x^(2^k) 2^(k-1), k >= 1; x < 1. */
static void sigma(mpz_t out, unsigned long empty)
{
    mpz_t x, term;
    mpz_inits(x, term, (mpz_ptr)NULL);
    mpz_set_ui(x, empty);
    mpz_mul_2exp(x, x, FRACTION - CRUNCH_SKETCH_BITS);
    mpz_set(out, x);
    for (unsigned long k = 1; mpz_sgn(x) != 0; k++) {
        mpz_mul(x, x, x);
        mpz_fdiv_q_2exp(x, x, FRACTION);
        mpz_mul_2exp(term, x, k - 1);
        mpz_add(out, out, term);
    }
    mpz_clears(x, term, (mpz_ptr)NULL);
}

/* out = tau(below / m) = (1 - x - sum of (1 - x^(2^-k))^2 2^-k, k >= 1) / 3. */
static void tau(mpz_t out, unsigned long below)
{
    mpz_t x, one, term;
    mpz_set_ui(out, 0);
    if (below == 0 || below == CRUNCH_SKETCH_REGISTERS)
        return;
    mpz_inits(x, one, term, (mpz_ptr)NULL);
    mpz_setbit(one, FRACTION);
    mpz_set_ui(x, below);
    mpz_mul_2exp(x, x, FRACTION - CRUNCH_SKETCH_BITS);
    mpz_sub(out, one, x);
    for (unsigned long k = 1;; k++) {
        mpz_mul_2exp(x, x, FRACTION);
        mpz_sqrt(x, x);
        mpz_sub(term, one, x);
        mpz_mul(term, term, term);
        mpz_fdiv_q_2exp(term, term, FRACTION + k);
        if (mpz_sgn(term) == 0)
            break;
        mpz_sub(out, out, term);
    }
    mpz_fdiv_q_ui(out, out, 3);
    mpz_clears(x, one, term, (mpz_ptr)NULL);
}

uint64_t crunch_sketch_estimate(const struct crunch_sketch *sketch)
{
    if (!sketch->dense)
        return sketch->n;
    unsigned long with_rank[MAX_RANK + 1] = {0};
    for (unsigned i = 0; i < CRUNCH_SKETCH_REGISTERS; i++)
        with_rank[sketch->register_[i]]++;
    mpz_t z, term, scale;
    mpz_inits(z, term, scale, (mpz_ptr)NULL);
    tau(z, CRUNCH_SKETCH_REGISTERS - with_rank[MAX_RANK]);
    mpz_mul_2exp(z, z, CRUNCH_SKETCH_BITS);
    for (int rank = MAX_RANK - 1; rank >= 1; rank--) {
        mpz_set_ui(term, with_rank[rank]);
        mpz_mul_2exp(term, term, FRACTION);
        mpz_add(z, z, term);
        mpz_fdiv_q_2exp(z, z, 1);
    }
    sigma(term, with_rank[0]);
    mpz_mul_2exp(term, term, CRUNCH_SKETCH_BITS);
    mpz_add(z, z, term);
    /* alpha m^2 / z, to the nearest */
    mpz_set_str(term, alpha_digits, 10);
    mpz_mul_2exp(term, term, 2 * CRUNCH_SKETCH_BITS + FRACTION + 1);
    mpz_ui_pow_ui(scale, 10, ALPHA_DECIMALS);
    mpz_mul(z, z, scale);
    mpz_fdiv_q(term, term, z);
    mpz_add_ui(term, term, 1);
    mpz_fdiv_q_2exp(term, term, 1);
    uint64_t estimate = mpz_get_ui(term);
    mpz_clears(z, term, scale, (mpz_ptr)NULL);
    return estimate;
}

/*
 * Sketches: how many distinct values there are, within a stated error, in 16 KiB.
 *
 * A sketch is HyperLogLog (Flajolet, Fusy, Gandouet and Meunier 2007) with 2^14 registers over
 * 64-bit hashes, read with the improved estimator of Ertl (2017, "New cardinality estimation
 * algorithms for HyperLogLog sketches", section 4): a relative standard error of 1.04 / sqrt(2^14),
 * 0.81 %, at any size. As long as there are at most CRUNCH_SKETCH_EXACT distinct hashes it keeps
 * the hashes themselves, and counts exactly.
 *
 * The hash is fixed (that of core/hash_table.h with CRUNCH_SKETCH_SEED, of a text, or of a number's
 * key in core/value_key.h), and what a sketch holds depends on the set of values alone: so the
 * estimate is the same on any number of workers and in any order.
 */
#ifndef CRUNCH_CORE_SKETCH_H
#define CRUNCH_CORE_SKETCH_H

#include <stdbool.h>
#include <stdint.h>

#define CRUNCH_SKETCH_SEED UINT64_C(0)
#define CRUNCH_SKETCH_BITS 14
#define CRUNCH_SKETCH_REGISTERS (1u << CRUNCH_SKETCH_BITS)
#define CRUNCH_SKETCH_SLOTS (CRUNCH_SKETCH_REGISTERS / sizeof(uint64_t))
#define CRUNCH_SKETCH_EXACT 1536u /* three quarters of the slots */

struct crunch_sketch {
    uint32_t dense; /* 1: registers, else hashes */
    uint32_t n;     /* hashes */
    union {
        uint64_t
            hash[CRUNCH_SKETCH_SLOTS]; /* open addressing; 0: free (a hash of 0 is taken for 1) */
        uint8_t register_[CRUNCH_SKETCH_REGISTERS]; /* greatest rank seen, 0: none */
    };
};

void crunch_sketch_clear(struct crunch_sketch *sketch);
/* For crunch_sketch_add; hash is not 0. */
void crunch_sketch_add_sparse(struct crunch_sketch *sketch, uint64_t hash);

/* Adds a value by its hash. */
static inline void crunch_sketch_add(struct crunch_sketch *sketch, uint64_t hash)
{
    hash += hash == 0;
    if (!sketch->dense) {
        crunch_sketch_add_sparse(sketch, hash);
        return;
    }
    /* The highest bits name the register; the rank of the rest is the place of its first 1. */
    uint8_t *r = &sketch->register_[hash >> (64 - CRUNCH_SKETCH_BITS)];
    uint64_t rest = hash << CRUNCH_SKETCH_BITS | UINT64_C(1) << (CRUNCH_SKETCH_BITS - 1);
    uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1);
    if (rank > *r)
        *r = rank;
}

/* into += from. Associative, commutative; an empty sketch is the identity. */
void crunch_sketch_merge(struct crunch_sketch *into, const struct crunch_sketch *from);

/* The estimate: exact without registers, else rounded to the nearest integer. Worked out in
 * integers of fixed point, so that it is the same everywhere. */
uint64_t crunch_sketch_estimate(const struct crunch_sketch *sketch);

#endif

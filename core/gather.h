/*
 * Values of a column gathered in memory, to be put in order: integers of one scale (or ranks of
 * doubles) where they can be, else digits.
 */
#ifndef CRUNCH_CORE_GATHER_H
#define CRUNCH_CORE_GATHER_H

#include "core/order_pass.h"

struct crunch_gathered {
    enum crunch_arith arith;
    bool narrow; /* value[i] * 10^-scale, or the double of that rank; else digits[i] */
    int64_t *value;
    uint8_t scale; /* of all */
    struct crunch_digits *digits;
    size_t n;
    char *text; /* of the digits */
};

/* Bytes that values kept in blocks may take in memory, an upper bound. Pure. */
uint64_t crunch_gather_bytes(const struct crunch_found *found);

/* Loads what was kept in n_found intervals of the same logs. Errors: CRUNCH_NO_MEMORY, CRUNCH_IO.
 */
enum crunch_code crunch_gather(struct crunch_gathered *out, enum crunch_arith arith,
                               const struct crunch_logs *logs,
                               const struct crunch_found *const *found, size_t n_found,
                               struct crunch_error *error);
void crunch_gathered_free(struct crunch_gathered *gathered); /* a zeroed object is fine */

/* Rearranges them so that the values at positions k[0..n_k), ascending, are those of the sorted
 * array. */
void crunch_gathered_select(struct crunch_gathered *gathered, const size_t *k, size_t n_k);
/* Sorts them. CRUNCH_NO_MEMORY or CRUNCH_OK. */
enum crunch_code crunch_gathered_sort(struct crunch_gathered *gathered);

/* Sets *out, initialised, to value i. */
void crunch_gathered_get(const struct crunch_gathered *gathered, size_t i,
                         struct crunch_scaled *out);

/* From cells: narrow ones (in binary arithmetic ranks of doubles) and wide ones, whose digits are
 * copied. False: out of memory. */
bool crunch_gather_values(struct crunch_gathered *out, enum crunch_arith arith,
                          const int64_t *value, const uint8_t *scale, size_t n,
                          const struct crunch_wide *wide, size_t n_wide);

/* *out = the k-th smallest (k >= 1) of the distances from the median of values below it and of
 * values not below it, both sorted. */
void crunch_gathered_kth_distance(const struct crunch_gathered *low,
                                  const struct crunch_gathered *high,
                                  const struct crunch_scaled *median, uint64_t k,
                                  struct crunch_scaled *out);
/* The same of sorted values on both sides. */
void crunch_gathered_distance(const struct crunch_gathered *values,
                              const struct crunch_scaled *median, uint64_t k,
                              struct crunch_scaled *out);

/* *into = (*into + other) / 2. */
void crunch_scaled_halfway(struct crunch_scaled *into, const struct crunch_scaled *other,
                           enum crunch_arith arith);

#endif

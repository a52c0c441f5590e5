/*
 * Samples of a column's values, and from them brackets: short intervals that very likely contain
 * the values of wanted ranks. Nothing exact rests on a sample; a bad one costs time.
 */
#ifndef CRUNCH_CORE_ORDER_SAMPLE_H
#define CRUNCH_CORE_ORDER_SAMPLE_H

#include "core/job.h"
#include "core/order_pass.h"

/* Values as integers in their order: units of 10^-scale, or (ranks) ranks of doubles, which in
 * decimal arithmetic are only near the values. piece says which were read together: neighbours in
 * a file are often alike, and a sample of them says less than its size. */
struct crunch_order_sample {
    enum crunch_arith arith;
    bool ranks;
    uint8_t scale;
    int64_t *value; /* owned, as is piece */
    uint32_t *piece;
    size_t n;
    uint32_t n_pieces;
};
void crunch_order_sample_free(struct crunch_order_sample *sample); /* a zeroed object is fine */

/* Reads pieces, evenly spread over the plan's source (a regular file that is not packed), and takes
 * the values of n slots: sample[i] of slot[i]. Bad data is passed over. */
enum crunch_code crunch_order_sample_file(struct crunch_order_sample *sample, const size_t *slot,
                                          size_t n, const struct crunch_plan *plan,
                                          struct crunch_source *source, struct crunch_error *error);

/* Takes about `wanted` values of those kept in n_found intervals. */
enum crunch_code crunch_order_sample_kept(struct crunch_order_sample *sample,
                                          enum crunch_arith arith, const struct crunch_logs *logs,
                                          const struct crunch_found *const *found, size_t n_found,
                                          size_t wanted, struct crunch_error *error);

/* The sample of |x - median|. */
enum crunch_code crunch_order_sample_deviations(struct crunch_order_sample *out,
                                                const struct crunch_order_sample *sample,
                                                const struct crunch_scaled *median,
                                                struct crunch_error *error);

/* An interval between values of a sample. A point holds one value only. */
struct crunch_bracket {
    struct crunch_bound low, high;
    bool point;
};

struct crunch_brackets {
    struct crunch_bracket *item; /* ascending, disjoint; owned */
    size_t n, size;
};
void crunch_brackets_free(struct crunch_brackets *brackets); /* a zeroed object is fine */
/* Adds a bracket, all numbers, to be narrowed by the caller. NULL: out of memory. */
struct crunch_bracket *crunch_brackets_add(struct crunch_brackets *brackets);

/* Adds brackets around the sample's values of position at[0..n_at) (ascending, from 0). Where some
 * value is frequent within one it becomes a point between two others. The sample has values. */
enum crunch_code crunch_brackets_choose(struct crunch_brackets *brackets,
                                        const struct crunch_order_sample *sample, const size_t *at,
                                        size_t n_at, struct crunch_error *error);

#endif

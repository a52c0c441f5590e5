/*
 * Order statistics of a column: what is asked of it (ranks) and what was found (values by rank).
 *
 * Ranks count from 1. Where infinities are among the values, -inf comes first and inf last; what
 * was found holds finite values only, ranked among the finite ones. Missing cells and nan have no
 * rank.
 */
#ifndef CRUNCH_CORE_ORDER_H
#define CRUNCH_CORE_ORDER_H

#include "core/exact.h"
#include "core/op.h"

/* Ranks that are asked for; may hold one twice. */
struct crunch_ranks {
    uint64_t *rank; /* owned */
    size_t n, size;
    bool no_memory; /* one could not be added */
};

void crunch_ranks_add(struct crunch_ranks *ranks, uint64_t rank);
/* Ascending, each once. */
void crunch_ranks_sort(struct crunch_ranks *ranks);
void crunch_ranks_free(struct crunch_ranks *ranks); /* a zeroed object is fine */

/* What an operation needs of the values in order. */
struct crunch_order_need {
    bool deviations; /* of |x - median|: the ranks of the median */
    bool trimmed;    /* the sum of what --trim leaves */
    /* Adds the ranks that it wants of n >= 1 values, infinities included. */
    void (*ranks)(const struct crunch_op_options *options, uint64_t n, struct crunch_ranks *out);
};

/* NULL: op needs nothing of the kind. Pure. */
const struct crunch_order_need *crunch_order_need(const struct crunch_op *op);

/* Reads digits with at most one point among or around them, at most 15 digits. Pure. */
bool crunch_fraction_parse(const char *text, size_t len, struct crunch_fraction *out);
/* Reads the name of a quantile: p or q and a number of percent, 0 to 100. Pure. */
bool crunch_quantile_parse(const char *name, size_t len, struct crunch_fraction *at);

/* The ranks of the median of n >= 1 values: one, or the two in the middle. */
void crunch_ranks_of_median(uint64_t n, struct crunch_ranks *out);
/* How many of n values --trim cuts off at each end: floor(n * trim). */
uint64_t crunch_trim_count(const struct crunch_op_options *options, uint64_t n);

/* A place among n values for a quantile: the value of that rank, moved by weight towards the next.
 * Hyndman and Fan (1996), "Sample quantiles in statistical packages", definitions 1 to 9; exact. */
struct crunch_place {
    uint64_t rank; /* 1..n */
    mpq_t weight;  /* initialised; 0 <= weight < 1, and 0 where rank is n */
};
/* at: 0..1. type: 1..9. n >= 1. Pure. */
void crunch_quantile_place(unsigned type, struct crunch_fraction at, uint64_t n,
                           struct crunch_place *place);

/* ---- what was found ---- */

struct crunch_ranked {
    uint64_t rank; /* among the finite values */
    struct crunch_scaled value;
};

struct crunch_ranked_list {
    struct crunch_ranked *item; /* ascending ranks; owned */
    size_t n;
};

struct crunch_ordered {
    enum crunch_arith arith;
    struct crunch_ranked_list values;
    struct crunch_ranked_list deviations; /* |x - median| of the finite values */
    bool has_trimmed;
    struct crunch_scaled trimmed; /* sum of the finite values that --trim leaves */
};

void crunch_ordered_init(struct crunch_ordered *ordered, enum crunch_arith arith);
void crunch_ordered_clear(struct crunch_ordered *ordered); /* a zeroed object is fine */

/* Makes room for ranks (sorted): each an item with value 0. False: out of memory. */
bool crunch_ranked_list_make(struct crunch_ranked_list *list, const struct crunch_ranks *ranks);
/* NULL if the rank is not there. */
const struct crunch_scaled *crunch_ranked_find(const struct crunch_ranked_list *list,
                                               uint64_t rank);

/* The ranks that the ops want of a column with these counts, among the finite values, sorted: of
 * the values, and (of ops that need deviations, where the median is finite) of the deviations. */
void crunch_order_wanted(const struct crunch_op *const *ops, size_t n_ops,
                         const struct crunch_op_options *options, const struct crunch_exact *counts,
                         struct crunch_ranks *values, struct crunch_ranks *deviations);

/* The finite ranks that --trim leaves, [*first, *last]. False: none are asked for, none is left, or
 * an infinity is among what is left, so that there is nothing to sum. */
bool crunch_order_trim_range(const struct crunch_op *const *ops, size_t n_ops,
                             const struct crunch_op_options *options,
                             const struct crunch_exact *counts, uint64_t *first, uint64_t *last);

#endif

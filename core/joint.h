/*
 * The exact content of the joint states of a set of columns: sums and sums of products over the
 * rows in which every column of the set has a finite number (the others are left out: pairwise
 * deletion for a set of two, listwise for more). What covariances, correlations, regressions and
 * weighted means are finished from, what verify compares, and what groups merge.
 *
 * By value, as struct crunch_exact is: the canonical encoding
 *     rows=3 nan=0 +inf=0 -inf=0 unweighted=0 sum1=6e0 sum2=75e-1 product1.1=14e0 product1.2=...
 * is equal exactly when the contents are.
 */
#ifndef CRUNCH_CORE_JOINT_H
#define CRUNCH_CORE_JOINT_H

#include "core/exact.h"

struct crunch_joint {
    size_t k;                 /* columns, >= 2 */
    enum crunch_arith *arith; /* k; owned, as all below */
    bool squares;             /* products i.i are known too, not only those of two columns */
    uint64_t rows;            /* in which all columns are finite numbers */
    /* Rows without a missing cell, but with a nan or an infinity. In a set of two they are told
     * apart by what the product x * y is in IEEE arithmetic, else all are nan. */
    uint64_t nan, plus_inf, minus_inf;
    uint64_t unweighted; /* of them, those whose last column is not finite */
    /* k, base by arith[i]. Where crunch_joint_weighs, that of the last column includes its finite
     * numbers beside a nan or an infinity of the first: what an infinity weighs. */
    struct crunch_scaled *sum;
    struct crunch_scaled *product; /* of i <= j at crunch_joint_at(i, j); base by cross_arith */
};

/* The arithmetic of a sum of products of two columns: binary if both are. */
static inline enum crunch_arith crunch_cross_arith(enum crunch_arith x, enum crunch_arith y)
{
    return x == CRUNCH_ARITH_BINARY && y == CRUNCH_ARITH_BINARY ? CRUNCH_ARITH_BINARY
                                                                : CRUNCH_ARITH_DECIMAL;
}

/* Where the products of columns i and j stand; i <= j. */
static inline size_t crunch_joint_at(size_t i, size_t j)
{
    return j * (j + 1) / 2 + i;
}

static inline bool crunch_joint_weighs(size_t k, bool squares)
{
    return k == 2 && !squares;
}

/* No rows. arith (k of them) is copied. CRUNCH_NO_MEMORY or CRUNCH_OK; to be cleared in both
 * cases. */
enum crunch_code crunch_joint_init(struct crunch_joint *joint, size_t k,
                                   const enum crunch_arith *arith, bool squares);
void crunch_joint_clear(struct crunch_joint *joint);

/* into += from, of the same shape; not the same object. Associative and commutative, and a fresh
 * joint is the identity. */
void crunch_joint_merge(struct crunch_joint *into, const struct crunch_joint *from);

/* The canonical encoding, malloc'd; NULL when out of memory. */
char *crunch_joint_encode(const struct crunch_joint *joint);

/* Sums as exact rationals. */
void crunch_joint_sum(mpq_t out, const struct crunch_joint *joint, size_t i);
void crunch_joint_product(mpq_t out, const struct crunch_joint *joint, size_t i, size_t j);

/* A row that has no missing cell and is not finite, in a set of two: +1, -1 for a product of inf or
 * -inf, 0 for nan. Signs are -1, 0, 1 of the finite numbers or infinities. */
static inline int crunch_joint_special(bool x_nan, int x_sign, bool y_nan, int y_sign)
{
    return x_nan || y_nan ? 0 : x_sign * y_sign; /* 0 * inf is nan */
}

#endif

/*
 * The operations: one table row each, in the file of its family. Parsing, help, completions, the
 * man page and the test matrix come from the row. To add one, add a row; when it needs something
 * that no reducer accumulates, add a reducer first.
 */
#ifndef CRUNCH_CORE_OP_H
#define CRUNCH_CORE_OP_H

#include "core/exact.h"
#include "core/value.h"

enum crunch_domain {
    CRUNCH_DOMAIN_NUMBER,
    CRUNCH_DOMAIN_TEXT, /* the text of cells; numbers with --numeric */
    CRUNCH_DOMAIN_ANY
};

/* num / den, in lowest terms or not; den > 0. */
struct crunch_fraction {
    unsigned long num, den;
};

enum crunch_corr_method { CRUNCH_CORR_PEARSON, CRUNCH_CORR_SPEARMAN };

struct crunch_op_options {
    bool population;        /* var, sd: divide by n instead of n - 1; skew, kurt: no correction */
    bool numeric;           /* distinct, freq, top: by value, not by text */
    uint64_t limit;         /* top: so many values */
    bool no_intercept;      /* linreg: through the origin */
    uint64_t degree;        /* linreg: of a polynomial of one predictor; 0: none asked for */
    bool matrix;            /* corr, cov: results as a matrix of the columns */
    int method;             /* corr: enum crunch_corr_method */
    bool approx;            /* distinct: from a sketch */
    uint64_t bins;          /* hist: so many equal ones, ... */
    const char *edges;      /* ... or between these; NULL: equal bins */
    unsigned quantile_type; /* 1..9: Hyndman and Fan's definition */
    struct crunch_fraction trim; /* of the values, cut off at each end: 0..1/2 */
    struct crunch_fraction at;   /* the op's own parameter, see crunch_op_finish */
};

struct crunch_op {
    const char *name;
    const char *help;   /* a line: what it gives */
    const char *detail; /* formula, what happens without values and with one, how it is rounded */
    enum crunch_domain domain;
    unsigned needs; /* CRUNCH_BIT()s of the reducers it reads */
    /* Sets *value (initialised) from *exact. Pure. Called through crunch_op_finish. NULL: the op
     * gives a table of its own. */
    void (*finish)(const struct crunch_exact *exact, const struct crunch_op_options *options,
                   struct crunch_value *value);
    struct crunch_fraction at; /* of an op with a parameter (p99.9): 999 / 1000 */
    bool symmetric;            /* of a pair: the same both ways, so that it can stand in a matrix */
};

/* Families of ops: a file each (core/op_FAMILY.c), in the order of the help. */
struct crunch_op_family {
    const char *title;
    const struct crunch_op *ops;
    size_t n;
};
extern const struct crunch_op_family crunch_ops_basic, crunch_ops_moments, crunch_ops_means,
    crunch_ops_count, crunch_ops_place, crunch_ops_pairs, crunch_ops_order, crunch_ops_weighted;

/* Op i of all families, from 0; NULL behind the last. */
const struct crunch_op *crunch_op_at(size_t i);
/* NULL when there is none of that name (len bytes). */
const struct crunch_op *crunch_op_find(const char *name, size_t len);

/* Sets *value (initialised) to op's result on *exact. Pure. */
void crunch_op_finish(const struct crunch_op *op, const struct crunch_exact *exact,
                      const struct crunch_op_options *options, struct crunch_value *value);

#endif

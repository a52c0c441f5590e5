/*
 * The operations: one table row each. Parsing, help, completions, the man page and the test matrix
 * come from the row. To add one, add a row; when it needs something that no reducer accumulates,
 * add a reducer first.
 */
#ifndef CRUNCH_CORE_OP_H
#define CRUNCH_CORE_OP_H

#include "core/exact.h"
#include "core/value.h"

enum crunch_domain { CRUNCH_DOMAIN_NUMBER, CRUNCH_DOMAIN_ANY };

struct crunch_op_options {
    bool population; /* var, sd: divide by n instead of n - 1 */
};

struct crunch_op {
    const char *name;
    const char *help;   /* a line: what it gives */
    const char *detail; /* formula, what happens without values and with one, how it is rounded */
    enum crunch_domain domain;
    unsigned needs; /* CRUNCH_BIT()s of the reducers it reads */
    /* Sets *value (initialised) from *exact. Pure. */
    void (*finish)(const struct crunch_exact *exact, const struct crunch_op_options *options,
                   struct crunch_value *value);
};

/* The ops, in the order of the help; *n is set to how many. */
const struct crunch_op *crunch_ops(size_t *n);
/* NULL when there is none of that name (len bytes). */
const struct crunch_op *crunch_op_find(const char *name, size_t len);

#endif

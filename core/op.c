/*
 * The registry of operations: the families, one after another. An operation itself is a row of its
 * family's file.
 */
#include "core/op.h"

#include <string.h>

static const struct crunch_op_family *const families[] = {
    &crunch_ops_basic, &crunch_ops_moments, &crunch_ops_means, &crunch_ops_count,
    &crunch_ops_place, &crunch_ops_pairs,   &crunch_ops_order, &crunch_ops_weighted};
#define N_FAMILIES (sizeof families / sizeof *families)

const struct crunch_op *crunch_op_at(size_t i)
{
    for (size_t f = 0; f < N_FAMILIES; f++) {
        if (i < families[f]->n)
            return &families[f]->ops[i];
        i -= families[f]->n;
    }
    return NULL;
}

const struct crunch_op *crunch_op_find(const char *name, size_t len)
{
    const struct crunch_op *op;
    for (size_t i = 0; (op = crunch_op_at(i)) != NULL; i++)
        if (strlen(op->name) == len && memcmp(op->name, name, len) == 0)
            return op;
    return NULL;
}

void crunch_op_finish(const struct crunch_op *op, const struct crunch_exact *exact,
                      const struct crunch_op_options *options, struct crunch_value *value)
{
    struct crunch_op_options own = *options;
    own.at = op->at;
    op->finish(exact, &own, value);
}

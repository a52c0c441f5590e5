/*
 * From ops to sets of columns. What a set accumulates is core/joint_set.h's.
 */
#include "core/plan_sets.h"

#include <stdlib.h>
#include <string.h>

unsigned crunch_joint_needs(const struct crunch_job *job)
{
    unsigned needs = 0;
    for (size_t i = 0; i < job->n_ops; i++)
        needs |= job->ops[i]->needs & CRUNCH_NEEDS_JOINT;
    return needs;
}

/* --matrix and --degree have ops of their own. */
static enum crunch_code check_forms(const struct crunch_job *job, size_t n,
                                    struct crunch_error *error)
{
    const struct crunch_op *op = job->ops[0];
    if (job->op_options.matrix && (job->n_ops > 1 || !op->symmetric)) {
        crunch_fail(error, CRUNCH_USAGE, "--matrix is for one of corr, cov, r2 and pairs");
        return CRUNCH_USAGE;
    }
    if (job->op_options.matrix && crunch_job_groups(job)) {
        crunch_fail(error, CRUNCH_USAGE, "--matrix is not for groups: each is one row");
        return CRUNCH_USAGE;
    }
    if (job->op_options.degree == 0)
        return CRUNCH_OK;
    if (job->n_ops > 1 || !(op->needs & CRUNCH_NEEDS_MODEL))
        return crunch_fail(error, CRUNCH_USAGE, "--degree is for linreg, not for %s", op->name);
    if (n == 2)
        return CRUNCH_OK;
    crunch_fail(error, CRUNCH_USAGE, "--degree takes one predictor and what it predicts");
    crunch_hint(error, "choose two columns, as in -c x,y");
    return CRUNCH_USAGE;
}

enum crunch_code crunch_check_joint_needs(const struct crunch_job *job, size_t n,
                                          struct crunch_error *error)
{
    unsigned all = crunch_joint_needs(job);
    if (all & CRUNCH_NEEDS_WEIGHT && job->weight == NULL) {
        crunch_fail(error, CRUNCH_USAGE, "a weighted operation needs weights");
        crunch_hint(error, "name their column: --weight COLUMN");
        return CRUNCH_USAGE;
    }
    if (job->weight != NULL && !(all & CRUNCH_NEEDS_WEIGHT)) {
        crunch_fail(error, CRUNCH_USAGE, "--weight is for wsum and wmean");
        return CRUNCH_USAGE;
    }
    for (size_t i = 0; i < job->n_ops && job->op_options.method == CRUNCH_CORR_SPEARMAN; i++)
        if (strcmp(job->ops[i]->name, "corr") != 0)
            return crunch_fail(error, CRUNCH_USAGE, "--method is for corr, not for %s",
                               job->ops[i]->name);
    enum crunch_code code = check_forms(job, n, error);
    if (code || !(all & (CRUNCH_NEEDS_PAIR | CRUNCH_NEEDS_MODEL)))
        return code;
    for (size_t i = 0; i < job->n_ops; i++)
        if ((job->ops[i]->needs & CRUNCH_NEEDS_JOINT) !=
                (job->ops[0]->needs & CRUNCH_NEEDS_JOINT) ||
            (all & CRUNCH_NEEDS_MODEL && i > 0)) {
            crunch_fail(error, CRUNCH_USAGE, "%s and %s do not go together", job->ops[0]->name,
                        job->ops[i > 0 ? i : 1]->name);
            crunch_hint(error, "what is of several columns at once (cov, corr, linreg) and what is "
                               "of one column are asked for apart");
            return CRUNCH_USAGE;
        }
    if (n >= 2)
        return CRUNCH_OK;
    crunch_fail(error, CRUNCH_USAGE, "%s needs two columns or more", job->ops[0]->name);
    crunch_hint(error, "choose them with -c, as in -c x,y");
    return CRUNCH_USAGE;
}

/* Spearman's is of corr alone, and needs no sets. */
static bool by_ranks(const struct crunch_job *job)
{
    return job->op_options.method == CRUNCH_CORR_SPEARMAN;
}

static size_t sets_for(unsigned needs, size_t n)
{
    if (needs & CRUNCH_NEEDS_PAIR)
        return n * (n - 1) / 2;
    return needs & CRUNCH_NEEDS_MODEL ? 1 : needs & CRUNCH_NEEDS_WEIGHT ? n : 0;
}

enum crunch_code crunch_layout_add_joints(struct crunch_layout *layout,
                                          const struct crunch_job *job, const size_t *slot,
                                          size_t n, size_t weight_slot)
{
    unsigned needs = crunch_joint_needs(job);
    size_t n_sets = sets_for(needs, n), at = 0;
    enum crunch_code code = CRUNCH_OK;
    if (n_sets == 0 || by_ranks(job))
        return CRUNCH_OK;
    struct crunch_joint_set *set = calloc(n_sets, sizeof *set);
    if (set == NULL)
        return CRUNCH_NO_MEMORY;
    if (needs & CRUNCH_NEEDS_MODEL) {
        code = crunch_joint_set_init(set, layout, n, slot, true);
    } else if (needs & CRUNCH_NEEDS_WEIGHT) {
        for (; at < n && !code; at++)
            code = crunch_joint_set_init(&set[at], layout, 2,
                                         (const size_t[]){slot[at], weight_slot}, false);
    } else {
        for (size_t i = 0; i < n && !code; i++)
            for (size_t j = i + 1; j < n && !code; j++)
                code = crunch_joint_set_init(&set[at++], layout, 2,
                                             (const size_t[]){slot[i], slot[j]}, true);
    }
    enum crunch_code added = crunch_layout_add_sets(layout, set, n_sets);
    return code ? code : added;
}

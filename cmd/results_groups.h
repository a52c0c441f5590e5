/*
 * Results of groups: a row for each, its keys first and then a field per column and op, printed as
 * the groups come, so that there may be millions of them.
 */
#ifndef CRUNCH_CMD_RESULTS_GROUPS_H
#define CRUNCH_CMD_RESULTS_GROUPS_H

#include "cmd/invocation.h"
#include "cmd/results.h"
#include "cmd/results_held.h"
#include "core/group.h"

struct crunch_group_results {
    const struct crunch_plan *plan;
    const struct crunch_run_result *run;
    bool per_column;                        /* as in crunch_results_make */
    const struct crunch_group_extra *extra; /* n_extra sources of results */
    size_t n_extra;
    struct crunch_reported_groups *reported; /* NULL, or where the first rows are to go, too */
};

/* Writes all groups to out. Nothing is written before every group has been worked out. */
enum crunch_code crunch_group_results_print(FILE *out, const struct crunch_group_results *results,
                                            const struct crunch_invocation *invocation);

#endif

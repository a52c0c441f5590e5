/*
 * What the row of a group shows behind its keys: a result per column and op (`temp_min`), per pair
 * of columns and op (`x_y_cov`), or the figures of a regression.
 */
#ifndef CRUNCH_CMD_RESULTS_GROUP_VALUES_H
#define CRUNCH_CMD_RESULTS_GROUP_VALUES_H

#include "cmd/results_groups.h"
#include "core/group_order.h"
#include "core/group_places.h"
#include "core/group_ranks.h"
#include "core/regress.h"

/* What a field of a row shows. */
struct crunch_group_shown {
    char *title;                /* owned */
    const struct crunch_op *op; /* NULL: the group's rows */
    size_t column;              /* of the plan; of pairs and regressions: that of the set's first */
    size_t set;                 /* of plan->by_layout; SIZE_MAX: the op is of one column */
    size_t figure;              /* of a regression: see the file; else 0 */
    enum crunch_group_quick quick;
};

struct crunch_group_values {
    const struct crunch_group_results *results;
    struct crunch_group_orders *orders; /* NULL: nothing is asked of values in order */
    struct crunch_group_places *places; /* NULL: nothing is asked of places */
    struct crunch_answers *ranks;       /* NULL: nothing is asked of ranks; for the walk */
    size_t n;
    struct crunch_group_shown *shown; /* n; owned */
};

/* CRUNCH_NO_MEMORY, CRUNCH_IO; to be freed in any case. results outlives it. */
enum crunch_code crunch_group_values_make(struct crunch_group_values *values,
                                          const struct crunch_group_results *results,
                                          struct crunch_error *error);
void crunch_group_values_free(struct crunch_group_values *values);

/* A group's contents as far as they were loaded, so that each is loaded once for a row. */
struct crunch_group_content {
    size_t column, set; /* that are loaded; SIZE_MAX: none */
    struct crunch_exact exact;
    struct crunch_joint joint;
    struct crunch_fit fit;
    bool fitted, fits; /* fit was made; it has coefficients */
};
void crunch_group_content_begin(struct crunch_group_content *content);
void crunch_group_content_end(struct crunch_group_content *content);

/* Loads a column's content of the group into content->exact. */
void crunch_group_content_load(struct crunch_group_content *content,
                               const struct crunch_group_values *values,
                               const struct crunch_group *group, size_t column);

/* Sets *value (initialised, EMPTY) to what field i of the group's row shows. Thread-safe; content
 * is the caller's, begun, and of this group only. */
enum crunch_code crunch_group_value(const struct crunch_group_values *values,
                                    const struct crunch_group *group, size_t i,
                                    struct crunch_group_content *content,
                                    struct crunch_value *value, struct crunch_error *error);

#endif

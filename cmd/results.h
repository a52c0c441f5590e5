/*
 * Results: from the merged states of a run to a grid of texts. One row per column, one field per
 * op; `count` without -c is of records, in a row named `*`.
 */
#ifndef CRUNCH_CMD_RESULTS_H
#define CRUNCH_CMD_RESULTS_H

#include "cmd/grid.h"
#include "core/run.h"

struct crunch_results {
    struct crunch_grid grid; /* its titles and fields are owned, and most of their texts */
    const char **titles;
    struct crunch_field *fields;
    struct crunch_grid table; /* for the table format, when it has columns: the same for people; its
                                 titles and fields are owned */
    const char **table_titles;
    struct crunch_field *table_fields;
    size_t table_first_owned; /* its fields' texts are owned from that column on */
    char (*names)[24];        /* room for the names of columns without one */
    size_t first_owned;       /* the fields' texts are owned from that column on */
    bool folded;              /* the table goes into several lines where it is too wide */
    bool bare;                /* exactly one value was asked for: SEMANTICS section 5 */
};

/* per_column: count is of the column's cells even without -c (stats). plan and its table must
 * outlive the results. CRUNCH_NO_MEMORY or CRUNCH_OK; to be freed in both cases. */
enum crunch_code crunch_results_make(struct crunch_results *results, const struct crunch_plan *plan,
                                     const struct crunch_run_result *run, unsigned precision,
                                     bool per_column, struct crunch_error *error);
void crunch_results_free(struct crunch_results *results);

/* Sets *field to a value as it is printed; its text is malloc'd. False: out of memory. */
bool crunch_field_of_value(struct crunch_field *field, const struct crunch_value *value,
                           unsigned precision);

/* A column's name as shown: that of the header, or its index from 1 where it has none. index_text
 * has 24 bytes and must live as long as the name. */
struct crunch_field crunch_column_name(const struct crunch_table *table, size_t column,
                                       char index_text[24]);

#endif

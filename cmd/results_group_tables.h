/*
 * Ops that give a table (freq, top, hist) in groups: behind the keys stand the fields that the op
 * has without groups, `value count share` or `from to count`, with `column` in front when there are
 * several; a group has as many rows as its table.
 */
#ifndef CRUNCH_CMD_RESULTS_GROUP_TABLES_H
#define CRUNCH_CMD_RESULTS_GROUP_TABLES_H

#include "cmd/results_group_values.h"

#define CRUNCH_GROUP_TABLE_FIELDS 4

/* The names of the fields behind the keys; returns how many. Pure. */
size_t crunch_group_table_titles(const struct crunch_plan *plan,
                                 const char *titles[CRUNCH_GROUP_TABLE_FIELDS]);

/* Where rows go: fields are those behind the keys, valid during the call. */
struct crunch_group_table_sink {
    void *context;
    enum crunch_code (*row)(void *context, const struct crunch_field *fields,
                            struct crunch_error *error);
};

/* Hands over the rows of a group. Thread-safe. Errors: those of the sink, CRUNCH_NO_MEMORY. */
enum crunch_code crunch_group_table(const struct crunch_group_values *values,
                                    const struct crunch_group *group, unsigned precision,
                                    const struct crunch_group_table_sink *sink,
                                    struct crunch_error *error);

#endif

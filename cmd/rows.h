/*
 * The commands that write rows: `map` (computed columns) and `filter` (records that pass).
 */
#ifndef CRUNCH_CMD_ROWS_H
#define CRUNCH_CMD_ROWS_H

#include "cmd/reduce.h"

/* `map EXPR[,EXPR] [FILE]`, `filter EXPR [FILE]`. */
enum crunch_code crunch_map(const struct crunch_invocation *invocation);
enum crunch_code crunch_filter(const struct crunch_invocation *invocation);

/* Before the run of a planned job that writes rows: opens reduction->rows_file, has the plan
 * collect, writes the header. Errors: CRUNCH_USAGE (a format that rows cannot have), CRUNCH_IO. */
enum crunch_code crunch_rows_begin(struct crunch_reduction *reduction, struct crunch_error *error);

#endif

/* The command `columns`: what the input was taken for. */
#ifndef CRUNCH_CMD_SHOW_COLUMNS_H
#define CRUNCH_CMD_SHOW_COLUMNS_H

#include "cmd/invocation.h"

/* Without --format, and in a table, the decisions stand above the columns, with an empty line
 * between; JSON has them beside. CSV, TSV and JSON lines, when asked for, are the columns only. */
enum crunch_code crunch_show_columns(const struct crunch_invocation *invocation);

#endif

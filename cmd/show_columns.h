/* The command `columns`: what the input was taken for. */
#ifndef CRUNCH_CMD_SHOW_COLUMNS_H
#define CRUNCH_CMD_SHOW_COLUMNS_H

#include "cmd/invocation.h"

/* A table has the decisions above the columns, JSON has them beside; CSV, TSV and JSON lines have
 * the columns only. */
enum crunch_code crunch_show_columns(const struct crunch_invocation *invocation);

#endif

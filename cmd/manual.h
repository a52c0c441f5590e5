/* The manual page, in roff (man macros), from the tables of ops, commands, options and statuses. */
#ifndef CRUNCH_CMD_MANUAL_H
#define CRUNCH_CMD_MANUAL_H

#include "cmd/invocation.h"

enum crunch_code crunch_show_manual(const struct crunch_invocation *invocation);

#endif

/*
 * The commands that are not operations, one row each; help, completions and the man page come from
 * the rows. A first operand that is no command is a list of operations.
 */
#ifndef CRUNCH_CMD_COMMANDS_H
#define CRUNCH_CMD_COMMANDS_H

#include "cmd/invocation.h"

struct crunch_command {
    const char *name;
    const char *operands; /* as shown in the help: "[FILE]", "" */
    size_t max_operands;
    const char *help;
    enum crunch_code (*run)(const struct crunch_invocation *);
};

/* The rows in the order of the help; *n is set to how many. */
const struct crunch_command *crunch_commands(size_t *n);

/* Runs what the first operand names. */
enum crunch_code crunch_command_run(const struct crunch_invocation *invocation);

/* Fails because there is no operation of that name, CRUNCH_USAGE with the nearest name as a hint;
 * one that stands alone may be meant as a command. */
enum crunch_code crunch_unknown_op(const char *name, size_t len, bool may_be_command,
                                   struct crunch_error *error);

#endif

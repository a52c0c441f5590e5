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

/* Reads a list of operations, `sum,mean`; each is kept once. ops has room for as many as the text
 * has commas, and one more. CRUNCH_USAGE with the nearest name as a hint. */
enum crunch_code crunch_ops_parse(const char *text, const struct crunch_op **ops, size_t *n,
                                  struct crunch_error *error);

#endif

/* Completions for bash, zsh and fish, from the tables of ops, commands and options. */
#ifndef CRUNCH_CMD_COMPLETIONS_H
#define CRUNCH_CMD_COMPLETIONS_H

#include "cmd/invocation.h"

/* `completions SHELL`. */
enum crunch_code crunch_show_completions(const struct crunch_invocation *invocation);

#endif

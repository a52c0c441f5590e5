/*
 * An invocation: what a command is given to run. Commands fill the error and return its code; main
 * alone prints it and exits.
 */
#ifndef CRUNCH_CMD_INVOCATION_H
#define CRUNCH_CMD_INVOCATION_H

#include "cmd/inputs.h"
#include "cmd/teller.h"

struct crunch_invocation {
    const struct crunch_settings *settings;
    struct crunch_teller *teller;
    struct crunch_error *error;
    const char *const *operands; /* after the command's own name */
    size_t n_operands;
    struct crunch_inputs *inputs; /* room for those of a reduction; messages point into them, so
                                     they last until all is told */
};

#endif

/*
 * The inputs: which files and URLs a command reads, from its operands and --files-from.
 */
#ifndef CRUNCH_CMD_INPUTS_H
#define CRUNCH_CMD_INPUTS_H

#include "io/error.h"
#include "io/fetch.h"

#include <stddef.h>

struct crunch_inputs {
    const char **path; /* n of them; at least one, "-" if nothing was named */
    size_t n;
    /* Private. */
    size_t room;
    char **owned;
    size_t n_owned, owned_room;
    const struct crunch_address *hidden, *hidden_before; /* of URLs in the list */
};

/* Operands come first, in their order. One that is no file and has * ? or [ in it is a pattern (for
 * when a shell would expand it to more than a command line holds); its files come in the order of
 * their names. files_from (or NULL) names a list of files, "-" is standard input: one per line, or
 * separated by NUL bytes if it has any. Paths live as long as *inputs (crunch_inputs_free), and so
 * do the addresses of URLs in the list that are not to be shown, which are put in front of
 * *addresses. Errors: CRUNCH_USAGE, CRUNCH_IO, with the name. */
enum crunch_code crunch_inputs_collect(struct crunch_inputs *inputs, const char *const *operands,
                                       size_t n_operands, const char *files_from,
                                       const struct crunch_address **addresses,
                                       struct crunch_error *error);
/* Takes over a malloc'd text (NULL: CRUNCH_NO_MEMORY), which then lives as long as *inputs: names
 * that an error may tell. */
enum crunch_code crunch_inputs_own(struct crunch_inputs *inputs, char *text,
                                   struct crunch_error *error);
void crunch_inputs_free(struct crunch_inputs *inputs); /* a zeroed one is fine */

#endif

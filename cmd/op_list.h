/* A list of operations as the command line names it: `sum,mean,p99.9`. */
#ifndef CRUNCH_CMD_OP_LIST_H
#define CRUNCH_CMD_OP_LIST_H

#include "core/op.h"
#include "io/error.h"

struct crunch_op_list {
    const struct crunch_op **op; /* n of them, each once, in the order of the text; owned */
    size_t n, size;
    struct crunch_op **made; /* those that have a parameter in their name; owned */
    size_t n_made;
};

/* Reads names between commas. at: places of `quantile`, fractions between commas; NULL: the
 * quartiles. CRUNCH_USAGE
 * with the nearest name as a hint, CRUNCH_NO_MEMORY. The list is to be freed in any case. */
enum crunch_code crunch_op_list_read(struct crunch_op_list *list, const char *text, const char *at,
                                     struct crunch_error *error);
void crunch_op_list_free(struct crunch_op_list *list); /* a zeroed object is fine */

#endif

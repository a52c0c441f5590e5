/*
 * Nodes of expressions: made one by one from the leaves up, each with its kind decided, so that the
 * list of nodes is in an order in which they can be computed. The parser's own.
 */
#ifndef CRUNCH_CORE_EXPR_BUILD_H
#define CRUNCH_CORE_EXPR_BUILD_H

#include "core/expr.h"

struct crunch_expr_builder {
    struct crunch_exprs *exprs;
    const struct crunch_table *table;
    struct crunch_error *error; /* filled by whatever returns NULL */
    const char *text;           /* what is being parsed */
    size_t node_room;
};

/* All of these return NULL with the error filled. A place [at, end) is in builder->text; arguments
 * are nodes of the same builder. */
struct crunch_expr *crunch_expr_number(struct crunch_expr_builder *b, size_t at, size_t end);
struct crunch_expr *crunch_expr_truth(struct crunch_expr_builder *b, size_t at, size_t end,
                                      bool truth);
struct crunch_expr *crunch_expr_missing(struct crunch_expr_builder *b, size_t at, size_t end);
/* text is taken over, malloc'd and NUL-terminated. */
struct crunch_expr *crunch_expr_string(struct crunch_expr_builder *b, size_t at, size_t end,
                                       char *text, size_t len);
struct crunch_expr *crunch_expr_column(struct crunch_expr_builder *b, size_t at, size_t end,
                                       size_t column);

/* Operators and one-letter functions of fixed arguments: 1 or 2 of them, see the list of ops. */
struct crunch_expr *crunch_expr_unary(struct crunch_expr_builder *b, enum crunch_expr_op op,
                                      size_t at, struct crunch_expr *a, size_t end);
struct crunch_expr *crunch_expr_binary(struct crunch_expr_builder *b, enum crunch_expr_op op,
                                       size_t at, struct crunch_expr *a, struct crunch_expr *c,
                                       size_t end);

/* A function's call: name[0, name_len) with n arguments, at [at, end). */
struct crunch_expr *crunch_expr_call(struct crunch_expr_builder *b, size_t at, size_t name_len,
                                     struct crunch_expr **arg, size_t n, size_t end);

/* What an open node becomes: a number, a text. Other kinds stay. */
void crunch_expr_settle(struct crunch_expr_builder *b, struct crunch_expr *node, bool text);

/* A map's value: what is open is settled, a truth becomes a number. */
struct crunch_expr *crunch_expr_value(struct crunch_expr_builder *b, struct crunch_expr *node,
                                      bool names_are_text);

#endif

/*
 * Words of an expression. The parser's own.
 */
#ifndef CRUNCH_CORE_EXPR_LEX_H
#define CRUNCH_CORE_EXPR_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum crunch_token_kind {
    CRUNCH_TOKEN_END,
    CRUNCH_TOKEN_NUMBER, /* digits [. digits] [e [+-] digits] */
    CRUNCH_TOKEN_STRING, /* in " or ', with its quotes; a quote inside is doubled */
    CRUNCH_TOKEN_NAME,   /* letters, digits, _ and . and every byte above 127 */
    CRUNCH_TOKEN_QUOTED, /* in backticks, with them; a backtick inside is doubled */
    CRUNCH_TOKEN_INDEX,  /* $ and digits */
    CRUNCH_TOKEN_SIGN,   /* an operator, a parenthesis, a comma */
    CRUNCH_TOKEN_BAD     /* none of these; *wrong says what */
};

struct crunch_expr_token {
    enum crunch_token_kind kind;
    size_t at, len;    /* in the text */
    const char *wrong; /* of BAD: what is wrong with it */
};

/* The word at or after text[from] (NUL-terminated). */
struct crunch_expr_token crunch_expr_lex(const char *text, size_t from);

/* Is the word this sign, or this name? */
bool crunch_expr_token_is(const char *text, const struct crunch_expr_token *token,
                          const char *word);

/* Copies what stands between a word's quotes, doubled ones once, into out (at most token->len bytes
 * are written); returns its length. */
size_t crunch_expr_unquote(const char *text, const struct crunch_expr_token *token, char *out);

#endif

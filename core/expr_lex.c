/*
 * The words of an expression: where each begins and ends. What they mean is the parser's. Blanks,
 * tabs and line ends stand between words and mean nothing.
 */
#include "core/expr_lex.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool begins_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c > 127;
}

static size_t after_digits(const char *text, size_t at)
{
    while (is_digit(text[at]))
        at++;
    return at;
}

static size_t after_number(const char *text, size_t at)
{
    size_t end = after_digits(text, at);
    if (text[end] == '.')
        end = after_digits(text, end + 1);
    if (text[end] == 'e' || text[end] == 'E') {
        size_t sign = end + 1 + (text[end + 1] == '+' || text[end + 1] == '-');
        if (is_digit(text[sign]))
            end = after_digits(text, sign);
    }
    return end;
}

static size_t after_name(const char *text, size_t at)
{
    while (begins_name(text[at]) || is_digit(text[at]) || text[at] == '.')
        at++;
    return at;
}

/* Behind the closing quote, or 0 when there is none. */
static size_t after_quoted(const char *text, size_t at)
{
    const char quote = text[at++];
    for (; text[at] != '\0'; at++) {
        if (text[at] != quote)
            continue;
        if (text[at + 1] != quote)
            return at + 1;
        at++;
    }
    return 0;
}

static size_t after_sign(const char *text, size_t at)
{
    static const char *const two[] = {"==", "!=", "<=", ">=", "&&", "||"};
    for (size_t i = 0; i < sizeof two / sizeof *two; i++)
        if (strncmp(text + at, two[i], 2) == 0)
            return at + 2;
    return strchr("+-*/%<>!(),=", text[at]) ? at + 1 : at;
}

/* One character of UTF-8, for showing what is not understood. */
static size_t after_character(const char *text, size_t at)
{
    at++;
    while (((unsigned char)text[at] & 0xC0) == 0x80)
        at++;
    return at;
}

static struct crunch_expr_token bad(const char *text, size_t at, const char *wrong)
{
    return (struct crunch_expr_token){CRUNCH_TOKEN_BAD, at, after_character(text, at) - at, wrong};
}

static struct crunch_expr_token word(enum crunch_token_kind kind, size_t at, size_t end)
{
    return (struct crunch_expr_token){kind, at, end - at, NULL};
}

struct crunch_expr_token crunch_expr_lex(const char *text, size_t from)
{
    size_t at = from + strspn(text + from, " \t\r\n"), end;
    const char c = text[at];
    if (c == '\0')
        return word(CRUNCH_TOKEN_END, at, at);
    if (is_digit(c) || (c == '.' && is_digit(text[at + 1]))) {
        end = after_number(text, at);
        if (begins_name(text[end]) || text[end] == '.')
            return bad(text, end,
                       "a number does not go on like this; a name that begins with a "
                       "digit stands in backticks");
        return word(CRUNCH_TOKEN_NUMBER, at, end);
    }
    if (begins_name(c))
        return word(CRUNCH_TOKEN_NAME, at, after_name(text, at));
    if (c == '"' || c == '\'' || c == '`') {
        end = after_quoted(text, at);
        if (end == 0)
            return bad(text, at, "this quote is never closed");
        return word(c == '`' ? CRUNCH_TOKEN_QUOTED : CRUNCH_TOKEN_STRING, at, end);
    }
    if (c == '$') {
        end = after_digits(text, at + 1);
        if (end == at + 1)
            return bad(text, at, "behind $ stands the index of a column, like $3");
        return word(CRUNCH_TOKEN_INDEX, at, end);
    }
    end = after_sign(text, at);
    if (end == at)
        return bad(text, at,
                   c == '&'   ? "and is written &&"
                   : c == '|' ? "or is written ||"
                              : "this character means nothing here; names with such characters "
                                "stand in backticks");
    return word(CRUNCH_TOKEN_SIGN, at, end);
}

bool crunch_expr_token_is(const char *text, const struct crunch_expr_token *token,
                          const char *wanted)
{
    return (token->kind == CRUNCH_TOKEN_SIGN || token->kind == CRUNCH_TOKEN_NAME) &&
           strlen(wanted) == token->len && memcmp(text + token->at, wanted, token->len) == 0;
}

size_t crunch_expr_unquote(const char *text, const struct crunch_expr_token *token, char *out)
{
    const char quote = text[token->at];
    size_t len = 0;
    for (size_t i = token->at + 1; i < token->at + token->len - 1; i++) {
        out[len++] = text[i];
        if (text[i] == quote)
            i++;
    }
    return len;
}

/*
 * Nodes and their kinds: which operator takes what, where a conversion goes in between, and what is
 * said when kinds do not fit. The grammar is core/expr_parse.c's.
 *
 * Invariant: an argument has a lower id than what uses it, and no node has kind OPEN once it is an
 * argument.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/expr_build.h"

#include "core/value.h"
#include "io/number.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

static struct crunch_expr *out_of_memory(struct crunch_expr_builder *b)
{
    crunch_fail(b->error, CRUNCH_NO_MEMORY, "out of memory");
    return NULL;
}

/* A new node at [at, end), the last of the list. */
static struct crunch_expr *add(struct crunch_expr_builder *b, enum crunch_expr_op op,
                               enum crunch_expr_kind kind, size_t at, size_t end)
{
    struct crunch_exprs *exprs = b->exprs;
    if (exprs->n_nodes == b->node_room) {
        size_t room = b->node_room ? 2 * b->node_room : 16;
        void *moved = realloc(exprs->node, room * sizeof(*exprs->node));
        if (moved == NULL)
            return out_of_memory(b);
        exprs->node = moved;
        b->node_room = room;
    }
    struct crunch_expr *node = calloc(1, sizeof *node);
    if (node == NULL)
        return out_of_memory(b);
    node->op = op;
    node->kind = kind;
    node->id = (unsigned)exprs->n_nodes;
    node->in = b->text;
    node->at = at;
    node->len = end - at;
    mpz_init(node->number.mantissa);
    exprs->node[exprs->n_nodes++] = node;
    return node;
}

static struct crunch_expr *with_arg(struct crunch_expr *node, const struct crunch_expr *arg)
{
    if (node != NULL)
        node->arg[node->n_args++] = arg;
    return node;
}

/* ---- kinds ---- */

static enum crunch_expr_kind number_kind(const struct crunch_expr_builder *b)
{
    return b->exprs->arith == CRUNCH_ARITH_BINARY ? CRUNCH_EXPR_DOUBLE : CRUNCH_EXPR_DECIMAL;
}

static bool is_number(const struct crunch_expr *node)
{
    return node->kind == CRUNCH_EXPR_DECIMAL || node->kind == CRUNCH_EXPR_DOUBLE;
}

void crunch_expr_settle(struct crunch_expr_builder *b, struct crunch_expr *node, bool text)
{
    if (node->kind == CRUNCH_EXPR_OPEN)
        node->kind = text ? CRUNCH_EXPR_TEXT : number_kind(b);
}

static const char *kind_name(enum crunch_expr_kind kind)
{
    return kind == CRUNCH_EXPR_TEXT      ? "a text"
           : kind == CRUNCH_EXPR_BOOLEAN ? "true or false"
                                         : "a number";
}

static struct crunch_expr *misfit(struct crunch_expr_builder *b, const struct crunch_expr *node,
                                  const char *wanted)
{
    crunch_expr_fail(b->error, node->in, node->at, node->len, "this is %s where %s is wanted",
                     kind_name(node->kind), wanted);
    if (node->kind == CRUNCH_EXPR_BOOLEAN)
        crunch_hint(b->error, "if(..., 1, 0) makes a number of what is true or false");
    return NULL;
}

static bool want_number(struct crunch_expr_builder *b, struct crunch_expr *node)
{
    crunch_expr_settle(b, node, false);
    return is_number(node) || misfit(b, node, "a number") != NULL;
}

static bool want_text(struct crunch_expr_builder *b, struct crunch_expr *node)
{
    crunch_expr_settle(b, node, true);
    return node->kind == CRUNCH_EXPR_TEXT || misfit(b, node, "a text") != NULL;
}

static bool want_truth(struct crunch_expr_builder *b, struct crunch_expr *node)
{
    if (node->op == CRUNCH_EXPR_MISSING && node->kind == CRUNCH_EXPR_OPEN)
        node->kind = CRUNCH_EXPR_BOOLEAN;
    crunch_expr_settle(b, node, false);
    return node->kind == CRUNCH_EXPR_BOOLEAN ||
           misfit(b, node, "something true or false (a comparison)") != NULL;
}

static struct crunch_expr *to_double(struct crunch_expr_builder *b, struct crunch_expr *node)
{
    if (node == NULL || node->kind == CRUNCH_EXPR_DOUBLE)
        return node;
    const enum crunch_expr_op op =
        node->op == CRUNCH_EXPR_NUMBER ? CRUNCH_EXPR_NUMBER : CRUNCH_EXPR_TO_DOUBLE;
    struct crunch_expr *converted = add(b, op, CRUNCH_EXPR_DOUBLE, node->at, node->at + node->len);
    if (converted == NULL)
        return NULL;
    converted->in = node->in;
    if (op == CRUNCH_EXPR_TO_DOUBLE)
        return with_arg(converted, node);
    mpz_set(converted->number.mantissa, node->number.mantissa);
    converted->number.exponent = node->number.exponent;
    converted->binary = node->binary;
    return converted;
}

static struct crunch_expr *to_number(struct crunch_expr_builder *b, struct crunch_expr *truth)
{
    struct crunch_expr *node =
        add(b, CRUNCH_EXPR_TO_NUMBER, number_kind(b), truth->at, truth->at + truth->len);
    if (node != NULL)
        node->in = truth->in;
    return with_arg(node, truth);
}

/* Brings two numbers to one kind. */
static bool same_kind(struct crunch_expr_builder *b, struct crunch_expr **a, struct crunch_expr **c)
{
    if ((*a)->kind == (*c)->kind)
        return true;
    *a = to_double(b, *a);
    *c = *a ? to_double(b, *c) : NULL;
    return *c != NULL;
}

/* ---- leaves ---- */

struct crunch_expr *crunch_expr_number(struct crunch_expr_builder *b, size_t at, size_t end)
{
    struct crunch_dialect plain = crunch_dialect_default();
    struct crunch_number number;
    char scratch[CRUNCH_WIDE_DIGITS_MAX];
    struct crunch_expr *node = add(b, CRUNCH_EXPR_NUMBER, number_kind(b), at, end);
    if (node == NULL)
        return NULL;
    crunch_number_parse(&plain, b->text + at, end - at, scratch, &number);
    if (number.class == CRUNCH_CELL_NUMBER) {
        mpz_set_si(node->number.mantissa, number.mantissa);
        node->number.exponent = -(long)number.scale;
    } else if (number.class == CRUNCH_CELL_WIDE) {
        char digits[CRUNCH_WIDE_DIGITS_MAX + 1];
        memcpy(digits, number.wide.digits, number.wide.n_digits);
        digits[number.wide.n_digits] = '\0';
        mpz_set_str(node->number.mantissa, digits, 10);
        node->number.exponent = number.wide.exponent;
    } else {
        crunch_expr_fail(b->error, b->text, at, end - at, "this number is out of range");
        return NULL;
    }
    mpq_t exact;
    mpq_init(exact);
    crunch_scaled_to_mpq(exact, &node->number, CRUNCH_ARITH_DECIMAL);
    node->binary = crunch_nearest_double(exact, false);
    mpq_clear(exact);
    return node;
}

struct crunch_expr *crunch_expr_truth(struct crunch_expr_builder *b, size_t at, size_t end,
                                      bool truth)
{
    struct crunch_expr *node = add(b, CRUNCH_EXPR_TRUTH, CRUNCH_EXPR_BOOLEAN, at, end);
    if (node != NULL)
        node->truth = truth;
    return node;
}

struct crunch_expr *crunch_expr_missing(struct crunch_expr_builder *b, size_t at, size_t end)
{
    return add(b, CRUNCH_EXPR_MISSING, CRUNCH_EXPR_OPEN, at, end);
}

struct crunch_expr *crunch_expr_string(struct crunch_expr_builder *b, size_t at, size_t end,
                                       char *text, size_t len)
{
    struct crunch_expr *node = add(b, CRUNCH_EXPR_STRING, CRUNCH_EXPR_TEXT, at, end);
    if (node == NULL) {
        free(text);
        return NULL;
    }
    node->text = text;
    node->text_len = len;
    return node;
}

struct crunch_expr *crunch_expr_column(struct crunch_expr_builder *b, size_t at, size_t end,
                                       size_t column)
{
    struct crunch_expr *node = add(b, CRUNCH_EXPR_COLUMN, CRUNCH_EXPR_OPEN, at, end);
    if (node != NULL)
        node->column = column;
    return node;
}

/* ---- operators ---- */

/* Nothing equals the empty text, since it is missing; who asks meant isnull. */
static bool refuse_empty(struct crunch_expr_builder *b, const struct crunch_expr *node)
{
    if (node->op != CRUNCH_EXPR_STRING || node->text_len > 0)
        return true;
    crunch_expr_fail(b->error, node->in, node->at, node->len,
                     "an empty text is a missing one, and equal to nothing");
    crunch_hint(b->error, "isnull(x) and !isnull(x) ask whether a cell is empty");
    return false;
}

static struct crunch_expr *negated_literal(struct crunch_expr_builder *b, size_t at,
                                           const struct crunch_expr *literal, size_t end)
{
    struct crunch_expr *node = add(b, CRUNCH_EXPR_NUMBER, literal->kind, at, end);
    if (node == NULL)
        return NULL;
    mpz_neg(node->number.mantissa, literal->number.mantissa);
    node->number.exponent = literal->number.exponent;
    node->binary = mpz_sgn(node->number.mantissa) == 0 ? 0 : -literal->binary; /* -0 is 0 */
    return node;
}

/* A comparison's arguments, brought to kinds that compare. */
static bool fit_comparison(struct crunch_expr_builder *b, enum crunch_expr_op op,
                           struct crunch_expr **a, struct crunch_expr **c)
{
    if ((*a)->kind == CRUNCH_EXPR_TEXT || (*c)->kind == CRUNCH_EXPR_TEXT)
        return want_text(b, *a) && want_text(b, *c) && refuse_empty(b, *a) && refuse_empty(b, *c);
    if ((*a)->kind != CRUNCH_EXPR_BOOLEAN && (*c)->kind != CRUNCH_EXPR_BOOLEAN)
        return want_number(b, *a) && want_number(b, *c);
    if (!want_truth(b, *a) || !want_truth(b, *c))
        return false;
    if (op != CRUNCH_EXPR_EQ && op != CRUNCH_EXPR_NE)
        return misfit(b, *a, "a number or a text") != NULL;
    *a = to_number(b, *a);
    *c = *a ? to_number(b, *c) : NULL;
    return *c != NULL;
}

struct crunch_expr *crunch_expr_unary(struct crunch_expr_builder *b, enum crunch_expr_op op,
                                      size_t at, struct crunch_expr *a, size_t end)
{
    enum crunch_expr_kind kind = CRUNCH_EXPR_BOOLEAN;
    switch (op) {
    case CRUNCH_EXPR_NOT:
        if (!want_truth(b, a))
            return NULL;
        break;
    case CRUNCH_EXPR_ISNULL:
        crunch_expr_settle(b, a, true);
        break;
    case CRUNCH_EXPR_ISPRIME:
        if (!want_number(b, a))
            return NULL;
        break;
    case CRUNCH_EXPR_LENGTH:
        if (!want_text(b, a) || !refuse_empty(b, a))
            return NULL;
        kind = number_kind(b);
        break;
    default:
        if (!want_number(b, a))
            return NULL;
        if (op == CRUNCH_EXPR_NEGATE && a->op == CRUNCH_EXPR_NUMBER)
            return negated_literal(b, at, a, end);
        if (op == CRUNCH_EXPR_SQRT)
            a = to_double(b, a);
        if (a == NULL)
            return NULL;
        kind = a->kind;
    }
    return with_arg(add(b, op, kind, at, end), a);
}

struct crunch_expr *crunch_expr_binary(struct crunch_expr_builder *b, enum crunch_expr_op op,
                                       size_t at, struct crunch_expr *a, struct crunch_expr *c,
                                       size_t end)
{
    enum crunch_expr_kind kind = CRUNCH_EXPR_BOOLEAN;
    if (op == CRUNCH_EXPR_AND || op == CRUNCH_EXPR_OR) {
        if (!want_truth(b, a) || !want_truth(b, c))
            return NULL;
    } else if (op >= CRUNCH_EXPR_EQ && op <= CRUNCH_EXPR_GE) {
        if (!fit_comparison(b, op, &a, &c))
            return NULL;
    } else if (op >= CRUNCH_EXPR_STARTS_WITH && op <= CRUNCH_EXPR_MATCHES) {
        if (!want_text(b, a) || !want_text(b, c) || !refuse_empty(b, a) || !refuse_empty(b, c))
            return NULL;
    } else {
        if (!want_number(b, a) || !want_number(b, c))
            return NULL;
        if (op == CRUNCH_EXPR_DIVIDE && (a = to_double(b, a)) == NULL)
            return NULL;
        if (!same_kind(b, &a, &c))
            return NULL;
        kind = a->kind;
    }
    return with_arg(with_arg(add(b, op, kind, at, end), a), c);
}

/* ---- functions ---- */

struct function {
    const char *name;
    enum crunch_expr_op op;
    size_t least, most; /* arguments */
    const char *usage;
};

/* text(), number() and coalesce() have no op of their own. */
static const struct function functions[] = {
    {"abs", CRUNCH_EXPR_ABS, 1, 1, "abs(x)"},
    {"floor", CRUNCH_EXPR_FLOOR, 1, 1, "floor(x)"},
    {"ceil", CRUNCH_EXPR_CEIL, 1, 1, "ceil(x)"},
    {"round", CRUNCH_EXPR_ROUND, 1, 2, "round(x) or round(x, digits)"},
    {"sqrt", CRUNCH_EXPR_SQRT, 1, 1, "sqrt(x)"},
    {"mod", CRUNCH_EXPR_MODULO, 2, 2, "mod(x, y)"},
    {"min", CRUNCH_EXPR_MIN, 2, SIZE_MAX, "min(x, y, ...)"},
    {"max", CRUNCH_EXPR_MAX, 2, SIZE_MAX, "max(x, y, ...)"},
    {"len", CRUNCH_EXPR_LENGTH, 1, 1, "len(text)"},
    {"starts_with", CRUNCH_EXPR_STARTS_WITH, 2, 2, "starts_with(text, beginning)"},
    {"ends_with", CRUNCH_EXPR_ENDS_WITH, 2, 2, "ends_with(text, end)"},
    {"contains", CRUNCH_EXPR_CONTAINS, 2, 2, "contains(text, part)"},
    {"matches", CRUNCH_EXPR_MATCHES, 2, 2, "matches(text, \"regular expression\")"},
    {"isnull", CRUNCH_EXPR_ISNULL, 1, 1, "isnull(x)"},
    {"isprime", CRUNCH_EXPR_ISPRIME, 1, 1, "isprime(x)"},
    {"if", CRUNCH_EXPR_IF, 3, 3, "if(condition, then, else)"},
    {"coalesce", CRUNCH_EXPR_MISSING, 2, SIZE_MAX, "coalesce(x, y, ...)"},
    {"text", CRUNCH_EXPR_STRING, 1, 1, "text(column)"},
    {"number", CRUNCH_EXPR_NUMBER, 1, 1, "number(column)"},
};

static struct crunch_expr *unknown_function(struct crunch_expr_builder *b, size_t at, size_t len)
{
    crunch_expr_fail(b->error, b->text, at, len, "no function has this name");
    crunch_hint(b->error, "there are abs, floor, ceil, round, sqrt, mod, min, max, len, "
                          "starts_with, ends_with, contains, matches, isnull, isprime, if, "
                          "coalesce, text and number");
    return NULL;
}

/* Brings the two results of a choice to one kind. */
static bool fit_choice(struct crunch_expr_builder *b, struct crunch_expr **a,
                       struct crunch_expr **c)
{
    bool text = (*a)->kind == CRUNCH_EXPR_TEXT || (*c)->kind == CRUNCH_EXPR_TEXT;
    bool truth = (*a)->kind == CRUNCH_EXPR_BOOLEAN || (*c)->kind == CRUNCH_EXPR_BOOLEAN;
    if (text)
        return want_text(b, *a) && want_text(b, *c);
    if (truth)
        return want_truth(b, *a) && want_truth(b, *c);
    return want_number(b, *a) && want_number(b, *c) && same_kind(b, a, c);
}

static struct crunch_expr *choose(struct crunch_expr_builder *b, size_t at,
                                  struct crunch_expr *condition, struct crunch_expr *yes,
                                  struct crunch_expr *no, size_t end)
{
    if (condition == NULL || !want_truth(b, condition) || !fit_choice(b, &yes, &no))
        return NULL;
    struct crunch_expr *node = with_arg(add(b, CRUNCH_EXPR_IF, yes->kind, at, end), condition);
    return with_arg(with_arg(node, yes), no);
}

/* coalesce(x, y, z) is if(isnull(x), coalesce(y, z), x). */
static struct crunch_expr *coalesce(struct crunch_expr_builder *b, size_t at,
                                    struct crunch_expr **arg, size_t n, size_t end)
{
    struct crunch_expr *rest = arg[n - 1];
    for (size_t i = n - 1; i-- > 0 && rest != NULL;) {
        if (!fit_choice(b, &arg[i], &rest))
            return NULL;
        rest = choose(b, at, crunch_expr_unary(b, CRUNCH_EXPR_ISNULL, at, arg[i], end), rest,
                      arg[i], end);
    }
    return rest;
}

static struct crunch_expr *round_to(struct crunch_expr_builder *b, size_t at, struct crunch_expr *a,
                                    const struct crunch_expr *digits, size_t end)
{
    bool is_literal = digits->op == CRUNCH_EXPR_NUMBER;
    if (!want_number(b, a))
        return NULL;
    if (!is_literal || digits->binary != (double)(int)digits->binary || digits->binary < -18 ||
        digits->binary > 39) {
        crunch_expr_fail(b->error, digits->in, digits->at, digits->len,
                         "the digits to round to are a whole number from -18 to 39");
        return NULL;
    }
    /* In binary arithmetic every number is a double. */
    struct crunch_expr *node =
        with_arg(add(b, CRUNCH_EXPR_ROUND_TO, CRUNCH_EXPR_DECIMAL, at, end), a);
    if (node == NULL)
        return NULL;
    node->digits = (int)digits->binary;
    return b->exprs->arith == CRUNCH_ARITH_BINARY ? to_double(b, node) : node;
}

static struct crunch_expr *match(struct crunch_expr_builder *b, size_t at, struct crunch_expr *a,
                                 struct crunch_expr *pattern, size_t end)
{
    int wrong;
    PCRE2_SIZE where;
    if (pattern->op != CRUNCH_EXPR_STRING) {
        crunch_expr_fail(b->error, pattern->in, pattern->at, pattern->len,
                         "the regular expression is a text in quotes");
        return NULL;
    }
    struct crunch_expr *node = crunch_expr_binary(b, CRUNCH_EXPR_MATCHES, at, a, pattern, end);
    if (node == NULL)
        return NULL;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern->text, pattern->text_len,
                                     PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &wrong, &where, NULL);
    if (code == NULL) {
        unsigned char said[160];
        pcre2_get_error_message(wrong, said, sizeof said);
        size_t place = pattern->at + 1 + (where < pattern->text_len ? where : pattern->text_len);
        crunch_expr_fail(b->error, b->text, place, 1, "in the regular expression: %s", said);
        return NULL;
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* where it cannot, matching is interpreted */
    node->regex = code;
    return node;
}

/* min(x, y, z) is min(min(x, y), z). */
static struct crunch_expr *fold(struct crunch_expr_builder *b, enum crunch_expr_op op, size_t at,
                                struct crunch_expr **arg, size_t n, size_t end)
{
    struct crunch_expr *all = arg[0];
    for (size_t i = 1; i < n && all != NULL; i++)
        all = crunch_expr_binary(b, op, at, all, arg[i], end);
    return all;
}

static struct crunch_expr *as_column(struct crunch_expr_builder *b, struct crunch_expr *node,
                                     bool text)
{
    if (node->kind == CRUNCH_EXPR_OPEN) {
        crunch_expr_settle(b, node, text);
        return node;
    }
    if (text ? want_text(b, node) : want_number(b, node))
        return node;
    crunch_hint(b->error, "text() and number() say what a column is to be taken for");
    return NULL;
}

static struct crunch_expr *call(struct crunch_expr_builder *b, const struct function *f, size_t at,
                                struct crunch_expr **arg, size_t n, size_t end)
{
    switch (f->op) {
    case CRUNCH_EXPR_ROUND:
        return n == 2 ? round_to(b, at, arg[0], arg[1], end)
                      : crunch_expr_unary(b, f->op, at, arg[0], end);
    case CRUNCH_EXPR_MIN:
    case CRUNCH_EXPR_MAX:
        return fold(b, f->op, at, arg, n, end);
    case CRUNCH_EXPR_MATCHES:
        return match(b, at, arg[0], arg[1], end);
    case CRUNCH_EXPR_IF:
        return choose(b, at, arg[0], arg[1], arg[2], end);
    case CRUNCH_EXPR_MISSING:
        return coalesce(b, at, arg, n, end);
    case CRUNCH_EXPR_STRING:
    case CRUNCH_EXPR_NUMBER:
        return as_column(b, arg[0], f->op == CRUNCH_EXPR_STRING);
    default:
        return n == 1 ? crunch_expr_unary(b, f->op, at, arg[0], end)
                      : crunch_expr_binary(b, f->op, at, arg[0], arg[1], end);
    }
}

struct crunch_expr *crunch_expr_call(struct crunch_expr_builder *b, size_t at, size_t name_len,
                                     struct crunch_expr **arg, size_t n, size_t end)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const struct function *f = &functions[i];
        if (strlen(f->name) != name_len || memcmp(f->name, b->text + at, name_len) != 0)
            continue;
        if (n >= f->least && n <= f->most)
            return call(b, f, at, arg, n, end);
        crunch_expr_fail(b->error, b->text, at, end - at, "%zu argument%s where it is %s", n,
                         n == 1 ? "" : "s", f->usage);
        return NULL;
    }
    return unknown_function(b, at, name_len);
}

struct crunch_expr *crunch_expr_value(struct crunch_expr_builder *b, struct crunch_expr *node,
                                      bool names_are_text)
{
    crunch_expr_settle(b, node, names_are_text && node->op == CRUNCH_EXPR_COLUMN);
    return node->kind == CRUNCH_EXPR_BOOLEAN ? to_number(b, node) : node;
}

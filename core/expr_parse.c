/*
 * The grammar of expressions, by recursive descent; each rule is a function, the loosest first:
 *
 *   list     = map { "," map }                      map = [ name "=" ] either
 *   either   = both { "||" both }                   both = compared { "&&" compared }
 *   compared = sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=") sum ]
 *   sum      = product { ("+" | "-") product }      product = signed { ("*" | "/" | "%") signed }
 *   signed   = ("-" | "+" | "!") signed | primary
 *   primary  = number | text | name | $index | true | false | missing
 *            | function "(" either { "," either } ")" | "(" either ")"
 *
 * Nodes and kinds are core/expr_build.c's.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/expr_build.h"
#include "core/expr_lex.h"

#include <pcre2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nesting beyond this is refused, so that no text can exhaust the stack. */
#define DEEPEST 200
#define SHOWN 72 /* bytes of an expression around the place of an error */

struct parser {
    struct crunch_expr_builder b;
    struct crunch_expr_token token; /* the next word */
    size_t end;                     /* of the word before it */
    unsigned depth;
};

typedef struct crunch_expr *node_t;

static node_t parse_either(struct parser *p);

/* ---- messages ---- */

/* Shows text with blanks for what would move the cursor; returns how many columns it takes. */
static size_t show(char *out, const char *text, size_t len)
{
    size_t columns = 0;
    for (size_t i = 0; i < len; i++) {
        out[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7F ? ' ' : text[i];
        columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    out[len] = '\0';
    return columns;
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

enum crunch_code crunch_expr_fail(struct crunch_error *error, const char *text, size_t at,
                                  size_t len, const char *format, ...)
{
    char said[200], shown[SHOWN + 1], mark[2 * SHOWN + 1];
    va_list list;
    va_start(list, format);
    vsnprintf(said, sizeof said, format, list);
    va_end(list);
    size_t whole = strlen(text), begin = 0, end = whole;
    if (whole > SHOWN) { /* the place in its last third */
        begin = at > SHOWN * 2 / 3 ? at - SHOWN * 2 / 3 : 0;
        end = begin + SHOWN < whole ? begin + SHOWN : whole;
        while (begin < at && is_continuation(text[begin]))
            begin++;
        while (end > at && end < whole && is_continuation(text[end]))
            end--;
    }
    size_t stop = at + len < end ? at + len : end;
    size_t before = show(shown, text + begin, at - begin);
    size_t under = stop > at ? show(shown, text + at, stop - at) : 1;
    show(shown, text + begin, end - begin);
    memset(mark, ' ', before);
    memset(mark + before, '~', under ? under : 1);
    mark[before] = '^';
    mark[before + (under ? under : 1)] = '\0';
    crunch_fail(error, CRUNCH_USAGE, "%s\n  %s\n  %s", said, shown, mark);
    return CRUNCH_USAGE;
}

static node_t fail_at(struct parser *p, const char *what)
{
    crunch_expr_fail(p->b.error, p->b.text, p->token.at, p->token.len, "%s", what);
    return NULL;
}

/* What is wrong with the next word, where `wanted` should be. */
static node_t unexpected(struct parser *p, const char *wanted)
{
    if (p->token.kind == CRUNCH_TOKEN_BAD)
        return fail_at(p, p->token.wrong);
    if (crunch_expr_token_is(p->b.text, &p->token, "="))
        return fail_at(p, "equality is written ==");
    crunch_expr_fail(p->b.error, p->b.text, p->token.at, p->token.len,
                     p->token.kind == CRUNCH_TOKEN_END ? "the expression ends where %s is wanted"
                                                       : "%s is wanted here",
                     wanted);
    return NULL;
}

/* ---- words ---- */

static void next(struct parser *p)
{
    p->end = p->token.at + p->token.len;
    p->token = crunch_expr_lex(p->b.text, p->end);
}

static bool is_sign(const struct parser *p, const char *sign)
{
    return p->token.kind == CRUNCH_TOKEN_SIGN && crunch_expr_token_is(p->b.text, &p->token, sign);
}

static bool take(struct parser *p, const char *sign)
{
    bool is = is_sign(p, sign);
    if (is)
        next(p);
    return is;
}

static char *unquoted(struct parser *p, const struct crunch_expr_token *token, size_t *len)
{
    char *text = malloc(token->len + 1);
    if (text == NULL) {
        crunch_fail(p->b.error, CRUNCH_NO_MEMORY, "out of memory");
        return NULL;
    }
    if (token->kind == CRUNCH_TOKEN_NAME) {
        *len = token->len;
        memcpy(text, p->b.text + token->at, token->len);
    } else {
        *len = crunch_expr_unquote(p->b.text, token, text);
    }
    text[*len] = '\0';
    return text;
}

/* ---- names ---- */

static const struct crunch_expr_map *find_map(const struct parser *p, const char *name, size_t len)
{
    for (size_t i = 0; i < p->b.exprs->n_maps; i++) {
        const struct crunch_expr_map *map = &p->b.exprs->map[i];
        if (map->named && map->name_len == len && memcmp(map->name, name, len) == 0)
            return map;
    }
    return NULL;
}

/* The column of that name; table->width when there is none, or twice with *again set. */
static size_t find_column(const struct crunch_table *table, const char *name, size_t len,
                          size_t *again)
{
    size_t found = table->width;
    for (size_t i = 0; table->has_header && i < table->width; i++) {
        const struct crunch_column *column = &table->columns[i];
        if (column->name_len != len || memcmp(column->name, name, len) != 0)
            continue;
        if (found < table->width) {
            *again = i;
            return found;
        }
        found = i;
    }
    return found;
}

static node_t unknown_name(struct parser *p, const struct crunch_expr_token *token,
                           const char *name, size_t len)
{
    const struct crunch_table *table = p->b.table;
    char other[100];
    crunch_expr_fail(p->b.error, p->b.text, token->at, token->len, "no column has this name");
    if (table->width == 0) {
        crunch_hint(p->b.error, "the input is empty: it has no columns");
        return NULL;
    }
    if (!table->has_header) {
        crunch_hint(p->b.error, "the input has no header: columns are $1 to $%zu", table->width);
        return NULL;
    }
    size_t near = crunch_table_nearest(table, name, len);
    if (near < table->width) {
        crunch_quote_text(other, sizeof other, table->columns[near].name,
                          table->columns[near].name_len);
        crunch_hint(p->b.error, "did you mean %s ($%zu)?", other, near + 1);
    } else {
        crunch_hint(p->b.error, "`crunch columns` lists the names; a text stands in quotes");
    }
    return NULL;
}

static node_t parse_name(struct parser *p)
{
    const struct crunch_expr_token token = p->token;
    const struct crunch_table *table = p->b.table;
    size_t len, again = table->width;
    char *name = unquoted(p, &token, &len);
    if (name == NULL)
        return NULL;
    next(p);
    node_t node = NULL;
    const struct crunch_expr_map *map = find_map(p, name, len);
    size_t column = find_column(table, name, len, &again);
    if (map != NULL) {
        node = p->b.exprs->node[map->value->id];
    } else if (again < table->width) {
        crunch_expr_fail(p->b.error, p->b.text, token.at, token.len, "two columns have this name");
        crunch_hint(p->b.error, "they are $%zu and $%zu", column + 1, again + 1);
    } else if (column < table->width) {
        node = crunch_expr_column(&p->b, token.at, token.at + token.len, column);
    } else {
        unknown_name(p, &token, name, len);
    }
    free(name);
    return node;
}

static node_t parse_index(struct parser *p)
{
    const struct crunch_expr_token token = p->token;
    size_t index = 0;
    for (size_t i = token.at + 1; i < token.at + token.len && index <= p->b.table->width; i++)
        index = 10 * index + (size_t)(p->b.text[i] - '0');
    next(p);
    if (index >= 1 && index <= p->b.table->width)
        return crunch_expr_column(&p->b, token.at, token.at + token.len, index - 1);
    crunch_expr_fail(p->b.error, p->b.text, token.at, token.len,
                     "there is no such column: the input has %zu", p->b.table->width);
    return NULL;
}

/* ---- the rules ---- */

/* The arguments of a call, and the call; the name is taken, the next word is its parenthesis. */
static node_t parse_call(struct parser *p, size_t at, size_t name_len)
{
    node_t *arg = NULL, node = NULL;
    size_t n = 0, room = 0;
    next(p);
    while (!is_sign(p, ")") || n > 0) {
        if (n == room) {
            room = room ? 2 * room : 4;
            void *moved = realloc(arg, room * sizeof(*arg));
            if (moved == NULL) {
                crunch_fail(p->b.error, CRUNCH_NO_MEMORY, "out of memory");
                goto done;
            }
            arg = moved;
        }
        arg[n] = parse_either(p);
        if (arg[n++] == NULL)
            goto done;
        if (is_sign(p, ")"))
            break;
        if (!take(p, ",")) {
            unexpected(p, "a comma or )");
            goto done;
        }
    }
    next(p);
    node = crunch_expr_call(&p->b, at, name_len, arg, n, p->end);
done:
    free(arg);
    return node;
}

static node_t parse_word(struct parser *p)
{
    const struct crunch_expr_token token = p->token;
    const size_t end = token.at + token.len;
    struct crunch_expr_token after = crunch_expr_lex(p->b.text, end);
    if (crunch_expr_token_is(p->b.text, &after, "(")) {
        next(p);
        return parse_call(p, token.at, token.len);
    }
    bool yes = crunch_expr_token_is(p->b.text, &token, "true");
    if (yes || crunch_expr_token_is(p->b.text, &token, "false")) {
        next(p);
        return crunch_expr_truth(&p->b, token.at, end, yes);
    }
    if (crunch_expr_token_is(p->b.text, &token, "missing")) {
        next(p);
        return crunch_expr_missing(&p->b, token.at, end);
    }
    return parse_name(p);
}

static node_t parse_parenthesis(struct parser *p)
{
    next(p);
    node_t node = parse_either(p);
    if (node == NULL || take(p, ")"))
        return node;
    return unexpected(p, "an operator or )");
}

static node_t parse_primary(struct parser *p)
{
    const struct crunch_expr_token token = p->token;
    char *text;
    size_t len;
    switch (token.kind) {
    case CRUNCH_TOKEN_NUMBER:
        next(p);
        return crunch_expr_number(&p->b, token.at, p->end);
    case CRUNCH_TOKEN_STRING:
        text = unquoted(p, &token, &len);
        next(p);
        return text ? crunch_expr_string(&p->b, token.at, p->end, text, len) : NULL;
    case CRUNCH_TOKEN_NAME:
        return parse_word(p);
    case CRUNCH_TOKEN_QUOTED:
        return parse_name(p);
    case CRUNCH_TOKEN_INDEX:
        return parse_index(p);
    default:
        return is_sign(p, "(") ? parse_parenthesis(p)
                               : unexpected(p, "a number, a text, a name or (");
    }
}

static node_t parse_signed(struct parser *p)
{
    const size_t at = p->token.at;
    node_t node;
    if (p->depth == DEEPEST)
        return fail_at(p, "this is nested too deeply");
    p->depth++;
    if (take(p, "-")) {
        node = parse_signed(p);
        node = node ? crunch_expr_unary(&p->b, CRUNCH_EXPR_NEGATE, at, node, p->end) : NULL;
    } else if (take(p, "!")) {
        node = parse_signed(p);
        node = node ? crunch_expr_unary(&p->b, CRUNCH_EXPR_NOT, at, node, p->end) : NULL;
    } else {
        node = take(p, "+") ? parse_signed(p) : parse_primary(p);
    }
    p->depth--;
    return node;
}

struct sign {
    const char *text;
    enum crunch_expr_op op;
};

/* The operator of these (ended by a NULL) that comes next, taken; NULL when there is none. */
static const struct sign *take_one_of(struct parser *p, const struct sign *signs)
{
    for (; signs->text != NULL; signs++)
        if (take(p, signs->text))
            return signs;
    return NULL;
}

/* operand { sign operand }, from the left. */
static node_t parse_chain(struct parser *p, const struct sign *signs,
                          node_t (*operand)(struct parser *))
{
    const size_t at = p->token.at;
    const struct sign *sign;
    node_t left = operand(p);
    while (left != NULL && (sign = take_one_of(p, signs)) != NULL) {
        node_t right = operand(p);
        if (right == NULL)
            return NULL;
        left = crunch_expr_binary(&p->b, sign->op, at, left, right, p->end);
    }
    return left;
}

static node_t parse_product(struct parser *p)
{
    static const struct sign signs[] = {{"*", CRUNCH_EXPR_MULTIPLY},
                                        {"/", CRUNCH_EXPR_DIVIDE},
                                        {"%", CRUNCH_EXPR_MODULO},
                                        {NULL, 0}};
    return parse_chain(p, signs, parse_signed);
}

static node_t parse_sum(struct parser *p)
{
    static const struct sign signs[] = {
        {"+", CRUNCH_EXPR_ADD}, {"-", CRUNCH_EXPR_SUBTRACT}, {NULL, 0}};
    return parse_chain(p, signs, parse_product);
}

static node_t parse_compared(struct parser *p)
{
    static const struct sign signs[] = {{"==", CRUNCH_EXPR_EQ},
                                        {"!=", CRUNCH_EXPR_NE},
                                        {"<=", CRUNCH_EXPR_LE},
                                        {"<", CRUNCH_EXPR_LT},
                                        {">=", CRUNCH_EXPR_GE},
                                        {">", CRUNCH_EXPR_GT},
                                        {NULL, 0}};
    const size_t at = p->token.at;
    node_t left = parse_sum(p);
    const struct sign *sign = left ? take_one_of(p, signs) : NULL;
    if (sign == NULL)
        return left;
    node_t right = parse_sum(p);
    if (right == NULL)
        return NULL;
    left = crunch_expr_binary(&p->b, sign->op, at, left, right, p->end);
    const struct crunch_expr_token again = p->token;
    if (left == NULL || take_one_of(p, signs) == NULL)
        return left;
    p->token = again;
    return fail_at(p, "comparisons are joined with &&, like 1 < x && x < 2");
}

static node_t parse_both(struct parser *p)
{
    static const struct sign signs[] = {{"&&", CRUNCH_EXPR_AND}, {NULL, 0}};
    return parse_chain(p, signs, parse_compared);
}

static node_t parse_either(struct parser *p)
{
    static const struct sign signs[] = {{"||", CRUNCH_EXPR_OR}, {NULL, 0}};
    return parse_chain(p, signs, parse_both);
}

/* ---- maps and conditions ---- */

static void start(struct parser *p, const char *text)
{
    p->b.text = text;
    p->depth = 0;
    p->end = 0;
    p->token = crunch_expr_lex(text, 0);
}

/* Takes NAME = when the next words are that; *name is its word, of length 0 when they are not. */
static void take_map_name(struct parser *p, struct crunch_expr_token *name)
{
    *name = p->token;
    struct crunch_expr_token after = crunch_expr_lex(p->b.text, name->at + name->len);
    bool is_name = name->kind == CRUNCH_TOKEN_NAME || name->kind == CRUNCH_TOKEN_QUOTED;
    if (!is_name || !crunch_expr_token_is(p->b.text, &after, "=")) {
        name->len = 0;
        return;
    }
    next(p);
    next(p);
}

static bool add_map(struct parser *p, struct crunch_expr_map map)
{
    struct crunch_exprs *exprs = p->b.exprs;
    void *moved = realloc(exprs->map, (exprs->n_maps + 1) * sizeof(*exprs->map));
    if (moved == NULL) {
        crunch_fail(p->b.error, CRUNCH_NO_MEMORY, "out of memory");
        free(map.name);
        return false;
    }
    exprs->map = moved;
    exprs->map[exprs->n_maps++] = map;
    return true;
}

static bool is_free_name(struct parser *p, const struct crunch_expr_token *token,
                         const struct crunch_expr_map *map)
{
    size_t again = 0;
    const char *taken = NULL;
    if (find_map(p, map->name, map->name_len))
        taken = "an earlier map has this name";
    else if (find_column(p->b.table, map->name, map->name_len, &again) < p->b.table->width)
        taken = "a column of the input has this name";
    if (taken != NULL)
        crunch_expr_fail(p->b.error, p->b.text, token->at, token->len, "%s", taken);
    return taken == NULL;
}

/* The name of a map that has none: that of the column it copies, or the text of its expression. */
static char *default_name(struct parser *p, const struct crunch_expr *value, size_t at, size_t *len)
{
    const struct crunch_expr_token words = {CRUNCH_TOKEN_NAME, at, p->end - at, NULL};
    if (value->op != CRUNCH_EXPR_COLUMN || !p->b.table->has_header)
        return unquoted(p, &words, len);
    char *name = strdup(p->b.table->columns[value->column].name);
    if (name == NULL)
        crunch_fail(p->b.error, CRUNCH_NO_MEMORY, "out of memory");
    else
        *len = strlen(name);
    return name;
}

static bool parse_map(struct parser *p, bool names_are_text)
{
    struct crunch_expr_map map = {0};
    struct crunch_expr_token name;
    take_map_name(p, &name);
    const size_t at = p->token.at;
    node_t node = parse_either(p);
    if (node == NULL)
        return false;
    map.value = crunch_expr_value(&p->b, node, names_are_text);
    if (map.value == NULL)
        return false;
    map.named = name.len > 0;
    map.name = map.named ? unquoted(p, &name, &map.name_len)
                         : default_name(p, map.value, at, &map.name_len);
    if (map.name == NULL)
        return false;
    if (map.named && !is_free_name(p, &name, &map)) {
        free(map.name);
        return false;
    }
    return add_map(p, map);
}

static bool parse_maps(struct parser *p, const char *text, bool names_are_text)
{
    start(p, text);
    do {
        if (!parse_map(p, names_are_text))
            return false;
    } while (take(p, ","));
    return p->token.kind == CRUNCH_TOKEN_END || unexpected(p, "an operator, a comma or the end");
}

static bool parse_where(struct parser *p, const char *text)
{
    start(p, text);
    node_t node = parse_either(p);
    if (node == NULL)
        return false;
    if (p->token.kind != CRUNCH_TOKEN_END)
        return unexpected(p, "an operator or the end") != NULL;
    if (node->kind != CRUNCH_EXPR_BOOLEAN) {
        crunch_expr_fail(p->b.error, text, 0, p->end, "--where takes what is true or false");
        crunch_hint(p->b.error, "for example price > 10 && city == \"Oslo\"");
        return false;
    }
    struct crunch_exprs *exprs = p->b.exprs;
    if (exprs->where != NULL)
        node = crunch_expr_binary(&p->b, CRUNCH_EXPR_AND, 0, exprs->node[exprs->where->id], node,
                                  p->end);
    exprs->where = node;
    return node != NULL;
}

/* ---- powers ---- */

/* The name of a power of the column or map, malloc'd: NAME^N, or $INDEX^N where it has no name. */
static char *power_name(struct parser *p, size_t of, unsigned n, size_t *len)
{
    const struct crunch_table *table = p->b.table;
    const bool column = of < table->width;
    const char *name = column ? table->columns[of].name : p->b.exprs->map[of - table->width].name;
    size_t name_len =
        column ? table->columns[of].name_len : p->b.exprs->map[of - table->width].name_len;
    char *text = malloc(name_len + 50);
    if (text == NULL) {
        crunch_fail(p->b.error, CRUNCH_NO_MEMORY, "out of memory");
        return NULL;
    }
    if (name_len == 0)
        *len = (size_t)sprintf(text, "$%zu^%u", of + 1, n);
    else
        *len = (size_t)sprintf(text, "%.*s^%u", (int)name_len, name, n);
    return text;
}

static bool add_powers(struct parser *p, size_t of, unsigned degree)
{
    const size_t width = p->b.table->width;
    p->b.text = "";
    node_t x = of < width ? crunch_expr_column(&p->b, 0, 0, of)
                          : p->b.exprs->node[p->b.exprs->map[of - width].value->id];
    if (x == NULL)
        return false;
    crunch_expr_settle(&p->b, x, false);
    if (x->kind != CRUNCH_EXPR_DECIMAL) {
        crunch_fail(p->b.error, CRUNCH_USAGE, "--degree wants a predictor of decimals");
        crunch_hint(p->b.error, "powers of doubles are rounded; to regress on those name them: "
                                "-m 'x2 = x * x' -c x,x2,y");
        return false;
    }
    node_t power = x;
    for (unsigned n = 2; n <= degree; n++) {
        struct crunch_expr_map map = {.named = true};
        power = crunch_expr_binary(&p->b, CRUNCH_EXPR_MULTIPLY, 0, power, x, 0);
        map.name = power ? power_name(p, of, n, &map.name_len) : NULL;
        map.value = power;
        if (map.name == NULL || !add_map(p, map))
            return false;
    }
    return true;
}

/* ---- what is used ---- */

enum { BY_MAP = 1, BY_WHERE = 2 };

static bool add_use(struct crunch_exprs *exprs, const struct crunch_expr *node, char by)
{
    size_t i = 0;
    while (i < exprs->n_uses && exprs->use[i].column < node->column)
        i++;
    if (i == exprs->n_uses || exprs->use[i].column != node->column) {
        void *moved = realloc(exprs->use, (exprs->n_uses + 1) * sizeof(*exprs->use));
        if (moved == NULL)
            return false;
        exprs->use = moved;
        memmove(&exprs->use[i + 1], &exprs->use[i], (exprs->n_uses++ - i) * sizeof(*exprs->use));
        exprs->use[i] = (struct crunch_expr_use){.column = node->column};
    }
    bool text = node->kind == CRUNCH_EXPR_TEXT;
    exprs->use[i].text |= text;
    exprs->use[i].number |= !text;
    exprs->use[i].where |= (by & BY_WHERE) != 0;
    exprs->use[i].map |= (by & BY_MAP) != 0;
    return true;
}

/* Notes the columns, and which of them --where depends on. Nodes that nothing needs (the literal
 * under a sign) are not looked at. */
static bool note_uses(struct crunch_exprs *exprs)
{
    char *needed = calloc(exprs->n_nodes + 1, 1);
    bool good = needed != NULL;
    for (size_t i = 0; good && i < exprs->n_maps; i++)
        needed[exprs->map[i].value->id] |= BY_MAP;
    if (good && exprs->where)
        needed[exprs->where->id] |= BY_WHERE;
    for (size_t i = exprs->n_nodes; good && i-- > 0;) {
        const struct crunch_expr *node = exprs->node[i];
        for (unsigned k = 0; k < node->n_args; k++)
            needed[node->arg[k]->id] |= needed[i];
        if (needed[i] && node->op == CRUNCH_EXPR_COLUMN)
            good = add_use(exprs, node, needed[i]);
    }
    free(needed);
    return good;
}

/* ---- the whole ---- */

enum crunch_code crunch_exprs_parse(const struct crunch_expr_request *request,
                                    const struct crunch_table *table, struct crunch_exprs **out,
                                    struct crunch_error *error)
{
    struct crunch_error unheard;
    struct parser p = {.b = {.table = table, .error = error ? error : &unheard}};
    bool good;
    p.b.exprs = calloc(1, sizeof *p.b.exprs);
    *out = NULL;
    if (p.b.exprs == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    p.b.exprs->arith = table->dialect.arith;
    good = true;
    for (size_t i = 0; good && i < request->n_map; i++)
        good = parse_maps(&p, request->map[i], request->names_are_text);
    if (good && request->degree > 1)
        good = add_powers(&p, request->power_of, request->degree);
    for (size_t i = 0; good && i < request->n_where; i++)
        good = parse_where(&p, request->where[i]);
    if (good && !note_uses(p.b.exprs)) {
        crunch_fail(p.b.error, CRUNCH_NO_MEMORY, "out of memory");
        good = false;
    }
    if (!good) {
        crunch_exprs_free(p.b.exprs);
        return p.b.error->code;
    }
    *out = p.b.exprs;
    return CRUNCH_OK;
}

bool crunch_exprs_may_be_bad(const struct crunch_exprs *exprs)
{
    bool may = exprs != NULL && exprs->n_maps > 0;
    for (size_t i = 0; exprs != NULL && i < exprs->n_nodes; i++)
        may = may || exprs->node[i]->op == CRUNCH_EXPR_MATCHES;
    return may;
}

void crunch_exprs_free(struct crunch_exprs *exprs)
{
    if (exprs == NULL)
        return;
    for (size_t i = 0; i < exprs->n_nodes; i++) {
        mpz_clear(exprs->node[i]->number.mantissa);
        pcre2_code_free(exprs->node[i]->regex);
        free(exprs->node[i]->text);
        free(exprs->node[i]);
    }
    for (size_t i = 0; i < exprs->n_maps; i++)
        free(exprs->map[i].name);
    free(exprs->node);
    free(exprs->map);
    free(exprs->use);
    free(exprs);
}

/*
 * Expressions: what --where and --map say, as typed trees.
 *
 * Parsing resolves names against the table and decides every kind, so that all that can be wrong
 * about an expression is said before any data is read; an error shows the expression with a mark
 * under the place. The trees are constant afterwards and shared by all workers and the reference;
 * how rows are computed from them is core/expr_machine.h's, and, a second time and apart from that,
 * core/reference_expr.h's.
 *
 * The language (the manual has it in full): decimal numbers, "texts" or 'texts', column names
 * (`odd ones` in backticks, $3 by index), + - * / %, comparisons, && || !, and functions. Kinds:
 *
 *   DECIMAL   exact numbers: + - * % and abs, floor, ceil, round, min, max of exact numbers
 *   DOUBLE    / and sqrt, and + - * ... with an operand of this kind: each decimal operand is
 *             rounded to nearest once, then one IEEE operation. In binary arithmetic every number.
 *   BOOLEAN   comparisons and tests; false, true or missing (three-valued as in SQL)
 *   TEXT      a cell's text; an empty one is missing
 *
 * A name takes its kind from its use: a number by arithmetic and by comparison with a number (or
 * with another name), a text by comparison with a text and in functions of texts.
 */
#ifndef CRUNCH_CORE_EXPR_H
#define CRUNCH_CORE_EXPR_H

#include "core/exact.h"
#include "io/table.h"

enum crunch_expr_kind {
    CRUNCH_EXPR_OPEN, /* a bare name or `missing`: what its use will ask for; not in a result of
                         crunch_exprs_parse */
    CRUNCH_EXPR_DECIMAL,
    CRUNCH_EXPR_DOUBLE,
    CRUNCH_EXPR_BOOLEAN,
    CRUNCH_EXPR_TEXT
};

enum crunch_expr_op {
    CRUNCH_EXPR_NUMBER,  /* a literal */
    CRUNCH_EXPR_STRING,  /* a literal */
    CRUNCH_EXPR_TRUTH,   /* true or false */
    CRUNCH_EXPR_MISSING, /* always missing */
    CRUNCH_EXPR_COLUMN,
    CRUNCH_EXPR_TO_DOUBLE, /* of a DECIMAL: the nearest, overflow to an infinity */
    CRUNCH_EXPR_TO_NUMBER, /* of a BOOLEAN: 1 or 0 */
    /* numbers from numbers, both of the node's kind */
    CRUNCH_EXPR_NEGATE,
    CRUNCH_EXPR_ADD,
    CRUNCH_EXPR_SUBTRACT,
    CRUNCH_EXPR_MULTIPLY,
    CRUNCH_EXPR_DIVIDE, /* DOUBLE only */
    CRUNCH_EXPR_MODULO, /* floored: the result has the sign of the divisor */
    CRUNCH_EXPR_ABS,
    CRUNCH_EXPR_FLOOR,
    CRUNCH_EXPR_CEIL,
    CRUNCH_EXPR_ROUND,    /* half-even, to an integer */
    CRUNCH_EXPR_ROUND_TO, /* half-even, to `digits` places; always DECIMAL, also of a DOUBLE */
    CRUNCH_EXPR_SQRT,     /* DOUBLE only */
    CRUNCH_EXPR_MIN,
    CRUNCH_EXPR_MAX,
    CRUNCH_EXPR_LENGTH, /* of a TEXT: characters of UTF-8 */
    /* truths; numbers of both kinds are compared exactly, texts by their bytes */
    CRUNCH_EXPR_EQ,
    CRUNCH_EXPR_NE,
    CRUNCH_EXPR_LT,
    CRUNCH_EXPR_LE,
    CRUNCH_EXPR_GT,
    CRUNCH_EXPR_GE,
    CRUNCH_EXPR_AND,
    CRUNCH_EXPR_OR,
    CRUNCH_EXPR_NOT,
    CRUNCH_EXPR_ISNULL, /* never missing */
    CRUNCH_EXPR_ISPRIME,
    CRUNCH_EXPR_STARTS_WITH,
    CRUNCH_EXPR_ENDS_WITH,
    CRUNCH_EXPR_CONTAINS,
    CRUNCH_EXPR_MATCHES, /* a regular expression of PCRE2, anywhere in the text */
    CRUNCH_EXPR_IF       /* arg[0] BOOLEAN; arg[1] and arg[2] of the node's kind */
};

struct crunch_expr {
    enum crunch_expr_op op;
    enum crunch_expr_kind kind;
    unsigned id;    /* its place in crunch_exprs.node: arguments have lower ones */
    const char *in; /* the text it was parsed from; its place there: */
    size_t at, len;
    unsigned n_args;
    const struct crunch_expr *arg[3];
    size_t column;               /* COLUMN: 0-based in the table */
    struct crunch_scaled number; /* NUMBER: the exact value, in base 10 */
    double binary;               /* NUMBER of kind DOUBLE: its nearest */
    bool truth;                  /* TRUTH */
    char *text;                  /* STRING, MATCHES (the pattern): NUL-terminated */
    size_t text_len;
    int digits;  /* ROUND_TO: -18..39 */
    void *regex; /* MATCHES: a pcre2_code, JIT-compiled where that is possible; may be shared */
};

/* A map: a computed column. */
struct crunch_expr_map {
    char *name; /* as given, or the text of the expression */
    size_t name_len;
    bool named; /* it was given */
    const struct crunch_expr *value;
};

/* How expressions use a column of the table. */
struct crunch_expr_use {
    size_t column;
    bool number, text; /* as what */
    bool where;        /* by --where: it is looked at in every record */
    bool map;          /* by a map */
};

struct crunch_exprs {
    const struct crunch_expr *where; /* kind BOOLEAN, or NULL */
    size_t n_maps;
    struct crunch_expr_map *map;
    size_t n_nodes;
    struct crunch_expr **node; /* all of them; arguments come before what uses them */
    size_t n_uses;
    struct crunch_expr_use *use; /* by ascending column */
    enum crunch_arith arith;     /* of the table's dialect */
};

struct crunch_expr_request {
    const char *const *where; /* all of them have to be true */
    size_t n_where;
    const char *const *map; /* each a list: [NAME =] EXPR, ...; may use the names of earlier ones */
    size_t n_map;
    bool names_are_text; /* a map that is a bare name gives the column's text, not its number */
    unsigned degree;     /* adds maps of powers 2 to degree; 0 and 1: none ... */
    size_t power_of;     /* ... of this one: a column of the table, or, behind them, a map. It has
                            to be of exact numbers */
};

/* Parses everything. Errors: CRUNCH_USAGE, the message showing the place; CRUNCH_NO_MEMORY. The
 * result keeps pointers into request's texts, which must outlive it, but none to the table. */
enum crunch_code crunch_exprs_parse(const struct crunch_expr_request *request,
                                    const struct crunch_table *table, struct crunch_exprs **out,
                                    struct crunch_error *error);
void crunch_exprs_free(struct crunch_exprs *exprs); /* NULL is fine */

/* Whether something may be bad about a row but its cells: a value out of range, a regular
 * expression that gives up. Pure; NULL is fine. */
bool crunch_exprs_may_be_bad(const struct crunch_exprs *exprs);

/* A place of an expression's text in a message: fills error like crunch_fail(CRUNCH_USAGE) and adds
 * the text and a mark under text[at, at + len). */
enum crunch_code crunch_expr_fail(struct crunch_error *error, const char *text, size_t at,
                                  size_t len, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif

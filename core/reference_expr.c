/*
 * The reference's evaluator. Plain on purpose: a value is a fraction, a double, a truth or a text;
 * every node is computed from its arguments' values, in the order of the nodes.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/reference_expr.h"

#include <float.h>
#include <math.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

enum truth { NO, YES, UNKNOWN };

struct value {
    bool missing;
    double special; /* DECIMAL: NaN or an infinity; 0: `number` is the value */
    mpq_t number;   /* DECIMAL */
    double x;       /* DOUBLE */
    bool truth;     /* BOOLEAN */
    const char *text;
    size_t text_len;
};

struct map { /* a value as a cell */
    struct crunch_reference_number number;
};

struct crunch_reference_exprs {
    const struct crunch_exprs *exprs;
    struct value *value; /* per node */
    bool *for_where, *for_maps;
    size_t *slot; /* per node: of a COLUMN */
    pcre2_code **regex;
    pcre2_match_data *match;
    struct map *map;
    bool made;                         /* the numbers of value and map */
    const struct crunch_expr *gave_up; /* in the row at hand: the first regular expression */
};

/* ---- set-up ---- */

static void need(const struct crunch_expr *node, bool *needed)
{
    if (needed[node->id])
        return;
    needed[node->id] = true;
    for (unsigned k = 0; k < node->n_args; k++)
        need(node->arg[k], needed);
}

static bool compile(struct crunch_reference_exprs *r, const struct crunch_expr *node)
{
    int wrong;
    PCRE2_SIZE where;
    if (node->op != CRUNCH_EXPR_MATCHES)
        return true;
    const struct crunch_expr *pattern = node->arg[1];
    r->regex[node->id] = pcre2_compile((PCRE2_SPTR)pattern->text, pattern->text_len,
                                       PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &wrong, &where, NULL);
    return r->regex[node->id] != NULL;
}

static void make_numbers(struct crunch_reference_exprs *r)
{
    for (size_t i = 0; i < r->exprs->n_nodes; i++)
        mpq_init(r->value[i].number);
    for (size_t i = 0; i < r->exprs->n_maps; i++)
        mpz_init(r->map[i].number.mantissa);
    r->made = true;
}

enum crunch_code crunch_reference_exprs_create(const struct crunch_exprs *exprs,
                                               const size_t *column, size_t n_columns,
                                               struct crunch_reference_exprs **out,
                                               struct crunch_error *error)
{
    struct crunch_reference_exprs *r = calloc(1, sizeof *r);
    const size_t n = exprs->n_nodes + 1;
    *out = NULL;
    if (r == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (reference)");
    r->exprs = exprs;
    r->value = calloc(n, sizeof *r->value);
    r->for_where = calloc(n, 1);
    r->for_maps = calloc(n, 1);
    r->slot = calloc(n, sizeof *r->slot);
    r->regex = calloc(n, sizeof(*r->regex));
    r->match = pcre2_match_data_create(1, NULL);
    r->map = calloc(exprs->n_maps + 1, sizeof *r->map);
    bool good =
        r->value && r->for_where && r->for_maps && r->slot && r->regex && r->match && r->map;
    if (good)
        make_numbers(r);
    for (size_t i = 0; good && i < exprs->n_maps; i++)
        need(exprs->map[i].value, r->for_maps);
    if (good && exprs->where)
        need(exprs->where, r->for_where);
    for (size_t i = 0; good && i < exprs->n_nodes; i++) {
        const struct crunch_expr *node = exprs->node[i];
        for (size_t k = 0; node->op == CRUNCH_EXPR_COLUMN && k < n_columns; k++)
            if (column[k] == node->column)
                r->slot[i] = k;
        good = compile(r, node);
    }
    if (!good) {
        crunch_reference_exprs_free(r);
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (reference)");
    }
    *out = r;
    return CRUNCH_OK;
}

void crunch_reference_exprs_free(struct crunch_reference_exprs *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->exprs->n_nodes; i++) {
        if (r->made)
            mpq_clear(r->value[i].number);
        if (r->regex)
            pcre2_code_free(r->regex[i]);
    }
    for (size_t i = 0; r->made && i < r->exprs->n_maps; i++)
        mpz_clear(r->map[i].number.mantissa);
    pcre2_match_data_free(r->match);
    free(r->value);
    free(r->for_where);
    free(r->for_maps);
    free(r->slot);
    free(r->regex);
    free(r->map);
    free(r);
}

/* ---- rounding ---- */

static void power(mpq_t out, unsigned long base, long n)
{
    mpz_ui_pow_ui(mpq_numref(out), base, (unsigned long)(n < 0 ? -n : n));
    mpz_set_ui(mpq_denref(out), 1);
    if (n < 0)
        mpq_inv(out, out);
}

/* What stands for a double at either end of an interval: 2^1024 for infinity. */
static void set_bound(mpq_t out, double x)
{
    if (isinf(x))
        power(out, 2, 1024);
    else
        mpq_set_d(out, x);
}

static bool is_odd(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits & 1;
}

/* The double next to the exact value of a positive fraction (or, root: of its square root): `low`
 * is at most that, the one above it more. */
static double nearer(const mpq_t exact, bool root, double low)
{
    double high = nextafter(low, (double)INFINITY);
    mpq_t middle, other;
    mpq_inits(middle, other, (mpq_ptr)NULL);
    set_bound(middle, low);
    set_bound(other, high);
    mpq_add(middle, middle, other);
    mpq_div_2exp(middle, middle, 1);
    if (root)
        mpq_mul(middle, middle, middle);
    int order = mpq_cmp(exact, middle);
    mpq_clears(middle, other, (mpq_ptr)NULL);
    if (order == 0)
        return is_odd(low) ? high : low;
    return order < 0 ? low : high;
}

/* The double nearest to a fraction; zero without sign. */
static double nearest(const mpq_t exact)
{
    mpq_t magnitude, most;
    mpq_inits(magnitude, most, (mpq_ptr)NULL);
    mpq_abs(magnitude, exact);
    mpq_set_d(most, DBL_MAX);
    /* mpq_get_d cuts off, towards zero. */
    double low = mpq_cmp(magnitude, most) >= 0 ? DBL_MAX : mpq_get_d(magnitude);
    double result = nearer(magnitude, false, low);
    power(most, 2, 1024);
    if (mpq_cmp(magnitude, most) >= 0)
        result = (double)INFINITY;
    mpq_clears(magnitude, most, (mpq_ptr)NULL);
    return mpq_sgn(exact) < 0 ? -result : result;
}

/* The square root of a finite positive double: the root of its integer at 2^-1200, then as above.
 */
static double root_of(double x)
{
    mpq_t exact;
    mpz_t whole;
    mpq_init(exact);
    mpz_init(whole);
    mpq_set_d(exact, x);
    mpq_mul_2exp(exact, exact, 2400);
    mpz_sqrt(whole, mpq_numref(exact)); /* an integer: x is a multiple of 2^-1074 */
    mpq_set_z(exact, whole);
    mpq_div_2exp(exact, exact, 1200);
    double low = mpq_get_d(exact);
    mpq_set_d(exact, x);
    double result = nearer(exact, true, low);
    mpq_clear(exact);
    mpz_clear(whole);
    return result;
}

/* q = the integer below, above or (half-even) nearest to x; q may be x. */
static void to_whole(enum crunch_expr_op op, mpq_t q, const mpq_t x)
{
    mpz_t low;
    mpq_t rest;
    mpz_init(low);
    mpq_init(rest);
    mpz_fdiv_q(low, mpq_numref(x), mpq_denref(x));
    mpq_set_z(rest, low);
    mpq_sub(rest, x, rest);
    bool up = op == CRUNCH_EXPR_CEIL && mpq_sgn(rest) > 0;
    if (op == CRUNCH_EXPR_ROUND || op == CRUNCH_EXPR_ROUND_TO) {
        int order = mpq_cmp_ui(rest, 1, 2);
        up = order > 0 || (order == 0 && mpz_odd_p(low));
    }
    if (up)
        mpz_add_ui(low, low, 1);
    mpq_set_z(q, low);
    mpq_clear(rest);
    mpz_clear(low);
}

/* ---- decimals ---- */

static bool is_special(const struct value *v)
{
    return v->special != 0;
}

/* Sign of a finite value, or the special itself: all that IEEE needs to know about the other. */
static double outline(const struct value *v)
{
    return is_special(v) ? v->special : mpq_sgn(v->number);
}

static void floored_modulo(mpq_t out, const mpq_t a, const mpq_t b)
{
    mpq_t quotient;
    mpq_init(quotient);
    mpq_div(quotient, a, b);
    to_whole(CRUNCH_EXPR_FLOOR, quotient, quotient);
    mpq_mul(quotient, quotient, b);
    mpq_sub(out, a, quotient);
    mpq_clear(quotient);
}

static void copy_decimal(struct value *out, const struct value *from)
{
    out->special = from->special;
    mpq_set(out->number, from->number);
}

static int decimal_order(const struct value *a, const struct value *b)
{
    if (!is_special(a) && !is_special(b)) {
        int order = mpq_cmp(a->number, b->number);
        return (order > 0) - (order < 0);
    }
    double x = outline(a), y = outline(b);
    return isnan(x) || isnan(y) ? 2 : (x > y) - (x < y);
}

static void decimal_modulo(struct value *out, const struct value *a, const struct value *b)
{
    if (is_special(a) || isnan(b->special) || (!is_special(b) && mpq_sgn(b->number) == 0)) {
        out->special = (double)NAN;
    } else if (is_special(b)) {
        bool same = mpq_sgn(a->number) == 0 || (mpq_sgn(a->number) < 0) == (b->special < 0);
        copy_decimal(out, same ? a : b);
    } else {
        floored_modulo(out->number, a->number, b->number);
    }
}

static void decimal_binary(enum crunch_expr_op op, struct value *out, const struct value *a,
                           const struct value *b)
{
    const bool special = is_special(a) || is_special(b);
    const double x = outline(a), y = outline(b);
    int order;
    out->special = 0;
    switch (op) {
    case CRUNCH_EXPR_ADD:
        if (special)
            out->special = x + y;
        else
            mpq_add(out->number, a->number, b->number);
        break;
    case CRUNCH_EXPR_SUBTRACT:
        if (special)
            out->special = x - y;
        else
            mpq_sub(out->number, a->number, b->number);
        break;
    case CRUNCH_EXPR_MULTIPLY:
        if (special)
            out->special = x * y;
        else
            mpq_mul(out->number, a->number, b->number);
        break;
    case CRUNCH_EXPR_MODULO:
        decimal_modulo(out, a, b);
        break;
    default:
        order = decimal_order(a, b);
        if (order == 2)
            out->special = (double)NAN;
        else
            copy_decimal(out, (order < 0) == (op == CRUNCH_EXPR_MIN) ? a : b);
    }
}

static void round_decimal(const struct crunch_expr *node, struct value *out, const mpq_t number)
{
    mpq_t unit;
    mpq_init(unit);
    power(unit, 10, node->op == CRUNCH_EXPR_ROUND_TO ? node->digits : 0);
    mpq_mul(out->number, number, unit);
    to_whole(node->op, out->number, out->number);
    mpq_div(out->number, out->number, unit);
    mpq_clear(unit);
}

static void decimal_unary(const struct crunch_expr *node, struct value *out, const struct value *a)
{
    copy_decimal(out, a);
    if (node->op == CRUNCH_EXPR_NEGATE) {
        out->special = -a->special;
        mpq_neg(out->number, a->number);
    } else if (node->op == CRUNCH_EXPR_ABS) {
        out->special = fabs(a->special);
        mpq_abs(out->number, a->number);
    } else if (!is_special(a)) {
        round_decimal(node, out, a->number);
    }
}

/* ---- doubles ---- */

static double double_modulo(double x, double y)
{
    if (isnan(x) || isnan(y) || isinf(x) || y == 0)
        return (double)NAN;
    if (isinf(y))
        return x == 0 || (x < 0) == (y < 0) ? x : y;
    mpq_t a, b;
    mpq_inits(a, b, (mpq_ptr)NULL);
    mpq_set_d(a, x);
    mpq_set_d(b, y);
    floored_modulo(a, a, b);
    double result = nearest(a);
    mpq_clears(a, b, (mpq_ptr)NULL);
    return result == 0 ? copysign(result, x) : result;
}

/* What the machine's operation gives is trusted only for its special values and the sign of a
 * zero. */
static double double_arithmetic(enum crunch_expr_op op, double x, double y)
{
    double machine = op == CRUNCH_EXPR_ADD        ? x + y
                     : op == CRUNCH_EXPR_SUBTRACT ? x - y
                     : op == CRUNCH_EXPR_MULTIPLY ? x * y
                                                  : x / y;
    if (!isfinite(x) || !isfinite(y) || (op == CRUNCH_EXPR_DIVIDE && y == 0))
        return machine;
    mpq_t a, b;
    mpq_inits(a, b, (mpq_ptr)NULL);
    mpq_set_d(a, x);
    mpq_set_d(b, y);
    if (op == CRUNCH_EXPR_ADD)
        mpq_add(a, a, b);
    else if (op == CRUNCH_EXPR_SUBTRACT)
        mpq_sub(a, a, b);
    else if (op == CRUNCH_EXPR_MULTIPLY)
        mpq_mul(a, a, b);
    else
        mpq_div(a, a, b);
    double result = nearest(a);
    mpq_clears(a, b, (mpq_ptr)NULL);
    return result == 0 ? copysign(0, machine) : result;
}

static double double_binary(enum crunch_expr_op op, double x, double y)
{
    if (op == CRUNCH_EXPR_MODULO)
        return double_modulo(x, y);
    if (op != CRUNCH_EXPR_MIN && op != CRUNCH_EXPR_MAX)
        return double_arithmetic(op, x, y);
    if (isnan(x) || isnan(y))
        return (double)NAN;
    if (op == CRUNCH_EXPR_MIN)
        return y < x ? y : x;
    return y > x ? y : x;
}

static double double_unary(enum crunch_expr_op op, double x)
{
    if (op == CRUNCH_EXPR_NEGATE)
        return -x;
    if (op == CRUNCH_EXPR_ABS)
        return fabs(x);
    if (!isfinite(x) || x == 0)
        return op == CRUNCH_EXPR_SQRT && x < 0 ? (double)NAN : x;
    if (op == CRUNCH_EXPR_SQRT)
        return x < 0 ? (double)NAN : root_of(x);
    mpq_t q;
    mpq_init(q);
    mpq_set_d(q, x);
    to_whole(op, q, q);
    double result = mpq_get_d(q);
    mpq_clear(q);
    return result == 0 ? copysign(0, x) : result;
}

static int double_order(double x, double y)
{
    return isnan(x) || isnan(y) ? 2 : (x > y) - (x < y);
}

/* A number of either kind as a decimal, exactly. */
static void as_decimal(const struct crunch_expr *node, const struct value *v, struct value *out)
{
    if (node->kind == CRUNCH_EXPR_DECIMAL) {
        copy_decimal(out, v);
    } else if (isfinite(v->x)) {
        out->special = 0;
        mpq_set_d(out->number, v->x);
    } else {
        out->special = v->x;
    }
}

/* ---- truths ---- */

static int order_of(const struct crunch_expr *node, const struct value *a, const struct value *b)
{
    const struct crunch_expr *left = node->arg[0], *right = node->arg[1];
    if (left->kind == CRUNCH_EXPR_TEXT) {
        size_t least = a->text_len < b->text_len ? a->text_len : b->text_len;
        int order = memcmp(a->text, b->text, least);
        if (order == 0)
            order = (a->text_len > b->text_len) - (a->text_len < b->text_len);
        return (order > 0) - (order < 0);
    }
    if (left->kind == CRUNCH_EXPR_DOUBLE && right->kind == CRUNCH_EXPR_DOUBLE)
        return double_order(a->x, b->x);
    struct value x, y;
    mpq_inits(x.number, y.number, (mpq_ptr)NULL);
    as_decimal(left, a, &x);
    as_decimal(right, b, &y);
    int order = decimal_order(&x, &y);
    mpq_clears(x.number, y.number, (mpq_ptr)NULL);
    return order;
}

static bool holds(enum crunch_expr_op op, int order)
{
    const bool less = order == -1, equal = order == 0, greater = order == 1;
    return op == CRUNCH_EXPR_EQ   ? equal
           : op == CRUNCH_EXPR_NE ? !equal
           : op == CRUNCH_EXPR_LT ? less
           : op == CRUNCH_EXPR_LE ? less || equal
           : op == CRUNCH_EXPR_GT ? greater
                                  : greater || equal;
}

static enum truth truth_of(const struct value *v)
{
    return v->missing ? UNKNOWN : v->truth ? YES : NO;
}

static void set_truth(struct value *out, enum truth truth)
{
    out->missing = truth == UNKNOWN;
    out->truth = truth == YES;
}

static bool has_part(const struct crunch_expr *node, const struct value *text,
                     const struct value *part)
{
    for (size_t at = 0; at + part->text_len <= text->text_len; at++) {
        bool may =
            node->op == CRUNCH_EXPR_CONTAINS ||
            (node->op == CRUNCH_EXPR_STARTS_WITH ? at == 0 : at + part->text_len == text->text_len);
        if (may && memcmp(text->text + at, part->text, part->text_len) == 0)
            return true;
    }
    return false;
}

static bool is_prime(const struct crunch_expr *node, const struct value *v)
{
    struct value exact;
    bool prime = false;
    mpq_init(exact.number);
    as_decimal(node, v, &exact);
    if (!is_special(&exact) && mpz_cmp_ui(mpq_denref(exact.number), 1) == 0 &&
        mpq_sgn(exact.number) > 0)
        prime = mpz_probab_prime_p(mpq_numref(exact.number), 50) != 0;
    mpq_clear(exact.number);
    return prime;
}

static enum truth is_match(struct crunch_reference_exprs *r, const struct crunch_expr *node,
                           const struct value *text)
{
    int found = pcre2_match(r->regex[node->id], (PCRE2_SPTR)text->text, text->text_len, 0,
                            PCRE2_NO_JIT, r->match, NULL);
    if (found == PCRE2_ERROR_NOMATCH)
        return NO;
    if (found < 0 && r->gave_up == NULL)
        r->gave_up = node;
    return found < 0 ? UNKNOWN : YES;
}

/* && || ! isnull, which look at missing arguments. False: not one of these. */
static bool logic(const struct crunch_expr *node, struct value *out, const struct value *a,
                  const struct value *b)
{
    enum truth x, y;
    switch (node->op) {
    case CRUNCH_EXPR_AND:
        x = truth_of(a);
        y = truth_of(b);
        set_truth(out, x == NO || y == NO ? NO : x == YES && y == YES ? YES : UNKNOWN);
        return true;
    case CRUNCH_EXPR_OR:
        x = truth_of(a);
        y = truth_of(b);
        set_truth(out, x == YES || y == YES ? YES : x == NO && y == NO ? NO : UNKNOWN);
        return true;
    case CRUNCH_EXPR_ISNULL:
        set_truth(out, a->missing ? YES : NO);
        return true;
    default:
        return false;
    }
}

/* ---- nodes ---- */

static void choose(const struct crunch_expr *node, struct value *out, const struct value *from)
{
    out->missing = from->missing;
    if (node->kind == CRUNCH_EXPR_DECIMAL)
        copy_decimal(out, from);
    out->x = from->x;
    out->truth = from->truth;
    out->text = from->text;
    out->text_len = from->text_len;
}

static size_t characters(const struct value *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->text_len; i++)
        n += ((unsigned char)v->text[i] >> 6) != 2;
    return n;
}

static void set_number(const struct crunch_expr *node, struct value *out, size_t n)
{
    out->special = 0;
    mpq_set_ui(out->number, n, 1);
    out->x = (double)n;
    (void)node;
}

/* A node none of whose arguments is missing. */
static void compute(struct crunch_reference_exprs *r, const struct crunch_expr *node,
                    struct value *out, const struct value *a, const struct value *b)
{
    switch (node->op) {
    case CRUNCH_EXPR_TO_DOUBLE:
        out->x = is_special(a) ? a->special : nearest(a->number);
        break;
    case CRUNCH_EXPR_TO_NUMBER:
        set_number(node, out, a->truth);
        break;
    case CRUNCH_EXPR_LENGTH:
        set_number(node, out, characters(a));
        break;
    case CRUNCH_EXPR_NOT:
        out->truth = !a->truth;
        break;
    case CRUNCH_EXPR_ISPRIME:
        out->truth = is_prime(node->arg[0], a);
        break;
    case CRUNCH_EXPR_MATCHES:
        set_truth(out, is_match(r, node, a));
        break;
    case CRUNCH_EXPR_STARTS_WITH:
    case CRUNCH_EXPR_ENDS_WITH:
    case CRUNCH_EXPR_CONTAINS:
        out->truth = has_part(node, a, b);
        break;
    case CRUNCH_EXPR_EQ:
    case CRUNCH_EXPR_NE:
    case CRUNCH_EXPR_LT:
    case CRUNCH_EXPR_LE:
    case CRUNCH_EXPR_GT:
    case CRUNCH_EXPR_GE:
        out->truth = holds(node->op, order_of(node, a, b));
        break;
    case CRUNCH_EXPR_ROUND_TO:
        as_decimal(node->arg[0], a, out);
        if (!is_special(out))
            round_decimal(node, out, out->number);
        break;
    default:
        if (node->kind == CRUNCH_EXPR_DOUBLE)
            out->x = b ? double_binary(node->op, a->x, b->x) : double_unary(node->op, a->x);
        else if (b)
            decimal_binary(node->op, out, a, b);
        else
            decimal_unary(node, out, a);
    }
}

static void evaluate(struct crunch_reference_exprs *r, const struct crunch_expr *node)
{
    struct value *out = &r->value[node->id];
    const struct value *arg[3] = {NULL, NULL, NULL};
    for (unsigned k = 0; k < node->n_args; k++)
        arg[k] = &r->value[node->arg[k]->id];
    if (logic(node, out, arg[0], arg[1]))
        return;
    if (node->op == CRUNCH_EXPR_IF) {
        if (arg[0]->missing)
            out->missing = true;
        else
            choose(node, out, arg[0]->truth ? arg[1] : arg[2]);
        return;
    }
    out->missing = arg[0]->missing || (arg[1] && arg[1]->missing);
    if (!out->missing)
        compute(r, node, out, arg[0], arg[1]);
}

static void set_scaled(mpq_t out, const mpz_t mantissa, unsigned long base, long exponent)
{
    power(out, base, exponent);
    mpq_t m;
    mpq_init(m);
    mpq_set_z(m, mantissa);
    mpq_mul(out, out, m);
    mpq_clear(m);
}

static void read_column(const struct crunch_reference_exprs *r, const struct crunch_expr *node,
                        struct value *out, const struct crunch_reference_cell *cell)
{
    const struct crunch_reference_number *number = cell->number;
    out->text = cell->text;
    out->text_len = cell->text_len;
    if (node->kind == CRUNCH_EXPR_TEXT) {
        out->missing = cell->text_len == 0 || number->class == CRUNCH_REFERENCE_BAD;
        return;
    }
    out->missing =
        number->class == CRUNCH_REFERENCE_MISSING || number->class == CRUNCH_REFERENCE_BAD;
    out->special = number->class == CRUNCH_REFERENCE_NAN         ? (double)NAN
                   : number->class == CRUNCH_REFERENCE_PLUS_INF  ? (double)INFINITY
                   : number->class == CRUNCH_REFERENCE_MINUS_INF ? -(double)INFINITY
                                                                 : 0;
    out->x = out->special;
    if (number->class != CRUNCH_REFERENCE_VALUE)
        return;
    bool binary = r->exprs->arith == CRUNCH_ARITH_BINARY;
    set_scaled(out->number, number->mantissa, binary ? 2 : 10, number->exponent);
    if (binary)
        out->x = mpq_get_d(out->number); /* exact: it is a double */
}

static void read_leaf(const struct crunch_reference_exprs *r, const struct crunch_expr *node,
                      struct value *out, const struct crunch_reference_cell *cell)
{
    out->missing = node->op == CRUNCH_EXPR_MISSING;
    out->special = 0;
    out->truth = node->truth;
    out->text = node->text;
    out->text_len = node->text_len;
    if (node->op == CRUNCH_EXPR_STRING && node->text_len == 0)
        out->missing = true;
    if (node->op == CRUNCH_EXPR_COLUMN)
        read_column(r, node, out, &cell[r->slot[node->id]]);
    if (node->op == CRUNCH_EXPR_NUMBER) {
        set_scaled(out->number, node->number.mantissa, 10, node->number.exponent);
        out->x = nearest(out->number);
    }
}

static void run(struct crunch_reference_exprs *r, const bool *needed,
                const struct crunch_reference_cell *cell)
{
    r->gave_up = NULL;
    for (size_t i = 0; i < r->exprs->n_nodes; i++) {
        const struct crunch_expr *node = r->exprs->node[i];
        if (needed[i] && node->n_args == 0)
            read_leaf(r, node, &r->value[i], cell);
        else if (needed[i])
            evaluate(r, node);
    }
}

/* ---- results ---- */

bool crunch_reference_exprs_where(struct crunch_reference_exprs *r,
                                  const struct crunch_reference_cell *cell,
                                  const struct crunch_expr **gave_up)
{
    *gave_up = NULL;
    if (r->exprs->where == NULL)
        return true;
    run(r, r->for_where, cell);
    *gave_up = r->gave_up;
    return truth_of(&r->value[r->exprs->where->id]) == YES;
}

static enum crunch_reference_class special_class(double x)
{
    return isnan(x) ? CRUNCH_REFERENCE_NAN
           : x > 0  ? CRUNCH_REFERENCE_PLUS_INF
                    : CRUNCH_REFERENCE_MINUS_INF;
}

/* A decimal as an integer without trailing zeros and an exponent; false: out of a cell's range. */
static bool put_decimal(struct crunch_reference_number *out, const mpq_t number)
{
    mpz_t rest, factor;
    mpq_t most, magnitude;
    mpz_inits(rest, factor, (mpz_ptr)NULL);
    mpq_inits(most, magnitude, (mpq_ptr)NULL);
    mpz_set_ui(factor, 2);
    unsigned long twos = mpz_remove(rest, mpq_denref(number), factor);
    mpz_set_ui(factor, 5);
    unsigned long fives = mpz_remove(rest, rest, factor);
    unsigned long places = twos > fives ? twos : fives;
    mpz_ui_pow_ui(factor, 10, places);
    mpz_mul(out->mantissa, mpq_numref(number), factor);
    mpz_divexact(out->mantissa, out->mantissa, mpq_denref(number));
    out->exponent = -(long)places;
    mpz_set_ui(factor, 10);
    if (mpz_sgn(out->mantissa) != 0)
        out->exponent += (long)mpz_remove(out->mantissa, out->mantissa, factor);
    mpq_set_d(most, DBL_MAX);
    mpq_abs(magnitude, number);
    bool inside = out->exponent >= -1100 && mpq_cmp(magnitude, most) <= 0;
    mpz_clears(rest, factor, (mpz_ptr)NULL);
    mpq_clears(most, magnitude, (mpq_ptr)NULL);
    return inside;
}

static void put_double(struct crunch_reference_number *out, double x)
{
    int exponent;
    if (!isfinite(x)) {
        out->class = special_class(x);
        return;
    }
    mpz_set_d(out->mantissa, ldexp(frexp(x, &exponent), 53));
    out->exponent = x == 0 ? 0 : exponent - 53;
}

/* A map's value as a cell; false: out of range. */
static bool put(const struct crunch_expr *node, const struct value *v, struct map *map,
                struct crunch_reference_cell *cell)
{
    bool inside = true;
    map->number.class = v->missing ? CRUNCH_REFERENCE_MISSING : CRUNCH_REFERENCE_VALUE;
    *cell = (struct crunch_reference_cell){.number = &map->number};
    if (node->kind == CRUNCH_EXPR_TEXT) {
        cell->text = v->missing ? "" : v->text;
        cell->text_len = v->missing ? 0 : v->text_len;
    } else if (v->missing) {
        return true;
    } else if (node->kind == CRUNCH_EXPR_DOUBLE) {
        put_double(&map->number, v->x);
    } else if (is_special(v)) {
        map->number.class = special_class(v->special);
    } else {
        inside = put_decimal(&map->number, v->number);
    }
    return inside;
}

void crunch_reference_exprs_maps(struct crunch_reference_exprs *r,
                                 const struct crunch_reference_cell *cell,
                                 struct crunch_reference_cell *map, bool *outside,
                                 const struct crunch_expr **gave_up)
{
    run(r, r->for_maps, cell);
    *gave_up = r->gave_up;
    for (size_t i = 0; i < r->exprs->n_maps; i++) {
        const struct crunch_expr *node = r->exprs->map[i].value;
        outside[i] = !put(node, &r->value[node->id], &r->map[i], &map[i]);
        if (outside[i])
            r->map[i].number.class = CRUNCH_REFERENCE_MISSING;
    }
}

/*
 * The machine: its vectors' memory, the order of nodes, truths, and what becomes of results. What
 * an operation does to numbers and texts is core/expr_decimal.c's, core/expr_double.c's and
 * core/expr_text.c's.
 *
 * Invariant after a run: every vector of a needed node holds the rows of the batch; literals are
 * filled once, when the machine is made.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/expr_machine.h"

#include "core/expr_vector.h"
#include "core/short_integer.h"

#include <float.h>
#include <math.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#define ROWS CRUNCH_BATCH_ROWS
#define JIT_STACK_LEAST ((size_t)32 << 10)
#define JIT_STACK_MOST ((size_t)8 << 20)
/* Steps after which compiled matching gives up. The interpreter takes up to 10,000,000 of its own
 * steps; it needs at most a few for one of these, so nothing that is found here escapes it. */
#define JIT_STEPS 100000

struct result { /* what crunch_expr_machine_cells adds to a vector */
    struct crunch_wide *wide;
    char *digits; /* CRUNCH_WIDE_DIGITS_MAX per row */
    uint8_t *class;
    double *binary;
};

struct crunch_expr_machine {
    const struct crunch_exprs *exprs;
    struct crunch_expr_scratch scratch;
    struct crunch_vector *vector; /* per node */
    struct result *result;        /* per node */
    size_t *slot;                 /* per node: of a COLUMN, its place in the batch */
    bool *needed;                 /* per node */
    char *texts;                  /* literals, between slack */
    size_t rows;                  /* of the last run */
    mpz_t most;                   /* the largest double */
};

/* ---- set-up ---- */

static bool is_literal(const struct crunch_expr *node)
{
    return node->n_args == 0 && node->op != CRUNCH_EXPR_COLUMN;
}

/* The arrays of a vector; columns need only those that are not views. */
static bool allocate(struct crunch_vector *v)
{
    char *at;
    size_t bytes = v->node->kind == CRUNCH_EXPR_DECIMAL   ? ROWS * (8 + 8 + 1 + 1)
                   : v->node->kind == CRUNCH_EXPR_DOUBLE  ? ROWS * (8 + 1)
                   : v->node->kind == CRUNCH_EXPR_BOOLEAN ? ROWS
                                                          : ROWS * (sizeof(char *) + 4);
    v->memory = at = aligned_alloc(64, bytes);
    if (at == NULL)
        return false;
    memset(at, 0, bytes);
    switch (v->node->kind) {
    case CRUNCH_EXPR_DECIMAL:
        v->cells.mantissa = (int64_t *)(void *)at;
        v->room = v->cells.mantissa + ROWS;
        v->cells.scale = (uint8_t *)(v->room + ROWS);
        v->cells.class = v->cells.scale + ROWS;
        break;
    case CRUNCH_EXPR_DOUBLE:
        v->x = (double *)(void *)at;
        v->missing = (uint8_t *)(v->x + ROWS);
        break;
    case CRUNCH_EXPR_BOOLEAN:
        v->truth = (uint8_t *)at;
        break;
    default:
        v->cells.text = (const char **)(void *)at;
        v->cells.text_len = (uint32_t *)(void *)(at + ROWS * sizeof(char *));
    }
    return true;
}

static void fill_text(struct crunch_vector *v, const char *text, size_t len)
{
    for (size_t i = 0; i < ROWS; i++) {
        v->cells.text[i] = text;
        v->cells.text_len[i] = (uint32_t)len;
    }
}

/* A literal's rows; texts are copied to *at. */
static void fill(struct crunch_vector *v, char **at)
{
    const struct crunch_expr *node = v->node;
    const bool missing = node->op == CRUNCH_EXPR_MISSING;
    switch (node->kind) {
    case CRUNCH_EXPR_DECIMAL:
        if (missing) {
            for (size_t i = 0; i < ROWS; i++)
                crunch_decimal_put_missing(v, i);
            crunch_decimal_measure(v, ROWS);
        } else {
            crunch_decimal_literal(v, &node->number);
        }
        break;
    case CRUNCH_EXPR_DOUBLE:
        v->any_missing = missing;
        memset(v->missing, missing, ROWS);
        for (size_t i = 0; i < ROWS; i++)
            v->x[i] = missing ? 0 : node->binary;
        break;
    case CRUNCH_EXPR_BOOLEAN:
        memset(v->truth, missing ? CRUNCH_UNKNOWN : node->truth, ROWS);
        break;
    default:
        if (node->text_len > 0)
            memcpy(*at, node->text, node->text_len);
        fill_text(v, *at, missing ? 0 : node->text_len);
        *at += node->text_len;
    }
}

static void find_needed(struct crunch_expr_machine *m, const struct crunch_expr *const *roots,
                        size_t n_roots)
{
    for (size_t i = 0; i < n_roots; i++)
        m->needed[roots[i]->id] = true;
    for (size_t i = m->exprs->n_nodes; i-- > 0;)
        for (unsigned k = 0; m->needed[i] && k < m->exprs->node[i]->n_args; k++)
            m->needed[m->exprs->node[i]->arg[k]->id] = true;
}

static size_t find_slot(size_t wanted, const size_t *column, size_t n)
{
    size_t slot = 0;
    while (slot < n && column[slot] != wanted)
        slot++;
    return slot;
}

static bool make_vectors(struct crunch_expr_machine *m, const size_t *column, size_t n_columns)
{
    size_t bytes = 2 * CRUNCH_TEXT_SLACK;
    for (size_t i = 0; i < m->exprs->n_nodes; i++)
        bytes += m->exprs->node[i]->text_len;
    m->texts = calloc(bytes, 1);
    if (m->texts == NULL)
        return false;
    char *at = m->texts + CRUNCH_TEXT_SLACK;
    for (size_t i = 0; i < m->exprs->n_nodes; i++) {
        const struct crunch_expr *node = m->exprs->node[i];
        struct crunch_vector *v = &m->vector[i];
        v->node = node;
        v->scratch = &m->scratch;
        if (!m->needed[i])
            continue;
        if (!allocate(v))
            return false;
        if (node->op == CRUNCH_EXPR_COLUMN)
            m->slot[i] = find_slot(node->column, column, n_columns);
        else if (is_literal(node))
            fill(v, &at);
    }
    return true;
}

/* What matching needs, if there is anything to match. */
static bool make_matching(struct crunch_expr_machine *m)
{
    struct crunch_expr_scratch *s = &m->scratch;
    bool any = false;
    for (size_t i = 0; i < m->exprs->n_nodes; i++)
        any = any || (m->needed[i] && m->exprs->node[i]->op == CRUNCH_EXPR_MATCHES);
    if (!any)
        return true;
    s->match = pcre2_match_data_create(1, NULL);
    s->match_context = pcre2_match_context_create(NULL);
    s->jit_stack = pcre2_jit_stack_create(JIT_STACK_LEAST, JIT_STACK_MOST, NULL);
    s->gave_up = malloc(ROWS * sizeof(*s->gave_up));
    if (s->match_context != NULL)
        pcre2_set_match_limit(s->match_context, JIT_STEPS);
    if (s->jit_stack != NULL && s->match_context != NULL)
        pcre2_jit_stack_assign(s->match_context, NULL, s->jit_stack);
    return s->match != NULL && s->match_context != NULL && s->gave_up != NULL;
}

enum crunch_code crunch_expr_machine_create(const struct crunch_exprs *exprs,
                                            const struct crunch_expr *const *roots, size_t n_roots,
                                            const size_t *column, size_t n_columns,
                                            struct crunch_expr_machine **out,
                                            struct crunch_error *error)
{
    struct crunch_expr_machine *m = calloc(1, sizeof *m);
    *out = NULL;
    if (m == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    m->exprs = exprs;
    mpz_inits(m->scratch.a, m->scratch.b, m->scratch.c, m->most, (mpz_ptr)NULL);
    mpq_init(m->scratch.q);
    mpz_set_d(m->most, DBL_MAX);
    m->vector = calloc(exprs->n_nodes + 1, sizeof *m->vector);
    m->result = calloc(exprs->n_nodes + 1, sizeof *m->result);
    m->slot = calloc(exprs->n_nodes + 1, sizeof *m->slot);
    m->needed = calloc(exprs->n_nodes + 1, sizeof *m->needed);
    bool good = m->vector && m->result && m->slot && m->needed;
    if (good)
        find_needed(m, roots, n_roots);
    good = good && make_vectors(m, column, n_columns) && make_matching(m);
    if (!good || m->scratch.no_memory) {
        crunch_expr_machine_free(m);
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    *out = m;
    return CRUNCH_OK;
}

static void free_vector(struct crunch_vector *v)
{
    free(v->memory);
    for (size_t i = 0; v->wide != NULL && i < ROWS; i++)
        mpz_clear(v->wide[i]);
    free(v->wide);
    free(v->exponent);
}

void crunch_expr_machine_free(struct crunch_expr_machine *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; m->vector != NULL && i < m->exprs->n_nodes; i++)
        free_vector(&m->vector[i]);
    for (size_t i = 0; m->result != NULL && i < m->exprs->n_nodes; i++) {
        free(m->result[i].wide);
        free(m->result[i].digits);
        free(m->result[i].class);
        free(m->result[i].binary);
    }
    pcre2_match_data_free(m->scratch.match);
    pcre2_match_context_free(m->scratch.match_context);
    free(m->scratch.gave_up);
    pcre2_jit_stack_free(m->scratch.jit_stack);
    mpz_clears(m->scratch.a, m->scratch.b, m->scratch.c, m->most, (mpz_ptr)NULL);
    mpq_clear(m->scratch.q);
    free(m->vector);
    free(m->result);
    free(m->slot);
    free(m->needed);
    free(m->texts);
    free(m);
}

/* ---- truths ---- */

/* Kleene's logic: false && missing is false, true || missing is true. */
static void join_truths(struct crunch_vector *out, const uint8_t *a, const uint8_t *b, size_t rows)
{
    uint8_t *to = out->truth;
    if (out->node->op == CRUNCH_EXPR_AND)
        for (size_t i = 0; i < rows; i++)
            to[i] = (uint8_t)((a[i] && b[i]) * (1 + ((a[i] | b[i]) >> 1)));
    else
        for (size_t i = 0; i < rows; i++)
            to[i] = (uint8_t)((a[i] | b[i]) & ~(2 * ((a[i] | b[i]) & 1)));
}

static void negate_truths(struct crunch_vector *out, const uint8_t *a, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        out->truth[i] = a[i] == CRUNCH_UNKNOWN ? (uint8_t)CRUNCH_UNKNOWN : a[i] ^ 1;
}

static void choose_truths(struct crunch_vector *out, const uint8_t *truth, const uint8_t *yes,
                          const uint8_t *no, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        out->truth[i] = truth[i] == CRUNCH_UNKNOWN ? (uint8_t)CRUNCH_UNKNOWN
                        : truth[i] == CRUNCH_TRUE  ? yes[i]
                                                   : no[i];
}

static void find_missing(struct crunch_vector *out, const struct crunch_vector *a, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        switch (a->node->kind) {
        case CRUNCH_EXPR_DECIMAL:
            out->truth[i] = crunch_vector_class(a, i) == CRUNCH_CELL_MISSING;
            break;
        case CRUNCH_EXPR_DOUBLE:
            out->truth[i] = a->any_missing && a->missing[i];
            break;
        case CRUNCH_EXPR_BOOLEAN:
            out->truth[i] = a->truth[i] == CRUNCH_UNKNOWN;
            break;
        default:
            out->truth[i] = a->cells.text_len[i] == 0;
        }
}

/* ---- a run ---- */

static void load(struct crunch_vector *v, const struct crunch_cells *cells, size_t rows)
{
    switch (v->node->kind) {
    case CRUNCH_EXPR_DECIMAL:
        v->cells = *cells;
        if (cells->n_wide > 0)
            crunch_decimal_load_wide(v, cells);
        break;
    case CRUNCH_EXPR_DOUBLE:
        crunch_double_load(v, cells, rows);
        break;
    default:
        v->cells.text = cells->text;
        v->cells.text_len = cells->text_len;
    }
}

static void compare(struct crunch_vector *out, struct crunch_vector *a, struct crunch_vector *b,
                    size_t rows)
{
    if (a->node->kind == CRUNCH_EXPR_TEXT)
        crunch_text_compare(out, a, b, rows);
    else if (a->node->kind != b->node->kind)
        crunch_mixed_compare(out, a, b, rows);
    else if (a->node->kind == CRUNCH_EXPR_DECIMAL)
        crunch_decimal_compare(out, a, b, rows);
    else
        crunch_double_compare(out, a, b, rows);
}

static void choose(struct crunch_vector *out, const uint8_t *truth, const struct crunch_vector *yes,
                   const struct crunch_vector *no, size_t rows)
{
    switch (out->node->kind) {
    case CRUNCH_EXPR_DECIMAL:
        crunch_decimal_choose(out, truth, yes, no, rows);
        break;
    case CRUNCH_EXPR_DOUBLE:
        crunch_double_choose(out, truth, yes, no, rows);
        break;
    case CRUNCH_EXPR_BOOLEAN:
        choose_truths(out, truth, yes->truth, no->truth, rows);
        break;
    default:
        crunch_text_choose(out, truth, yes, no, rows);
    }
}

/* Operations whose result is true or false. */
static void run_truth(struct crunch_vector *out, struct crunch_vector *a, struct crunch_vector *b,
                      size_t rows)
{
    switch (out->node->op) {
    case CRUNCH_EXPR_AND:
    case CRUNCH_EXPR_OR:
        join_truths(out, a->truth, b->truth, rows);
        break;
    case CRUNCH_EXPR_NOT:
        negate_truths(out, a->truth, rows);
        break;
    case CRUNCH_EXPR_ISNULL:
        find_missing(out, a, rows);
        break;
    case CRUNCH_EXPR_ISPRIME:
        if (a->node->kind == CRUNCH_EXPR_DECIMAL)
            crunch_decimal_is_prime(out, a, rows);
        else
            crunch_double_is_prime(out, a, rows);
        break;
    case CRUNCH_EXPR_MATCHES:
        crunch_text_match(out, a, rows);
        break;
    case CRUNCH_EXPR_STARTS_WITH:
    case CRUNCH_EXPR_ENDS_WITH:
    case CRUNCH_EXPR_CONTAINS:
        crunch_text_test(out, a, b, rows);
        break;
    default:
        compare(out, a, b, rows);
    }
}

/* Operations whose result is a number. */
static void run_number(struct crunch_vector *out, struct crunch_vector *a, struct crunch_vector *b,
                       size_t rows)
{
    const bool decimal = out->node->kind == CRUNCH_EXPR_DECIMAL;
    switch (out->node->op) {
    case CRUNCH_EXPR_TO_DOUBLE:
        crunch_decimals_to_doubles(out, a, rows);
        break;
    case CRUNCH_EXPR_TO_NUMBER:
        if (decimal)
            crunch_decimal_from_truth(out, a->truth, rows);
        else
            crunch_double_from_truth(out, a->truth, rows);
        break;
    case CRUNCH_EXPR_LENGTH:
        crunch_text_length(out, a, rows);
        break;
    default:
        if (out->node->op == CRUNCH_EXPR_ROUND_TO && a->node->kind == CRUNCH_EXPR_DOUBLE)
            crunch_double_round_to(out, a, rows);
        else if (decimal && b != NULL)
            crunch_decimal_binary(out, a, b, rows);
        else if (decimal)
            crunch_decimal_unary(out, a, rows);
        else if (b != NULL)
            crunch_double_binary(out, a, b, rows);
        else
            crunch_double_unary(out, a, rows);
    }
}

static void run_node(struct crunch_expr_machine *m, const struct crunch_expr *node)
{
    struct crunch_vector *out = &m->vector[node->id], *arg[3] = {NULL, NULL, NULL};
    for (unsigned k = 0; k < node->n_args; k++)
        arg[k] = &m->vector[node->arg[k]->id];
    if (node->op == CRUNCH_EXPR_IF)
        choose(out, arg[0]->truth, arg[1], arg[2], m->rows);
    else if (node->kind == CRUNCH_EXPR_BOOLEAN)
        run_truth(out, arg[0], arg[1], m->rows);
    else
        run_number(out, arg[0], arg[1], m->rows);
}

enum crunch_code crunch_expr_machine_run(struct crunch_expr_machine *m,
                                         const struct crunch_batch *batch,
                                         struct crunch_error *error)
{
    m->rows = batch->rows;
    m->scratch.any_gave_up = false;
    for (size_t i = 0; i < m->exprs->n_nodes; i++) {
        const struct crunch_expr *node = m->exprs->node[i];
        if (!m->needed[i] || is_literal(node))
            continue;
        if (node->op == CRUNCH_EXPR_COLUMN)
            load(&m->vector[i], &batch->columns[m->slot[i]], batch->rows);
        else
            run_node(m, node);
    }
    if (m->scratch.no_memory)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    return CRUNCH_OK;
}

/* ---- results ---- */

const struct crunch_expr *crunch_expr_machine_gave_up(const struct crunch_expr_machine *m,
                                                      size_t row)
{
    return m->scratch.any_gave_up ? m->scratch.gave_up[row] : NULL;
}

bool crunch_expr_machine_any_gave_up(const struct crunch_expr_machine *m)
{
    return m->scratch.any_gave_up;
}

const uint8_t *crunch_expr_machine_truths(const struct crunch_expr_machine *m,
                                          const struct crunch_expr *root)
{
    return m->vector[root->id].truth;
}

/* Is z * 10^exponent (z != 0 without trailing zeros) beyond what a cell can be? */
static bool is_outside(struct crunch_expr_machine *m, const mpz_t z, long exponent)
{
    if (exponent < CRUNCH_DIGITS_MIN_EXPONENT)
        return true;
    if (mpz_size(z) <= CRUNCH_SHORT_WORDS && exponent <= 308 - CRUNCH_SHORT_DIGITS)
        return false;
    long digits = (long)mpz_sizeinbase(z, 10); /* or one less */
    if (digits + exponent <= 308)
        return false;
    if (digits + exponent > 320)
        return true;
    struct crunch_expr_scratch *s = &m->scratch;
    mpz_abs(s->a, z);
    mpz_set(s->b, m->most);
    mpz_ui_pow_ui(s->c, 10, (unsigned long)(exponent < 0 ? -exponent : exponent));
    if (exponent < 0)
        mpz_mul(s->b, s->b, s->c);
    else
        mpz_mul(s->a, s->a, s->c);
    return mpz_cmp(s->a, s->b) > 0;
}

static bool reserve_wide(struct result *result)
{
    if (result->wide == NULL)
        result->wide = malloc(ROWS * sizeof *result->wide);
    if (result->digits == NULL) /* pages that are not used cost nothing */
        result->digits = malloc((size_t)ROWS * CRUNCH_WIDE_DIGITS_MAX + 2);
    return result->wide != NULL && result->digits != NULL;
}

static bool reserve_class(struct result *result)
{
    if (result->class == NULL)
        result->class = aligned_alloc(64, ROWS);
    return result->class != NULL;
}

/* Row i is beyond what a cell can be: it becomes missing, in a copy of the classes, for others may
 * have the vector as their argument. */
static bool leave_out(struct crunch_expr_machine *m, struct crunch_vector *v,
                      struct crunch_cells *cells, size_t i, struct crunch_outside *outside)
{
    struct result *result = &m->result[v->node->id];
    if (!reserve_class(result))
        return false;
    if (outside->n++ == 0) {
        memset(outside->row, 0, ROWS);
        memcpy(result->class, v->cells.class, m->rows);
        cells->class = result->class;
    }
    outside->row[i] = 1;
    result->class[i] = CRUNCH_CELL_MISSING;
    return true;
}

/* The WIDE rows of a decimal vector as a batch has them. */
static bool list_wide(struct crunch_expr_machine *m, struct crunch_vector *v,
                      struct crunch_cells *cells, struct crunch_outside *outside)
{
    struct result *result = &m->result[v->node->id];
    if (!reserve_wide(result))
        return false;
    char *text = malloc(CRUNCH_WIDE_DIGITS_MAX + 3);
    bool good = text != NULL;
    size_t n = 0;
    for (size_t i = 0; good && i < m->rows; i++) {
        if (crunch_vector_class(v, i) != CRUNCH_CELL_WIDE)
            continue;
        if (is_outside(m, v->wide[i], v->exponent[i])) {
            good = leave_out(m, v, cells, i, outside);
            continue;
        }
        char *digits = result->digits + i * CRUNCH_WIDE_DIGITS_MAX;
        const bool negative = mpz_sgn(v->wide[i]) < 0;
        size_t len = crunch_integer_digits(digits, v->wide[i]);
        if (len == 0) {
            mpz_get_str(text, 10, v->wide[i]);
            len = strlen(text + negative);
            memcpy(digits, text + negative, len);
        }
        result->wide[n++] = (struct crunch_wide){.row = (uint32_t)i,
                                                 .negative = negative,
                                                 .exponent = (int32_t)v->exponent[i],
                                                 .n_digits = (uint32_t)len,
                                                 .digits = digits};
    }
    cells->wide = result->wide;
    cells->n_wide = n;
    free(text);
    return good;
}

static bool doubles_as_cells(struct crunch_expr_machine *m, struct crunch_vector *v,
                             struct crunch_cells *cells)
{
    struct result *result = &m->result[v->node->id];
    if (result->binary == NULL)
        result->binary = aligned_alloc(64, ROWS * sizeof *result->binary);
    if (!reserve_class(result) || result->binary == NULL)
        return false;
    *cells = (struct crunch_cells){
        .binary = result->binary, .class = result->class, .one_scale = true, .n_numbers = m->rows};
    for (size_t i = 0; i < m->rows; i++) {
        const double x = v->x[i];
        const bool missing = v->any_missing && v->missing[i], plain = !missing && isfinite(x);
        result->binary[i] = plain ? x : 0;
        result->class[i] = (uint8_t)(plain      ? CRUNCH_CELL_NUMBER
                                     : missing  ? CRUNCH_CELL_MISSING
                                     : isnan(x) ? CRUNCH_CELL_NAN
                                     : x > 0    ? CRUNCH_CELL_PLUS_INF
                                                : CRUNCH_CELL_MINUS_INF);
        cells->n_numbers -= !plain;
    }
    cells->all_numbers = cells->n_numbers == m->rows;
    return true;
}

static bool texts_as_cells(struct crunch_expr_machine *m, struct crunch_vector *v,
                           struct crunch_cells *cells)
{
    struct result *result = &m->result[v->node->id];
    if (!reserve_class(result))
        return false;
    *cells = (struct crunch_cells){.class = result->class,
                                   .one_scale = true,
                                   .text = v->cells.text,
                                   .text_len = v->cells.text_len};
    for (size_t i = 0; i < m->rows; i++) {
        bool missing = v->cells.text_len[i] == 0;
        result->class[i] = missing ? (uint8_t)CRUNCH_CELL_MISSING : (uint8_t)CRUNCH_CELL_NUMBER;
        cells->n_numbers += !missing;
    }
    cells->all_numbers = cells->n_numbers == m->rows;
    return true;
}

enum crunch_code crunch_expr_machine_cells(struct crunch_expr_machine *m,
                                           const struct crunch_expr *root,
                                           struct crunch_cells *cells,
                                           struct crunch_outside *outside,
                                           struct crunch_error *error)
{
    struct crunch_vector *v = &m->vector[root->id];
    bool good = true;
    outside->n = 0;
    if (root->kind == CRUNCH_EXPR_DOUBLE) {
        good = doubles_as_cells(m, v, cells);
    } else if (root->kind == CRUNCH_EXPR_TEXT) {
        good = texts_as_cells(m, v, cells);
    } else {
        *cells = v->cells;
        cells->text = NULL;
        cells->text_len = NULL;
        if (cells->n_wide > 0)
            good = list_wide(m, v, cells, outside);
    }
    return good ? CRUNCH_OK : crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
}

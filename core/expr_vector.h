/*
 * Vectors: the values of one node of an expression for the rows of a batch. The expression
 * machine's own (core/expr_machine.c makes them; decimals, doubles and texts have a file each).
 *
 * A decimal row is narrow (class NUMBER: mantissa and scale, as in a batch), or WIDE: an integer of
 * GMP and an exponent of ten, only where the narrow form cannot hold it; what is narrow and what
 * is wide therefore depends on the value alone, and so does every digit of a result. Rows of
 * columns are views of the batch, all others are in the vector's own memory.
 */
#ifndef CRUNCH_CORE_EXPR_VECTOR_H
#define CRUNCH_CORE_EXPR_VECTOR_H

#include "core/expr.h"
#include "io/batch.h"

/* What is shared by the vectors of one machine. */
struct crunch_expr_scratch {
    mpz_t a, b, c;
    mpq_t q;
    bool no_memory;      /* found on the way: the rows computed are not to be used */
    void *match;         /* pcre2_match_data */
    void *match_context; /* of compiled matching, which gives up early */
    void *jit_stack;
    bool any_gave_up; /* a regular expression did, in the rows whose entry is not NULL: the first */
    const struct crunch_expr **gave_up; /* CRUNCH_BATCH_ROWS, where there are regular expressions */
};

/* Truths. */
enum { CRUNCH_FALSE = 0, CRUNCH_TRUE = 1, CRUNCH_UNKNOWN = 2 };

struct crunch_vector {
    const struct crunch_expr *node;
    struct crunch_expr_scratch *scratch;
    /* DECIMAL: mantissa, scale, class and the flags that say which of them are to be read, as in a
     * batch; n_wide counts WIDE rows, wide is not used. DOUBLE: nothing. TEXT: text, text_len. */
    struct crunch_cells cells;
    mpz_t *wide;    /* per row; NULL until the first WIDE row */
    long *exponent; /* the row's value is wide * 10^exponent */
    int64_t *room;  /* DECIMAL: mantissas brought to another scale for one operation */
    double *x;      /* DOUBLE: NaN and infinities are in it; anything where missing */
    uint8_t *missing;
    bool any_missing; /* DOUBLE: else missing is not to be read */
    uint8_t *truth;   /* BOOLEAN */
    void *memory;     /* of the arrays */
};

/* True, and *m the mantissas of all narrow rows at the one scale *scale, if they can be brought to
 * one; at least the scale `least`. */
bool crunch_vector_align(struct crunch_vector *v, size_t rows, int least, const int64_t **m,
                         int *scale);

/* ---- what each operation does, into `out`, whose node says which it is ---- */

void crunch_decimal_unary(struct crunch_vector *out, struct crunch_vector *a, size_t rows);
void crunch_decimal_binary(struct crunch_vector *out, struct crunch_vector *a,
                           struct crunch_vector *b, size_t rows);
void crunch_decimal_compare(struct crunch_vector *out, struct crunch_vector *a,
                            struct crunch_vector *b, size_t rows);
void crunch_decimal_choose(struct crunch_vector *out, const uint8_t *truth,
                           const struct crunch_vector *yes, const struct crunch_vector *no,
                           size_t rows);
void crunch_decimal_from_truth(struct crunch_vector *out, const uint8_t *truth, size_t rows);
void crunch_decimals_to_doubles(struct crunch_vector *out, const struct crunch_vector *a,
                                size_t rows);
void crunch_decimal_is_prime(struct crunch_vector *out, const struct crunch_vector *a, size_t rows);
/* Rows of a literal; of the WIDE cells of a batch. */
void crunch_decimal_literal(struct crunch_vector *out, const struct crunch_scaled *number);
void crunch_decimal_load_wide(struct crunch_vector *out, const struct crunch_cells *cells);
/* A row that has been left in wide[row] and exponent[row] (crunch_decimal_reserve_wide). */
void crunch_decimal_put_wide(struct crunch_vector *v, size_t row);
bool crunch_decimal_reserve_wide(struct crunch_vector *v);
/* The flags of cells, from its classes and scales. */
void crunch_decimal_measure(struct crunch_vector *v, size_t rows);
/* Sets v->scratch->a to an integer and returns the exponent: the value of a finite row. */
long crunch_decimal_row(const struct crunch_vector *v, size_t row);
/* The nearest double of a row that is not missing; NaN and infinities as they are. */
double crunch_decimal_row_double(const struct crunch_vector *v, size_t row);
/* Whether scratch->a times 10^exponent is prime. scratch->c is used. */
bool crunch_is_prime(struct crunch_expr_scratch *s, long exponent);
void crunch_decimal_put(struct crunch_vector *v, size_t row, int64_t m, int scale);
void crunch_decimal_put_special(struct crunch_vector *v, size_t row, double x);
void crunch_decimal_put_missing(struct crunch_vector *v, size_t row);

void crunch_double_unary(struct crunch_vector *out, const struct crunch_vector *a, size_t rows);
void crunch_double_binary(struct crunch_vector *out, const struct crunch_vector *a,
                          const struct crunch_vector *b, size_t rows);
void crunch_double_compare(struct crunch_vector *out, const struct crunch_vector *a,
                           const struct crunch_vector *b, size_t rows);
void crunch_double_choose(struct crunch_vector *out, const uint8_t *truth,
                          const struct crunch_vector *yes, const struct crunch_vector *no,
                          size_t rows);
void crunch_double_from_truth(struct crunch_vector *out, const uint8_t *truth, size_t rows);
void crunch_double_load(struct crunch_vector *out, const struct crunch_cells *cells, size_t rows);
/* Rounded to decimal places, into a DECIMAL vector. */
void crunch_double_round_to(struct crunch_vector *out, const struct crunch_vector *a, size_t rows);
void crunch_double_is_prime(struct crunch_vector *out, const struct crunch_vector *a, size_t rows);
/* A decimal column against doubles (or the other way round): exact. */
void crunch_mixed_compare(struct crunch_vector *out, const struct crunch_vector *a,
                          const struct crunch_vector *b, size_t rows);

void crunch_text_compare(struct crunch_vector *out, const struct crunch_vector *a,
                         const struct crunch_vector *b, size_t rows);
void crunch_text_test(struct crunch_vector *out, const struct crunch_vector *a,
                      const struct crunch_vector *b, size_t rows);
void crunch_text_match(struct crunch_vector *out, const struct crunch_vector *a, size_t rows);
void crunch_text_length(struct crunch_vector *out, const struct crunch_vector *a, size_t rows);
void crunch_text_choose(struct crunch_vector *out, const uint8_t *truth,
                        const struct crunch_vector *yes, const struct crunch_vector *no,
                        size_t rows);

/* The truth of a comparison that came out as order: -1, 0, 1, or 2 for unordered (NaN). */
static inline uint8_t crunch_truth_of_order(enum crunch_expr_op op, int order)
{
    switch (op) {
    case CRUNCH_EXPR_EQ:
        return order == 0;
    case CRUNCH_EXPR_NE:
        return order != 0;
    case CRUNCH_EXPR_LT:
        return order == -1;
    case CRUNCH_EXPR_LE:
        return order == -1 || order == 0;
    case CRUNCH_EXPR_GT:
        return order == 1;
    default:
        return order == 1 || order == 0;
    }
}

static inline enum crunch_class crunch_vector_class(const struct crunch_vector *v, size_t row)
{
    return v->cells.all_numbers ? CRUNCH_CELL_NUMBER : (enum crunch_class)v->cells.class[row];
}

static inline unsigned crunch_vector_scale(const struct crunch_vector *v, size_t row)
{
    return v->cells.one_scale ? v->cells.common_scale : v->cells.scale[row];
}

#endif

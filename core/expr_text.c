/*
 * Texts, a batch at a time: comparison and search by bytes, regular expressions by PCRE2 (compiled
 * once, shared; what a match needs belongs to the machine). An empty text is a missing one.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/expr_vector.h"

#include <pcre2.h>
#include <string.h>

static int order_of(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    if (order == 0)
        return (a_len > b_len) - (a_len < b_len);
    return order < 0 ? -1 : 1;
}

void crunch_text_compare(struct crunch_vector *out, const struct crunch_vector *a,
                         const struct crunch_vector *b, size_t rows)
{
    const enum crunch_expr_op op = out->node->op;
    const bool equality = op == CRUNCH_EXPR_EQ || op == CRUNCH_EXPR_NE;
    for (size_t i = 0; i < rows; i++) {
        uint32_t la = a->cells.text_len[i], lb = b->cells.text_len[i];
        if (la == 0 || lb == 0)
            out->truth[i] = CRUNCH_UNKNOWN;
        else if (equality && la != lb)
            out->truth[i] = op == CRUNCH_EXPR_NE;
        else
            out->truth[i] =
                crunch_truth_of_order(op, order_of(a->cells.text[i], la, b->cells.text[i], lb));
    }
}

static bool test(enum crunch_expr_op op, const char *a, size_t a_len, const char *b, size_t b_len)
{
    if (b_len > a_len)
        return false;
    if (op == CRUNCH_EXPR_STARTS_WITH)
        return memcmp(a, b, b_len) == 0;
    if (op == CRUNCH_EXPR_ENDS_WITH)
        return memcmp(a + a_len - b_len, b, b_len) == 0;
    return memmem(a, a_len, b, b_len) != NULL;
}

void crunch_text_test(struct crunch_vector *out, const struct crunch_vector *a,
                      const struct crunch_vector *b, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        uint32_t la = a->cells.text_len[i], lb = b->cells.text_len[i];
        if (la == 0 || lb == 0)
            out->truth[i] = CRUNCH_UNKNOWN;
        else
            out->truth[i] = test(out->node->op, a->cells.text[i], la, b->cells.text[i], lb);
    }
}

/* Compiled code counts its steps in its own way and gives up early; what it gives up is looked at
 * by the interpreter, which finds all that compiled code does, and whose verdict is the same on
 * every CPU. Negative: it gave up, too. */
static int match(const struct crunch_expr *node, struct crunch_expr_scratch *s, const char *text,
                 size_t len)
{
    int found = pcre2_match(node->regex, (PCRE2_SPTR)text, len, 0, 0, s->match, s->match_context);
    if (found < 0 && found != PCRE2_ERROR_NOMATCH)
        found = pcre2_match(node->regex, (PCRE2_SPTR)text, len, 0, PCRE2_NO_JIT, s->match, NULL);
    return found >= 0 ? 1 : found == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

void crunch_text_match(struct crunch_vector *out, const struct crunch_vector *a, size_t rows)
{
    struct crunch_expr_scratch *s = out->scratch;
    for (size_t i = 0; i < rows; i++) {
        uint32_t len = a->cells.text_len[i];
        int found = len > 0 ? match(out->node, s, a->cells.text[i], len) : -1;
        out->truth[i] = found < 0 ? (uint8_t)CRUNCH_UNKNOWN : (uint8_t)found;
        if (found >= 0 || len == 0)
            continue;
        if (!s->any_gave_up)
            memset(s->gave_up, 0, CRUNCH_BATCH_ROWS * sizeof(*s->gave_up));
        s->any_gave_up = true;
        if (s->gave_up[i] == NULL)
            s->gave_up[i] = out->node;
    }
}

static size_t characters(const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)text[i] & 0xC0) != 0x80;
    return n;
}

void crunch_text_length(struct crunch_vector *out, const struct crunch_vector *a, size_t rows)
{
    const bool binary = out->node->kind == CRUNCH_EXPR_DOUBLE;
    out->any_missing = false;
    for (size_t i = 0; i < rows; i++) {
        uint32_t len = a->cells.text_len[i];
        size_t n = characters(a->cells.text[i], len);
        if (binary) {
            out->x[i] = (double)n;
            out->missing[i] = len == 0;
            out->any_missing |= len == 0;
        } else if (len == 0) {
            crunch_decimal_put_missing(out, i);
        } else {
            crunch_decimal_put(out, i, (int64_t)n, 0);
        }
    }
    if (!binary)
        crunch_decimal_measure(out, rows);
}

void crunch_text_choose(struct crunch_vector *out, const uint8_t *truth,
                        const struct crunch_vector *yes, const struct crunch_vector *no,
                        size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        const struct crunch_cells *from = truth[i] == CRUNCH_TRUE ? &yes->cells : &no->cells;
        out->cells.text[i] = from->text[i];
        out->cells.text_len[i] = truth[i] == CRUNCH_UNKNOWN ? 0 : from->text_len[i];
    }
}

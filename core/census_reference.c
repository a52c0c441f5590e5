/*
 * Censuses as the reference takes them: a search tree of the C library, whose values are texts, or
 * GMP's integers with an exponent. Plain on purpose, and apart from core/census.c in every step:
 * only the canonical text is common ground, and each side writes its own.
 */
#include "core/census_reference.h"

#include "core/backend_pool.h"
#include "core/census.h"
#include "core/group_key.h"
#include "core/job.h"
#include "core/memory.h"
#include "core/reference_row.h"
#include "core/value_key.h"

#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (verification)");
}

/* ---- of a run ---- */

static void write_text(const char *text, size_t len, FILE *out)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c > ' ' && c < 127 && c != '\\')
            putc(c, out);
        else
            fprintf(out, "\\x%02X", c);
    }
}

static void write_key(const struct crunch_census_item *item, enum crunch_arith arith, FILE *out)
{
    struct crunch_scaled number;
    switch (crunch_value_key_kind(item->key, item->len)) {
    case CRUNCH_KEY_NAN:
        fputs("nan", out);
        return;
    case CRUNCH_KEY_PLUS_INF:
        fputs("inf", out);
        return;
    case CRUNCH_KEY_MINUS_INF:
        fputs("-inf", out);
        return;
    default:
        mpz_init(number.mantissa);
        crunch_value_key_number(item->key, item->len, &number);
        crunch_scaled_normalise(&number, arith);
        mpz_out_str(out, 10, number.mantissa);
        fprintf(out, "%c%ld", arith == CRUNCH_ARITH_BINARY ? 'p' : 'e', number.exponent);
        mpz_clear(number.mantissa);
    }
}

struct writing {
    const struct crunch_census *census;
    enum crunch_arith arith;
    FILE *out;
};

static enum crunch_code write_item(void *context, const struct crunch_census_item *listed,
                                   struct crunch_error *error)
{
    const struct writing *writing = context;
    struct crunch_census_item item = *listed;
    (void)error;
    fprintf(writing->out, "%" PRIu64 "\t", item.count);
    if (writing->census->grouped) {
        size_t len;
        const char *group = crunch_census_group(listed, &len);
        write_text(group, len, writing->out);
        putc('\t', writing->out);
        item = crunch_census_in_group(listed);
    }
    if (writing->census->by_value)
        write_key(&item, writing->arith, writing->out);
    else
        write_text(item.key, item.len, writing->out);
    putc('\n', writing->out);
    return CRUNCH_OK;
}

enum crunch_code crunch_census_write(const struct crunch_plan *plan, const void *config,
                                     const struct crunch_logs *logs, uint32_t stream, FILE *out,
                                     struct crunch_error *error)
{
    const struct crunch_census_config *census_config = config;
    const struct crunch_census_request request = {
        .most = SIZE_MAX,
        .threads = crunch_parallel_threads(plan->job),
        .mem_limit = plan->job->mem_limit == 0 ? 0 : crunch_memory_budget(plan->job),
        .tmpdir = plan->job->tmpdir};
    struct crunch_census census;
    const struct writing writing = {&census,
                                    crunch_layout_arith(&plan->layout, census_config->slot), out};
    enum crunch_code code =
        crunch_census_list(census_config, logs, stream, &request, &census, error);
    if (!code)
        code = crunch_census_each(&census, write_item, (void *)(uintptr_t)&writing, error);
    crunch_census_free(&census);
    return code;
}

/* ---- of the reference ---- */

/* A value: a text, or a number without trailing zeros in its base. */
struct seen {
    uint64_t count;
    enum crunch_reference_class class;
    bool is_text;
    mpz_t mantissa;
    long exponent;
    char *group; /* owned; NULL unless grouped */
    size_t group_len;
    size_t len;
    char text[];
};

struct reference {
    const struct crunch_plan *plan;
    const struct crunch_census_config *config;
    unsigned long base;
    void *tree;
    struct seen **list; /* for writing */
    size_t n;
};

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    for (size_t i = 0; i < a_len && i < b_len; i++)
        if (a[i] != b[i])
            return (unsigned char)a[i] < (unsigned char)b[i] ? -1 : 1;
    return a_len < b_len ? -1 : a_len > b_len;
}

static int compare_texts(const struct seen *a, const struct seen *b)
{
    return compare_bytes(a->text, a->len, b->text, b->len);
}

static int compare_groups(const struct seen *a, const struct seen *b)
{
    return compare_bytes(a->group, a->group_len, b->group, b->group_len);
}

/* Some order of the values that are kept: whatever is equal is written the same. */
static int tree_order(const void *x, const void *y)
{
    const struct seen *a = x, *b = y;
    int order = compare_groups(a, b);
    if (order != 0)
        return order;
    if (a->is_text)
        return compare_texts(a, b);
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    if (a->exponent != b->exponent)
        return a->exponent < b->exponent ? -1 : 1;
    return mpz_cmp(a->mantissa, b->mantissa);
}

static int class_order(enum crunch_reference_class class)
{
    return class == CRUNCH_REFERENCE_MINUS_INF  ? 0
           : class == CRUNCH_REFERENCE_VALUE    ? 1
           : class == CRUNCH_REFERENCE_PLUS_INF ? 2
                                                : 3;
}

static int numeric_order(const struct seen *a, const struct seen *b, unsigned long base)
{
    if (a->class != b->class || a->class != CRUNCH_REFERENCE_VALUE)
        return class_order(a->class) - class_order(b->class);
    mpz_t left, right;
    mpz_init_set(left, a->mantissa);
    mpz_init_set(right, b->mantissa);
    mpz_t power;
    mpz_init(power);
    if (a->exponent > b->exponent) {
        mpz_ui_pow_ui(power, base, (unsigned long)(a->exponent - b->exponent));
        mpz_mul(left, left, power);
    } else {
        mpz_ui_pow_ui(power, base, (unsigned long)(b->exponent - a->exponent));
        mpz_mul(right, right, power);
    }
    int order = mpz_cmp(left, right);
    mpz_clears(left, right, power, (mpz_ptr)NULL);
    return order;
}

static int print_order(const void *x, const void *y, void *base)
{
    const struct seen *a = *(struct seen *const *)x, *b = *(struct seen *const *)y;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    int order = compare_groups(a, b);
    if (order != 0)
        return order;
    return a->is_text ? compare_texts(a, b) : numeric_order(a, b, *(const unsigned long *)base);
}

static void free_seen(void *seen)
{
    mpz_clear(((struct seen *)seen)->mantissa);
    free(((struct seen *)seen)->group);
    free(seen);
}

enum crunch_code crunch_census_reference_create(const struct crunch_plan *plan, const void *config,
                                                void **self, struct crunch_error *error)
{
    struct reference *reference = calloc(1, sizeof *reference);
    *self = reference;
    if (reference == NULL)
        return no_memory(error);
    reference->plan = plan;
    reference->config = config;
    enum crunch_arith arith = crunch_layout_arith(&plan->layout, reference->config->slot);
    reference->base = arith == CRUNCH_ARITH_BINARY ? 2 : 10;
    return CRUNCH_OK;
}

void crunch_census_reference_destroy(void *self)
{
    struct reference *reference = self;
    if (reference == NULL)
        return;
    tdestroy(reference->tree, free_seen);
    free(reference->list);
    free(reference);
}

static struct seen *see(const struct reference *reference, const struct crunch_reference_cell *cell)
{
    bool is_text = !reference->config->by_value;
    struct seen *seen = calloc(1, sizeof *seen + (is_text ? cell->text_len : 0));
    if (seen == NULL)
        return NULL;
    mpz_init(seen->mantissa);
    seen->count = 1;
    seen->is_text = is_text;
    if (is_text) {
        seen->len = cell->text_len;
        memcpy(seen->text, cell->text, cell->text_len);
        return seen;
    }
    seen->class = cell->number->class;
    if (seen->class == CRUNCH_REFERENCE_VALUE && mpz_sgn(cell->number->mantissa) != 0) {
        mpz_set(seen->mantissa, cell->number->mantissa);
        seen->exponent = cell->number->exponent;
        for (; mpz_divisible_ui_p(seen->mantissa, reference->base); seen->exponent++)
            mpz_divexact_ui(seen->mantissa, seen->mantissa, reference->base);
    }
    return seen;
}

enum crunch_code crunch_census_reference_row(void *self, const struct crunch_reference_row *row,
                                             struct crunch_error *error)
{
    struct reference *reference = self;
    const struct crunch_reference_cell *cell = &row->cell[reference->config->slot];
    if (reference->config->by_value ? cell->number->class == CRUNCH_REFERENCE_MISSING
                                    : cell->text_len == 0)
        return CRUNCH_OK;
    struct seen *seen = see(reference, cell);
    if (seen == NULL)
        return no_memory(error);
    if (reference->config->grouped) {
        crunch_group_key_of_row(reference->plan, row, &seen->group, &seen->group_len);
        if (seen->group == NULL) {
            free_seen(seen);
            return no_memory(error);
        }
    }
    struct seen **found = tsearch(seen, &reference->tree, tree_order);
    if (found == NULL) {
        free_seen(seen);
        return no_memory(error);
    }
    if (*found == seen) {
        reference->n++;
        return CRUNCH_OK;
    }
    (*found)->count++;
    free_seen(seen);
    return CRUNCH_OK;
}

static void list_one(const void *node, VISIT visit, void *end)
{
    struct seen ***next = end;
    if (visit == postorder || visit == leaf)
        *(*next)++ = *(struct seen *const *)node;
}

static void write_seen(const struct seen *seen, unsigned long base, FILE *out)
{
    fprintf(out, "%" PRIu64 "\t", seen->count);
    for (const char *p = seen->group; seen->group && p < seen->group + seen->group_len; p++)
        fprintf(out, *p >= '!' && *p <= '~' && *p != '\\' ? "%c" : "\\x%02X", (unsigned char)*p);
    if (seen->group)
        putc('\t', out);
    if (seen->is_text) {
        for (const char *p = seen->text; p < seen->text + seen->len; p++)
            fprintf(out, *p >= '!' && *p <= '~' && *p != '\\' ? "%c" : "\\x%02X",
                    (unsigned char)*p);
    } else if (seen->class == CRUNCH_REFERENCE_VALUE) {
        gmp_fprintf(out, base == 2 ? "%Zdp%ld" : "%Zde%ld", seen->mantissa, seen->exponent);
    } else {
        fputs(seen->class == CRUNCH_REFERENCE_NAN        ? "nan"
              : seen->class == CRUNCH_REFERENCE_PLUS_INF ? "inf"
                                                         : "-inf",
              out);
    }
    putc('\n', out);
}

/* The values as they are written. */
static enum crunch_code list_all(struct reference *reference, struct crunch_error *error)
{
    if (reference->list != NULL)
        return CRUNCH_OK;
    struct seen **end = reference->list = malloc((reference->n + 1) * sizeof *end);
    if (end == NULL)
        return no_memory(error);
    twalk_r(reference->tree, list_one, &end);
    qsort_r(reference->list, reference->n, sizeof *end, print_order, &reference->base);
    return CRUNCH_OK;
}

enum crunch_code crunch_census_reference_write(void *self, FILE *out, struct crunch_error *error)
{
    struct reference *reference = self;
    enum crunch_code code = list_all(reference, error);
    for (size_t i = 0; i < reference->n && !code; i++)
        write_seen(reference->list[i], reference->base, out);
    return code;
}

static void copy_value(const struct seen *seen, unsigned long base, struct crunch_value *value)
{
    mpz_t power;
    if (seen->class != CRUNCH_REFERENCE_VALUE) {
        value->kind = seen->class == CRUNCH_REFERENCE_NAN        ? CRUNCH_VALUE_NAN
                      : seen->class == CRUNCH_REFERENCE_PLUS_INF ? CRUNCH_VALUE_PLUS_INF
                                                                 : CRUNCH_VALUE_MINUS_INF;
        return;
    }
    value->kind = base == 2 ? CRUNCH_VALUE_DOUBLE : CRUNCH_VALUE_COPIED;
    mpz_init(power);
    mpz_ui_pow_ui(power, base, (unsigned long)labs(seen->exponent));
    mpq_set_z(value->number, seen->mantissa);
    if (seen->exponent < 0)
        mpz_set(mpq_denref(value->number), power);
    else
        mpz_mul(mpq_numref(value->number), mpq_numref(value->number), power);
    mpq_canonicalize(value->number);
    mpz_clear(power);
}

enum crunch_code crunch_census_reference_counts(void *self, bool distinct,
                                                struct crunch_counted *counted,
                                                struct crunch_error *error)
{
    struct reference *reference = self;
    enum crunch_code code = list_all(reference, error);
    if (code)
        return code;
    if (distinct)
        counted->distinct = reference->n;
    if (!reference->config->by_value || reference->n == 0)
        return CRUNCH_OK;
    size_t rarest = reference->n - 1;
    while (rarest > 0 && reference->list[rarest - 1]->count == reference->list[rarest]->count)
        rarest--;
    copy_value(reference->list[0], reference->base, &counted->mode);
    copy_value(reference->list[rarest], reference->base, &counted->antimode);
    return CRUNCH_OK;
}

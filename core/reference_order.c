/*
 * Values of the reference in order. A value is an integer times a power of the base; most integers
 * fit a word, the others are numbers of GMP. Two values with the same exponent are compared as
 * integers, any two others by GMP.
 *
 * Values are kept in an array; when it is full it is sorted and written to a temporary file, and in
 * the end the files are merged by looking at the first value of each.
 */
#include "core/reference_order.h"

#include "io/temp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Values in memory: 48 bytes each while they are sorted. */
#define PIECE_MOST ((size_t)4 << 20)
#define PIECE_LEAST ((size_t)16 << 10)
#define PIECE_BYTES ((uint64_t)48)
/* Files at most; then they are merged into one. */
#define FILES_MOST 64

struct value {
    int64_t small; /* unless there is a big one */
    mpz_ptr big;
    long exponent;
};

struct crunch_reference_values {
    enum crunch_arith arith;
    const char *tmpdir;
    struct value *value;
    size_t n, size, most;
    FILE **file; /* n_files, each sorted; NULL as long as there is none */
    size_t n_files;
};

static size_t piece_of(const struct crunch_job *job, size_t n)
{
    const uint64_t most = job->mem_limit == 0 ? PIECE_MOST : job->mem_limit / 4 / n / PIECE_BYTES;
    return most > PIECE_MOST ? PIECE_MOST : most < PIECE_LEAST ? PIECE_LEAST : (size_t)most;
}

static void init(struct crunch_reference_values *values, enum crunch_arith arith,
                 const struct crunch_job *job, size_t n)
{
    *values = (struct crunch_reference_values){
        .arith = arith, .tmpdir = job->tmpdir, .most = piece_of(job, n)};
}

struct crunch_reference_values *
crunch_reference_values_create(enum crunch_arith arith, const struct crunch_job *job, size_t n)
{
    struct crunch_reference_values *values = calloc(1, sizeof *values);
    if (values)
        init(values, arith, job, n);
    return values;
}

static void clear_value(struct value *value)
{
    if (value->big) {
        mpz_clear(value->big);
        free(value->big);
    }
    value->big = NULL;
}

static void empty(struct crunch_reference_values *values)
{
    for (size_t i = 0; i < values->n; i++)
        clear_value(&values->value[i]);
    values->n = 0;
}

static void clear(struct crunch_reference_values *values)
{
    empty(values);
    free(values->value);
    for (size_t f = 0; f < values->n_files; f++)
        fclose(values->file[f]);
    free(values->file);
}

void crunch_reference_values_free(struct crunch_reference_values *values)
{
    if (values)
        clear(values);
    free(values);
}

static bool set_value(struct value *value, const mpz_t mantissa, long exponent)
{
    *value = (struct value){.exponent = exponent};
    if (mpz_fits_slong_p(mantissa)) {
        value->small = mpz_get_si(mantissa);
        return true;
    }
    value->big = malloc(sizeof *value->big);
    if (value->big)
        mpz_init_set(value->big, mantissa);
    return value->big != NULL;
}

static void get(const struct value *value, mpz_t mantissa)
{
    if (value->big)
        mpz_set(mantissa, value->big);
    else
        mpz_set_si(mantissa, value->small);
}

static unsigned long base_of(enum crunch_arith arith)
{
    return arith == CRUNCH_ARITH_BINARY ? 2 : 10;
}

/* out = value * base^-exponent, where exponent is not above the value's. */
static void get_at(const struct value *value, long exponent, unsigned long base, mpz_t out)
{
    get(value, out);
    if (value->exponent == exponent)
        return;
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, base, (unsigned long)(value->exponent - exponent));
    mpz_mul(out, out, power);
    mpz_clear(power);
}

static long lower(long a, long b)
{
    return a < b ? a : b;
}

static int compare_aligned(const struct value *a, const struct value *b, unsigned long base)
{
    long exponent = lower(a->exponent, b->exponent);
    mpz_t x, y;
    mpz_inits(x, y, (mpz_ptr)NULL);
    get_at(a, exponent, base, x);
    get_at(b, exponent, base, y);
    int order = mpz_cmp(x, y);
    mpz_clears(x, y, (mpz_ptr)NULL);
    return order;
}

static int compare(const void *left, const void *right, void *context)
{
    const struct crunch_reference_values *values = context;
    const struct value *a = left, *b = right;
    if (a->exponent == b->exponent && !a->big && !b->big)
        return (a->small > b->small) - (a->small < b->small);
    return compare_aligned(a, b, base_of(values->arith));
}

static void sort(struct crunch_reference_values *values)
{
    if (values->n > 0)
        qsort_r(values->value, values->n, sizeof *values->value, compare, values);
}

/* ---- files ---- */

static bool write_value(FILE *file, const struct value *value)
{
    const char is_big = value->big != NULL;
    return fwrite(&value->exponent, sizeof value->exponent, 1, file) == 1 &&
           putc(is_big, file) != EOF &&
           (is_big ? mpz_out_raw(file, value->big) > 0
                   : fwrite(&value->small, sizeof value->small, 1, file) == 1);
}

/* Reads the file's next value over *value. *more: there was one. False: it failed. */
static bool read_value(FILE *file, struct value *value, bool *more)
{
    clear_value(value);
    *more = fread(&value->exponent, sizeof value->exponent, 1, file) == 1;
    if (!*more)
        return feof(file);
    if (getc(file) == 0)
        return fread(&value->small, sizeof value->small, 1, file) == 1;
    value->big = malloc(sizeof *value->big);
    if (value->big == NULL)
        return false;
    mpz_init(value->big);
    return mpz_inp_raw(value->big, file) > 0;
}

static FILE *temporary(const char *tmpdir)
{
    struct crunch_error unheard;
    int fd = -1;
    if (crunch_temp_open(tmpdir, &fd, &unheard))
        return NULL;
    FILE *file = fdopen(fd, "w+");
    if (file == NULL)
        close(fd);
    return file;
}

/* ---- in order ---- */

typedef bool visitor(void *context, const struct value *value);

static bool visit_array(const struct crunch_reference_values *values, visitor *visit, void *context)
{
    bool good = true;
    for (size_t i = 0; i < values->n && good; i++)
        good = visit(context, &values->value[i]);
    return good;
}

/* The place of the least first value; n: there is none. */
static size_t least_of(const struct crunch_reference_values *values, const struct value *first,
                       const bool *has, size_t n)
{
    size_t least = n;
    for (size_t f = 0; f < n; f++)
        if (has[f] &&
            (least == n || compare(&first[f], &first[least], (void *)(uintptr_t)values) < 0))
            least = f;
    return least;
}

/* Visits all values in order: those in memory, sorted, or those in files (then there are none in
 * memory). False: memory or a file failed, or visit did. */
static bool visit_all(const struct crunch_reference_values *values, visitor *visit, void *context)
{
    struct value first[FILES_MOST + 1] = {0};
    bool has[FILES_MOST + 1] = {0}, good = true;
    const size_t n = values->n_files;
    size_t least;
    if (n == 0)
        return visit_array(values, visit, context);
    for (size_t f = 0; f < n && good; f++) {
        rewind(values->file[f]);
        good = read_value(values->file[f], &first[f], &has[f]);
    }
    while (good && (least = least_of(values, first, has, n)) < n)
        good = visit(context, &first[least]) &&
               read_value(values->file[least], &first[least], &has[least]);
    for (size_t f = 0; f < n; f++)
        clear_value(&first[f]);
    return good;
}

static bool write_visited(void *file, const struct value *value)
{
    return write_value(file, value);
}

/* What is in memory goes into a file, and if those are too many all go into one. */
static bool put_aside(struct crunch_reference_values *values)
{
    if (values->file == NULL)
        values->file = calloc(FILES_MOST + 1, sizeof(FILE *));
    if (values->file == NULL)
        return false;
    FILE *file = temporary(values->tmpdir);
    if (file == NULL)
        return false;
    sort(values);
    bool good = visit_array(values, write_visited, file) && fflush(file) == 0;
    empty(values);
    values->file[values->n_files++] = file;
    if (!good || values->n_files <= FILES_MOST)
        return good;
    file = temporary(values->tmpdir);
    if (file == NULL)
        return false;
    good = visit_all(values, write_visited, file) && fflush(file) == 0;
    for (size_t f = 0; f < values->n_files; f++)
        fclose(values->file[f]);
    values->file[0] = file;
    values->n_files = 1;
    return good;
}

/* Nothing more will be added. */
static bool finish(struct crunch_reference_values *values)
{
    if (values->n_files > 0)
        return values->n == 0 || put_aside(values);
    sort(values);
    return true;
}

static bool add(struct crunch_reference_values *values, const mpz_t mantissa, long exponent)
{
    if (values->n == values->most && !put_aside(values))
        return false;
    if (values->n == values->size) {
        size_t size = values->size + values->size / 2 + 64;
        size = size > values->most ? values->most : size;
        struct value *grown = realloc(values->value, size * sizeof *grown);
        if (grown == NULL)
            return false;
        values->value = grown;
        values->size = size;
    }
    if (!set_value(&values->value[values->n], mantissa, exponent))
        return false;
    values->n++;
    return true;
}

bool crunch_reference_values_add(struct crunch_reference_values *values,
                                 const struct crunch_reference_number *cell)
{
    return cell->class != CRUNCH_REFERENCE_VALUE || add(values, cell->mantissa, cell->exponent);
}

/* ---- results ---- */

/* What is looked for while all values pass. */
struct passing {
    const struct crunch_reference_values *values;
    uint64_t rank;                   /* of the value at hand */
    struct crunch_ranked_list *list; /* ranks to be found, */
    size_t found;                    /* of which so many are */
    uint64_t middle[2];              /* ranks, 0: none */
    struct crunch_scaled at_middle[2];
    uint64_t first, last; /* ranks that are summed; 0: none */
    struct crunch_scaled *sum;
    struct crunch_reference_values *twice; /* where doubled deviations go */
};

static void scale_down(struct crunch_scaled *x, long exponent, unsigned long base)
{
    mpz_t power;
    if (exponent >= x->exponent)
        return;
    mpz_init(power);
    mpz_ui_pow_ui(power, base, (unsigned long)(x->exponent - exponent));
    mpz_mul(x->mantissa, x->mantissa, power);
    x->exponent = exponent;
    mpz_clear(power);
}

static void add_to(struct crunch_scaled *sum, const struct value *value, unsigned long base)
{
    mpz_t term;
    mpz_init(term);
    scale_down(sum, value->exponent, base);
    get_at(value, sum->exponent, base, term);
    mpz_add(sum->mantissa, sum->mantissa, term);
    mpz_clear(term);
}

static bool look(void *context, const struct value *value)
{
    struct passing *p = context;
    p->rank++;
    if (p->found < p->list->n && p->list->item[p->found].rank == p->rank) {
        struct crunch_scaled *to = &p->list->item[p->found++].value;
        get(value, to->mantissa);
        to->exponent = value->exponent;
    }
    for (int i = 0; i < 2; i++)
        if (p->middle[i] == p->rank) {
            get(value, p->at_middle[i].mantissa);
            p->at_middle[i].exponent = value->exponent;
        }
    if (p->rank == p->first)
        p->sum->exponent = value->exponent;
    if (p->rank >= p->first && p->rank <= p->last)
        add_to(p->sum, value, base_of(p->values->arith));
    return true;
}

/* |2 x - (a + b)| for a value x, where a and b are the middle values: twice the deviation. */
static bool deviate(void *context, const struct value *value)
{
    struct passing *p = context;
    const unsigned long base = base_of(p->values->arith);
    const struct crunch_scaled *middle = p->at_middle;
    struct crunch_scaled total;
    const long exponent = lower(value->exponent, lower(middle[0].exponent, middle[1].exponent));
    mpz_t x;
    mpz_inits(x, total.mantissa, (mpz_ptr)NULL);
    for (int i = 0; i < 2; i++) {
        mpz_set(total.mantissa, middle[i].mantissa);
        total.exponent = middle[i].exponent;
        scale_down(&total, exponent, base);
        mpz_sub(x, x, total.mantissa);
    }
    get_at(value, exponent, base, total.mantissa);
    mpz_addmul_ui(x, total.mantissa, 2);
    mpz_abs(x, x);
    bool good = add(p->twice, x, exponent);
    mpz_clears(x, total.mantissa, (mpz_ptr)NULL);
    return good;
}

static bool take_deviations(struct passing *p, const struct crunch_job *job,
                            const struct crunch_ranks *ranks, struct crunch_ranked_list *out)
{
    struct crunch_reference_values twice;
    if (ranks->n == 0)
        return !ranks->no_memory;
    init(&twice, p->values->arith, job, 1);
    p->twice = &twice;
    struct passing again = {.values = &twice, .list = out};
    bool good = crunch_ranked_list_make(out, ranks) && visit_all(p->values, deviate, p) &&
                finish(&twice) && visit_all(&twice, look, &again);
    for (size_t i = 0; i < out->n && good; i++) { /* half of it */
        if (twice.arith == CRUNCH_ARITH_DECIMAL)
            mpz_mul_ui(out->item[i].value.mantissa, out->item[i].value.mantissa, 5);
        out->item[i].value.exponent--;
    }
    clear(&twice);
    return good;
}

static bool take_all(struct crunch_reference_values *values, const struct crunch_job *job,
                     const struct crunch_exact *counts, struct crunch_ordered *out)
{
    struct crunch_ranks ranks = {0}, deviations = {0};
    struct passing p = {.values = values, .list = &out->values, .sum = &out->trimmed};
    const uint64_t n = counts->count + counts->plus_inf + counts->minus_inf;
    crunch_order_wanted(job->ops, job->n_ops, &job->op_options, counts, &ranks, &deviations);
    out->has_trimmed =
        crunch_order_trim_range(job->ops, job->n_ops, &job->op_options, counts, &p.first, &p.last);
    if (!out->has_trimmed)
        p.first = p.last = 0;
    if (deviations.n > 0) {
        p.middle[0] = (n - 1) / 2 - counts->minus_inf + 1;
        p.middle[1] = n / 2 - counts->minus_inf + 1;
    }
    mpz_inits(p.at_middle[0].mantissa, p.at_middle[1].mantissa, (mpz_ptr)NULL);
    bool good = !ranks.no_memory && crunch_ranked_list_make(&out->values, &ranks) &&
                finish(values) && visit_all(values, look, &p) &&
                take_deviations(&p, job, &deviations, &out->deviations);
    mpz_clears(p.at_middle[0].mantissa, p.at_middle[1].mantissa, (mpz_ptr)NULL);
    crunch_ranks_free(&ranks);
    crunch_ranks_free(&deviations);
    return good;
}

enum crunch_code crunch_reference_values_total(struct crunch_reference_values *values,
                                               const struct crunch_job *job,
                                               const struct crunch_exact *counts,
                                               struct crunch_ordered *out)
{
    crunch_ordered_init(out, values->arith);
    return counts->nan > 0 || take_all(values, job, counts, out) ? CRUNCH_OK : CRUNCH_NO_MEMORY;
}

/* ---- formulas ---- */

/* Value of rank k of n, k brought into 1..n. False: the run did not look for it. */
static bool at_rank(const struct crunch_exact *x, const mpz_t k, mpq_t out, int *infinite)
{
    uint64_t n = x->count + x->plus_inf + x->minus_inf, rank;
    rank = mpz_cmp_ui(k, 1) < 0 ? 1 : mpz_cmp_ui(k, n) > 0 ? n : mpz_get_ui(k);
    *infinite = rank <= x->minus_inf ? -1 : rank > x->minus_inf + x->count ? 1 : 0;
    if (*infinite)
        return true;
    const struct crunch_scaled *found =
        x->ordered ? crunch_ranked_find(&x->ordered->values, rank - x->minus_inf) : NULL;
    if (found)
        crunch_scaled_to_mpq(out, found, x->arith);
    return found != NULL;
}

static void set_shape(struct crunch_reference_result *f, enum crunch_reference_shape shape,
                      const mpq_t number)
{
    f->shape = shape;
    f->negative = mpq_sgn(number) < 0;
    mpz_abs(f->p, mpq_numref(number));
    mpz_set(f->q, mpq_denref(number));
}

/* FINITE if the fraction is a decimal with an end: then some power of ten is a multiple of q. */
static void set_worked_out(struct crunch_reference_result *f)
{
    mpz_t gcd, power;
    mpz_inits(gcd, power, (mpz_ptr)NULL);
    mpz_gcd(gcd, f->p, f->q);
    mpz_divexact(gcd, f->q, gcd);
    mpz_ui_pow_ui(power, 10, mpz_sizeinbase(gcd, 2));
    f->shape = mpz_divisible_p(power, gcd) ? CRUNCH_SHAPE_FINITE : CRUNCH_SHAPE_QUOTIENT;
    mpz_clears(gcd, power, (mpz_ptr)NULL);
}

static void set_infinite(struct crunch_reference_result *f, int sign)
{
    f->shape = CRUNCH_SHAPE_INFINITE;
    f->negative = sign < 0;
}

/* (1 - g) x(k) + g x(k + 1) with 0 <= g <= 1. */
static bool between(struct crunch_reference_result *f, const struct crunch_exact *x, const mpz_t k,
                    const mpq_t g)
{
    mpq_t low, high;
    mpz_t next;
    int low_infinite, high_infinite;
    mpq_inits(low, high, (mpq_ptr)NULL);
    mpz_init(next);
    mpz_add_ui(next, k, 1);
    bool all_low = mpq_sgn(g) == 0, all_high = mpq_cmp_ui(g, 1, 1) == 0;
    bool good = at_rank(x, all_high ? next : k, low, &low_infinite) &&
                at_rank(x, all_low ? k : next, high, &high_infinite);
    if (good && (low_infinite || high_infinite)) {
        if (low_infinite * high_infinite < 0)
            f->shape = CRUNCH_SHAPE_NAN;
        else
            set_infinite(f, low_infinite + high_infinite);
    } else if (good && mpq_equal(low, high)) {
        set_shape(f, x->arith == CRUNCH_ARITH_BINARY ? CRUNCH_SHAPE_DOUBLE : CRUNCH_SHAPE_COPIED,
                  low);
    } else if (good) {
        mpq_sub(high, high, low);
        mpq_mul(high, high, g);
        mpq_add(low, low, high);
        set_shape(f, CRUNCH_SHAPE_FINITE, low);
        set_worked_out(f);
    }
    mpq_clears(low, high, (mpq_ptr)NULL);
    mpz_clear(next);
    return good;
}

/* Positions n p + a + p (1 - a - b), a and b in 24ths: the six continuous definitions. */
static const int alpha_beta[10][2] = {
    [4] = {0, 24}, [5] = {12, 12}, [6] = {0, 0}, [7] = {24, 24}, [8] = {8, 8}, [9] = {9, 9},
};

/* The discontinuous definitions, from n p = k + rest. */
static void step(unsigned type, mpz_t k, mpq_t g)
{
    static const unsigned long one = 1;
    int half = mpq_cmp_ui(g, 1, 2);
    bool whole = mpq_sgn(g) == 0;
    if (type == 1)
        mpq_set_ui(g, whole ? 0 : one, 1);
    else if (type == 2)
        mpq_set_ui(g, one, whole ? 2 : 1);
    else /* 3: the integer nearest to n p, the even one of two */
        mpq_set_ui(g, half > 0 || (half == 0 && mpz_odd_p(k)), 1);
}

static bool quantile_of(struct crunch_reference_result *f, const struct crunch_exact *x,
                        struct crunch_fraction at, unsigned type)
{
    uint64_t n = x->count + x->plus_inf + x->minus_inf;
    mpq_t p, g, term;
    mpz_t k;
    mpq_inits(p, g, term, (mpq_ptr)NULL);
    mpz_init(k);
    mpq_set_ui(p, at.num, at.den);
    mpq_canonicalize(p);
    mpz_set_ui(mpq_numref(g), n);
    mpq_mul(g, g, p);
    if (type > 3) {
        int a = alpha_beta[type][0], b = alpha_beta[type][1];
        mpq_set_si(term, 24 - a - b, 24);
        mpq_canonicalize(term);
        mpq_mul(term, term, p);
        mpq_add(g, g, term);
        mpq_set_si(term, a, 24);
        mpq_canonicalize(term);
        mpq_add(g, g, term);
    }
    mpz_fdiv_q(k, mpq_numref(g), mpq_denref(g));
    mpq_set_z(term, k);
    mpq_sub(g, g, term);
    if (type <= 3)
        step(type, k, g);
    bool good = between(f, x, k, g);
    mpq_clears(p, g, term, (mpq_ptr)NULL);
    mpz_clear(k);
    return good;
}

static bool median_of(struct crunch_reference_result *f, const struct crunch_exact *x)
{
    return quantile_of(f, x, (struct crunch_fraction){1, 2}, 5);
}

static bool iqr_of(struct crunch_reference_result *f, const struct crunch_exact *x, unsigned type)
{
    struct crunch_reference_result low = {.shape = CRUNCH_SHAPE_NOTHING};
    mpz_init(low.p);
    mpz_init_set_ui(low.q, 1);
    bool good = quantile_of(&low, x, (struct crunch_fraction){1, 4}, type) &&
                quantile_of(f, x, (struct crunch_fraction){3, 4}, type);
    bool infinite = low.shape == CRUNCH_SHAPE_INFINITE || f->shape == CRUNCH_SHAPE_INFINITE;
    bool same = low.shape == f->shape && low.negative == f->negative;
    if (low.shape == CRUNCH_SHAPE_NAN || f->shape == CRUNCH_SHAPE_NAN || (infinite && same)) {
        f->shape = CRUNCH_SHAPE_NAN;
    } else if (infinite) {
        set_infinite(f, 1);
    } else if (good) {
        mpz_mul(f->p, f->p, low.q);
        mpz_mul(low.p, low.p, f->q);
        mpz_mul(f->q, f->q, low.q);
        if (f->negative)
            mpz_neg(f->p, f->p);
        if (low.negative)
            mpz_add(f->p, f->p, low.p);
        else
            mpz_sub(f->p, f->p, low.p);
        f->negative = false;
        set_worked_out(f);
    }
    mpz_clears(low.p, low.q, (mpz_ptr)NULL);
    return good;
}

static bool mad_of(struct crunch_reference_result *f, const struct crunch_exact *x)
{
    uint64_t n = x->count + x->plus_inf + x->minus_inf;
    const struct crunch_scaled *found[2];
    if (!median_of(f, x))
        return false;
    if (f->shape == CRUNCH_SHAPE_INFINITE || f->shape == CRUNCH_SHAPE_NAN) {
        f->shape = CRUNCH_SHAPE_NAN;
        return true;
    }
    if ((n + 2) / 2 > x->count) { /* the upper one of the middle deviations is infinite */
        set_infinite(f, 1);
        return true;
    }
    found[0] = crunch_ranked_find(&x->ordered->deviations, (n + 1) / 2);
    found[1] = crunch_ranked_find(&x->ordered->deviations, (n + 2) / 2);
    if (!found[0] || !found[1])
        return false;
    mpq_t a, b;
    mpq_inits(a, b, (mpq_ptr)NULL);
    crunch_scaled_to_mpq(a, found[0], x->arith);
    crunch_scaled_to_mpq(b, found[1], x->arith);
    mpq_add(a, a, b);
    mpq_div_2exp(a, a, 1);
    set_shape(f, CRUNCH_SHAPE_FINITE, a);
    mpq_clears(a, b, (mpq_ptr)NULL);
    return true;
}

static bool trimmed_of(struct crunch_reference_result *f, const struct crunch_exact *x,
                       struct crunch_fraction trim)
{
    uint64_t n = x->count + x->plus_inf + x->minus_inf, cut;
    mpz_t product;
    mpz_init_set_ui(product, n);
    mpz_mul_ui(product, product, trim.num);
    mpz_fdiv_q_ui(product, product, trim.den);
    cut = mpz_get_ui(product);
    mpz_clear(product);
    if (cut * 2 >= n)
        return median_of(f, x);
    if (x->minus_inf > cut && x->plus_inf > cut)
        f->shape = CRUNCH_SHAPE_NAN;
    else if (x->minus_inf > cut || x->plus_inf > cut)
        set_infinite(f, x->minus_inf > cut ? -1 : 1);
    else if (!x->ordered->has_trimmed)
        return false;
    else {
        crunch_reference_set_scaled(f, CRUNCH_SHAPE_QUOTIENT, &x->ordered->trimmed, x->arith);
        mpz_mul_ui(f->q, f->q, n - 2 * cut);
    }
    return true;
}

bool crunch_reference_order_result_of(struct crunch_reference_result *f,
                                      const struct crunch_exact *x, const struct crunch_op *op,
                                      const struct crunch_op_options *options)
{
    bool quantile = strcmp(op->name, "quantile") == 0 ||
                    ((op->name[0] == 'p' || op->name[0] == 'q') &&
                     strspn(op->name + 1, "0123456789.") == strlen(op->name + 1));
    bool known = quantile || strcmp(op->name, "median") == 0 || strcmp(op->name, "iqr") == 0 ||
                 strcmp(op->name, "mad") == 0 || strcmp(op->name, "trimmed") == 0;
    if (!known)
        return false;
    if (x->nan > 0 || x->count + x->plus_inf + x->minus_inf == 0) {
        f->shape = x->nan > 0 ? CRUNCH_SHAPE_NAN : CRUNCH_SHAPE_NOTHING;
        return true;
    }
    if (quantile)
        return quantile_of(f, x, op->at, options->quantile_type);
    if (op->name[0] == 'i')
        return iqr_of(f, x, options->quantile_type);
    if (op->name[0] == 't')
        return trimmed_of(f, x, options->trim);
    return op->name[1] == 'a' ? mad_of(f, x) : median_of(f, x);
}

/*
 * Joint contents of groups against sums of GMP rationals kept beside them: numbers of every kind
 * fed to several tables, which are written as bytes and read into one, in any order.
 */
#include "core/group_joint.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS = 7, K_MAX = 3, TABLES = 4, ROUNDS = 60 };

static uint64_t state = 0x9E3779B97F4A7C15u;
static uint64_t below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

struct expected {
    uint64_t rows, nan, plus_inf, minus_inf, unweighted;
    mpq_t sum[K_MAX], product[K_MAX * (K_MAX + 1) / 2];
};

struct world {
    size_t k;
    bool squares;
    enum crunch_arith arith[K_MAX];
    struct crunch_layout layout;
    unsigned needs[K_MAX];
    struct crunch_joint_set set;
    struct crunch_batch *batch;
    struct expected expected[GROUPS];
};

static void open_world(struct world *w, size_t k, bool squares, enum crunch_arith arith)
{
    static const enum crunch_need need[K_MAX] = {CRUNCH_NEED_NUMBER, CRUNCH_NEED_NUMBER,
                                                 CRUNCH_NEED_NUMBER};
    static const size_t slot[K_MAX] = {0, 1, 2};
    memset(w, 0, sizeof *w);
    w->k = k;
    w->squares = squares;
    for (size_t i = 0; i < k; i++)
        w->arith[i] = arith;
    const struct crunch_batch_shape shape = {.n_columns = k, .need = need, .arith = arith};
    cr_assert_eq(crunch_batch_create(&shape, &w->batch, NULL), CRUNCH_OK);
    cr_assert_eq(crunch_layout_init(&w->layout, arith, k, w->needs), CRUNCH_OK);
    cr_assert_eq(crunch_joint_set_init(&w->set, &w->layout, k, slot, squares), CRUNCH_OK);
    for (size_t g = 0; g < GROUPS; g++) {
        for (size_t i = 0; i < K_MAX; i++)
            mpq_init(w->expected[g].sum[i]);
        for (size_t i = 0; i < K_MAX * (K_MAX + 1) / 2; i++)
            mpq_init(w->expected[g].product[i]);
    }
}

static void close_world(struct world *w)
{
    for (size_t g = 0; g < GROUPS; g++) {
        for (size_t i = 0; i < K_MAX; i++)
            mpq_clear(w->expected[g].sum[i]);
        for (size_t i = 0; i < K_MAX * (K_MAX + 1) / 2; i++)
            mpq_clear(w->expected[g].product[i]);
    }
    crunch_joint_set_free(&w->set);
    crunch_layout_free(&w->layout);
    crunch_batch_free(w->batch);
}

/* Digits and places of a number of one of the kinds that are told apart, and its text. */
enum { SMALL, MIDDLE, LARGE, TINY, HUGE, ZERO, KINDS };

static void number_text(char text[200], unsigned kind)
{
    const char *sign = below(2) ? "-" : "";
    switch (kind) {
    case SMALL:
        sprintf(text, "%s%d.%d", sign, (int)below(100), (int)below(10));
        break;
    case MIDDLE:
        sprintf(text, "%s%d.%08d", sign, (int)below(1000000), (int)below(100000000));
        break;
    case LARGE:
        sprintf(text, "%s%lld", sign, (long long)(UINT64_C(999999999999999999) - below(9)));
        break;
    case TINY:
        sprintf(text, "%s0.%030d", sign, (int)below(1000));
        break;
    case HUGE:
        sprintf(text, "%s%d%060d", sign, 1 + (int)below(9), (int)below(1000));
        break;
    default:
        sprintf(text, "0.%0*d", 1 + (int)below(20), 0);
    }
}

static void value_of_text(mpq_t x, const char *text)
{
    char digits[200];
    size_t n = 0, places = 0;
    for (const char *s = text; *s; s++)
        if (*s != '.')
            digits[n++] = *s;
    digits[n] = '\0';
    if (strchr(text, '.'))
        places = strlen(strchr(text, '.') + 1);
    mpz_set_str(mpq_numref(x), digits, 10);
    mpz_ui_pow_ui(mpq_denref(x), 10, places);
    mpq_canonicalize(x);
}

/* A random row; x[i] its values where class[i] is a number. */
static void make_row(const struct world *w, unsigned kinds, unsigned odd,
                     struct crunch_number row[K_MAX], mpq_t x[K_MAX])
{
    static const uint8_t odds[] = {CRUNCH_CELL_MISSING, CRUNCH_CELL_NAN, CRUNCH_CELL_PLUS_INF,
                                   CRUNCH_CELL_MINUS_INF};
    static char scratch[K_MAX][CRUNCH_WIDE_DIGITS_MAX + 1];
    static char text[K_MAX][200];
    struct crunch_dialect dialect = crunch_dialect_default();
    dialect.arith = w->arith[0];
    for (size_t i = 0; i < w->k; i++) {
        unsigned kind;
        do
            kind = (unsigned)below(KINDS);
        while (!(kinds >> kind & 1));
        if (odd > 0 && below(odd) == 0) {
            row[i] = (struct crunch_number){.class = odds[below(4)]};
            continue;
        }
        number_text(text[i], kind);
        crunch_number_parse(&dialect, text[i], strlen(text[i]), scratch[i], &row[i]);
        value_of_text(x[i], text[i]);
        if (w->arith[i] == CRUNCH_ARITH_BINARY)
            mpq_set_d(x[i], row[i].binary);
    }
}

static int sign_of(const struct crunch_number *number, const mpq_t x)
{
    return number->class == CRUNCH_CELL_PLUS_INF    ? 1
           : number->class == CRUNCH_CELL_MINUS_INF ? -1
                                                    : mpq_sgn(x);
}

static void expect_row(const struct world *w, struct expected *e,
                       const struct crunch_number row[K_MAX], mpq_t x[K_MAX])
{
    bool finite = true, nan = false, last = true;
    mpq_t product;
    for (size_t i = 0; i < w->k; i++) {
        if (row[i].class == CRUNCH_CELL_MISSING)
            return;
        last = row[i].class == CRUNCH_CELL_NUMBER || row[i].class == CRUNCH_CELL_WIDE;
        finite = finite && last;
        nan = nan || row[i].class == CRUNCH_CELL_NAN;
    }
    if (!finite) {
        const int p = nan || w->k != 2 ? 0 : sign_of(&row[0], x[0]) * sign_of(&row[1], x[1]);
        e->unweighted += !last;
        e->nan += p == 0;
        e->plus_inf += p > 0;
        e->minus_inf += p < 0;
        if (last && crunch_joint_weighs(w->k, w->set.squares))
            mpq_add(e->sum[1], e->sum[1], x[1]);
        return;
    }
    e->rows++;
    mpq_init(product);
    for (size_t j = 0; j < w->k; j++) {
        mpq_add(e->sum[j], e->sum[j], x[j]);
        for (size_t i = 0; i <= j; i++) {
            mpq_mul(product, x[i], x[j]);
            mpq_add(e->product[crunch_joint_at(i, j)], e->product[crunch_joint_at(i, j)], product);
        }
    }
    mpq_clear(product);
}

static void feed(struct world *w, struct crunch_group_joint *joint, size_t rows, unsigned kinds,
                 unsigned odd)
{
    uint32_t id[CRUNCH_BATCH_ROWS];
    mpq_t x[K_MAX];
    for (size_t i = 0; i < K_MAX; i++)
        mpq_init(x[i]);
    crunch_batch_clear(w->batch);
    for (size_t i = 0; i < rows; i++) {
        struct crunch_number row[K_MAX];
        make_row(w, kinds, odd, row, x);
        crunch_batch_append(w->batch, row, NULL, i);
        id[i] = (uint32_t)below(GROUPS);
        expect_row(w, &w->expected[id[i]], row, x);
    }
    cr_assert(crunch_group_joint_grow(joint, GROUPS));
    cr_assert(crunch_group_joint_feed(joint, w->batch, id));
    for (size_t i = 0; i < K_MAX; i++)
        mpq_clear(x[i]);
}

/* Writes each group of a table twice, and reads it into another once. */
static void pass_on(const struct crunch_group_joint *from, struct crunch_group_joint *into)
{
    struct crunch_bytes bytes = {0};
    struct crunch_group_joint_reader reader;
    crunch_group_joint_write_head(&bytes, from);
    for (size_t g = 0; g < GROUPS; g++) {
        crunch_group_joint_write(&bytes, from, g); /* not wanted: */
        crunch_group_joint_write(&bytes, from, g);
    }
    cr_assert_not(bytes.failed);
    cr_assert(crunch_group_joint_grow(into, GROUPS));
    const unsigned char *at = crunch_group_joint_read_head(&reader, into, bytes.data);
    for (size_t g = 0; g < GROUPS; g++) {
        at = crunch_group_joint_read(&reader, at, UINT32_MAX);
        at = crunch_group_joint_read(&reader, at, (uint32_t)g);
    }
    cr_assert_eq((size_t)(at - bytes.data), bytes.len);
    crunch_group_joint_reader_free(&reader);
    crunch_bytes_free(&bytes);
}

static void check(const struct world *w, const struct crunch_group_joint *joint)
{
    mpq_t x;
    mpq_init(x);
    for (size_t g = 0; g < GROUPS; g++) {
        const struct expected *e = &w->expected[g];
        struct crunch_joint got;
        cr_assert_eq(crunch_group_joint_extract(joint, g, &got), CRUNCH_OK);
        cr_assert_eq(got.rows, e->rows);
        cr_assert_eq(got.nan, e->nan);
        cr_assert_eq(got.plus_inf, e->plus_inf);
        cr_assert_eq(got.minus_inf, e->minus_inf);
        cr_assert_eq(got.unweighted, e->unweighted);
        for (size_t j = 0; j < w->k; j++) {
            crunch_joint_sum(x, &got, j);
            cr_assert(mpq_equal(x, e->sum[j]), "sum %zu of group %zu", j, g);
            for (size_t i = 0; i < j + w->squares; i++) {
                crunch_joint_product(x, &got, i, j);
                cr_assert(mpq_equal(x, e->product[crunch_joint_at(i, j)]),
                          "product %zu.%zu of group %zu", i, j, g);
            }
        }
        crunch_joint_clear(&got);
    }
    mpq_clear(x);
}

/* A batch has some of the kinds only, so that scales differ between batches and tables. */
static unsigned some_of(unsigned kinds)
{
    const unsigned some = kinds & (unsigned)below(1u << KINDS);
    return some ? some : kinds;
}

static void try(size_t k, bool squares, enum crunch_arith arith, unsigned kinds, unsigned odd)
{
    static const size_t slot_of[TABLES] = {2, 0, 3, 1}; /* the order in which tables are read */
    struct world w;
    struct crunch_group_joint table[TABLES], all;
    open_world(&w, k, squares, arith);
    cr_assert(crunch_group_joint_init(&all, &w.set));
    for (size_t t = 0; t < TABLES; t++) {
        cr_assert(crunch_group_joint_init(&table[t], &w.set));
        for (uint64_t batches = below(3); batches > 0; batches--)
            feed(&w, &table[t], 1 + below(40), some_of(kinds), odd);
        cr_assert(crunch_group_joint_grow(&table[t], GROUPS));
    }
    for (size_t t = 0; t < TABLES; t++)
        pass_on(&table[slot_of[t]], &all);
    check(&w, &all);
    /* Cleared, a table is as good as new. */
    crunch_group_joint_clear(&all);
    for (size_t t = 0; t < TABLES; t++)
        pass_on(&table[t], &all);
    check(&w, &all);
    for (size_t t = 0; t < TABLES; t++)
        crunch_group_joint_free(&table[t]);
    crunch_group_joint_free(&all);
    close_world(&w);
}

Test(group_joint, against_rationals)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        const unsigned kinds = round < KINDS ? 1u << round : 1 + (unsigned)below((1 << KINDS) - 1);
        try(2 + round % 2, round % 3 > 0, CRUNCH_ARITH_DECIMAL, kinds, round % 4 == 0 ? 0 : 6);
    }
}

Test(group_joint, against_rationals_binary)
{
    for (unsigned round = 0; round < ROUNDS / 4; round++)
        try(2 + round % 2, round % 3 > 0, CRUNCH_ARITH_BINARY, 1 << SMALL | 1 << MIDDLE | 1 << HUGE,
            round % 2 ? 5 : 0);
}

/* Small numbers stay out of arbitrary precision, whatever their scales. */
Test(group_joint, stays_compact)
{
    struct world w;
    struct crunch_group_joint joint;
    open_world(&w, 2, true, CRUNCH_ARITH_DECIMAL);
    cr_assert(crunch_group_joint_init(&joint, &w.set));
    for (unsigned i = 0; i < 20; i++)
        feed(&w, &joint, 100, 1u << SMALL | 1u << MIDDLE | 1u << ZERO, 0);
    cr_assert_eq(joint.n_rest, 0);
    check(&w, &joint);
    feed(&w, &joint, 10, 1u << HUGE, 0);
    cr_assert_gt(joint.n_rest, 0);
    check(&w, &joint);
    crunch_group_joint_free(&joint);
    close_world(&w);
}

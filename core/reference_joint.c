/*
 * The reference's joint sums and formulas; plain on purpose. A sum is an integer at the lowest
 * exponent seen so far. A regression is solved by rational elimination with pivoting, about the
 * means where there is an intercept.
 */
#include "core/reference_joint.h"

#include <stdlib.h>
#include <string.h>

/* ---- sums ---- */

struct total {
    mpz_t value;
    long exponent;
    unsigned long base;
};

struct set_totals {
    uint64_t rows, nan, plus_inf, minus_inf, unweighted;
    struct total *sum;     /* k */
    struct total *product; /* of i <= j, as in struct crunch_joint */
};

struct crunch_reference_joints {
    const struct crunch_layout *layout;
    struct set_totals *set;
    mpz_t term, power;
};

static unsigned long base_of(enum crunch_arith arith)
{
    return arith == CRUNCH_ARITH_BINARY ? 2 : 10;
}

static bool create_totals(struct set_totals *totals, const struct crunch_joint_set *set)
{
    totals->sum = calloc(set->k, sizeof *totals->sum);
    totals->product = calloc(set->k * (set->k + 1) / 2, sizeof *totals->product);
    if (totals->sum == NULL || totals->product == NULL)
        return false;
    for (size_t j = 0; j < set->k; j++) {
        totals->sum[j].base = base_of(set->arith[j]);
        mpz_init(totals->sum[j].value);
        for (size_t i = 0; i <= j; i++) {
            struct total *product = &totals->product[crunch_joint_at(i, j)];
            product->base = set->arith[i] == set->arith[j] ? totals->sum[j].base : 10;
            mpz_init(product->value);
        }
    }
    return true;
}

static void free_totals(struct set_totals *totals, size_t k)
{
    for (size_t i = 0; totals->sum && i < k; i++)
        if (totals->sum[i].base)
            mpz_clear(totals->sum[i].value);
    for (size_t i = 0; totals->product && i < k * (k + 1) / 2; i++)
        if (totals->product[i].base)
            mpz_clear(totals->product[i].value);
    free(totals->sum);
    free(totals->product);
}

struct crunch_reference_joints *crunch_reference_joints_create(const struct crunch_layout *layout)
{
    struct crunch_reference_joints *joints = calloc(1, sizeof *joints);
    if (joints == NULL)
        return NULL;
    mpz_inits(joints->term, joints->power, (mpz_ptr)NULL);
    joints->layout = layout;
    joints->set = calloc(layout->n_sets + 1, sizeof *joints->set);
    bool good = joints->set != NULL;
    for (size_t s = 0; s < layout->n_sets && good; s++)
        good = create_totals(&joints->set[s], &layout->set[s]);
    if (good)
        return joints;
    crunch_reference_joints_free(joints);
    return NULL;
}

void crunch_reference_joints_free(struct crunch_reference_joints *joints)
{
    if (joints == NULL)
        return;
    for (size_t s = 0; joints->set && s < joints->layout->n_sets; s++)
        free_totals(&joints->set[s], joints->layout->set[s].k);
    free(joints->set);
    mpz_clears(joints->term, joints->power, (mpz_ptr)NULL);
    free(joints);
}

/* total += joints->term * base^exponent. */
static void add_term(struct crunch_reference_joints *joints, struct total *total, long exponent)
{
    if (mpz_sgn(joints->term) == 0)
        return;
    if (mpz_sgn(total->value) == 0)
        total->exponent = exponent;
    if (exponent < total->exponent) {
        mpz_ui_pow_ui(joints->power, total->base, (unsigned long)(total->exponent - exponent));
        mpz_mul(total->value, total->value, joints->power);
        total->exponent = exponent;
    } else if (exponent > total->exponent) {
        mpz_ui_pow_ui(joints->power, total->base, (unsigned long)(exponent - total->exponent));
        mpz_mul(joints->term, joints->term, joints->power);
    }
    mpz_add(total->value, total->value, joints->term);
}

/* joints->term *= 2^exponent; what is left of it is a power of ten, which is returned. */
static long in_base_ten(struct crunch_reference_joints *joints, long exponent)
{
    mpz_ui_pow_ui(joints->power, exponent < 0 ? 5 : 2, (unsigned long)labs(exponent));
    mpz_mul(joints->term, joints->term, joints->power);
    return exponent < 0 ? exponent : 0;
}

static void add_finite(struct crunch_reference_joints *joints, struct set_totals *totals,
                       const struct crunch_joint_set *set, const struct crunch_reference_cell *cell)
{
    totals->rows++;
    for (size_t j = 0; j < set->k; j++) {
        const struct crunch_reference_number *y = cell[set->slot[j]].number;
        mpz_set(joints->term, y->mantissa);
        add_term(joints, &totals->sum[j], y->exponent);
        for (size_t i = 0; i <= j; i++) {
            const struct crunch_reference_number *x = cell[set->slot[i]].number;
            long exponent = x->exponent + y->exponent;
            if (i == j && !set->squares)
                continue;
            mpz_mul(joints->term, x->mantissa, y->mantissa);
            if (set->arith[i] != set->arith[j]) {
                bool binary = set->arith[i] == CRUNCH_ARITH_BINARY;
                exponent =
                    (binary ? y : x)->exponent + in_base_ten(joints, (binary ? x : y)->exponent);
            }
            add_term(joints, &totals->product[crunch_joint_at(i, j)], exponent);
        }
    }
}

/* 2 for an infinity, 1 for another positive number, and so on. */
static int direction(const struct crunch_reference_number *number)
{
    if (number->class == CRUNCH_REFERENCE_PLUS_INF)
        return 2;
    if (number->class == CRUNCH_REFERENCE_MINUS_INF)
        return -2;
    return mpz_sgn(number->mantissa);
}

/* A row of two columns, neither missing nor nan, one or both infinite. */
static void add_infinite(struct set_totals *totals, const struct crunch_reference_number *x,
                         const struct crunch_reference_number *y)
{
    int product = direction(x) * direction(y);
    if (product > 0)
        totals->plus_inf++;
    else if (product < 0)
        totals->minus_inf++;
    else
        totals->nan++;
}

static void add_row(struct crunch_reference_joints *joints, struct set_totals *totals,
                    const struct crunch_joint_set *set, const struct crunch_reference_cell *cell)
{
    bool nan = false, finite = true;
    enum crunch_reference_class last = cell[set->slot[set->k - 1]].number->class;
    for (size_t i = 0; i < set->k; i++) {
        enum crunch_reference_class class = cell[set->slot[i]].number->class;
        if (class == CRUNCH_REFERENCE_MISSING || class == CRUNCH_REFERENCE_BAD)
            return;
        nan = nan || class == CRUNCH_REFERENCE_NAN;
        finite = finite && class == CRUNCH_REFERENCE_VALUE;
    }
    if (finite) {
        add_finite(joints, totals, set, cell);
        return;
    }
    totals->unweighted += last != CRUNCH_REFERENCE_VALUE;
    if (set->k == 2 && !set->squares && last == CRUNCH_REFERENCE_VALUE) {
        const struct crunch_reference_number *weight = cell[set->slot[1]].number;
        mpz_set(joints->term, weight->mantissa);
        add_term(joints, &totals->sum[1], weight->exponent);
    }
    if (nan || set->k > 2)
        totals->nan++;
    else
        add_infinite(totals, cell[set->slot[0]].number, cell[set->slot[1]].number);
}

void crunch_reference_joints_add(struct crunch_reference_joints *joints,
                                 const struct crunch_reference_cell *cell)
{
    for (size_t s = 0; s < joints->layout->n_sets; s++)
        add_row(joints, &joints->set[s], &joints->layout->set[s], cell);
}

static void copy_total(struct crunch_scaled *out, const struct total *total)
{
    mpz_set(out->mantissa, total->value);
    out->exponent = total->exponent;
}

enum crunch_code crunch_reference_joints_total(const struct crunch_reference_joints *joints,
                                               size_t s, struct crunch_joint *joint)
{
    const struct set_totals *totals = &joints->set[s];
    const struct crunch_joint_set *set = &joints->layout->set[s];
    enum crunch_code code = crunch_joint_init(joint, set->k, set->arith, set->squares);
    if (code)
        return code;
    joint->rows = totals->rows;
    joint->nan = totals->nan;
    joint->plus_inf = totals->plus_inf;
    joint->minus_inf = totals->minus_inf;
    joint->unweighted = totals->unweighted;
    for (size_t i = 0; i < set->k; i++)
        copy_total(&joint->sum[i], &totals->sum[i]);
    for (size_t i = 0; i < set->k * (set->k + 1) / 2; i++)
        copy_total(&joint->product[i], &totals->product[i]);
    return CRUNCH_OK;
}

/* ---- pairs ---- */

/* x and y multiplied by l and m, so that all sums are integers; and from them n^2 times the central
 * moments, at l^2, m^2 and l m. */
struct integers {
    mpz_t l, m, sx, sy, sxx, syy, sxy;
    mpz_t cxx, cyy, cxy;
};

/* A power of ten (two) that makes an integer of the sum, and its square of the squares. */
static void find_multiplier(mpz_t out, const struct crunch_joint *joint, size_t i)
{
    long places = -joint->sum[i].exponent;
    long half = -joint->product[crunch_joint_at(i, i)].exponent;
    half = half > 0 ? (half + 1) / 2 : 0;
    places = places > half ? places : half;
    /* The sums may have lost trailing zeros, which their product has not. */
    long cross = -joint->product[crunch_joint_at(0, 1)].exponent;
    places = places > cross ? places : cross;
    mpz_ui_pow_ui(out, 10, (unsigned long)(places > 0 ? places : 0));
}

/* out = scaled * a * b, which is an integer. */
static void set_integer(mpz_t out, const struct crunch_scaled *scaled, enum crunch_arith arith,
                        const mpz_t a, const mpz_t b)
{
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, base_of(arith), (unsigned long)labs(scaled->exponent));
    mpz_mul(out, scaled->mantissa, a);
    mpz_mul(out, out, b);
    if (scaled->exponent >= 0)
        mpz_mul(out, out, power);
    else
        mpz_divexact(out, out, power);
    mpz_clear(power);
}

static void set_central(mpz_t out, const mpz_t ab, const mpz_t a, const mpz_t b, uint64_t n)
{
    mpz_mul_ui(out, ab, n);
    mpz_submul(out, a, b);
}

static void take_integers(struct integers *t, const struct crunch_joint *joint)
{
    const enum crunch_arith *arith = joint->arith;
    mpz_t one;
    mpz_init_set_ui(one, 1);
    mpz_inits(t->l, t->m, t->sx, t->sy, t->sxx, t->syy, t->sxy, t->cxx, t->cyy, t->cxy,
              (mpz_ptr)NULL);
    find_multiplier(t->l, joint, 0);
    find_multiplier(t->m, joint, 1);
    set_integer(t->sx, &joint->sum[0], arith[0], t->l, one);
    set_integer(t->sy, &joint->sum[1], arith[1], t->m, one);
    set_integer(t->sxx, &joint->product[0], arith[0], t->l, t->l);
    set_integer(t->sxy, &joint->product[1], crunch_cross_arith(arith[0], arith[1]), t->l, t->m);
    set_integer(t->syy, &joint->product[2], arith[1], t->m, t->m);
    set_central(t->cxx, t->sxx, t->sx, t->sx, joint->rows);
    set_central(t->cyy, t->syy, t->sy, t->sy, joint->rows);
    set_central(t->cxy, t->sxy, t->sx, t->sy, joint->rows);
    mpz_clear(one);
}

static void clear_integers(struct integers *t)
{
    mpz_clears(t->l, t->m, t->sx, t->sy, t->sxx, t->syy, t->sxy, t->cxx, t->cyy, t->cxy,
               (mpz_ptr)NULL);
}

/* f = p / q given in f, made of a non-negative p and a positive q; q = 0 is nothing. */
static void settle(struct crunch_reference_result *f, enum crunch_reference_shape shape)
{
    f->shape = mpz_sgn(f->q) == 0 ? CRUNCH_SHAPE_NOTHING : shape;
    f->negative = mpz_sgn(f->p) * mpz_sgn(f->q) < 0;
    mpz_abs(f->p, f->p);
    mpz_abs(f->q, f->q);
}

static void covariance(struct crunch_reference_result *f, const struct integers *t, uint64_t n,
                       bool population)
{
    mpz_set(f->p, t->cxy);
    mpz_mul(f->q, t->l, t->m);
    mpz_mul_ui(f->q, f->q, n);
    mpz_mul_ui(f->q, f->q, population ? n : n - 1);
    settle(f, CRUNCH_SHAPE_QUOTIENT);
}

static void correlation(struct crunch_reference_result *f, const struct integers *t, bool squared)
{
    mpz_mul(f->p, t->cxy, t->cxy);
    mpz_mul(f->q, t->cxx, t->cyy);
    settle(f, squared ? CRUNCH_SHAPE_QUOTIENT : CRUNCH_SHAPE_ROOT);
    f->negative = !squared && mpz_sgn(t->cxy) < 0;
}

/* (cxy / (l m)) / (cxx / l^2) */
static void slope(struct crunch_reference_result *f, const struct integers *t)
{
    mpz_mul(f->p, t->cxy, t->l);
    mpz_mul(f->q, t->cxx, t->m);
    settle(f, CRUNCH_SHAPE_QUOTIENT);
}

/* (sy / m - slope sx / l) / n = (sy cxx - cxy sx) / (n m cxx) */
static void intercept(struct crunch_reference_result *f, const struct integers *t, uint64_t n)
{
    mpz_mul(f->p, t->sy, t->cxx);
    mpz_submul(f->p, t->cxy, t->sx);
    mpz_mul(f->q, t->m, t->cxx);
    mpz_mul_ui(f->q, f->q, n);
    settle(f, CRUNCH_SHAPE_QUOTIENT);
}

/* p / q = the residual variance: (cyy cxx - cxy^2) / (cxx m^2 n (n - 2)); not settled. */
static void residual_variance(struct crunch_reference_result *f, const struct integers *t,
                              uint64_t n)
{
    mpz_mul(f->p, t->cyy, t->cxx);
    mpz_submul(f->p, t->cxy, t->cxy);
    mpz_mul(f->q, t->cxx, t->m);
    mpz_mul(f->q, f->q, t->m);
    mpz_mul_ui(f->q, f->q, n);
    mpz_mul_ui(f->q, f->q, n - 2);
}

/* Times n l^2 / cxx for the slope, times sxx / cxx for the intercept. */
static void standard_error(struct crunch_reference_result *f, const struct integers *t, uint64_t n,
                           bool of_slope)
{
    residual_variance(f, t, n);
    mpz_mul(f->q, f->q, t->cxx);
    if (of_slope) {
        mpz_mul(f->p, f->p, t->l);
        mpz_mul(f->p, f->p, t->l);
        mpz_mul_ui(f->p, f->p, n);
    } else {
        mpz_mul(f->p, f->p, t->sxx);
    }
    settle(f, CRUNCH_SHAPE_ROOT);
}

/* Sum of x w, or that over the sum of w. */
static void weighted(struct crunch_reference_result *f, const struct crunch_joint *joint, bool mean)
{
    struct crunch_reference_result w = {.shape = CRUNCH_SHAPE_NOTHING};
    bool infinite = joint->plus_inf + joint->minus_inf > 0;
    if (joint->nan > 0 || (joint->plus_inf > 0 && joint->minus_inf > 0) ||
        (mean && joint->unweighted > 0)) {
        f->shape = CRUNCH_SHAPE_NAN;
        return;
    }
    if (mean && mpz_sgn(joint->sum[1].mantissa) == 0) { /* no rows, too */
        f->shape = infinite ? CRUNCH_SHAPE_NAN : CRUNCH_SHAPE_NOTHING;
        return;
    }
    int sign = mean ? mpz_sgn(joint->sum[1].mantissa) : 1;
    if (infinite) {
        f->shape = CRUNCH_SHAPE_INFINITE;
        f->negative = (joint->minus_inf > 0) != (sign < 0);
        return;
    }
    crunch_reference_set_scaled(f, CRUNCH_SHAPE_FINITE, &joint->product[1],
                                crunch_cross_arith(joint->arith[0], joint->arith[1]));
    if (!mean)
        return;
    mpz_inits(w.p, w.q, (mpz_ptr)NULL);
    crunch_reference_set_scaled(&w, CRUNCH_SHAPE_FINITE, &joint->sum[1], joint->arith[1]);
    f->shape = CRUNCH_SHAPE_QUOTIENT;
    f->negative = f->negative != w.negative;
    mpz_mul(f->p, f->p, w.q);
    mpz_mul(f->q, f->q, w.p);
    mpz_clears(w.p, w.q, (mpz_ptr)NULL);
}

/* The least rows that an op on pairs needs; 0: the reference does not know it. */
static uint64_t least_rows(const char *name, bool population)
{
    static const struct {
        const char *name;
        uint64_t rows;
    } needs[] = {{"corr", 2},         {"r2", 2},       {"slope", 2},      {"intercept", 2},
                 {"intercept_se", 3}, {"slope_se", 3}, {"residual_sd", 3}};
    if (strcmp(name, "cov") == 0)
        return population ? 1 : 2;
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (strcmp(name, needs[i].name) == 0)
            return needs[i].rows;
    return 0;
}

static void pair_result(struct crunch_reference_result *f, const struct crunch_joint *joint,
                        const char *name, bool population)
{
    struct integers t;
    uint64_t n = joint->rows;
    take_integers(&t, joint);
    if (strcmp(name, "cov") == 0)
        covariance(f, &t, n, population);
    else if (strcmp(name, "corr") == 0 || strcmp(name, "r2") == 0)
        correlation(f, &t, name[0] == 'r');
    else if (strcmp(name, "slope") == 0)
        slope(f, &t);
    else if (strcmp(name, "intercept") == 0)
        intercept(f, &t, n);
    else if (strcmp(name, "slope_se") == 0 || strcmp(name, "intercept_se") == 0)
        standard_error(f, &t, n, name[0] == 's');
    else {
        residual_variance(f, &t, n);
        settle(f, CRUNCH_SHAPE_ROOT);
    }
    clear_integers(&t);
}

bool crunch_reference_joint_result(struct crunch_reference_result *f, const struct crunch_exact *x,
                                   const char *name, bool population)
{
    const struct crunch_joint *joint = x->joint;
    uint64_t special = joint->nan + joint->plus_inf + joint->minus_inf;
    uint64_t least = least_rows(name, population);
    if (strcmp(name, "pairs") == 0) {
        f->shape = CRUNCH_SHAPE_COUNT;
        mpz_set_ui(f->p, joint->rows + special);
        return true;
    }
    if (strcmp(name, "wsum") == 0 || strcmp(name, "wmean") == 0) {
        weighted(f, joint, name[1] == 'm');
        return true;
    }
    if (least == 0)
        return false;
    if (special > 0)
        f->shape = CRUNCH_SHAPE_NAN;
    else if (joint->rows >= least)
        pair_result(f, joint, name, population);
    return true;
}

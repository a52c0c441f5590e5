/*
 * The text of a result a second time: formulas over integers, digits by long division and integer
 * square roots, layout. Nothing of core/op.c, core/value.c or core/nearest.c is used; what a
 * formula is and which digits are shown is the user's manual's.
 *
 * A number here is a non-negative fraction p / q of integers, or the square root of one; its sign
 * stands apart. Every rounding is one comparison of integers, so it is exact.
 */
#include "core/reducer.h"
#include "core/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FULL_DIGITS 38

enum shape {
    NOTHING,
    NOT_A_NUMBER,
    INFINITE,
    COPIED,    /* all digits */
    AS_DOUBLE, /* a double of the input: the fewest digits that give it back */
    FINITE,    /* all digits if they are few, or of an integer */
    QUOTIENT,
    ROOT
};

struct fraction {
    enum shape shape;
    bool negative;
    mpz_t p, q;
};

/* m * base^exponent as a fraction. */
static void set_scaled(struct fraction *f, enum shape shape, const struct crunch_scaled *from,
                       enum crunch_arith arith)
{
    unsigned long base = arith == CRUNCH_ARITH_BINARY ? 2 : 10;
    f->shape = shape;
    f->negative = mpz_sgn(from->mantissa) < 0;
    mpz_abs(f->p, from->mantissa);
    mpz_ui_pow_ui(f->q, base, (unsigned long)labs(from->exponent));
    if (from->exponent >= 0) {
        mpz_mul(f->p, f->p, f->q);
        mpz_set_ui(f->q, 1);
    }
}

static uint64_t infinities(const struct crunch_exact *x)
{
    return x->plus_inf + x->minus_inf;
}

static void set_infinite(struct fraction *f, bool negative)
{
    f->shape = INFINITE;
    f->negative = negative;
}

static void sum_of(struct fraction *f, const struct crunch_exact *x)
{
    if (x->plus_inf && x->minus_inf)
        f->shape = NOT_A_NUMBER;
    else if (infinities(x))
        set_infinite(f, x->minus_inf > 0);
    else
        set_scaled(f, FINITE, &x->sum[CRUNCH_SUM], x->arith);
}

static void squares_of(struct fraction *f, const struct crunch_exact *x)
{
    if (infinities(x))
        set_infinite(f, false);
    else
        set_scaled(f, FINITE, &x->sum[CRUNCH_SUM_SQUARES], x->arith);
}

/* Finite results become a quotient by n; no values: nothing. */
static void over(struct fraction *f, const struct crunch_exact *x, uint64_t n, enum shape shape)
{
    if (f->shape != FINITE && f->shape != QUOTIENT)
        return;
    f->shape = x->count == 0 ? NOTHING : shape;
    mpz_mul_ui(f->q, f->q, n);
}

/* (n S2 - S1^2) / (n d) with S1 = p/q, S2 = r/s: (n r q^2 - p^2 s) / (n d s q^2). */
static void variance_of(struct fraction *f, const struct crunch_exact *x, bool population)
{
    struct fraction squares = {.shape = NOTHING};
    uint64_t n = x->count, d = population ? n : n - 1;
    if (infinities(x)) {
        f->shape = NOT_A_NUMBER;
        return;
    }
    if (n == 0 || d == 0)
        return;
    mpz_inits(squares.p, squares.q, (mpz_ptr)NULL);
    set_scaled(f, QUOTIENT, &x->sum[CRUNCH_SUM], x->arith);
    set_scaled(&squares, QUOTIENT, &x->sum[CRUNCH_SUM_SQUARES], x->arith);
    mpz_mul(f->p, f->p, f->p);
    mpz_mul(f->p, f->p, squares.q);
    mpz_mul(f->q, f->q, f->q);
    mpz_mul(squares.p, squares.p, f->q);
    mpz_mul_ui(squares.p, squares.p, n);
    mpz_sub(f->p, squares.p, f->p);
    mpz_mul(f->q, f->q, squares.q);
    mpz_mul_ui(f->q, f->q, n);
    mpz_mul_ui(f->q, f->q, d);
    f->negative = false;
    mpz_clears(squares.p, squares.q, (mpz_ptr)NULL);
}

static void extreme_of(struct fraction *f, const struct crunch_exact *x, bool greatest)
{
    uint64_t same = greatest ? x->plus_inf : x->minus_inf;
    uint64_t other = greatest ? x->minus_inf : x->plus_inf;
    if (same)
        set_infinite(f, !greatest);
    else if (x->has_extremes)
        set_scaled(f, x->arith == CRUNCH_ARITH_BINARY ? AS_DOUBLE : COPIED,
                   greatest ? &x->max : &x->min, x->arith);
    else if (other)
        set_infinite(f, greatest);
}

/* max - min, both brought to one denominator. */
static void range_of(struct fraction *f, const struct crunch_exact *x)
{
    struct fraction least = {.shape = NOTHING};
    if (infinities(x)) {
        if (x->has_extremes || (x->plus_inf && x->minus_inf))
            set_infinite(f, false);
        else
            f->shape = NOT_A_NUMBER;
        return;
    }
    if (!x->has_extremes)
        return;
    mpz_inits(least.p, least.q, (mpz_ptr)NULL);
    set_scaled(f, FINITE, &x->max, x->arith);
    set_scaled(&least, FINITE, &x->min, x->arith);
    mpz_mul(f->p, f->p, least.q);
    mpz_mul(least.p, least.p, f->q);
    mpz_mul(f->q, f->q, least.q);
    if (f->negative)
        mpz_neg(f->p, f->p);
    if (least.negative)
        mpz_add(f->p, f->p, least.p);
    else
        mpz_sub(f->p, f->p, least.p);
    f->negative = false; /* max >= min */
    mpz_clears(least.p, least.q, (mpz_ptr)NULL);
}

static void magnitude_of(struct fraction *f, const struct crunch_exact *x)
{
    struct fraction least = {.shape = NOTHING};
    if (infinities(x)) {
        set_infinite(f, false);
        return;
    }
    mpz_inits(least.p, least.q, (mpz_ptr)NULL);
    extreme_of(f, x, true);
    extreme_of(&least, x, false);
    if (f->shape != NOTHING) {
        mpz_mul(least.p, least.p, f->q); /* compare p/q crosswise */
        mpz_mul(f->p, f->p, least.q);
        mpz_mul(f->q, f->q, least.q);
        if (mpz_cmp(least.p, f->p) > 0)
            mpz_set(f->p, least.p);
        f->negative = false;
    }
    mpz_clears(least.p, least.q, (mpz_ptr)NULL);
}

static void set_count(struct fraction *f, uint64_t n)
{
    f->shape = COPIED;
    mpz_set_ui(f->p, n);
}

/* The result of the op of that name. False: the reference does not know it. */
static bool result_of(struct fraction *f, const struct crunch_exact *x, const char *name,
                      bool population)
{
    if (strcmp(name, "count") == 0)
        set_count(f, x->count + x->nan + infinities(x));
    else if (strcmp(name, "missing") == 0)
        set_count(f, x->missing);
    else if (x->nan > 0)
        f->shape = NOT_A_NUMBER;
    else if (strcmp(name, "sum") == 0 || strcmp(name, "mean") == 0)
        sum_of(f, x);
    else if (strcmp(name, "sumsq") == 0 || strcmp(name, "rms") == 0)
        squares_of(f, x);
    else if (strcmp(name, "var") == 0 || strcmp(name, "sd") == 0)
        variance_of(f, x, population);
    else if (strcmp(name, "sem") == 0)
        variance_of(f, x, false);
    else if (strcmp(name, "min") == 0 || strcmp(name, "max") == 0)
        extreme_of(f, x, name[1] == 'a');
    else if (strcmp(name, "range") == 0)
        range_of(f, x);
    else if (strcmp(name, "absmax") == 0)
        magnitude_of(f, x);
    else
        return false;
    if (x->nan > 0)
        return true;
    if (strcmp(name, "mean") == 0)
        over(f, x, x->count, QUOTIENT);
    else if (strcmp(name, "sem") == 0 || strcmp(name, "rms") == 0)
        over(f, x, x->count, ROOT);
    else if (strcmp(name, "sd") == 0)
        over(f, x, 1, ROOT);
    return true;
}

/* out = floor(value * base^shift), or of its root; *exact: nothing was cut off; *half: the sign of
 * what was cut off less one half. */
static void scaled_floor(mpz_t out, const struct fraction *f, unsigned long base, long shift,
                         bool *exact, int *half)
{
    mpz_t p, q, power;
    mpz_inits(p, q, power, (mpz_ptr)NULL);
    bool root = f->shape == ROOT;
    mpz_ui_pow_ui(power, base, (unsigned long)labs(shift) * (root ? 2 : 1));
    mpz_set(p, f->p);
    mpz_set(q, f->q);
    mpz_mul(shift < 0 ? q : p, shift < 0 ? q : p, power);
    mpz_fdiv_q(out, p, q);
    if (root)
        mpz_sqrt(out, out);
    /* With value' = p / q or its root: value' = out, and value' ? out + 1/2, by integers. */
    mpz_mul(power, out, root ? out : q);
    if (root)
        mpz_mul(power, power, q);
    *exact = mpz_cmp(power, p) == 0;
    mpz_mul_2exp(power, out, 1);
    mpz_add_ui(power, power, 1); /* 2 out + 1 */
    if (root)
        mpz_mul(power, power, power);
    mpz_mul(power, power, q);
    mpz_mul_2exp(p, p, root ? 2 : 1);
    *half = mpz_cmp(p, power);
    mpz_clears(p, q, power, (mpz_ptr)NULL);
}

/* floor(log_base(value)), value > 0. */
static long order(const struct fraction *f, unsigned long base)
{
    long guess = ((long)mpz_sizeinbase(f->p, 2) - (long)mpz_sizeinbase(f->q, 2)) /
                 (f->shape == ROOT ? 2 : 1);
    if (base == 10)
        guess = (long)((double)guess * 0.30102999566398120);
    mpz_t probe;
    mpz_init(probe);
    for (long e = guess + 3;; e--) { /* the guess is off by at most 2 */
        bool exact;
        int half;
        scaled_floor(probe, f, base, -e, &exact, &half);
        if (mpz_sgn(probe) > 0) {
            mpz_clear(probe);
            return e;
        }
    }
}

/* value rounded to n digits in base, half to even: *digits * base^*exponent. */
static void round_digits(mpz_t digits, long *exponent, const struct fraction *f, unsigned long base,
                         unsigned long n)
{
    bool exact;
    int half;
    *exponent = order(f, base) - (long)n + 1;
    scaled_floor(digits, f, base, -*exponent, &exact, &half);
    if (half > 0 || (half == 0 && mpz_odd_p(digits)))
        mpz_add_ui(digits, digits, 1);
}

/* The nearest double as m * 2^exponent with m <= 2^53. False: it is not a normal one. */
static bool nearest_normal(mpz_t m, long *exponent, const struct fraction *f)
{
    if (order(f, 2) < -1022) { /* places of the subnormals: only rounding up can leave them */
        bool exact;
        int half;
        *exponent = -1074;
        scaled_floor(m, f, 2, 1074, &exact, &half);
        if (half > 0 || (half == 0 && mpz_odd_p(m)))
            mpz_add_ui(m, m, 1);
        return mpz_sizeinbase(m, 2) > 52;
    }
    round_digits(m, exponent, f, 2, 53);
    return (long)mpz_sizeinbase(m, 2) + *exponent <= 1024;
}

/* Layout of digits * 10^exponent (digits > 0). */
static char *lay_out(bool negative, const mpz_t digits, long exponent)
{
    char *d = mpz_get_str(NULL, 10, digits);
    long n = (long)strlen(d);
    while (n > 1 && d[n - 1] == '0') {
        d[--n] = '\0';
        exponent++;
    }
    long first = exponent + n - 1;
    char *text = malloc((size_t)n + 64);
    const char *sign = negative ? "-" : "";
    if (text == NULL)
        ;
    else if (first < -7 || first > 37)
        sprintf(text, "%s%c%s%se%ld", sign, d[0], n > 1 ? "." : "", d + 1, first);
    else if (exponent >= 0)
        sprintf(text, "%s%s%.*s", sign, d, (int)exponent,
                "0000000000000000000000000000000000000000");
    else if (first >= 0)
        sprintf(text, "%s%.*s.%s", sign, (int)first + 1, d, d + first + 1);
    else
        sprintf(text, "%s0.%.*s%s", sign, (int)(-first - 1), "0000000", d);
    free(d);
    return text;
}

/* Whether digits * 10^exponent is read as x. */
static bool reads_back(const mpz_t digits, long exponent, double x)
{
    char text[64];
    gmp_snprintf(text, sizeof text, "%Zde%ld", digits, exponent);
    return strtod(text, NULL) == x;
}

/* The fewest digits that read back as the double m * 2^e; among those, the nearest. At most 17. */
static void fewest_digits(mpz_t digits, long *exponent, const mpz_t m, long e)
{
    struct crunch_scaled scaled = {.exponent = e};
    struct fraction f;
    mpz_init_set(scaled.mantissa, m);
    mpz_inits(f.p, f.q, (mpz_ptr)NULL);
    set_scaled(&f, QUOTIENT, &scaled, CRUNCH_ARITH_BINARY);
    char text[64];
    gmp_snprintf(text, sizeof text, "0x%Zxp%ld", m, e);
    double x = strtod(text, NULL);
    for (unsigned long n = 1; n <= 17; n++) {
        bool exact;
        int half;
        *exponent = order(&f, 10) - (long)n + 1;
        scaled_floor(digits, &f, 10, -*exponent, &exact, &half);
        bool up = !exact && (half > 0 || (half == 0 && mpz_odd_p(digits)));
        if (up)
            mpz_add_ui(digits, digits, 1);
        if (reads_back(digits, *exponent, x))
            break;
        if (up) /* the farther neighbour */
            mpz_sub_ui(digits, digits, 1);
        else if (!exact)
            mpz_add_ui(digits, digits, 1);
        if (reads_back(digits, *exponent, x))
            break;
    }
    mpz_clears(f.p, f.q, scaled.mantissa, (mpz_ptr)NULL);
}

/* All digits of a fraction that has finitely many. */
static void all_digits(mpz_t digits, long *exponent, const struct fraction *f)
{
    bool exact = false;
    int half;
    *exponent = 1;
    while (!exact) /* doubling: at most 12 rounds, since 2^-2300 or so is the finest place */
        scaled_floor(digits, f, 10, *exponent *= 2, &exact, &half);
    *exponent = -*exponent;
}

static bool shown_in_full(const struct fraction *f, const mpz_t digits)
{
    if (f->shape == COPIED || mpz_divisible_p(f->p, f->q))
        return true;
    char *text = mpz_get_str(NULL, 10, digits);
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == '0')
        n--;
    free(text);
    return n <= FULL_DIGITS;
}

static void choose_digits(mpz_t digits, long *exponent, const struct fraction *f)
{
    mpz_t m;
    long e;
    if (f->shape == COPIED || f->shape == FINITE) {
        all_digits(digits, exponent, f);
        if (shown_in_full(f, digits))
            return;
    }
    mpz_init(m);
    if (nearest_normal(m, &e, f) || f->shape == AS_DOUBLE)
        fewest_digits(digits, exponent, m, e);
    else
        round_digits(digits, exponent, f, 10, 17);
    mpz_clear(m);
}

static char *text_of(const struct fraction *f, unsigned precision)
{
    if (f->shape == NOTHING)
        return strdup("");
    if (f->shape == NOT_A_NUMBER)
        return strdup("nan");
    if (f->shape == INFINITE)
        return strdup(f->negative ? "-inf" : "inf");
    if (mpz_sgn(f->p) == 0)
        return strdup("0");
    mpz_t digits;
    long exponent;
    mpz_init(digits);
    if (precision > 0)
        round_digits(digits, &exponent, f, 10, precision);
    else
        choose_digits(digits, &exponent, f);
    char *text = lay_out(f->negative, digits, exponent);
    mpz_clear(digits);
    return text;
}

char *crunch_reference_text(const struct crunch_exact *exact, const struct crunch_op *op,
                            const struct crunch_op_options *options, unsigned precision)
{
    struct fraction f = {.shape = NOTHING};
    mpz_init(f.p);
    mpz_init_set_ui(f.q, 1);
    char *text = result_of(&f, exact, op->name, options->population)
                     ? text_of(&f, precision)
                     : strdup("(unknown to the reference)");
    mpz_clears(f.p, f.q, (mpz_ptr)NULL);
    return text;
}

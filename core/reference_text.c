/*
 * The text of a result a second time: digits by long division and integer square roots, layout.
 * Nothing of core/value.c or core/nearest.c is used; which digits are shown is the user's manual's.
 * The formulas are core/reference_formulas.c's.
 *
 * A number here is a non-negative fraction p / q of integers, or the square root of one; its sign
 * stands apart. Every rounding is one comparison of integers, so it is exact.
 */
#include "core/reference.h"
#include "core/reference_formulas.h"
#include "core/reference_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FULL_DIGITS 38

/* out = floor(value * base^shift), or of its root; *exact: nothing was cut off; *half: the sign of
 * what was cut off less one half. */
static void scaled_floor(mpz_t out, const struct crunch_reference_result *f, unsigned long base,
                         long shift, bool *exact, int *half)
{
    mpz_t p, q, power;
    mpz_inits(p, q, power, (mpz_ptr)NULL);
    bool root = f->shape == CRUNCH_SHAPE_ROOT;
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
static long order(const struct crunch_reference_result *f, unsigned long base)
{
    long guess = ((long)mpz_sizeinbase(f->p, 2) - (long)mpz_sizeinbase(f->q, 2)) /
                 (f->shape == CRUNCH_SHAPE_ROOT ? 2 : 1);
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

/* value rounded to n digits in base, half to even: *digits * base^*exponent, the digits below
 * base^n, so that equal numbers are given in equal terms. */
static void round_digits(mpz_t digits, long *exponent, const struct crunch_reference_result *f,
                         unsigned long base, unsigned long n)
{
    bool exact;
    int half;
    *exponent = order(f, base) - (long)n + 1;
    scaled_floor(digits, f, base, -*exponent, &exact, &half);
    if (half > 0 || (half == 0 && mpz_odd_p(digits)))
        mpz_add_ui(digits, digits, 1);
    mpz_t limit;
    mpz_init(limit);
    mpz_ui_pow_ui(limit, base, n);
    if (mpz_cmp(digits, limit) == 0) { /* rounded up to one digit more */
        mpz_divexact_ui(digits, digits, base);
        ++*exponent;
    }
    mpz_clear(limit);
}

/* The nearest double as m * 2^exponent with m < 2^53. False: it is not a normal one. */
static bool nearest_normal(mpz_t m, long *exponent, const struct crunch_reference_result *f)
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
    struct crunch_reference_result f;
    mpz_init_set(scaled.mantissa, m);
    mpz_inits(f.p, f.q, (mpz_ptr)NULL);
    crunch_reference_set_scaled(&f, CRUNCH_SHAPE_QUOTIENT, &scaled, CRUNCH_ARITH_BINARY);
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
static void all_digits(mpz_t digits, long *exponent, const struct crunch_reference_result *f)
{
    bool exact = false;
    int half;
    *exponent = 1;
    while (!exact) /* doubling: at most 12 rounds, since 2^-2300 or so is the finest place */
        scaled_floor(digits, f, 10, *exponent *= 2, &exact, &half);
    *exponent = -*exponent;
}

static bool shown_in_full(const struct crunch_reference_result *f, const mpz_t digits)
{
    if (f->shape == CRUNCH_SHAPE_COPIED || mpz_divisible_p(f->p, f->q))
        return true;
    char *text = mpz_get_str(NULL, 10, digits);
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == '0')
        n--;
    free(text);
    return n <= FULL_DIGITS;
}

static void choose_digits(mpz_t digits, long *exponent, const struct crunch_reference_result *f)
{
    mpz_t m;
    long e;
    if (f->shape == CRUNCH_SHAPE_COPIED || f->shape == CRUNCH_SHAPE_COUNT ||
        f->shape == CRUNCH_SHAPE_FINITE) {
        all_digits(digits, exponent, f);
        if (shown_in_full(f, digits))
            return;
    }
    mpz_init(m);
    if (nearest_normal(m, &e, f) || f->shape == CRUNCH_SHAPE_DOUBLE)
        fewest_digits(digits, exponent, m, e);
    else
        round_digits(digits, exponent, f, 10, 17);
    mpz_clear(m);
}

/* f as a quotient of its lower or upper end, 10^exponent multiplied in. */
static void end_of(struct crunch_reference_result *out, const struct crunch_reference_result *f,
                   bool upper, long exponent)
{
    out->shape = CRUNCH_SHAPE_QUOTIENT;
    mpz_set(out->p, upper ? f->other_p : f->p);
    mpz_set(out->q, upper ? f->other_q : f->q);
    for (; exponent > 0; exponent--)
        mpz_mul_ui(out->p, out->p, 10);
    for (; exponent < 0; exponent++)
        mpz_mul_ui(out->q, out->q, 10);
}

/* The digits of an interval: of the one double that is nearest to all of it, or the most on which
 * both ends agree. */
static void interval_digits(mpz_t digits, long *exponent, const struct crunch_reference_result *f,
                            unsigned precision)
{
    struct crunch_reference_result end[2];
    mpz_t d[2];
    long e[2];
    for (int i = 0; i < 2; i++)
        mpz_inits(end[i].p, end[i].q, d[i], (mpz_ptr)NULL);
    bool same = precision == 0 && labs(f->exponent) < 350;
    for (int i = 0; same && i < 2; i++) {
        end_of(&end[i], f, i == 1, f->exponent);
        same = nearest_normal(d[i], &e[i], &end[i]);
    }
    if (same && mpz_cmp(d[0], d[1]) == 0 && e[0] == e[1]) {
        fewest_digits(digits, exponent, d[0], e[0]);
    } else {
        end_of(&end[0], f, false, 0);
        end_of(&end[1], f, true, 0);
        for (unsigned n = precision == 0 ? 17 : precision < 60 ? precision : 60;; n--) {
            round_digits(d[0], &e[0], &end[0], 10, n);
            round_digits(d[1], &e[1], &end[1], 10, n);
            if (n == 1 || (mpz_cmp(d[0], d[1]) == 0 && e[0] == e[1]))
                break;
        }
        mpz_set(digits, d[0]);
        *exponent = e[0] + f->exponent;
    }
    for (int i = 0; i < 2; i++)
        mpz_clears(end[i].p, end[i].q, d[i], (mpz_ptr)NULL);
}

char *crunch_reference_result_text(const struct crunch_reference_result *f, unsigned precision)
{
    if (f->shape == CRUNCH_SHAPE_NOTHING)
        return strdup("");
    if (f->shape == CRUNCH_SHAPE_TEXT)
        return strdup(f->text);
    if (f->shape == CRUNCH_SHAPE_NAN)
        return strdup("nan");
    if (f->shape == CRUNCH_SHAPE_INFINITE)
        return strdup(f->negative ? "-inf" : "inf");
    if (mpz_sgn(f->p) == 0)
        return strdup("0");
    mpz_t digits;
    long exponent;
    mpz_init(digits);
    if (f->shape == CRUNCH_SHAPE_BETWEEN)
        interval_digits(digits, &exponent, f, precision);
    else if (precision > 0 && f->shape != CRUNCH_SHAPE_COUNT)
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
    struct crunch_reference_result f = {.shape = CRUNCH_SHAPE_NOTHING};
    mpz_inits(f.p, f.other_p, f.other_q, (mpz_ptr)NULL);
    mpz_init_set_ui(f.q, 1);
    char *text = crunch_reference_result_of(&f, exact, op->name, options->population) ||
                         crunch_reference_order_result_of(&f, exact, op, options)
                     ? crunch_reference_result_text(&f, precision)
                     : strdup("(unknown to the reference)");
    mpz_clears(f.p, f.q, f.other_p, f.other_q, (mpz_ptr)NULL);
    return text;
}

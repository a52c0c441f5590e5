/*
 * The text of a result. Which digits are shown depends on the kind (core/value.h); how they are
 * laid out does not: plain notation while the first digit's exponent is in -7..37, else with an
 * exponent. The roundings themselves are core/nearest.c's.
 */
#include "core/value.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_DIGITS 38
#define PLAIN_LEAST (-7)
#define PLAIN_GREATEST 37
#define BEYOND_DOUBLE_DIGITS 17
#define BEYOND_DOUBLE_EXPONENT 400 /* a power of ten that no normal double is near to */
#define MOST_UNCERTAIN_DIGITS 60   /* more than any interval here is sure of */

void crunch_value_init(struct crunch_value *value)
{
    value->kind = CRUNCH_VALUE_EMPTY;
    value->exponent = 0;
    value->text = NULL;
    value->len = 0;
    mpq_inits(value->number, value->other, (mpq_ptr)NULL);
}

void crunch_value_clear(struct crunch_value *value)
{
    mpq_clears(value->number, value->other, (mpq_ptr)NULL);
}

/* Writes digits[0..n), the first of them at 10^exponent, in plain notation. */
static void write_plain(char *out, const char *digits, size_t n, long exponent)
{
    if (exponent < 0) {
        *out++ = '0';
        *out++ = '.';
        for (long i = exponent + 1; i < 0; i++)
            *out++ = '0';
    }
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (long)i == exponent + 1)
            *out++ = '.';
        *out++ = digits[i];
    }
    for (long i = (long)n; i <= exponent; i++)
        *out++ = '0';
    *out = '\0';
}

/* The text of +-digits, the first at 10^exponent; digits != 0. */
static char *lay_out(bool negative, const mpz_t digits, long exponent)
{
    char *text = mpz_get_str(NULL, 10, digits);
    size_t n = strlen(text);
    while (text[n - 1] == '0')
        n--;
    char *out = malloc(n + 64); /* sign, point, up to 37 zeros, or an exponent of up to 20 digits */
    if (out == NULL) {
        free(text);
        return NULL;
    }
    char *p = out;
    if (negative)
        *p++ = '-';
    if (exponent >= PLAIN_LEAST && exponent <= PLAIN_GREATEST)
        write_plain(p, text, n, exponent);
    else
        sprintf(p, "%c%s%.*se%ld", text[0], n > 1 ? "." : "", (int)(n - 1), text + 1, exponent);
    free(text);
    return out;
}

/* digits = those of number (> 0) as a finite decimal, trailing zeros removed, *exponent that of the
 * first; false when it has no finite decimal. */
static bool finite_decimal(mpz_t digits, const mpq_t number, long *exponent)
{
    mpz_t rest, factor;
    mpz_init_set(rest, mpq_denref(number));
    mpz_init_set_ui(factor, 2);
    unsigned long twos = mpz_remove(rest, rest, factor);
    mpz_set_ui(factor, 5);
    unsigned long fives = mpz_remove(rest, rest, factor);
    bool finite = mpz_cmp_ui(rest, 1) == 0;
    if (finite) {
        unsigned long places = twos > fives ? twos : fives;
        mpz_ui_pow_ui(factor, 10, places);
        mpz_mul(digits, mpq_numref(number), factor);
        mpz_divexact(digits, digits, mpq_denref(number));
        mpz_set_ui(factor, 10);
        long zeros = (long)mpz_remove(digits, digits, factor);
        char *text = mpz_get_str(NULL, 10, digits);
        *exponent = (long)strlen(text) - 1 + zeros - (long)places;
        free(text);
    }
    mpz_clears(rest, factor, (mpz_ptr)NULL);
    return finite;
}

/* Shows all digits? */
static bool shown_in_full(const struct crunch_value *value, const mpz_t digits)
{
    if (value->kind == CRUNCH_VALUE_COPIED || value->kind == CRUNCH_VALUE_COUNT ||
        mpz_cmp_ui(mpq_denref(value->number), 1) == 0)
        return true;
    mpz_t limit;
    mpz_init(limit);
    mpz_ui_pow_ui(limit, 10, EXACT_DIGITS);
    bool shown = mpz_cmp(digits, limit) < 0;
    mpz_clear(limit);
    return shown;
}

/* The digits of a positive number by the rules of its kind; returns the exponent of the first. */
static long choose_digits(mpz_t digits, const struct crunch_value *value, const mpq_t magnitude)
{
    bool root = value->kind == CRUNCH_VALUE_ROOT;
    long exponent;
    if ((value->kind == CRUNCH_VALUE_EXACT || value->kind == CRUNCH_VALUE_COPIED ||
         value->kind == CRUNCH_VALUE_COUNT) &&
        finite_decimal(digits, magnitude, &exponent) && shown_in_full(value, digits))
        return exponent;
    double nearest = crunch_nearest_double(magnitude, root);
    if (value->kind != CRUNCH_VALUE_DOUBLE && (isinf(nearest) || nearest < DBL_MIN))
        return crunch_round_decimal(digits, magnitude, root, BEYOND_DOUBLE_DIGITS);
    return crunch_shortest_decimal(digits, nearest);
}

static char *number_text(const struct crunch_value *value, unsigned precision)
{
    int sign = mpq_sgn(value->number);
    if (sign == 0)
        return strdup("0");
    mpq_t magnitude;
    mpz_t digits;
    mpq_init(magnitude);
    mpz_init(digits);
    mpq_abs(magnitude, value->number);
    long exponent =
        precision > 0 && value->kind != CRUNCH_VALUE_COUNT
            ? crunch_round_decimal(digits, magnitude, value->kind == CRUNCH_VALUE_ROOT, precision)
            : choose_digits(digits, value, magnitude);
    char *text = lay_out(sign < 0, digits, exponent);
    mpz_clear(digits);
    mpq_clear(magnitude);
    return text;
}

/* The one normal double nearest to every number from low to high; false: there is none. */
static bool same_double(const struct crunch_value *value, const mpq_t low, const mpq_t high,
                        double *nearest)
{
    if (value->exponent < -BEYOND_DOUBLE_EXPONENT || value->exponent > BEYOND_DOUBLE_EXPONENT)
        return false;
    mpq_t power, end;
    mpq_inits(power, end, (mpq_ptr)NULL);
    mpz_ui_pow_ui(mpq_numref(power), 10, (unsigned long)labs(value->exponent));
    mpz_set_ui(mpq_denref(power), 1);
    if (value->exponent < 0)
        mpq_inv(power, power);
    mpq_mul(end, low, power);
    *nearest = crunch_nearest_double(end, false);
    mpq_mul(end, high, power);
    bool same = *nearest == crunch_nearest_double(end, false);
    mpq_clears(power, end, (mpq_ptr)NULL);
    return same && !isinf(*nearest) && *nearest >= DBL_MIN;
}

/* The digits to which low and high are rounded alike, at most n; returns the exponent of the first
 * one. */
static long certain_digits(mpz_t digits, const mpq_t low, const mpq_t high, unsigned n)
{
    mpz_t others;
    mpz_init(others);
    for (;; n--) {
        long exponent = crunch_round_decimal(digits, low, false, n);
        if (n == 1 || (crunch_round_decimal(others, high, false, n) == exponent &&
                       mpz_cmp(digits, others) == 0)) {
            mpz_clear(others);
            return exponent;
        }
    }
}

static char *between_text(const struct crunch_value *value, unsigned precision)
{
    mpq_t low, high;
    mpz_t digits;
    double nearest;
    long exponent;
    mpq_inits(low, high, (mpq_ptr)NULL);
    mpz_init(digits);
    mpq_abs(low, value->number);
    mpq_abs(high, value->other);
    if (precision == 0 && same_double(value, low, high, &nearest))
        exponent = crunch_shortest_decimal(digits, nearest);
    else
        exponent = value->exponent + certain_digits(digits, low, high,
                                                    precision == 0 ? BEYOND_DOUBLE_DIGITS
                                                    : precision < MOST_UNCERTAIN_DIGITS
                                                        ? precision
                                                        : MOST_UNCERTAIN_DIGITS);
    char *text = lay_out(mpq_sgn(value->number) < 0, digits, exponent);
    mpz_clear(digits);
    mpq_clears(low, high, (mpq_ptr)NULL);
    return text;
}

char *crunch_value_text(const struct crunch_value *value, unsigned precision)
{
    switch (value->kind) {
    case CRUNCH_VALUE_EMPTY:
        return strdup("");
    case CRUNCH_VALUE_NAN:
        return strdup("nan");
    case CRUNCH_VALUE_PLUS_INF:
        return strdup("inf");
    case CRUNCH_VALUE_MINUS_INF:
        return strdup("-inf");
    case CRUNCH_VALUE_TEXT:
        return strndup(value->text, value->len);
    case CRUNCH_VALUE_BETWEEN:
        return between_text(value, precision);
    case CRUNCH_VALUE_EXACT:
    case CRUNCH_VALUE_COPIED:
    case CRUNCH_VALUE_COUNT:
    case CRUNCH_VALUE_RATIO:
    case CRUNCH_VALUE_ROOT:
    case CRUNCH_VALUE_DOUBLE:
        break;
    }
    return number_text(value, precision);
}

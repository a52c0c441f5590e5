/*
 * The reference's number reader: a cell is first rewritten as bare digits (no sign, point,
 * separators or leading zeros) with a power of ten beside them, then GMP makes the number. Nothing
 * is shared with io/number.c; the grammar is. Binary arithmetic asks the C library for the nearest
 * double, which assumes the C locale (crunch never sets another).
 */
#include "core/reference_number.h"

#include <ctype.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LOWEST_DIGIT (-1100L) /* no non-zero digit stands below 10^-1100 */
#define LARGEST_PLACES 309    /* the largest double has 309 digits before the point */
#define EXPONENT_DIGITS 17    /* more than these: beyond what any text can make up for */

/* A cell rewritten. value = (negative ? -1 : 1) * digits * 10^exponent; n 0: zero. */
struct rewritten {
    bool negative;
    char *digits; /* terminated; neither leading nor trailing zeros */
    size_t n;
    long exponent;
};

static bool blank(const struct crunch_dialect *dialect, char c)
{
    return (c == ' ' || c == '\t') && (unsigned char)c != dialect->delimiter;
}

static bool digit(const char *p, const char *end)
{
    return p < end && *p >= '0' && *p <= '9';
}

/* Copies the digits of an integer part to *to; false where separators are wrong: they stand between
 * digits, and from the first one on every three. */
static bool copy_whole(const struct crunch_dialect *dialect, const char **p, const char *end,
                       char **to)
{
    const char *from = *p;
    size_t separators = 0, since = 0;
    while (digit(*p, end) || (dialect->thousands != 0 && *p<end && * p> from &&
                              (unsigned char)**p == dialect->thousands)) {
        if (!digit(*p, end)) {
            if (since == 0 || since > 3 || (separators > 0 && since != 3))
                return false;
            separators++;
            since = 0;
        } else {
            *(*to)++ = **p;
            since++;
        }
        ++*p;
    }
    return separators == 0 || since == 3;
}

/* [sign] digits, all of [p, end); saturates far beyond any range. */
static bool read_power(const char *p, const char *end, long *power)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end)
        return false;
    for (const char *q = p; q < end; q++)
        if (!digit(q, end))
            return false;
    while (p < end && *p == '0')
        p++;
    char text[EXPONENT_DIGITS + 1] = "0";
    size_t n = (size_t)(end - p);
    if (n > EXPONENT_DIGITS) {
        *power = LONG_MAX / 4;
    } else {
        memcpy(text, p, n);
        text[n] = '\0';
        *power = n ? strtol(text, NULL, 10) : 0;
    }
    if (negative)
        *power = -*power;
    return true;
}

/* Removes leading zeros, and trailing ones into the exponent. */
static void strip(struct rewritten *number, char *end)
{
    while (number->digits < end && *number->digits == '0')
        number->digits++;
    while (number->digits < end && end[-1] == '0') {
        end--;
        number->exponent++;
    }
    *end = '\0';
    number->n = (size_t)(end - number->digits);
}

/* The text between the sign and the end as digits. */
static bool rewrite(const struct crunch_dialect *dialect, const char *p, const char *end,
                    char *digits, struct rewritten *number)
{
    char *to = digits;
    number->digits = digits;
    number->exponent = 0;
    if (!copy_whole(dialect, &p, end, &to))
        return false;
    if (p < end && (unsigned char)*p == dialect->decimal) {
        for (p++; digit(p, end); p++) {
            *to++ = *p;
            number->exponent--;
        }
    }
    if (to == digits)
        return false;
    if (p < end && (*p == 'e' || *p == 'E')) {
        long power;
        if (!read_power(p + 1, end, &power))
            return false;
        number->exponent += power;
        p = end;
    }
    if (p != end)
        return false;
    strip(number, to);
    return true;
}

static void set_bad(struct crunch_reference_number *out, enum crunch_bad_kind kind)
{
    out->class = CRUNCH_REFERENCE_BAD;
    out->bad = kind;
}

/* Whether digits * 10^exponent, of exactly LARGEST_PLACES places, is over the largest double. */
static bool over_largest(const mpz_t mantissa, long exponent)
{
    mpz_t largest, power;
    mpz_init(largest);
    mpz_init(power);
    mpz_set_d(largest, DBL_MAX);
    mpz_ui_pow_ui(power, 10, (unsigned long)labs(exponent));
    int sign;
    if (exponent >= 0) {
        mpz_mul(power, power, mantissa);
        sign = mpz_cmp(power, largest);
    } else {
        mpz_mul(largest, largest, power);
        sign = mpz_cmp(mantissa, largest);
    }
    mpz_clear(largest);
    mpz_clear(power);
    return sign > 0;
}

static void set_decimal(const struct rewritten *number, struct crunch_reference_number *out)
{
    long places = number->exponent + (long)number->n;
    if (number->exponent < LOWEST_DIGIT || places > LARGEST_PLACES) {
        set_bad(out, CRUNCH_BAD_RANGE);
        return;
    }
    if (number->n <= 18)
        mpz_set_ui(out->mantissa, strtoul(number->digits, NULL, 10));
    else
        mpz_set_str(out->mantissa, number->digits, 10);
    out->exponent = number->exponent;
    if (places == LARGEST_PLACES && over_largest(out->mantissa, out->exponent)) {
        set_bad(out, CRUNCH_BAD_RANGE);
        return;
    }
    if (number->negative)
        mpz_neg(out->mantissa, out->mantissa);
}

/* The nearest double as a 53-bit integer times a power of two. An exponent is appended to the
 * digits for strtod; both saturate to zero or infinity where the true value does. */
static void set_binary(const struct rewritten *number, struct crunch_reference_number *out)
{
    char *text = malloc(number->n + 32);
    if (text == NULL) {
        set_bad(out, CRUNCH_BAD_LENGTH); /* as good as too long to be read */
        return;
    }
    memcpy(text, number->digits, number->n);
    snprintf(text + number->n, 32, "e%ld", number->exponent);
    double x = strtod(text, NULL);
    free(text);
    if (isinf(x)) {
        set_bad(out, CRUNCH_BAD_RANGE);
        return;
    }
    int exponent;
    double fraction = frexp(number->negative ? -x : x, &exponent);
    mpz_set_d(out->mantissa, ldexp(fraction, 53));
    out->exponent = x == 0 ? 0 : (long)exponent - 53;
}

static void read_word(const struct crunch_dialect *dialect, const char *text, size_t len,
                      bool negative, struct crunch_reference_number *out)
{
    if ((len == 3 && strncasecmp(text, "inf", 3) == 0) ||
        (len == 8 && strncasecmp(text, "infinity", 8) == 0)) {
        out->class = negative ? CRUNCH_REFERENCE_MINUS_INF : CRUNCH_REFERENCE_PLUS_INF;
    } else if (len == 3 && strncasecmp(text, "nan", 3) == 0) {
        if (dialect->nan == CRUNCH_NAN_BAD)
            set_bad(out, CRUNCH_BAD_NAN);
        else
            out->class =
                dialect->nan == CRUNCH_NAN_SKIP ? CRUNCH_REFERENCE_MISSING : CRUNCH_REFERENCE_NAN;
    } else {
        set_bad(out, CRUNCH_BAD_NUMBER);
    }
}

static bool missing(const struct crunch_dialect *dialect, const char *text, size_t len)
{
    bool found = false;
    if (len == 0)
        return true;
    for (size_t i = 0; i < dialect->n_nulls; i++)
        found |= len == dialect->nulls[i].len && memcmp(text, dialect->nulls[i].text, len) == 0;
    return found;
}

void crunch_reference_read(const struct crunch_dialect *dialect, const char *text, size_t len,
                           bool presence, char *digits, struct crunch_reference_number *out)
{
    while (len > 0 && blank(dialect, text[len - 1]))
        len--;
    while (len > 0 && blank(dialect, *text)) {
        text++;
        len--;
    }
    out->class = CRUNCH_REFERENCE_VALUE;
    if (missing(dialect, text, len)) {
        out->class = CRUNCH_REFERENCE_MISSING;
        return;
    }
    if (presence)
        return;
    struct rewritten number = {.negative = *text == '-'};
    const char *p = text, *end = text + len;
    if (*p == '-' || *p == '+')
        p++;
    if (!rewrite(dialect, p, end, digits, &number)) {
        read_word(dialect, p, (size_t)(end - p), number.negative, out);
    } else if (number.n == 0) {
        mpz_set_ui(out->mantissa, 0);
        out->exponent = 0;
    } else if (dialect->arith == CRUNCH_ARITH_BINARY) {
        set_binary(&number, out);
    } else {
        set_decimal(&number, out);
    }
}

/*
 * The number grammar: the text of one cell to its value, the decimal as written.
 *
 * Two steps. `read_decimal` walks the text once and describes it as a run of significant digits
 * with a power of ten (struct decimal); it also gathers the first 18 digits as an integer, which is
 * all that most cells need. The second step turns the description into a narrow number, a wide one
 * or a double, and knows the range. No allocation, no locale, no limit on the length of the text.
 *
 * A text may lie in a mapped file, and change while it is looked at: the value is then thrown away
 * by others, but no step here trusts what another one saw to stay within the text.
 *
 * What the nearest double is, is io/number_binary.c's.
 */
#include "io/number.h"

#include "io/number_binary.h"

#include <string.h>

#define NARROW_DIGITS 18 /* 10^18 is the first mantissa that is too large */

/* Exponents written in the text are held within this; the length of a text cannot bring a clamped
 * one back into range, since texts are far shorter than 10^17 bytes. */
#define EXPONENT_CLAMP INT64_C(1000000000000000000)

/* The largest double, 2^1024 - 2^971, in full: 309 digits. */
static const char largest_double[] =
    "179769313486231570814527423731704356798070567525844996598917476803157260780028538760589558"
    "632766878171540458953514382464234321326889464182768467546703537516986049910576551282076245"
    "490090389328944075868508455133942304583236903222948165808559332123348274797826204144723168"
    "738177180919299881250404026184124858368";

static bool is_digit(unsigned char c)
{
    return (unsigned)c - '0' < 10;
}

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

static bool equals_word(const char *text, size_t len, const char *word)
{
    if (strlen(word) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (lower((unsigned char)text[i]) != (unsigned char)word[i])
            return false;
    return true;
}

static bool is_null(const struct crunch_dialect *dialect, const char *text, size_t len)
{
    for (size_t i = 0; i < dialect->n_nulls; i++)
        if (dialect->nulls[i].len == len && memcmp(dialect->nulls[i].text, text, len) == 0)
            return true;
    return false;
}

/* Blanks are space and tab, unless they are the delimiter (a quoted cell may hold it). */
static void trim(const struct crunch_dialect *dialect, const char **text, size_t *len)
{
    const char *p = *text, *end = p + *len;
    while (p < end && (*p == ' ' || *p == '\t') && (unsigned char)*p != dialect->delimiter)
        p++;
    while (p < end && (end[-1] == ' ' || end[-1] == '\t') &&
           (unsigned char)end[-1] != dialect->delimiter)
        end--;
    *text = p;
    *len = (size_t)(end - p);
}

/* Walks the integer digits, with group separators if the dialect has them: one to three digits,
 * then groups of exactly three. Returns the first byte after them, or NULL when the groups are
 * wrong. */
static const char *skip_integer(const struct crunch_dialect *dialect, const char *p,
                                const char *end)
{
    unsigned char separator = dialect->thousands;
    const char *group = p;
    bool grouped = false;
    for (;; p++) {
        if (p < end && is_digit((unsigned char)*p))
            continue;
        bool at_separator = p < end && separator != 0 && (unsigned char)*p == separator;
        size_t n = (size_t)(p - group);
        if (grouped ? n != 3 : (at_separator && (n < 1 || n > 3)))
            return NULL;
        if (!at_separator)
            return p;
        grouped = true;
        group = p + 1;
    }
}

/* The exponent's digits; clamped. */
static const char *read_exponent(const char *p, const char *end, int64_t *exponent)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    const char *begin = p;
    int64_t e = 0;
    for (; p < end && is_digit((unsigned char)*p); p++)
        if (e < EXPONENT_CLAMP / 10)
            e = e * 10 + (*p - '0');
        else
            e = EXPONENT_CLAMP;
    *exponent = negative ? -e : e;
    return p == begin ? NULL : p;
}

/* Counts the significant digits of text[begin, end) (digits, at most one point, separators), and
 * gathers the first NARROW_DIGITS of them. */
static void gather(struct crunch_decimal *d)
{
    uint64_t mantissa = 0;
    size_t n = 0,
           last = 0; /* digits since the first non-zero one; the same up to the last non-zero */
    for (const char *p = d->begin; p < d->end; p++) {
        unsigned digit = (unsigned)(unsigned char)*p - '0';
        if (digit > 9 || (n == 0 && digit == 0))
            continue;
        n++;
        if (n <= NARROW_DIGITS)
            mantissa = mantissa * 10 + digit;
        if (digit != 0)
            last = n;
    }
    d->mantissa = mantissa;
    d->n_digits = n;
    d->n_stripped = last;
}

/* The grammar after blanks, sign, words: digits [point digits] [e [sign] digits]. */
static bool read_decimal(const struct crunch_dialect *dialect, const char *p, const char *end,
                         struct crunch_decimal *d)
{
    d->begin = p;
    const char *q = skip_integer(dialect, p, end);
    if (q == NULL)
        return false;
    size_t digits = (size_t)(q - p), fraction = 0;
    if (q < end && (unsigned char)*q == dialect->decimal) {
        const char *after = ++q;
        while (q < end && is_digit((unsigned char)*q))
            q++;
        fraction = (size_t)(q - after);
    }
    if (digits + fraction == 0)
        return false;
    d->end = q;
    d->exponent = -(int64_t)fraction;
    if (q < end && (*q == 'e' || *q == 'E')) {
        int64_t exponent;
        q = read_exponent(q + 1, end, &exponent);
        if (q == NULL)
            return false;
        d->exponent += exponent;
    }
    if (q != end)
        return false;
    gather(d);
    return true;
}

/* |value| > DBL_MAX? top is the number of digits before the point (negative: zeros after it). */
static bool exceeds_largest(const struct crunch_decimal *d, int64_t top)
{
    if (top != (int64_t)sizeof largest_double - 1)
        return top > (int64_t)sizeof largest_double - 1;
    size_t i = 0;
    for (const char *p = d->begin; p < d->end && i < d->n_stripped; p++) {
        if (!is_digit((unsigned char)*p) || (i == 0 && *p == '0'))
            continue;
        if (i >= sizeof largest_double - 1)
            return true; /* equal so far, and a non-zero digit follows */
        if (*p != largest_double[i])
            return *p > largest_double[i];
        i++;
    }
    return false; /* a prefix: zeros follow */
}

static void set_bad(struct crunch_number *out, enum crunch_bad_number bad)
{
    out->class = CRUNCH_CELL_BAD;
    out->bad = bad;
}

static void set_narrow(struct crunch_number *out, bool negative, uint64_t mantissa, int64_t scale)
{
    out->class = CRUNCH_CELL_NUMBER;
    out->mantissa = negative ? -(int64_t)mantissa : (int64_t)mantissa;
    out->scale = (uint8_t)scale;
}

/* The digits of a wide number, without leading and trailing zeros. */
static void set_wide(struct crunch_number *out, bool negative, const struct crunch_decimal *d,
                     int64_t exponent, char *scratch)
{
    size_t n = 0;
    for (const char *p = d->begin; p < d->end && n < d->n_stripped; p++)
        if (is_digit((unsigned char)*p) && (n != 0 || *p != '0'))
            scratch[n++] = *p;
    while (n < d->n_stripped) /* the text has changed meanwhile: of a file that is written to */
        scratch[n++] = '1';
    out->class = CRUNCH_CELL_WIDE;
    out->wide = (struct crunch_wide){.negative = negative,
                                     .exponent = (int32_t)exponent,
                                     .n_digits = (uint32_t)n,
                                     .digits = scratch};
}

/* A number that as written is no mantissa of 18 digits with a scale of 0..39. Trailing zeros of the
 * digits go into the exponent first, then a positive exponent into the mantissa. */
static void set_general(struct crunch_number *out, bool negative, const struct crunch_decimal *d,
                        char *scratch)
{
    if (d->n_digits == 0) {
        set_narrow(out, negative, 0, 0);
        return;
    }
    int64_t exponent = d->exponent + (int64_t)(d->n_digits - d->n_stripped);
    int64_t top = exponent + (int64_t)d->n_stripped;
    if (exponent < CRUNCH_DIGITS_MIN_EXPONENT || exceeds_largest(d, top)) {
        set_bad(out, CRUNCH_OUT_OF_RANGE);
        return;
    }
    if (d->n_stripped > NARROW_DIGITS || exponent < -CRUNCH_SCALE_MAX ||
        (exponent > 0 && top > NARROW_DIGITS)) {
        set_wide(out, negative, d, exponent, scratch);
        return;
    }
    uint64_t mantissa = d->mantissa;
    size_t zeros = (d->n_digits < NARROW_DIGITS ? d->n_digits : NARROW_DIGITS) - d->n_stripped;
    for (; zeros > 0; zeros--)
        mantissa /= 10;
    for (; exponent > 0; exponent--)
        mantissa *= 10;
    set_narrow(out, negative, mantissa, -exponent);
}

static void set_binary(struct crunch_number *out, bool negative, const struct crunch_decimal *d)
{
    double value;
    if (!crunch_decimal_to_double(d, &value)) {
        set_bad(out, CRUNCH_OUT_OF_RANGE);
        return;
    }
    out->class = CRUNCH_CELL_NUMBER;
    out->binary = negative ? -value : value;
}

/* nan, inf, infinity; false: none of them. The sign was read. */
static bool read_word(const struct crunch_dialect *dialect, const char *text, size_t len,
                      bool negative, struct crunch_number *out)
{
    if (equals_word(text, len, "inf") || equals_word(text, len, "infinity")) {
        out->class = negative ? CRUNCH_CELL_MINUS_INF : CRUNCH_CELL_PLUS_INF;
        return true;
    }
    if (!equals_word(text, len, "nan"))
        return false;
    if (dialect->nan == CRUNCH_NAN_BAD)
        set_bad(out, CRUNCH_NAN_REFUSED);
    else
        out->class = dialect->nan == CRUNCH_NAN_SKIP ? CRUNCH_CELL_MISSING : CRUNCH_CELL_NAN;
    return true;
}

/* The common case in one pass: at most 18 digits and a point, nothing else. False: read it
 * properly. */
static bool read_plain(const struct crunch_dialect *dialect, const char *p, const char *end,
                       bool negative, struct crunch_number *out)
{
    uint64_t mantissa = 0;
    const char *point = NULL;
    if (end - p > NARROW_DIGITS)
        return false;
    for (const char *q = p; q < end; q++) {
        unsigned digit = (unsigned)(unsigned char)*q - '0';
        if (digit <= 9)
            mantissa = mantissa * 10 + digit;
        else if (point == NULL && (unsigned char)*q == dialect->decimal)
            point = q;
        else
            return false;
    }
    if (end - p - (point != NULL) < 1)
        return false;
    set_narrow(out, negative, mantissa, point != NULL ? end - point - 1 : 0);
    return true;
}

void crunch_number_parse(const struct crunch_dialect *dialect, const char *text, size_t len,
                         char *scratch, struct crunch_number *out)
{
    out->bad = 0;
    out->scale = 0;
    out->mantissa = 0;
    out->binary = 0;
    trim(dialect, &text, &len);
    if (len == 0 || is_null(dialect, text, len)) {
        out->class = CRUNCH_CELL_MISSING;
        return;
    }
    const char *p = text, *end = text + len;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    if (dialect->arith == CRUNCH_ARITH_DECIMAL && read_plain(dialect, p, end, negative, out))
        return;
    struct crunch_decimal d;
    if (!read_decimal(dialect, p, end, &d)) {
        if (!read_word(dialect, p, (size_t)(end - p), negative, out))
            set_bad(out, CRUNCH_NOT_A_NUMBER);
        return;
    }
    if (dialect->arith == CRUNCH_ARITH_BINARY)
        set_binary(out, negative, &d);
    else if (d.n_digits <= NARROW_DIGITS && d.exponent <= 0 && d.exponent >= -CRUNCH_SCALE_MAX)
        set_narrow(out, negative, d.mantissa, -d.exponent);
    else
        set_general(out, negative, &d, scratch);
}

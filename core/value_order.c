/*
 * Values as ranks. The rank of a number is that of its nearest double, that of a text its first
 * bytes. The bytes for those of one rank are a mark: on which side of the double the number lies,
 * or TEXT; behind it a text itself, or the exponent of a power of ten (8 bytes) and a fraction to
 * be multiplied by it (digits in base 32). A number that is its double has no bytes.
 */
#include "core/value_order.h"
#include "core/group_sort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BELOW = -1, ON = 0, ABOVE = 1, TEXT = 2 };

/* Ranks above all numbers and texts. */
#define RANK_NONE UINT64_MAX
#define RANK_NAN (UINT64_MAX - 1)
#define RANK_INFINITE (UINT64_MAX - 2)
#define RANK_HIGHEST (UINT64_MAX - 3)

/* Powers of ten beyond are no part of a fraction. Any fraction, also one of 17 digits and that
 * power of ten, lies within the square of it. */
#define EXPONENT_MAX 30000

/* The digits and the exponent of a printed number. */
static long read_printed(mpz_t digits, const char *text)
{
    long exponent = 0;
    bool fraction = false;
    char *digit = malloc(strlen(text) + 1), *to = digit;
    if (digit == NULL)
        return 0;
    for (; *text && *text != 'e'; text++) {
        exponent -= fraction && *text != '.';
        fraction |= *text == '.';
        if (*text != '.')
            *to++ = *text;
    }
    *to = '\0';
    mpz_set_str(digits, digit, 10);
    free(digit);
    return exponent + (*text == 'e' ? strtol(text + 1, NULL, 10) : 0);
}

/* x times a power of ten, which is returned: the number that stands for the value. */
static long number_of(mpq_t x, const struct crunch_value *value, struct crunch_bytes *order)
{
    mpq_set(x, value->number);
    if (value->kind != CRUNCH_VALUE_BETWEEN)
        return 0;
    char *text = crunch_value_text(value, 0);
    order->failed |= text == NULL;
    if (text == NULL)
        return 0;
    long exponent = read_printed(mpq_numref(x), text);
    free(text);
    mpz_set_ui(mpq_denref(x), 1);
    if (labs(exponent) > EXPONENT_MAX)
        return exponent;
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, 10, (unsigned long)labs(exponent));
    if (exponent > 0)
        mpz_mul(mpq_numref(x), mpq_numref(x), power);
    else
        mpz_set(mpq_denref(x), power);
    mpz_clear(power);
    mpq_canonicalize(x);
    return 0;
}

/* The double nearest to x * 10^exponent, or to the root of x. *side: where the number lies beside
 * it: ON also where that is not known (roots). */
static double nearest_of(const mpq_t x, long exponent, bool root, int *side)
{
    const int sign = mpq_sgn(x);
    *side = ON;
    if (sign == 0)
        return 0;
    if (exponent != 0) {
        *side = (exponent < 0) == (sign > 0) ? ABOVE : BELOW;
        return copysign(exponent < 0 ? 0 : (double)INFINITY, sign);
    }
    mpq_t y;
    mpq_init(y);
    mpq_abs(y, x);
    double nearest = copysign(crunch_nearest_double(y, root), sign);
    if (!root && isinf(nearest)) {
        *side = nearest < 0 ? ABOVE : BELOW;
    } else if (!root) {
        mpq_set_d(y, nearest);
        int order = mpq_cmp(x, y);
        *side = (order > 0) - (order < 0);
    }
    mpq_clear(y);
    return nearest;
}

static void add_number(struct crunch_bytes *order, int side, const mpq_t x, long exponent)
{
    const signed char mark = (signed char)side;
    const int64_t power = exponent;
    char *text = mpq_get_str(NULL, 32, x);
    crunch_bytes_add(order, &mark, sizeof mark);
    crunch_bytes_add(order, &power, sizeof power);
    crunch_bytes_add(order, text, strlen(text) + 1);
    free(text);
}

static uint64_t rank_of_number(const struct crunch_value *value, struct crunch_bytes *order)
{
    const bool root = value->kind == CRUNCH_VALUE_ROOT;
    int side;
    mpq_t x;
    mpq_init(x);
    long exponent = number_of(x, value, order);
    uint64_t rank = crunch_rank_of_double(nearest_of(x, exponent, root, &side));
    if (side != ON || root)
        add_number(order, side, x, exponent);
    mpq_clear(x);
    return rank;
}

static uint64_t rank_of_text(const struct crunch_value *value, struct crunch_bytes *order)
{
    const signed char mark = TEXT;
    uint64_t rank = crunch_rank_of_bytes(value->text, value->len, 0);
    crunch_bytes_add(order, &mark, sizeof mark);
    crunch_bytes_add(order, value->text, value->len);
    return rank < RANK_HIGHEST ? rank : RANK_HIGHEST;
}

uint64_t crunch_value_rank(const struct crunch_value *value, bool descending,
                           struct crunch_bytes *order)
{
    if (value->kind == CRUNCH_VALUE_EMPTY)
        return RANK_NONE;
    if (value->kind == CRUNCH_VALUE_NAN)
        return RANK_NAN;
    if (value->kind == CRUNCH_VALUE_PLUS_INF)
        return descending ? 0 : RANK_INFINITE;
    if (value->kind == CRUNCH_VALUE_MINUS_INF)
        return descending ? RANK_INFINITE : 0;
    uint64_t rank = value->kind == CRUNCH_VALUE_TEXT ? rank_of_text(value, order)
                                                     : rank_of_number(value, order);
    return descending ? ~rank : rank;
}

static int compare_texts(const unsigned char *a, size_t a_len, const unsigned char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int64_t read_number(mpq_t x, const unsigned char *bytes)
{
    int64_t power;
    memcpy(&power, bytes + 1, sizeof power);
    mpq_set_str(x, (const char *)bytes + 1 + sizeof power, 32);
    return power;
}

/* x * 10^a and y * 10^b, of one sign. */
static int compare_scaled(mpq_t x, int64_t a, mpq_t y, int64_t b)
{
    if (a != b && (a > b ? a - b : b - a) > 2 * EXPONENT_MAX)
        return (a > b) == (mpq_sgn(x) > 0) ? 1 : -1;
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, 10, (unsigned long)(a > b ? a - b : b - a));
    mpz_ptr greater = a > b ? mpq_numref(x) : mpq_numref(y);
    mpz_mul(greater, greater, power);
    mpz_clear(power);
    mpq_canonicalize(x);
    mpq_canonicalize(y);
    return mpq_cmp(x, y);
}

int crunch_value_order_compare(const unsigned char *a, size_t a_len, const unsigned char *b,
                               size_t b_len)
{
    const int left = a_len > 0 ? (signed char)a[0] : ON;
    const int right = b_len > 0 ? (signed char)b[0] : ON;
    if (left != right || a_len == 0 || b_len == 0)
        return left - right;
    if (left == TEXT || compare_texts(a, a_len, b, b_len) == 0)
        return compare_texts(a + 1, a_len - 1, b + 1, b_len - 1);
    mpq_t x, y;
    mpq_inits(x, y, (mpq_ptr)NULL);
    int64_t x_power = read_number(x, a), y_power = read_number(y, b);
    int order = compare_scaled(x, x_power, y, y_power);
    mpq_clears(x, y, (mpq_ptr)NULL);
    return order;
}

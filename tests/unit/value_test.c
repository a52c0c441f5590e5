/*
 * Roundings against their definitions (strtod, neighbouring doubles, squares compared as
 * rationals), and the layout of results against SEMANTICS section 5.
 */
#include "core/value.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 88172645463325252u;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* A positive finite double of any exponent. */
static double any_double(void)
{
    for (;;) {
        uint64_t bits = next() >> 1;
        if (next() % 8 == 0)
            bits &= ~UINT64_C(0) << 52; /* a power of two */
        if (next() % 8 == 0)
            bits &= (UINT64_C(1) << 53) - 1; /* subnormal, or nearly */
        double x;
        memcpy(&x, &bits, sizeof x);
        if (isfinite(x) && x > 0)
            return x;
    }
}

/* A positive rational, often close to a double or to halfway between two. */
static void any_rational(mpq_t q)
{
    double x = any_double();
    mpq_t other;
    mpq_init(other);
    mpq_set_d(q, x);
    if (next() % 2) {
        mpq_set_d(other, nextafter(x, 0));
        mpq_add(q, q, other);
        mpq_div_2exp(q, q, 1); /* halfway */
    }
    if (next() % 2) {
        mpq_set_ui(other, 1, 1);
        mpq_div_2exp(other, other, 1000 + next() % 300);
        if (next() % 2)
            mpq_neg(other, other);
        mpq_add(other, q, other);
        if (mpq_sgn(other) > 0)
            mpq_set(q, other);
    }
    if (next() % 4 == 0) {
        mpz_set_ui(mpq_numref(q), next() >> next() % 64 | 1);
        mpz_set_ui(mpq_denref(q), next() >> next() % 64 | 1);
        mpq_canonicalize(q);
    }
    mpq_clear(other);
}

/* Twice the value halfway between x and its neighbour, squared if asked, as a rational. */
static void halfway(mpq_t out, double x, double neighbour, bool square)
{
    mpq_t other;
    mpq_init(other);
    mpq_set_d(out, x);
    if (isinf(neighbour)) { /* the step above the largest double is that below it */
        mpq_set_d(other, DBL_MAX - nextafter(DBL_MAX, 0));
        mpq_add(other, other, out);
    } else {
        mpq_set_d(other, neighbour);
    }
    mpq_add(out, out, other);
    mpq_div_2exp(out, out, 1);
    if (square)
        mpq_mul(out, out, out);
    mpq_clear(other);
}

static bool is_even(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits % 2 == 0;
}

/* x is the double nearest to q (or its root): q lies between the halfway points to x's neighbours.
 */
static void check_nearest(const mpq_t q, double x, bool root)
{
    mpq_t edge;
    mpq_init(edge);
    if (isinf(x)) {
        halfway(edge, DBL_MAX, INFINITY, root);
        cr_expect(mpq_cmp(q, edge) >= 0);
    } else {
        halfway(edge, x, nextafter(x, INFINITY), root);
        int order = mpq_cmp(q, edge);
        cr_expect(order < 0 || (order == 0 && is_even(x)), "%a", x);
        if (x > 0) {
            halfway(edge, x, nextafter(x, 0), root);
            order = mpq_cmp(q, edge);
            cr_expect(order > 0 || (order == 0 && is_even(x)), "%a", x);
        }
    }
    mpq_clear(edge);
}

Test(value, nearest_double_of_ratios_and_roots)
{
    mpq_t q;
    mpq_init(q);
    for (int i = 0; i < 20000; i++) {
        any_rational(q);
        check_nearest(q, crunch_nearest_double(q, false), false);
        check_nearest(q, crunch_nearest_double(q, true), true);
        if (i % 2) {
            mpq_mul(q, q, q); /* a square: its root is halfway or exact */
            check_nearest(q, crunch_nearest_double(q, true), true);
            check_nearest(q, crunch_nearest_double(q, false), false); /* overflow and underflow */
        }
        mpq_neg(q, q);
        double minus = crunch_nearest_double(q, false);
        mpq_neg(q, q);
        cr_expect_eq(minus, -crunch_nearest_double(q, false));
    }
    mpq_clear(q);
}

static double read_back(const mpz_t digits, long exponent)
{
    char *text = mpz_get_str(NULL, 10, digits), line[100];
    snprintf(line, sizeof line, "%se%ld", text, exponent - (long)strlen(text) + 1);
    free(text);
    return strtod(line, NULL);
}

/* |digits scaled - x|. */
static void distance(mpq_t out, const mpz_t digits, long last_place, double x)
{
    mpq_t value;
    mpq_init(value);
    mpz_ui_pow_ui(mpq_numref(value), 10, (unsigned long)labs(last_place));
    if (last_place < 0)
        mpq_inv(value, value);
    mpz_mul(mpq_numref(value), mpq_numref(value), digits);
    mpq_canonicalize(value);
    mpq_set_d(out, x);
    mpq_sub(out, value, out);
    mpq_abs(out, out);
    mpq_clear(value);
}

static void check_shortest(double x)
{
    mpz_t digits, other;
    mpq_t mine, theirs;
    mpz_inits(digits, other, (mpz_ptr)NULL);
    mpq_inits(mine, theirs, (mpq_ptr)NULL);
    long exponent = crunch_shortest_decimal(digits, x);
    cr_expect_eq(read_back(digits, exponent), x, "%a", x);
    long n = (long)mpz_sizeinbase(digits, 10);
    mpz_ui_pow_ui(other, 10, (unsigned long)n);
    if (mpz_cmp(other, digits) > 0 && n > 1) {
        mpz_ui_pow_ui(other, 10, (unsigned long)n - 1);
        n -= mpz_cmp(other, digits) > 0;
    }
    /* No decimal one digit shorter, at either side of x, reads back. */
    if (n > 1) {
        cr_expect_neq(mpz_fdiv_ui(digits, 10), 0, "%a", x);
        mpz_fdiv_q_ui(other, digits, 10);
        for (int step = -1; step <= 2; step++) {
            mpz_fdiv_q_ui(other, digits, 10);
            if (step < 0)
                mpz_sub_ui(other, other, 1);
            else
                mpz_add_ui(other, other, (unsigned long)step);
            char *text = mpz_get_str(NULL, 10, other), line[100];
            snprintf(line, sizeof line, "%se%ld", text, exponent - n + 2);
            free(text);
            cr_expect_neq(strtod(line, NULL), x, "%s for %a", line, x);
        }
    }
    /* Its neighbours of the same length are not closer, nor as close unless it is the even one. */
    distance(mine, digits, exponent - n + 1, x);
    for (int step = -1; step <= 1; step += 2) {
        mpz_set(other, digits);
        if (step < 0)
            mpz_sub_ui(other, other, 1);
        else
            mpz_add_ui(other, other, 1);
        distance(theirs, other, exponent - n + 1, x);
        int order = mpq_cmp(theirs, mine);
        bool reads = read_back(other, exponent - n + (long)mpz_sizeinbase(other, 10)) == x;
        cr_expect(order > 0 || (order == 0 && mpz_even_p(digits)) || (order <= 0 && !reads), "%a",
                  x);
    }
    mpz_clears(digits, other, (mpz_ptr)NULL);
    mpq_clears(mine, theirs, (mpq_ptr)NULL);
}

Test(value, shortest_decimal_reads_back_and_is_shortest)
{
    static const double special[] = {
        5e-324, 1e-323, 0x1p-1022, DBL_MAX,          0x1p-44, 1e22,   1e23,      9e22,    0.1, 0.3,
        1,      10,     123456789, 9007199254740994, 2e-323,  5e-323, 0x1p-1021, 0x1p1023};
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
        check_shortest(special[i]);
    for (int e = -1074; e <= 1023; e++)
        check_shortest(ldexp(1, e));
    for (int i = 0; i < 20000; i++)
        check_shortest(any_double());
    for (int i = 0; i < 5000; i++)
        check_shortest((double)(next() % 100000) / 1000 + 0.001);
}

Test(value, decimal_rounding_is_half_even)
{
    mpq_t q, low, x;
    mpz_t digits;
    mpq_inits(q, low, x, (mpq_ptr)NULL);
    mpz_init(digits);
    for (int i = 0; i < 20000; i++) {
        any_rational(q);
        bool root = i % 2;
        unsigned n = 1 + (unsigned)(next() % 40);
        if (i % 5 == 0) { /* an exact tie: digits followed by a 5 */
            mpz_ui_pow_ui(digits, 10, n - 1);
            mpz_add_ui(digits, digits, next() % 9);
            mpz_mul_ui(mpq_numref(q), digits, 10);
            mpz_add_ui(mpq_numref(q), mpq_numref(q), 5);
            mpz_set_ui(mpq_denref(q), 1000);
            mpq_canonicalize(q);
            if (root)
                mpq_mul(q, q, q);
        }
        long exponent = crunch_round_decimal(digits, q, root, n);
        char *text = mpz_get_str(NULL, 10, digits);
        cr_expect_eq(strlen(text), n);
        free(text);
        /* 2 digits - 1 <= 2 x 10^-last <= 2 digits + 1, squared for roots */
        for (int side = -1; side <= 1; side += 2) {
            long last = exponent - (long)n + 1;
            mpz_ui_pow_ui(mpq_numref(low), 10, (unsigned long)labs(last));
            mpz_set_ui(mpq_denref(low), 1);
            if (last < 0)
                mpq_inv(low, low);
            mpz_mul_2exp(mpq_numref(x), digits, 1);
            if (side < 0)
                mpz_sub_ui(mpq_numref(x), mpq_numref(x), 1);
            else
                mpz_add_ui(mpq_numref(x), mpq_numref(x), 1);
            mpz_set_ui(mpq_denref(x), 2);
            mpq_canonicalize(x);
            mpq_mul(x, x, low);
            if (root)
                mpq_mul(x, x, x);
            int order = mpq_cmp(q, x) * side;
            /* Just above a power of ten the lower edge is nearer for fewer digits: never crossed.
             */
            cr_expect(order < 0 || (order == 0 && mpz_even_p(digits)), "n %u root %d", n, root);
        }
    }
    mpq_clears(q, low, x, (mpq_ptr)NULL);
    mpz_clear(digits);
}

/* number is "P/Q" or "P*10^K" as GMP text and a power of ten. */
static void check_text(enum crunch_value_kind kind, const char *number, long power,
                       unsigned precision, const char *expected)
{
    struct crunch_value value;
    mpq_t ten;
    crunch_value_init(&value);
    mpq_init(ten);
    value.kind = kind;
    cr_assert_eq(mpq_set_str(value.number, number, 10), 0);
    mpq_canonicalize(value.number);
    mpz_ui_pow_ui(mpq_numref(ten), 10, (unsigned long)labs(power));
    if (power < 0)
        mpq_inv(ten, ten);
    mpq_mul(value.number, value.number, ten);
    char *text = crunch_value_text(&value, precision);
    cr_expect_str_eq(text, expected);
    free(text);
    mpq_clear(ten);
    crunch_value_clear(&value);
}

Test(value, texts)
{
    enum crunch_value_kind exact = CRUNCH_VALUE_EXACT, copied = CRUNCH_VALUE_COPIED;
    enum crunch_value_kind ratio = CRUNCH_VALUE_RATIO, root = CRUNCH_VALUE_ROOT,
                           binary = CRUNCH_VALUE_DOUBLE;
    check_text(CRUNCH_VALUE_EMPTY, "0", 0, 0, "");
    check_text(CRUNCH_VALUE_NAN, "0", 0, 5, "nan");
    check_text(CRUNCH_VALUE_PLUS_INF, "0", 0, 0, "inf");
    check_text(CRUNCH_VALUE_MINUS_INF, "0", 0, 0, "-inf");
    check_text(exact, "0", 0, 0, "0");
    check_text(ratio, "0", 0, 7, "0");
    check_text(root, "0", 0, 0, "0");
    check_text(exact, "4999846488666", -2, 0, "49998464886.66");
    check_text(exact, "-150", -2, 0, "-1.5");
    check_text(exact, "3/8", 0, 0, "0.375");
    /* notation: plain from 10^-7 to 10^37 */
    check_text(exact, "12", -8, 0, "0.00000012");
    check_text(exact, "12", -9, 0, "1.2e-8");
    check_text(exact, "1", 37, 0, "10000000000000000000000000000000000000");
    check_text(exact, "1", 38, 0, "1e38");
    check_text(exact, "15", -301, 0, "1.5e-300");
    check_text(exact, "-15", 299, 0, "-1.5e300");
    /* 38 digits are exact, 39 become a double; integers and copies keep all */
    check_text(exact, "12345678901234567890123456789012345678", -10, 0,
               "1234567890123456789012345678.9012345678");
    check_text(exact, "123456789012345678901234567890123456789", -10, 0,
               "12345678901234568000000000000");
    check_text(exact, "123456789012345678901234567890123456789", 0, 0,
               "1.23456789012345678901234567890123456789e38");
    check_text(copied, "123456789012345678901234567890123456789", -10, 0,
               "12345678901234567890123456789.0123456789");
    check_text(copied, "1", 2, 0, "100");
    /* quotients: the shortest decimal of the nearest double */
    check_text(ratio, "1/3", 0, 0, "0.3333333333333333");
    check_text(ratio, "2/3", 0, 0, "0.6666666666666666");
    check_text(ratio, "3/30", 0, 0, "0.1");
    check_text(ratio, "1", 23, 0, "100000000000000000000000");
    check_text(root, "2", 0, 0, "1.4142135623730951");
    check_text(root, "16", 0, 0, "4");
    /* beyond the normal doubles: 17 digits, never inf or 0 */
    check_text(ratio, "2/3", 400, 0, "6.6666666666666667e399");
    check_text(ratio, "2/3", -400, 0, "6.6666666666666667e-401");
    check_text(ratio, "1/3", -310, 0, "3.3333333333333333e-311");
    check_text(root, "2", 800, 0, "1.414213562373095e400");
    check_text(ratio, "1", 400, 0, "1e400");
    check_text(binary, "1", -323, 0, "1e-323");
    check_text(binary, "1/10", 0, 0, "0.1");
    /* --precision: of the exact value, half-even */
    check_text(exact, "25", -1, 1, "2");
    check_text(exact, "35", -1, 1, "4");
    check_text(exact, "2500001", -6, 1, "3");
    check_text(exact, "9996", -2, 3, "100");
    check_text(exact, "125", 0, 2, "120");
    check_text(exact, "25", -1, 10, "2.5");
    check_text(ratio, "2/3", 0, 30, "0.666666666666666666666666666667");
    check_text(root, "2", 0, 40, "1.41421356237309504880168872420969807857");
    check_text(root, "1/2", 0, 3, "0.707");
    check_text(copied, "123456", 0, 2, "120000");
}

/*
 * The number grammar against other people's code: a POSIX regular expression for what is a number,
 * GMP for its value and range, strtod for the nearest double.
 */
#include "io/number.h"
#include "io/number_binary.h"

#include <criterion/criterion.h>
#include <gmp.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static char scratch[CRUNCH_WIDE_DIGITS_MAX];

static struct crunch_dialect plain(void)
{
    return (struct crunch_dialect){.delimiter = ',', .quoting = true, .quote = '"', .decimal = '.'};
}

static struct crunch_number parse_with(const struct crunch_dialect *dialect, const char *text)
{
    struct crunch_number out;
    /* An allocation of exactly the text's length lets a sanitizer see any step outside. */
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    memcpy(copy, text, len);
    crunch_number_parse(dialect, copy, len, scratch, &out);
    free(copy);
    return out;
}

static struct crunch_number parse(const char *text)
{
    struct crunch_dialect dialect = plain();
    return parse_with(&dialect, text);
}

static uint64_t seed = 88172645463325252u;

static unsigned pick(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)((seed >> 11) % n);
}

/* The value of a text that is known to be a number with a short exponent. */
static void oracle_value(mpq_t value, const char *text)
{
    char *digits = malloc(strlen(text) + 2);
    size_t n = 0;
    long exponent = 0;
    bool fraction = false;
    const char *p = text;
    for (; *p && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.') {
            fraction = true;
        } else if (*p != '+') {
            digits[n++] = *p;
            exponent -= fraction;
        }
    }
    digits[n] = '\0';
    if (*p)
        exponent += strtol(p + 1, NULL, 10);
    mpq_set_ui(value, 0, 1);
    cr_assert_eq(mpz_set_str(mpq_numref(value), digits, 10), 0);
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, 10, (unsigned long)labs(exponent));
    if (exponent >= 0)
        mpz_mul(mpq_numref(value), mpq_numref(value), power);
    else
        mpz_set(mpq_denref(value), power);
    mpq_canonicalize(value);
    mpz_clear(power);
    free(digits);
}

/* |value| > DBL_MAX, or a non-zero digit below 10^-1100. */
static bool oracle_out_of_range(const mpq_t value)
{
    mpq_t x;
    mpq_init(x);
    mpq_set_d(x, 0x1.fffffffffffffp1023);
    mpq_abs(x, x);
    mpq_t magnitude;
    mpq_init(magnitude);
    mpq_abs(magnitude, value);
    bool out = mpq_cmp(magnitude, x) > 0;
    mpz_ui_pow_ui(mpq_numref(x), 10, 1100);
    mpz_set_ui(mpq_denref(x), 1);
    mpq_mul(magnitude, magnitude, x);
    out |= mpz_cmp_ui(mpq_denref(magnitude), 1) != 0;
    mpq_clears(x, magnitude, (mpq_ptr)NULL);
    return out;
}

static void number_value(mpq_t value, const struct crunch_number *number)
{
    char text[CRUNCH_WIDE_DIGITS_MAX + 64];
    if (number->class == CRUNCH_CELL_NUMBER)
        snprintf(text, sizeof text, "%lde-%d", (long)number->mantissa, number->scale);
    else
        snprintf(text, sizeof text, "%s%.*se%d", number->wide.negative ? "-" : "",
                 (int)number->wide.n_digits, number->wide.digits, number->wide.exponent);
    oracle_value(value, text);
}

static void check_value(const char *text)
{
    struct crunch_number number = parse(text);
    mpq_t expected, got;
    mpq_inits(expected, got, (mpq_ptr)NULL);
    oracle_value(expected, text);
    if (oracle_out_of_range(expected)) {
        cr_expect(number.class == CRUNCH_CELL_BAD && number.bad == CRUNCH_OUT_OF_RANGE, "%s", text);
    } else {
        cr_assert(number.class == CRUNCH_CELL_NUMBER || number.class == CRUNCH_CELL_WIDE, "%s",
                  text);
        number_value(got, &number);
        cr_expect(mpq_equal(expected, got), "%s", text);
    }
    if (number.class == CRUNCH_CELL_NUMBER)
        cr_expect(number.scale <= CRUNCH_SCALE_MAX && labs(number.mantissa) < 1000000000000000000);
    if (number.class == CRUNCH_CELL_WIDE)
        cr_expect(number.wide.n_digits <= CRUNCH_WIDE_DIGITS_MAX && number.wide.digits[0] != '0' &&
                      number.wide.digits[number.wide.n_digits - 1] != '0',
                  "%s", text);
    struct crunch_dialect binary = plain();
    binary.arith = CRUNCH_ARITH_BINARY;
    number = parse_with(&binary, text);
    double nearest = strtod(text, NULL);
    if (isinf(nearest))
        cr_expect(number.class == CRUNCH_CELL_BAD && number.bad == CRUNCH_OUT_OF_RANGE, "%s", text);
    else
        cr_expect(number.class == CRUNCH_CELL_NUMBER && number.binary == nearest, "%s", text);
    mpq_clears(expected, got, (mpq_ptr)NULL);
}

/* A random number text: runs of digits with many zeros and nines, a point anywhere, an exponent. */
static void random_number(char *out, unsigned longest, int exponent_range)
{
    static const char *const alphabets[] = {"0123456789", "0", "9", "000000001", "5"};
    unsigned n = 1 + pick(longest), point = pick(2) ? pick(n + 1) : n + 1, i = 0;
    const char *alphabet = alphabets[pick(5)];
    if (pick(3) == 0)
        *out++ = "+-"[pick(2)];
    for (; i < n; i++) {
        if (i == point)
            *out++ = '.';
        if (pick(20) == 0)
            alphabet = alphabets[pick(5)];
        *out++ = alphabet[pick((unsigned)strlen(alphabet))];
    }
    if (i == point)
        *out++ = '.';
    *out = '\0';
    if (pick(2))
        sprintf(out, "%c%s%d", "eE"[pick(2)], pick(2) ? "" : "-",
                (int)pick((unsigned)exponent_range));
}

Test(number, random_values_are_exact)
{
    static char text[8192];
    for (int i = 0; i < 20000; i++) {
        random_number(text, 24, 60);
        check_value(text);
    }
    for (int i = 0; i < 3000; i++) {
        random_number(text, 1600, 1600);
        check_value(text);
    }
}

static void repeat(char **out, const char *piece, unsigned times)
{
    while (times-- > 0)
        *out += sprintf(*out, "%s", piece);
}

Test(number, hostile_values_are_exact)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "+0.0",
        ".5",
        "5.",
        "0e99",
        "00000000000000000000000001",
        "1e-1100",
        "1e-1101",
        "10e-1101",
        "12e-1101",
        "1e308",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "1e309",
        "0.1e309",
        "4.9e-324",
        "2.4e-324",
        "2.5e-324",
        "999999999999999999",
        "1000000000000000000",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551616",
        "0.000000000000000000000000000000000000001",
        "0.0000000000000000000000000000000000000001",
        "0.0000000000000000000000000000000000000000",
        "1e17",
        "1e18",
        "123e15",
        "1234e15",
        "100000000000000000000e-20",
        "9007199254740993",
        "9007199254740992.99999999999999999999999",
        "9007199254740993.00000000000000000000000000000001",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check_value(texts[i]);
    static char text[16384];
    for (int after = -2; after <= 2;
         after++) { /* the largest double, and its neighbours in the last place */
        mpz_t largest;
        mpz_init(largest);
        mpz_set_d(largest, 0x1.fffffffffffffp1023);
        if (after < 0)
            mpz_sub_ui(largest, largest, (unsigned long)-after);
        else
            mpz_add_ui(largest, largest, (unsigned long)after);
        gmp_sprintf(text, "%Zd", largest);
        check_value(text);
        gmp_sprintf(text, "-%Zd.000", largest);
        check_value(text);
        gmp_sprintf(text, "%Zd.0001", largest);
        check_value(text);
        mpz_clear(largest);
    }
    char *p = text; /* a one, 400 zeros, e-400 */
    repeat(&p, "1", 1);
    repeat(&p, "0", 400);
    repeat(&p, "e-400", 1);
    check_value(text);
    cr_expect_eq(parse(text).mantissa, 1);
    p = text; /* 5,000 zeros after the point, then the exponent that undoes them */
    repeat(&p, "0.", 1);
    repeat(&p, "0", 5000);
    repeat(&p, "12e5000", 1);
    check_value(text);
    p = text; /* halfway between two doubles, told apart by the 3,000th digit */
    repeat(&p, "9007199254740993.", 1);
    repeat(&p, "0", 3000);
    char *end = p;
    repeat(&p, "1", 1);
    struct crunch_dialect binary = plain();
    binary.arith = CRUNCH_ARITH_BINARY;
    cr_expect_eq(parse_with(&binary, text).binary, 9007199254740994.0);
    *end = '\0';
    cr_expect_eq(parse_with(&binary, text).binary, 9007199254740992.0);
}

/* Halfway between two doubles, and just beside, in 16 to 18 digits with and without an exponent. */
Test(number, ties_of_short_numbers)
{
    static const char *const tails[] = {".5",   ".50",   ".49",   ".51",
                                        "5e-1", "50e-2", "49e-2", "51e-2"};
    char text[64];
    for (int i = 0; i < 2000; i++) {
        unsigned long base = (1ul << 52) + pick(1u << 30) * 7ul;
        for (size_t j = 0; j < sizeof tails / sizeof tails[0]; j++) {
            snprintf(text, sizeof text, "%lu%s", base, tails[j]);
            check_value(text);
        }
        snprintf(text, sizeof text, "%lu", 2 * base + 1);
        check_value(text);
        snprintf(text, sizeof text, "%lu", 10 * (2 * base + 1));
        check_value(text);
        snprintf(text, sizeof text, "%lue%d", 2 * base + 1, (int)pick(45) - 22);
        check_value(text);
    }
}

Test(number, exponents_of_any_length)
{
    cr_expect_eq(parse("1e99999999999999999999").bad, CRUNCH_OUT_OF_RANGE);
    cr_expect_eq(parse("1e-99999999999999999999").bad, CRUNCH_OUT_OF_RANGE);
    struct crunch_number zero = parse("0.000e99999999999999999999999");
    cr_expect(zero.class == CRUNCH_CELL_NUMBER && zero.mantissa == 0);
    zero = parse("-0e-99999999999999999999999");
    cr_expect(zero.class == CRUNCH_CELL_NUMBER && zero.mantissa == 0);
    cr_expect_eq(parse("1e00000000000000000000000000000000000000000000002").mantissa, 100);
    struct crunch_dialect binary = plain();
    binary.arith = CRUNCH_ARITH_BINARY;
    cr_expect_eq(parse_with(&binary, "1e99999999999999999999").bad, CRUNCH_OUT_OF_RANGE);
    struct crunch_number small = parse_with(&binary, "1e-99999999999999999999");
    cr_expect(small.class == CRUNCH_CELL_NUMBER && small.binary == 0);
    small = parse_with(&binary, "1e-5000");
    cr_expect(small.class == CRUNCH_CELL_NUMBER && small.binary == 0);
}

Test(number, narrow_cells_are_taken_as_written)
{
    struct crunch_number number = parse(" \t-12.50 ");
    cr_expect(number.class == CRUNCH_CELL_NUMBER && number.mantissa == -1250 && number.scale == 2);
    number = parse("2.5e1");
    cr_expect(number.class == CRUNCH_CELL_NUMBER && number.mantissa == 25 && number.scale == 0);
    cr_expect_eq(parse("123456789012345678").class, CRUNCH_CELL_NUMBER);
    cr_expect_eq(parse("1234567890123456789").class, CRUNCH_CELL_WIDE);
    cr_expect_eq(parse("0.00012345678901234567").class, CRUNCH_CELL_NUMBER);
    cr_expect_eq(parse("1.00000000000000000000000").class, CRUNCH_CELL_NUMBER);
}

Test(number, grammar_is_the_regular_expression)
{
    regex_t grammar;
    cr_assert_eq(
        regcomp(&grammar,
                "^[ \t]*([+-]?(([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?|inf|infinity|nan))?[ "
                "\t]*$",
                REG_EXTENDED | REG_ICASE | REG_NOSUB),
        0);
    static const char alphabet[] = "0123456789..eE+-+- \tnaifINty_x,";
    int accepted = 0;
    for (int i = 0; i < 300000; i++) {
        char text[12];
        unsigned n = pick(i % 2 ? 5 : 11), letters = i % 3 ? 21 : sizeof alphabet - 1;
        for (unsigned j = 0; j < n; j++)
            text[j] = alphabet[pick(letters)];
        text[n] = '\0';
        struct crunch_number number = parse(text);
        bool is_number = !(number.class == CRUNCH_CELL_BAD && number.bad == CRUNCH_NOT_A_NUMBER);
        cr_assert_eq(is_number, regexec(&grammar, text, 0, NULL, 0) == 0, "\"%s\"", text);
        accepted += is_number;
    }
    cr_expect_gt(accepted, 10000);
    static const char *const texts[] = {
        "inf",  "-Infinity", "+INF", "NaN",   "-nan", "infinit", "infinityy", "nan1",
        "0x10", "1_000",     "$1",   "1 2",   "--1",  "1e",      "e5",        ".",
        "-",    "1.2.3",     "1e+",  "1e5.5", "- 1",  "1,0"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        cr_expect_eq(parse(texts[i]).class != CRUNCH_CELL_BAD,
                     regexec(&grammar, texts[i], 0, NULL, 0) == 0, "%s", texts[i]);
    regfree(&grammar);
}

Test(number, words_and_missing)
{
    struct crunch_dialect dialect = plain();
    struct crunch_token nulls[] = {{"NA", 2}, {"-999", 4}};
    dialect.nulls = nulls;
    dialect.n_nulls = 2;
    cr_expect_eq(parse_with(&dialect, " NA ").class, CRUNCH_CELL_MISSING);
    cr_expect_eq(parse_with(&dialect, "-999").class, CRUNCH_CELL_MISSING);
    cr_expect_eq(parse_with(&dialect, "-999.0").class, CRUNCH_CELL_NUMBER);
    cr_expect_eq(parse_with(&dialect, "na").class, CRUNCH_CELL_BAD);
    cr_expect_eq(parse("").class, CRUNCH_CELL_MISSING);
    cr_expect_eq(parse(" \t ").class, CRUNCH_CELL_MISSING);
    cr_expect_eq(parse("inf").class, CRUNCH_CELL_PLUS_INF);
    cr_expect_eq(parse("-iNfInItY").class, CRUNCH_CELL_MINUS_INF);
    cr_expect_eq(parse("NAN").class, CRUNCH_CELL_NAN);
    dialect.nan = CRUNCH_NAN_SKIP;
    cr_expect_eq(parse_with(&dialect, "nan").class, CRUNCH_CELL_MISSING);
    dialect.nan = CRUNCH_NAN_BAD;
    cr_expect_eq(parse_with(&dialect, "nan").bad, CRUNCH_NAN_REFUSED);
    dialect.delimiter = '\t'; /* then a tab (in quotes) is no blank */
    cr_expect_eq(parse_with(&dialect, "\t1").class, CRUNCH_CELL_BAD);
    cr_expect_eq(parse_with(&dialect, " 1 ").class, CRUNCH_CELL_NUMBER);
}

Test(number, group_separators_and_decimal_commas)
{
    struct crunch_dialect dialect = plain();
    dialect.decimal = ',';
    dialect.thousands = '.';
    static const char *const good[] = {"1.234",       "12.345.678,5", "1234567", "999",
                                       "-1.000,25e2", ",5",           "0,5"};
    static const long mantissas[] = {1234, 123456785, 1234567, 999, -100025, 5, 5};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct crunch_number number = parse_with(&dialect, good[i]);
        cr_expect(number.class == CRUNCH_CELL_NUMBER && number.mantissa == mantissas[i], "%s",
                  good[i]);
    }
    static const char *const bad[] = {"1.23",    "1234.567", "1.2345",   ".123",
                                      "1..234",  "1.234.",   "1.234.56", "1,234.567",
                                      "1e1.000", "0,5.000",  "1.234,5,6"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_eq(parse_with(&dialect, bad[i]).class, CRUNCH_CELL_BAD, "%s", bad[i]);
    struct crunch_number wide = parse_with(&dialect, "12.345.678.901.234.567.890.123,4500");
    cr_assert_eq(wide.class, CRUNCH_CELL_WIDE);
    cr_expect(wide.wide.n_digits == 25 && wide.wide.exponent == -2 &&
              memcmp(wide.wide.digits, "1234567890123456789012345", 25) == 0);
}

/* Doubles of all exponents with too few digits, enough, and one too many; points halfway between
 * two of them, with a little more and a little less; and random decimals: the nearest double each
 * time. */
Test(number, nearest_doubles_by_the_million)
{
    struct crunch_dialect binary = plain();
    char text[1200];
    binary.arith = CRUNCH_ARITH_BINARY;
    for (int i = 0; i < 1000000; i++) {
        uint64_t bits =
            ((uint64_t)pick(1u << 31) << 32 ^ (uint64_t)pick(1u << 31) << 5 ^ pick(32)) & INT64_MAX;
        double x;
        memcpy(&x, &bits, sizeof x);
        if (isnan(x) || isinf(x))
            continue;
        if (i % 50 == 0) { /* halfway: 54 bits, then all the digits that they take */
            mpf_t half;
            mp_exp_t exponent;
            mpf_init2(half, 2200);
            mpf_set_d(half, x);
            mpf_t next;
            mpf_init2(next, 2200);
            double above = nextafter(x, INFINITY);
            mpf_set_d(next, isinf(above) ? x : above);
            mpf_add(half, half, next);
            mpf_div_2exp(half, half, 1);
            char *digits = mpf_get_str(NULL, &exponent, 10, 0, half);
            if (strlen(digits) > 1000 || *digits == '\0')
                strcpy(text, "1");
            else
                snprintf(text, sizeof text, "0.%s%se%ld", digits, i % 100 ? "0000001" : "",
                         (long)exponent);
            free(digits);
            mpf_clears(half, next, (mpf_ptr)NULL);
        } else if (i % 3 == 0) {
            snprintf(text, sizeof text, "%u%09ue%d", pick(1000000000), pick(1000000000),
                     (int)pick(660) - 345);
        } else {
            snprintf(text, sizeof text, "%.*g", 14 + (int)pick(8), x);
        }
        struct crunch_number number = parse_with(&binary, text);
        double nearest = strtod(text, NULL);
        if (isinf(nearest))
            cr_assert(number.class == CRUNCH_CELL_BAD, "%s", text);
        else
            cr_assert(number.class == CRUNCH_CELL_NUMBER && number.binary == nearest, "%s: %a",
                      text, number.binary);
    }
}

/* A text in a mapped file that has lost its digits since it was read, as when the file is cut: the
 * value is of no use, but nothing behind the text's end, where a page is unreadable, is read. */
Test(number, digits_that_are_gone)
{
    enum { LEN = 40 };
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const char *end = pages + 4096;
    double value;

    cr_assert(pages != MAP_FAILED);
    cr_assert_eq(mprotect(pages + 4096, 4096, PROT_NONE), 0);
    /* 2^53 + 1 and a last digit far behind: 18 digits do not tell which double is the nearest. */
    struct crunch_decimal d = {.begin = end - LEN,
                               .end = end,
                               .exponent = 16 - LEN,
                               .mantissa = UINT64_C(900719925474099300),
                               .n_digits = LEN,
                               .n_stripped = LEN};
    crunch_decimal_to_double(&d, &value);
    cr_assert(value >= 0);
    munmap(pages, 8192);
}

/*
 * Expressions: what is refused and where the mark stands; kinds; each operation against values
 * worked out by hand and by Python's fractions; and random expressions over random rows, the
 * machine against the reference evaluator.
 */
#include "core/expr_machine.h"
#include "core/kernels.h"
#include "core/reference_expr.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 6
#define NUMBERS 4 /* the first columns hold numbers, the others texts */

/* A table a, b, c, d (numbers), city, odd name. */
static struct crunch_column columns[COLUMNS] = {
    {.name = (char[]){"a"}, .name_len = 1},    {.name = (char[]){"b"}, .name_len = 1},
    {.name = (char[]){"c"}, .name_len = 1},    {.name = (char[]){"dee"}, .name_len = 3},
    {.name = (char[]){"city"}, .name_len = 4}, {.name = (char[]){"odd name"}, .name_len = 8},
};

static struct crunch_table table_of(enum crunch_arith arith)
{
    struct crunch_table table = {.dialect = crunch_dialect_default(),
                                 .width = COLUMNS,
                                 .columns = columns,
                                 .has_header = true};
    table.dialect.arith = arith;
    return table;
}

/* ---- rows by both evaluators ---- */

struct setting {
    struct crunch_table table;
    struct crunch_exprs *exprs;
    struct crunch_batch *batch;
    struct crunch_reference_number number[CRUNCH_BATCH_ROWS][COLUMNS];
    struct crunch_reference_cell cell[CRUNCH_BATCH_ROWS][COLUMNS];
};

static void add_row(struct setting *s, const char *const *cells)
{
    static char scratch[COLUMNS][CRUNCH_WIDE_DIGITS_MAX];
    char digits[2048];
    struct crunch_number row[COLUMNS];
    struct crunch_text texts[COLUMNS];
    size_t r = s->batch->rows;
    for (size_t i = 0; i < COLUMNS; i++) {
        size_t len = strlen(cells[i]);
        struct crunch_reference_number *number = &s->number[r][i];
        texts[i] = (struct crunch_text){cells[i], (uint32_t)len};
        row[i] = (struct crunch_number){.class = len ? CRUNCH_CELL_NUMBER : CRUNCH_CELL_MISSING};
        if (i < NUMBERS)
            crunch_number_parse(&s->table.dialect, cells[i], len, scratch[i], &row[i]);
        crunch_reference_read(&s->table.dialect, cells[i], len, i >= NUMBERS, digits, number);
        s->cell[r][i] = (struct crunch_reference_cell){number, cells[i], len};
    }
    crunch_batch_append(s->batch, row, texts, r);
}

static struct setting *begin(enum crunch_arith arith)
{
    static const enum crunch_need need[COLUMNS] = {3, 3, 3, 3, 2, 2};
    struct setting *s = calloc(1, sizeof *s);
    s->table = table_of(arith);
    for (size_t r = 0; r < CRUNCH_BATCH_ROWS; r++)
        for (size_t i = 0; i < COLUMNS; i++)
            mpz_init(s->number[r][i].mantissa);
    cr_assert_eq(crunch_batch_create(&(struct crunch_batch_shape){COLUMNS, need, arith, false},
                                     &s->batch, NULL),
                 CRUNCH_OK);
    crunch_batch_reserve_text(s->batch, 1 << 20);
    return s;
}

static void end(struct setting *s)
{
    for (size_t r = 0; r < CRUNCH_BATCH_ROWS; r++)
        for (size_t i = 0; i < COLUMNS; i++)
            mpz_clear(s->number[r][i].mantissa);
    crunch_batch_free(s->batch);
    free(s);
}

/* Texts that are equal when the values are: the integer without trailing zeros and its exponent. */
static void decimal_text(char *out, size_t size, mpz_t m, long exponent)
{
    if (mpz_sgn(m) == 0)
        exponent = 0;
    while (mpz_sgn(m) != 0 && mpz_divisible_ui_p(m, 10)) {
        mpz_divexact_ui(m, m, 10);
        exponent++;
    }
    char *digits = mpz_get_str(NULL, 10, m);
    snprintf(out, size, "%se%ld", digits, exponent);
    free(digits);
}

static const char *class_text(enum crunch_class class)
{
    return class == CRUNCH_CELL_MISSING    ? "missing"
           : class == CRUNCH_CELL_NAN      ? "nan"
           : class == CRUNCH_CELL_PLUS_INF ? "inf"
                                           : "-inf";
}

static void machine_text(char *out, size_t size, enum crunch_expr_kind kind,
                         const struct crunch_cells *cells, size_t row)
{
    enum crunch_class class =
        cells->all_numbers ? CRUNCH_CELL_NUMBER : (enum crunch_class)cells->class[row];
    mpz_t m;
    long exponent;
    if (class != CRUNCH_CELL_NUMBER && class != CRUNCH_CELL_WIDE) {
        snprintf(out, size, "%s", class_text(class));
        return;
    }
    if (kind == CRUNCH_EXPR_TEXT) {
        snprintf(out, size, "\"%.*s\"", (int)cells->text_len[row], cells->text[row]);
        return;
    }
    if (kind == CRUNCH_EXPR_DOUBLE) {
        snprintf(out, size, "%a", cells->binary[row] + 0.0);
        return;
    }
    mpz_init(m);
    if (class == CRUNCH_CELL_NUMBER) {
        cr_expect(cells->mantissa[row] < CRUNCH_MANTISSA_LIMIT &&
                  cells->mantissa[row] > -CRUNCH_MANTISSA_LIMIT);
        mpz_set_si(m, cells->mantissa[row]);
        exponent = -(long)(cells->one_scale ? cells->common_scale : cells->scale[row]);
    } else {
        const struct crunch_wide *wide = cells->wide;
        char digits[CRUNCH_WIDE_DIGITS_MAX + 1];
        while (wide->row != row)
            wide++;
        memcpy(digits, wide->digits, wide->n_digits);
        digits[wide->n_digits] = '\0';
        cr_expect(digits[0] != '0' && digits[wide->n_digits - 1] != '0');
        mpz_set_str(m, digits, 10);
        if (wide->negative)
            mpz_neg(m, m);
        exponent = wide->exponent;
    }
    decimal_text(out, size, m, exponent);
    mpz_clear(m);
}

static void reference_text(char *out, size_t size, enum crunch_expr_kind kind,
                           const struct crunch_reference_cell *cell)
{
    const struct crunch_reference_number *number = cell->number;
    mpz_t m;
    switch (number->class) {
    case CRUNCH_REFERENCE_VALUE:
        break;
    case CRUNCH_REFERENCE_MISSING:
        snprintf(out, size, "missing");
        return;
    case CRUNCH_REFERENCE_NAN:
        snprintf(out, size, "nan");
        return;
    default:
        snprintf(out, size, number->class == CRUNCH_REFERENCE_PLUS_INF ? "inf" : "-inf");
        return;
    }
    if (kind == CRUNCH_EXPR_TEXT) {
        snprintf(out, size, "\"%.*s\"", (int)cell->text_len, cell->text);
    } else if (kind == CRUNCH_EXPR_DOUBLE) {
        snprintf(out, size, "%a", ldexp(mpz_get_d(number->mantissa), (int)number->exponent) + 0.0);
    } else {
        mpz_init_set(m, number->mantissa);
        decimal_text(out, size, m, number->exponent);
        mpz_clear(m);
    }
}

static struct crunch_exprs *parse(const struct crunch_table *table, const char *where,
                                  const char *map, struct crunch_error *error)
{
    struct crunch_exprs *exprs;
    struct crunch_expr_request request = {.where = &where,
                                          .n_where = where != NULL,
                                          .map = &map,
                                          .n_map = map != NULL,
                                          .names_are_text = false};
    enum crunch_code code = crunch_exprs_parse(&request, table, &exprs, error);
    cr_assert_eq(code == CRUNCH_OK, exprs != NULL);
    return exprs;
}

/* Computes the first map for every row of the batch by both, compares, and leaves the text of the
 * first row in out. */
static void check_map(struct setting *s, const char *text, char *out, size_t size)
{
    static const size_t all[COLUMNS] = {0, 1, 2, 3, 4, 5};
    struct crunch_error error;
    struct crunch_exprs *exprs = parse(&s->table, NULL, text, &error);
    cr_assert(exprs != NULL, "%s: %s", text, error.message);
    const struct crunch_expr *root = exprs->map[0].value;
    struct crunch_expr_machine *machine;
    struct crunch_reference_exprs *reference;
    cr_assert_eq(crunch_expr_machine_create(exprs, &root, 1, all, COLUMNS, &machine, NULL), 0);
    cr_assert_eq(crunch_reference_exprs_create(exprs, all, COLUMNS, &reference, NULL), 0);
    struct crunch_cells cells;
    struct crunch_outside outside;
    const struct crunch_expr *gave_up;
    bool stop;
    cr_assert_eq(crunch_expr_machine_run(machine, s->batch, NULL), CRUNCH_OK);
    cr_assert_eq(crunch_expr_machine_cells(machine, root, &cells, &outside, NULL), CRUNCH_OK);
    for (size_t row = 0; row < s->batch->rows; row++) {
        static char ours[8192], theirs[8192];
        struct crunch_reference_cell cell;
        crunch_reference_exprs_maps(reference, s->cell[row], &cell, &stop, &gave_up);
        bool is_outside = outside.n > 0 && outside.row[row];
        cr_assert_eq(stop, is_outside, "%s: row %zu is outside for one of two", text, row);
        cr_assert_eq(gave_up, crunch_expr_machine_gave_up(machine, row), "%s: row %zu", text, row);
        if (is_outside) {
            if (row == 0)
                snprintf(out, size, "outside");
            continue;
        }
        machine_text(ours, sizeof ours, root->kind, &cells, row);
        reference_text(theirs, sizeof theirs, root->kind, &cell);
        cr_assert_str_eq(ours, theirs, "%s: row %zu (%s, %s, %s, %s): %.200s, not %.200s", text,
                         row, s->cell[row][0].text, s->cell[row][1].text, s->cell[row][2].text,
                         s->cell[row][3].text, ours, theirs);
        if (row == 0)
            snprintf(out, size, "%s", ours);
    }
    crunch_expr_machine_free(machine);
    crunch_reference_exprs_free(reference);
    crunch_exprs_free(exprs);
}

/* The value of an expression for one row. */
static const char *value_in(enum crunch_arith arith, const char *text, const char *a, const char *b)
{
    static char out[8192];
    struct setting *s = begin(arith);
    const char *cells[COLUMNS] = {a, b, "7", "", "Oslo", "x"};
    add_row(s, cells);
    check_map(s, text, out, sizeof out);
    end(s);
    return out;
}

static const char *value(const char *text, const char *a, const char *b)
{
    return value_in(CRUNCH_ARITH_DECIMAL, text, a, b);
}

#define expect_value(expected, text, a, b)                                               \
    do {                                                                                 \
        const char *got_ = value(text, a, b);                                            \
        cr_expect_str_eq(got_, expected, "%s of %s, %s is %s, not %s", text, a, b, got_, \
                         expected);                                                      \
    } while (0)

/* ---- errors ---- */

static void expect_error(const char *where, const char *map, const char *message, const char *hint)
{
    struct crunch_table table = table_of(CRUNCH_ARITH_DECIMAL);
    struct crunch_error error = {0};
    struct crunch_exprs *exprs = parse(&table, where, map, &error);
    cr_expect(exprs == NULL, "%s is accepted", where ? where : map);
    cr_expect_eq(error.code, CRUNCH_USAGE);
    cr_expect_str_eq(error.message, message);
    if (hint != NULL)
        cr_expect_str_eq(error.hint, hint);
    crunch_exprs_free(exprs);
}

Test(expr, errors_show_the_place)
{
    expect_error("pric > 10", NULL, "no column has this name\n  pric > 10\n  ^~~~", NULL);
    expect_error("a > 1 && citi == \"x\"", NULL,
                 "no column has this name\n  a > 1 && citi == \"x\"\n           ^~~~",
                 "did you mean city ($5)?");
    expect_error("a = 1", NULL, "equality is written ==\n  a = 1\n    ^", NULL);
    expect_error("a > ", NULL,
                 "the expression ends where a number, a text, a name or ( is wanted"
                 "\n  a > \n      ^",
                 NULL);
    expect_error("a", NULL, "--where takes what is true or false\n  a\n  ^", NULL);
    expect_error("city == \"x", NULL, "this quote is never closed\n  city == \"x\n          ^",
                 NULL);
    expect_error("1 < a < 2", NULL,
                 "comparisons are joined with &&, like 1 < x && x < 2\n  1 < a < 2\n        ^",
                 NULL);
    expect_error("a > 1 & b > 2", NULL, "and is written &&\n  a > 1 & b > 2\n        ^", NULL);
    expect_error(
        "city == \"\"", NULL,
        "an empty text is a missing one, and equal to nothing\n  city == \"\"\n          ^~",
        "isnull(x) and !isnull(x) ask whether a cell is empty");
    expect_error("$7 > 1", NULL, "there is no such column: the input has 6\n  $7 > 1\n  ^~", NULL);
    expect_error("matches(city, \"a(\")", NULL,
                 "in the regular expression: missing closing parenthesis\n"
                 "  matches(city, \"a(\")\n                   ^",
                 NULL);
    expect_error(NULL, "city * 2 + \"x\"",
                 "this is a text where a number is wanted\n"
                 "  city * 2 + \"x\"\n             ^~~",
                 NULL);
    expect_error(NULL, "t = a, t = b", "an earlier map has this name\n  t = a, t = b\n         ^",
                 NULL);
    expect_error(NULL, "b = a", "a column of the input has this name\n  b = a\n  ^", NULL);
    expect_error(NULL, "sqr(a)", "no function has this name\n  sqr(a)\n  ^~~", NULL);
    expect_error(NULL, "abs(a, b)", "2 arguments where it is abs(x)\n  abs(a, b)\n  ^~~~~~~~~",
                 NULL);
    expect_error(NULL, "(a + b",
                 "the expression ends where an operator or ) is wanted\n  (a + b\n"
                 "        ^",
                 NULL);
    expect_error(NULL, "1e400", "this number is out of range\n  1e400\n  ^~~~~", NULL);
    expect_error(NULL, "round(a, b)",
                 "the digits to round to are a whole number from -18 to 39\n  round(a, b)\n"
                 "           ^",
                 NULL);
    expect_error(NULL, "12abc",
                 "a number does not go on like this; a name that begins "
                 "with a digit stands in backticks\n  12abc\n    ^",
                 NULL);
    expect_error(NULL, "'\xC3\xA6\xC3\xB8' ? 1", /* marks count characters, not bytes */
                 "this character means nothing here; names with such characters stand in "
                 "backticks\n  '\xC3\xA6\xC3\xB8' ? 1\n       ^",
                 NULL);
}

Test(expr, places_in_long_expressions_are_shown_in_part)
{
    char text[400] = "", *at = text;
    struct crunch_table table = table_of(CRUNCH_ARITH_DECIMAL);
    struct crunch_error error;
    for (int i = 0; i < 40; i++)
        at += sprintf(at, "a + b + ");
    strcpy(at, "nothing + 1");
    cr_assert_null(parse(&table, NULL, text, &error));
    const char *shown = strchr(error.message, '\n') + 3, *mark = strchr(shown, '\n') + 3;
    size_t before = strspn(mark, " ");
    cr_expect(strncmp(shown + before, "nothing + 1", 11) == 0, "%s", error.message);
    cr_expect_str_eq(mark + before, "^~~~~~~");
}

Test(expr, nesting_has_an_end)
{
    struct crunch_table table = table_of(CRUNCH_ARITH_DECIMAL);
    struct crunch_error error;
    char *text = malloc(100001);
    memset(text, '(', 100000);
    text[100000] = '\0';
    cr_assert_null(parse(&table, NULL, text, &error));
    cr_expect(strncmp(error.message, "this is nested too deeply", 25) == 0);
    memset(text, '-', 100000);
    cr_assert_null(parse(&table, NULL, text, &error));
    free(text);
}

/* ---- kinds and uses ---- */

static enum crunch_expr_kind kind_of(const char *text, enum crunch_arith arith)
{
    struct crunch_table table = table_of(arith);
    struct crunch_error error;
    struct crunch_exprs *exprs = parse(&table, NULL, text, &error);
    cr_assert(exprs != NULL, "%s: %s", text, error.message);
    enum crunch_expr_kind kind = exprs->map[0].value->kind;
    crunch_exprs_free(exprs);
    return kind;
}

Test(expr, kinds)
{
    const enum crunch_arith decimal = CRUNCH_ARITH_DECIMAL, binary = CRUNCH_ARITH_BINARY;
    cr_expect_eq(kind_of("a", decimal), CRUNCH_EXPR_DECIMAL);
    cr_expect_eq(kind_of("a", binary), CRUNCH_EXPR_DOUBLE);
    cr_expect_eq(kind_of("a * b - 3 % c", decimal), CRUNCH_EXPR_DECIMAL);
    cr_expect_eq(kind_of("a / b", decimal), CRUNCH_EXPR_DOUBLE);
    cr_expect_eq(kind_of("round(a / b)", decimal), CRUNCH_EXPR_DOUBLE);
    cr_expect_eq(kind_of("round(a / b, 2)", decimal), CRUNCH_EXPR_DECIMAL);
    cr_expect_eq(kind_of("round(a / b, 2)", binary), CRUNCH_EXPR_DOUBLE);
    cr_expect_eq(kind_of("1 + sqrt(a)", decimal), CRUNCH_EXPR_DOUBLE);
    cr_expect_eq(kind_of("max(a, b / 2)", decimal), CRUNCH_EXPR_DOUBLE);
    cr_expect_eq(kind_of("a > b", decimal), CRUNCH_EXPR_DECIMAL);
    cr_expect_eq(kind_of("text(a)", decimal), CRUNCH_EXPR_TEXT);
    cr_expect_eq(kind_of("if(a > 1, city, \"none\")", decimal), CRUNCH_EXPR_TEXT);
    cr_expect_eq(kind_of("coalesce(a, 0)", decimal), CRUNCH_EXPR_DECIMAL);
    cr_expect_eq(kind_of("len(city)", decimal), CRUNCH_EXPR_DECIMAL);
}

Test(expr, uses_of_columns)
{
    struct crunch_table table = table_of(CRUNCH_ARITH_DECIMAL);
    struct crunch_error error;
    struct crunch_exprs *exprs = parse(&table, "t > 3 && city != \"x\" && text(c) == \"7\"",
                                       "t = a * c, `odd name`", &error);
    cr_assert(exprs != NULL, "%s", error.message);
    cr_assert_eq(exprs->n_uses, 4);
    const struct crunch_expr_use *use = exprs->use;
    cr_expect(use[0].column == 0 && use[0].number && !use[0].text && use[0].where);
    cr_expect(use[1].column == 2 && use[1].number && use[1].text && use[1].where);
    cr_expect(use[2].column == 4 && !use[2].number && use[2].text && use[2].where);
    cr_expect(use[3].column == 5 && use[3].number && !use[3].text && !use[3].where);
    cr_expect_eq(exprs->n_maps, 2);
    cr_expect(exprs->map[0].named && strcmp(exprs->map[0].name, "t") == 0);
    cr_expect(!exprs->map[1].named && strcmp(exprs->map[1].name, "odd name") == 0);
    crunch_exprs_free(exprs);
}

/* ---- values ---- */

Test(expr, decimals_are_exact)
{
    expect_value("3e-1", "a + b", "0.1", "0.2");
    expect_value("1e0", "a + b == 0.3", "0.1", "0.2");
    expect_value("-9999999999999999995e-20", "a - b", "0.00000000000000000005", "0.1");
    expect_value("123456789012345678901234567890123456789e-10", "a + b",
                 "12345678901234567890123456789", "0.0123456789");
    expect_value("999999999999999998000000000000000001e0", "a * b", "999999999999999999",
                 "999999999999999999");
    expect_value("1e36", "a * b", "1e18", "1e18");
    expect_value("2e18", "a * b", "2000000000", "1000000000");
    expect_value("18e17", "a + b", "900000000000000000", "900000000000000000");
    expect_value("-18e17", "a - b", "-900000000000000000", "900000000000000000");
    expect_value("-152415787532388367504953515625361987875019051998750190521e-20", "-(a * b)",
                 "123456789012345.67890123456789", "12345678901234567890123.4567890");
}

Test(expr, functions_of_decimals)
{
    expect_value("-3e0", "floor(a)", "-2.5", "");
    expect_value("-2e0", "ceil(a)", "-2.5", "");
    expect_value("-2e0", "round(a)", "-2.5", "");
    expect_value("4e0", "round(a)", "3.5", "");
    expect_value("0e0", "round(a)", "0.5", "");
    expect_value("1e0", "round(a)", "0.50000000000000000000000000000000000000001", "");
    expect_value("268e-2", "round(a, 2)", "2.675000001", "");
    expect_value("12e2", "round(a, -2)", "1249", "");
    expect_value("25e-1", "abs(a)", "-2.5", "");
    expect_value("1e0", "a % b", "-5", "3");
    expect_value("-1e0", "a % b", "5", "-3");
    expect_value("5e-1", "mod(a, b)", "5.5", "1");
    expect_value("1e-1", "a % b", "1e20", "0.3");
    expect_value("25e-1", "min(a, b, c)", "2.5", "3");
    expect_value("7e0", "max(a, b, c)", "2.5", "3");
    expect_value("1e0", "isprime(a)", "1000003", "");
    expect_value("0e0", "isprime(a)", "1000001", "");
    expect_value("0e0", "isprime(a)", "2.5", "");
    expect_value("1e0", "isprime(a)", "3.0", "");
    expect_value("1e0", "isprime(a)", "18446744073709551557", "");
    expect_value("0e0", "isprime(a)", "318665857834031151167461", "");  /* passes 12 bases */
    expect_value("0e0", "isprime(a)", "3317044064679887385961981", ""); /* passes 13 */
    expect_value("1e0", "isprime(a)", "170141183460469231731687303715884105727", "");
}

Test(expr, division_rounds_once)
{
    /* 0.1 / 0.3 of the doubles nearest to both, by Python. */
    expect_value("0x1.5555555555556p-2", "a / b", "0.1", "0.3");
    expect_value("0x1.6a09e667f3bcdp+0", "sqrt(a)", "2", "");
    expect_value("0x1.999999999999ap-4", "a / 1", "0.1", "");
    expect_value("inf", "a / b", "1", "0");
    expect_value("-inf", "a / b", "-1", "0");
    expect_value("nan", "a / b", "0", "0");
    expect_value("nan", "sqrt(a)", "-1", "");
    /* Halfway between two doubles, and a digit beyond it; by fractions. */
    expect_value("0x1p+53", "a / 1", "9007199254740993", "");
    expect_value("0x1.0000000000001p+53", "a / 1", "9007199254740993.0000000000000000000001", "");
    expect_value("0x1.0000000000001p+53", "a / 1", "9007199254740993.1", "");
    expect_value("67e-2", "round(a / b, 2)", "2", "3");
    expect_value("1e-1", "round(a / b, 1)", "1", "8");
    expect_value("4e-2", "round(a / 1, 2)", "0.035", "");   /* the double is above 0.035 */
    expect_value("267e-2", "round(a / 1, 2)", "2.675", ""); /* so is this, but not 100 times it */
    expect_value("1e0", "round(a / 1, 2)", "1.005", "");    /* the double is below 1.005 */
}

Test(expr, comparison_of_decimals_and_doubles_is_exact)
{
    expect_value("0e0", "a == b / 10", "0.1", "1");
    expect_value("1e0", "a < b / 10", "0.1", "1"); /* the double of 0.1 is above 0.1 */
    expect_value("1e0", "b / 10 > a", "0.1", "1");
    expect_value("1e0", "a == b / 2", "0.5", "1");
    expect_value("1e0", "a > b / 1", "9007199254740993", "9007199254740992");
    expect_value("1e0", "a < 1 / b", "1e308", "0");
    expect_value("1e0", "a > -1 / b", "-1e308", "0");
}

Test(expr, missing_and_special_values)
{
    expect_value("missing", "a + b", "", "1");
    expect_value("missing", "a > b", "", "1");
    expect_value("1e0", "isnull(a)", "", "1");
    expect_value("0e0", "isnull(b)", "", "1");
    expect_value("0e0", "a > 1 && b > 1", "", "1");
    expect_value("missing", "a > 1 && b > 0", "", "1");
    expect_value("1e0", "a > 1 || b > 0", "", "1");
    expect_value("missing", "!(a > 1)", "", "1");
    expect_value("missing", "if(a > 1, 2, 3)", "", "1");
    expect_value("1e0", "coalesce(a, b)", "", "1");
    expect_value("missing", "if(b > 0, missing, 3)", "", "1");
    expect_value("nan", "a + b", "nan", "1");
    expect_value("nan", "a - b", "inf", "inf");
    expect_value("inf", "a - b", "inf", "-inf");
    expect_value("nan", "a * b", "inf", "0");
    expect_value("-inf", "a * b", "inf", "-2");
    expect_value("0e0", "a == a", "nan", "");
    expect_value("1e0", "a != a", "nan", "");
    expect_value("1e0", "a > b", "inf", "1e300");
    expect_value("nan", "max(a, b)", "nan", "1");
    expect_value("inf", "max(a, b)", "inf", "1");
    expect_value("inf", "abs(a)", "-inf", "");
    expect_value("nan", "a % b", "1", "0");
    expect_value("5e0", "a % b", "5", "inf");
    expect_value("-inf", "a % b", "5", "-inf");
    expect_value("-inf", "floor(a)", "-inf", "");
    expect_value("missing", "dee + 1", "1", "1");
}

Test(expr, texts)
{
    expect_value("1e0", "city == \"Oslo\"", "", "");
    expect_value("1e0", "city != 'Bergen' && city > 'Bergen'", "", "");
    expect_value("1e0", "starts_with(city, 'Os') && ends_with(city, 'lo') && contains(city, 'sl')",
                 "", "");
    expect_value("0e0", "starts_with(city, 'Oslo!') || contains(city, 'x')", "", "");
    expect_value("1e0", "matches(city, '^O.*o$')", "", "");
    expect_value("0e0", "matches(city, '^o')", "", "");
    expect_value("1e0", "matches(city, '(?i)^o')", "", "");
    expect_value("4e0", "len(city)", "", "");
    expect_value("missing", "len(dee)", "", "");
    expect_value("0e0", "text(a) == '2.5'", "2.50", "");
    expect_value("1e0", "a == 2.5", "2.50", "");
    expect_value("\"Oslo\"", "if(a > 1, city, 'none')", "2", "");
    expect_value("\"none\"", "if(a > 1, city, 'none')", "1", "");
    expect_value("1e0", "`odd name` == 'x' && $6 == 'x'", "", "");
    expect_value("\"it's \"\"\"", "if(true, 'it''s \"\"', city)", "", "");
}

Test(expr, precedence)
{
    expect_value("7e0", "1 + 2 * 3", "", "");
    expect_value("9e0", "(1 + 2) * 3", "", "");
    expect_value("-1e0", "2 - 1 - 2", "", "");
    expect_value("-1e0", "-5 % 3 - 2", "", ""); /* the sign binds tighter: 1 - 2... */
    expect_value("1e0", "1 + 1 > 1 && 2 > 1 || 1 > 2", "", "");
    expect_value("1e0", "1 > 2 && 1 > 2 || 2 > 1", "", "");
    expect_value("6e0", "--6", "", "");
    expect_value("1e0", "!(1 > 2)", "", "");
}

Test(expr, values_beyond_a_cell_are_found)
{
    expect_value("outside", "a * b", "1e308", "10");
    expect_value("outside", "a * b", "1e-1000", "1e-101");
    expect_value("1e-1100", "a * b", "1e-1000", "1e-100");
    expect_value("0e0", "a * b * 0", "1e308", "1e308"); /* only what comes out counts */
    expect_value("1e0", "a * b > 1", "1e308", "1e308");
}

Test(expr, binary_arithmetic)
{
    cr_expect_str_eq(value_in(CRUNCH_ARITH_BINARY, "a + b", "0.1", "0.2"), "0x1.3333333333334p-2");
    cr_expect_str_eq(value_in(CRUNCH_ARITH_BINARY, "a + b == 0.3", "0.1", "0.2"), "0x0p+0");
    cr_expect_str_eq(value_in(CRUNCH_ARITH_BINARY, "a % b", "-5", "3"), "0x1p+0");
    cr_expect_str_eq(value_in(CRUNCH_ARITH_BINARY, "isprime(a)", "7", ""), "0x1p+0");
    cr_expect_str_eq(value_in(CRUNCH_ARITH_BINARY, "len(city)", "7", ""), "0x1p+2");
}

/* ---- random expressions ---- */

static uint64_t state;

static uint64_t draw(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % n;
}

static void random_number(char *out)
{
    static const char *const odd[] = {
        "",     "",   "nan",   "inf",      "-inf",
        "0",    "-0", "1e308", "-1e-1000", "123456789012345678901234567890.5",
        "1e22", "0.1"};
    switch (draw(8)) {
    case 0:
        strcpy(out, odd[draw(sizeof odd / sizeof *odd)]);
        break;
    case 1:
        sprintf(out, "%d", (int)draw(21) - 10);
        break;
    case 2:
        sprintf(out, "%.17g", ldexp((double)draw(UINT64_C(1) << 53), (int)draw(100) - 80));
        break;
    case 3:
        sprintf(out, "-%llu.%llu", (unsigned long long)draw(UINT64_C(1000000000000)),
                (unsigned long long)draw(UINT64_C(1000000000)));
        break;
    default:
        sprintf(out, "%d.%02d", (int)draw(2001) - 1000, (int)draw(100));
    }
}

/* A number (kind 0), a truth (1) or a text (2), of at most this depth. */
static char *random_expr(char *out, int kind, int depth)
{
    static const char *const numbers[] = {"a", "b", "c", "dee", "0", "2", "0.5", "1e3", "-7.25"};
    static const char *const texts[] = {"text(city)", "text(`odd name`)", "text(a)", "'Oslo'",
                                        "'0'"};
    static const char *const functions[] = {"abs", "floor", "ceil", "round", "sqrt"};
    static const char *const operators[] = {"+", "-", "*", "/", "%", "*", "+"};
    static const char *const comparisons[] = {"==", "!=", "<", "<=", ">", ">="};
    static const char *const searches[] = {"starts_with", "ends_with", "contains"};
    if (kind == 0 && depth == 0)
        return out + sprintf(out, "%s", numbers[draw(9)]);
    if (kind == 2 && (depth == 0 || draw(2)))
        return out + sprintf(out, "%s", texts[draw(5)]);
    depth = depth > 0 ? depth - 1 : 0;
    uint64_t choice = draw(10);
    if (choice == 0 || kind == 2) {
        out += sprintf(out, "if(");
        out = random_expr(out, 1, depth);
        *out++ = ',';
        out = random_expr(out, kind, depth);
        *out++ = ',';
        out = random_expr(out, kind, depth);
    } else if (kind == 0 && choice < 3) {
        out += sprintf(out, "%s(", functions[draw(5)]);
        out = random_expr(out, 0, depth);
    } else if (kind == 0 && choice == 3) {
        out += sprintf(out, "round(");
        out = random_expr(out, 0, depth);
        out += sprintf(out, ",%d", (int)draw(8) - 2);
    } else if (kind == 0 && choice == 4) {
        out += sprintf(out, draw(2) ? "min(" : "max(");
        out = random_expr(out, 0, depth);
        *out++ = ',';
        out = random_expr(out, 0, depth);
    } else if (kind == 0) {
        *out++ = '(';
        out = random_expr(out, 0, depth);
        out += sprintf(out, " %s ", operators[draw(7)]);
        out = random_expr(out, 0, depth);
    } else if (choice < 3 && depth > 0) {
        *out++ = '(';
        out = random_expr(out, 1, depth);
        out += sprintf(out, draw(2) ? " && " : " || ");
        out = random_expr(out, 1, depth);
    } else if (choice == 3) {
        out += sprintf(out, "!(");
        out = random_expr(out, 1, depth);
    } else if (choice == 4) {
        out += sprintf(out, "isnull(");
        out = random_expr(out, 0, depth);
    } else if (choice == 5) {
        out += sprintf(out, "%s(", searches[draw(3)]);
        out = random_expr(out, 2, 0);
        out += sprintf(out, ",'%s'", draw(2) ? "s" : "Os");
    } else {
        int side = choice == 6 ? 2 : 0;
        *out++ = '(';
        out = random_expr(out, side, depth);
        out += sprintf(out, " %s ", comparisons[draw(6)]);
        out = random_expr(out, side, depth);
    }
    *out++ = ')';
    *out = '\0';
    return out;
}

static void random_rows(struct setting *s, char memory[][COLUMNS][64], size_t rows, bool mild)
{
    static const char *const cities[] = {"Oslo", "Bergen", "", "Os", "\xC3\x85lesund"};
    for (size_t r = 0; r < rows; r++) {
        const char *cells[COLUMNS];
        for (size_t i = 0; i < COLUMNS; i++) {
            if (mild && i < NUMBERS)
                sprintf(memory[r][i], "%d.%02d", (int)draw(2001) - 1000, (int)draw(100));
            else if (i < NUMBERS)
                random_number(memory[r][i]);
            else
                strcpy(memory[r][i], cities[draw(5)]);
            cells[i] = memory[r][i];
        }
        add_row(s, cells);
    }
}

static void check_random(enum crunch_arith arith, uint64_t seed)
{
    static char memory[40][COLUMNS][64];
    static char text[65536], out[8192];
    state = seed;
    for (int round = 0; round < 250; round++) {
        struct setting *s = begin(arith);
        random_rows(s, memory, 1 + draw(39), round % 2);
        random_expr(text, (int)draw(3), 1 + (int)draw(4));
        check_map(s, text, out, sizeof out);
        end(s);
    }
}

Test(expr, random_decimal_expressions)
{
    check_random(CRUNCH_ARITH_DECIMAL, 88172645463325252u);
}

Test(expr, random_binary_expressions)
{
    check_random(CRUNCH_ARITH_BINARY, 362436069u);
}

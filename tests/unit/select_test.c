/* Choosing columns. */
#include "io/table.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct crunch_column columns[] = {
    {"price", 5, CRUNCH_KIND_NUMBER, NULL, 0}, {"qty", 3, CRUNCH_KIND_NUMBER, NULL, 0},
    {"name", 4, CRUNCH_KIND_TEXT, NULL, 0},    {"12", 2, CRUNCH_KIND_NUMBER, NULL, 0},
    {"a,b", 3, CRUNCH_KIND_TEXT, NULL, 0},     {"x", 1, CRUNCH_KIND_EMPTY, NULL, 0},
    {"x", 1, CRUNCH_KIND_NUMBER, NULL, 0},     {"2020-21", 7, CRUNCH_KIND_NUMBER, NULL, 0},
    {"p*", 2, CRUNCH_KIND_NUMBER, NULL, 0},    {"say \"hi\"", 8, CRUNCH_KIND_TEXT, NULL, 0},
};

static const struct crunch_table table = {.width = 10, .columns = columns, .has_header = true};

/* The chosen columns as text: 1-based, each followed by a blank. */
static void check(const struct crunch_table *of, const char *spec, const char *want)
{
    struct crunch_error error = {.message = ""};
    size_t *index, n;
    char got[100] = "";
    enum crunch_code code = crunch_table_select(of, spec, &index, &n, &error);

    cr_assert_eq(code, CRUNCH_OK, "%s: %s", spec, error.message);
    for (size_t i = 0; i < n; i++)
        sprintf(got + strlen(got), "%zu ", index[i] + 1);
    cr_assert_str_eq(got, want, "%s gives %s", spec, got);
    free(index);
}

static void check_refused(const struct crunch_table *of, const char *spec, const char *message,
                          const char *hint)
{
    struct crunch_error error = {.message = ""};
    size_t *index, n;

    cr_assert_eq(crunch_table_select(of, spec, &index, &n, &error), CRUNCH_USAGE, "%s", spec);
    cr_assert(strstr(error.message, message), "%s: %s", spec, error.message);
    cr_assert(strstr(error.hint, hint), "%s: %s", spec, error.hint);
    cr_assert_null(index);
}

Test(select, takes_names_indexes_ranges_and_globs)
{
    check(&table, "price", "1 ");
    check(&table, "qty,price", "2 1 ");
    check(&table, " qty , price ", "2 1 ");
    check(&table, "2-4", "2 3 4 ");
    check(&table, "4-2,3,1", "4 3 2 1 ");
    check(&table, "10", "10 ");
    check(&table, "\\12", "4 ");
    check(&table, "\"12\"", "4 ");
    check(&table, "\"a,b\",1", "5 1 ");
    check(&table, "\"say \"\"hi\"\"\"", "10 ");
    check(&table, "say \"hi\"", "10 ");
    check(&table, "2020-21", "8 ");
    check(&table, "p*", "9 ");
    check(&table, "p?*", "1 9 ");
    check(&table, "[nq]*", "2 3 ");
    check(&table, "x*", "6 7 ");
    check(&table, "*", "1 2 3 4 5 6 7 8 9 10 ");
    check(&table, "6,7", "6 7 ");
}

Test(select, takes_numeric_columns_by_default)
{
    check(&table, NULL, "1 2 4 7 8 9 ");
}

Test(select, says_what_to_write_instead)
{
    const struct crunch_table headless = {.width = 10, .columns = columns};

    check_refused(&table, "prise", "no column \"prise\"", "\"price\" (1)");
    check_refused(&table, "QTY", "no column", "\"qty\" (2)");
    check_refused(&table, "zebra", "no column", "crunch columns");
    check_refused(&table, "x", "occurs twice", "column 6 and column 7");
    check_refused(&table, "12", "no column 12: the input has 10", "\\12");
    check_refused(&table, "0", "no column 0", "");
    check_refused(&table, "3-11", "no column 3-11", "");
    check_refused(&table, "99999999999999999999999", "no column", "");
    check_refused(&table, "z*", "no column", "");
    check_refused(&table, "\\p?*", "no column", "");
    check_refused(&table, "a,,b", "no column", "");
    check_refused(&table, "1,,2", "empty", "ranges");
    check_refused(&table, "1,", "empty", "");
    check_refused(&table, "", "empty", "");
    check_refused(&table, "\"a", "not closed", "");
    check_refused(&table, "\"a\"b", "not closed", "");
    check_refused(&headless, "price", "no column", "by index, 1 to 10");
    check(&headless, "1-2", "1 2 ");
}

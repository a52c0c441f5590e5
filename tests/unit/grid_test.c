/* The renderings of a grid, written out by hand. */
#include "cmd/grid.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s)                             \
    {                                       \
        CRUNCH_FIELD_TEXT, s, sizeof(s) - 1 \
    }
#define NUMBER(s)                             \
    {                                         \
        CRUNCH_FIELD_NUMBER, s, sizeof(s) - 1 \
    }

static const char *const titles[] = {"column", "sum", "mean"};
static const struct crunch_field fields[] = {
    TEXT("price"),      NUMBER("49998464886.66"),    NUMBER("-1.5"),
    TEXT("a\t\"b\",c"), {CRUNCH_FIELD_EMPTY, "", 0}, {CRUNCH_FIELD_SPECIAL, "nan", 3},
};
static const struct crunch_grid grid = {3, 2, titles, fields};

static char *printed(const struct crunch_grid *which, enum crunch_format format)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(crunch_grid_print(out, which, format, CRUNCH_JSON_BYTES_ERROR, NULL), CRUNCH_OK);
    fclose(out);
    return text;
}

static void expect(enum crunch_format format, const char *wanted)
{
    char *text = printed(&grid, format);
    cr_assert_str_eq(text, wanted);
    free(text);
}

Test(grid, formats)
{
    expect(CRUNCH_FORMAT_CSV,
           "column,sum,mean\nprice,49998464886.66,-1.5\n\"a\t\"\"b\"\",c\",,nan\n");
    expect(CRUNCH_FORMAT_TSV,
           "column\tsum\tmean\nprice\t49998464886.66\t-1.5\n\"a\t\"\"b\"\",c\"\t\tnan\n");
    expect(CRUNCH_FORMAT_TABLE, "column                 sum  mean\n"
                                "price       49998464886.66  -1.5\n"
                                "a\\x09\"b\",c                   nan\n");
    expect(CRUNCH_FORMAT_JSON, "[{\"column\":\"price\",\"sum\":49998464886.66,\"mean\":-1.5},"
                               "{\"column\":\"a\\t\\\"b\\\",c\",\"sum\":null,\"mean\":null}]\n");
    expect(CRUNCH_FORMAT_JSONL, "{\"column\":\"price\",\"sum\":49998464886.66,\"mean\":-1.5}\n"
                                "{\"column\":\"a\\t\\\"b\\\",c\",\"sum\":null,\"mean\":null}\n");
}

Test(grid, nothing)
{
    static const struct crunch_grid none = {3, 0, titles, NULL};
    char *text = printed(&none, CRUNCH_FORMAT_JSON);
    cr_assert_str_eq(text, "[]\n");
    free(text);
    text = printed(&none, CRUNCH_FORMAT_JSONL);
    cr_assert_str_eq(text, "");
    free(text);
    text = printed(&none, CRUNCH_FORMAT_TSV);
    cr_assert_str_eq(text, "column\tsum\tmean\n");
    free(text);
}

Test(grid, bytes_that_are_not_utf8)
{
    static const char *const title[] = {"column"};
    static const struct crunch_field field[] = {TEXT("caf\xE9")};
    static const struct crunch_grid latin = {1, 1, title, field};
    struct crunch_error error;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    cr_assert_eq(
        crunch_grid_print(out, &latin, CRUNCH_FORMAT_JSON, CRUNCH_JSON_BYTES_ERROR, &error),
        CRUNCH_BAD_DATA);
    cr_assert(strstr(error.message, "caf\\xE9"), "%s", error.message);
    cr_assert_eq(ftell(out), 0);
    cr_assert_eq(
        crunch_grid_print(out, &latin, CRUNCH_FORMAT_JSON, CRUNCH_JSON_BYTES_ESCAPE, &error),
        CRUNCH_OK);
    fclose(out);
    cr_assert_str_eq(text, "[{\"column\":\"caf\\\\xE9\"}]\n");
    free(text);
}

/*
 * NIST's Statistical Reference Datasets (data/nist): number grammar, accumulators and finishers
 * against every certified digit of mean and standard deviation, in decimal arithmetic; the sets
 * that binary arithmetic can represent well too.
 */
#include "core/op.h"
#include "core/reducer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEEDS (CRUNCH_BIT(CRUNCH_TALLY) | CRUNCH_BIT(CRUNCH_SUM) | CRUNCH_BIT(CRUNCH_SUM_SQUARES))

/* Feeds the file's numbers, one row a batch (batches of many rows are reducer_test.c's). */
static void accumulate(const char *set, enum crunch_arith arith, struct crunch_exact *exact)
{
    struct crunch_dialect dialect = {.delimiter = ',', .decimal = '.', .arith = arith};
    unsigned needs = NEEDS;
    struct crunch_layout layout;
    cr_assert_eq(crunch_layout_init(&layout, arith, 1, &needs), CRUNCH_OK);
    void *bundle = aligned_alloc(4096, layout.size);
    memset(bundle, 0, layout.size);
    char path[200], line[200];
    snprintf(path, sizeof path, "data/nist/%s.csv", set);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s (run from the top of the project)", path);
    cr_assert_not_null(fgets(line, sizeof line, file));
    cr_assert_str_eq(line, "y\n");
    while (fgets(line, sizeof line, file)) {
        struct crunch_number number;
        crunch_number_parse(&dialect, line, strcspn(line, "\n"), NULL, &number);
        cr_assert_eq(number.class, CRUNCH_CELL_NUMBER, "%s", line);
        struct crunch_cells cells = {.mantissa = &number.mantissa,
                                     .binary = &number.binary,
                                     .all_numbers = true,
                                     .one_scale = true,
                                     .common_scale = number.scale};
        struct crunch_batch batch = {.rows = 1, .n_columns = 1, .columns = &cells};
        crunch_bundle_feed(&layout, bundle, &batch);
    }
    fclose(file);
    crunch_exact_init(exact, arith, NEEDS);
    crunch_bundle_extract(&layout, bundle, 0, exact);
    free(bundle);
    crunch_layout_free(&layout);
}

/* The op's result with as many significant digits as the certified text has. */
static void check(const struct crunch_exact *exact, const char *op_name, const char *certified)
{
    unsigned digits = 0;
    for (const char *p = certified; *p; p++)
        if (*p >= '0' && *p <= '9' && (digits > 0 || *p != '0'))
            digits++;
    struct crunch_op_options options = {0};
    const struct crunch_op *op = crunch_op_find(op_name, strlen(op_name));
    cr_assert_not_null(op);
    struct crunch_value value;
    crunch_value_init(&value);
    crunch_op_finish(op, exact, &options, &value);
    char *text = crunch_value_text(&value, digits < 15 ? 15 : digits), expected[100];
    strcpy(expected, certified); /* crunch prints no trailing zeros */
    for (size_t n = strlen(expected); strchr(expected, '.') && strchr("0.", expected[n - 1]);)
        expected[--n] = '\0';
    cr_expect_str_eq(text, expected);
    free(text);
    crunch_value_clear(&value);
}

static int check_all(enum crunch_arith arith, const char *const *only)
{
    FILE *table = fopen("data/nist/certified.csv", "r");
    char line[200];
    int sets = 0;
    cr_assert_not_null(table);
    cr_assert_not_null(fgets(line, sizeof line, table));
    while (fgets(line, sizeof line, table)) {
        const char *set = strtok(line, ","), *n = strtok(NULL, ","), *mean = strtok(NULL, ",");
        const char *sd = strtok(NULL, "\n");
        bool wanted = only == NULL;
        for (size_t i = 0; only && only[i]; i++)
            wanted |= strcmp(only[i], set) == 0;
        if (!wanted)
            continue;
        struct crunch_exact exact;
        accumulate(set, arith, &exact);
        check(&exact, "count", n);
        check(&exact, "mean", mean);
        check(&exact, "sd", sd);
        crunch_exact_clear(&exact);
        sets++;
    }
    fclose(table);
    return sets;
}

Test(nist, certified_values_in_decimal)
{
    cr_expect_eq(check_all(CRUNCH_ARITH_DECIMAL, NULL), 9);
}

Test(nist, integer_sets_in_binary)
{
    static const char *const integers[] = {"lew", "lottery", "pidigits", "numacc1", NULL};
    cr_expect_eq(check_all(CRUNCH_ARITH_BINARY, integers), 4);
}

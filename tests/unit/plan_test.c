/* Plans: columns in file order and the way back, what is needed of each, and jobs without columns.
 */
#include "core/group_key.h"
#include "core/job.h"

#include <criterion/criterion.h>
#include <string.h>

static struct crunch_column columns[] = {
    {.name = (char[]){"a"}, .name_len = 1, .kind = CRUNCH_KIND_NUMBER},
    {.name = (char[]){"b"}, .name_len = 1, .kind = CRUNCH_KIND_TEXT},
    {.name = (char[]){"c"}, .name_len = 1, .kind = CRUNCH_KIND_NUMBER},
    {.name = (char[]){"d"}, .name_len = 1, .kind = CRUNCH_KIND_EMPTY},
};

static const struct crunch_op *op(const char *name)
{
    return crunch_op_find(name, strlen(name));
}

static enum crunch_code make(struct crunch_plan *plan, struct crunch_job *job,
                             struct crunch_table *table, size_t width, const char *spec)
{
    static struct crunch_error error;
    *table = (struct crunch_table){.dialect = crunch_dialect_default(),
                                   .width = width,
                                   .columns = columns,
                                   .has_header = true};
    job->columns = spec;
    return crunch_plan_init(plan, job, table, &error);
}

Test(plan, columns_in_file_order_and_back)
{
    const struct crunch_op *ops[] = {op("count"), op("var")};
    struct crunch_job job = {.path = "f", .ops = ops, .n_ops = 2};
    struct crunch_table table;
    struct crunch_plan plan;
    cr_assert_eq(make(&plan, &job, &table, 4, "d,a,c"), CRUNCH_OK);
    static const size_t asked[] = {3, 0, 2}, slot[] = {2, 0, 1}, scanned[] = {0, 2, 3};
    cr_assert(plan.n_columns == 3 && plan.scan.n_columns == 3 && plan.layout.n_columns == 3);
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(plan.column[i], asked[i]);
        cr_expect_eq(plan.slot[i], slot[i]);
        cr_expect_eq(plan.scan.index[i], scanned[i]);
        cr_expect_eq(plan.scan.need[i], CRUNCH_NEED_NUMBER);
        cr_expect_eq(plan.needs[i], CRUNCH_BIT(CRUNCH_TALLY) | CRUNCH_BIT(CRUNCH_SUM) |
                                        CRUNCH_BIT(CRUNCH_SUM_SQUARES));
    }
    cr_expect(!plan.records_only);
    crunch_plan_free(&plan);
}

Test(plan, count_looks_at_no_number)
{
    const struct crunch_op *ops[] = {op("count")};
    struct crunch_job job = {.path = "f", .ops = ops, .n_ops = 1};
    struct crunch_table table;
    struct crunch_plan plan;
    cr_assert_eq(make(&plan, &job, &table, 4, "b"), CRUNCH_OK);
    cr_expect(plan.scan.need[0] == CRUNCH_NEED_PRESENCE &&
              plan.needs[0] == CRUNCH_BIT(CRUNCH_TALLY));
    crunch_plan_free(&plan);
    cr_assert_eq(make(&plan, &job, &table, 4, NULL), CRUNCH_OK);
    cr_expect(plan.records_only && plan.scan.n_columns == 0);
    crunch_plan_free(&plan);
}

Test(plan, numeric_columns_by_default)
{
    const struct crunch_op *ops[] = {op("sum"), op("count")};
    struct crunch_job job = {.path = "f", .ops = ops, .n_ops = 2};
    struct crunch_table table;
    struct crunch_plan plan;
    cr_assert_eq(make(&plan, &job, &table, 4, NULL), CRUNCH_OK);
    cr_expect(plan.n_columns == 2 && plan.column[0] == 0 && plan.column[1] == 2);
    crunch_plan_free(&plan);
    cr_expect_eq(make(&plan, &job, &table, 0, NULL), CRUNCH_USAGE);
    columns[0].kind = columns[2].kind = CRUNCH_KIND_TEXT;
    cr_expect_eq(make(&plan, &job, &table, 4, NULL), CRUNCH_USAGE);
    cr_expect_eq(make(&plan, &job, &table, 4, "nosuch"), CRUNCH_USAGE);
}

/* The file comes in front of the other keys, as a column of its own behind all others. */
Test(plan, by_file)
{
    static const char *const maps[] = {"m = 2"}, *const where[] = {"1 < 2"};
    const struct crunch_op *ops[] = {op("count")};
    struct crunch_job job = {.path = "f", .ops = ops, .n_ops = 1, .by = "b,m", .by_file = true};
    struct crunch_table table;
    struct crunch_plan plan;
    job.maps = maps;
    job.where = where;
    job.n_maps = job.n_where = 1;
    cr_assert_eq(make(&plan, &job, &table, 4, "d"), CRUNCH_OK);
    static const size_t by_column[] = {5, 1, 4}, by_slot[] = {3, 0, 2};
    cr_assert_eq(plan.n_by, 3);
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(plan.by_column[i], by_column[i]);
        cr_expect_eq(plan.by_slot[i], by_slot[i]);
    }
    cr_expect(plan.file_slot == 3 && plan.passed_slot == 4 && plan.n_slots == 5);
    cr_expect_str_eq(plan.view->columns[5].name, "file");
    crunch_plan_free(&plan);
}

Test(plan, key_of_a_file_is_its_name)
{
    static const char *const paths[300] = {[0] = "first.csv", [299] = "last.csv"};
    struct crunch_job job = {.paths = paths, .n_paths = 300, .by_file = true};
    const struct crunch_plan plan = {.job = &job, .n_by = 2};
    static const size_t file[] = {0, 299};
    for (size_t i = 0; i < 2; i++) {
        char key[CRUNCH_FILE_KEY_DIGITS + 3] = {0}, earlier[CRUNCH_FILE_KEY_DIGITS];
        const char *begin[2];
        size_t len[2];
        crunch_file_key(file[i], key);
        crunch_file_key(file[i] / 2, earlier);
        cr_expect(i == 0 || memcmp(earlier, key, sizeof earlier) < 0);
        memcpy(key + CRUNCH_FILE_KEY_DIGITS + 1, "k", 1);
        crunch_group_key_split(&plan, key, CRUNCH_FILE_KEY_DIGITS + 2, begin, len);
        cr_expect(len[0] == strlen(paths[file[i]]) && begin[0] == paths[file[i]]);
        cr_expect(len[1] == 1 && begin[1][0] == 'k');
    }
}

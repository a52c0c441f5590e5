/* The reference run against answers worked out by hand from the manual: cells and records, width,
 * missing, policies and the places of errors. Tables are written by hand, so that nothing of the
 * fast path takes part. */
#include "core/reference.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 3
#define NEEDS 15u

/* A table of three columns a, b, c and a plan that wants some of them. */
struct setting {
    struct crunch_table table;
    struct crunch_column column[WIDTH];
    struct crunch_job job;
    struct crunch_plan plan;
    size_t index[WIDTH];
    enum crunch_need need[WIDTH];
    unsigned needs[WIDTH];
};

static void setting_init(struct setting *s, size_t wanted)
{
    static char names[] = "a\0b\0c";
    memset(s, 0, sizeof *s);
    s->table.dialect = crunch_dialect_default();
    s->table.width = WIDTH;
    s->table.columns = s->column;
    s->table.data_line = 1;
    s->job.path = "input";
    s->job.max_errors = UINT64_MAX;
    for (size_t i = 0; i < WIDTH; i++) {
        s->column[i].name = names + 2 * i;
        s->column[i].name_len = 1;
        s->index[i] = i;
        s->need[i] = CRUNCH_NEED_NUMBER;
        s->needs[i] = NEEDS;
    }
    s->plan.job = &s->job;
    s->plan.table = &s->table;
    s->plan.scan.table = &s->table;
    s->plan.scan.n_columns = wanted;
    s->plan.scan.index = s->index;
    s->plan.scan.need = s->need;
    s->plan.needs = s->needs;
    s->plan.layout.needs = s->needs;
    s->plan.layout.n_columns = wanted;
}

static struct crunch_source *source_of(const char *bytes, size_t len)
{
    char path[] = "/tmp/crunch-reference-XXXXXX";
    struct crunch_source *source;
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    close(fd);
    cr_assert_eq(crunch_source_open(path, &source, NULL), CRUNCH_OK);
    unlink(path);
    return source;
}

static enum crunch_code run(struct setting *s, const char *bytes, size_t len,
                            struct crunch_reference *out, struct crunch_error *error)
{
    struct crunch_source *source = source_of(bytes, len);
    s->plan.layout.arith = s->table.dialect.arith;
    enum crunch_code code =
        crunch_reference_run(&s->plan, source, s->table.data_offset, UINT64_MAX, out, error);
    crunch_source_close(source);
    return code;
}

/* Runs and holds column i's counts, sum and records to literals. */
static void expect(struct setting *s, const char *bytes, const char *encoded, uint64_t records,
                   uint64_t bad)
{
    struct crunch_reference out;
    struct crunch_error error = {.code = CRUNCH_OK};
    cr_assert_eq(run(s, bytes, strlen(bytes), &out, &error), CRUNCH_OK, "%s: %s", bytes,
                 error.message);
    char *got = crunch_exact_encode(&out.column[0]);
    cr_expect_str_eq(got, encoded, "<%s>: %s, not %s", bytes, got, encoded);
    cr_expect_eq(out.records, records, "<%s>: %" PRIu64 " records", bytes, out.records);
    cr_expect_eq(out.bad, bad, "<%s>: %" PRIu64 " bad", bytes, out.bad);
    free(got);
    crunch_reference_free(&out);
}

static void expect_bad(struct setting *s, const char *bytes, uint64_t line, uint64_t byte_column,
                       uint64_t offset, uint64_t record, unsigned column)
{
    struct crunch_reference out;
    struct crunch_error error = {.code = CRUNCH_OK};
    cr_assert_eq(run(s, bytes, strlen(bytes), &out, &error), CRUNCH_BAD_DATA, "%s", bytes);
    cr_expect(error.has_position);
    cr_expect(error.line == line && error.byte_column == byte_column && error.offset == offset &&
                  error.record == record && error.column == column,
              "<%s>: line %" PRIu64 " column %" PRIu64 " offset %" PRIu64 " record %" PRIu64
              " field %u",
              bytes, error.line, error.byte_column, error.offset, error.record, error.column);
    crunch_reference_free(&out);
}

Test(reference, plain_and_quoted)
{
    struct setting s;
    setting_init(&s, 1);
    expect(&s, "1,x,y\n2.5,\"p,\"\"q\r\n\",\n\n \t\n\"-3e1\",\"\",z",
           "count=3 missing=0 nan=0 +inf=0 -inf=0 sum=-265e-1 sumsq=90725e-2 min=-3e1 max=25e-1", 3,
           0);
    expect(&s, "", "count=0 missing=0 nan=0 +inf=0 -inf=0 sum=0e0 sumsq=0e0 min=- max=-", 0, 0);
    /* A lone CR ends a record; text after a closing quote opens it again. */
    expect(&s, "1,\"a\"b,\r2\",z\r7,,",
           "count=2 missing=0 nan=0 +inf=0 -inf=0 sum=8e0 sumsq=5e1 min=1e0 max=7e0", 2, 0);
}

/* Counts and sum only. */
static void sum_only(struct setting *s)
{
    s->needs[0] = CRUNCH_BIT(CRUNCH_TALLY) | CRUNCH_BIT(CRUNCH_SUM);
}

Test(reference, numbers)
{
    struct setting s;
    setting_init(&s, 1);
    expect(&s, "0.1,,\n0.2,,\n,,\n\"  \",,\ninf,,\n-Infinity,,\n+nan,,\n-0,,\n.5e1,,\n",
           "count=4 missing=2 nan=1 +inf=1 -inf=1 sum=53e-1 sumsq=2505e-2 min=0e0 max=5e0", 9, 0);
    sum_only(&s);
    expect(&s, "123456789012345678901234567890,,\n5e-1,,\n",
           "count=2 missing=0 nan=0 +inf=0 -inf=0 sum=1234567890123456789012345678905e-1", 2, 0);
    expect(&s, "0e99999999999999999999,,\n100000e-1105,,\n-1.e-1100,,\n",
           "count=3 missing=0 nan=0 +inf=0 -inf=0 sum=0e0", 3, 0);
    expect_bad(&s, "1e-1101,,\n", 1, 1, 0, 1, 1);
    expect_bad(&s, "1,,\n  1.8e308,,\n", 2, 3, 6, 2, 1);
    expect_bad(&s, "1,,\n1_000,,\n", 2, 1, 4, 2, 1);
    expect_bad(&s, "0x10,,\n", 1, 1, 0, 1, 1);
    expect_bad(&s, "1e,,\n", 1, 1, 0, 1, 1);
    expect_bad(&s, "-,,\n", 1, 1, 0, 1, 1);
    s.table.dialect.thousands = ',';
    s.table.dialect.decimal = ';';
    expect(&s, "\"1,234,567;5\",,\n\"12,345\",,\n12,,\n",
           "count=3 missing=0 nan=0 +inf=0 -inf=0 sum=12469245e-1", 3, 0);
    expect_bad(&s, "\"1234,567\",,\n", 1, 1, 0, 1, 1);
    expect_bad(&s, "\"1,23\",,\n", 1, 1, 0, 1, 1);
    s.table.dialect.nan = CRUNCH_NAN_SKIP;
    expect(&s, "nan,,\n", "count=0 missing=1 nan=0 +inf=0 -inf=0 sum=0e0", 1, 0);
    s.table.dialect.nan = CRUNCH_NAN_BAD;
    expect_bad(&s, "nan,,\n", 1, 1, 0, 1, 1);
}

Test(reference, binary_arithmetic)
{
    struct setting s;
    setting_init(&s, 1);
    s.table.dialect.arith = CRUNCH_ARITH_BINARY;
    /* 0.1 is 3602879701896397 * 2^-55; 2.5 is 5 * 2^-1; 1e-400 is nothing. */
    expect(&s, "0.1,,\n2.5,,\n1e-400,,\n",
           "count=3 missing=0 nan=0 +inf=0 -inf=0 sum=93674872249306317p-55 "
           "sumsq=8125944583607005240091378635988009p-110 min=0p0 max=5p-1",
           3, 0);
    sum_only(&s);
    expect_bad(&s, "1.7976931348623159e308,,\n", 1, 1, 0, 1, 1); /* rounds to infinity */
    expect(&s, "1.7976931348623158e308,,\n",                     /* to the largest double */
           "count=1 missing=0 nan=0 +inf=0 -inf=0 sum=9007199254740991p971", 1, 0);
}

Test(reference, width)
{
    struct setting s;
    setting_init(&s, 2);
    sum_only(&s);
    expect(&s, "1,2,3,,\"\",\n", "count=1 missing=0 nan=0 +inf=0 -inf=0 sum=1e0", 1, 0);
    expect_bad(&s, "1,2,3\n\n 1,2\n", 3, 2, 8, 2, 0);
    expect_bad(&s, "1,2,3,4\n", 1, 1, 0, 1, 0);
    expect_bad(&s, "x,y\n", 1, 1, 0, 1, 0); /* the width comes before the cells */
    s.table.dialect.on_error = CRUNCH_ON_ERROR_SKIP;
    expect(&s, "1,2,3\nx,y\n5,6\n2,x,z\n4,5,6,7\n8,8,8\n",
           "count=2 missing=0 nan=0 +inf=0 -inf=0 sum=9e0", 6, 4);
    s.table.dialect.on_error = CRUNCH_ON_ERROR_NULL;
    expect(&s, "1,2,3\nx,y\n5,6\n2,x,z\n4,5,6,7\n",
           "count=4 missing=1 nan=0 +inf=0 -inf=0 sum=12e0", 5, 6);
    s.table.dialect.ragged = true;
    expect(&s, "1,2,3\n5\n4,5,6,7\n,1\n", "count=3 missing=1 nan=0 +inf=0 -inf=0 sum=1e1", 4, 0);
    s.job.max_errors = 1;
    expect_bad(&s, "x\n1\ny\n", 3, 1, 4, 3, 1);
}

Test(reference, quotes_comments_nulls)
{
    struct setting s;
    static const struct crunch_token nulls[] = {{"NA", 2}, {"-", 1}};
    setting_init(&s, 1);
    sum_only(&s);
    s.table.dialect.nulls = nulls;
    s.table.dialect.n_nulls = 2;
    expect(&s, "NA,,\n\" - \",,\n3,,\n", "count=1 missing=2 nan=0 +inf=0 -inf=0 sum=3e0", 3, 0);
    expect_bad(&s, "1,,\n2,\"x\n\n3,,\n", 2, 3, 6, 2, 2); /* where the quote opened */
    expect_bad(&s, "x,\"", 1, 1, 0, 1, 1);                /* earlier cells come first */
    s.table.dialect.comment = (struct crunch_token){"##", 2};
    expect(&s, "## \"\n1,\"\n##\",\n##\r\n\n##", "count=1 missing=0 nan=0 +inf=0 -inf=0 sum=1e0", 1,
           0);
    expect_bad(&s, "1,,\n##x\n#,,\n", 3, 1, 8, 2, 1);
    expect_bad(&s, "1,,\n #,,\n##x", 2, 2, 5, 2, 1);
    s.table.dialect.quoting = false;
    expect(&s, "1,\"x,\"\n2, \" ,\n 3 ,a \",\n", "count=3 missing=0 nan=0 +inf=0 -inf=0 sum=6e0", 3,
           0);
    expect_bad(&s, "\"1\",,", 1, 1, 0, 1, 1);
}

Test(reference, nul_and_length)
{
    struct setting s;
    struct crunch_reference out;
    struct crunch_error error;
    static const char bytes[] = "1,,\n2,x\0y,\n3\0,,\n";
    setting_init(&s, 1);
    sum_only(&s);
    cr_assert_eq(run(&s, bytes, sizeof bytes - 1, &out, &error), CRUNCH_BAD_DATA);
    cr_expect(error.offset == 6 && error.column == 2);
    s.table.dialect.on_error = CRUNCH_ON_ERROR_NULL;
    cr_assert_eq(run(&s, bytes, sizeof bytes - 1, &out, &error), CRUNCH_OK);
    char *encoded = crunch_exact_encode(&out.column[0]);
    cr_expect_str_eq(encoded, "count=2 missing=1 nan=0 +inf=0 -inf=0 sum=3e0");
    cr_expect_eq(out.bad, 2);
    free(encoded);
    crunch_reference_free(&out);
    s.table.dialect.max_record = 4;
    expect(&s, "\"  12\",123456789,\n12345,,\n", "count=1 missing=1 nan=0 +inf=0 -inf=0 sum=12e0",
           2, 1);
}

Test(reference, presence_and_ranges)
{
    struct setting s;
    struct crunch_reference out;
    struct crunch_error error;
    static const char bytes[] = "x,,\n\"\",,\nnan,,\n5\xff,\"\n\",\n";
    uint64_t records = 0, values = 0;
    static const uint64_t cut[] = {0, 4, 9, 15, sizeof bytes - 1};
    setting_init(&s, 1);
    s.need[0] = CRUNCH_NEED_PRESENCE;
    s.needs[0] = CRUNCH_BIT(CRUNCH_TALLY);
    expect(&s, bytes, "count=3 missing=1 nan=0 +inf=0 -inf=0", 4, 0);
    struct crunch_source *source = source_of(bytes, sizeof bytes - 1);
    for (size_t i = 0; i + 1 < sizeof cut / sizeof cut[0]; i++) {
        cr_assert_eq(crunch_reference_run(&s.plan, source, cut[i], cut[i + 1], &out, &error),
                     CRUNCH_OK);
        cr_expect_eq(out.records, 1);
        records += out.records;
        values += out.column[0].count;
        crunch_reference_free(&out);
    }
    cr_expect(records == 4 && values == 3);
    /* A record that begins below the end is read whole, and none that begins at it. */
    cr_assert_eq(crunch_reference_run(&s.plan, source, 15, 16, &out, &error), CRUNCH_OK);
    cr_expect_eq(out.records, 1);
    crunch_reference_free(&out);
    cr_assert_eq(crunch_reference_run(&s.plan, source, 4, 4, &out, &error), CRUNCH_OK);
    cr_expect_eq(out.records, 0);
    crunch_reference_free(&out);
    crunch_source_close(source);
}

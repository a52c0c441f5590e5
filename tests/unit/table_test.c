/* The table: marks at the beginning, skipped lines, the header, kinds, where the data begins. */
#include "io/table.h"

#include "tests/support/bytes.h"

#include <string.h>

struct wanted {
    const char *text;
    enum crunch_header header;
    uint64_t skip;
    bool has_header, doubtful;
    const char *data; /* text from data_offset on begins so */
    uint64_t data_line;
    const char *names; /* each followed by | */
    const char *kinds; /* n t - by column */
    const char *first; /* first values, each followed by | */
};

#define AUTO CRUNCH_HEADER_AUTO
#define YES CRUNCH_HEADER_YES
#define NO CRUNCH_HEADER_NO

static const struct wanted cases[] = {
    {"a,b\n1,2\n", AUTO, 0, true, false, "1,2\n", 2, "a|b|", "nn", "1|2|"},
    {"a,b\n1,2\n", NO, 0, false, false, "a,b\n", 1, "||", "tt", "a|b|"},
    {"1,2\n3,4\n", AUTO, 0, false, false, "1,2\n", 1, "||", "nn", "1|2|"},
    {"1,2\n3,4\n", YES, 0, true, false, "3,4\n", 2, "1|2|", "nn", "3|4|"},
    {"\xef\xbb\xbf"
     "a,b\r\n1,2\r\n",
     AUTO, 0, true, false, "1,2", 2, "a|b|", "nn", "1|2|"},
    {"\xef\xbb\xbf"
     "5\n6\n",
     AUTO, 0, false, false, "5\n", 1, "|", "n", "5|"},
    {"x\r\ny\rz\na\n7\n", AUTO, 3, true, false, "7\n", 5, "a|", "n", "7|"},
    {"x\r\n1\n", AUTO, 1, false, false, "1\n", 2, "|", "n", "1|"},
    {"\n\n  \na,\"b\nc\"\n1,x\n", AUTO, 0, true, false, "1,x", 6, "a|b\nc|", "nt", "1|x|"},
    {"a,b\nx,y\n", AUTO, 0, true, false, "x,y", 2, "a|b|", "tt", "x|y|"},
    {"a,a\nx,y\n", AUTO, 0, false, true, "a,a", 1, "||", "tt", "a|a|"},
    {"a,\nx,y\n", AUTO, 0, false, true, "a,", 1, "||", "tt", "a|y|"},
    {"a,1\nx,2\n", AUTO, 0, false, true, "a,1", 1, "||", "tn", "a|1|"},
    {"a,1\n2,2\n", AUTO, 0, true, false, "2,2", 2, "a|1|", "nn", "2|2|"},
    {"a,b\n,\n,\n4,\n", AUTO, 0, true, false, ",\n", 2, "a|b|", "n-", "4||"},
    {"a,b\nnan,2\n", AUTO, 0, true, false, "nan", 2, "a|b|", "tn", "nan|2|"},
    {"a,b\nnan,inf\n", AUTO, 0, true, false, "nan", 2, "a|b|", "tt", "nan|inf|"},
    {"a\n", AUTO, 0, true, false, "", 2, "a|", "-", "|"},
    {"5\n", AUTO, 0, false, false, "5\n", 1, "|", "n", "5|"},
    {"a,b", YES, 0, true, false, "", 1, "a|b|", "--", "||"},
    {"", AUTO, 0, false, false, "", 1, "", "", ""},
    {"\n \n", AUTO, 0, false, false, "\n \n", 1, "", "", ""},
    {"a,b\r1,2\r", AUTO, 0, true, false, "1,2", 2, "a|b|", "nn", "1|2|"},
    {"a,b\n1,2,3\n\"4\n", AUTO, 0, true, false, "1,2", 2, "a|b|", "nn", "1|2|"},
};

static void check(const struct wanted *w)
{
    struct crunch_dialect dialect = crunch_dialect_default();
    struct crunch_source *source = source_of(w->text, strlen(w->text));
    struct crunch_table *table;
    struct crunch_error error = {.message = ""};
    char names[100] = "", kinds[100] = "", first[100] = "";

    dialect.header = w->header;
    dialect.skip_lines = w->skip;
    cr_assert_eq(crunch_table_read(source, &dialect, &table, &error), CRUNCH_OK, "%s: %s", w->text,
                 error.message);
    for (size_t i = 0; i < table->width; i++) {
        const struct crunch_column *column = &table->columns[i];
        strcat(strcat(names, column->name), "|");
        strncat(kinds, &"-nt"[column->kind], 1);
        strcat(strcat(first, column->first ? column->first : ""), "|");
        cr_assert_eq(column->name_len, strlen(column->name));
    }
    cr_assert_eq(table->has_header, w->has_header, "%s", w->text);
    cr_assert_eq(table->doubtful, w->doubtful, "%s", w->text);
    cr_assert(!strncmp(w->text + table->data_offset, w->data, strlen(w->data)), "%s", w->text);
    cr_assert_eq(w->text[table->data_offset] == '\0', *w->data == '\0');
    cr_assert_eq(table->data_line, w->data_line, "%s", w->text);
    cr_assert_str_eq(names, w->names);
    cr_assert_str_eq(kinds, w->kinds, "%s", w->text);
    cr_assert_str_eq(first, w->first);
    crunch_table_free(table);
    crunch_source_close(source);
}

Test(table, decides_what_the_input_is)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

static void check_refused(const char *text, size_t len, uint64_t offset, uint64_t line,
                          uint64_t column)
{
    struct crunch_dialect dialect = crunch_dialect_default();
    struct crunch_source *source = source_of(text, len);
    struct crunch_table *table;
    struct crunch_error error;

    dialect.header = CRUNCH_HEADER_YES;
    cr_assert_eq(crunch_table_read(source, &dialect, &table, &error), CRUNCH_BAD_DATA);
    cr_assert(error.has_position);
    cr_assert_eq(error.offset, offset);
    cr_assert_eq(error.line, line);
    cr_assert_eq(error.byte_column, column);
    crunch_source_close(source);
}

Test(table, refuses_what_is_no_text)
{
    check_refused("\xff\xfe"
                  "a\0\n\0",
                  6, 0, 1, 1);
    check_refused("\xfe\xff\0a", 4, 0, 1, 1);
    check_refused("\xff\xfe\0\0a\0\0\0", 8, 0, 1, 1);
    check_refused("\0\0\xfe\xff", 4, 0, 1, 1);
    check_refused("a,b\0b\n1,2\n", 10, 2, 1, 3);
    check_refused("\n\na, \"x\ny", 9, 5, 3, 4);
}

/* Kinds come from the records that are probed, and from no later one. */
Test(table, looks_at_the_first_thousand_records_after_the_first)
{
    for (int last = 0; last < 2; last++) {
        struct crunch_dialect dialect = crunch_dialect_default();
        struct crunch_table *table;
        struct crunch_error error;
        char text[4000];
        size_t len = 0;
        memcpy(text, "a,b\n", 4);
        for (len = 4; len < 4 + 3 * (size_t)(999 + last); len += 3)
            memcpy(text + len, "x,\n", 3);
        memcpy(text + len, ",7\n", 3);
        struct crunch_source *source = source_of(text, len + 3);
        cr_assert_eq(crunch_table_read(source, &dialect, &table, &error), CRUNCH_OK);
        cr_assert_eq(table->columns[1].kind, last ? CRUNCH_KIND_EMPTY : CRUNCH_KIND_NUMBER);
        crunch_table_free(table);
        crunch_source_close(source);
    }
}

/*
 * Owns how rows look in each format. CSV and TSV follow RFC 4180: a field is quoted when it holds
 * the delimiter, a quote, a line end, or blanks at its edges, which a reader would trim. In a
 * table, widths count characters of UTF-8, control bytes are shown as \xNN, and nothing is cut.
 */
#include "cmd/grid.h"

#include <stdlib.h>
#include <string.h>

static bool needs_quotes(const struct crunch_field *field, char delimiter)
{
    if (field->kind != CRUNCH_FIELD_TEXT)
        return false;
    const char *text = field->text;
    size_t len = field->len;
    if (len > 0 && (strchr(" \t", text[0]) || strchr(" \t", text[len - 1])))
        return true;
    for (size_t i = 0; i < len; i++)
        if (text[i] == delimiter || text[i] == '"' || text[i] == '\n' || text[i] == '\r')
            return true;
    return false;
}

static void add_delimited_field(struct crunch_bytes *out, const struct crunch_field *field,
                                char delimiter)
{
    if (!needs_quotes(field, delimiter)) {
        crunch_bytes_add(out, field->text, field->len);
        return;
    }
    crunch_bytes_add(out, "\"", 1);
    for (size_t i = 0; i < field->len; i++)
        crunch_bytes_add(out, field->text[i] == '"' ? "\"\"" : &field->text[i],
                         field->text[i] == '"' ? 2 : 1);
    crunch_bytes_add(out, "\"", 1);
}

static struct crunch_field title_field(const struct crunch_grid *grid, size_t column)
{
    const char *title = grid->titles[column];
    return (struct crunch_field){CRUNCH_FIELD_TEXT, title, strlen(title)};
}

/* Row 0 is that of the titles. */
static struct crunch_field cell(const struct crunch_grid *grid, size_t row, size_t c)
{
    return row == 0 ? title_field(grid, c) : grid->fields[(row - 1) * grid->n_columns + c];
}

static void add_delimited_row(struct crunch_bytes *out, size_t n_columns,
                              const struct crunch_field *fields, char delimiter)
{
    for (size_t c = 0; c < n_columns; c++) {
        add_delimited_field(out, &fields[c], delimiter);
        crunch_bytes_add(out, c + 1 < n_columns ? &delimiter : "\n", 1);
    }
}

static enum crunch_code print_delimited(FILE *out, const struct crunch_grid *grid, char delimiter,
                                        struct crunch_error *error)
{
    struct crunch_bytes line = {0};
    struct crunch_field *titles = calloc(grid->n_columns + 1, sizeof *titles);
    bool good = titles != NULL;
    for (size_t c = 0; c < grid->n_columns && good; c++)
        titles[c] = title_field(grid, c);
    for (size_t row = 0; row <= grid->n_rows && good; row++) {
        line.len = 0;
        add_delimited_row(&line, grid->n_columns,
                          row == 0 ? titles : grid->fields + (row - 1) * grid->n_columns,
                          delimiter);
        good = !line.failed;
        fwrite(line.data, 1, good ? line.len : 0, out);
    }
    crunch_bytes_free(&line);
    free(titles);
    return good ? CRUNCH_OK : crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the table");
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

/* Prints text as it stands in a table, and returns its width; out NULL: only the width. */
static size_t print_cell(FILE *out, const struct crunch_field *field)
{
    size_t width = 0;
    for (size_t i = 0; i < field->len;) {
        unsigned n = crunch_utf8_length(field->text + i, field->len - i);
        bool plain = n > 0 && !is_control(field->text[i]);
        if (out && plain)
            fwrite(field->text + i, 1, n, out);
        else if (out)
            fprintf(out, "\\x%02X", (unsigned char)field->text[i]);
        width += plain ? 1 : 4;
        i += n > 0 ? n : 1;
    }
    return width;
}

static void pad(FILE *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        putc(' ', out);
}

/* A column whose fields are numbers or nothing is aligned to the right, its title too. */
static bool is_numeric(const struct crunch_grid *grid, size_t column)
{
    bool some = false;
    for (size_t row = 0; row < grid->n_rows; row++) {
        const struct crunch_field *field = &grid->fields[row * grid->n_columns + column];
        if (field->kind == CRUNCH_FIELD_TEXT)
            return false;
        some = some || field->kind != CRUNCH_FIELD_EMPTY;
    }
    return some;
}

/* A line ends with its last field that is not empty: no trailing blanks. */
static void print_table_row(FILE *out, const struct crunch_grid *grid, const size_t *widths,
                            const bool *right, size_t row)
{
    size_t n = grid->n_columns;
    while (n > 1 && cell(grid, row, n - 1).len == 0)
        n--;
    for (size_t c = 0; c < n; c++) {
        struct crunch_field field = cell(grid, row, c);
        size_t blanks = widths[c] - print_cell(NULL, &field);
        if (right[c])
            pad(out, blanks);
        print_cell(out, &field);
        if (!right[c] && c + 1 < n)
            pad(out, blanks);
        fputs(c + 1 < n ? "  " : "\n", out);
    }
}

static enum crunch_code print_table(FILE *out, const struct crunch_grid *grid,
                                    struct crunch_error *error)
{
    size_t *widths = calloc(grid->n_columns, sizeof *widths);
    bool *right = calloc(grid->n_columns, sizeof *right);
    enum crunch_code code = CRUNCH_OK;
    if (widths && right) {
        for (size_t c = 0; c < grid->n_columns; c++) {
            struct crunch_field title = title_field(grid, c);
            widths[c] = print_cell(NULL, &title);
            right[c] = is_numeric(grid, c);
            for (size_t row = 0; row < grid->n_rows; row++) {
                size_t width = print_cell(NULL, &grid->fields[row * grid->n_columns + c]);
                widths[c] = width > widths[c] ? width : widths[c];
            }
        }
        for (size_t row = 0; row <= grid->n_rows; row++)
            print_table_row(out, grid, widths, right, row);
    } else
        code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the table");
    free(widths);
    free(right);
    return code;
}

static void print_object(struct crunch_json *json, size_t n_columns, const char *const *titles,
                         const struct crunch_field *fields)
{
    crunch_json_open(json, NULL, '{');
    for (size_t c = 0; c < n_columns; c++) {
        const struct crunch_field *field = &fields[c];
        if (field->kind == CRUNCH_FIELD_TEXT)
            crunch_json_bytes(json, titles[c], field->text, field->len);
        else if (field->kind == CRUNCH_FIELD_NUMBER)
            crunch_json_raw(json, titles[c], field->text, field->len);
        else
            crunch_json_raw(json, titles[c], "null", 4);
    }
    crunch_json_close(json, '}');
}

enum crunch_code crunch_grid_check_utf8(const struct crunch_field *fields, size_t n,
                                        struct crunch_error *error)
{
    for (size_t i = 0; i < n; i++) {
        const struct crunch_field *field = &fields[i];
        if (field->kind == CRUNCH_FIELD_TEXT && !crunch_utf8_valid(field->text, field->len)) {
            char shown[120];
            crunch_quote_text(shown, sizeof shown, field->text, field->len);
            crunch_fail(error, CRUNCH_BAD_DATA, "not UTF-8, so it cannot stand in JSON: \"%s\"",
                        shown);
            crunch_hint(error, "try --json-bytes=escape, or another --format");
            return CRUNCH_BAD_DATA;
        }
    }
    return CRUNCH_OK;
}

void crunch_grid_row(struct crunch_bytes *out, enum crunch_format format, size_t n_columns,
                     const char *const *titles, const struct crunch_field *fields)
{
    if (format == CRUNCH_FORMAT_CSV || format == CRUNCH_FORMAT_TSV) {
        add_delimited_row(out, n_columns, fields, format == CRUNCH_FORMAT_CSV ? ',' : '\t');
        return;
    }
    struct crunch_json json;
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    if (file) {
        crunch_json_begin(&json, file, false);
        print_object(&json, n_columns, titles, fields);
    }
    if (!file || fclose(file) != 0)
        out->failed = true;
    else
        crunch_bytes_add(out, text, len);
    free(text);
}

static void print_json(FILE *out, const struct crunch_grid *grid, bool lines)
{
    struct crunch_json json;
    if (!lines)
        putc('[', out);
    for (size_t row = 0; row < grid->n_rows; row++) {
        if (row > 0)
            putc(lines ? '\n' : ',', out);
        crunch_json_begin(&json, out, false);
        print_object(&json, grid->n_columns, grid->titles, grid->fields + row * grid->n_columns);
    }
    fputs(!lines ? "]\n" : grid->n_rows > 0 ? "\n" : "", out);
}

enum crunch_code crunch_grid_print(FILE *out, const struct crunch_grid *grid,
                                   enum crunch_format format, enum crunch_json_bytes bytes,
                                   struct crunch_error *error)
{
    bool json = format == CRUNCH_FORMAT_JSON || format == CRUNCH_FORMAT_JSONL;
    if (json && bytes == CRUNCH_JSON_BYTES_ERROR) {
        enum crunch_code code =
            crunch_grid_check_utf8(grid->fields, grid->n_rows * grid->n_columns, error);
        if (code)
            return code;
    }
    if (json)
        print_json(out, grid, format == CRUNCH_FORMAT_JSONL);
    else if (format == CRUNCH_FORMAT_CSV || format == CRUNCH_FORMAT_TSV)
        return print_delimited(out, grid, format == CRUNCH_FORMAT_CSV ? ',' : '\t', error);
    else
        return print_table(out, grid, error);
    return CRUNCH_OK;
}

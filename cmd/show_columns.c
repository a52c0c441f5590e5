/*
 * Owns what `crunch columns` prints: index, name, kind and first value of each column, header and
 * dialect. It reads the beginning of the input only.
 */
#include "cmd/show_columns.h"
#include "cmd/help.h"
#include "cmd/outfile.h"
#include "cmd/results.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {"empty", "number", "text"};
static const char *const titles[] = {"index", "name", "kind", "first"};

struct decided {
    const struct crunch_table *table;
    const char *file;
    struct crunch_grid grid;
};

static const char *header_text(const struct crunch_table *table)
{
    if (table->dialect.header == CRUNCH_HEADER_AUTO)
        return table->has_header ? "yes (found)"
               : table->doubtful ? "no (found; but record 1 has text in it)"
                                 : "no (found)";
    return table->has_header ? "yes (as told)" : "no (as told)";
}

/* Where the decisions are written: aligned for a terminal, else a tab after each title. */
struct lines {
    FILE *out;
    bool aligned;
};

static void write_line(const struct lines *lines, const char *title, const char *text)
{
    fprintf(lines->out, lines->aligned ? "%-10s %s\n" : "%s\t%s\n", title, text);
}

static void write_bytes_line(const struct lines *lines, const char *title, const char *text,
                             size_t len)
{
    char shown[300];
    crunch_quote_text(shown, sizeof shown, text, len);
    write_line(lines, title, shown);
}

static void write_byte_line(const struct lines *lines, const char *title, bool present,
                            unsigned char c)
{
    const char text[1] = {(char)c};
    if (!present)
        write_line(lines, title, "none");
    else if (c == '\t' || c == ' ')
        write_line(lines, title, c == '\t' ? "tab" : "space");
    else
        write_bytes_line(lines, title, text, 1);
}

/* What is said only when it was asked for. */
static void write_special_lines(const struct lines *lines, const struct crunch_table *table)
{
    const struct crunch_dialect *dialect = &table->dialect;
    if (dialect->thousands)
        write_byte_line(lines, "thousands", true, dialect->thousands);
    if (dialect->comment.len > 0)
        write_bytes_line(lines, "comment", dialect->comment.text, dialect->comment.len);
    for (size_t i = 0; i < dialect->n_nulls; i++)
        write_bytes_line(lines, "null", dialect->nulls[i].text, dialect->nulls[i].len);
    if (table->bom)
        write_line(lines, "encoding", "UTF-8 with a byte order mark");
}

static void write_binary(const struct lines *lines, const struct crunch_table *table)
{
    const struct crunch_binary *binary = &table->binary;
    char type[CRUNCH_TYPE_TEXT], shown[100];
    crunch_type_text(&binary->type, type);
    write_line(lines, "type", type);
    write_line(lines, "order", binary->by_column ? "Fortran" : "C");
    snprintf(shown, sizeof shown, "byte %" PRIu64, table->data_offset);
    write_line(lines, "data", shown);
    if (binary->rows != CRUNCH_ROWS_UNKNOWN) {
        snprintf(shown, sizeof shown, "%" PRIu64, binary->rows);
        write_line(lines, "records", shown);
    }
    snprintf(shown, sizeof shown, "%zu", table->width);
    write_line(lines, "columns", shown);
}

static void write_decisions(FILE *out, const struct decided *decided, bool aligned)
{
    const struct crunch_table *table = decided->table;
    const struct lines lines = {out, aligned};
    char shown[100];
    write_bytes_line(&lines, "file", decided->file, strlen(decided->file));
    if (table->binary.type.kind) {
        write_binary(&lines, table);
        putc('\n', out);
        return;
    }
    write_line(&lines, "header", header_text(table));
    write_byte_line(&lines, "delimiter", true, table->dialect.delimiter);
    write_byte_line(&lines, "quote", table->dialect.quoting, table->dialect.quote);
    write_byte_line(&lines, "decimal", true, table->dialect.decimal);
    write_special_lines(&lines, table);
    snprintf(shown, sizeof shown, "line %" PRIu64 ", byte %" PRIu64, table->data_line,
             table->data_offset);
    write_line(&lines, "data", shown);
    snprintf(shown, sizeof shown, "%zu", table->width);
    write_line(&lines, "columns", shown);
    putc('\n', out);
}

static void write_byte(struct crunch_json *json, const char *key, bool present, unsigned char c)
{
    char text[1] = {(char)c};
    crunch_json_bytes(json, key, present ? text : NULL, 1);
}

static enum crunch_code write_object(FILE *out, const struct decided *decided,
                                     const struct crunch_invocation *invocation)
{
    const struct crunch_table *table = decided->table;
    const struct crunch_dialect *dialect = &table->dialect;
    struct crunch_json json;
    char *rows = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&rows, &size);
    if (!stream)
        return crunch_fail(invocation->error, CRUNCH_NO_MEMORY, "out of memory");
    enum crunch_code code = crunch_grid_print(
        stream, &decided->grid, CRUNCH_FORMAT_JSON,
        (enum crunch_json_bytes)invocation->settings->json_bytes, invocation->error);
    fclose(stream);
    if (!code) {
        crunch_json_begin(&json, out, false);
        crunch_json_open(&json, NULL, '{');
        crunch_json_text(&json, "file", decided->file);
        crunch_json_bool(&json, "header", table->has_header);
        crunch_json_bool(&json, "header_found", dialect->header == CRUNCH_HEADER_AUTO);
        crunch_json_bool(&json, "doubtful", table->doubtful);
        write_byte(&json, "delimiter", true, dialect->delimiter);
        write_byte(&json, "quote", dialect->quoting, dialect->quote);
        write_byte(&json, "decimal", true, dialect->decimal);
        write_byte(&json, "thousands", dialect->thousands != 0, dialect->thousands);
        crunch_json_bytes(&json, "comment", dialect->comment.len ? dialect->comment.text : NULL,
                          dialect->comment.len);
        crunch_json_open(&json, "null", '[');
        for (size_t i = 0; i < dialect->n_nulls; i++)
            crunch_json_bytes(&json, NULL, dialect->nulls[i].text, dialect->nulls[i].len);
        crunch_json_close(&json, ']');
        crunch_json_bool(&json, "byte_order_mark", table->bom);
        crunch_json_count(&json, "data_line", table->data_line);
        crunch_json_count(&json, "data_offset", table->data_offset);
        crunch_json_raw(&json, "columns", rows, size - 1); /* without its line end */
        crunch_json_close(&json, '}');
        putc('\n', out);
    }
    free(rows);
    return code;
}

static enum crunch_code write_columns(FILE *out, const void *context,
                                      const struct crunch_invocation *invocation)
{
    const struct decided *decided = context;
    enum crunch_format format = crunch_resolve_format(invocation->settings, out);
    if (format == CRUNCH_FORMAT_JSON)
        return write_object(out, decided, invocation);
    if (format == CRUNCH_FORMAT_TABLE || invocation->settings->format == CRUNCH_FORMAT_AUTO)
        write_decisions(out, decided, format == CRUNCH_FORMAT_TABLE);
    return crunch_grid_print(out, &decided->grid, format,
                             (enum crunch_json_bytes)invocation->settings->json_bytes,
                             invocation->error);
}

static enum crunch_code show(const struct crunch_table *table, const char *file,
                             const struct crunch_invocation *invocation)
{
    struct crunch_field *fields = calloc(4 * table->width + 1, sizeof *fields);
    char(*indexes)[24] = calloc(table->width + 1, sizeof *indexes);
    enum crunch_code code = CRUNCH_NO_MEMORY;
    if (fields && indexes) {
        for (size_t i = 0; i < table->width; i++) {
            const struct crunch_column *column = &table->columns[i];
            const char *kind = kind_names[column->kind];
            snprintf(indexes[i], sizeof indexes[i], "%zu", i + 1);
            fields[4 * i] =
                (struct crunch_field){CRUNCH_FIELD_NUMBER, indexes[i], strlen(indexes[i])};
            fields[4 * i + 1] = crunch_column_name(table, i, indexes[i]);
            fields[4 * i + 2] = (struct crunch_field){CRUNCH_FIELD_TEXT, kind, strlen(kind)};
            fields[4 * i + 3] = (struct crunch_field){
                column->first ? CRUNCH_FIELD_TEXT : CRUNCH_FIELD_EMPTY,
                column->first ? column->first : "", column->first ? column->first_len : 0};
        }
        struct decided decided = {table, file, {4, table->width, titles, fields}};
        code = crunch_write_out(invocation, write_columns, &decided);
    } else
        crunch_fail(invocation->error, code, "out of memory");
    free(fields);
    free(indexes);
    return code;
}

enum crunch_code crunch_show_columns(const struct crunch_invocation *invocation)
{
    const struct crunch_job *job = &invocation->settings->job;
    const char *path = invocation->n_operands > 0 ? invocation->operands[0] : job->path;
    struct crunch_source *source = NULL;
    struct crunch_table *table = NULL;
    struct crunch_error *error = invocation->error;
    enum crunch_code code =
        crunch_outfile_check("--output", invocation->settings->output_path, path, error);
    if (!code)
        code = crunch_source_open_recoded(path, &job->recoding, &job->fetching, &source, error);
    if (!code) {
        crunch_source_configure(source, &crunch_stop_signal, job->tmpdir);
        code = crunch_table_read(source, &job->dialect, &table, error);
    }
    if (!code)
        code = show(table, crunch_source_name(source), invocation);
    crunch_table_free(table);
    crunch_source_close(source);
    return code;
}

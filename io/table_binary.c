/*
 * The table of a binary file: what its header or --type says, held against its size. Columns have
 * no names, like those of a text without a header.
 */
#include "io/files.h"
#include "io/spool.h"
#include "io/table.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH_MOST ((uint64_t)1 << 24)

static enum crunch_code fail_io(struct crunch_source *source, struct crunch_error *error)
{
    if (error)
        error->file = crunch_source_name(source);
    return CRUNCH_IO;
}

/* Bytes of the file that begins at base; unknown for streams and for what is packed. */
static uint64_t file_size(const struct crunch_source *source, uint64_t base)
{
    const struct crunch_files *files = crunch_source_files(source);
    if (files) {
        const struct crunch_file *file = &files->file[crunch_files_find(files, base)];

        return file->url || crunch_source_packing(source) ? CRUNCH_SIZE_UNKNOWN : file->size;
    }
    const uint64_t size = crunch_source_size(source);

    return size;
}

/* A raw file has as many records as fit; one of known rows ends behind the last of them. */
static enum crunch_code check_size(struct crunch_source *source, uint64_t base,
                                   struct crunch_table *table, struct crunch_error *error)
{
    const uint64_t size = file_size(source, base), data = table->data_offset;
    const uint64_t record = crunch_binary_record_bytes(&table->binary);
    struct crunch_binary *binary = &table->binary;
    const bool counted = binary->rows != CRUNCH_ROWS_UNKNOWN;

    if (size == CRUNCH_SIZE_UNKNOWN)
        return CRUNCH_OK;
    if (!counted)
        binary->rows = size / record;
    if (data + binary->rows * record == size)
        return CRUNCH_OK;
    if (!counted) {
        crunch_fail(error, CRUNCH_IO,
                    "the file ends within record %llu: %llu bytes are no multiple of %llu",
                    (unsigned long long)binary->rows + 1, (unsigned long long)size,
                    (unsigned long long)record);
        crunch_hint(error, "is it cut short, or of another --type, or with other --columns?");
    } else {
        crunch_fail(error, CRUNCH_IO, "the file has %llu bytes, where its header tells of %llu",
                    (unsigned long long)size, (unsigned long long)(data + binary->rows * record));
        crunch_hint(error, size < data + binary->rows * record ? "it was cut short"
                                                               : "something stands behind it");
    }
    return fail_io(source, error);
}

/* A matrix in Fortran order has its rows all over the file: a stream is copied to a temporary one.
 */
static enum crunch_code make_file(struct crunch_source *source, uint64_t base,
                                  struct crunch_table *table, struct crunch_error *error)
{
    enum crunch_code code;

    if (!table->binary.by_column || !crunch_source_is_stream(source))
        return CRUNCH_OK;
    code = crunch_spool_unpacked(source, error);
    return code ? code : check_size(source, base, table, error);
}

/* Of several files a packed one is not. */
static enum crunch_code check_order(struct crunch_source *source, const struct crunch_table *table,
                                    struct crunch_error *error)
{
    if (!table->binary.by_column || crunch_source_size(source) != CRUNCH_SIZE_UNKNOWN)
        return CRUNCH_OK;
    crunch_fail(error, CRUNCH_USAGE,
                "of several files, one that is packed cannot be in Fortran order");
    crunch_hint(error, "unpack it first");
    if (error)
        error->file = crunch_source_name(source);
    return CRUNCH_USAGE;
}

/* The number of row 0 in column i. */
static enum crunch_code read_first(struct crunch_source *source, uint64_t base,
                                   const struct crunch_table *table, size_t i,
                                   struct crunch_column *column, struct crunch_error *error)
{
    const struct crunch_binary *binary = &table->binary;
    const uint64_t place = binary->by_column ? i * binary->rows : i;
    char text[CRUNCH_CELL_TEXT];
    unsigned char bytes[8];
    ssize_t got = crunch_source_read(source, bytes, binary->type.bytes,
                                     base + table->data_offset + place * binary->type.bytes, error);

    if (got < 0)
        return error->code;
    column->kind = CRUNCH_KIND_NUMBER;
    if (got < binary->type.bytes)
        return CRUNCH_OK; /* there is none */
    column->first_len = crunch_binary_text(&binary->type, bytes, text);
    column->first = strdup(text);
    return column->first ? CRUNCH_OK : crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
}

static enum crunch_code make_columns(struct crunch_source *source, uint64_t base,
                                     struct crunch_table *table, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;

    if (table->binary.width > WIDTH_MOST) {
        crunch_fail(error, CRUNCH_BAD_DATA, "records of %llu numbers are too wide",
                    (unsigned long long)table->binary.width);
        if (error)
            error->file = crunch_source_name(source);
        return CRUNCH_BAD_DATA;
    }
    table->columns = calloc((size_t)table->binary.width + 1, sizeof *table->columns);
    if (!table->columns)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    table->width = (size_t)table->binary.width;
    for (size_t i = 0; i < table->width && !code; i++) {
        table->columns[i].name = calloc(1, 1);
        if (!table->columns[i].name)
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        if (table->binary.rows > 0)
            code = read_first(source, base, table, i, &table->columns[i], error);
        else
            table->columns[i].kind = CRUNCH_KIND_NUMBER;
    }
    return code;
}

/* Bare numbers do not begin as .npy files do: the header would be summed with the numbers. */
static enum crunch_code refuse_npy(struct crunch_source *source, uint64_t base,
                                   struct crunch_error *error)
{
    struct crunch_binary ignored;
    uint64_t data;
    bool found;
    enum crunch_code code = crunch_npy_read(source, base, &ignored, &data, &found, error);
    if (!found)
        return code;
    crunch_fail(error, CRUNCH_USAGE, "this is a .npy file, not bare numbers");
    crunch_hint(error, "leave out --type: its header says what the numbers are");
    if (error)
        error->file = crunch_source_name(source);
    return CRUNCH_USAGE;
}

enum crunch_code crunch_table_probe_binary(struct crunch_source *source, uint64_t base,
                                           struct crunch_table *table, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    bool found = true;

    if (table->dialect.type.kind) {
        table->binary = (struct crunch_binary){table->dialect.type, table->dialect.columns,
                                               CRUNCH_ROWS_UNKNOWN, false};
        code = refuse_npy(source, base, error);
    } else
        code = crunch_npy_read(source, base, &table->binary, &table->data_offset, &found, error);
    if (code || !found)
        return code;
    table->data_line = 1;
    table->dialect.skip_lines = 0;
    table->dialect.comment.len = 0;
    table->dialect.decimal = '.';
    table->dialect.thousands = 0;
    if (table->binary.type.kind == 'f')
        table->dialect.arith = CRUNCH_ARITH_BINARY;
    code = check_size(source, base, table, error);
    if (!code)
        code = make_file(source, base, table, error);
    if (!code)
        code = check_order(source, table, error);
    return code ? code : make_columns(source, base, table, error);
}

/*
 * Rejects: from pieces of bad data to blocks of a log, and from there to the file.
 *
 * A piece is one block (its fixed part and the cell) and as many blocks of text behind it as the
 * record needs. Nothing is held in memory but the block at hand.
 */
#include "core/rejects.h"

#include "io/files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_BLOCK ((size_t)32768)
#define FILE_BEGINS UINT64_MAX /* a kind that is no kind of bad data */

struct piece {
    uint64_t kind, offset, line, byte_column, record;
    uint64_t column; /* of the file, 0-based; UINT64_MAX: none */
    uint64_t named;  /* of the table, which has its name; likewise */
    uint64_t fields;
    uint64_t cell_bytes, text_bytes;
};

const char *crunch_bad_reason(enum crunch_bad_kind kind)
{
    switch (kind) {
    case CRUNCH_BAD_NUMBER:
        return "not a number";
    case CRUNCH_BAD_RANGE:
        return "out of range";
    case CRUNCH_BAD_NAN:
        return "nan";
    case CRUNCH_BAD_WIDTH:
        return "width";
    case CRUNCH_BAD_NUL:
        return "nul byte";
    case CRUNCH_BAD_LENGTH:
        return "too long";
    case CRUNCH_BAD_QUOTE:
        return "unterminated quote";
    case CRUNCH_BAD_COMPUTED:
        return "computed value out of range";
    case CRUNCH_BAD_MATCH:
        return "regular expression gave up";
    }
    return "bad";
}

/* ---- to the log ---- */

/* Copies the record from the source. Of a stream's record that is longer than the ring only the end
 * is still there; what is gone is left out. */
static enum crunch_code put_record(struct crunch_log *log, struct crunch_source *source,
                                   uint64_t begin, uint64_t bytes, struct crunch_error *error)
{
    unsigned char text[TEXT_BLOCK];
    enum crunch_code code = CRUNCH_OK;

    while (bytes && !code) {
        size_t want = bytes < sizeof text ? (size_t)bytes : sizeof text;
        ssize_t n = crunch_source_read(source, text, want, begin, error);

        if (n == -1)
            return error ? error->code : CRUNCH_IO;
        if (n <= 0) { /* keep the length that was announced */
            memset(text, '?', want);
            n = (ssize_t)want;
        }
        code = crunch_log_put(log, CRUNCH_REJECTS_STREAM, text, (size_t)n, error);
        begin += (uint64_t)n;
        bytes -= (uint64_t)n;
    }
    return code;
}

enum crunch_code crunch_rejects_begin_file(struct crunch_log *log,
                                           const struct crunch_rejects_file *file,
                                           struct crunch_error *error)
{
    const struct piece piece = {.kind = FILE_BEGINS,
                                .column = file->file,
                                .offset = file->data_line,
                                .line = file->lines,
                                .record = file->records};

    return crunch_log_put(log, CRUNCH_REJECTS_STREAM, &piece, sizeof piece, error);
}

enum crunch_code crunch_rejects_add(struct crunch_log *log, struct crunch_source *source,
                                    const struct crunch_bad *bad,
                                    const struct crunch_bad_place *place,
                                    struct crunch_error *error)
{
    struct {
        struct piece piece;
        char cell[CRUNCH_BAD_TEXT_MAX];
    } block = {.piece = {
                   .kind = (uint64_t)bad->kind,
                   .offset = bad->offset - place->base,
                   .line = place->lines + bad->line,
                   .byte_column = bad->byte_column,
                   .record = place->records + bad->record,
                   .column = bad->column == SIZE_MAX ? UINT64_MAX : bad->column,
                   .named = place->column == SIZE_MAX ? UINT64_MAX : place->column,
                   .fields = bad->fields,
                   .cell_bytes = bad->text ? bad->text_len : 0,
                   .text_bytes = bad->record_end > bad->record_begin
                                     ? bad->record_end - bad->record_begin
                                     : 0,
               }};
    if (block.piece.cell_bytes)
        memcpy(block.cell, bad->text, (size_t)block.piece.cell_bytes);
    enum crunch_code code =
        crunch_log_put(log, CRUNCH_REJECTS_STREAM, &block,
                       sizeof block.piece + (size_t)block.piece.cell_bytes, error);
    if (!code)
        code = put_record(log, source, bad->record_begin, block.piece.text_bytes, error);
    return code;
}

/* ---- the file ---- */

struct output {
    FILE *out;
    const struct crunch_table *table;
    const struct crunch_files *files; /* NULL: one, called name */
    const char *name;
    uint64_t data_line, lines, records; /* of the file: its first line, and what stands before it */
    const struct crunch_logs *logs;
    size_t next;         /* block to be read next */
    unsigned char *data; /* the block at hand; of ... */
    size_t bytes, size;  /* ... so many bytes, with room for size */
    uint64_t text_left;  /* of the record whose text is being written */
    struct crunch_error *error;
};

static void write_quoted(FILE *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"')
            putc_unlocked('"', out);
        putc_unlocked(text[i], out);
    }
}

static void write_name(FILE *out, const char *text, size_t len)
{
    bool plain = true;

    for (size_t i = 0; i < len && plain; i++)
        plain = !strchr("\",\r\n", text[i]) && text[i] != ' ' && text[i] != '\t';
    if (plain) {
        fwrite(text, 1, len, out);
        return;
    }
    putc_unlocked('"', out);
    write_quoted(out, text, len);
    putc_unlocked('"', out);
}

/* Reads the next block of rejects. False: there is none, or *code says why not. */
static bool next_block(struct output *o, const struct crunch_block **block, enum crunch_code *code)
{
    const struct crunch_logs *logs = o->logs;

    while (o->next < logs->n_blocks && logs->block[o->next].stream != CRUNCH_REJECTS_STREAM)
        o->next++;
    if (o->next == logs->n_blocks)
        return false;
    *block = &logs->block[o->next++];
    if ((*block)->bytes > o->size) {
        unsigned char *room = realloc(o->data, (*block)->bytes);
        if (!room) {
            *code = crunch_fail(o->error, CRUNCH_NO_MEMORY, "out of memory");
            return false;
        }
        o->data = room;
        o->size = (*block)->bytes;
    }
    o->bytes = (*block)->bytes;
    *code = crunch_logs_load(logs, *block, o->data, o->error);
    return !*code;
}

/* A piece, or the news that another file begins. False: it is that. */
static bool write_piece(struct output *o, const struct crunch_prefix *before)
{
    struct piece p;

    memcpy(&p, o->data, sizeof p);
    if (p.kind == FILE_BEGINS) {
        o->name = o->files->file[p.column].name;
        o->data_line = p.offset;
        o->lines = before->lines + p.line;
        o->records = before->records + p.record;
        return false;
    }
    write_name(o->out, o->name, strlen(o->name));
    fprintf(o->out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",",
            o->data_line + before->lines + p.line - o->lines, p.byte_column,
            before->records + p.record + 1 - o->records, p.offset);
    if (p.column != UINT64_MAX)
        fprintf(o->out, "%" PRIu64, p.column + 1);
    putc_unlocked(',', o->out);
    if (p.named < o->table->width)
        write_name(o->out, o->table->columns[p.named].name, o->table->columns[p.named].name_len);
    fprintf(o->out, ",%s", crunch_bad_reason((enum crunch_bad_kind)p.kind));
    if (p.kind == CRUNCH_BAD_WIDTH)
        fprintf(o->out, ": %" PRIu64 " fields", p.fields);
    fputs(",\"", o->out);
    write_quoted(o->out, (const char *)o->data + sizeof p, (size_t)p.cell_bytes);
    fputs("\",\"", o->out);
    o->text_left = p.text_bytes;
    return true;
}

/* Returns an errno, or -1 when o->error is filled. */
static int write_pieces(struct output *o)
{
    const struct crunch_block *block;
    enum crunch_code code = CRUNCH_OK;

    fputs("file,line,column_in_line,record,byte,field,name,reason,cell,text\n", o->out);
    while (next_block(o, &block, &code)) {
        if (o->text_left) {
            write_quoted(o->out, (const char *)o->data, o->bytes);
            o->text_left -= o->bytes;
        } else if (!write_piece(o, &block->prefix)) {
            continue;
        }
        if (!o->text_left)
            fputs("\"\n", o->out);
    }
    if (code)
        return -1;
    if (fflush(o->out) || ferror(o->out))
        return errno ? errno : EIO;
    return 0;
}

/* A device, a pipe, or the like is written to as it is; a file is written aside and renamed. */
static bool is_special(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static int write_special(const char *path, struct output *o)
{
    int failed;

    o->out = fopen(path, "we");
    if (!o->out)
        return errno;
    failed = write_pieces(o);
    return fclose(o->out) && !failed ? errno : failed;
}

static int write_aside(const char *path, struct output *o)
{
    mode_t mask = umask(0);
    char *aside;
    int fd, failed;

    umask(mask);
    if (asprintf(&aside, "%s.XXXXXX", path) < 0)
        return ENOMEM;
    fd = mkostemp(aside, O_CLOEXEC);
    if (fd < 0 || !(o->out = fdopen(fd, "w"))) {
        failed = errno;
        if (fd >= 0) {
            close(fd);
            unlink(aside);
        }
        free(aside);
        return failed;
    }
    fchmod(fd, 0666 & ~mask);
    failed = write_pieces(o);
    if (fclose(o->out) && !failed)
        failed = errno;
    if (!failed && rename(aside, path))
        failed = errno;
    if (failed)
        unlink(aside);
    free(aside);
    return failed;
}

enum crunch_code crunch_rejects_write(const char *path, const struct crunch_logs *logs,
                                      const struct crunch_table *table,
                                      const struct crunch_source *source,
                                      struct crunch_error *error)
{
    struct crunch_error unheard;
    struct output output = {.table = table,
                            .files = crunch_source_files(source),
                            .name = crunch_source_name(source),
                            .data_line = table->data_line,
                            .logs = logs,
                            .error = error ? error : &unheard};
    int failed = is_special(path) ? write_special(path, &output) : write_aside(path, &output);

    free(output.data);
    if (!failed)
        return CRUNCH_OK;
    if (failed != -1)
        crunch_fail_errno(output.error, CRUNCH_IO, failed, "cannot write the rejects");
    output.error->file = path;
    return output.error->code;
}

/*
 * Spill files and the rejects file.
 *
 * A spill file is a row of segments, each a header and `bytes` bytes of pieces; a piece is a fixed
 * part, the cell and the record's text. Only the process that owns a worker's region writes its
 * spill file, at places it alone counts (region->spill_end), so a successor simply writes over what
 * a dead one left half-done. `committed` is set before the commit it belongs to; a worker killed
 * between the two commits that chunk again with the same values. Segments of scans that did not
 * stand are never marked and are passed over.
 *
 * In memory there is one entry for each chunk with rejects while the file is written at the end.
 */
#include "core/rejects.h"

#include "io/temp.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES ((size_t)65536)

struct segment_header {
    uint64_t chunk;
    uint64_t bytes; /* of the pieces behind it */
    uint64_t committed;
    struct crunch_prefix prefix;
};

struct piece {
    uint64_t kind, offset, line, byte_column, record;
    uint64_t column; /* 0-based, UINT64_MAX: none */
    uint64_t fields;
    uint64_t cell_bytes, text_bytes;
};

struct crunch_rejects {
    int fd;
    struct crunch_source *source;
    uint64_t begin;   /* of the segment */
    uint64_t written; /* bytes of it in the file, header included */
    size_t held;
    unsigned char buffer[BUFFER_BYTES];
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
    }
    return "bad";
}

struct crunch_rejects *crunch_rejects_create(int fd, struct crunch_source *source)
{
    struct crunch_rejects *rejects = malloc(sizeof *rejects);

    if (!rejects)
        return NULL;
    rejects->fd = fd;
    rejects->source = source;
    crunch_rejects_begin(rejects, 0);
    return rejects;
}

void crunch_rejects_free(struct crunch_rejects *rejects)
{
    free(rejects);
}

/* ---- writing segments ---- */

void crunch_rejects_begin(struct crunch_rejects *rejects, uint64_t at)
{
    rejects->begin = at;
    rejects->written = sizeof(struct segment_header);
    rejects->held = 0;
}

static enum crunch_code write_spill(int fd, const void *data, size_t len, uint64_t at,
                                    struct crunch_error *error)
{
    int failed = crunch_write_all(fd, data, len, (off_t)at);

    return failed ? crunch_fail_errno(error, CRUNCH_IO, failed, "cannot keep rejects") : CRUNCH_OK;
}

static enum crunch_code flush(struct crunch_rejects *rejects, struct crunch_error *error)
{
    enum crunch_code code = write_spill(rejects->fd, rejects->buffer, rejects->held,
                                        rejects->begin + rejects->written, error);

    rejects->written += rejects->held;
    rejects->held = 0;
    return code;
}

static enum crunch_code put(struct crunch_rejects *rejects, const void *data, size_t len,
                            struct crunch_error *error)
{
    const unsigned char *p = data;
    enum crunch_code code = CRUNCH_OK;

    while (len && !code) {
        size_t n = BUFFER_BYTES - rejects->held < len ? BUFFER_BYTES - rejects->held : len;

        memcpy(rejects->buffer + rejects->held, p, n);
        rejects->held += n;
        p += n;
        len -= n;
        if (rejects->held == BUFFER_BYTES)
            code = flush(rejects, error);
    }
    return code;
}

/* Copies the record from the source. Of a stream's record that is longer than the ring only the end
 * is still there; what is gone is left out. */
static enum crunch_code put_record(struct crunch_rejects *rejects, uint64_t begin, uint64_t bytes,
                                   struct crunch_error *error)
{
    unsigned char piece[4096];
    enum crunch_code code = CRUNCH_OK;

    while (bytes && !code) {
        size_t want = bytes < sizeof piece ? (size_t)bytes : sizeof piece;
        ssize_t n = crunch_source_read(rejects->source, piece, want, begin, error);

        if (n == -1)
            return error ? error->code : CRUNCH_IO;
        if (n <= 0) { /* keep the length that was announced */
            memset(piece, '?', want);
            n = (ssize_t)want;
        }
        code = put(rejects, piece, (size_t)n, error);
        begin += (uint64_t)n;
        bytes -= (uint64_t)n;
    }
    return code;
}

enum crunch_code crunch_rejects_add(struct crunch_rejects *rejects, const struct crunch_bad *bad,
                                    struct crunch_error *error)
{
    const struct piece piece = {
        .kind = (uint64_t)bad->kind,
        .offset = bad->offset,
        .line = bad->line,
        .byte_column = bad->byte_column,
        .record = bad->record,
        .column = bad->column == SIZE_MAX ? UINT64_MAX : bad->column,
        .fields = bad->fields,
        .cell_bytes = bad->text ? bad->text_len : 0,
        .text_bytes = bad->record_end > bad->record_begin ? bad->record_end - bad->record_begin : 0,
    };
    enum crunch_code code = put(rejects, &piece, sizeof piece, error);

    if (!code && piece.cell_bytes)
        code = put(rejects, bad->text, (size_t)piece.cell_bytes, error);
    if (!code)
        code = put_record(rejects, bad->record_begin, piece.text_bytes, error);
    return code;
}

enum crunch_code crunch_rejects_end(struct crunch_rejects *rejects, uint64_t chunk, uint64_t *bytes,
                                    struct crunch_error *error)
{
    struct segment_header header = {.chunk = chunk};
    enum crunch_code code;

    *bytes = 0;
    if (rejects->written + rejects->held == sizeof header)
        return CRUNCH_OK;
    code = flush(rejects, error);
    header.bytes = rejects->written - sizeof header;
    if (!code)
        code = write_spill(rejects->fd, &header, sizeof header, rejects->begin, error);
    if (!code)
        *bytes = rejects->written;
    return code;
}

enum crunch_code crunch_rejects_commit(int fd, uint64_t at, const struct crunch_prefix *prefix,
                                       struct crunch_error *error)
{
    struct segment_header header;
    int failed = crunch_read_all(fd, &header, sizeof header, (off_t)at);

    if (failed)
        return crunch_fail_errno(error, CRUNCH_IO, failed, "cannot read rejects back");
    header.committed = 1;
    header.prefix = *prefix;
    return write_spill(fd, &header, sizeof header, at, error);
}

/* ---- the file ---- */

struct segment {
    struct segment_header header;
    unsigned worker;
    uint64_t at; /* of its first piece */
};

struct output {
    FILE *out;
    const struct crunch_table *table;
    const char *file_name;
    const int *fd;
};

static enum crunch_code add_segment(struct segment **list, size_t *n, const struct segment *segment,
                                    struct crunch_error *error)
{
    if ((*n & (*n - 1)) == 0) { /* 0 or a power of two: full */
        struct segment *grown = realloc(*list, (*n ? *n * 2 : 1) * sizeof **list);
        if (!grown)
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        *list = grown;
    }
    (*list)[(*n)++] = *segment;
    return CRUNCH_OK;
}

static enum crunch_code list_segments(const int *fd, const uint64_t *end, unsigned n_files,
                                      struct segment **list, size_t *n, struct crunch_error *error)
{
    for (unsigned i = 0; i < n_files; i++) {
        uint64_t at = 0;

        while (at < end[i]) {
            struct segment segment = {.worker = i};
            enum crunch_code code;
            int failed = crunch_read_all(fd[i], &segment.header, sizeof segment.header, (off_t)at);

            if (failed)
                return crunch_fail_errno(error, CRUNCH_IO, failed, "cannot read rejects back");
            segment.at = at + sizeof segment.header;
            at = segment.at + segment.header.bytes;
            if (!segment.header.committed)
                continue;
            if ((code = add_segment(list, n, &segment, error)))
                return code;
        }
    }
    return CRUNCH_OK;
}

static int by_chunk(const void *a, const void *b)
{
    uint64_t x = ((const struct segment *)a)->header.chunk;
    uint64_t y = ((const struct segment *)b)->header.chunk;

    return (x > y) - (x < y);
}

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

/* Copies len bytes of the spill file from at as one quoted field. */
static int copy_field(const struct output *o, int fd, uint64_t at, uint64_t len)
{
    char bytes[4096];

    putc_unlocked('"', o->out);
    while (len) {
        size_t n = len < sizeof bytes ? (size_t)len : sizeof bytes;
        int failed = crunch_read_all(fd, bytes, n, (off_t)at);

        if (failed)
            return failed;
        write_quoted(o->out, bytes, n);
        at += n;
        len -= n;
    }
    putc_unlocked('"', o->out);
    return 0;
}

static int write_piece(const struct output *o, const struct segment *s, const struct piece *p,
                       uint64_t at)
{
    const struct crunch_prefix *before = &s->header.prefix;
    int fd = o->fd[s->worker], failed;

    write_name(o->out, o->file_name, strlen(o->file_name));
    fprintf(o->out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",",
            o->table->data_line + before->lines + p->line, p->byte_column,
            before->records + p->record + 1, p->offset);
    if (p->column != UINT64_MAX)
        fprintf(o->out, "%" PRIu64, p->column + 1);
    putc_unlocked(',', o->out);
    if (p->column < o->table->width)
        write_name(o->out, o->table->columns[p->column].name,
                   o->table->columns[p->column].name_len);
    fprintf(o->out, ",%s", crunch_bad_reason((enum crunch_bad_kind)p->kind));
    if (p->kind == CRUNCH_BAD_WIDTH)
        fprintf(o->out, ": %" PRIu64 " fields", p->fields);
    putc_unlocked(',', o->out);
    failed = copy_field(o, fd, at, p->cell_bytes);
    putc_unlocked(',', o->out);
    if (!failed)
        failed = copy_field(o, fd, at + p->cell_bytes, p->text_bytes);
    putc_unlocked('\n', o->out);
    return failed;
}

static int write_segment(const struct output *o, const struct segment *s)
{
    uint64_t at = s->at, end = s->at + s->header.bytes;

    while (at < end) {
        struct piece piece;
        int failed = crunch_read_all(o->fd[s->worker], &piece, sizeof piece, (off_t)at);

        at += sizeof piece;
        if (!failed)
            failed = write_piece(o, s, &piece, at);
        if (failed)
            return failed;
        at += piece.cell_bytes + piece.text_bytes;
    }
    return 0;
}

static int write_all_segments(const struct output *o, const struct segment *list, size_t n)
{
    int failed = 0;

    fputs("file,line,column_in_line,record,byte,field,name,reason,cell,text\n", o->out);
    for (size_t i = 0; i < n && !failed; i++)
        failed = write_segment(o, &list[i]);
    if (!failed && (fflush(o->out) || ferror(o->out)))
        failed = errno ? errno : EIO;
    return failed;
}

/* A device, a pipe, or the like is written to as it is; a file is written aside and renamed. */
static bool is_special(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static int write_special(const char *path, struct output *o, const struct segment *list, size_t n)
{
    int failed;

    o->out = fopen(path, "we");
    if (!o->out)
        return errno;
    failed = write_all_segments(o, list, n);
    return fclose(o->out) && !failed ? errno : failed;
}

static int write_aside(const char *path, struct output *o, const struct segment *list, size_t n)
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
    failed = write_all_segments(o, list, n);
    if (fclose(o->out) && !failed)
        failed = errno;
    if (!failed && rename(aside, path))
        failed = errno;
    if (failed)
        unlink(aside);
    free(aside);
    return failed;
}

enum crunch_code crunch_rejects_write(const char *path, const int *fd, const uint64_t *end,
                                      unsigned n, const struct crunch_table *table,
                                      const char *file_name, struct crunch_error *error)
{
    struct output output = {.table = table, .file_name = file_name, .fd = fd};
    struct segment *list = NULL;
    size_t n_segments = 0;
    enum crunch_code code = list_segments(fd, end, n, &list, &n_segments, error);
    int failed;

    if (!code) {
        if (n_segments)
            qsort(list, n_segments, sizeof *list, by_chunk);
        failed = is_special(path) ? write_special(path, &output, list, n_segments)
                                  : write_aside(path, &output, list, n_segments);
        if (failed)
            code = crunch_fail_errno(error, CRUNCH_IO, failed, "cannot write the rejects");
        if (failed && error)
            error->file = path;
    }
    free(list);
    return code;
}

/*
 * Rows as text: the fast path's, from batches, and the reference's, from its own cells with its own
 * quoting and the digits of core/value.h.
 */
#include "core/row_writer.h"

#include "core/number_text.h"
#include "core/reference_row.h"
#include "core/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Handed to the log when there is as much: large enough that blocks cost nothing, small enough to
 * stay in the second-level cache. */
#define BLOCK_BYTES ((size_t)256 << 10)

struct writer {
    const struct crunch_plan *plan;
    char delimiter;
    bool special[256];   /* bytes that make a field be quoted */
    uint64_t delimiters; /* eight of them */
    char *text;
    size_t len, size;
    size_t *wide; /* per column: wide cells passed, in this batch */
};

/* ---- the fast path ---- */

static bool reserve(struct writer *w, size_t more)
{
    if (more <= w->size - w->len)
        return true;
    size_t larger = w->len + more + w->size;
    char *moved = realloc(w->text, larger);
    if (moved == NULL)
        return false;
    w->text = moved;
    w->size = larger;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool needs_quotes(const struct writer *w, const char *text, size_t len)
{
    unsigned special = 0;
    for (size_t i = 0; i < len; i++)
        special |= w->special[(unsigned char)text[i]];
    return special || is_blank(text[0]) || is_blank(text[len - 1]);
}

static bool put_text(struct writer *w, const char *text, size_t len)
{
    if (len == 0)
        return true;
    if (!reserve(w, 2 * len + 2))
        return false;
    char *at = w->text + w->len;
    if (!needs_quotes(w, text, len)) {
        memcpy(at, text, len);
        w->len += len;
        return true;
    }
    *at++ = '"';
    for (size_t i = 0; i < len; i++) {
        *at++ = text[i];
        if (text[i] == '"')
            *at++ = '"';
    }
    *at++ = '"';
    w->len = (size_t)(at - w->text);
    return true;
}

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Not zero if one of eight bytes may make a field be quoted: is the delimiter or not above the
 * quote, as are blanks and line ends. */
static inline uint64_t may_be_special(uint64_t eight, uint64_t delimiters)
{
    const uint64_t other = eight ^ delimiters;
    const uint64_t low = (eight - EACH_BYTE * ('"' + 1)) & ~eight;
    return (low | ((other - EACH_BYTE) & ~other)) & HIGH_BITS;
}

/* A text with CRUNCH_TEXT_SLACK around it: copied eight bytes at a time while it is looked at, and
 * looked at byte by byte only where something may be special. */
static bool put_cell(struct writer *w, const char *text, size_t len)
{
    if (!reserve(w, len + 8))
        return false;
    char *const to = w->text + w->len;
    uint64_t special = 0, eight;
    size_t i = 0;
    for (; i + 8 <= len; i += 8) {
        memcpy(&eight, text + i, 8);
        memcpy(to + i, &eight, 8);
        special |= may_be_special(eight, w->delimiters);
    }
    if (i < len) {
        const uint64_t own = (UINT64_C(1) << 8 * (len - i)) - 1;
        memcpy(&eight, text + i, 8);
        memcpy(to + i, &eight, 8);
        special |= may_be_special(eight, w->delimiters) & own; /* a false one lies above a true */
    }
    if (__builtin_expect(special != 0, 0))
        return put_text(w, text, len);
    w->len += len;
    return true;
}

static bool put_row(struct writer *w, const struct crunch_batch *rows, size_t row)
{
    const struct crunch_plan *plan = w->plan;
    const size_t begin = w->len;
    bool good = true;
    for (size_t i = 0; i < plan->n_columns && good; i++) {
        const struct crunch_cells *cells = &rows->columns[plan->slot[i]];
        if (i > 0)
            w->text[w->len++] = w->delimiter;
        good = cells->text ? put_cell(w, cells->text[row], cells->text_len[row])
                           : crunch_number_text_append(&w->text, &w->size, &w->len, cells, row,
                                                       &w->wide[i]);
        good = good && reserve(w, 4);
    }
    if (good && w->len == begin && plan->n_columns == 1) {
        w->text[w->len++] = '"';
        w->text[w->len++] = '"';
    }
    w->text[w->len++] = '\n';
    return good;
}

static enum crunch_code writer_create(const struct crunch_plan *plan, const void *config,
                                      void **self, struct crunch_error *error)
{
    const struct crunch_row_writing *writing = config;
    struct writer *w = calloc(1, sizeof *w);
    *self = w;
    if (w != NULL) {
        w->plan = plan;
        w->delimiter = writing->delimiter;
        w->special['"'] = w->special['\n'] = w->special['\r'] = true;
        w->special[(unsigned char)writing->delimiter] = true;
        w->delimiters = EACH_BYTE * (unsigned char)writing->delimiter;
        w->wide = calloc(plan->n_columns + 1, sizeof *w->wide);
        w->size = BLOCK_BYTES + (64 << 10);
        w->text = malloc(w->size);
    }
    if (w == NULL || w->wide == NULL || w->text == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    return CRUNCH_OK;
}

static void writer_destroy(void *self)
{
    struct writer *w = self;
    if (w == NULL)
        return;
    free(w->wide);
    free(w->text);
    free(w);
}

static void writer_begin(void *self)
{
    struct writer *w = self;
    w->len = 0;
}

static enum crunch_code flush(struct writer *w, struct crunch_log *log, uint32_t stream,
                              struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    if (w->len > 0)
        code = crunch_log_put_as_is(log, stream, w->text, w->len, error);
    w->len = 0;
    return code;
}

static enum crunch_code writer_feed(void *self, const struct crunch_batch *rows,
                                    struct crunch_log *log, uint32_t stream,
                                    struct crunch_error *error)
{
    struct writer *w = self;
    memset(w->wide, 0, w->plan->n_columns * sizeof *w->wide);
    for (size_t row = 0; row < rows->rows; row++) {
        if (!reserve(w, 4) || !put_row(w, rows, row))
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        if (w->len >= BLOCK_BYTES) {
            enum crunch_code code = flush(w, log, stream, error);
            if (code)
                return code;
        }
    }
    return CRUNCH_OK;
}

static enum crunch_code writer_end(void *self, struct crunch_log *log, uint32_t stream,
                                   struct crunch_error *error)
{
    return flush(self, log, stream, error);
}

static enum crunch_code writer_emit(const struct crunch_plan *plan, const void *config,
                                    const void *data, size_t bytes, struct crunch_error *error)
{
    /* The plan's copy of the pointer is const; the object is the command's. */
    struct crunch_row_writing *writing = (struct crunch_row_writing *)(uintptr_t)config;
    (void)plan;
    if (fwrite(data, 1, bytes, writing->out) != bytes) {
        crunch_fail_errno(error, CRUNCH_IO, errno, "cannot write %s", writing->out_name);
        return CRUNCH_IO;
    }
    writing->bytes += bytes;
    return CRUNCH_OK;
}

bool crunch_row_writer_header(const struct crunch_plan *plan, struct crunch_row_writing *writing)
{
    void *self;
    struct writer *w;
    char index[24];
    bool good = writer_create(plan, writing, &self, NULL) == CRUNCH_OK;
    w = self;
    for (size_t i = 0; i < plan->n_columns && good; i++) {
        const struct crunch_column *column = &plan->view->columns[plan->column[i]];
        good = reserve(w, 8);
        if (good && i > 0)
            w->text[w->len++] = w->delimiter;
        if (column->name_len > 0)
            good = good && put_text(w, column->name, column->name_len);
        else
            good = good && put_text(w, index, (size_t)sprintf(index, "%zu", plan->column[i] + 1));
    }
    good = good && reserve(w, 1);
    if (good) {
        w->text[w->len++] = '\n';
        good = fwrite(w->text, 1, w->len, writing->out) == w->len;
    }
    writer_destroy(w);
    return good;
}

/* ---- verification ---- */

static enum crunch_code writer_write(const struct crunch_plan *plan, const void *config,
                                     const struct crunch_logs *logs, uint32_t stream, FILE *out,
                                     struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    (void)plan;
    (void)config;
    for (size_t i = 0; i < logs->n_blocks && !code; i++) {
        const struct crunch_block *block = &logs->block[i];
        if (block->stream != stream)
            continue;
        char *bytes = malloc(block->bytes + 1);
        code = bytes ? crunch_logs_load(logs, block, bytes, error)
                     : crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        if (!code)
            fwrite(bytes, 1, block->bytes, out);
        free(bytes);
    }
    return code;
}

struct reference {
    const struct crunch_plan *plan;
    char delimiter;
    FILE *out; /* grows in memory */
    char *text;
    size_t size;
};

static enum crunch_code reference_create(const struct crunch_plan *plan, const void *config,
                                         void **self, struct crunch_error *error)
{
    const struct crunch_row_writing *writing = config;
    struct reference *r = calloc(1, sizeof *r);
    *self = r;
    if (r != NULL) {
        r->plan = plan;
        r->delimiter = writing->delimiter;
        r->out = open_memstream(&r->text, &r->size);
    }
    if (r == NULL || r->out == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (reference)");
    return CRUNCH_OK;
}

static void reference_destroy(void *self)
{
    struct reference *r = self;
    if (r == NULL)
        return;
    if (r->out)
        fclose(r->out);
    free(r->text);
    free(r);
}

static void reference_text(struct reference *r, const char *text, size_t len)
{
    bool quoted = len > 0 && (strchr(" \t", text[0]) || strchr(" \t", text[len - 1]));
    for (size_t i = 0; i < len; i++)
        quoted = quoted || strchr("\"\r\n", text[i]) || text[i] == r->delimiter;
    if (quoted)
        putc('"', r->out);
    for (size_t i = 0; i < len; i++)
        fprintf(r->out, quoted && text[i] == '"' ? "\"\"" : "%c", text[i]);
    if (quoted)
        putc('"', r->out);
}

static bool reference_number(struct reference *r, const struct crunch_reference_number *number,
                             enum crunch_arith arith)
{
    struct crunch_value value;
    struct crunch_scaled scaled = {.exponent = number->exponent};
    crunch_value_init(&value);
    switch (number->class) {
    case CRUNCH_REFERENCE_VALUE:
        value.kind = arith == CRUNCH_ARITH_BINARY ? CRUNCH_VALUE_DOUBLE : CRUNCH_VALUE_COPIED;
        mpz_init_set(scaled.mantissa, number->mantissa);
        crunch_scaled_to_mpq(value.number, &scaled, arith);
        mpz_clear(scaled.mantissa);
        break;
    case CRUNCH_REFERENCE_NAN:
        value.kind = CRUNCH_VALUE_NAN;
        break;
    case CRUNCH_REFERENCE_PLUS_INF:
        value.kind = CRUNCH_VALUE_PLUS_INF;
        break;
    case CRUNCH_REFERENCE_MINUS_INF:
        value.kind = CRUNCH_VALUE_MINUS_INF;
        break;
    default:
        break;
    }
    char *text = crunch_value_text(&value, 0);
    crunch_value_clear(&value);
    if (text != NULL)
        fputs(text, r->out);
    free(text);
    return text != NULL;
}

static enum crunch_code reference_row(void *self, const struct crunch_reference_row *row,
                                      struct crunch_error *error)
{
    struct reference *r = self;
    bool good = true;
    long begin = ftell(r->out);
    for (size_t i = 0; i < r->plan->n_columns && good; i++) {
        const size_t slot = r->plan->slot[i];
        const struct crunch_reference_cell *cell = &row->cell[slot];
        if (i > 0)
            putc(r->delimiter, r->out);
        if (cell->text != NULL)
            reference_text(r, cell->text, cell->text_len);
        else
            good = reference_number(r, cell->number, r->plan->slot_arith[slot]);
    }
    if (r->plan->n_columns == 1 && ftell(r->out) == begin)
        fputs("\"\"", r->out);
    putc('\n', r->out);
    return good ? CRUNCH_OK : crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (reference)");
}

static enum crunch_code reference_write(void *self, FILE *out, struct crunch_error *error)
{
    struct reference *r = self;
    if (fflush(r->out) != 0)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (reference)");
    fwrite(r->text, 1, r->size, out);
    return CRUNCH_OK;
}

const struct crunch_collector crunch_row_writer = {
    .name = "rows",
    .create = writer_create,
    .destroy = writer_destroy,
    .begin = writer_begin,
    .feed = writer_feed,
    .end = writer_end,
    .emit = writer_emit,
    .write = writer_write,
    .reference_create = reference_create,
    .reference_row = reference_row,
    .reference_write = reference_write,
    .reference_destroy = reference_destroy,
};

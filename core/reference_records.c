/*
 * Feeding libcsv. It is the definition of cells and records, used as it comes (lenient, default
 * functions for blanks and line ends); what it does not know is done around it:
 *
 *   - comments: at the start of a line, when libcsv has no record begun, the prefix is held back
 *     until it has matched (the line is left out) or not (it is handed over after all);
 *   - --quote none: a blank is set as the quote. libcsv drops blanks before a cell before it looks
 *     for quotes, so no cell is ever quoted; the blanks after a cell then stay, and are trimmed by
 *     whoever reads the cell;
 *   - places: on request libcsv gets one byte at a time, so that its state tells what each one did;
 *   - the unterminated quote: libcsv ends such a cell in silence, so its state is asked before.
 */
#include "core/reference_records.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES ((size_t)256 << 10)
#define CELL_STEP ((size_t)64 << 10) /* libcsv's buffer for a cell grows by it */

/* csv_parser.pstate of libcsv 3.0.3 */
enum { ROW_NOT_BEGUN = 0, FIELD_NOT_BEGUN = 1, FIELD_BEGUN = 2 };

static void on_cell(void *text, size_t len, void *context)
{
    struct crunch_reference_records *records = context;
    if (!records->done)
        records->cell(records->context, text, len);
}

static void on_record(int end, void *context)
{
    struct crunch_reference_records *records = context;
    (void)end;
    if (!records->done)
        records->record(records->context);
}

static bool is_end(char c)
{
    return c == '\n' || c == '\r';
}

static struct crunch_reference_place here(const struct crunch_reference_records *records)
{
    return (struct crunch_reference_place){
        .offset = records->position,
        .line = records->line,
        .byte_column = records->position - records->line_begin + 1,
    };
}

/* Goes past one byte: LF, CR and CR LF end a line. */
static void pass(struct crunch_reference_records *records, char c)
{
    records->position++;
    if (c == '\n' && records->last == '\r') {
        records->line_begin = records->position;
    } else if (is_end(c)) {
        records->line++;
        records->line_begin = records->position;
    }
    records->last = c;
}

static void skip(struct crunch_reference_records *records, const char *bytes, size_t n)
{
    if (!records->locate) {
        records->position += n;
        return;
    }
    for (size_t i = 0; i < n; i++)
        pass(records, bytes[i]);
}

/* Notes the beginning of a cell or record that byte c makes. */
static void note_place(struct crunch_reference_records *records, char c)
{
    int state = records->parser.pstate;
    bool blank = (c == ' ' || c == '\t') && (unsigned char)c != records->dialect->delimiter;
    if (blank || state > FIELD_NOT_BEGUN || (state == ROW_NOT_BEGUN && is_end(c)))
        return;
    records->cell_place = here(records);
    if (state == ROW_NOT_BEGUN)
        records->record_place = records->cell_place;
}

static bool feed(struct crunch_reference_records *records, const char *bytes, size_t n)
{
    if (!records->locate) {
        records->position += n;
        return csv_parse(&records->parser, bytes, n, on_cell, on_record, records) == n;
    }
    for (size_t i = 0; i < n; i++) {
        note_place(records, bytes[i]);
        if (csv_parse(&records->parser, &bytes[i], 1, on_cell, on_record, records) != 1)
            return false;
        pass(records, bytes[i]);
    }
    return true;
}

/* Bytes up to and with the first line end; n if there is none. */
static size_t to_line_end(const char *bytes, size_t n, bool *found)
{
    for (size_t i = 0; i < n; i++) {
        if (is_end(bytes[i])) {
            *found = true;
            return i + 1;
        }
    }
    *found = false;
    return n;
}

/* The same as feed, without comments. */
static bool feed_lines(struct crunch_reference_records *records, const char *bytes, size_t n)
{
    const struct crunch_token *comment = &records->dialect->comment;
    while (n > 0) {
        size_t used = 1;
        bool found = false;
        if (records->in_comment) {
            used = to_line_end(bytes, n, &found);
            skip(records, bytes, used);
            records->in_comment = !found;
            records->at_line_start = found;
        } else if (records->at_line_start && records->parser.pstate == ROW_NOT_BEGUN &&
                   *bytes == comment->text[records->matched]) {
            if (++records->matched == comment->len) {
                skip(records, comment->text, comment->len);
                records->in_comment = true;
                records->matched = 0;
            }
        } else {
            size_t held = records->matched;
            records->matched = 0;
            used = to_line_end(bytes, n, &found);
            if (!feed(records, comment->text, held) || !feed(records, bytes, used))
                return false;
            records->at_line_start = found;
        }
        bytes += used;
        n -= used;
    }
    return true;
}

static bool take(struct crunch_reference_records *records, const char *bytes, size_t n)
{
    if (records->dialect->comment.len > 0)
        return feed_lines(records, bytes, n);
    if (n > 0)
        records->at_line_start = is_end(bytes[n - 1]);
    return feed(records, bytes, n);
}

static bool between_records(const struct crunch_reference_records *records)
{
    return records->parser.pstate == ROW_NOT_BEGUN && records->at_line_start &&
           !records->in_comment && records->matched == 0;
}

static enum crunch_code fail_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (reference)");
}

/* After the last byte of the input. */
static enum crunch_code finish(struct crunch_reference_records *records, bool *unterminated,
                               struct crunch_error *error)
{
    if (!feed(records, records->dialect->comment.text, records->matched))
        return fail_memory(error);
    if (records->parser.pstate == FIELD_BEGUN && records->parser.quoted) {
        *unterminated = true;
        return crunch_fail(error, CRUNCH_BAD_DATA, "unterminated quote");
    }
    if (records->parser.pstate == FIELD_NOT_BEGUN)
        records->cell_place = here(records);
    if (csv_fini(&records->parser, on_cell, on_record, records) != 0)
        return fail_memory(error);
    return CRUNCH_OK;
}

static enum crunch_code read_all(struct crunch_reference_records *records, char *buffer,
                                 bool *unterminated, struct crunch_error *error)
{
    uint64_t offset = records->begin;
    while (!records->done) {
        if (offset >= records->end && between_records(records))
            return CRUNCH_OK;
        size_t want = PIECE_BYTES;
        if (offset < records->end && records->end - offset < want)
            want = (size_t)(records->end - offset);
        ssize_t n = crunch_source_read(records->source, buffer, want, offset, error);
        if (n < 0)
            return error->code;
        if (n == 0)
            return finish(records, unterminated, error);
        size_t used = 0;
        while (used < (size_t)n && !records->done) {
            bool past = offset >= records->end; /* byte by byte to the end of the record */
            size_t step = past ? 1 : (size_t)n;
            if (past && between_records(records))
                return CRUNCH_OK;
            if (!take(records, buffer + used, step))
                return fail_memory(error);
            used += step;
            offset += step;
        }
    }
    return CRUNCH_OK;
}

enum crunch_code crunch_reference_records_read(struct crunch_reference_records *records,
                                               bool *unterminated, struct crunch_error *error)
{
    const struct crunch_dialect *dialect = records->dialect;
    char *buffer = malloc(PIECE_BYTES);
    *unterminated = false;
    if (buffer == NULL || csv_init(&records->parser, 0) != 0) {
        free(buffer);
        return fail_memory(error);
    }
    csv_set_delim(&records->parser, dialect->delimiter);
    csv_set_quote(&records->parser, dialect->quoting            ? dialect->quote
                                    : dialect->delimiter == ' ' ? '\t'
                                                                : ' ');
    csv_set_blk_size(&records->parser, CELL_STEP);
    records->position = records->line_begin = records->begin;
    records->last = '\n';
    records->at_line_start = true;
    records->in_comment = false;
    records->matched = 0;
    records->done = false;
    enum crunch_code code = read_all(records, buffer, unterminated, error);
    csv_free(&records->parser);
    free(buffer);
    return code;
}

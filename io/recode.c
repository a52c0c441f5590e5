/*
 * Recoders: a converter (iconv) and a layout (blanks or widths), one behind the other, each with a
 * buffer of what it has not passed on. Both work byte by byte in a state machine, so that input may
 * be cut anywhere.
 */
#include "io/recode.h"

#include <errno.h>
#include <iconv.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES ((size_t)64 << 10)

/* Bytes that wait: [at, len) of data. */
struct waiting {
    char *data;
    size_t at, len, size;
};

enum blanks_state { LINE, CELL, GAP, QUOTED, QUOTE_IN_QUOTED };

struct crunch_recoder {
    const struct crunch_recoding *recoding;
    iconv_t converter; /* (iconv_t)-1: none */
    uint64_t consumed; /* bytes converted */
    bool raw_end, end; /* of the input; of what the converter gives */
    struct waiting raw, text, line, out;
    enum blanks_state state;
};

static bool has_converter(const struct crunch_recoder *r)
{
    return r->converter != (iconv_t)-1;
}

enum crunch_code crunch_recoding_check(const struct crunch_recoding *recoding,
                                       struct crunch_error *error)
{
    iconv_t converter;

    if (!recoding->encoding)
        return CRUNCH_OK;
    converter = iconv_open("UTF-8", recoding->encoding);
    if (converter == (iconv_t)-1) {
        crunch_fail(error, CRUNCH_USAGE, "no such encoding: \"%s\"", recoding->encoding);
        crunch_hint(error, "`iconv -l` lists them: utf-16, utf-32, latin1, cp1252, ...");
        return CRUNCH_USAGE;
    }
    iconv_close(converter);
    return CRUNCH_OK;
}

struct crunch_recoder *crunch_recoder_create(const struct crunch_recoding *recoding)
{
    struct crunch_recoder *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->recoding = recoding;
    r->converter = (iconv_t)-1;
    r->raw.data = malloc(PIECE_BYTES);
    r->text.data = malloc(PIECE_BYTES);
    if (recoding->encoding)
        r->converter = iconv_open("UTF-8", recoding->encoding);
    if (!r->raw.data || !r->text.data || (recoding->encoding && !has_converter(r))) {
        crunch_recoder_free(r);
        return NULL;
    }
    return r;
}

void crunch_recoder_free(struct crunch_recoder *r)
{
    if (!r)
        return;
    if (has_converter(r))
        iconv_close(r->converter);
    free(r->raw.data);
    free(r->text.data);
    free(r->line.data);
    free(r->out.data);
    free(r);
}

/* ---- characters ---- */

static ssize_t not_valid(struct crunch_recoder *r, const char *how, struct crunch_error *error)
{
    crunch_fail(error, CRUNCH_IO, "%s %s at byte %" PRIu64, how, r->recoding->encoding,
                r->consumed);
    crunch_hint(error, "--encoding says what the text is in");
    return -1;
}

/* Reads on behind what was not converted yet. False: an error. */
static bool fill_raw(struct crunch_recoder *r, const struct crunch_recoder_input *input,
                     struct crunch_error *error)
{
    size_t have = r->raw.len - r->raw.at;
    ssize_t n;

    memmove(r->raw.data, r->raw.data + r->raw.at, have);
    r->raw.at = 0;
    r->raw.len = have;
    n = input->read(input->context, r->raw.data + have, PIECE_BYTES - have, error);
    if (n < 0)
        return false;
    r->raw_end = n == 0;
    r->raw.len += (size_t)n;
    return true;
}

/* As crunch_recoder_read, but converts only. len is at least the longest character, 4 bytes. */
static ssize_t read_characters(struct crunch_recoder *r, const struct crunch_recoder_input *input,
                               char *buffer, size_t len, struct crunch_error *error)
{
    if (!has_converter(r))
        return input->read(input->context, buffer, len, error);
    for (;;) {
        char *from = r->raw.data + r->raw.at, *to = buffer;
        size_t left = r->raw.len - r->raw.at, room = len;
        size_t result = iconv(r->converter, &from, &left, &to, &room);
        int why = errno;

        r->consumed += (uint64_t)(from - r->raw.data) - r->raw.at;
        r->raw.at = r->raw.len - left;
        if (to > buffer)
            return to - buffer;
        if (result == (size_t)-1 && why == EILSEQ)
            return not_valid(r, "this is no", error);
        if (r->raw_end && left > 0)
            return not_valid(r, "the input ends inside a character of", error);
        if (r->raw_end)
            return 0;
        if (!fill_raw(r, input, error))
            return -1;
    }
}

/* Makes sure that text waits, or that end is set. False: an error. */
static bool fill_text(struct crunch_recoder *r, const struct crunch_recoder_input *input,
                      struct crunch_error *error)
{
    ssize_t n;

    if (r->text.at < r->text.len || r->end)
        return true;
    n = read_characters(r, input, r->text.data, PIECE_BYTES, error);
    r->text.at = 0;
    r->text.len = n > 0 ? (size_t)n : 0;
    r->end = n == 0;
    return n >= 0;
}

/* ---- blanks ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_end(char c)
{
    return c == '\n' || c == '\r';
}

/* One byte; writes up to two. Returns where the output ends. The states but GAP are those of the
 * record automaton, as far as blanks are concerned. */
static char *feed_blanks(struct crunch_recoder *r, char c, char *to)
{
    bool quote = r->recoding->quoting && c == (char)r->recoding->quote;

    switch (r->state) {
    case QUOTED:
        r->state = quote ? QUOTE_IN_QUOTED : QUOTED;
        break;
    case QUOTE_IN_QUOTED:
        if (is_blank(c)) {
            r->state = GAP;
            return to;
        }
        r->state = is_end(c) ? LINE : QUOTED;
        break;
    case CELL:
        if (is_blank(c)) {
            r->state = GAP;
            return to;
        }
        r->state = is_end(c) ? LINE : CELL;
        break;
    default: /* LINE, GAP */
        if (is_blank(c))
            return to;
        if (r->state == GAP && !is_end(c))
            *to++ = (char)r->recoding->delimiter;
        r->state = is_end(c) ? LINE : quote ? QUOTED : CELL;
    }
    *to++ = c;
    return to;
}

static ssize_t read_blanks(struct crunch_recoder *r, const struct crunch_recoder_input *input,
                           char *buffer, size_t len, struct crunch_error *error)
{
    char *to = buffer;

    while (to == buffer) {
        if (!fill_text(r, input, error))
            return -1;
        if (r->end)
            return 0;
        while (r->text.at < r->text.len && (size_t)(buffer + len - to) >= 2)
            to = feed_blanks(r, r->text.data[r->text.at++], to);
    }
    return to - buffer;
}

/* ---- widths ---- */

static bool append(struct waiting *w, const char *bytes, size_t n)
{
    if (w->len + n > w->size) {
        size_t size = (w->len + n) * 2 + 256;
        char *grown = realloc(w->data, size);

        if (!grown)
            return false;
        w->data = grown;
        w->size = size;
    }
    memcpy(w->data + w->len, bytes, n);
    w->len += n;
    return true;
}

/* A cell without its outer blanks; in quotes, doubled inside, where it holds what means something.
 */
static bool put_cell(struct crunch_recoder *r, const char *cell, size_t len)
{
    const struct crunch_recoding *recoding = r->recoding;
    const char quote = (char)recoding->quote;
    bool good = true, quoted;

    while (len > 0 && is_blank(cell[0])) {
        cell++;
        len--;
    }
    while (len > 0 && is_blank(cell[len - 1]))
        len--;
    quoted = recoding->quoting && len > 0 &&
             (memchr(cell, quote, len) || memchr(cell, recoding->delimiter, len));
    if (!quoted)
        return len == 0 || append(&r->out, cell, len);
    good = append(&r->out, &quote, 1);
    for (size_t i = 0; i < len && good; i++)
        good = (cell[i] != quote || append(&r->out, &quote, 1)) && append(&r->out, &cell[i], 1);
    return good && append(&r->out, &quote, 1);
}

/* Bytes of the first n characters of text, or all len when there are fewer. */
static size_t characters(const char *text, size_t len, uint32_t n)
{
    size_t at = 0;

    while (at < len && n > 0) {
        at++;
        while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80)
            at++;
        n--;
    }
    return at;
}

static bool is_blank_text(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_blank(text[i]))
            return false;
    return true;
}

/* Cuts the line that was gathered. An empty one, or one of blanks, stays no record. */
static bool cut_line(struct crunch_recoder *r)
{
    const char *line = r->line.data, delimiter = (char)r->recoding->delimiter;
    size_t len = r->line.len, at = 0;
    bool good = true;

    r->line.len = 0;
    if (is_blank_text(line, len))
        return true;
    for (size_t i = 0; i < r->recoding->n_widths && good; i++) {
        size_t n = characters(line + at, len - at, r->recoding->width[i]);

        good = (i == 0 || append(&r->out, &delimiter, 1)) && put_cell(r, line + at, n);
        at += n;
    }
    if (good && !is_blank_text(line + at, len - at))
        good = append(&r->out, &delimiter, 1) && put_cell(r, line + at, len - at);
    return good;
}

/* Takes text up to the end of a line, which is cut and passed on with it. False: no memory. */
static bool take_line(struct crunch_recoder *r)
{
    char *from = r->text.data + r->text.at;
    size_t have = r->text.len - r->text.at, n = 0;

    while (n < have && !is_end(from[n]))
        n++;
    if (!append(&r->line, from, n))
        return false;
    r->text.at += n;
    if (n == have)
        return true;
    r->text.at++;
    return cut_line(r) && append(&r->out, &from[n], 1);
}

static ssize_t read_widths(struct crunch_recoder *r, const struct crunch_recoder_input *input,
                           char *buffer, size_t len, struct crunch_error *error)
{
    size_t have;

    while (r->out.at == r->out.len) {
        bool good = true;

        r->out.at = r->out.len = 0;
        if (!fill_text(r, input, error))
            return -1;
        if (r->end && r->line.len == 0)
            return 0;
        good = r->end ? cut_line(r) : take_line(r);
        if (!good) {
            crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
            return -1;
        }
    }
    have = r->out.len - r->out.at < len ? r->out.len - r->out.at : len;
    memcpy(buffer, r->out.data + r->out.at, have);
    r->out.at += have;
    return (ssize_t)have;
}

/* ---- all ---- */

/* Passes on what waits in w, after filling it by read when nothing does: for callers who want fewer
 * bytes at a time than a character or a delimiter and its cell may have. */
static ssize_t read_little(struct crunch_recoder *r, const struct crunch_recoder_input *input,
                           char *buffer, size_t len, struct crunch_error *error,
                           ssize_t (*read)(struct crunch_recoder *,
                                           const struct crunch_recoder_input *, char *, size_t,
                                           struct crunch_error *))
{
    char few[8];
    size_t have;

    if (r->out.at == r->out.len) {
        ssize_t n = read(r, input, few, sizeof few, error);

        if (n <= 0)
            return n;
        r->out.at = r->out.len = 0;
        if (!append(&r->out, few, (size_t)n)) {
            crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
            return -1;
        }
    }
    have = r->out.len - r->out.at < len ? r->out.len - r->out.at : len;
    memcpy(buffer, r->out.data + r->out.at, have);
    r->out.at += have;
    return (ssize_t)have;
}

ssize_t crunch_recoder_read(struct crunch_recoder *r, const struct crunch_recoder_input *input,
                            void *buffer, size_t len, struct crunch_error *error)
{
    if (r->recoding->n_widths > 0)
        return read_widths(r, input, buffer, len, error);
    if (len < 8 || r->out.at < r->out.len)
        return read_little(r, input, buffer, len, error,
                           r->recoding->blanks ? read_blanks : read_characters);
    if (r->recoding->blanks)
        return read_blanks(r, input, buffer, len, error);
    return read_characters(r, input, buffer, len, error);
}

/*
 * The headers of .npy files, read and written. A header is the text of a Python dictionary with the
 * keys descr, fortran_order and shape, in any order.
 */
#include "io/binary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_BYTES 6
#define HEADER_MOST ((uint64_t)1 << 20) /* a longer one describes a structure, or is damaged */

struct reader {
    const char *at, *end;
    struct crunch_binary *out;
    bool order, shape, type; /* met */
    const char *wrong;       /* what it is that cannot be read, or NULL */
};

static void pass_blanks(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t'))
        r->at++;
}

static bool take(struct reader *r, const char *word)
{
    const size_t len = strlen(word);

    pass_blanks(r);
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
        return false;
    r->at += len;
    return true;
}

/* A quoted text without escapes. */
static bool take_text(struct reader *r, char *out, size_t size)
{
    const char *close;

    pass_blanks(r);
    if (r->at == r->end || (*r->at != '\'' && *r->at != '"'))
        return false;
    close = memchr(r->at + 1, *r->at, (size_t)(r->end - r->at - 1));
    if (!close || (size_t)(close - r->at) > size)
        return false;
    memcpy(out, r->at + 1, (size_t)(close - r->at - 1));
    out[close - r->at - 1] = '\0';
    r->at = close + 1;
    return true;
}

static bool take_number(struct reader *r, uint64_t *out)
{
    const char *begin;

    pass_blanks(r);
    *out = 0;
    for (begin = r->at; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
        if (__builtin_mul_overflow(*out, 10, out) ||
            __builtin_add_overflow(*out, (uint64_t)(*r->at - '0'), out))
            return false;
    if (r->at < r->end && *r->at == 'L') /* as Python 2 wrote it */
        r->at++;
    return r->at > begin;
}

static bool read_type(struct reader *r)
{
    struct crunch_number_type *type = &r->out->type;
    char text[32], *end;

    if (take(r, "[")) {
        r->wrong = "records of several fields";
        return false;
    }
    if (!take_text(r, text, sizeof text))
        return false;
    const char *kind = text + (strchr("<>|=", text[0]) && text[0] ? 1 : 0);
    const unsigned long bytes = *kind ? strtoul(kind + 1, &end, 10) : 0;
    *type = (struct crunch_number_type){*kind, (uint8_t)bytes, text[0] == '>' && bytes > 1};
    if (*kind == '\0' || end == kind + 1 || *end || !strchr("biuf", *kind) || bytes > 8 ||
        bytes == 0 || (bytes & (bytes - 1)) != 0 || (*kind == 'f' && bytes < 2) ||
        (*kind == 'b' && bytes > 1)) {
        r->wrong = *kind == 'c'                   ? "complex numbers"
                   : *kind == 'O'                 ? "Python objects"
                   : *kind == 'S' || *kind == 'U' ? "texts"
                   : *kind == 'M' || *kind == 'm' ? "times"
                                                  : "numbers of an unknown type";
        return false;
    }
    return r->type = true;
}

static bool read_shape(struct reader *r)
{
    uint64_t size[2] = {1, 1}, cells, bytes;
    size_t n = 0;

    if (!take(r, "("))
        return false;
    for (; !take(r, ")"); n++) {
        if (n == 2) {
            r->wrong = "an array of more than two dimensions";
            return false;
        }
        if (!take_number(r, &size[n]))
            return false;
        if (!take(r, ",")) {
            if (!take(r, ")"))
                return false;
            n++;
            break;
        }
    }
    r->out->rows = size[0];
    r->out->width = size[1];
    if (r->out->width == 0)
        r->out->rows = 0;
    if (__builtin_mul_overflow(size[0], size[1], &cells) ||
        __builtin_mul_overflow(cells, 16, &bytes) || bytes > INT64_MAX)
        r->wrong = "more numbers than there can be";
    return r->shape = !r->wrong;
}

static bool read_item(struct reader *r)
{
    char key[32];

    if (!take_text(r, key, sizeof key) || !take(r, ":"))
        return false;
    if (strcmp(key, "descr") == 0)
        return read_type(r);
    if (strcmp(key, "shape") == 0)
        return read_shape(r);
    if (strcmp(key, "fortran_order") != 0)
        return false;
    r->order = true;
    r->out->by_column = take(r, "True");
    return r->out->by_column || take(r, "False");
}

static bool read_dictionary(struct reader *r)
{
    if (!take(r, "{"))
        return false;
    while (!take(r, "}")) {
        if (!read_item(r))
            return false;
        if (!take(r, ",")) {
            if (!take(r, "}"))
                return false;
            break;
        }
    }
    if (r->out->rows <= 1 || r->out->width <= 1)
        r->out->by_column = false;
    return r->order && r->shape && r->type;
}

static enum crunch_code refuse(struct crunch_source *source, const char *what,
                               struct crunch_error *error)
{
    if (what) {
        crunch_fail(error, CRUNCH_BAD_DATA, "the .npy file holds %s", what);
        crunch_hint(error, "tables of integers, truth values or IEEE numbers can be read");
    } else
        crunch_fail(error, CRUNCH_BAD_DATA, "the header of the .npy file is damaged");
    if (error)
        error->file = crunch_source_name(source);
    return CRUNCH_BAD_DATA;
}

static enum crunch_code cut_short(struct crunch_source *source, struct crunch_error *error)
{
    crunch_fail(error, CRUNCH_IO, "the .npy file ends within its header");
    if (error)
        error->file = crunch_source_name(source);
    return CRUNCH_IO;
}

static enum crunch_code read_header(struct crunch_source *source, uint64_t from, uint64_t len,
                                    struct crunch_binary *out, struct crunch_error *error)
{
    char *text = malloc((size_t)len + 1);
    enum crunch_code code = CRUNCH_OK;
    ssize_t got;

    if (!text)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    got = crunch_source_read(source, text, (size_t)len, from, error);
    if (got < 0) {
        code = error->code;
    } else if ((uint64_t)got < len) {
        code = cut_short(source, error);
    } else {
        struct reader r = {.at = text, .end = text + len, .out = out};

        if (!read_dictionary(&r))
            code = refuse(source, r.wrong, error);
    }
    free(text);
    return code;
}

enum crunch_code crunch_npy_read(struct crunch_source *source, uint64_t base,
                                 struct crunch_binary *out, uint64_t *data, bool *found,
                                 struct crunch_error *error)
{
    unsigned char head[12];
    struct crunch_error own;
    uint64_t len, prefix;
    ssize_t got;

    if (!error)
        error = &own;
    *out = (struct crunch_binary){.type = {0, 0, false}};
    got = crunch_source_read(source, head, sizeof head, base, error);
    *found = got >= MAGIC_BYTES && memcmp(head, MAGIC, MAGIC_BYTES) == 0;
    if (got < 0)
        return error->code;
    if (!*found)
        return CRUNCH_OK;
    if (got < (got > 6 && head[6] == 1 ? 10 : 12))
        return cut_short(source, error);
    if (head[6] < 1 || head[6] > 3)
        return refuse(source, "an array in a format of a later version", error);
    prefix = head[6] == 1 ? 10 : 12;
    len = head[8] | (uint64_t)head[9] << 8;
    if (head[6] > 1)
        len |= (uint64_t)head[10] << 16 | (uint64_t)head[11] << 24;
    if (len > HEADER_MOST)
        return refuse(source, NULL, error);
    *data = prefix + len;
    return read_header(source, base + prefix, len, out, error);
}

size_t crunch_npy_header(const struct crunch_binary *binary, char *out)
{
    const char order = binary->type.bytes == 1 ? '|' : binary->type.big_endian ? '>' : '<';
    char shape[64];
    size_t len, total;

    if (binary->width == 1)
        snprintf(shape, sizeof shape, "(%" PRIu64 ",)", binary->rows);
    else
        snprintf(shape, sizeof shape, "(%" PRIu64 ", %" PRIu64 ")", binary->rows, binary->width);
    memset(out, ' ', CRUNCH_NPY_HEADER);
    memcpy(out, MAGIC "\x01\x00", 8);
    len = (size_t)snprintf(
        out + 10, CRUNCH_NPY_HEADER - 10, "{'descr': '%c%c%u', 'fortran_order': %s, 'shape': %s, }",
        order, binary->type.kind, binary->type.bytes, binary->by_column ? "True" : "False", shape);
    out[10 + len] = ' ';
    total = (10 + len + 1 + 63) / 64 * 64;
    out[total - 1] = '\n';
    out[8] = (char)(unsigned char)((total - 10) & 0xff);
    out[9] = (char)(unsigned char)((total - 10) >> 8);
    return total;
}

/*
 * Owns the punctuation and the escapes of JSON. Invariant: bit d of nonempty tells whether a comma
 * is due at depth d, so callers never write one. It leaves write errors to the stream.
 */
#include "cmd/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

void crunch_json_begin(struct crunch_json *json, FILE *out, bool indent)
{
    *json = (struct crunch_json){.out = out, .indent = indent};
}

unsigned crunch_utf8_length(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80)
        return 1;
    unsigned n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4 || len < n)
        return 0;
    for (unsigned i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    /* The second byte excludes overlong forms, surrogates and what is above U+10FFFF. */
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
        (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return n;
}

bool crunch_utf8_valid(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        unsigned n = crunch_utf8_length(text + i, len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

static void write_string(FILE *out, const char *text, size_t len)
{
    putc('"', out);
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)text[i];
        unsigned n = crunch_utf8_length(text + i, len - i);
        if (n == 0)
            fprintf(out, "\\\\x%02X", c);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c == '\n' || c == '\t' || c == '\r')
            fprintf(out, "\\%c", c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
        else if (c < 0x20 || c == 0x7F)
            fprintf(out, "\\u%04x", c);
        else
            fwrite(text + i, 1, n, out);
        i += n > 0 ? n : 1;
    }
    putc('"', out);
}

/* What stands before a value: comma, line and indentation, key. */
static void lead(struct crunch_json *json, const char *key)
{
    uint64_t bit = (uint64_t)1 << json->depth;
    if (json->nonempty & bit)
        putc(',', json->out);
    if (json->indent && json->depth > 0)
        fprintf(json->out, "\n%*s", (int)(2 * json->depth), "");
    json->nonempty |= bit;
    if (key) {
        write_string(json->out, key, strlen(key));
        fputs(json->indent ? ": " : ":", json->out);
    }
}

void crunch_json_open(struct crunch_json *json, const char *key, char bracket)
{
    lead(json, key);
    putc(bracket, json->out);
    json->depth++;
    json->nonempty &= ~((uint64_t)1 << json->depth);
}

void crunch_json_close(struct crunch_json *json, char bracket)
{
    bool nonempty = json->nonempty & ((uint64_t)1 << json->depth);
    json->depth--;
    if (json->indent && nonempty)
        fprintf(json->out, "\n%*s", (int)(2 * json->depth), "");
    putc(bracket, json->out);
}

void crunch_json_bytes(struct crunch_json *json, const char *key, const char *text, size_t len)
{
    lead(json, key);
    if (text)
        write_string(json->out, text, len);
    else
        fputs("null", json->out);
}

void crunch_json_text(struct crunch_json *json, const char *key, const char *text)
{
    crunch_json_bytes(json, key, text, text ? strlen(text) : 0);
}

void crunch_json_raw(struct crunch_json *json, const char *key, const char *raw, size_t len)
{
    lead(json, key);
    fwrite(raw, 1, len, json->out);
}

void crunch_json_count(struct crunch_json *json, const char *key, uint64_t value)
{
    lead(json, key);
    fprintf(json->out, "%" PRIu64, value);
}

void crunch_json_bool(struct crunch_json *json, const char *key, bool value)
{
    lead(json, key);
    fputs(value ? "true" : "false", json->out);
}

void crunch_json_real(struct crunch_json *json, const char *key, double value)
{
    lead(json, key);
    if (isfinite(value))
        fprintf(json->out, "%.9g", value);
    else
        fputs("null", json->out);
}

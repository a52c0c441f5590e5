/*
 * A JSON writer on a stdio stream (RFC 8259): commas, nesting and escapes; used by the results and
 * by
 * --report. It checks nothing about the order of calls beyond what its two bits per level give.
 */
#ifndef CRUNCH_CMD_JSON_H
#define CRUNCH_CMD_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What becomes of bytes that are not UTF-8: refused beforehand by whoever writes results, or
 * written as the four characters \xNN. */
enum crunch_json_bytes { CRUNCH_JSON_BYTES_ERROR, CRUNCH_JSON_BYTES_ESCAPE };

struct crunch_json {
    FILE *out;
    bool indent;       /* one member per line, two blanks per level */
    unsigned depth;    /* open objects and arrays: at most 60 */
    uint64_t nonempty; /* bit d: the open object or array at depth d has a member already */
};

void crunch_json_begin(struct crunch_json *json, FILE *out, bool indent);

/* key is NULL inside arrays and at the top. Keys are ASCII without specials, or escaped likewise.
 */
void crunch_json_open(struct crunch_json *json, const char *key, char bracket); /* '{' or '[' */
void crunch_json_close(struct crunch_json *json, char bracket);                 /* '}' or ']' */
/* text must outlive the call only; bytes that are not UTF-8 become \xNN. NULL gives null. */
void crunch_json_text(struct crunch_json *json, const char *key, const char *text);
void crunch_json_bytes(struct crunch_json *json, const char *key, const char *text, size_t len);
/* Something that is JSON already: a number's digits, true, null. */
void crunch_json_raw(struct crunch_json *json, const char *key, const char *raw, size_t len);
void crunch_json_count(struct crunch_json *json, const char *key, uint64_t value);
void crunch_json_bool(struct crunch_json *json, const char *key, bool value);
/* Seconds, ratios: nine digits; nan and inf give null. */
void crunch_json_real(struct crunch_json *json, const char *key, double value);

/* Length of the valid UTF-8 sequence at text (len > 0): 1..4, or 0 when there is none (RFC 3629:
 * no overlong forms, no surrogates, nothing above U+10FFFF). */
unsigned crunch_utf8_length(const char *text, size_t len);
/* True when all len bytes are UTF-8. */
bool crunch_utf8_valid(const char *text, size_t len);

#endif

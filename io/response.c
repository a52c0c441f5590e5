/*
 * Heads of responses. A field that cannot be understood counts as not there.
 */
#include "io/response.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#define MODIFIED_LONG_AGO_S 60

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Digits at *s into *out; false when there are none or too many. */
static bool read_number(const char **s, uint64_t *out)
{
    const char *from = *s;

    *out = 0;
    for (; **s >= '0' && **s <= '9'; ++*s) {
        if (*out > (UINT64_MAX - 9) / 10)
            return false;
        *out = *out * 10 + (uint64_t)(**s - '0');
    }
    return *s > from;
}

/* "bytes 0-99/1234", "bytes 0-99/\*" or "bytes *\/1234". */
static void read_range(struct crunch_response *r, const char *value)
{
    uint64_t begin = 0, last = 0, total = CRUNCH_RESPONSE_UNKNOWN;
    const char *s = value;

    if (strncasecmp(s, "bytes", 5) != 0)
        return;
    s += 5 + strspn(s + 5, " \t=");
    if (*s == '*') {
        s++;
        last = UINT64_MAX; /* + 1: [0, 0) */
    } else if (!read_number(&s, &begin) || *s++ != '-' || !read_number(&s, &last) || last < begin) {
        return;
    }
    if (*s++ != '/')
        return;
    if (*s == '*')
        s++;
    else if (!read_number(&s, &total))
        return;
    if (*s != '\0' || (total != CRUNCH_RESPONSE_UNKNOWN && last + 1 > total))
        return;
    r->has_range = true;
    r->begin = begin;
    r->end = last + 1;
    r->total = total;
}

static int64_t read_date(const char *value)
{
    struct tm tm = {0};
    const char *end = strptime(value, "%a, %d %b %Y %H:%M:%S GMT", &tm);

    return end && *end == '\0' ? (int64_t)timegm(&tm) : INT64_MIN;
}

static void copy_lower(char *out, size_t size, const char *value)
{
    size_t i = 0;

    for (; value[i] && i + 1 < size; i++)
        out[i] = value[i] >= 'A' && value[i] <= 'Z' ? (char)(value[i] + 32) : value[i];
    out[i] = '\0';
}

static bool is_named(const char *line, size_t len, const char *name)
{
    return strlen(name) == len && strncasecmp(line, name, len) == 0;
}

static void take_field(struct crunch_response *r, const char *name, size_t len, const char *value)
{
    const char *s = value;
    uint64_t number;

    if (is_named(name, len, "content-length") && read_number(&s, &number) && *s == '\0') {
        r->length = number;
    } else if (is_named(name, len, "transfer-encoding")) {
        size_t n = strlen(value);
        r->chunked = n >= 7 && strcasecmp(value + n - 7, "chunked") == 0;
    } else if (is_named(name, len, "accept-ranges")) {
        r->accepts_ranges = strcasecmp(value, "bytes") == 0;
    } else if (is_named(name, len, "content-range")) {
        read_range(r, value);
    } else if (is_named(name, len, "etag")) {
        if (strlen(value) < sizeof r->etag)
            strcpy(r->etag, value);
    } else if (is_named(name, len, "last-modified")) {
        r->modified = strlen(value) < sizeof r->modified_text ? read_date(value) : INT64_MIN;
        if (r->modified != INT64_MIN)
            strcpy(r->modified_text, value);
    } else if (is_named(name, len, "date")) {
        r->date = read_date(value);
    } else if (is_named(name, len, "retry-after") && read_number(&s, &number) && *s == '\0') {
        r->retry_after_s = number;
    } else if (is_named(name, len, "content-encoding")) {
        copy_lower(r->encoding, sizeof r->encoding,
                   strcasecmp(value, "identity") == 0 ? "" : value);
    }
}

/* "HTTP/1.1 200 OK" */
static void begin(struct crunch_response *r, const char *line)
{
    const char *s = line + strcspn(line, " ");
    uint64_t status;

    *r = (struct crunch_response){.length = CRUNCH_RESPONSE_UNKNOWN,
                                  .total = CRUNCH_RESPONSE_UNKNOWN,
                                  .modified = INT64_MIN,
                                  .date = INT64_MIN,
                                  .old = strncmp(line, "HTTP/1.", 7) == 0};
    s += strspn(s, " ");
    if (!read_number(&s, &status) || status > 999)
        return;
    r->status = (unsigned)status;
    s += strspn(s, " ");
    strncpy(r->reason, s, sizeof r->reason - 1);
}

void crunch_response_line(struct crunch_response *r, const char *line, size_t len)
{
    char text[512]; /* a longer line is of no field that is wanted here */
    size_t name;

    while (len > 0 && is_blank(line[len - 1]))
        len--;
    if (len == 0 || len >= sizeof text)
        return;
    memcpy(text, line, len);
    text[len] = '\0';
    if (strncmp(text, "HTTP/", 5) == 0) {
        begin(r, text);
        return;
    }
    name = strcspn(text, ":");
    if (text[name] == ':')
        take_field(r, text, name, text + name + 1 + strspn(text + name + 1, " \t"));
}

const char *crunch_response_validator(const struct crunch_response *r)
{
    if (r->etag[0] == '"')
        return r->etag;
    if (r->modified != INT64_MIN && r->date != INT64_MIN &&
        r->date - r->modified >= MODIFIED_LONG_AGO_S)
        return r->modified_text;
    return NULL;
}

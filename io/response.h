/*
 * The head of an HTTP response (RFC 9110, 9112), line by line: what fetching a part of an object
 * needs of it. Pure; no network.
 */
#ifndef CRUNCH_IO_RESPONSE_H
#define CRUNCH_IO_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRUNCH_RESPONSE_UNKNOWN UINT64_MAX

struct crunch_response {
    unsigned status;
    char reason[64];     /* of the status line */
    uint64_t length;     /* Content-Length, or UNKNOWN */
    bool chunked;        /* the body tells its end itself */
    bool old;            /* HTTP/1.x: without length and chunks, the body ends when the line does */
    bool accepts_ranges; /* Accept-Ranges: bytes */
    bool has_range;      /* Content-Range, of a 206 (or a 416, with the total only) */
    uint64_t begin, end; /* of it: bytes [begin, end) ... */
    uint64_t total;      /* ... of so many, or UNKNOWN */
    char etag[128];      /* as written; "" when there is none, or a longer one */
    int64_t modified;    /* Last-Modified, seconds of the epoch; INT64_MIN: none */
    char modified_text[40];
    int64_t date;
    uint64_t retry_after_s;
    char encoding[24]; /* Content-Encoding in small letters, "" for none or identity */
};

/* Takes a line of the head, with or without its line end. A status line begins anew. */
void crunch_response_line(struct crunch_response *response, const char *line, size_t len);

/* What identifies the bytes of the object, for If-Range (section 13.1.5): a strong ETag; else a
 * Last-Modified that is a minute older than the response, so that no two states of the object
 * share it; else NULL. */
const char *crunch_response_validator(const struct crunch_response *response);

#endif

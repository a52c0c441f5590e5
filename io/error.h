/*
 * One error, with its place.
 *
 * Everything outside cmd/ reports failure by returning an enum crunch_code and filling the struct
 * crunch_error that its caller owns; nothing prints and nothing exits. The struct is plain memory
 * without owned pointers (file points to a name that lives as long as the process), so a forked
 * worker can hand it over in shared memory.
 *
 * The codes are the exit statuses of the program. cmd/ turns the struct into one line:
 *     crunch: FILE:LINE:COLUMN: error: column "NAME" (INDEX): MESSAGE
 *       record R, byte B; HINT
 */
#ifndef CRUNCH_IO_ERROR_H
#define CRUNCH_IO_ERROR_H

#include <stdbool.h>
#include <stdint.h>

enum crunch_code {
    CRUNCH_OK = 0,
    CRUNCH_BAD_DATA = 1,     /* the input does not say what it should */
    CRUNCH_USAGE = 2,        /* unknown op, column or option */
    CRUNCH_IO = 3,           /* read or write failed; truncated or changed input */
    CRUNCH_NO_MEMORY = 4,    /* out of memory, of processes, or over --mem-limit */
    CRUNCH_WORKER_LOST = 5,  /* a worker died too often on one chunk, or timed out */
    CRUNCH_MISMATCH = 6,     /* --verify found a difference */
    CRUNCH_PARTIAL = 7,      /* a partial or checkpoint does not fit */
    CRUNCH_INTERRUPTED = 128 /* a signal asked to stop; cmd/ adds its number */
};

struct crunch_error {
    enum crunch_code code;
    int system_errno;     /* 0, or the errno that caused it; its text is part of message */
    const char *file;     /* name of the input or output, or NULL; not owned */
    bool has_position;    /* the next four say something */
    uint64_t offset;      /* bytes from the start of the (decoded) input, from 0 */
    uint64_t line;        /* physical line, from 1 */
    uint64_t byte_column; /* byte within that line, from 1 */
    uint64_t record;      /* data record, from 1; 0: before the first data record. Without a
                             position: 0, or the record is all that is known */
    unsigned column;      /* 1-based column of the table, 0: none */
    char column_name[80]; /* its header name, shortened; "" when it has none */
    char message[400];    /* one sentence without capital and full stop: what is wrong */
    char hint[320];       /* what to do about it, or "" */
};

/* Clears *error and fills code and message (printf-like). Returns code, so that callers can write
 * `return crunch_fail(error, CRUNCH_IO, "...")`. error may be NULL. Thread-safe per object. */
enum crunch_code crunch_fail(struct crunch_error *error, enum crunch_code code, const char *format,
                             ...) __attribute__((format(printf, 3, 4)));

/* The same, with ": " and the text of error_number appended and system_errno set. */
enum crunch_code crunch_fail_errno(struct crunch_error *error, enum crunch_code code,
                                   int error_number, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Sets the hint (printf-like), leaving the rest as it is. */
void crunch_hint(struct crunch_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Copies len bytes of input text into out (capacity size, always terminated), with bytes that are
 * not printable ASCII or valid UTF-8 written as \xNN and an ellipsis where it had to be cut. For
 * showing cells and names in messages. */
void crunch_quote_text(char *out, unsigned long size, const char *text, unsigned long len);

#endif

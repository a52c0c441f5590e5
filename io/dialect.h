/*
 * How the bytes of the input are to be read: the user's choices, constant for the whole run.
 * Both the fast path and the reference take it as their input (see SEMANTICS in the manual).
 */
#ifndef CRUNCH_IO_DIALECT_H
#define CRUNCH_IO_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum crunch_header { CRUNCH_HEADER_AUTO, CRUNCH_HEADER_YES, CRUNCH_HEADER_NO };
enum crunch_on_error { CRUNCH_ON_ERROR_FAIL, CRUNCH_ON_ERROR_SKIP, CRUNCH_ON_ERROR_NULL };
enum crunch_nan { CRUNCH_NAN_PROPAGATE, CRUNCH_NAN_SKIP, CRUNCH_NAN_BAD };
enum crunch_arith { CRUNCH_ARITH_DECIMAL, CRUNCH_ARITH_BINARY };

/* How a number lies in a binary file. */
struct crunch_number_type {
    char kind; /* 'i' signed, 'u' unsigned, 'f' IEEE 754, 'b' truth value; 0: none, it is text */
    uint8_t bytes; /* 1, 2, 4, 8 */
    bool big_endian;
};

struct crunch_token {
    const char *text; /* not owned */
    size_t len;
};

struct crunch_dialect {
    unsigned char delimiter;     /* default ',' ; never CR, LF, NUL */
    bool quoting;                /* false: --quote none, quotes are content */
    unsigned char quote;         /* default '"' */
    struct crunch_token comment; /* lines starting with it are skipped; len 0: none */
    unsigned char decimal;       /* default '.' */
    unsigned char thousands;     /* 0: none; only between digits, in threes */
    const struct crunch_token
        *nulls; /* cells (after trimming) that mean "missing", besides empty */
    size_t n_nulls;
    uint64_t skip_lines; /* physical lines before anything else */
    enum crunch_header header;
    bool ragged;         /* any width: missing fields are missing, extra ones ignored */
    uint64_t max_record; /* bytes a used cell may have; default 4 MiB */
    enum crunch_on_error on_error;
    enum crunch_nan nan;
    enum crunch_arith arith;
    struct crunch_number_type type; /* the input is bare numbers of it; kind 0: its first bytes say
                                       whether it is text or a .npy file */
    uint64_t columns;               /* ... so many to a record */
};

/* The defaults of every field, as SEMANTICS gives them. */
struct crunch_dialect crunch_dialect_default(void);

#endif

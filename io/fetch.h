/*
 * Fetching: what the user allows it to cost, and the decisions that need no network: how large the
 * pieces are in which an object is asked for, and how long to wait before asking again. Pure
 * functions.
 */
#ifndef CRUNCH_IO_FETCH_H
#define CRUNCH_IO_FETCH_H

#include <stddef.h>
#include <stdint.h>

#define CRUNCH_FETCH_FIRST ((uint64_t)256 << 10) /* bytes of the first piece, and ... */
#define CRUNCH_FETCH_MOST ((uint64_t)4 << 20)    /* ... of the largest */
#define CRUNCH_FETCH_JOBS 6                      /* as many as a browser opens to one host */
#define CRUNCH_FETCH_RETRIES 5
#define CRUNCH_FETCH_TIMEOUT_S 30
#define CRUNCH_FETCH_JOBS_MOST 256

/* A URL that is not shown as it is. It is looked up by the address of shown, not by its text, since
 * several may be shown alike. */
struct crunch_address {
    const struct crunch_address *next;
    const char *shown; /* stands for the URL wherever a path does */
    const char *url;
};

struct crunch_fetching {
    unsigned jobs;       /* requests at once, 1 to CRUNCH_FETCH_JOBS_MOST; 0: the default */
    unsigned retries;    /* one after another that bring nothing */
    double timeout_s;    /* for connecting, and without a byte; 0: none */
    const char *ca_file; /* certificates to trust instead of the system's; NULL: those */
    const struct crunch_address *addresses; /* NULL: none */
};

/* How an object comes, by what the server offers. */
enum crunch_fetch_way {
    CRUNCH_FETCH_UNKNOWN, /* nothing has been heard of it; or no URL */
    CRUNCH_FETCH_PIECES,  /* several at once */
    CRUNCH_FETCH_LINE,    /* over one connection, gone on with where it breaks */
    CRUNCH_FETCH_ONCE     /* over one connection, which must not break */
};

struct crunch_fetching crunch_fetching_default(void);

/* The URL that path stands for: path itself unless it is an address that is shown. */
const char *crunch_fetching_url(const struct crunch_fetching *fetching, const char *path);

/* Bytes to ask for from offset on of an object, at most: little at first, since often only the
 * beginning is wanted or there, then as much as from the beginning up to there, but no more than
 * half of share (the size divided by the requests at once), so that all of them have something to
 * do. Between CRUNCH_FETCH_FIRST and CRUNCH_FETCH_MOST. */
uint64_t crunch_fetch_piece(uint64_t offset, uint64_t share);

/* How long to wait after the failures-th (from 1) failure in a row: exponential back-off with full
 * jitter (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015): anything from
 * 0 to 250 ms * 2^(failures - 1), at most 30 s, as random (uniform) has it; but not less than the
 * server wants, to 60 s. In ms. */
uint64_t crunch_fetch_backoff_ms(unsigned failures, uint64_t random, uint64_t wanted_s);

#endif

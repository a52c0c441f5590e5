/*
 * What io/remote.c (which pieces there are, and handing them out), io/remote_request.c (one request
 * of one piece, by libcurl) and io/remote_judge.c (what a response means) share.
 */
#ifndef CRUNCH_IO_REMOTE_PIECES_H
#define CRUNCH_IO_REMOTE_PIECES_H

#include "io/curl_calls.h"
#include "io/remote.h"
#include "io/response.h"

#include <stdbool.h>

enum crunch_piece_state {
    CRUNCH_PIECE_WANTED,   /* to be asked for now, ... */
    CRUNCH_PIECE_LATER,    /* ... or at again_ms */
    CRUNCH_PIECE_ASKED,    /* a request is under way */
    CRUNCH_PIECE_COMPLETE, /* all of it has arrived */
    CRUNCH_PIECE_FAILED    /* error says why */
};

/* What becomes of the body that follows a response's head. */
enum crunch_verdict {
    CRUNCH_VERDICT_NONE, /* no head yet */
    CRUNCH_VERDICT_TAKE,
    CRUNCH_VERDICT_REDIRECT,
    CRUNCH_VERDICT_AGAIN, /* a failure that passes */
    CRUNCH_VERDICT_PLAIN, /* to be asked for anew, without a range */
    CRUNCH_VERDICT_REFUSE /* piece->error is set */
};

/* Bytes [begin, end) of an object. Those in [taken, at) are in the ring, byte o at o % room. */
struct crunch_piece {
    struct crunch_piece *next; /* of the same remote, ascending */
    struct crunch_remote *remote;
    enum crunch_piece_state state;
    uint64_t begin, end; /* end UINT64_MAX: where the object ends, which is not known */
    uint64_t at, taken;
    unsigned char *ring;
    size_t room;
    unsigned failures; /* in a row, without a byte between them */
    uint64_t again_ms;
    char *url; /* where a redirect leads; NULL: the remote's */
    unsigned hops;
    struct crunch_error error;
    /* The request. */
    CURL *easy;
    struct curl_slist *fields;
    bool paused;
    uint64_t asked_from;
    struct crunch_response response;
    enum crunch_verdict verdict;
    size_t discarded;
    char curl_says[CURL_ERROR_SIZE];
};

struct crunch_remote {
    struct crunch_remote *next; /* in the order of opening */
    struct crunch_fetcher *fetcher;
    char *origin; /* without user name and password */
    char *user, *password;
    char *url;             /* where redirects led to, or NULL: origin */
    bool plain;            /* ask for all at once */
    bool known;            /* a response has said what follows */
    bool ranged;           /* pieces may be asked for */
    bool resumable;        /* what broke can go on */
    _Atomic uint64_t size; /* UINT64_MAX: not known. Others may look at it */
    char *validator;       /* NULL: none */
    struct crunch_piece *pieces;
    uint64_t asked; /* where the next piece begins */
    uint64_t place; /* of the next byte to hand out */
    bool spent;     /* bytes were handed out before a restart */
};

struct crunch_fetcher {
    struct crunch_fetching fetching;
    struct crunch_curl curl;
    CURLM *multi;
    struct crunch_remote *remotes;
    unsigned n_pieces;
    uint64_t unserved; /* bytes taken since the transfers were driven */
};

uint64_t crunch_fetcher_now_ms(void);

/* What becomes of the body, now that piece->response is complete; REFUSE sets piece->error. */
enum crunch_verdict crunch_piece_judge(struct crunch_piece *piece);

/* Begins to ask for what is missing of the piece: WANTED becomes ASKED or FAILED. */
void crunch_request_start(struct crunch_piece *piece);

/* The request of an ASKED piece has ended. */
void crunch_request_ended(struct crunch_piece *piece, CURLcode result);

/* Forgets a request that is under way. */
void crunch_request_drop(struct crunch_piece *piece);

#endif

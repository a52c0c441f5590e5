/*
 * One request of one piece. The head of the response decides, before a byte of the body is taken,
 * what becomes of it (io/remote_judge.c); a body that is not wanted is read to its end if it is
 * short, to keep the connection. What was decided is acted on when the request has ended.
 */
#ifdef CRUNCH_WITH_CURL

#include "io/remote_pieces.h"
#include "io/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define DISCARD_MOST ((size_t)64 << 10)
#define REDIRECTS_MOST 10

/* ---- called by libcurl ---- */

static size_t on_head(char *line, size_t size, size_t n, void *context)
{
    struct crunch_piece *piece = context;
    size_t len = size * n;

    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
        piece->verdict = CRUNCH_VERDICT_NONE;
    crunch_response_line(&piece->response, line, len);
    if (len > 0 && (line[0] == '\r' || line[0] == '\n') && piece->response.status >= 200 &&
        piece->verdict == CRUNCH_VERDICT_NONE)
        piece->verdict = crunch_piece_judge(piece);
    return len;
}

static void put(struct crunch_piece *piece, const char *bytes, size_t len)
{
    size_t at = (size_t)(piece->at % piece->room);
    size_t first = piece->room - at < len ? piece->room - at : len;

    memcpy(piece->ring + at, bytes, first);
    memcpy(piece->ring, bytes + first, len - first);
    piece->at += len;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *context)
{
    struct crunch_piece *piece = context;
    size_t len = size * n;

    if (piece->verdict != CRUNCH_VERDICT_TAKE) {
        piece->discarded += len;
        return piece->discarded > DISCARD_MOST ? 0 : len;
    }
    if (len > piece->end - piece->at) {
        crunch_fail(&piece->error, CRUNCH_IO, "the server sends more than it said, at byte %llu",
                    (unsigned long long)piece->end);
        piece->verdict = CRUNCH_VERDICT_REFUSE;
        return 0;
    }
    if (len > piece->room - (size_t)(piece->at - piece->taken)) {
        piece->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    put(piece, bytes, len);
    return len;
}

/* Forked processes have the socket, too: closing one's own would not end the connection. */
static int on_close(void *context, curl_socket_t socket)
{
    (void)context;
    shutdown(socket, SHUT_RDWR);
    return close(socket);
}

/* ---- asking ---- */

static void fail(struct crunch_piece *piece)
{
    piece->state = CRUNCH_PIECE_FAILED;
}

/* "bytes" of the Range field, or "" for none. */
static void write_range(const struct crunch_piece *piece, char *out, size_t size)
{
    const struct crunch_remote *remote = piece->remote;

    out[0] = '\0';
    if (piece->at == 0 && (remote->plain || (remote->known && !remote->ranged)))
        return;
    if (piece->end == UINT64_MAX)
        snprintf(out, size, "%llu-", (unsigned long long)piece->at);
    else
        snprintf(out, size, "%llu-%llu", (unsigned long long)piece->at,
                 (unsigned long long)piece->end - 1);
}

/* Two refusals to be sure of: anything but http and https, here and behind a redirect. */
static void set_protocols(const struct crunch_curl *curl, CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl->easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static bool set_fields(struct crunch_piece *piece, const char *range)
{
    const struct crunch_remote *remote = piece->remote;
    const struct crunch_curl *curl = &remote->fetcher->curl;
    char *field = NULL;

    if (!*range || !remote->known || !remote->validator)
        return true;
    if (asprintf(&field, "If-Range: %s", remote->validator) < 0)
        return false;
    piece->fields = curl->slist_append(NULL, field);
    free(field);
    return piece->fields && !curl->easy_setopt(piece->easy, CURLOPT_HTTPHEADER, piece->fields);
}

static bool set_up(struct crunch_piece *piece)
{
    const struct crunch_remote *remote = piece->remote;
    const struct crunch_fetching *fetching = &remote->fetcher->fetching;
    const struct crunch_curl *curl = &remote->fetcher->curl;
    const char *url = piece->url ? piece->url : remote->url ? remote->url : remote->origin;
    long timeout_ms = (long)(fetching->timeout_s * 1000);
    CURL *easy = piece->easy;
    char range[64];

    write_range(piece, range, sizeof range);
    set_protocols(curl, easy);
    curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl->easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl->easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
    curl->easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L << 10);
    curl->easy_setopt(easy, CURLOPT_PRIVATE, piece);
    curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, piece->curl_says);
    curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    curl->easy_setopt(easy, CURLOPT_HEADERDATA, piece);
    curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl->easy_setopt(easy, CURLOPT_WRITEDATA, piece);
    curl->easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    if (timeout_ms > 0) {
        curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
        curl->easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl->easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, timeout_ms / 1000 + 1);
    }
    if (*range)
        curl->easy_setopt(easy, CURLOPT_RANGE, range);
    if (fetching->ca_file)
        curl->easy_setopt(easy, CURLOPT_CAINFO, fetching->ca_file);
    if (remote->user && crunch_url_same_origin(url, remote->origin)) {
        curl->easy_setopt(easy, CURLOPT_USERNAME, remote->user);
        curl->easy_setopt(easy, CURLOPT_PASSWORD, remote->password ? remote->password : "");
    }
    return set_fields(piece, range) &&
           !curl->easy_setopt(easy, CURLOPT_USERAGENT, "crunch/" CRUNCH_VERSION) &&
           !curl->easy_setopt(easy, CURLOPT_URL, url);
}

void crunch_request_drop(struct crunch_piece *piece)
{
    const struct crunch_curl *curl = &piece->remote->fetcher->curl;

    if (piece->easy) {
        curl->multi_remove_handle(piece->remote->fetcher->multi, piece->easy);
        curl->easy_cleanup(piece->easy);
    }
    curl->slist_free_all(piece->fields);
    piece->easy = NULL;
    piece->fields = NULL;
    piece->paused = false;
}

void crunch_request_start(struct crunch_piece *piece)
{
    const struct crunch_curl *curl = &piece->remote->fetcher->curl;

    piece->easy = curl->easy_init();
    piece->response.status = 0;
    piece->verdict = CRUNCH_VERDICT_NONE;
    piece->discarded = 0;
    piece->curl_says[0] = '\0';
    piece->asked_from = piece->at;
    piece->state = CRUNCH_PIECE_ASKED;
    if (piece->easy && set_up(piece) &&
        curl->multi_add_handle(piece->remote->fetcher->multi, piece->easy) == CURLM_OK)
        return;
    crunch_request_drop(piece);
    crunch_fail(&piece->error, CRUNCH_NO_MEMORY, "out of memory");
    fail(piece);
}

/* ---- when it has ended ---- */

static void follow(struct crunch_piece *piece, const char *to)
{
    const char *from = piece->url           ? piece->url
                       : piece->remote->url ? piece->remote->url
                                            : piece->remote->origin;
    const char *why = NULL;
    char *copy;

    if (!to)
        why = "the server redirects, and does not say where to";
    else if (!crunch_url_is(to))
        why = "the server redirects to what is not of http or https";
    else if (crunch_url_is_https(from) && !crunch_url_is_https(to))
        why = "the server redirects from https to http, which is not followed";
    else if (piece->hops == REDIRECTS_MOST)
        why = "the server redirects more than ten times";
    if (why) {
        crunch_fail(&piece->error, CRUNCH_IO, "cannot be fetched: %s", why);
        fail(piece);
        return;
    }
    copy = strdup(to);
    if (!copy) {
        crunch_fail(&piece->error, CRUNCH_NO_MEMORY, "out of memory");
        fail(piece);
        return;
    }
    free(piece->url);
    piece->url = copy;
    piece->hops++;
    piece->state = CRUNCH_PIECE_WANTED;
}

static void say_size(uint64_t size, char out[32])
{
    if (size == UINT64_MAX)
        snprintf(out, 32, "an unknown number");
    else
        snprintf(out, 32, "%llu", (unsigned long long)size);
}
/* What libcurl or the server said, as the end of a sentence. */
static void describe(const struct crunch_piece *piece, CURLcode result, char *out, size_t size)
{
    const struct crunch_curl *curl = &piece->remote->fetcher->curl;
    const char *text = piece->curl_says[0] ? piece->curl_says : curl->easy_strerror(result);

    if (piece->verdict == CRUNCH_VERDICT_AGAIN)
        snprintf(out, size, "HTTP status %u", piece->response.status);
    else
        crunch_quote_text(out, size, text, strlen(text));
}

/* Nobody there, and never was: it is not worth waiting for. */
static bool is_final(const struct crunch_piece *piece, CURLcode result)
{
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
        return !piece->remote->known;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_WRITE_ERROR:
    case CURLE_AGAIN:
        return false;
    default:
        return true;
    }
}

/* Whether what has arrived of the piece can be gone on with; else it is thrown away, unless some
 * was handed out. */
static bool can_go_on(struct crunch_piece *piece)
{
    struct crunch_remote *remote = piece->remote;

    if (piece->at == piece->begin || remote->resumable)
        return true;
    if (piece->taken > piece->begin)
        return false;
    piece->at = piece->begin;
    if (!remote->spent) {
        remote->known = remote->ranged = false;
        piece->end = remote->plain ? UINT64_MAX : CRUNCH_FETCH_FIRST;
        free(piece->ring);
        piece->ring = NULL;
    }
    return true;
}

static void try_again(struct crunch_piece *piece, CURLcode result)
{
    const struct crunch_fetching *fetching = &piece->remote->fetcher->fetching;
    unsigned long long at = piece->at;
    uint64_t random = 0;
    char size[32], why[300];

    describe(piece, result, why, sizeof why);
    say_size(piece->remote->size, size);
    if (piece->at > piece->asked_from)
        piece->failures = 0;
    piece->failures++;
    if (piece->verdict != CRUNCH_VERDICT_AGAIN && is_final(piece, result)) {
        crunch_fail(&piece->error, CRUNCH_IO, "cannot be fetched: %s", why);
        if (result == CURLE_PEER_FAILED_VERIFICATION)
            crunch_hint(&piece->error, "CURL_CA_BUNDLE=FILE names certificates to trust instead "
                                       "of the system's");
        fail(piece);
    } else if (!can_go_on(piece)) {
        crunch_fail(&piece->error, CRUNCH_IO,
                    "the connection broke at byte %llu of %s, and the server gives no means to go "
                    "on from there: %s",
                    at, size, why);
        crunch_hint(&piece->error, "a server with ranges and a strong ETag would");
        fail(piece);
    } else if (piece->failures > fetching->retries) {
        if (at == 0)
            crunch_fail(&piece->error, CRUNCH_IO, "cannot be fetched: %s", why);
        else
            crunch_fail(&piece->error, CRUNCH_IO, "cannot be fetched from byte %llu of %s on: %s",
                        at, size, why);
        crunch_hint(&piece->error,
                    "tried %u times; --fetch-retries allows more, --fetch-timeout "
                    "more patience",
                    piece->failures);
        fail(piece);
    } else {
        if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
            random = crunch_fetcher_now_ms();
        piece->again_ms =
            crunch_fetcher_now_ms() + crunch_fetch_backoff_ms(piece->failures, random,
                                                              piece->verdict == CRUNCH_VERDICT_AGAIN
                                                                  ? piece->response.retry_after_s
                                                                  : 0);
        piece->state = CRUNCH_PIECE_LATER;
    }
}

static void body_ended(struct crunch_piece *piece, CURLcode result)
{
    if (piece->at == piece->end) {
        piece->state = CRUNCH_PIECE_COMPLETE;
    } else if (result != CURLE_OK) {
        try_again(piece, result);
    } else if (piece->end == UINT64_MAX) {
        piece->remote->size = piece->end = piece->remote->asked = piece->at;
        piece->state = CRUNCH_PIECE_COMPLETE;
    } else if (piece->at > piece->asked_from) {
        piece->failures = 0;
        piece->state = CRUNCH_PIECE_WANTED; /* a server may send less than was asked for */
    } else {
        try_again(piece, CURLE_GOT_NOTHING);
    }
}

void crunch_request_ended(struct crunch_piece *piece, CURLcode result)
{
    char *to = NULL;

    if (piece->verdict == CRUNCH_VERDICT_REDIRECT)
        piece->remote->fetcher->curl.easy_getinfo(piece->easy, CURLINFO_REDIRECT_URL, &to);
    switch (piece->verdict) {
    case CRUNCH_VERDICT_NONE:
    case CRUNCH_VERDICT_AGAIN:
        try_again(piece, result);
        break;
    case CRUNCH_VERDICT_TAKE:
        body_ended(piece, result);
        break;
    case CRUNCH_VERDICT_REDIRECT:
        follow(piece, to);
        break;
    case CRUNCH_VERDICT_REFUSE:
        fail(piece);
        break;
    case CRUNCH_VERDICT_PLAIN:
        piece->remote->plain = true;
        piece->end = UINT64_MAX;
        piece->state = CRUNCH_PIECE_WANTED;
        break;
    }
    if (piece->state == CRUNCH_PIECE_LATER) { /* from the beginning, where a redirect may differ */
        free(piece->url);
        piece->url = NULL;
        piece->hops = 0;
    }
    crunch_request_drop(piece);
}

#endif

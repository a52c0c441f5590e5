/*
 * Fetchers and remotes: which pieces there are, when each is asked for, and handing them out in
 * order. How one is asked for is in io/remote_request.c.
 *
 * A remote has a list of pieces, ascending and without gaps, the first of which is being handed
 * out. A piece counts against `jobs` until its last byte is taken. A remote without one is always
 * let have its next before any other gets a further one, so the one that is waited for goes on
 * whatever the others hold, as long as there are no more remotes than jobs.
 */
#include "io/remote.h"

#include "io/url.h"

#ifdef CRUNCH_WITH_CURL

#include "io/remote_pieces.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERVE_BYTES ((uint64_t)256 << 10) /* taken before the other transfers get a turn */
#define POLL_MOST_MS 1000

uint64_t crunch_fetcher_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- SIGPIPE, which TLS libraries may raise, is not for this process ---- */

static void hold_sigpipe(sigset_t *before)
{
    sigset_t pipe;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, before);
}

static void let_sigpipe(const sigset_t *before)
{
    const struct timespec at_once = {0, 0};
    sigset_t pipe;

    if (sigismember(before, SIGPIPE))
        return;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigtimedwait(&pipe, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* ---- making and freeing ---- */

static enum crunch_code load(struct crunch_curl *curl, struct crunch_error *error)
{
    enum crunch_code code = crunch_curl_load(curl, error);

    if (!code && curl->global_init(CURL_GLOBAL_DEFAULT))
        code = crunch_fail(error, CRUNCH_NO_MEMORY, "libcurl cannot begin");
    return code;
}

enum crunch_code crunch_remote_ready(struct crunch_error *error)
{
    struct crunch_curl curl;

    return load(&curl, error);
}

enum crunch_code crunch_fetcher_create(const struct crunch_fetching *fetching,
                                       struct crunch_fetcher **out, struct crunch_error *error)
{
    struct crunch_fetcher *fetcher = calloc(1, sizeof *fetcher);
    enum crunch_code code = fetcher ? load(&fetcher->curl, error) : CRUNCH_OK;

    *out = NULL;
    if (fetcher && !code)
        fetcher->multi = fetcher->curl.multi_init();
    if (code || !fetcher || !fetcher->multi) {
        free(fetcher);
        return code ? code : crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    fetcher->fetching = *fetching;
    if (fetcher->fetching.jobs == 0)
        fetcher->fetching.jobs = CRUNCH_FETCH_JOBS;
    fetcher->curl.multi_setopt(fetcher->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                               (long)fetcher->fetching.jobs);
    fetcher->curl.multi_setopt(fetcher->multi, CURLMOPT_MAXCONNECTS, (long)fetcher->fetching.jobs);
    *out = fetcher;
    return CRUNCH_OK;
}

void crunch_fetcher_free(struct crunch_fetcher *fetcher)
{
    sigset_t before;

    if (!fetcher)
        return;
    hold_sigpipe(&before);
    fetcher->curl.multi_cleanup(fetcher->multi);
    let_sigpipe(&before);
    free(fetcher);
}

static enum crunch_code split(struct crunch_remote *remote, const char *url,
                              struct crunch_error *error)
{
    const struct crunch_curl *curl = &remote->fetcher->curl;
    char *user = NULL, *password = NULL, *plain = NULL;
    CURLU *parts = curl->url();
    CURLUcode bad = parts ? curl->url_set(parts, CURLUPART_URL, url, 0) : CURLUE_OUT_OF_MEMORY;

    if (!bad && curl->url_get(parts, CURLUPART_USER, &user, CURLU_URLDECODE) == CURLUE_OK) {
        curl->url_get(parts, CURLUPART_PASSWORD, &password, CURLU_URLDECODE);
        curl->url_set(parts, CURLUPART_USER, NULL, 0);
        curl->url_set(parts, CURLUPART_PASSWORD, NULL, 0);
    }
    if (!bad)
        bad = curl->url_get(parts, CURLUPART_URL, &plain, 0);
    if (!bad) {
        remote->origin = strdup(plain);
        remote->user = user ? strdup(user) : NULL;
        remote->password = password ? strdup(password) : NULL;
        if (!remote->origin || (user && !remote->user) || (password && !remote->password))
            bad = CURLUE_OUT_OF_MEMORY;
    }
    curl->free(user);
    curl->free(password);
    curl->free(plain);
    curl->url_cleanup(parts);
    if (bad == CURLUE_OUT_OF_MEMORY)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    if (!bad)
        return CRUNCH_OK;
    crunch_fail(error, CRUNCH_IO, "this is no URL that can be fetched");
    if (url[strcspn(url, " \"<>\\^`{|}")])
        crunch_hint(error, "a character like a blank is written as %%20");
    return CRUNCH_IO;
}

enum crunch_code crunch_remote_open(struct crunch_fetcher *fetcher, const char *url,
                                    struct crunch_remote **out, struct crunch_error *error)
{
    struct crunch_remote *remote = calloc(1, sizeof *remote), **last = &fetcher->remotes;
    enum crunch_code code;

    *out = NULL;
    if (!remote)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    remote->fetcher = fetcher;
    remote->size = UINT64_MAX;
    remote->plain = fetcher->fetching.jobs == 1;
    while (*last)
        last = &(*last)->next;
    *last = remote;
    code = split(remote, url, error);
    if (code)
        crunch_remote_close(remote);
    else
        *out = remote;
    return code;
}

static void drop_first(struct crunch_remote *remote)
{
    struct crunch_piece *piece = remote->pieces;

    remote->pieces = piece->next;
    remote->fetcher->n_pieces--;
    crunch_request_drop(piece);
    free(piece->url);
    free(piece->ring);
    free(piece);
}

void crunch_remote_close(struct crunch_remote *remote)
{
    struct crunch_remote **link;
    sigset_t before;

    if (!remote)
        return;
    hold_sigpipe(&before);
    while (remote->pieces)
        drop_first(remote);
    let_sigpipe(&before);
    for (link = &remote->fetcher->remotes; *link != remote;)
        link = &(*link)->next;
    *link = remote->next;
    free(remote->origin);
    free(remote->user);
    free(remote->password);
    free(remote->url);
    free(remote->validator);
    free(remote);
}

void crunch_remote_restart(struct crunch_remote *remote)
{
    sigset_t before;

    hold_sigpipe(&before);
    while (remote->pieces)
        drop_first(remote);
    let_sigpipe(&before);
    remote->spent = remote->spent || remote->place > 0;
    if (!remote->spent)
        remote->known = remote->ranged = false;
    remote->asked = remote->place = 0;
}

uint64_t crunch_remote_place(const struct crunch_remote *remote)
{
    return remote->place;
}

uint64_t crunch_remote_size(const struct crunch_remote *remote)
{
    return remote->size;
}

enum crunch_fetch_way crunch_remote_way(const struct crunch_remote *remote)
{
    return !remote->known                                        ? CRUNCH_FETCH_UNKNOWN
           : !remote->resumable                                  ? CRUNCH_FETCH_ONCE
           : remote->ranged && remote->size > CRUNCH_FETCH_FIRST ? CRUNCH_FETCH_PIECES
                                                                 : CRUNCH_FETCH_LINE;
}

uint64_t crunch_fetcher_bytes(const struct crunch_fetcher *fetcher)
{
    return fetcher->fetching.jobs * CRUNCH_FETCH_MOST;
}

const char *crunch_remote_library(void)
{
    return "libcurl " LIBCURL_VERSION;
}

/* ---- which pieces ---- */

/* Something of it has not been asked for. */
static bool wants_more(const struct crunch_remote *remote)
{
    return !remote->known || remote->asked < remote->size;
}

static bool add_piece(struct crunch_remote *remote)
{
    struct crunch_piece *piece = calloc(1, sizeof *piece), **last = &remote->pieces;

    if (!piece)
        return false; /* tried again when asked again */
    piece->remote = remote;
    piece->begin = piece->at = piece->taken = remote->asked;
    piece->end = UINT64_MAX;
    if (remote->known ? remote->ranged : !remote->plain)
        piece->end =
            piece->begin +
            crunch_fetch_piece(piece->begin, remote->size / remote->fetcher->fetching.jobs);
    if (remote->known && piece->end > remote->size)
        piece->end = remote->size;
    if (remote->known)
        remote->asked = piece->end;
    while (*last)
        last = &(*last)->next;
    *last = piece;
    remote->fetcher->n_pieces++;
    return true;
}

/* A piece beyond the one that is handed out is asked for when it is seen that more than the
 * beginning is wanted. */
static bool may_run_ahead(const struct crunch_remote *remote)
{
    return remote->known && remote->ranged && remote->asked < remote->size &&
           remote->place >= CRUNCH_FETCH_FIRST / 2;
}

static void add_pieces(struct crunch_fetcher *fetcher)
{
    unsigned jobs = fetcher->fetching.jobs, without = 0;

    for (const struct crunch_remote *r = fetcher->remotes; r; r = r->next)
        without += !r->pieces && wants_more(r);
    for (struct crunch_remote *r = fetcher->remotes; r; r = r->next) {
        if (!r->pieces && wants_more(r) && fetcher->n_pieces < jobs && add_piece(r))
            without--;
        while (r->pieces && may_run_ahead(r) && fetcher->n_pieces + without < jobs)
            if (!add_piece(r))
                return;
    }
}

/* Starts what is due; the time until the next is, in ms. */
static uint64_t start_pieces(struct crunch_fetcher *fetcher)
{
    uint64_t now = crunch_fetcher_now_ms(), next = POLL_MOST_MS;

    add_pieces(fetcher);
    for (struct crunch_remote *r = fetcher->remotes; r; r = r->next)
        for (struct crunch_piece *p = r->pieces; p; p = p->next) {
            if (p->state == CRUNCH_PIECE_LATER && p->again_ms <= now)
                p->state = CRUNCH_PIECE_WANTED;
            if (p->state == CRUNCH_PIECE_LATER && p->again_ms - now < next)
                next = p->again_ms - now;
            if (p->state == CRUNCH_PIECE_WANTED)
                crunch_request_start(p);
        }
    return next;
}

/* One turn for every transfer. True: a request has ended. */
static bool turn(struct crunch_fetcher *fetcher)
{
    const CURLMsg *message;
    bool ended = false;
    int n;

    fetcher->unserved = 0;
    fetcher->curl.multi_perform(fetcher->multi, &n);
    while ((message = fetcher->curl.multi_info_read(fetcher->multi, &n)) != NULL) {
        struct crunch_piece *piece;
        CURLcode result = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        fetcher->curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&piece);
        crunch_request_ended(piece, result);
        ended = true;
    }
    return ended;
}

void crunch_fetcher_wait(struct crunch_fetcher *fetcher, int timeout_ms)
{
    uint64_t next = start_pieces(fetcher);
    sigset_t before;

    hold_sigpipe(&before);
    if (!turn(fetcher)) {
        if (next < (uint64_t)timeout_ms)
            timeout_ms = (int)next;
        fetcher->curl.multi_poll(fetcher->multi, NULL, 0, timeout_ms, NULL);
        turn(fetcher);
    }
    let_sigpipe(&before);
}

void crunch_remote_wait(struct crunch_remote *remote, int timeout_ms)
{
    crunch_fetcher_wait(remote->fetcher, timeout_ms);
}

/* ---- handing out ---- */

static size_t take_from(struct crunch_piece *piece, unsigned char *buffer, size_t len)
{
    size_t have = (size_t)(piece->at - piece->taken), from, first;

    if (len > have)
        len = have;
    if (len == 0)
        return 0;
    from = (size_t)(piece->taken % piece->room);
    first = piece->room - from < len ? piece->room - from : len;
    memcpy(buffer, piece->ring + from, first);
    memcpy(buffer + first, piece->ring, len - first);
    piece->taken += len;
    return len;
}

/* Goes on with a transfer that found no room, when there is enough. */
static void unpause(struct crunch_piece *piece)
{
    if (!piece->paused || (size_t)(piece->at - piece->taken) > piece->room / 2)
        return;
    piece->paused = false;
    piece->remote->fetcher->curl.easy_pause(piece->easy, CURLPAUSE_CONT);
}

/* What could not be gone on with when it breaks can be begun again as long as nothing was handed
 * out: so small objects always can. */
static bool is_held_back(const struct crunch_piece *piece)
{
    return !piece->remote->resumable && piece->taken == 0 && piece->begin == 0 &&
           piece->state != CRUNCH_PIECE_COMPLETE && piece->at < CRUNCH_FETCH_FIRST;
}

static ssize_t fails(const struct crunch_error *why, struct crunch_error *error)
{
    if (error)
        *error = *why;
    return -1;
}

/* A second reading of an object must be of the same one. */
static ssize_t fails_again(struct crunch_error *error)
{
    crunch_fail(error, CRUNCH_IO,
                "has to be read again, and the server gives nothing (a strong ETag) that tells "
                "whether it is still the same");
    crunch_hint(error, "fetch it first: curl -sfo FILE URL");
    return -1;
}

ssize_t crunch_remote_take(struct crunch_remote *remote, void *buffer, size_t len,
                           struct crunch_error *error)
{
    struct crunch_fetcher *fetcher = remote->fetcher;
    struct crunch_piece *piece;
    sigset_t before;
    size_t n;

    if (remote->spent && !remote->validator)
        return fails_again(error);
    while ((piece = remote->pieces) && piece->state == CRUNCH_PIECE_COMPLETE &&
           piece->taken == piece->end)
        drop_first(remote);
    if (!piece)
        return wants_more(remote) ? CRUNCH_REMOTE_WAIT : 0;
    n = is_held_back(piece) ? 0 : take_from(piece, buffer, len);
    if (n == 0 && piece->state == CRUNCH_PIECE_FAILED)
        return fails(&piece->error, error);
    remote->place += n;
    fetcher->unserved += n;
    hold_sigpipe(&before);
    unpause(piece);
    if (fetcher->unserved >= SERVE_BYTES) {
        start_pieces(fetcher);
        turn(fetcher);
    }
    let_sigpipe(&before);
    return n > 0 ? (ssize_t)n : CRUNCH_REMOTE_WAIT;
}

#else

static enum crunch_code missing(struct crunch_error *error)
{
    crunch_fail(error, CRUNCH_IO, "a URL cannot be fetched: crunch was built without libcurl");
    crunch_hint(error, "install libcurl (Debian: libcurl4-openssl-dev) and build again, or: curl "
                       "-sf URL | crunch ...");
    return CRUNCH_IO;
}

enum crunch_code crunch_remote_ready(struct crunch_error *error)
{
    return missing(error);
}

enum crunch_code crunch_fetcher_create(const struct crunch_fetching *fetching,
                                       struct crunch_fetcher **out, struct crunch_error *error)
{
    (void)fetching;
    *out = NULL;
    return missing(error);
}

void crunch_fetcher_free(struct crunch_fetcher *fetcher)
{
    (void)fetcher;
}

void crunch_fetcher_wait(struct crunch_fetcher *fetcher, int timeout_ms)
{
    (void)fetcher, (void)timeout_ms;
}

void crunch_remote_wait(struct crunch_remote *remote, int timeout_ms)
{
    (void)remote, (void)timeout_ms;
}

enum crunch_code crunch_remote_open(struct crunch_fetcher *fetcher, const char *url,
                                    struct crunch_remote **out, struct crunch_error *error)
{
    (void)fetcher, (void)url;
    *out = NULL;
    return missing(error);
}

void crunch_remote_close(struct crunch_remote *remote)
{
    (void)remote;
}

ssize_t crunch_remote_take(struct crunch_remote *remote, void *buffer, size_t len,
                           struct crunch_error *error)
{
    (void)remote, (void)buffer, (void)len;
    missing(error);
    return -1;
}

void crunch_remote_restart(struct crunch_remote *remote)
{
    (void)remote;
}

uint64_t crunch_remote_place(const struct crunch_remote *remote)
{
    (void)remote;
    return 0;
}

uint64_t crunch_remote_size(const struct crunch_remote *remote)
{
    (void)remote;
    return UINT64_MAX;
}

enum crunch_fetch_way crunch_remote_way(const struct crunch_remote *remote)
{
    (void)remote;
    return CRUNCH_FETCH_UNKNOWN;
}

uint64_t crunch_fetcher_bytes(const struct crunch_fetcher *fetcher)
{
    (void)fetcher;
    return 0;
}

const char *crunch_remote_library(void)
{
    return "none";
}

#endif

/*
 * Judging the head of a response: whether the bytes that follow are those of the piece that was
 * asked for, of the object that was begun with. The first head that offers bytes says what that
 * object is; every later one is held to it.
 */
#ifdef CRUNCH_WITH_CURL

#include "io/remote_pieces.h"

#include <stdlib.h>
#include <string.h>

#define WHOLE_ROOM ((size_t)1 << 20) /* of a piece that comes as it comes */

static enum crunch_verdict refuse_status(struct crunch_piece *piece)
{
    char reason[80];
    unsigned status = piece->response.status;

    crunch_quote_text(reason, sizeof reason, piece->response.reason,
                      strlen(piece->response.reason));
    crunch_fail(&piece->error, CRUNCH_IO, "cannot be fetched: HTTP status %u%s%s%s", status,
                *reason ? " (" : "", reason, *reason ? ")" : "");
    if (status == 401 || status == 403)
        crunch_hint(&piece->error,
                    "a user name and password may stand in the URL, NAME:PASSWORD@ before the "
                    "host, or in ~/.netrc");
    return CRUNCH_VERDICT_REFUSE;
}

static enum crunch_verdict refuse_change(struct crunch_piece *piece, const char *how)
{
    crunch_fail(&piece->error, CRUNCH_IO,
                "the object has changed while it was fetched: at byte %llu %s",
                (unsigned long long)piece->at, how);
    crunch_hint(&piece->error, "what was read of it proves nothing; try again");
    return CRUNCH_VERDICT_REFUSE;
}

static bool is_passing(unsigned status)
{
    return status == 408 || status == 425 || status == 429 || status == 500 || status == 502 ||
           status == 503 || status == 504;
}

static bool same_object(const struct crunch_remote *remote, const struct crunch_response *response)
{
    const char *now;

    if (!remote->validator)
        return true;
    now = remote->validator[0] == '"' ? response->etag : response->modified_text;
    return now[0] == '\0' || strcmp(now, remote->validator) == 0;
}

static enum crunch_verdict no_memory(struct crunch_piece *piece)
{
    crunch_fail(&piece->error, CRUNCH_NO_MEMORY, "out of memory");
    return CRUNCH_VERDICT_REFUSE;
}

static enum crunch_verdict make_room(struct crunch_piece *piece)
{
    uint64_t len = piece->end - piece->begin;

    if (piece->ring)
        return CRUNCH_VERDICT_TAKE;
    piece->room = piece->remote->ranged || len < WHOLE_ROOM ? (size_t)len : WHOLE_ROOM;
    piece->ring = malloc(piece->room + 1);
    return piece->ring ? CRUNCH_VERDICT_TAKE : no_memory(piece);
}

/* The first head that offers bytes says what the object is. */
static enum crunch_verdict learn(struct crunch_piece *piece, uint64_t size)
{
    struct crunch_remote *remote = piece->remote;
    const struct crunch_response *response = &piece->response;
    const char *validator = crunch_response_validator(response);

    remote->known = true;
    remote->size = size;
    free(remote->validator);
    remote->validator = validator ? strdup(validator) : NULL;
    if (validator && !remote->validator)
        return no_memory(piece);
    if (piece->url && !remote->user) { /* where it was found, it will be found again */
        free(remote->url);
        remote->url = piece->url;
        piece->url = NULL;
    }
    return CRUNCH_VERDICT_TAKE;
}

static enum crunch_verdict judge_coding(struct crunch_piece *piece)
{
    static const char *const fine[] = {"", "gzip", "x-gzip", "zstd"};
    const char *coding = piece->response.encoding;
    char shown[40];

    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        if (strcmp(coding, fine[i]) == 0)
            return CRUNCH_VERDICT_TAKE;
    crunch_quote_text(shown, sizeof shown, coding, strlen(coding));
    crunch_fail(&piece->error, CRUNCH_IO, "the server sends it in the coding \"%s\", unasked",
                shown);
    return CRUNCH_VERDICT_REFUSE;
}

/* 200: all of the object. */
static enum crunch_verdict judge_whole(struct crunch_piece *piece)
{
    struct crunch_remote *remote = piece->remote;
    const struct crunch_response *response = &piece->response;

    if (remote->known && !same_object(remote, response))
        return refuse_change(piece, "the server has another version of it");
    if (piece->at > 0) {
        crunch_fail(&piece->error, CRUNCH_IO,
                    "the server does not go on from byte %llu, though it said that it can",
                    (unsigned long long)piece->at);
        return CRUNCH_VERDICT_REFUSE;
    }
    if (response->length == CRUNCH_RESPONSE_UNKNOWN && !response->chunked && response->old) {
        crunch_fail(&piece->error, CRUNCH_IO,
                    "the server says neither how long it is nor where it ends, so that a broken "
                    "connection could not be told from the end");
        crunch_hint(&piece->error, "if that is good enough: curl -sf URL | crunch ...");
        return CRUNCH_VERDICT_REFUSE;
    }
    if (remote->known && response->length != CRUNCH_RESPONSE_UNKNOWN) {
        if (remote->size != UINT64_MAX && response->length != remote->size)
            return refuse_change(piece, "the server says another size");
        remote->size = response->length;
    }
    remote->ranged = false;
    piece->end = remote->known ? remote->size : response->length;
    if (learn(piece, piece->end) != CRUNCH_VERDICT_TAKE)
        return CRUNCH_VERDICT_REFUSE;
    remote->resumable = remote->validator && response->accepts_ranges;
    remote->asked = piece->end;
    return make_room(piece);
}

static enum crunch_verdict ask_plainly(struct crunch_piece *piece)
{
    if (!piece->remote->plain)
        return CRUNCH_VERDICT_PLAIN;
    crunch_fail(&piece->error, CRUNCH_IO, "the server sends a range that was not asked for");
    return CRUNCH_VERDICT_REFUSE;
}

/* 206: what was asked for, or the beginning of it. */
static enum crunch_verdict judge_part(struct crunch_piece *piece)
{
    struct crunch_remote *remote = piece->remote;
    const struct crunch_response *response = &piece->response;

    if (!response->has_range || response->begin != piece->at || response->end > piece->end ||
        response->begin == response->end) {
        crunch_fail(&piece->error, CRUNCH_IO, "the server sends another range than was asked for");
        return CRUNCH_VERDICT_REFUSE;
    }
    if (response->length != CRUNCH_RESPONSE_UNKNOWN &&
        response->length != response->end - response->begin) {
        crunch_fail(&piece->error, CRUNCH_IO,
                    "the server says %llu bytes for the range of %llu at byte %llu",
                    (unsigned long long)response->length,
                    (unsigned long long)(response->end - response->begin),
                    (unsigned long long)response->begin);
        return CRUNCH_VERDICT_REFUSE;
    }
    if (remote->known) {
        if (!same_object(remote, response))
            return refuse_change(piece, "the server has another version of it");
        if (response->total != remote->size && response->total != CRUNCH_RESPONSE_UNKNOWN &&
            remote->size != UINT64_MAX)
            return refuse_change(piece, "the server says another size");
        if (remote->size == UINT64_MAX && response->total != CRUNCH_RESPONSE_UNKNOWN)
            remote->size = piece->end = remote->asked = response->total;
        return make_room(piece);
    }
    if (response->total == CRUNCH_RESPONSE_UNKNOWN ||
        (response->end < response->total && !crunch_response_validator(response)))
        return ask_plainly(piece); /* pieces could not be told to be of one object */
    piece->end = response->end;
    if (learn(piece, response->total) != CRUNCH_VERDICT_TAKE)
        return CRUNCH_VERDICT_REFUSE;
    remote->ranged = true;
    remote->resumable = remote->validator != NULL;
    remote->asked = piece->end;
    return make_room(piece);
}

/* Where redirects have led to may be good for a while only. */
static bool can_go_back(struct crunch_piece *piece)
{
    struct crunch_remote *remote = piece->remote;
    unsigned status = piece->response.status;

    if (!remote->url || piece->url ||
        (status != 401 && status != 403 && status != 404 && status != 410))
        return false;
    free(remote->url);
    remote->url = NULL;
    return true;
}

enum crunch_verdict crunch_piece_judge(struct crunch_piece *piece)
{
    const struct crunch_remote *remote = piece->remote;
    unsigned status = piece->response.status;
    enum crunch_verdict coding = judge_coding(piece);

    if (status >= 300 && status < 400 && status != 304)
        return CRUNCH_VERDICT_REDIRECT;
    if (is_passing(status))
        return CRUNCH_VERDICT_AGAIN;
    if ((status == 200 || status == 206) && coding != CRUNCH_VERDICT_TAKE)
        return coding;
    if (status == 200)
        return judge_whole(piece);
    if (status == 206)
        return judge_part(piece);
    if (status == 416 && !remote->known && !remote->plain)
        return CRUNCH_VERDICT_PLAIN; /* nothing in it */
    if (status == 416 || status == 412)
        return refuse_change(piece, "the server has no such bytes");
    return can_go_back(piece) ? CRUNCH_VERDICT_AGAIN : refuse_status(piece);
}

#endif

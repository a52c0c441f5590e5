/*
 * Cursors. The decoder stands at decoded offset pos; the last bytes before it are kept, because a
 * scan begins a byte or a record before where the one before it stopped.
 *
 * A part's last byte is read either together with a byte behind it, for which the decoder has to
 * have finished the part and verified its checksum, or at the end of the input, where the decoder
 * is made to say that all is whole.
 */
#include "io/cursor.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_BYTES ((size_t)64 << 10)
#define KEPT_BYTES_TOLD ((size_t)1 << 20) /* going back costs a request, or cannot be */
#define SKIP_BYTES ((size_t)128 << 10)

struct crunch_cursor {
    struct crunch_decoder *decoder;
    enum crunch_packing packing;
    const struct crunch_frames *frames;
    uint64_t pos; /* decoded bytes before the decoder */
    bool ended;   /* pos is the end */
    size_t room;  /* of tail */
    size_t kept;  /* bytes before pos in tail[0, kept) */
    unsigned char *tail, *skipped;
};

/* A part is taken on trust only to find its beginning. */
static void hold(struct crunch_cursor *c, size_t part)
{
    if (c->frames && c->frames->table == CRUNCH_SEEK_USED)
        crunch_decoder_hold_to(c->decoder, c->frames, part);
}

struct crunch_cursor *crunch_cursor_create(const struct crunch_supply *file,
                                           enum crunch_packing packing,
                                           const struct crunch_frames *frames)
{
    struct crunch_cursor *cursor = calloc(1, sizeof *cursor);

    if (!cursor)
        return NULL;
    cursor->packing = packing;
    cursor->frames = frames;
    cursor->decoder = crunch_decoder_create(file);
    cursor->room = packing == CRUNCH_PACKING_TOLD ? KEPT_BYTES_TOLD : KEPT_BYTES;
    cursor->tail = malloc(cursor->room + SKIP_BYTES);
    if (!cursor->decoder || !cursor->tail) {
        crunch_cursor_free(cursor);
        return NULL;
    }
    cursor->skipped = cursor->tail + cursor->room;
    hold(cursor, 0);
    return cursor;
}

void crunch_cursor_free(struct crunch_cursor *cursor)
{
    if (!cursor)
        return;
    crunch_decoder_free(cursor->decoder);
    free(cursor->tail);
    free(cursor);
}

/* Goes to a beginning from which offset is reached sooner than from pos, or has to be. */
static void restart(struct crunch_cursor *c, uint64_t offset)
{
    const struct crunch_frames *frames = c->frames;
    size_t part = 0;

    if (frames && offset < crunch_frames_size(frames))
        part = crunch_frames_find(frames, offset);
    else if (frames)
        part = frames->n - 1;
    if (offset >= c->pos && (!frames || frames->decoded[part] <= c->pos))
        return;
    c->pos = frames ? frames->decoded[part] : 0;
    crunch_decoder_restart(c->decoder, frames ? frames->packed[part] : 0, c->packing,
                           frames && c->packing == CRUNCH_PACKING_GZIP);
    hold(c, part);
    c->ended = false;
    c->kept = 0;
}

/* Remembers the last of len bytes that end at pos. */
static void keep(struct crunch_cursor *c, const unsigned char *bytes, size_t len)
{
    if (len >= c->room) {
        memcpy(c->tail, bytes + len - c->room, c->room);
        c->kept = c->room;
        return;
    }
    if (c->kept + len > c->room) {
        size_t drop = c->kept + len - c->room;

        memmove(c->tail, c->tail + drop, c->kept - drop);
        c->kept -= drop;
    }
    memcpy(c->tail + c->kept, bytes, len);
    c->kept += len;
}

/* Decodes len bytes to where pos is; fewer at the end. False: *error. */
static bool decode(struct crunch_cursor *c, unsigned char *buffer, size_t len, size_t *got,
                   struct crunch_error *error)
{
    *got = 0;
    while (*got < len && !c->ended) {
        ssize_t n = crunch_decoder_read(c->decoder, buffer + *got, len - *got, error);

        if (n < 0)
            return false;
        c->ended = n == 0;
        c->pos += (uint64_t)n;
        *got += (size_t)n;
    }
    keep(c, buffer, *got);
    return true;
}

/* Makes the decoder prove that the input ends where pos is, if it should. */
static bool prove_end(struct crunch_cursor *c, struct crunch_error *error)
{
    unsigned char more;
    ssize_t n;

    if (!c->frames || c->ended || c->pos < crunch_frames_size(c->frames))
        return true;
    n = crunch_decoder_read(c->decoder, &more, 1, error);
    c->ended = n == 0;
    if (n > 0)
        crunch_fail(error, CRUNCH_IO, "more data than its headers say");
    return n == 0;
}

uint64_t crunch_cursor_consumed(const struct crunch_cursor *c)
{
    return crunch_decoder_consumed(c->decoder);
}

ssize_t crunch_cursor_read(struct crunch_cursor *c, void *buffer, size_t len, uint64_t offset,
                           struct crunch_error *error)
{
    size_t done = 0, got = 0;

    if (offset < c->pos && c->pos - offset <= c->kept) {
        size_t have = (size_t)(c->pos - offset);

        done = have < len ? have : len;
        memcpy(buffer, c->tail + c->kept - have, done);
    } else {
        restart(c, offset);
    }
    while (done < len && c->pos < offset && !c->ended) {
        uint64_t left = offset - c->pos;

        if (!decode(c, c->skipped, left < SKIP_BYTES ? (size_t)left : SKIP_BYTES, &got, error))
            return -1;
    }
    if (done < len && !decode(c, (unsigned char *)buffer + done, len - done, &got, error))
        return -1;
    if (done < len)
        done += got;
    return prove_end(c, error) ? (ssize_t)done : -1;
}

/*
 * The compressed side of a decoder: a buffer over a supply, which keeps a few bytes behind the
 * place that is read, so that an inflater that has read ahead can put them back.
 */
#ifndef CRUNCH_IO_DECODE_INPUT_H
#define CRUNCH_IO_DECODE_INPUT_H

#include "io/frames.h"
#include "io/supply.h"

#define CRUNCH_INPUT_BYTES ((size_t)512 << 10) /* over twice the largest zstd block */
#define CRUNCH_INPUT_KEPT ((size_t)16)

struct crunch_input {
    struct crunch_supply supply;
    unsigned char *buffer; /* CRUNCH_INPUT_BYTES; at least CRUNCH_INPUT_KEPT lie before at */
    size_t at, len;        /* not consumed: [at, len) */
    uint64_t consumed;     /* compressed offset of buffer[at] */
    bool end;              /* the supply has no more */
    uint64_t decoded;      /* bytes that the codec has made of it, by the codec, and ... */
    uint64_t sound;        /* ... how many of them are of whole frames or members */
    const struct crunch_frames *bounds; /* what ends of frames are held to, or NULL: */
    uint64_t bounds_from;               /* decoded offset there of the first of these bytes, and */
    size_t bound;                       /* the end of which part comes next, by its number + 1 */
};

static inline const unsigned char *crunch_input_bytes(const struct crunch_input *in)
{
    return in->buffer + in->at;
}

static inline size_t crunch_input_available(const struct crunch_input *in)
{
    return in->len - in->at;
}

static inline void crunch_input_consume(struct crunch_input *in, size_t n)
{
    in->at += n;
    in->consumed += n;
}

/* Sees to it that want bytes (at most CRUNCH_INPUT_BYTES / 2) lie there in one piece; fewer only at
 * the end of the supply. CRUNCH_IO or CRUNCH_INTERRUPTED. */
enum crunch_code crunch_input_fill(struct crunch_input *in, size_t want,
                                   struct crunch_error *error);

/* A frame ends at in->consumed and in->decoded: false if that is not as in->bounds have it. */
bool crunch_input_keeps_bounds(struct crunch_input *in);

/* A way of packing. read gives 1 to len bytes, 0 at the whole and proper end, -1 with *error. */
struct crunch_codec {
    void *(*create)(void);            /* NULL: out of memory */
    void (*reset)(void *, bool bgzf); /* a frame or member begins; bgzf: of a file of blocks */
    ssize_t (*read)(void *, struct crunch_input *in, void *buffer, size_t len,
                    struct crunch_error *error);
    void (*destroy)(void *);
};

extern const struct crunch_codec crunch_codec_zstd, crunch_codec_gzip;

#endif

/*
 * Decoders: the common part. Owns the buffer of compressed bytes and the recognition of the packing
 * at the first read; what a packing means is its codec's (io/decode_zstd.c, io/decode_gzip.c).
 */
#include "io/decode.h"

#include "io/decode_input.h"
#include "io/recode.h"

#include <stdlib.h>
#include <string.h>

struct crunch_decoder {
    struct crunch_input input;
    bool recognised;
    const struct crunch_codec *codec; /* NULL: bytes pass through */
    void *state;
    struct crunch_recoder *recoder; /* made when it is needed */
};

enum crunch_code crunch_input_fill(struct crunch_input *in, size_t want, struct crunch_error *error)
{
    size_t have = crunch_input_available(in);

    if (have >= want || in->end)
        return CRUNCH_OK;
    if (in->at > CRUNCH_INPUT_KEPT) {
        memmove(in->buffer, in->buffer + in->at - CRUNCH_INPUT_KEPT, have + CRUNCH_INPUT_KEPT);
        in->at = CRUNCH_INPUT_KEPT;
        in->len = CRUNCH_INPUT_KEPT + have;
    }
    while (crunch_input_available(in) < want) {
        ssize_t n = crunch_supply_read(&in->supply, in->buffer + in->len,
                                       CRUNCH_INPUT_BYTES - in->len, error);
        if (n < 0)
            return error->code;
        if (n == 0) {
            in->end = true;
            break;
        }
        in->len += (size_t)n;
    }
    return CRUNCH_OK;
}

/* Ends of frames go from bound to bound, in both counts, and pass none by. */
bool crunch_input_keeps_bounds(struct crunch_input *in)
{
    const struct crunch_frames *f = in->bounds;
    uint64_t decoded = in->bounds_from + in->decoded;

    if (!f || in->bound > f->n)
        return true;
    if (in->consumed < f->packed[in->bound])
        return decoded <= f->decoded[in->bound];
    return in->consumed == f->packed[in->bound] && decoded == f->decoded[in->bound++];
}

static void start_input(struct crunch_input *in, uint64_t offset)
{
    in->supply.at = offset;
    in->at = in->len = CRUNCH_INPUT_KEPT;
    in->consumed = offset;
    in->end = false;
    in->decoded = in->sound = 0;
    in->bounds = NULL;
}

struct crunch_decoder *crunch_decoder_create(const struct crunch_supply *supply)
{
    struct crunch_decoder *decoder = calloc(1, sizeof *decoder);

    if (!decoder)
        return NULL;
    decoder->input.supply = *supply;
    decoder->input.buffer = calloc(1, CRUNCH_INPUT_BYTES);
    if (!decoder->input.buffer) {
        free(decoder);
        return NULL;
    }
    start_input(&decoder->input, supply->at);
    return decoder;
}

void crunch_decoder_free(struct crunch_decoder *decoder)
{
    if (!decoder)
        return;
    if (decoder->state)
        decoder->codec->destroy(decoder->state);
    crunch_recoder_free(decoder->recoder);
    free(decoder->input.buffer);
    free(decoder);
}

static void set_packing(struct crunch_decoder *decoder, enum crunch_packing packing)
{
    decoder->recognised = true;
    decoder->codec = packing == CRUNCH_PACKING_ZSTD   ? &crunch_codec_zstd
                     : packing == CRUNCH_PACKING_GZIP ? &crunch_codec_gzip
                                                      : NULL;
}

static enum crunch_code recognise(struct crunch_decoder *decoder, struct crunch_error *error)
{
    struct crunch_input *in = &decoder->input;
    enum crunch_packing packing;
    enum crunch_code code = crunch_input_fill(in, CRUNCH_PACKING_BYTES, error);

    if (!code)
        code = crunch_packing_detect(crunch_input_bytes(in), crunch_input_available(in), &packing,
                                     error);
    if (!code)
        set_packing(decoder, packing);
    return code;
}

/* Bytes that are not packed: what was read for recognising, then straight from the supply. */
static ssize_t pass_through(struct crunch_input *in, void *buffer, size_t len,
                            struct crunch_error *error)
{
    size_t have = crunch_input_available(in);
    ssize_t n;

    if (have > 0) {
        n = (ssize_t)(have < len ? have : len);
        memcpy(buffer, crunch_input_bytes(in), (size_t)n);
        in->at += (size_t)n;
    } else {
        n = in->end ? 0 : crunch_supply_read(&in->supply, buffer, len, error);
    }
    if (n > 0)
        in->consumed += (uint64_t)n;
    return n;
}

/* Unpacked bytes. */
static ssize_t read_unpacked(void *context, void *buffer, size_t len, struct crunch_error *error)
{
    struct crunch_decoder *decoder = context;

    if (!decoder->recognised && recognise(decoder, error))
        return -1;
    if (!decoder->codec)
        return pass_through(&decoder->input, buffer, len, error);
    if (!decoder->state) {
        decoder->state = decoder->codec->create();
        if (!decoder->state) {
            crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
            return -1;
        }
    }
    return decoder->codec->read(decoder->state, &decoder->input, buffer, len, error);
}

ssize_t crunch_decoder_read(struct crunch_decoder *decoder, void *buffer, size_t len,
                            struct crunch_error *error)
{
    const struct crunch_recoding *recoding = decoder->input.supply.recoding;
    const struct crunch_recoder_input unpacked = {decoder, read_unpacked};
    struct crunch_error own;

    if (!error)
        error = &own;
    if (!recoding)
        return read_unpacked(decoder, buffer, len, error);
    if (!decoder->recoder)
        decoder->recoder = crunch_recoder_create(recoding);
    if (!decoder->recoder) {
        crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        return -1;
    }
    return crunch_recoder_read(decoder->recoder, &unpacked, buffer, len, error);
}

void crunch_decoder_restart(struct crunch_decoder *decoder, uint64_t offset,
                            enum crunch_packing packing, bool bgzf)
{
    start_input(&decoder->input, offset);
    crunch_recoder_free(decoder->recoder);
    decoder->recoder = NULL;
    if (!decoder->recognised && packing != CRUNCH_PACKING_TOLD)
        set_packing(decoder, packing);
    if (!decoder->state && decoder->codec)
        decoder->state = decoder->codec->create(); /* NULL: the next read says so */
    if (decoder->state)
        decoder->codec->reset(decoder->state, bgzf);
}

uint64_t crunch_decoder_consumed(const struct crunch_decoder *decoder)
{
    return decoder->input.consumed;
}

void crunch_decoder_hold_to(struct crunch_decoder *decoder, const struct crunch_frames *frames,
                            size_t part)
{
    decoder->input.bounds = frames;
    decoder->input.bounds_from = frames->decoded[part];
    decoder->input.bound = part + 1;
}

bool crunch_decoder_is_packed(const struct crunch_decoder *decoder)
{
    return decoder->codec != NULL;
}

uint64_t crunch_decoder_sound(const struct crunch_decoder *decoder)
{
    return decoder->input.supply.recoding ? 0 : decoder->input.sound;
}

void crunch_decoder_limit_window(struct crunch_decoder *decoder, uint64_t bytes)
{
    decoder->input.supply.window_most = bytes;
}

void crunch_decoder_set_closing(struct crunch_decoder *decoder, _Atomic uint32_t *closing)
{
    decoder->input.supply.closing = closing;
}

void crunch_decoder_set_stop(struct crunch_decoder *decoder, const _Atomic int *stop)
{
    decoder->input.supply.stop = stop;
}

/* Decoders: every form of packing gives the bytes that were packed, whatever the sizes of reads,
 * and nothing that was cut, changed or added to is taken for whole. */
#include "io/decode.h"
#include "io/inflate.h"
#include "tests/unit/packed.h"

#include <stdio.h>

#define TEXT_BYTES 3000

static void make_text(unsigned char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        text[i] = (unsigned char)("0123456789,\n"[(i * i + i / 7) % 12]);
}

/* Decodes in reads of step bytes. Returns the number of bytes, or -1. */
static ssize_t decode(const struct packed *p, size_t step, unsigned char *out, size_t room,
                      struct crunch_error *error)
{
    struct crunch_supply supply = packed_supply(p);
    struct crunch_decoder *decoder = crunch_decoder_create(&supply);
    size_t done = 0;
    ssize_t n;

    do {
        size_t want = step < room - done ? step : room - done;
        cr_assert_gt(want, 0);
        n = crunch_decoder_read(decoder, out + done, want, error);
        cr_assert_leq(n, (ssize_t)want);
        done += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    if (n == 0)
        cr_assert_eq(crunch_decoder_consumed(decoder), p->len);
    crunch_decoder_free(decoder);
    close(supply.fd);
    return n < 0 ? n : (ssize_t)done;
}

static void check_form(const struct packed *p, const unsigned char *text, size_t len)
{
    static const size_t steps[] = {1, 7, 1000, 1 << 20};
    unsigned char *out = malloc(len + 10);
    struct crunch_error error;

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        error.message[0] = 0;
        cr_assert_eq(decode(p, steps[i], out, len + 10, &error), (ssize_t)len, "%s", error.message);
        cr_assert_eq(memcmp(out, text, len), 0);
    }
    free(out);
}

/* Nothing shorter is taken for whole, except whole parts at the offsets in ends. */
static void check_cuts(const struct packed *p, size_t from, const size_t *ends, size_t n_ends)
{
    unsigned char *out = malloc(4 * TEXT_BYTES);
    struct crunch_error error;

    for (size_t len = from; len < p->len; len++) {
        struct packed cut = {p->bytes, len};
        bool whole = false;

        for (size_t i = 0; i < n_ends; i++)
            whole |= ends[i] == len;
        if (whole)
            continue;
        cr_assert_eq(decode(&cut, 1 << 20, out, 4 * TEXT_BYTES, &error), -1, "cut at %zu", len);
        cr_assert_eq(error.code, CRUNCH_IO);
    }
    free(out);
}

/* A changed bit is found, or changes nothing that counts (a name, a time). */
static void check_flips(const struct packed *p, const unsigned char *text, size_t len)
{
    unsigned char *out = malloc(4 * TEXT_BYTES + p->len);
    struct crunch_error error;

    for (size_t bit = 0; bit < 8 * p->len; bit += 3) {
        ssize_t n;

        p->bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        n = decode(p, 1 << 20, out, 4 * TEXT_BYTES + p->len, &error);
        if (n == (ssize_t)p->len && memcmp(out, p->bytes, p->len) == 0)
            cr_assert_lt(bit, 8 * 4, "bit %zu makes it unpacked", bit); /* no magic any more */
        else if (n >= 0)
            cr_assert(n == (ssize_t)len && memcmp(out, text, len) == 0, "bit %zu", bit);
        p->bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    free(out);
}

static void check_trailing(struct packed *p)
{
    unsigned char out[4 * TEXT_BYTES];
    struct crunch_error error;
    char place[40];

    snprintf(place, sizeof place, "byte %zu", p->len);
    packed_append(p, "\0\0\0\0\0", 5);
    cr_assert_eq(decode(p, 1000, out, sizeof out, &error), -1);
    cr_assert_eq(error.code, CRUNCH_IO);
    cr_assert_not_null(strstr(error.message, place), "%s", error.message);
    free(p->bytes);
}

Test(decode, what_is_not_packed_passes)
{
    unsigned char text[TEXT_BYTES];
    struct packed p = {0};

    make_text(text, sizeof text);
    packed_append(&p, text, sizeof text);
    check_form(&p, text, sizeof text);
    p.len = 3;
    check_form(&p, text, 3);
    p.len = 0;
    check_form(&p, text, 0);
    free(p.bytes);
}

Test(decode, zstd_one_frame, .timeout = 60)
{
    unsigned char text[TEXT_BYTES];
    struct packed p = {0};

    make_text(text, sizeof text);
    packed_append_zstd(&p, text, sizeof text, true);
    check_form(&p, text, sizeof text);
    check_cuts(&p, 4, NULL, 0);
    check_flips(&p, text, sizeof text);
    check_trailing(&p);
}

Test(decode, zstd_many_frames, .timeout = 60)
{
    unsigned char text[TEXT_BYTES];
    struct packed p = {0};
    size_t ends[6];

    make_text(text, sizeof text);
    packed_append_skippable(&p, "first", 5);
    ends[0] = p.len;
    packed_append_zstd(&p, text, 1000, true);
    ends[1] = p.len;
    packed_append_zstd(&p, text, 0, true);
    ends[2] = p.len;
    packed_append_skippable(&p, NULL, 0);
    ends[3] = p.len;
    packed_append_zstd(&p, text + 1000, TEXT_BYTES - 1000, false);
    ends[4] = p.len;
    packed_append_skippable(&p, "last", 4);
    check_form(&p, text, sizeof text);
    check_cuts(&p, 4, ends, 5);
    check_flips(&p, text, sizeof text);
    check_trailing(&p);
}

Test(decode, zstd_larger_than_any_buffer, .timeout = 60)
{
    size_t len = 3000001;
    unsigned char *text = malloc(len), *out = malloc(len + 10);
    struct packed p = {0};
    struct crunch_error error;

    make_text(text, len);
    for (size_t i = 0; i < len; i += 3) /* hard to compress: more than the input buffer */
        text[i] = (unsigned char)((i * 2654435761u) >> 11);
    packed_append_zstd(&p, text, len, true);
    packed_append_skippable(&p, text, len);
    packed_append_zstd(&p, text, 5, false);
    for (size_t step = 1000; step <= len; step *= 7) {
        cr_assert_eq(decode(&p, step, out, len + 10, &error), (ssize_t)len + 5);
        cr_assert_eq(memcmp(out, text, len), 0);
        cr_assert_eq(memcmp(out + len, text, 5), 0);
    }
    free(p.bytes);
    free(text);
    free(out);
}

Test(decode, zstd_window_too_large_is_refused_with_the_way_out)
{
    /* A frame header (RFC 8878, section 3.1.1) with a window of 2^28 bytes and nothing else. */
    const unsigned char header[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 18 << 3, 0x01, 0x00, 0x00};
    struct packed p = {0};
    struct crunch_error error;
    unsigned char out[10];

    packed_append(&p, header, sizeof header);
    cr_assert_eq(decode(&p, 10, out, 10, &error), -1);
    cr_assert_eq(error.code, CRUNCH_IO);
    cr_assert_not_null(strstr(error.message, "128 MiB"), "%s", error.message);
    cr_assert_not_null(strstr(error.hint, "--long=31"));
    free(p.bytes);
}

Test(decode, gzip_one_member, .timeout = 60)
{
    unsigned char text[TEXT_BYTES];
    struct packed p = {0};

    if (!crunch_inflate_library())
        return;
    make_text(text, sizeof text);
    packed_append_gzip(&p, text, sizeof text, false);
    check_form(&p, text, sizeof text);
    check_cuts(&p, 2, NULL, 0);
    check_flips(&p, text, sizeof text);
    check_trailing(&p);
}

Test(decode, gzip_many_members, .timeout = 60)
{
    unsigned char text[TEXT_BYTES];
    struct packed p = {0};
    size_t ends[3];

    if (!crunch_inflate_library())
        return;
    make_text(text, sizeof text);
    packed_append_gzip(&p, text, 1000, false);
    ends[0] = p.len;
    packed_append_gzip(&p, text, 0, false);
    ends[1] = p.len;
    packed_append_gzip(&p, text + 1000, TEXT_BYTES - 1000, false);
    check_form(&p, text, sizeof text);
    check_cuts(&p, 2, ends, 2);
    check_trailing(&p);
}

/* Cut at a block's edge it has no end mark, so there is no cut that goes unnoticed. */
Test(decode, bgzf, .timeout = 60)
{
    unsigned char text[TEXT_BYTES];
    struct packed p = {0};

    if (!crunch_inflate_library())
        return;
    make_text(text, sizeof text);
    packed_append_gzip(&p, text, 1000, true);
    packed_append_gzip(&p, text + 1000, TEXT_BYTES - 1000, true);
    packed_append_gzip(&p, text, 0, true);
    check_form(&p, text, sizeof text);
    check_cuts(&p, 2, NULL, 0);
    check_flips(&p, text, sizeof text);
    check_trailing(&p);
}

Test(decode, bgzf_block_of_another_size)
{
    unsigned char text[100], out[400];
    struct packed p = {0};
    struct crunch_error error;

    if (!crunch_inflate_library())
        return;
    make_text(text, sizeof text);
    packed_append_gzip(&p, text, 100, true);
    p.bytes[16]++;
    packed_append_gzip(&p, text, 0, true);
    cr_assert_eq(decode(&p, 400, out, sizeof out, &error), -1);
    free(p.bytes);
}

/* All optional parts of a header: extra field, name, comment, checksum. */
Test(decode, gzip_header_with_everything)
{
    static const char header[] = "\x1f\x8b\x08\x1e\0\0\0\0\0\x03\5\0abcdename\0comment\0\x12\x34";
    unsigned char text[100], out[400];
    struct packed p = {0}, plain = {0};
    struct crunch_error error;

    if (!crunch_inflate_library())
        return;
    make_text(text, sizeof text);
    packed_append_gzip(&plain, text, 100, false);
    packed_append(&p, header, sizeof header - 1);
    packed_append(&p, plain.bytes + 10, plain.len - 10);
    cr_assert_eq(decode(&p, 400, out, sizeof out, &error), 100, "%s", error.message);
    cr_assert_eq(memcmp(out, text, 100), 0);
    for (size_t len = 2; len < p.len; len++) {
        struct packed cut = {p.bytes, len};
        cr_assert_eq(decode(&cut, 400, out, sizeof out, &error), -1, "cut at %zu", len);
    }
    free(p.bytes);
    free(plain.bytes);
}

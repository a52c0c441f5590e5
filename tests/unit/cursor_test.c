/* Cursors over packed files: any read at any place gives what was packed there; an index has a part
 * where it may, none where it must not. */
#include "io/cursor.h"
#include "io/inflate.h"
#include "tests/unit/packed.h"

#define TEXT_BYTES ((size_t)3 << 20)

static uint64_t random_state = 88172645463325252u;

static uint64_t random_below(uint64_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % n;
}

static unsigned char *make_text(void)
{
    unsigned char *text = malloc(TEXT_BYTES);

    for (size_t i = 0; i < TEXT_BYTES; i++)
        text[i] = (unsigned char)("0123456789,\n"[(i / 5 * 2654435761u >> 7) % 12]);
    return text;
}

static void check_reads(struct crunch_cursor *cursor, const unsigned char *text, int rounds)
{
    unsigned char *out = malloc(1 << 20);
    struct crunch_error error;
    uint64_t at = 0;

    for (int k = 0; k < rounds; k++) {
        size_t len = 1 + random_below((uint64_t)1 << random_below(20));
        ssize_t n, there;

        switch (random_below(4)) {
        case 0:
            at = random_below(TEXT_BYTES + 100);
            break;
        case 1:
            at -= at < 5000 ? at : random_below(5000);
        }
        there = at >= TEXT_BYTES        ? 0
                : TEXT_BYTES - at < len ? (ssize_t)(TEXT_BYTES - at)
                                        : (ssize_t)len;
        n = crunch_cursor_read(cursor, out, len, at, &error);
        cr_assert_eq(n, there, "%zd bytes at %lu, not %zd", n, at, there);
        cr_assert_eq(memcmp(out, text + (n ? at : 0), (size_t)n), 0, "at %lu", at);
        at += (uint64_t)n;
    }
    free(out);
}

static struct crunch_frames *index_of(const struct crunch_supply *supply,
                                      enum crunch_packing packing)
{
    struct crunch_frames *frames;

    enum crunch_seek_found table;

    cr_assert_eq(crunch_frames_index(supply, packing, &frames, &table, NULL), CRUNCH_OK);
    return frames;
}

static void check_parts(const struct crunch_frames *frames, const struct packed *p)
{
    cr_assert_not_null(frames);
    cr_assert_gt(frames->n, 1);
    cr_assert_eq(crunch_frames_size(frames), TEXT_BYTES);
    cr_assert_eq(frames->packed[0], 0);
    cr_assert_eq(frames->packed[frames->n], p->len);
    for (size_t i = 0; i < frames->n; i++) {
        cr_assert_lt(frames->packed[i], frames->packed[i + 1]);
        cr_assert_lt(frames->decoded[i], frames->decoded[i + 1]);
        cr_assert_leq(frames->decoded[i + 1] - frames->decoded[i], frames->largest);
        cr_assert_eq(crunch_frames_find(frames, frames->decoded[i]), i);
        cr_assert_eq(crunch_frames_find(frames, frames->decoded[i + 1] - 1), i);
    }
}

static void check_all(const struct packed *p, enum crunch_packing packing, bool parts,
                      const unsigned char *text)
{
    struct crunch_supply supply = packed_supply(p);
    struct crunch_frames *frames = index_of(&supply, packing);
    struct crunch_cursor *cursor;

    if (parts)
        check_parts(frames, p);
    else
        cr_assert_null(frames);
    cursor = crunch_cursor_create(&supply, packing, frames);
    check_reads(cursor, text, parts ? 400 : 40);
    crunch_cursor_free(cursor);
    crunch_frames_free(frames);
    close(supply.fd);
}

static void pack(struct packed *p, const unsigned char *text, size_t most)
{
    for (size_t at = 0; at < TEXT_BYTES;) {
        size_t n = 1 + random_below(most);

        n = n < TEXT_BYTES - at ? n : TEXT_BYTES - at;
        packed_append_zstd(p, text + at, n, true);
        if (random_below(5) == 0)
            packed_append_skippable(p, text, random_below(100));
        if (random_below(5) == 0)
            packed_append_zstd(p, text, 0, true);
        at += n;
    }
}

Test(cursor, zstd_parts, .timeout = 60)
{
    unsigned char *text = make_text();

    for (size_t most = 10000; most < TEXT_BYTES; most *= 9) {
        struct packed p = {0};
        pack(&p, text, most);
        check_all(&p, CRUNCH_PACKING_ZSTD, true, text);
        free(p.bytes);
    }
    free(text);
}

Test(cursor, without_parts, .timeout = 60)
{
    unsigned char *text = make_text();
    struct packed one = {0}, unsized = {0};

    packed_append_zstd(&one, text, TEXT_BYTES, true);
    check_all(&one, CRUNCH_PACKING_ZSTD, false, text);
    packed_append_zstd(&unsized, text, TEXT_BYTES / 2, true);
    packed_append_zstd(&unsized, text + TEXT_BYTES / 2, TEXT_BYTES - TEXT_BYTES / 2, false);
    check_all(&unsized, CRUNCH_PACKING_ZSTD, false, text);
    free(one.bytes);
    free(unsized.bytes);
    free(text);
}

Test(cursor, bgzf_parts, .timeout = 60)
{
    unsigned char *text = make_text();
    struct packed p = {0}, plain = {0};

    if (!crunch_inflate_library())
        return;
    for (size_t at = 0; at < TEXT_BYTES; at += 65000) {
        size_t n = TEXT_BYTES - at < 65000 ? TEXT_BYTES - at : 65000;
        packed_append_gzip(&p, text + at, n, true);
        packed_append_gzip(&plain, text + at, n, false);
    }
    packed_append_gzip(&p, text, 0, true);
    check_all(&p, CRUNCH_PACKING_GZIP, true, text);
    check_all(&plain, CRUNCH_PACKING_GZIP, false, text);
    free(p.bytes);
    free(plain.bytes);
    free(text);
}

/* What zstd was told to use is what the header is read to say. */
Test(cursor, window)
{
    unsigned char *text = make_text();
    size_t room = ZSTD_compressBound(TEXT_BYTES);

    for (int log = 10; log <= 21; log++) {
        ZSTD_CCtx *context = ZSTD_createCCtx();
        struct packed p = {malloc(room), 0};
        struct crunch_supply supply;

        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, log);
        ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, log % 2);
        p.len = ZSTD_compress2(context, p.bytes, room, text, TEXT_BYTES);
        supply = packed_supply(&p);
        cr_assert_eq(crunch_frames_window(&supply, CRUNCH_PACKING_ZSTD), (uint64_t)1 << log);
        close(supply.fd);
        free(p.bytes);
        ZSTD_freeCCtx(context);
    }
    free(text);
}

/* The end of the last part is proved also by a read that stops there. */
Test(cursor, damage_at_the_end_is_found)
{
    unsigned char *text = make_text(), out[100];
    struct packed p = {0};
    struct crunch_supply supply;
    struct crunch_frames *frames;
    struct crunch_cursor *cursor;
    struct crunch_error error;

    pack(&p, text, 500000);
    packed_append_zstd(&p, text, 100, true);
    p.bytes[p.len - 1] ^= 1; /* of its checksum */
    supply = packed_supply(&p);
    frames = index_of(&supply, CRUNCH_PACKING_ZSTD);
    cr_assert_not_null(frames);
    cursor = crunch_cursor_create(&supply, CRUNCH_PACKING_ZSTD, frames);
    cr_assert_eq(crunch_cursor_read(cursor, out, 100, TEXT_BYTES - 100, &error), 100);
    cr_assert_eq(crunch_cursor_read(cursor, out, 100, TEXT_BYTES, &error), -1);
    cr_assert_eq(error.code, CRUNCH_IO);
    crunch_cursor_free(cursor);
    crunch_frames_free(frames);
    close(supply.fd);
    free(p.bytes);
    free(text);
}

/* Cut anywhere, or with something behind it, it has no index: the decoder is to say why. */
Test(cursor, what_is_not_whole_has_no_index)
{
    unsigned char *text = make_text();
    struct packed p = {0};

    pack(&p, text, 500000);
    packed_append_zstd(&p, text, 100, true);
    for (size_t cut = 1; cut < 60; cut++) {
        struct packed shorter = {p.bytes, p.len - cut};
        struct crunch_supply supply = packed_supply(&shorter);
        struct crunch_frames *frames = index_of(&supply, CRUNCH_PACKING_ZSTD);

        if (frames) /* cut at the edge of a frame */
            cr_assert_eq(frames->packed[frames->n], shorter.len);
        crunch_frames_free(frames);
        close(supply.fd);
    }
    packed_append(&p, "x", 1);
    struct crunch_supply supply = packed_supply(&p);
    cr_assert_null(index_of(&supply, CRUNCH_PACKING_ZSTD));
    close(supply.fd);
    free(p.bytes);
    free(text);
}

/* ---- seek tables ---- */

#define PARTS 6

/* Frames that do not say their sizes, their sizes, and a table of them: 2 * PARTS numbers. */
static void pack_seekable(struct packed *p, const unsigned char *text, uint32_t sizes[2 * PARTS])
{
    const size_t most = TEXT_BYTES / PARTS + 1;

    for (size_t i = 0; i < PARTS; i++) {
        size_t at = i * most, len = TEXT_BYTES - at < most ? TEXT_BYTES - at : most,
               before = p->len;

        packed_append_zstd(p, text + at, len, false);
        sizes[2 * i] = (uint32_t)(p->len - before);
        sizes[2 * i + 1] = (uint32_t)len;
    }
}

static void append_table(struct packed *p, const uint32_t *sizes, size_t n)
{
    packed_append_number(p, 0x184d2a5e, 4);
    packed_append_number(p, 8 * n + 9, 4);
    for (size_t i = 0; i < 2 * n; i++)
        packed_append_number(p, sizes[i], 4);
    packed_append_number(p, n, 4);
    packed_append_number(p, 0, 1);
    packed_append_number(p, 0x8f92eab1, 4);
}

/* Reads all, forwards or from part to part backwards, always to behind a frame: true if all came,
 * and was right. A size that is wrong shows where the frame ends that it is told of. */
static bool read_all(const struct crunch_supply *supply, const struct crunch_frames *frames,
                     const unsigned char *text, bool backwards)
{
    struct crunch_cursor *cursor = crunch_cursor_create(supply, CRUNCH_PACKING_ZSTD, frames);
    size_t most = TEXT_BYTES / PARTS + 1, good = 0;
    unsigned char *out = malloc(most + 1);

    for (size_t k = 0; k < PARTS; k++) {
        uint64_t at = (backwards ? PARTS - 1 - k : k) * most;
        ssize_t n = crunch_cursor_read(cursor, out, most + 1, at, NULL); /* one byte behind */
        size_t there = TEXT_BYTES - at < most + 1 ? TEXT_BYTES - at : most + 1;

        good += n == (ssize_t)there && memcmp(out, text + at, there) == 0;
    }
    free(out);
    crunch_cursor_free(cursor);
    return good == PARTS;
}

Test(cursor, seek_table_makes_parts)
{
    unsigned char *text = make_text();
    uint32_t sizes[2 * PARTS];
    struct packed p = {0};

    pack_seekable(&p, text, sizes);
    check_all(&p, CRUNCH_PACKING_ZSTD, false, text);
    append_table(&p, sizes, PARTS);
    check_all(&p, CRUNCH_PACKING_ZSTD, true, text);
    packed_append_skippable(&p, "behind it", 9); /* then it is not looked for */
    check_all(&p, CRUNCH_PACKING_ZSTD, false, text);
    free(p.bytes);
    free(text);
}

/* Two frames told as one, with what the first of them holds: its data would be lost in silence. */
Test(cursor, seek_table_that_hides_a_frame_is_refused)
{
    unsigned char *text = make_text();
    uint32_t sizes[2 * PARTS];
    enum crunch_seek_found table;
    struct packed p = {0};
    struct crunch_supply supply;
    struct crunch_frames *frames;
    struct crunch_error error;

    pack_seekable(&p, text, sizes);
    sizes[2] += sizes[4];
    memmove(sizes + 4, sizes + 6, (2 * PARTS - 6) * sizeof *sizes);
    append_table(&p, sizes, PARTS - 1);
    supply = packed_supply(&p);
    cr_assert_eq(crunch_frames_index(&supply, CRUNCH_PACKING_ZSTD, &frames, &table, NULL),
                 CRUNCH_OK);
    cr_assert(frames && table == CRUNCH_SEEK_USED);
    struct crunch_cursor *cursor = crunch_cursor_create(&supply, CRUNCH_PACKING_ZSTD, frames);
    unsigned char *out = malloc(TEXT_BYTES);
    cr_assert_eq(crunch_cursor_read(cursor, out, TEXT_BYTES, 0, &error), -1);
    cr_assert_eq(error.code, CRUNCH_IO);
    cr_assert_not_null(strstr(error.message, "seek table"), "%s", error.message);
    free(out);
    crunch_cursor_free(cursor);
    crunch_frames_free(frames);
    close(supply.fd);
    free(p.bytes);
    free(text);
}

/* Whatever a table says, bytes that are not there do not come out as all there are. */
Test(cursor, seek_table_is_never_trusted_for_bytes)
{
    unsigned char *text = make_text();
    uint32_t sizes[2 * PARTS];
    struct packed p = {0};
    size_t data, wrong = 0, refused = 0;

    pack_seekable(&p, text, sizes);
    data = p.len;
    for (int k = 0; k < 150; k++) {
        uint32_t told[2 * PARTS];
        enum crunch_seek_found table;
        struct crunch_supply supply;
        struct crunch_frames *frames;
        size_t i = 2 * random_below(PARTS), j = 2 * random_below(PARTS);
        uint32_t by = 1 + (uint32_t)random_below(random_below(2) ? 3 : 2000);

        memcpy(told, sizes, sizeof told);
        p.len = data;
        if (k % 3) { /* sums stay as they are */
            told[i + (k % 3 == 2)] += by;
            told[j + (k % 3 == 2)] -= by;
        }
        append_table(&p, told, PARTS);
        if (k % 3 == 0)
            p.bytes[data + random_below(p.len - data)] ^= (unsigned char)(1 << random_below(8));
        supply = packed_supply(&p);
        cr_assert_eq(crunch_frames_index(&supply, CRUNCH_PACKING_ZSTD, &frames, &table, NULL),
                     CRUNCH_OK);
        wrong += table == CRUNCH_SEEK_WRONG;
        for (int backwards = 0; frames && backwards < 2; backwards++) {
            bool all = read_all(&supply, frames, text, backwards);

            cr_assert(!all || memcmp(told, sizes, sizeof told) == 0 || k % 3 == 0);
            refused += !all;
        }
        crunch_frames_free(frames);
        close(supply.fd);
    }
    cr_assert_gt(wrong, 20);
    cr_assert_gt(refused, 20);
    free(p.bytes);
    free(text);
}

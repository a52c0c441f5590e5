/* Sources: files from where they stand, streams before and behind the ring, waiting, giving up. */
#include "io/bell.h"
#include "io/source.h"
#include "io/spool.h"
#include "tests/unit/packed.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

/* Byte o of the made-up input. */
static unsigned char byte_at(uint64_t o)
{
    return (unsigned char)((o * 2654435761u) >> 13);
}

static void check_bytes(const unsigned char *bytes, ssize_t n, uint64_t offset)
{
    for (ssize_t i = 0; i < n; i++)
        cr_assert_eq(bytes[i], byte_at(offset + (uint64_t)i), "at %lu", offset + (uint64_t)i);
}

struct feed {
    char path[64];
    size_t bytes;
    pthread_t thread;
};

static void *feed_body(void *argument)
{
    struct feed *feed = argument;
    unsigned char piece[4099];
    int fd = open(feed->path, O_WRONLY);
    size_t at = 0;

    while (at < feed->bytes) {
        size_t n = feed->bytes - at < sizeof piece ? feed->bytes - at : sizeof piece;
        for (size_t i = 0; i < n; i++)
            piece[i] = byte_at(at + i);
        ssize_t written = write(fd, piece, n);
        if (written <= 0)
            break;
        at += (size_t)written;
    }
    close(fd);
    return NULL;
}

/* A FIFO that gives so many bytes, opened as a source. */
static struct crunch_source *open_feed(struct feed *feed, size_t bytes)
{
    struct crunch_source *source;

    feed->bytes = bytes;
    strcpy(feed->path, "/tmp/crunch-feed-XXXXXX");
    cr_assert_not_null(mkdtemp(feed->path));
    strcat(feed->path, "/f");
    cr_assert_eq(mkfifo(feed->path, 0600), 0);
    pthread_create(&feed->thread, NULL, feed_body, feed);
    cr_assert_eq(crunch_source_open(feed->path, &source, NULL), CRUNCH_OK);
    return source;
}

static void close_feed(struct feed *feed, struct crunch_source *source)
{
    crunch_source_close(source);
    pthread_join(feed->thread, NULL);
    unlink(feed->path);
    *strrchr(feed->path, '/') = 0;
    rmdir(feed->path);
}

Test(source, regular_file_and_its_end)
{
    char path[] = "/tmp/crunch-file-XXXXXX";
    int fd = mkstemp(path);
    struct crunch_source *source;
    struct crunch_error error;
    char text[20];

    cr_assert_eq(write(fd, "hello world", 11), 11);
    cr_assert_eq(crunch_source_open(path, &source, NULL), CRUNCH_OK);
    cr_assert_not(crunch_source_is_stream(source));
    cr_assert_eq(crunch_source_size(source), 11);
    cr_assert_eq(crunch_source_read(source, text, 20, 6, NULL), 5);
    cr_assert_eq(memcmp(text, "world", 5), 0);
    cr_assert_eq(crunch_source_read(source, text, 20, 11, NULL), 0);
    cr_assert_eq(crunch_source_check_unchanged(source, &error), CRUNCH_OK);
    cr_assert_eq(write(fd, "!", 1), 1);
    cr_assert_eq(crunch_source_check_unchanged(source, &error), CRUNCH_IO);
    cr_assert_eq(ftruncate(fd, 4), 0);
    cr_assert_eq(crunch_source_read(source, text, 20, 0, &error), -1);
    cr_assert_eq(error.code, CRUNCH_IO);
    crunch_source_close(source);
    close(fd);
    unlink(path);
}

Test(source, refuses)
{
    struct crunch_source *source;
    struct crunch_error error;

    cr_assert_eq(crunch_source_open("/nonexistent/x", &source, &error), CRUNCH_IO);
    cr_assert_str_eq(error.file, "/nonexistent/x");
    cr_assert_eq(crunch_source_open("/tmp", &source, &error), CRUNCH_IO);
    cr_assert_not_null(strstr(error.message, "directory"));
}

Test(source, beginning_of_a_stream_stays, .timeout = 60)
{
    static unsigned char buffer[MIB];
    struct crunch_bell bell = {0};
    struct feed feed;
    size_t total = 6 * MIB + 12345; /* more than the 4 MiB that are kept in memory */
    struct crunch_source *source = open_feed(&feed, total);

    cr_assert(crunch_source_is_stream(source));
    cr_assert_eq(crunch_source_size(source), CRUNCH_SIZE_UNKNOWN);
    for (uint64_t at = 5 * MIB;; at -= MIB) {
        cr_assert_eq(crunch_source_read(source, buffer, MIB, at, NULL), (ssize_t)MIB);
        check_bytes(buffer, (ssize_t)MIB, at);
        if (at == 0)
            break;
    }
    cr_assert_eq(crunch_source_read(source, buffer, MIB, 4 * MIB - 100, NULL), (ssize_t)MIB);
    check_bytes(buffer, (ssize_t)MIB, 4 * MIB - 100);
    /* and behind it, through the ring */
    cr_assert_eq(crunch_source_prepare(source, 1, true, &bell, NULL), CRUNCH_OK);
    cr_assert_eq(crunch_source_read(source, buffer, MIB, 6 * MIB - 100, NULL), 12345 + 100);
    check_bytes(buffer, 12445, 6 * MIB - 100);
    cr_assert_eq(crunch_source_size(source), total);
    crunch_source_release(source, total);
    cr_assert_eq(crunch_source_read(source, buffer, 10, 3, NULL), 10);
    check_bytes(buffer, 10, 3);
    close_feed(&feed, source);
}

static bool never(void *context, uint64_t begin, bool stuck)
{
    *(bool *)context = stuck;
    (void)begin;
    return !stuck;
}

Test(source, ring_waits_until_released, .timeout = 60)
{
    static unsigned char buffer[MIB];
    struct crunch_bell bell = {0};
    struct feed feed;
    bool was_stuck = false;
    const struct crunch_waiting waiting = {&was_stuck, never};
    struct crunch_source *source = open_feed(&feed, 20 * MIB), *view;
    uint64_t at = 0;

    cr_assert_eq(crunch_source_prepare(source, 1, true, &bell, NULL), CRUNCH_OK);
    cr_assert_eq(crunch_source_view(source, &waiting, &view, NULL), CRUNCH_OK);
    /* the ring has 4 MiB */
    cr_assert_eq(crunch_source_read(view, buffer, 100, 4 * MIB - 100, NULL), 100);
    check_bytes(buffer, 100, 4 * MIB - 100);
    cr_assert_not(was_stuck);
    cr_assert_eq(crunch_source_read(view, buffer, 100, 4 * MIB, NULL), CRUNCH_SOURCE_GONE);
    cr_assert(was_stuck);
    cr_assert(crunch_source_was_gone(view));
    cr_assert_not(crunch_source_was_gone(view));
    for (; at < 20 * MIB; at += MIB) {
        crunch_source_release(view, at);
        cr_assert_eq(crunch_source_read(view, buffer, MIB, at, NULL), (ssize_t)MIB);
        check_bytes(buffer, (ssize_t)MIB, at);
    }
    cr_assert_eq(crunch_source_read(view, buffer, 1, at, NULL), 0);
    cr_assert_eq(crunch_source_read(view, buffer, 1, 18 * MIB, NULL), CRUNCH_SOURCE_GONE);
    crunch_source_close(view);
    close_feed(&feed, source);
}

static void *pump_body(void *source)
{
    crunch_source_pump(source);
    return NULL;
}

struct reader {
    struct crunch_source *source;
    uint64_t first, step;
    _Atomic uint64_t *low;
};

static void *read_body(void *argument)
{
    struct reader *r = argument;
    unsigned char *buffer = malloc(70000);

    for (uint64_t at = r->first;; at += r->step) {
        ssize_t n = crunch_source_read(r->source, buffer, 70000, at, NULL);
        cr_assert_geq(n, 0);
        check_bytes(buffer, n, at);
        atomic_fetch_add(r->low, 1);
        if (n < 70000)
            break;
        /* all pieces below are read: in order, since the two readers alternate */
        while (atomic_load(r->low) < at / 70000)
            sched_yield();
        crunch_source_release(r->source, at - (at > 70000 ? 70000 : at));
    }
    free(buffer);
    return NULL;
}

Test(source, a_pump_and_two_readers, .timeout = 60)
{
    struct crunch_bell bell = {0};
    struct feed feed;
    struct crunch_source *source = open_feed(&feed, 30 * MIB + 17);
    _Atomic uint64_t low = 0;
    struct reader reader[2] = {{source, 0, 140000, &low}, {source, 70000, 140000, &low}};
    pthread_t pump, thread[2];

    cr_assert_eq(crunch_source_prepare(source, 2, false, &bell, NULL), CRUNCH_OK);
    pthread_create(&pump, NULL, pump_body, source);
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, read_body, &reader[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    pthread_join(pump, NULL);
    cr_assert_eq(crunch_source_size(source), 30 * MIB + 17);
    close_feed(&feed, source);
}

Test(source, spool_makes_a_file, .timeout = 60)
{
    static unsigned char buffer[MIB];
    struct feed feed;
    struct crunch_source *source = open_feed(&feed, 5 * MIB + 3);

    cr_assert_eq(crunch_source_read(source, buffer, 1000, 0, NULL), 1000);
    cr_assert_eq(crunch_spool(source, NULL), CRUNCH_OK);
    cr_assert_not(crunch_source_is_stream(source));
    cr_assert_eq(crunch_source_size(source), 5 * MIB + 3);
    for (uint64_t at = 0; at <= 5 * MIB; at += MIB) {
        ssize_t n = crunch_source_read(source, buffer, MIB, at, NULL);
        cr_assert_eq(n, at < 5 * MIB ? (ssize_t)MIB : 3);
        check_bytes(buffer, n, at);
    }
    cr_assert_str_eq(crunch_source_name(source), feed.path);
    close_feed(&feed, source);
}

Test(source, empty_file_is_a_stream_without_bytes)
{
    struct crunch_source *source;
    char path[] = "/tmp/crunch-empty-XXXXXX", c;
    int fd = mkstemp(path);

    cr_assert_eq(crunch_source_open(path, &source, NULL), CRUNCH_OK);
    cr_assert_eq(crunch_source_read(source, &c, 1, 0, NULL), 0);
    cr_assert_eq(crunch_source_size(source), 0);
    crunch_source_close(source);
    close(fd);
    unlink(path);
}

/* ---- packed inputs ---- */

/* A named file with those bytes, opened as a source. */
static struct crunch_source *open_packed(const struct packed *p, char path[])
{
    struct crunch_source *source;
    struct crunch_error error;
    int fd = mkstemp(path);

    cr_assert_eq(write(fd, p->bytes, p->len), (ssize_t)p->len);
    close(fd);
    cr_assert_eq(crunch_source_open(path, &source, &error), CRUNCH_OK, "%s", error.message);
    return source;
}

static unsigned char *made_up(size_t len)
{
    unsigned char *text = malloc(len);

    for (size_t i = 0; i < len; i++)
        text[i] = byte_at(i);
    return text;
}

/* One frame: a stream for a run, read through the ring from its beginning each time, and by the
 * source itself in between. */
Test(source, packed_file_without_parts_is_read_again_and_again, .timeout = 60)
{
    static unsigned char buffer[MIB];
    size_t total = 9 * MIB + 77;
    unsigned char *text = made_up(total);
    char path[] = "/tmp/crunch-packed-XXXXXX";
    struct crunch_bell bell = {0};
    struct packed p = {0};
    struct crunch_source *source, *view;
    uint64_t done, size;

    packed_append_zstd(&p, text, total, true);
    source = open_packed(&p, path);
    cr_assert(crunch_source_is_stream(source));
    cr_assert(crunch_source_is_rereadable(source));
    cr_assert_str_eq(crunch_source_packing(source), "zstd");
    cr_assert_eq(crunch_source_read(source, buffer, 1000, 5 * MIB, NULL), 1000);
    check_bytes(buffer, 1000, 5 * MIB);
    for (int run = 0; run < 3; run++) {
        uint64_t at = 0;

        cr_assert_eq(crunch_source_rewind(source, NULL), CRUNCH_OK);
        cr_assert_eq(crunch_source_size(source), CRUNCH_SIZE_UNKNOWN);
        cr_assert_eq(crunch_source_prepare(source, 1, true, &bell, NULL), CRUNCH_OK);
        cr_assert_eq(crunch_source_view(source, NULL, &view, NULL), CRUNCH_OK);
        for (ssize_t n = (ssize_t)MIB; n == (ssize_t)MIB; at += (uint64_t)n) {
            crunch_source_release(view, at);
            n = crunch_source_read(view, buffer, MIB, at, NULL);
            cr_assert_geq(n, 0);
            check_bytes(buffer, n, at);
            crunch_source_progress(source, at, &done, &size);
            cr_assert_gt(done, 0);
            cr_assert_leq(done, size);
        }
        cr_assert_eq(at, total);
        cr_assert_eq(crunch_source_size(source), total);
        crunch_source_progress(source, at, &done, &size);
        cr_assert_eq(done, p.len);
        cr_assert_eq(size, p.len);
        crunch_source_close(view);
        cr_assert_eq(crunch_source_read(source, buffer, 1000, 100, NULL), 1000);
        check_bytes(buffer, 1000, 100);
    }
    cr_assert_eq(crunch_spool(source, NULL), CRUNCH_OK); /* nothing to do */
    cr_assert(crunch_source_is_stream(source));
    cr_assert_eq(crunch_source_rewind(source, NULL), CRUNCH_OK);
    cr_assert_eq(crunch_spool_unpacked(source, NULL), CRUNCH_OK);
    cr_assert_not(crunch_source_is_stream(source));
    cr_assert_eq(crunch_source_size(source), total);
    cr_assert_eq(crunch_source_read(source, buffer, 1000, total - 500, NULL), 500);
    check_bytes(buffer, 500, total - 500);
    crunch_source_close(source);
    unlink(path);
    free(p.bytes);
    free(text);
}

/* Many frames: as a regular file, by views that do not disturb each other. */
Test(source, packed_file_with_parts, .timeout = 60)
{
    static unsigned char buffer[MIB];
    size_t total = 4 * MIB, n_parts;
    unsigned char *text = made_up(total);
    char path[] = "/tmp/crunch-packed-XXXXXX";
    struct packed p = {0};
    struct crunch_source *source, *view[2];
    const uint64_t *part;
    uint64_t done, size;

    for (size_t at = 0; at < total; at += MIB / 2)
        packed_append_zstd(&p, text + at, MIB / 2, true);
    source = open_packed(&p, path);
    cr_assert_not(crunch_source_is_stream(source));
    cr_assert_eq(crunch_source_size(source), total);
    part = crunch_source_parts(source, &n_parts);
    cr_assert_eq(n_parts, 8);
    cr_assert_eq(part[3], 3 * MIB / 2);
    cr_assert_eq(part[8], total);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(crunch_source_view(source, NULL, &view[i], NULL), CRUNCH_OK);
    for (uint64_t at = 0; at < total; at += 100000)
        for (int i = 0; i < 2; i++) {
            uint64_t from = i ? total - 1 - at : at;
            ssize_t n = crunch_source_read(view[i], buffer, 3000, from, NULL);
            cr_assert_eq(n, from + 3000 < total ? 3000 : (ssize_t)(total - from));
            check_bytes(buffer, n, from);
        }
    crunch_source_progress(source, 12345, &done, &size);
    cr_assert_eq(done, 12345);
    cr_assert_eq(size, total);
    cr_assert_eq(crunch_source_check_unchanged(source, NULL), CRUNCH_OK);
    cr_assert_eq(truncate(path, (off_t)p.len - 1), 0);
    cr_assert_eq(crunch_source_check_unchanged(source, NULL), CRUNCH_IO);
    for (int i = 0; i < 2; i++)
        crunch_source_close(view[i]);
    crunch_source_close(source);
    unlink(path);
    free(p.bytes);
    free(text);
}

/* Bad data is blamed on damage where there is some: in its part, or a little behind. */
Test(source, damage_is_told_from_bad_data)
{
    size_t total = 4 * MIB;
    unsigned char *text = made_up(total);
    struct crunch_error error;

    for (int parts = 0; parts < 2; parts++) {
        char path[] = "/tmp/crunch-packed-XXXXXX";
        struct packed p = {0};
        struct crunch_source *source;

        for (size_t at = 0; at < total; at += parts ? MIB / 2 : total)
            packed_append_zstd(&p, text + at, parts ? MIB / 2 : total, true);
        p.bytes[p.len - 1] ^= 1; /* the last checksum */
        source = open_packed(&p, path);
        cr_assert_eq(crunch_source_check_sound(source, total - 1, total, &error), CRUNCH_IO);
        cr_assert_not_null(strstr(error.message, "corrupt"), "%s", error.message);
        cr_assert_eq(crunch_source_check_sound(source, total - MIB, total, &error), CRUNCH_IO);
        cr_assert_eq(crunch_source_check_sound(source, MIB, 2 * MIB, &error),
                     parts ? CRUNCH_OK : CRUNCH_IO);
        crunch_source_close(source);
        unlink(path);
        free(p.bytes);
    }
    free(text);
}

/*
 * Logs: what is put comes back, in file order, marked segments only; compressed blocks too; and a
 * follower delivers the same blocks however late the marks come.
 */
#include "core/log.h"
#include "io/temp.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int new_file(void)
{
    int fd = -1;
    cr_assert_eq(crunch_temp_open(NULL, &fd, NULL), CRUNCH_OK);
    return fd;
}

/* A segment of chunk with one block of the chunk's number; returns its length. */
static uint64_t put_segment(struct crunch_log *log, uint64_t at, uint64_t chunk)
{
    uint64_t bytes;
    crunch_log_begin(log, at);
    cr_assert_eq(crunch_log_put(log, 7, &chunk, sizeof chunk, NULL), CRUNCH_OK);
    cr_assert_eq(crunch_log_put(log, 8, NULL, 0, NULL), CRUNCH_OK);
    cr_assert_eq(crunch_log_end(log, chunk, &bytes, NULL), CRUNCH_OK);
    return bytes;
}

static void mark(int fd, uint64_t at, uint64_t chunk)
{
    const struct crunch_prefix prefix = {.position = chunk * 10, .records = chunk * 3};
    cr_assert_eq(crunch_log_commit(fd, at, &prefix, chunk * 10 + 10, NULL), CRUNCH_OK);
}

Test(log, marked_segments_in_file_order)
{
    struct crunch_logs logs;
    uint64_t end[2] = {0, 0}, n = 0;
    int *fd = calloc(2, sizeof *fd);
    for (unsigned i = 0; i < 2; i++) {
        fd[i] = new_file();
        struct crunch_log *log = crunch_log_create(fd[i]);
        for (uint64_t chunk = i; chunk < 40; chunk += 2) {
            uint64_t at = end[i];
            end[i] += put_segment(log, at, chunk);
            if (chunk % 5 != 4) /* the others never count */
                mark(fd[i], at, chunk);
        }
        crunch_log_free(log);
    }
    cr_assert_eq(crunch_logs_open(&logs, fd, end, 2, NULL), CRUNCH_OK);
    for (size_t i = 0; i < logs.n_blocks; i++) {
        const struct crunch_block *block = &logs.block[i];
        uint64_t chunk;
        if (block->stream != 7)
            continue;
        while (n % 5 == 4)
            n++;
        cr_assert_eq(crunch_logs_load(&logs, block, &chunk, NULL), CRUNCH_OK);
        cr_expect_eq(chunk, n);
        cr_expect_eq(block->chunk, n);
        cr_expect_eq(block->prefix.records, n * 3);
        n++;
    }
    cr_expect_eq(n, 39);
    cr_expect_eq(logs.n_blocks, 2 * 32);
    crunch_logs_free(&logs);
}

Test(log, large_blocks_of_large_files_are_compressed_and_come_back)
{
    enum { BLOCK = 3 << 20, N = 40 };
    struct crunch_logs logs;
    unsigned char *data = malloc(BLOCK), *back = malloc(BLOCK);
    uint64_t end, packed = 0;
    int *fd = malloc(sizeof *fd);
    *fd = new_file();
    struct crunch_log *log = crunch_log_create(*fd);
    crunch_log_begin(log, 0);
    for (unsigned i = 0; i < N; i++) {
        for (size_t k = 0; k < BLOCK; k++)
            data[k] = (unsigned char)(k / 100 + i);
        cr_assert_eq(crunch_log_put(log, 0, data, BLOCK - i, NULL), CRUNCH_OK);
    }
    cr_assert_eq(crunch_log_end(log, 0, &end, NULL), CRUNCH_OK);
    crunch_log_free(log);
    mark(*fd, 0, 0);
    cr_assert_eq(crunch_logs_open(&logs, fd, &end, 1, NULL), CRUNCH_OK);
    cr_assert_eq(logs.n_blocks, N);
    for (unsigned i = 0; i < N; i++) {
        cr_assert_eq(logs.block[i].bytes, BLOCK - i);
        packed += logs.block[i].stored < logs.block[i].bytes;
        for (size_t k = 0; k < BLOCK; k++)
            data[k] = (unsigned char)(k / 100 + i);
        cr_assert_eq(crunch_logs_load(&logs, &logs.block[i], back, NULL), CRUNCH_OK);
        cr_expect_eq(memcmp(data, back, BLOCK - i), 0);
    }
    cr_expect_gt(packed, 0);
    cr_expect_lt(packed, N);
    crunch_logs_free(&logs);
    free(data);
    free(back);
}

struct seen {
    uint64_t next, bytes_done;
};

static bool wants(void *context, uint32_t stream)
{
    (void)context;
    return stream == 7;
}

static enum crunch_code block(void *context, uint32_t stream, const void *data, size_t bytes,
                              struct crunch_error *error)
{
    struct seen *seen = context;
    uint64_t chunk;
    (void)stream, (void)error;
    cr_assert_eq(bytes, sizeof chunk);
    memcpy(&chunk, data, sizeof chunk);
    cr_assert_eq(chunk, seen->next);
    seen->next++;
    return CRUNCH_OK;
}

static void done(void *context, unsigned file, uint64_t at, uint64_t bytes)
{
    (void)file, (void)at;
    ((struct seen *)context)->bytes_done += bytes;
}

/* Segments of 30 chunks over 3 files, each scanned twice (the first scan never counts), marked in a
 * random order with a look after each: every look delivers just what is proved by then. */
Test(log, a_follower_delivers_in_order_as_marks_come)
{
    enum { N = 30 };
    unsigned long state = 5;
    for (int round = 0; round < 50; round++) {
        int fd[3];
        uint64_t end[3] = {0}, at[N], total = 0;
        unsigned order[N];
        bool marked[N] = {false};
        struct seen seen = {0};
        const struct crunch_following to = {&seen, wants, block, done};
        for (unsigned i = 0; i < 3; i++)
            fd[i] = new_file();
        struct crunch_follower *follower = crunch_follower_create(fd, 3, 0);
        for (uint64_t chunk = 0; chunk < N; chunk++) {
            unsigned file = (unsigned)(chunk * 7 % 3);
            struct crunch_log *log = crunch_log_create(fd[file]);
            end[file] += put_segment(log, end[file], chunk);
            at[chunk] = end[file];
            uint64_t bytes = put_segment(log, end[file], chunk);
            end[file] += bytes;
            total += bytes;
            crunch_log_free(log);
            order[chunk] = (unsigned)chunk;
        }
        for (unsigned i = N; i > 1; i--) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            unsigned k = (unsigned)(state >> 33) % i, swap = order[i - 1];
            order[i - 1] = order[k];
            order[k] = swap;
        }
        for (unsigned i = 0; i < N; i++) {
            unsigned expected = 0;
            mark(fd[order[i] * 7 % 3], at[order[i]], order[i]);
            marked[order[i]] = true;
            for (unsigned f = 0; f < 3; f++)
                cr_assert_eq(crunch_follower_look(follower, f, end[f], NULL), CRUNCH_OK);
            cr_assert_eq(crunch_follower_deliver(follower, &to, NULL), CRUNCH_OK);
            while (expected < N && marked[expected])
                expected++;
            cr_expect_eq(seen.next, expected);
        }
        cr_expect_eq(crunch_follower_position(follower), N * 10);
        cr_expect_eq(seen.bytes_done, total);
        crunch_follower_free(follower);
        for (unsigned i = 0; i < 3; i++)
            close(fd[i]);
    }
}

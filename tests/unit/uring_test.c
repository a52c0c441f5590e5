/* Reads ahead: whatever is expected and asked for, what is handed out is the file's. */
#include "io/uring.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned char byte_at(uint64_t o)
{
    return (unsigned char)((o * 2654435761u) >> 13);
}

static void write_bytes(int fd, uint64_t first, size_t bytes)
{
    unsigned char *all = malloc(bytes + 1);

    for (size_t i = 0; i < bytes; i++)
        all[i] = byte_at(first + i);
    cr_assert_eq(write(fd, all, bytes), (ssize_t)bytes);
    free(all);
}

/* A file without a name. */
static int make_file(size_t bytes)
{
    char path[] = "/tmp/crunch-uring-XXXXXX";
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    unlink(path);
    write_bytes(fd, 0, bytes);
    return fd;
}

static void check_bytes(const unsigned char *bytes, size_t n, uint64_t offset)
{
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(bytes[i], byte_at(offset + i), "at %lu", (unsigned long)(offset + i));
}

/* Reads [begin, end) in pieces of step; how many bytes the ring had. */
static uint64_t read_range(struct crunch_uring *ring, uint64_t begin, uint64_t end, size_t step)
{
    unsigned char *piece = malloc(step);
    uint64_t had = 0;

    for (uint64_t at = begin; at < end; at += step) {
        size_t want = end - at < step ? (size_t)(end - at) : step;
        size_t got = crunch_uring_take(ring, piece, want, at);

        cr_assert_leq(got, want);
        check_bytes(piece, got, at);
        had += got;
    }
    free(piece);
    return had;
}

static struct crunch_uring *open_ring(int fd, off_t base, uint64_t size, bool direct)
{
    return crunch_uring_create(
        &(struct crunch_uring_input){.fd = fd, .base = base, .size = size, .direct = direct});
}

Test(uring, refused_or_not)
{
    int why = crunch_uring_refused();
    struct crunch_uring *ring;
    int fd = make_file(10);

    errno = 0;
    ring = open_ring(fd, 0, 10, false);
    cr_assert_eq(ring == NULL, why != 0);
    if (!ring)
        cr_assert_eq(errno, why);
    crunch_uring_free(ring);
    close(fd);
}

Test(uring, all_of_a_file_in_order)
{
    const size_t size = 7 * 1024 * 1024 + 4321;
    int fd = make_file(size);

    for (int direct = 0; direct < 2 && !crunch_uring_refused(); direct++) {
        struct crunch_uring *ring = open_ring(fd, 0, size, direct);
        uint64_t had;

        crunch_uring_expect(ring, 0, size);
        had = read_range(ring, 0, size, 100001);
        if (crunch_uring_is_direct(ring))
            cr_assert_eq(had, size / CRUNCH_URING_ALIGN * CRUNCH_URING_ALIGN);
        else
            cr_assert_eq(had, size);
        cr_assert_eq(crunch_uring_taken(ring), had);
        crunch_uring_free(ring);
    }
    close(fd);
}

/* As workers do it: the next range is announced while one is read, each a little past its end. */
Test(uring, ranges_one_after_another)
{
    const size_t size = 5 * 1024 * 1024 + 77, step = 700001, past = 4096;
    int fd = make_file(size + 4096);

    for (int direct = 0; direct < 2 && !crunch_uring_refused(); direct++) {
        struct crunch_uring *ring = open_ring(fd, 4096, size, direct);
        uint64_t had = 0, want = 0;

        crunch_uring_expect(ring, 0, step + past);
        for (uint64_t at = 0; at < size; at += step) {
            uint64_t end = at + step < size ? at + step : size;
            unsigned char piece[3000];

            crunch_uring_expect(ring, at + step, at + 2 * step + past);
            for (uint64_t o = at; o < end; o += sizeof piece) {
                size_t n = crunch_uring_take(ring, piece, sizeof piece, o);

                check_bytes(piece, n, o + 4096);
                had += n;
                want += sizeof piece;
            }
        }
        cr_assert_gt(had, want - 100000, "%lu of %lu", had, want);
        crunch_uring_free(ring);
    }
    close(fd);
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Announced is one thing, asked for another: still only what the file says. */
Test(uring, anything_in_any_order)
{
    const size_t size = 3 * 1024 * 1024 + 11;
    int fd = make_file(size);
    uint32_t seed = 1;

    for (int round = 0; round < 40 && !crunch_uring_refused(); round++) {
        struct crunch_uring *ring = open_ring(fd, 0, size, round % 2);

        for (int turn = 0; turn < 30; turn++) {
            uint64_t begin = next(&seed) % (size + 1000), len = next(&seed) % 1500000;

            if (next(&seed) % 3 == 0)
                crunch_uring_expect(ring, begin, begin + len);
            else
                read_range(ring, begin, begin + len % 300000, 1 + next(&seed) % 200000);
        }
        crunch_uring_free(ring); /* with reads in flight */
    }
    close(fd);
}

/* ---- several files ---- */

struct folder {
    char path[64];
    size_t n;
    char (*name)[128];
    const char **names;
    struct crunch_files *files;
};

static void make_folder(struct folder *folder, size_t n, size_t (*bytes_of)(size_t i))
{
    uint64_t first = 0;

    strcpy(folder->path, "/tmp/crunch-uring-XXXXXX");
    cr_assert_not_null(mkdtemp(folder->path));
    folder->n = n;
    folder->name = calloc(n, sizeof *folder->name);
    folder->names = calloc(n, sizeof *folder->names);
    for (size_t i = 0; i < n; i++) {
        int fd;

        snprintf(folder->name[i], sizeof folder->name[i], "%s/%zu", folder->path, i);
        folder->names[i] = folder->name[i];
        fd = open(folder->name[i], O_WRONLY | O_CREAT | O_EXCL, 0600);
        cr_assert_geq(fd, 0);
        write_bytes(fd, first, bytes_of(i));
        first += bytes_of(i);
        close(fd);
    }
    cr_assert_eq(crunch_files_create(folder->names, n, NULL, &folder->files, NULL), CRUNCH_OK);
}

static void remove_folder(struct folder *folder)
{
    crunch_files_free(folder->files);
    for (size_t i = 0; i < folder->n; i++)
        unlink(folder->name[i]);
    rmdir(folder->path);
    free(folder->name);
    free(folder->names);
}

static struct crunch_uring *open_files(const struct folder *folder)
{
    return crunch_uring_create(&(struct crunch_uring_input){
        .fd = -1, .size = folder->files->size, .files = folder->files});
}

static size_t mixed_sizes(size_t i)
{
    return i % 50 == 17 ? 1300000 : i % 7 == 3 ? 0 : 1 + i * 97 % 9000;
}

Test(uring, many_files)
{
    struct folder folder;
    struct crunch_uring *ring;
    unsigned char *bytes = malloc(1300000);

    if (crunch_uring_refused())
        return;
    make_folder(&folder, 300, mixed_sizes);
    ring = open_files(&folder);
    crunch_uring_expect(ring, 0, folder.files->size);
    for (size_t i = 0; i < folder.n; i++) {
        const struct crunch_file *file = &folder.files->file[i];

        if (file->size == 0)
            continue;
        const char *lent = crunch_uring_lend(ring, i);

        cr_assert_eq(lent != NULL, file->size < CRUNCH_URING_PIECE, "%zu", i);
        if (lent)
            check_bytes((const unsigned char *)lent, (size_t)file->size, file->base);
        cr_assert_eq(crunch_uring_take(ring, bytes, (size_t)file->size, file->base), file->size);
        check_bytes(bytes, (size_t)file->size, file->base);
    }
    crunch_uring_free(ring);
    free(bytes);
    remove_folder(&folder);
}

static size_t same_sizes(size_t i)
{
    (void)i;
    return 5000;
}

/* A file that is not what it was is not had; the others are. */
Test(uring, changed_files)
{
    struct folder folder;
    struct crunch_uring *ring;
    unsigned char bytes[5000];
    int fd;

    if (crunch_uring_refused())
        return;
    make_folder(&folder, 10, same_sizes);
    cr_assert_eq(truncate(folder.name[2], 4999), 0);
    fd = open(folder.name[4], O_WRONLY | O_APPEND);
    write_bytes(fd, 0, 1);
    close(fd);
    unlink(folder.name[6]);
    ring = open_files(&folder);
    crunch_uring_expect(ring, 0, folder.files->size);
    for (size_t i = 0; i < folder.n; i++) {
        bool changed = i == 2 || i == 4 || i == 6;

        cr_assert_eq(crunch_uring_lend(ring, i) != NULL, !changed, "%zu", i);
        if (changed)
            continue;
        cr_assert_eq(crunch_uring_take(ring, bytes, sizeof bytes, 5000 * i), 5000);
        check_bytes(bytes, sizeof bytes, 5000 * i);
    }
    crunch_uring_free(ring);
    remove_folder(&folder);
}

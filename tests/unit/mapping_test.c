/* Mappings: the file's bytes with room around them, and what is told when they are lost. */
#include "io/mapping.h"
#include "io/source.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A file of n bytes, byte i being i * 7 + i / 256, whose name is already gone. */
static int make_file(size_t n)
{
    char path[] = "/tmp/crunch-map-XXXXXX";
    int fd = mkstemp(path);
    unsigned char *bytes = malloc(n);

    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    cr_assert_eq(write(fd, bytes, n), (ssize_t)n);
    unlink(path);
    free(bytes);
    return fd;
}

static bool is_right(const struct crunch_mapping *m, size_t base, size_t from, size_t to)
{
    const unsigned char *p = (const unsigned char *)crunch_mapping_at(m, 0);

    for (size_t i = from; i < to; i++)
        if (p[i] != (unsigned char)((base + i) * 7 + (base + i) / 256))
            return false;
    return true;
}

/* Sizes and beginnings around the page's size; the slack can be read, whatever is there. */
Test(mapping, bytes_and_slack)
{
    static const size_t sizes[] = {1, 4095, 4096, 4097, 8192, 100000};
    static const size_t bases[] = {0, 1, 4095, 4096, 5000};
    volatile unsigned sink = 0;

    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < 5; k++) {
            int fd = make_file(bases[k] + sizes[i]);
            struct crunch_mapping *m = crunch_mapping_create(fd, (off_t)bases[k], sizes[i]);
            const char *first = crunch_mapping_at(m, 0);

            cr_assert_not_null(m);
            cr_assert(is_right(m, bases[k], 0, sizes[i]));
            for (size_t j = 0; j < CRUNCH_MAPPING_SLACK; j++)
                sink +=
                    (unsigned char)first[-(ptrdiff_t)j - 1] + (unsigned char)first[sizes[i] + j];
            cr_assert_eq(crunch_mapping_check(m, sizes[i], NULL), CRUNCH_OK);
            crunch_mapping_drop(m, 0, sizes[i]);
            crunch_mapping_drop(m, sizes[i] / 2, sizes[i] * 2);
            cr_assert(is_right(m, bases[k], 0, sizes[i]));
            crunch_mapping_free(m);
            close(fd);
        }
}

/* Before it is touched, after, and between: zeros, no signal, and an error that says where. */
Test(mapping, file_cut_short)
{
    int fd = make_file(50000), other = make_file(9000);
    struct crunch_mapping *m = crunch_mapping_create(fd, 0, 50000);
    struct crunch_mapping *whole = crunch_mapping_create(other, 0, 9000);
    struct crunch_error error;

    cr_assert(is_right(m, 0, 0, 20000));
    cr_assert_eq(ftruncate(fd, 10000), 0);
    cr_assert(is_right(m, 0, 0, 10000));
    cr_assert_eq(crunch_mapping_at(m, 10001)[0], 0);
    cr_assert_eq(crunch_mapping_at(m, 15000)[0], 0);
    cr_assert_eq(crunch_mapping_at(m, 40000)[0], 0);
    cr_assert_eq(crunch_mapping_check(m, 10000, &error), CRUNCH_OK);
    cr_assert_eq(crunch_mapping_check(m, 10001, &error), CRUNCH_IO);
    cr_assert_not_null(strstr(error.message, "ends at byte 10000"), "%s", error.message);
    /* Long again: what was read in between is no better for it. */
    cr_assert_eq(ftruncate(fd, 50000), 0);
    cr_assert_eq(crunch_mapping_check(m, 50000, &error), CRUNCH_IO);
    cr_assert_eq(crunch_mapping_check(m, 12288, &error), CRUNCH_OK);
    cr_assert_eq(crunch_mapping_check(whole, 9000, &error), CRUNCH_OK);
    crunch_mapping_free(m);
    crunch_mapping_free(whole);
    close(fd);
    close(other);
}

/* A place in the list is used again without what its last holder had lost; and forked processes
 * have their own. */
Test(mapping, again_and_forked)
{
    int fd = make_file(50000), status;
    struct crunch_mapping *m = crunch_mapping_create(fd, 0, 50000);

    cr_assert_eq(ftruncate(fd, 0), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(crunch_mapping_at(m, 30000)[0] == 0 && crunch_mapping_check(m, 1, NULL) == CRUNCH_IO
                  ? 33
                  : 1);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 33);
    cr_assert_eq(crunch_mapping_at(m, 1)[0], 0);
    crunch_mapping_free(m);
    close(fd);
    fd = make_file(50000);
    m = crunch_mapping_create(fd, 0, 50000);
    cr_assert(is_right(m, 0, 0, 50000));
    cr_assert_eq(crunch_mapping_check(m, 50000, NULL), CRUNCH_OK);
    crunch_mapping_free(m);
    close(fd);
}

/* A fault that is nobody's has its usual end. */
Test(mapping, other_faults_kill)
{
    int fd = make_file(5000), status;
    struct crunch_mapping *m = crunch_mapping_create(fd, 0, 5000);
    pid_t child = fork();

    if (child == 0) {
        raise(SIGBUS);
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
    crunch_mapping_free(m);
    close(fd);
}

Test(mapping, refused)
{
    int pipes[2];

    cr_assert_eq(pipe(pipes), 0);
    cr_assert_null(crunch_mapping_create(pipes[0], 0, 100));
    cr_assert_null(crunch_mapping_create(-1, 0, 100));
    close(pipes[0]);
    close(pipes[1]);
}

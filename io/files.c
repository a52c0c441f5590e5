/*
 * The members of an input of several files. All but the copies are constant once made, so any
 * thread or process may use them.
 */
#include "io/files.h"

#include "io/ahead.h"
#include "io/fetch.h"
#include "io/remote.h"
#include "io/supply.h"
#include "io/temp.h"
#include "io/url.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)1 << 20)

static enum crunch_code named(struct crunch_error *error, const char *name, enum crunch_code code)
{
    if (error)
        error->file = name;
    return code;
}

enum crunch_code crunch_fail_open(const char *path, int error_number, struct crunch_error *error)
{
    size_t scheme = crunch_url_scheme(path);

    crunch_fail_errno(error, CRUNCH_IO, error_number, "cannot open");
    if (scheme > 0)
        crunch_hint(error,
                    "%.*s:// is not fetched, only http:// and https:// are; pipe it through the "
                    "program that knows it",
                    (int)(scheme < 20 ? scheme : 20), path);
    return CRUNCH_IO;
}

/* Copies what can be read once into a file of its own. */
static enum crunch_code copy(struct crunch_file *file, struct crunch_supply *from,
                             const char *tmpdir, struct crunch_error *error)
{
    char *piece = malloc(PIECE_BYTES);
    enum crunch_code code = CRUNCH_OK;
    struct crunch_error own;
    ssize_t n = 0;

    if (!error)
        error = &own;
    if (!piece)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    file->size = 0;
    code = crunch_temp_open(tmpdir, &file->fd, error);
    while (!code && (n = crunch_supply_read(from, piece, PIECE_BYTES, error)) != 0) {
        int failed = n < 0 ? 0 : crunch_write_all(file->fd, piece, (size_t)n, (off_t)file->size);

        if (n < 0)
            code = error->code;
        else if (failed)
            code = crunch_fail_errno(error, CRUNCH_IO, failed, "cannot write a temporary file");
        else
            file->size += (uint64_t)n;
    }
    free(piece);
    return code;
}

static enum crunch_code add_special(struct crunch_file *file, const char *path,
                                    const struct crunch_files_want *want,
                                    struct crunch_error *error)
{
    bool standard = strcmp(path, "-") == 0;
    struct crunch_supply from = {.fd = standard ? STDIN_FILENO
                                                : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY),
                                 .stop = want->stop};
    enum crunch_code code;

    if (from.fd < 0)
        return crunch_fail_open(path, errno, error);
    code = copy(file, &from, want->tmpdir, error);
    if (!standard)
        close(from.fd);
    return code;
}

static void add_remote(struct crunch_file *file, const char *path,
                       const struct crunch_fetching *fetching)
{
    file->url = fetching ? crunch_fetching_url(fetching, path) : path;
    file->size = CRUNCH_REMOTE_GUESS;
}

static enum crunch_code add(struct crunch_file *file, const char *path,
                            const struct crunch_files_want *want, struct crunch_error *error)
{
    struct stat status;

    *file = (struct crunch_file){.name = path, .fd = -1};
    if (strcmp(path, "-") == 0) {
        file->name = "<stdin>";
        return named(error, file->name, add_special(file, path, want, error));
    }
    if (crunch_url_is(path)) {
        add_remote(file, path, want->fetching);
        return CRUNCH_OK;
    }
    if (stat(path, &status))
        return named(error, path, crunch_fail_open(path, errno, error));
    if (S_ISDIR(status.st_mode))
        return named(error, path, crunch_fail(error, CRUNCH_IO, "is a directory"));
    if (!S_ISREG(status.st_mode))
        return named(error, path, add_special(file, path, want, error));
    file->size = (uint64_t)status.st_size;
    file->modified = status.st_mtim;
    return CRUNCH_OK;
}

/* ---- remote members ---- */

static enum crunch_code copy_remotes(struct crunch_files *files,
                                     const struct crunch_files_want *want,
                                     struct crunch_error *error)
{
    const struct crunch_fetching usual = crunch_fetching_default();
    const struct crunch_fetching *fetching = want->fetching ? want->fetching : &usual;
    struct crunch_ahead *ahead;
    enum crunch_code code = crunch_ahead_create(files, fetching, fetching->jobs, &ahead, error);

    if (!code)
        crunch_ahead_expect(ahead, 0, files->n);
    for (size_t i = 0; i < files->n && !code; i++) {
        struct crunch_supply from = {.fd = -1, .stop = want->stop};

        if (!files->file[i].url)
            continue;
        code = crunch_ahead_open(ahead, i, &from.remote, error);
        if (!code)
            code = copy(&files->file[i], &from, want->tmpdir, error);
        if (code)
            named(error, files->file[i].name, code);
        else
            files->file[i].url = NULL;
    }
    crunch_ahead_free(ahead);
    files->n_remote = 0;
    return code;
}

static enum crunch_code share_fetched(struct crunch_files *files, struct crunch_error *error)
{
    void *memory = mmap(NULL, files->n * sizeof *files->fetched, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return crunch_fail_errno(error, CRUNCH_NO_MEMORY, errno, "no memory for shared state");
    files->fetched = memory;
    return CRUNCH_OK;
}

enum crunch_code crunch_files_create(const char *const *paths, size_t n,
                                     const struct crunch_files_want *want,
                                     struct crunch_files **out, struct crunch_error *error)
{
    static const struct crunch_files_want nothing = {.tmpdir = NULL};
    struct crunch_files *files = calloc(1, sizeof *files + n * sizeof files->file[0]);
    enum crunch_code code = CRUNCH_OK;

    *out = files;
    if (!files)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    if (!want)
        want = &nothing;
    for (; files->n < n && !code; files->n++) {
        code = add(&files->file[files->n], paths[files->n], want, error);
        files->n_remote += files->file[files->n].url != NULL;
    }
    if (!code && files->n_remote > 0 && want->twice)
        code = copy_remotes(files, want, error);
    else if (!code && files->n_remote > 0)
        code = crunch_remote_ready(error);
    if (!code && files->n_remote > 0)
        code = share_fetched(files, error);
    for (size_t i = 0; i < files->n; i++) {
        files->file[i].base = files->size;
        files->size += files->file[i].size;
    }
    if (code) {
        crunch_files_free(files);
        *out = NULL;
    } else if (error) {
        error->file = NULL;
    }
    return code;
}

void crunch_files_free(struct crunch_files *files)
{
    for (size_t i = 0; files && i < files->n; i++)
        if (files->file[i].fd >= 0)
            close(files->file[i].fd);
    if (files && files->fetched)
        munmap(files->fetched, files->n * sizeof *files->fetched);
    free(files);
}

void crunch_files_progress(const struct crunch_files *files, uint64_t position, uint64_t *done,
                           uint64_t *total)
{
    *done = position;
    *total = files->size;
    for (size_t i = 0; i < files->n && files->n_remote > 0; i++) {
        const struct crunch_file *file = &files->file[i];
        uint64_t size_plus;

        if (!file->url)
            continue;
        size_plus = atomic_load(&files->fetched[i].size_plus);
        if (position > file->base)
            *done -= position - file->base < file->size ? position - file->base : file->size;
        *done += atomic_load(&files->fetched[i].taken);
        if (*total != UINT64_MAX)
            *total = size_plus ? *total - file->size + size_plus - 1 : UINT64_MAX;
    }
}

size_t crunch_files_find(const struct crunch_files *files, uint64_t offset)
{
    size_t low = 0, high = files->n - 1; /* the last base <= offset is in [low, high] */

    while (low < high) {
        size_t middle = high - (high - low) / 2;

        if (files->file[middle].base <= offset)
            low = middle;
        else
            high = middle - 1;
    }
    return low; /* of several with that base the last: the others are empty */
}

size_t crunch_files_next(const struct crunch_files *files, size_t i)
{
    while (i < files->n && files->file[i].size == 0)
        i++;
    return i;
}

static const char *change_of(const struct crunch_file *file, const struct stat *status)
{
    if ((uint64_t)status->st_size < file->size)
        return "the file has become shorter while it was read";
    if ((uint64_t)status->st_size > file->size)
        return "the file has grown while it was read";
    if (status->st_mtim.tv_sec != file->modified.tv_sec ||
        status->st_mtim.tv_nsec != file->modified.tv_nsec)
        return "the file was written to while it was read";
    return NULL;
}

enum crunch_code crunch_files_open(const struct crunch_files *files, size_t i, int *fd,
                                   struct crunch_error *error)
{
    const struct crunch_file *file = &files->file[i];
    const char *change = NULL;
    struct stat status;

    if (file->fd >= 0) {
        *fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
        if (*fd < 0)
            return named(error, file->name,
                         crunch_fail_errno(error, CRUNCH_IO, errno, "cannot open"));
        return CRUNCH_OK;
    }
    *fd = open(file->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (*fd < 0 || fstat(*fd, &status)) {
        crunch_fail_errno(error, CRUNCH_IO, errno, "cannot open");
        if (*fd >= 0)
            close(*fd);
        return named(error, file->name, CRUNCH_IO);
    }
    change = change_of(file, &status);
    if (!change)
        return CRUNCH_OK;
    close(*fd);
    return named(error, file->name, crunch_fail(error, CRUNCH_IO, "%s", change));
}

enum crunch_code crunch_files_check_one(const struct crunch_files *files, size_t i, int fd,
                                        struct crunch_error *error)
{
    const struct crunch_file *file = &files->file[i];
    const char *change;
    struct stat status;

    if (file->fd >= 0 || file->url) /* a copy of our own, or looked after by who fetches it */
        return CRUNCH_OK;
    if (fd >= 0 ? fstat(fd, &status) : stat(file->name, &status))
        return named(error, file->name,
                     crunch_fail_errno(error, CRUNCH_IO, errno, "the file is gone"));
    change = change_of(file, &status);
    if (!change)
        return CRUNCH_OK;
    return named(error, file->name, crunch_fail(error, CRUNCH_IO, "%s", change));
}

enum crunch_code crunch_files_check(const struct crunch_files *files, bool only_empty,
                                    struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;

    for (size_t i = 0; i < files->n && !code; i++)
        if (!only_empty || files->file[i].size == 0)
            code = crunch_files_check_one(files, i, -1, error);
    return code;
}

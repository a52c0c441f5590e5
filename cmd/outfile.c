/*
 * Owns the last step of every result: written, flushed, checked, renamed. A target that is no
 * regular file (a device, a FIFO) is written directly, for renaming would replace it; a symbolic
 * link is followed, so that it goes on pointing to the result.
 */
#include "cmd/outfile.h"
#include "io/temp.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPIED ((size_t)1 << 16)

static enum crunch_code fail_errno(struct crunch_error *error, const char *name, int number,
                                   const char *what)
{
    crunch_fail_errno(error, CRUNCH_IO, number, "%s", what);
    if (error)
        error->file = name;
    return CRUNCH_IO;
}

static bool is_input(const struct stat *target, const char *input_path)
{
    struct stat input;
    int failed =
        strcmp(input_path, "-") == 0 ? fstat(STDIN_FILENO, &input) : stat(input_path, &input);
    return failed == 0 && S_ISREG(target->st_mode) && input.st_dev == target->st_dev &&
           input.st_ino == target->st_ino;
}

enum crunch_code crunch_outfile_check(const char *option, const char *path, const char *input_path,
                                      struct crunch_error *error)
{
    struct stat target;
    if (!path)
        return CRUNCH_OK;
    if (stat(path, &target) == 0) {
        if (is_input(&target, input_path)) {
            crunch_fail(error, CRUNCH_USAGE, "%s would overwrite the input", option);
            error->file = path;
            return CRUNCH_USAGE;
        }
        if (S_ISDIR(target.st_mode))
            return fail_errno(error, path, EISDIR, "cannot write");
        if (!S_ISREG(target.st_mode))
            return CRUNCH_OK;
    }
    char *copy = strdup(path);
    if (!copy)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    int failed = access(dirname(copy), W_OK | X_OK) == 0 ? 0 : errno;
    free(copy);
    return failed ? fail_errno(error, path, failed, "cannot write") : CRUNCH_OK;
}

/* Makes FILE.XXXXXX beside the target, with the permissions that a plain creation would give (or
 * that the target has). */
static enum crunch_code open_aside(struct crunch_outfile *out, const char *path,
                                   const struct stat *existing, struct crunch_error *error)
{
    out->target = existing ? realpath(path, NULL) : strdup(path);
    out->aside = out->target ? malloc(strlen(out->target) + sizeof ".XXXXXX") : NULL;
    if (!out->aside)
        return fail_errno(error, path, errno, "cannot write");
    stpcpy(stpcpy(out->aside, out->target), ".XXXXXX");
    int fd = mkostemp(out->aside, O_CLOEXEC);
    if (fd < 0) {
        int number = errno;
        free(out->aside);
        out->aside = NULL;
        return fail_errno(error, path, number, "cannot create a file beside it");
    }
    mode_t mask = umask(0);
    umask(mask);
    fchmod(fd, existing ? existing->st_mode & 07777 : 0666 & ~mask);
    out->file = fdopen(fd, "w");
    return out->file ? CRUNCH_OK : fail_errno(error, path, errno, "cannot write");
}

enum crunch_code crunch_outfile_open(struct crunch_outfile *out, const char *path,
                                     struct crunch_error *error)
{
    struct stat existing;
    *out = (struct crunch_outfile){.file = stdout, .name = path ? path : "<stdout>"};
    if (!path)
        return CRUNCH_OK;
    out->file = NULL;
    bool exists = stat(path, &existing) == 0;
    if (exists && !S_ISREG(existing.st_mode)) {
        out->file = fopen(path, "we");
        return out->file ? CRUNCH_OK : fail_errno(error, path, errno, "cannot write");
    }
    enum crunch_code code = open_aside(out, path, exists ? &existing : NULL, error);
    return code ? crunch_outfile_close(out, code, error) : CRUNCH_OK;
}

enum crunch_code crunch_outfile_hold(struct crunch_outfile *out, const char *tmpdir,
                                     struct crunch_error *error)
{
    int fd = -1;
    if (out->aside)
        return CRUNCH_OK;
    enum crunch_code code = crunch_temp_open(tmpdir, &fd, error);
    FILE *held = code ? NULL : fdopen(fd, "w+");
    if (!code && !held) {
        code = fail_errno(error, tmpdir, errno, "cannot write a temporary file");
        close(fd);
    }
    if (code)
        return crunch_outfile_close(out, code, error);
    out->held_for = out->file;
    out->file = held;
    return CRUNCH_OK;
}

/* What was held back goes on, if code is OK; the file is again what it was held back for. 0 or an
 * errno; of writing the unnamed file, too. */
static int let_go(struct crunch_outfile *out, enum crunch_code code)
{
    FILE *held = out->file;
    char *block = malloc(COPIED);
    int number = block ? 0 : ENOMEM;
    size_t n;
    out->file = out->held_for;
    out->held_for = NULL;
    errno = 0;
    if (!code && !number && (ferror(held) || fflush(held) != 0))
        number = errno ? errno : EIO;
    rewind(held);
    while (!code && !number && (n = fread(block, 1, COPIED, held)) > 0)
        if (fwrite(block, 1, n, out->file) != n)
            number = errno ? errno : EIO;
    if (!code && !number && ferror(held))
        number = errno ? errno : EIO;
    fclose(held);
    free(block);
    return number;
}

/* Flushes what was written and finds out whether all of it arrived; 0 or an errno. */
static int flush(struct crunch_outfile *out)
{
    errno = 0;
    bool bad = ferror(out->file);
    if (fflush(out->file) != 0 || bad)
        return errno ? errno : EIO;
    if (out->aside && fsync(fileno(out->file)) != 0 && errno != EINVAL)
        return errno;
    return 0;
}

enum crunch_code crunch_outfile_close(struct crunch_outfile *out, enum crunch_code code,
                                      struct crunch_error *error)
{
    int number = out->held_for ? let_go(out, code) : 0;
    if (number == 0 && out->file && (!code || !out->aside))
        number = flush(out);
    /* Standard output is closed too: on some file systems only that tells of a failed write. */
    if (out->file && fclose(out->file) != 0 && number == 0)
        number = errno;
    out->file = NULL;
    if (!code && number == 0 && out->aside && rename(out->aside, out->target) != 0)
        number = errno;
    if (!code && number != 0)
        code = fail_errno(error, out->name, number, "cannot write");
    if (code && out->aside)
        unlink(out->aside);
    free(out->aside);
    free(out->target);
    out->aside = out->target = NULL;
    return code;
}

/*
 * Files: the members of an input that consists of several files, one behind the other. Each has its
 * place in a row of all their bytes as they are stored: what is at byte o of the input is at byte o
 * - base of the member. An empty file has no place.
 *
 * Only names, sizes and times are known beforehand; a member is opened by whoever reads it, and
 * must then still be what it was. What is no regular file (a pipe, standard input) is copied to a
 * temporary file first, since it could not be found again. A URL is fetched by whoever reads it
 * (io/ahead.h), unless it is to be read twice: then it is copied, too. How large a remote member is
 * is not known before; its place is as large as was guessed, and its bytes may reach beyond, as
 * those of a packed file may.
 */
#ifndef CRUNCH_IO_FILES_H
#define CRUNCH_IO_FILES_H

#include "io/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct crunch_fetching;

/* Size of the place of a remote member: so that a few of them are cut into as many chunks. */
#define CRUNCH_REMOTE_GUESS ((uint64_t)1 << 20)

struct crunch_file {
    const char *name; /* for messages; the caller's, lives as long as the process */
    uint64_t base;    /* of its first byte in the input */
    uint64_t size;    /* as stored */
    struct timespec modified;
    int fd;          /* of a copy; -1: to be opened by its name */
    const char *url; /* of a remote member, whose size is a guess; NULL: a file */
};

/* What has been found out of a remote member: in memory shared with processes forked later, written
 * by whoever reads the member. */
struct crunch_file_fetched {
    _Atomic uint64_t size_plus; /* as stored, + 1; 0: not known */
    _Atomic uint64_t taken;     /* bytes, by the one who reads it now or was the last to */
};

struct crunch_files {
    size_t n;
    uint64_t size; /* of all */
    size_t n_remote;
    struct crunch_file_fetched *fetched; /* per member; NULL without remote ones */
    struct crunch_file file[];
};

/* That path cannot be opened: CRUNCH_IO, with a hint for a URL that is not of http or https. */
enum crunch_code crunch_fail_open(const char *path, int error_number, struct crunch_error *error);

struct crunch_files_want {
    const char *tmpdir;
    const struct crunch_fetching *fetching; /* for URLs; NULL: the defaults */
    bool twice;                             /* URLs are copied */
    const _Atomic int *stop;                /* ends copying with CRUNCH_INTERRUPTED; or NULL */
};

/* Looks at n paths ("-" is standard input). Fails for the first that is missing, unreadable or a
 * folder, CRUNCH_IO with its name. Nothing is asked of URLs but when they are copied. */
enum crunch_code crunch_files_create(const char *const *paths, size_t n,
                                     const struct crunch_files_want *want,
                                     struct crunch_files **out, struct crunch_error *error);
void crunch_files_free(struct crunch_files *files); /* NULL is fine */

/* Bytes as they are stored of what is settled before position, and of all, *total UINT64_MAX where
 * remote members have not said yet. */
void crunch_files_progress(const struct crunch_files *files, uint64_t position, uint64_t *done,
                           uint64_t *total);

/* The member that byte offset < files->size lies in. */
size_t crunch_files_find(const struct crunch_files *files, uint64_t offset);

/* The first member from i on that is not empty; n when there is none. */
size_t crunch_files_next(const struct crunch_files *files, size_t i);

/* Opens member i for reading; *fd is the caller's. CRUNCH_IO when that fails or when it is not what
 * it was. Thread-safe. */
enum crunch_code crunch_files_open(const struct crunch_files *files, size_t i, int *fd,
                                   struct crunch_error *error);

/* CRUNCH_IO, with the name, if a member is not what it was. Of only_empty: one that is empty. */
enum crunch_code crunch_files_check(const struct crunch_files *files, bool only_empty,
                                    struct crunch_error *error);

/* The same of member i; fd is open on it, or -1. Thread-safe. */
enum crunch_code crunch_files_check_one(const struct crunch_files *files, size_t i, int fd,
                                        struct crunch_error *error);

#endif

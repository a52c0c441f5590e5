/*
 * Where results go: standard output, or a file that is written aside and renamed when it is whole,
 * so that nobody ever sees half of it and a failed run leaves the old one.
 */
#ifndef CRUNCH_CMD_OUTFILE_H
#define CRUNCH_CMD_OUTFILE_H

#include "io/error.h"

#include <stdio.h>

struct crunch_outfile {
    FILE *file;
    const char *name; /* for messages */
    char *target;     /* what aside becomes; NULL: written directly */
    char *aside;
    FILE *held_for; /* what is written goes there at the end; NULL: it goes where it goes */
};

/* Before the work: refuses a path that is the input (the same file by any name or link), a
 * directory, or one whose folder cannot be written. option is what to call it: "--output". path
 * NULL is fine. */
enum crunch_code crunch_outfile_check(const char *option, const char *path, const char *input_path,
                                      struct crunch_error *error);

/* path NULL: standard output. */
enum crunch_code crunch_outfile_open(struct crunch_outfile *out, const char *path,
                                     struct crunch_error *error);

/* Before anything is written: what is not written aside (standard output, a device) goes to an
 * unnamed file in tmpdir first, and on only when the writing ends well. CRUNCH_IO: out is closed.
 */
enum crunch_code crunch_outfile_hold(struct crunch_outfile *out, const char *tmpdir,
                                     struct crunch_error *error);

/* Ends the writing: flushes, checks, renames. With code not OK, throws away what was written aside
 * and returns code. Write errors are CRUNCH_IO. */
enum crunch_code crunch_outfile_close(struct crunch_outfile *out, enum crunch_code code,
                                      struct crunch_error *error);

#endif

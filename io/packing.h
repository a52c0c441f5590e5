/*
 * What an input is packed in, told by its first bytes and never by its name.
 */
#ifndef CRUNCH_IO_PACKING_H
#define CRUNCH_IO_PACKING_H

#include "io/error.h"

#include <stddef.h>

enum crunch_packing {
    CRUNCH_PACKING_NONE, /* read as it is */
    CRUNCH_PACKING_ZSTD, /* RFC 8878 */
    CRUNCH_PACKING_GZIP, /* RFC 1952 */
    CRUNCH_PACKING_TEXT, /* not packed, but to be recoded (io/recode.h): never detected */
    CRUNCH_PACKING_TOLD  /* whatever the first bytes tell when they are read (a URL) */
};

/* Bytes from the beginning that tell (fewer when the input is shorter). */
#define CRUNCH_PACKING_BYTES ((size_t)16)

/* CRUNCH_IO, with the command to pipe it through as the hint, for a format that is known and not
 * read. Pure. */
enum crunch_code crunch_packing_detect(const void *bytes, size_t len, enum crunch_packing *packing,
                                       struct crunch_error *error);

#endif

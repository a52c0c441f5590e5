/*
 * The table of frames that zstd's seekable format puts at the end (facebook/zstd,
 * contrib/seekable_format/zstd_seekable_compression_format.md, version 0.1.0): a skippable frame
 * with the packed and unpacked size of every frame before it. It saves walking over the blocks of
 * each, and says what frames hold that do not say it themselves.
 */
#ifndef CRUNCH_IO_SEEK_TABLE_H
#define CRUNCH_IO_SEEK_TABLE_H

#include "io/supply.h"

#include <stdbool.h>

struct crunch_seek_table {
    size_t n;
    uint32_t *sizes; /* 2 * n: packed and unpacked bytes of each frame; owned */
    uint64_t end;    /* compressed offset behind the last of them, where the table begins */
};

enum crunch_seek_found {
    CRUNCH_SEEK_NONE, /* the file does not end as one with a table does */
    CRUNCH_SEEK_USED,
    CRUNCH_SEEK_WRONG /* there is one, and it is not about what stands before it */
};

/* Reads the table of a regular file: *found is USED when its own size and the sizes in it add up to
 * the file's, and otherwise nothing is owned. What the frames really are is not looked at. Errors:
 * CRUNCH_IO, CRUNCH_NO_MEMORY, CRUNCH_INTERRUPTED. */
enum crunch_code crunch_seek_table_read(const struct crunch_supply *file,
                                        struct crunch_seek_table *table,
                                        enum crunch_seek_found *found, struct crunch_error *error);
void crunch_seek_table_free(struct crunch_seek_table *table);

#endif

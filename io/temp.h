/* Temporary files without a name: gone with their last descriptor, however the process ends. */
#ifndef CRUNCH_IO_TEMP_H
#define CRUNCH_IO_TEMP_H

#include "io/error.h"

#include <stddef.h>
#include <sys/types.h>

/* Opens an unlinked file for reading and writing in dir (NULL: $TMPDIR or /tmp). *fd is the
 * caller's. CRUNCH_IO with the folder named. Thread-safe. */
enum crunch_code crunch_temp_open(const char *dir, int *fd, struct crunch_error *error);

/* Writes or reads all len bytes at offset, over interruptions. Return 0, or an errno (EIO where a
 * read meets the end). */
int crunch_write_all(int fd, const void *data, size_t len, off_t offset);
int crunch_read_all(int fd, void *data, size_t len, off_t offset);

#endif

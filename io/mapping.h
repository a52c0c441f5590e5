/*
 * Mappings: a regular file's bytes where the page cache has them, instead of copies of them.
 *
 * A mapped file that becomes shorter is the danger: touching a page that is no longer there is
 * SIGBUS, at any instruction that reads, and no check beforehand can rule it out. So the first
 * mapping installs a handler. It puts a page of zeros in the place of the one that is gone, notes
 * in the mapping from where on bytes have been lost, and lets the instruction run again: nothing
 * is jumped over, no state is lost, and it works in whatever thread or forked process the fault
 * occurs. What was read is worthless then; who reads a piece asks crunch_mapping_check()
 * afterwards, before anything is made of it. The last page of a file that became shorter is read
 * as zeros without any fault, so that check asks for the file's size, too. A read error of the disk
 * comes as SIGBUS, too, and is told as such.
 *
 * The handler can only find the mappings through a list that is global to the process: the one
 * list of io/mapping.c. Faults elsewhere are passed on to the default action.
 */
#ifndef CRUNCH_IO_MAPPING_H
#define CRUNCH_IO_MAPPING_H

#include "io/error.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct crunch_mapping;

/* Readable bytes before the first byte and behind the last, whatever they hold. */
#define CRUNCH_MAPPING_SLACK ((size_t)4096)

/* Maps the bytes [base, base + size) of a regular file; size > 0. Takes address space, and no
 * memory that could not be had back. fd must stay open while the mapping lives. NULL with errno set
 * when the kernel or the file system refuses. Thread-safe. */
struct crunch_mapping *crunch_mapping_create(int fd, off_t base, uint64_t size);
void crunch_mapping_free(struct crunch_mapping *mapping); /* NULL is fine */

/* Byte offset of the mapped range. Read-only. Pure. */
const char *crunch_mapping_at(const struct crunch_mapping *mapping, uint64_t offset);

/* After bytes below end have been read: CRUNCH_IO when some of them were not there any more.
 * error->file is the caller's to set. */
enum crunch_code crunch_mapping_check(const struct crunch_mapping *mapping, uint64_t end,
                                      struct crunch_error *error);

/* [begin, end) is not needed for now: no longer counted as this process's memory. It may be read
 * again. */
void crunch_mapping_drop(const struct crunch_mapping *mapping, uint64_t begin, uint64_t end);

#endif

/*
 * Recoding: text that is not UTF-8 with one-byte delimiters, made so on the way in, after any
 * unpacking. From then on everything (offsets, columns, messages) speaks of the recoded text; lines
 * stay what they were.
 *
 * Three kinds, of which the first may come before one of the others:
 * - another character encoding, by iconv (POSIX): whatever iconv knows by that name;
 * - runs of blanks as the delimiter: blanks at the beginning and end of a line are dropped, each
 * run between cells becomes one delimiter, those inside quotes stay;
 * - columns of fixed width, counted in characters of UTF-8: each cell is taken without its outer
 *   blanks and quoted where it must be; a line that ends early has empty cells, and what stands
 *   behind the last column, blanks apart, is a cell too many.
 */
#ifndef CRUNCH_IO_RECODE_H
#define CRUNCH_IO_RECODE_H

#include "io/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct crunch_recoding {
    const char *encoding; /* or NULL: UTF-8 already */
    bool blanks;
    const uint32_t *width; /* n_widths of them, each > 0; not with blanks */
    size_t n_widths;
    unsigned char delimiter; /* what cells are parted by afterwards */
    bool quoting;
    unsigned char quote;
};

/* True if there is anything to be done. */
static inline bool crunch_recoding_wanted(const struct crunch_recoding *recoding)
{
    return recoding && (recoding->encoding || recoding->blanks || recoding->n_widths > 0);
}

/* CRUNCH_USAGE when iconv does not know the encoding. */
enum crunch_code crunch_recoding_check(const struct crunch_recoding *recoding,
                                       struct crunch_error *error);

struct crunch_recoder;

/* Where a recoder's bytes come from; as crunch_decoder_read. */
struct crunch_recoder_input {
    void *context;
    ssize_t (*read)(void *context, void *buffer, size_t len, struct crunch_error *error);
};

/* recoding must outlive it. NULL: out of memory, or iconv does not know the encoding. */
struct crunch_recoder *crunch_recoder_create(const struct crunch_recoding *recoding);
void crunch_recoder_free(struct crunch_recoder *recoder); /* NULL is fine */

/* 1 to len bytes of recoded text (len > 0), 0 at the end, -1 with *error: what the input fails
 * with, or CRUNCH_IO for bytes that are nothing in the encoding, with their offset. One caller at a
 * time. */
ssize_t crunch_recoder_read(struct crunch_recoder *recoder,
                            const struct crunch_recoder_input *input, void *buffer, size_t len,
                            struct crunch_error *error);

#endif

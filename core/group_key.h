/*
 * Keys of groups: the text of a row's key cells as one byte string.
 *
 * The cells of -g are joined by NUL bytes, in the order asked for; no cell has one in it (NUL is
 * bad data), so different keys are different strings, and comparing the strings bytewise compares
 * the cells one after another. A missing cell is the empty text. Blanks around a cell are gone
 * unless it is quoted, as everywhere.
 *
 * With --by-file the first cell is the number of the file in the job's paths, from 0, as
 * CRUNCH_FILE_KEY_DIGITS hexadecimal digits: groups in the order of their keys are in the order of
 * the command line, and no name is copied or compared. crunch_group_key_split gives the name.
 */
#ifndef CRUNCH_CORE_GROUP_KEY_H
#define CRUNCH_CORE_GROUP_KEY_H

#include "core/reference_row.h"
#include "io/batch.h"

struct crunch_plan;

#define CRUNCH_FILE_KEY_DIGITS 8

/* Writes the digits of file i < 2^32 to text, without a NUL. */
void crunch_file_key(size_t i, char text[CRUNCH_FILE_KEY_DIGITS]);

/* The keys of one batch after another; one object per worker. */
struct crunch_group_keys {
    /* After crunch_group_keys_read: rows entries; what text[i] points to has CRUNCH_TEXT_SLACK
     * readable bytes around it, and lives as long as the batch and until the next read. */
    const char *const *text;
    const uint32_t *len;

    size_t n_slots;
    const size_t *slot; /* the plan's */
    /* Of composite keys, owned. */
    char *joined;
    size_t joined_size;
    const char **joined_text;
    uint32_t *joined_len;
};

/* plan: one with keys (n_by > 0), which outlives the object. CRUNCH_NO_MEMORY or CRUNCH_OK. */
enum crunch_code crunch_group_keys_init(struct crunch_group_keys *keys,
                                        const struct crunch_plan *plan, struct crunch_error *error);
void crunch_group_keys_free(struct crunch_group_keys *keys); /* a zeroed one is fine */

/* Sets text and len to the keys of the batch's rows. CRUNCH_NO_MEMORY, also for a key of 2^32 bytes
 * or more. */
enum crunch_code crunch_group_keys_read(struct crunch_group_keys *keys,
                                        const struct crunch_batch *rows,
                                        struct crunch_error *error);

/* The same of a row of the reference, written apart: *key (malloc'd, the caller's) has *len bytes.
 * NULL in *key: out of memory. */
void crunch_group_key_of_row(const struct crunch_plan *plan, const struct crunch_reference_row *row,
                             char **key, size_t *len);

/* The cells of a key as they are shown: cell i begins at begin[i] and has len[i] bytes, i <
 * plan->n_by; a file is its name in the job. Pure. */
void crunch_group_key_split(const struct crunch_plan *plan, const char *key, size_t key_len,
                            const char **begin, size_t *len);

/* Order of keys: bytewise, a shorter one before its continuations. Negative, zero or positive. */
int crunch_group_key_compare(const char *a, size_t a_len, const char *b, size_t b_len);

#endif

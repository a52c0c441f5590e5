/*
 * Answers: what collectors other than the groups' own have found of each group, on its way to where
 * the groups are rendered. An answer is some bytes of the collector's, with the group's key and the
 * collector's stream; of one group and stream there may be several, in no particular order.
 *
 * Answers are put aside in parts by the hash of the key, as groups are (core/group_store.h): so
 * whoever renders a share of the groups opens the same share of the answers, and only that is in
 * memory. Beyond a limit the rest lies compressed in a temporary file.
 */
#ifndef CRUNCH_CORE_GROUP_ANSWERS_H
#define CRUNCH_CORE_GROUP_ANSWERS_H

#include "core/group_block.h"
#include "core/hash_table.h"
#include "io/error.h"

struct crunch_answers;

/* seed: of the groups' hashes. n_slots: whoever adds does so in a slot of its own. limit, tmpdir:
 * as for crunch_spill_create. *out is to be freed in any case. CRUNCH_NO_MEMORY, CRUNCH_IO. */
enum crunch_code crunch_answers_create(uint64_t seed, size_t n_slots, size_t limit,
                                       const char *tmpdir, struct crunch_answers **out,
                                       struct crunch_error *error);
void crunch_answers_free(struct crunch_answers *answers); /* NULL is fine */

/* Several threads may add at once, each in its slot. The errors of crunch_spill_put. */
enum crunch_code crunch_answers_add(struct crunch_answers *answers, size_t slot, uint32_t stream,
                                    const void *key, size_t key_len, const void *data, size_t bytes,
                                    struct crunch_error *error);
/* Nothing more will be added in the slot for now: its memory becomes free. */
enum crunch_code crunch_answers_end(struct crunch_answers *answers, size_t slot,
                                    struct crunch_error *error);

/* A share in memory; used by one thread. */
struct crunch_open_answers;

/* Opens a share, once everything was added. *large: it takes more than `most` bytes, and nothing
 * was opened. *out is to be closed in any case. CRUNCH_NO_MEMORY, CRUNCH_IO. */
enum crunch_code crunch_answers_open(const struct crunch_answers *answers,
                                     const struct crunch_group_share *share, size_t most,
                                     struct crunch_open_answers **out, bool *large,
                                     struct crunch_error *error);
void crunch_answers_close(struct crunch_open_answers *open); /* NULL is fine */

struct crunch_answer {
    const void *data; /* not aligned */
    size_t bytes;
    size_t next; /* for crunch_answers_next */
    uint32_t stream;
    const struct crunch_open_answers *from; /* not set by these functions */
};

/* The first and then the next answer of the stream for the key; false: there is none. */
bool crunch_answers_first(const struct crunch_open_answers *open, const struct crunch_hash_key *key,
                          uint32_t stream, struct crunch_answer *out);
bool crunch_answers_next(const struct crunch_open_answers *open, struct crunch_answer *answer);

#endif

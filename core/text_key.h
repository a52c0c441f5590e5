/* Keys of the texts of a batch, for hash tables and sketches: loaded 16 bytes at a time, since
 * around a text there is room to read. */
#ifndef CRUNCH_CORE_TEXT_KEY_H
#define CRUNCH_CORE_TEXT_KEY_H

#include "core/hash_table.h"
#include "io/batch.h"

_Static_assert(CRUNCH_TEXT_SLACK >= CRUNCH_HASH_INLINE, "a short text is loaded whole");

/* The key of text[0..len), behind which CRUNCH_TEXT_SLACK bytes may be read. */
static inline struct crunch_hash_key crunch_text_key(const char *text, uint32_t len, uint64_t seed)
{
    if (len > CRUNCH_HASH_INLINE)
        return crunch_hash_make_key(text, len, seed);
    uint64_t word[2];
    memcpy(word, text, sizeof word);
    if (len < 8) {
        word[0] &= (UINT64_C(1) << (8 * len)) - 1;
        word[1] = 0;
    } else if (len < 16) {
        word[1] &= (UINT64_C(1) << (8 * (len - 8))) - 1;
    }
    return crunch_hash_make_short_key(word[0], word[1], len, seed);
}

#endif

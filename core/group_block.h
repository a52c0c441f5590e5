/*
 * Blocks: groups of a table as bytes in a log, and back into another table. A group takes a few
 * bytes beside its key: what follows from something else is left out.
 */
#ifndef CRUNCH_CORE_GROUP_BLOCK_H
#define CRUNCH_CORE_GROUP_BLOCK_H

#include "core/bytes.h"
#include "core/group_store.h"

/* Appends the groups id[0..n) as a block. *out fails when memory runs out. */
void crunch_group_block_write(struct crunch_bytes *out, const struct crunch_group_store *store,
                              const uint32_t *id, size_t n);

/* Which groups are wanted of a block: those of parts [begin, end), and of them the ones whose
 * fraction of the hash below the part is fraction of fractions. */
struct crunch_group_share {
    unsigned begin, end;
    uint32_t fraction, fractions; /* 0, 1: all */
};

static inline bool crunch_group_share_has(const struct crunch_group_share *share, uint64_t hash)
{
    unsigned part = crunch_group_part(hash);
    if (part < share->begin || part >= share->end)
        return false;
    /* Fraction f of n is fractions 2 f and 2 f + 1 of 2 n. */
    return (uint64_t)(uint32_t)(hash >> 26) * share->fractions >> 32 == share->fraction;
}

/* Adds the wanted groups of a block to store. records: data records before the block's chunk.
 * False: out of memory. */
bool crunch_group_block_read(struct crunch_group_store *store, const unsigned char *block,
                             const struct crunch_group_share *share, uint64_t records);

#endif

/*
 * The packing of a table: its bytes as they are, cut into zstd frames (RFC 8878) where records
 * begin, so that the frames can be unpacked, and the table read, by several at once.
 *
 * A frame holds the records that begin in one chunk, so cuts depend on the input and the chunk's
 * size alone: frame k begins at the first record start at or after data_offset + k * chunk_bytes
 * (the first one at byte 0). A frame that would be larger than CRUNCH_FRAME_MOST, since a record
 * is, is cut every so many bytes. Each frame tells its size and carries a checksum. Behind them
 * stands a table of the frames' sizes in a skippable frame, in zstd's seekable format
 * (facebook/zstd, contrib/seekable_format, version 0.1.0).
 */
#ifndef CRUNCH_CORE_PACK_H
#define CRUNCH_CORE_PACK_H

#include "core/collect.h"
#include "io/source.h"

#define CRUNCH_FRAME_MOST ((size_t)64 << 20)

/* Of a use of the collector: the plan's config. */
struct crunch_packing_use {
    struct crunch_source *source; /* must outlive the run */
    uint64_t data_offset;         /* where the run's records begin */
    int level;                    /* of zstd, 1 to 22 */
    FILE *out;                    /* frames are written there in order */
    const char *out_name;         /* for messages */
    /* so far, by the coordinating thread */
    uint64_t frames, packed, unpacked; /* packed: bytes written */
    uint32_t *sizes;                   /* 2 * frames: packed and unpacked bytes of each; owned */
    size_t capacity;                   /* of sizes, in frames */
    bool no_table;                     /* more than the format can say */
};

/* The collector; its config is a struct crunch_packing_use, which is not the plan's to free. */
extern const struct crunch_collector crunch_packer;

/* Packs bytes [begin, end) of the source and writes them: what no chunk holds, a table without
 * records. */
enum crunch_code crunch_pack_range(struct crunch_packing_use *use, uint64_t begin, uint64_t end,
                                   struct crunch_error *error);

/* Writes the table behind the frames. CRUNCH_IO. */
enum crunch_code crunch_pack_end(struct crunch_packing_use *use, struct crunch_error *error);

void crunch_packing_use_free(struct crunch_packing_use *use);

#endif

/*
 * How a census lies in a log: what its collector writes and its merge reads.
 *
 * A block is a row of records: the key's length and the count as LEB128 numbers, then the key. When
 * there are few values they all go into one block of the collector's stream; otherwise each part
 * (the values whose hash has the same highest bits) goes into a block of its own, whose stream has
 * the part's number, plus one, in the bits above the collector's.
 */
#ifndef CRUNCH_CORE_CENSUS_PARTS_H
#define CRUNCH_CORE_CENSUS_PARTS_H

#include "core/census.h"

#define CRUNCH_CENSUS_STREAM_BITS 16 /* of the collector's own number */

static inline unsigned crunch_census_part(uint64_t hash)
{
    return (unsigned)(hash >> (64 - CRUNCH_CENSUS_PART_BITS));
}

static inline uint32_t crunch_census_stream(uint32_t stream, unsigned part)
{
    return stream | (part + 1) << CRUNCH_CENSUS_STREAM_BITS;
}

#endif

/*
 * How a log lies in its file: segment headers, each followed by `bytes` bytes of blocks; a block is
 * its header and its stored bytes. For core/log.c and core/log_read.c only.
 */
#ifndef CRUNCH_CORE_LOG_LAYOUT_H
#define CRUNCH_CORE_LOG_LAYOUT_H

#include "core/log.h"

struct crunch_log_segment {
    uint64_t chunk;
    uint64_t bytes; /* of the blocks behind it */
    uint64_t committed;
    uint64_t end; /* of its records in the input */
    struct crunch_prefix prefix;
};

struct crunch_log_block {
    uint64_t stored, bytes; /* equal where it is not compressed */
    uint64_t stream;
};

#endif

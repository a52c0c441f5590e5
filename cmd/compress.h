/* `crunch compress FILE -o FILE.zst`: packs a table so that it can be read in parallel. */
#ifndef CRUNCH_CMD_COMPRESS_H
#define CRUNCH_CMD_COMPRESS_H

#include "cmd/invocation.h"

/* Writes the table's bytes as zstd frames that begin where records do (core/pack.h). With --verify
 * what was written is unpacked again and compared with the input. */
enum crunch_code crunch_compress(const struct crunch_invocation *invocation);

#endif

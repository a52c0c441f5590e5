/* `crunch convert FILE`: tables to .npy files and back. */
#ifndef CRUNCH_CMD_CONVERT_H
#define CRUNCH_CMD_CONVERT_H

#include "cmd/invocation.h"

/* Text becomes a .npy file of its numeric columns, or those of -c; binary input becomes CSV. --to
 * says otherwise. */
enum crunch_code crunch_convert(const struct crunch_invocation *invocation);

#endif

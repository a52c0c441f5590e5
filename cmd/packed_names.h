/*
 * The files that `crunch compress` writes when no -o names one: FILE.zst for each FILE, as zstd
 * does; an ending that says the FILE is packed already (.gz, .zst, ...) gives way to it.
 */
#ifndef CRUNCH_CMD_PACKED_NAMES_H
#define CRUNCH_CMD_PACKED_NAMES_H

#include "cmd/inputs.h"

#include <stdbool.h>

/* *names: inputs->n names, an array to be freed; the names are owned by inputs. CRUNCH_USAGE,
 * before anything is written: for an input that is no file (standard input, a URL), where a file of
 * that name exists (unless force), or is one of the inputs, and for two inputs with one name. */
enum crunch_code crunch_packed_names(struct crunch_inputs *inputs, bool force, const char ***names,
                                     struct crunch_error *error);

/* Again right before it is written, since it may have come meanwhile. */
enum crunch_code crunch_packed_name_check(const char *name, bool force, struct crunch_error *error);

#endif

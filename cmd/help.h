/*
 * Help in its lengths: usage on a mistake, one screen, everything, one operation; and the lists of
 * ops and backends, the version. All of it comes from the tables of options, commands, ops and
 * backends.
 */
#ifndef CRUNCH_CMD_HELP_H
#define CRUNCH_CMD_HELP_H

#include "cmd/invocation.h"

/* Commands; each writes to standard output (or -o) and fails only as writing fails. */
enum crunch_code crunch_show_short_help(const struct crunch_invocation *invocation);
enum crunch_code crunch_show_full_help(const struct crunch_invocation *invocation);
/* `help [NAME]`. */
enum crunch_code crunch_show_help(const struct crunch_invocation *invocation);
enum crunch_code crunch_show_ops(const struct crunch_invocation *invocation);
enum crunch_code crunch_show_backends(const struct crunch_invocation *invocation);
enum crunch_code crunch_show_version(const struct crunch_invocation *invocation);
/* Without arguments: the short help on standard error, and CRUNCH_USAGE. */
enum crunch_code crunch_show_usage(const struct crunch_invocation *invocation);

/* The short help: at most 24 lines of 80 columns. */
void crunch_write_short_help(FILE *out);
void crunch_write_full_help(FILE *out);

/* The exit statuses, for the help and the manual: status and meaning; *n is set to how many. */
struct crunch_status_row {
    const char *status, *meaning;
};
const struct crunch_status_row *crunch_status_rows(size_t *n);

/* Runs write on the place of results that the settings name. */
enum crunch_code crunch_write_out(const struct crunch_invocation *invocation,
                                  enum crunch_code (*write)(FILE *, const void *,
                                                            const struct crunch_invocation *),
                                  const void *context);
/* The format asked for; on AUTO, the table on a terminal, else TSV. */
enum crunch_format crunch_resolve_format(const struct crunch_settings *settings, FILE *out);
/* The same before the output is open: it is standard output, or -o FILE. */
enum crunch_format crunch_output_format(const struct crunch_settings *settings);

#endif

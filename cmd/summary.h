/* What is said about a reduction on standard error: warnings, --verbose, counts, the verdict. */
#ifndef CRUNCH_CMD_SUMMARY_H
#define CRUNCH_CMD_SUMMARY_H

#include "cmd/reduce.h"

/* A doubtful header; columns left out because no value was seen. */
void crunch_warn_about_table(const struct crunch_reduction *reduction);
/* --verbose: dialect, columns, workers. */
void crunch_tell_plan(const struct crunch_reduction *reduction);
/* Counts of bad data, always; --verbose: records, chunks, time. */
void crunch_tell_run(const struct crunch_reduction *reduction);
/* What --verify found and measured. */
void crunch_tell_verdict(const struct crunch_reduction *reduction);

#endif

/* --report: what was asked, decided, done and measured, as one JSON object. */
#ifndef CRUNCH_CMD_REPORT_H
#define CRUNCH_CMD_REPORT_H

#include "cmd/reduce.h"

/* Writes the report of a reduction that ended with code, and returns code; or, if code is OK and
 * the report cannot be written, that failure (in the invocation's error). */
enum crunch_code crunch_write_report(const struct crunch_reduction *reduction,
                                     enum crunch_code code);

#endif

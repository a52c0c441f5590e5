/*
 * The scanner of binary tables: the same contract as io/scan.h's, which hands over to it. A range's
 * records are known from its bounds, so a guess is never wrong.
 */
#ifndef CRUNCH_IO_SCAN_BINARY_H
#define CRUNCH_IO_SCAN_BINARY_H

#include "io/scan.h"

struct crunch_binary_scanner;

/* As crunch_scanner_create, for a table with table->binary. */
enum crunch_code crunch_binary_scanner_create(const struct crunch_scan_plan *plan,
                                              struct crunch_source *source,
                                              struct crunch_binary_scanner **out,
                                              struct crunch_error *error);
void crunch_binary_scanner_free(struct crunch_binary_scanner *scanner); /* NULL is fine */

enum crunch_code crunch_binary_scan(struct crunch_binary_scanner *scanner,
                                    const struct crunch_range *range,
                                    const struct crunch_sink *sink, struct crunch_extent *extent,
                                    struct crunch_error *error);

#endif

/* What drawing needs to know of the terminal, and the drawing of bars. */
#ifndef CRUNCH_CMD_TERMINAL_H
#define CRUNCH_CMD_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Characters in a line of the terminal that out is: $COLUMNS, or what the terminal says, or 80. */
unsigned crunch_terminal_width(FILE *out);

/* True if the locale (LC_ALL, LC_CTYPE, LANG) says UTF-8. */
bool crunch_terminal_is_utf8(void);

/* A bar of count / most of width characters, in eighths of a character where utf8, else of #;
 * malloc'd, NULL when out of memory. A count that is not 0 gives at least the thinnest bar. */
char *crunch_bar(uint64_t count, uint64_t most, unsigned width, bool utf8);

/* The same upright, one character for each of n counts (blank, or one of eight heights; from
 * dots to # where not utf8); malloc'd, NULL when out of memory. */
char *crunch_sparkline(const uint64_t *count, size_t n, bool utf8);

#endif

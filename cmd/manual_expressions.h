/*
 * The part of the manual on expressions, in its own file for its length: the language of --where
 * and --map, and what map and filter write.
 */
#ifndef CRUNCH_CMD_MANUAL_EXPRESSIONS_H
#define CRUNCH_CMD_MANUAL_EXPRESSIONS_H

/* Text in the macros of man(7). */
extern const char crunch_manual_expressions[];

#endif

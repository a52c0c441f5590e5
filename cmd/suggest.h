/*
 * The nearest name to a misspelt one: optimal string alignment distance (Damerau 1964, restricted:
 * insert, delete, replace, swap neighbours), accepted when at most a third of the name is wrong.
 */
#ifndef CRUNCH_CMD_SUGGEST_H
#define CRUNCH_CMD_SUGGEST_H

#include <stddef.h>

struct crunch_suggestion {
    const char *wanted;
    size_t wanted_len;
    const char *nearest; /* NULL: none is near enough; not owned */
    unsigned distance;   /* of nearest */
};

void crunch_suggest_begin(struct crunch_suggestion *suggestion, const char *wanted, size_t len);
/* Considers a candidate, which must live as long as the suggestion; the first of equals stays. */
void crunch_suggest_offer(struct crunch_suggestion *suggestion, const char *candidate);
/* The distance between two texts of at most 63 bytes; longer ones are further than any limit. */
unsigned crunch_suggest_distance(const char *a, size_t a_len, const char *b, size_t b_len);

#endif

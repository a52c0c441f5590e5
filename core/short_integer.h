/*
 * Integers of a few words that GMP holds: what products and sums of decimals ask for all the time,
 * by ways that are short for up to four words (76 digits). Larger ones go GMP's own way.
 */
#ifndef CRUNCH_CORE_SHORT_INTEGER_H
#define CRUNCH_CORE_SHORT_INTEGER_H

#include <gmp.h>
#include <stddef.h>

/* Digits of any integer of that many words: 64 log10(2) < 19.27 each. */
#define CRUNCH_SHORT_WORDS 4
#define CRUNCH_SHORT_DIGITS 78

/* z = value; z is initialised. */
void crunch_integer_set(mpz_ptr z, __int128 value);

/* Divides z, not zero, by ten as often as that leaves no rest; returns how often. */
unsigned long crunch_integer_strip(mpz_ptr z);

/* Writes the digits of |z|, not zero and of at most CRUNCH_SHORT_WORDS words, to out (room for
 * CRUNCH_SHORT_DIGITS; no NUL); returns how many. 0: z has more words, and out is as it was. Pure.
 */
size_t crunch_integer_digits(char *out, mpz_srcptr z);

#endif

/*
 * Primality, proved: the strong test of Miller and Rabin with the first k primes as bases decides
 * every number below psi(k), the least composite that passes all of them: psi(4) = 3,215,031,751
 * (Jaeschke 1993, "On strong pseudoprimes to several bases"), psi(9) = 3,825,123,056,546,413,051
 * (Jiang and Deng 2014, "Strong pseudoprimes to the first eight prime bases"), psi(13) =
 * 3,317,044,064,679,887,385,961,981 (Sorenson and Webster 2017, "Strong pseudoprimes to twelve
 * prime bases").
 *
 * Pure; thread-safe.
 */
#ifndef CRUNCH_CORE_PRIME_H
#define CRUNCH_CORE_PRIME_H

#include <gmp.h>
#include <stdbool.h>
#include <stdint.h>

bool crunch_prime_u64(uint64_t n);

enum crunch_primality { CRUNCH_COMPOSITE, CRUNCH_PRIME, CRUNCH_UNDECIDED };

/* n of any size and sign; 0, 1 and negative numbers are COMPOSITE here. UNDECIDED: n is not below
 * psi(13) and passes the tests, that of Baillie, Pomerance, Selfridge and Wagstaff among them
 * (1980, "Lucas pseudoprimes"; no composite is known that does), so it is a prime in all
 * likelihood, but that is no proof. */
enum crunch_primality crunch_primality(const mpz_t n);

#endif

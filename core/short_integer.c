/*
 * Divisibility by ten is seen without dividing, since every power of 2^64 is 1 modulo 5; digits
 * come nineteen at a time from divisions of two words by one.
 */
#include "core/short_integer.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

_Static_assert(GMP_NUMB_BITS == 64, "words of GMP are words of ours");

#define NINETEEN UINT64_C(10000000000000000000) /* 10^19, the largest power in a word */

void crunch_integer_set(mpz_ptr z, __int128 value)
{
    const unsigned __int128 x = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    mp_limb_t *words = mpz_limbs_write(z, 2);
    words[0] = (uint64_t)x;
    words[1] = (uint64_t)(x >> 64);
    mpz_limbs_finish(z, value < 0 ? -2 : 2); /* leading zeros are its affair */
}

/* Is z, not zero, a multiple of ten? */
static bool ends_in_zero(mpz_srcptr z)
{
    const mp_limb_t *words = mpz_limbs_read(z);
    uint64_t rest = 0; /* below 5 a word: no overflow for 2^61 words */
    if (words[0] % 2 != 0)
        return false;
    for (size_t i = 0; i < mpz_size(z); i++)
        rest += words[i] % 5;
    return rest % 5 == 0;
}

unsigned long crunch_integer_strip(mpz_ptr z)
{
    unsigned long n = 0;
    for (; n < 4 && ends_in_zero(z); n++)
        mpz_divexact_ui(z, z, 10);
    if (n < 4 || !ends_in_zero(z))
        return n;
    mpz_t ten;
    mpz_init_set_ui(ten, 10);
    n += mpz_remove(z, z, ten);
    mpz_clear(ten);
    return n;
}

static const char pairs[201] = "00010203040506070809101112131415161718192021222324"
                               "25262728293031323334353637383940414243444546474849"
                               "50515253545556575859606162636465666768697071727374"
                               "75767778798081828384858687888990919293949596979899";

/* The n last digits of x, zeros before them. */
static void put_digits(char *out, uint64_t x, size_t n)
{
    while (n >= 2) {
        n -= 2;
        memcpy(out + n, pairs + 2 * (x % 100), 2);
        x /= 100;
    }
    if (n == 1)
        out[0] = (char)('0' + x % 10);
}

static size_t count_digits(uint64_t x)
{
    size_t n = 1;
    for (; x >= 10; x /= 10)
        n++;
    return n;
}

size_t crunch_integer_digits(char *out, mpz_srcptr z)
{
    uint64_t word[CRUNCH_SHORT_WORDS], group[CRUNCH_SHORT_WORDS + 1];
    size_t n = mpz_size(z), groups = 0;
    if (n > CRUNCH_SHORT_WORDS)
        return 0;
    memcpy(word, mpz_limbs_read(z), n * sizeof *word);
    while (n > 1 || (n == 1 && word[0] >= NINETEEN)) {
        uint64_t rest = 0;
        for (size_t i = n; i-- > 0;) {
            const unsigned __int128 x = (unsigned __int128)rest << 64 | word[i];
            word[i] = (uint64_t)(x / NINETEEN); /* rest < 10^19: it is a word */
            rest = (uint64_t)(x % NINETEEN);
        }
        group[groups++] = rest;
        while (word[n - 1] == 0) /* what was at least 10^19 leaves at least 1 */
            n--;
    }
    size_t len = count_digits(word[0]);
    put_digits(out, word[0], len);
    for (; groups > 0; len += 19)
        put_digits(out + len, group[--groups], 19);
    return len;
}

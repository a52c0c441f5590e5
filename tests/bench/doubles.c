/* Doubles for the benchmark, and the exact sum of their squares:
 *     doubles make ROWS SEED FILE    writes a .npy of ROWS little-endian doubles
 *     doubles squares FILE           prints their number, and two integers: sum, and k of sum *
 * 2^-k
 *
 * The numbers are integers of 53 bits times 2^-40, of either sign, so that squares have all their
 * bits. They are added up as integers, high and low half by exponent, which shares nothing with the
 * program that is measured. One thread; a .npy of version 1 with its header of 128 bytes only. */
#include <errno.h>
#include <gmp.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 128, BLOCK = 1 << 15, EXPONENTS = 2200, LEAST = -1074 };

static _Noreturn void stop(const char *what, const char *which)
{
    fprintf(stderr, "doubles: %s: %s\n", what, which);
    exit(1);
}

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void make(uint64_t rows, uint64_t seed, FILE *out)
{
    static double block[BLOCK];
    char header[HEADER + 1];

    memset(header, ' ', HEADER);
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    int n = snprintf(header + 10, HEADER - 10,
                     "{'descr': '<f8', 'fortran_order': False, 'shape': (%llu,), }",
                     (unsigned long long)rows);
    header[10 + n] = ' ';
    header[HEADER - 1] = '\n';
    if (fwrite(header, 1, HEADER, out) != HEADER)
        stop("cannot write", strerror(errno));
    for (uint64_t row = 0; row < rows;) {
        size_t some = rows - row < BLOCK ? (size_t)(rows - row) : BLOCK;

        for (size_t i = 0; i < some; i++) {
            uint64_t bits = next_random(&seed);
            double size = ldexp((double)(bits >> 11), -40);

            block[i] = bits & 1 ? -size : size;
        }
        if (fwrite(block, sizeof *block, some, out) != some)
            stop("cannot write", strerror(errno));
        row += some;
    }
}

/* Sums of the halves of squares, by twice the exponent of the number. */
struct sums {
    unsigned __int128 low[EXPONENTS], high[EXPONENTS];
    uint64_t count;
};

static void add(struct sums *s, double x)
{
    int exponent;
    uint64_t m = (uint64_t)ldexp(frexp(fabs(x), &exponent), 53);
    unsigned __int128 square = (unsigned __int128)m * m;

    if (!isfinite(x))
        stop("a number", "not finite");
    exponent = x == 0 ? 0 : exponent - 53 - LEAST + 60;
    s->low[exponent] += (uint64_t)square;
    s->high[exponent] += (uint64_t)(square >> 64);
    s->count++;
}

static void add_shifted(mpz_t sum, unsigned __int128 value, unsigned shift)
{
    mpz_t v;

    mpz_init_set_ui(v, (unsigned long)(value >> 64));
    mpz_mul_2exp(v, v, 64);
    mpz_add_ui(v, v, (unsigned long)value);
    mpz_mul_2exp(v, v, shift);
    mpz_add(sum, sum, v);
    mpz_clear(v);
}

static void print(const struct sums *s)
{
    mpz_t sum;

    mpz_init(sum);
    for (unsigned e = 0; e < EXPONENTS; e++) {
        add_shifted(sum, s->low[e], 2 * e);
        add_shifted(sum, s->high[e], 2 * e + 64);
    }
    gmp_printf("%llu %Zd %d\n", (unsigned long long)s->count, sum, 2 * (60 - LEAST));
    mpz_clear(sum);
}

static void squares(FILE *in)
{
    static double block[BLOCK];
    static struct sums s;
    char header[HEADER];
    size_t n;

    if (fread(header, 1, HEADER, in) != HEADER || memcmp(header, "\x93NUMPY\x01\x00\x76", 9) != 0)
        stop("header", "not what `doubles make` writes");
    while ((n = fread(block, sizeof *block, BLOCK, in)) > 0)
        for (size_t i = 0; i < n; i++)
            add(&s, block[i]);
    print(&s);
}

int main(int argc, char **argv)
{
    bool making = argc == 5 && strcmp(argv[1], "make") == 0;
    FILE *file;

    if (!making && !(argc == 3 && strcmp(argv[1], "squares") == 0)) {
        fputs("usage: doubles make ROWS SEED FILE | doubles squares FILE\n", stderr);
        return 2;
    }
    file = fopen(argv[argc - 1], making ? "wb" : "rb");
    if (file == NULL)
        stop(argv[argc - 1], strerror(errno));
    if (making)
        make(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10), file);
    else
        squares(file);
    if (fclose(file) != 0)
        stop("cannot write", strerror(errno));
    return 0;
}

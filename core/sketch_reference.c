/*
 * Sketches by their definition: the hash byte by byte and its products of 64 bits by GMP, the key
 * of a number from GMP's integer, all hashes in a list that is sorted, the registers from that
 * list, and the estimate in GMP's floating point with 512 bits.
 */
#include "core/sketch_reference.h"

#include "core/job.h"
#include "core/reference_row.h"
#include "core/sketch_collector.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BITS 512
#define RANKS 52

struct reference {
    const struct crunch_sketch_config *config;
    bool binary;
    uint64_t *hash; /* of distinct values, as far as they are sorted */
    size_t n, size;
    mpz_t product, factor;
    unsigned char *key;
    size_t key_size;
};

/* ---- the hash, see core/hash_table.h ---- */

static uint64_t fold(struct reference *r, uint64_t a, uint64_t b)
{
    mpz_set_ui(r->product, a);
    mpz_set_ui(r->factor, b);
    mpz_mul(r->product, r->product, r->factor);
    mpz_fdiv_q_2exp(r->factor, r->product, 64);
    mpz_fdiv_r_2exp(r->product, r->product, 64);
    return mpz_get_ui(r->product) ^ mpz_get_ui(r->factor);
}

/* Eight bytes from p on, the lowest first; zeros behind the end. */
static uint64_t word_at(const unsigned char *p, const unsigned char *end)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < 8 && p + i < end; i++)
        word += (uint64_t)p[i] << (8 * i);
    return word;
}

static uint64_t hash_of(struct reference *r, const unsigned char *key, size_t len)
{
    const uint64_t a = 0x9e3779b97f4a7c15, b = 0xd1b54a32d192ed03, c = 0xbb67ae8584caa73b;
    const unsigned char *end = key + len;
    uint64_t running = a;
    size_t at = 0;
    do {
        running = fold(r, word_at(key + at, end) ^ b,
                       (at + 8 < len ? word_at(key + at + 8, end) : 0) ^ running);
        at += 16;
    } while (at < len);
    uint64_t hash = fold(r, running ^ c, (uint64_t)len ^ a);
    return hash ? hash : 1;
}

/* ---- the key of a number, see core/value_key.h ---- */

static size_t put_narrow(unsigned char *key, int64_t mantissa, unsigned scale)
{
    for (unsigned i = 0; i < 8; i++)
        key[i] = (unsigned char)((uint64_t)mantissa >> (8 * i));
    key[8] = (unsigned char)scale;
    return 9;
}

static size_t put_wide(unsigned char *key, const mpz_t mantissa, long exponent)
{
    for (unsigned i = 0; i < 4; i++)
        key[i] = (unsigned char)((uint32_t)exponent >> (8 * i));
    key[4] = mpz_sgn(mantissa) < 0;
    mpz_get_str((char *)key + 5, 10, mantissa);
    size_t len = strlen((char *)key + 5);
    if (key[5] == '-')
        memmove(key + 5, key + 6, len--);
    key[5 + len] = 'w';
    return 6 + len;
}

static size_t number_key(struct reference *r, const struct crunch_reference_number *number)
{
    mpz_t m, limit;
    long exponent = number->exponent;
    size_t len;
    mpz_init_set(m, number->mantissa);
    mpz_init(limit);
    mpz_ui_pow_ui(limit, 10, 18);
    while (mpz_sgn(m) != 0 && mpz_divisible_ui_p(m, 10)) {
        mpz_divexact_ui(m, m, 10);
        exponent++;
    }
    if (mpz_sgn(m) == 0)
        exponent = 0;
    for (; exponent > 0 && mpz_cmpabs(m, limit) < 0; exponent--)
        mpz_mul_ui(m, m, 10);
    if (exponent <= 0 && exponent >= -39 && mpz_cmpabs(m, limit) < 0) {
        len = put_narrow(r->key, mpz_get_si(m), (unsigned)-exponent);
    } else {
        while (mpz_divisible_ui_p(m, 10)) {
            mpz_divexact_ui(m, m, 10);
            exponent++;
        }
        len = put_wide(r->key, m, exponent);
    }
    mpz_clears(m, limit, (mpz_ptr)NULL);
    return len;
}

/* The bytes of the double that the number is. */
static size_t double_key(struct reference *r, const struct crunch_reference_number *number)
{
    mpf_t x;
    mpf_init2(x, 64);
    mpf_set_z(x, number->mantissa);
    if (number->exponent < 0)
        mpf_div_2exp(x, x, (unsigned long)-number->exponent);
    else
        mpf_mul_2exp(x, x, (unsigned long)number->exponent);
    double value = mpf_get_d(x);
    mpf_clear(x);
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (unsigned i = 0; i < 8; i++)
        r->key[i] = (unsigned char)(bits >> (8 * i));
    r->key[8] = 'd';
    return 9;
}

static size_t value_key(struct reference *r, const struct crunch_reference_number *number)
{
    switch (number->class) {
    case CRUNCH_REFERENCE_NAN:
        r->key[0] = 'n';
        return 1;
    case CRUNCH_REFERENCE_PLUS_INF:
        r->key[0] = 'p';
        return 1;
    case CRUNCH_REFERENCE_MINUS_INF:
        r->key[0] = 'm';
        return 1;
    default:
        return r->binary ? double_key(r, number) : number_key(r, number);
    }
}

/* ---- the set ---- */

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void sort_out(struct reference *r)
{
    size_t kept = 0;
    if (r->n > 0)
        qsort(r->hash, r->n, sizeof *r->hash, ascending);
    for (size_t i = 0; i < r->n; i++)
        if (i == 0 || r->hash[i] != r->hash[i - 1])
            r->hash[kept++] = r->hash[i];
    r->n = kept;
}

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (verification)");
}

static enum crunch_code keep(struct reference *r, uint64_t hash, struct crunch_error *error)
{
    if (r->n == r->size)
        sort_out(r);
    if (r->n * 2 >= r->size) {
        uint64_t *grown = realloc(r->hash, (r->size * 2 + 4096) * sizeof *grown);
        if (grown == NULL)
            return no_memory(error);
        r->hash = grown;
        r->size = r->size * 2 + 4096;
    }
    r->hash[r->n++] = hash;
    return CRUNCH_OK;
}

enum crunch_code crunch_sketch_reference_create(const struct crunch_plan *plan, const void *config,
                                                void **self, struct crunch_error *error)
{
    struct reference *r = calloc(1, sizeof *r);
    *self = r;
    if (r == NULL)
        return no_memory(error);
    r->config = config;
    r->binary = crunch_layout_arith(&plan->layout, r->config->slot) == CRUNCH_ARITH_BINARY;
    mpz_inits(r->product, r->factor, (mpz_ptr)NULL);
    r->key = malloc(CRUNCH_WIDE_DIGITS_MAX + 16);
    return r->key ? CRUNCH_OK : no_memory(error);
}

void crunch_sketch_reference_destroy(void *self)
{
    struct reference *r = self;
    if (r == NULL)
        return;
    mpz_clears(r->product, r->factor, (mpz_ptr)NULL);
    free(r->hash);
    free(r->key);
    free(r);
}

enum crunch_code crunch_sketch_reference_row(void *self, const struct crunch_reference_row *row,
                                             struct crunch_error *error)
{
    struct reference *r = self;
    const struct crunch_reference_cell *cell = &row->cell[r->config->slot];
    if (r->config->by_value) {
        if (cell->number->class == CRUNCH_REFERENCE_MISSING)
            return CRUNCH_OK;
        size_t len = value_key(r, cell->number);
        return keep(r, hash_of(r, r->key, len), error);
    }
    if (cell->text_len == 0)
        return CRUNCH_OK;
    return keep(r, hash_of(r, (const unsigned char *)cell->text, cell->text_len), error);
}

/* ---- registers and the estimate ---- */

static void fill_registers(const struct reference *r, unsigned char *rank)
{
    memset(rank, 0, CRUNCH_SKETCH_REGISTERS);
    for (size_t i = 0; i < r->n; i++) {
        unsigned char *at = &rank[r->hash[i] >> 50], place = 1;
        for (int bit = 49; bit >= 0 && !(r->hash[i] >> bit & 1); bit--)
            place++;
        if (place > *at)
            *at = place;
    }
}

enum crunch_code crunch_sketch_reference_write(void *self, FILE *out, struct crunch_error *error)
{
    struct reference *r = self;
    static const size_t limit = CRUNCH_SKETCH_EXACT;
    (void)error;
    sort_out(r);
    for (size_t i = 0; i < r->n && r->n <= limit; i++)
        fprintf(out, "%016" PRIx64 "\n", r->hash[i]);
    if (r->n <= limit)
        return CRUNCH_OK;
    unsigned char rank[CRUNCH_SKETCH_REGISTERS];
    fill_registers(r, rank);
    for (size_t i = 0; i < CRUNCH_SKETCH_REGISTERS; i++)
        if (rank[i])
            fprintf(out, "%zu\t%d\n", i, rank[i]);
    return CRUNCH_OK;
}

/* z += m (x + sum of x^(2^k) 2^(k-1)), x the share of registers that are empty. */
static void add_sigma(mpf_t z, unsigned long empty)
{
    mpf_t x, sum, term;
    mpf_init2(x, BITS);
    mpf_init2(sum, BITS);
    mpf_init2(term, BITS);
    mpf_set_ui(x, empty);
    mpf_div_ui(x, x, CRUNCH_SKETCH_REGISTERS);
    mpf_set(sum, x);
    for (unsigned long k = 0; k < 40; k++) { /* x <= 1 - 2^-14: x^(2^40) is nothing */
        mpf_mul(x, x, x);
        mpf_mul_2exp(term, x, k);
        mpf_add(sum, sum, term);
    }
    mpf_mul_ui(sum, sum, CRUNCH_SKETCH_REGISTERS);
    mpf_add(z, z, sum);
    mpf_clear(x);
    mpf_clear(sum);
    mpf_clear(term);
}

/* z = m tau(x), x the share of registers below the last rank. */
static void set_tau(mpf_t z, unsigned long last)
{
    mpf_t x, term;
    mpf_init2(x, BITS);
    mpf_init2(term, BITS);
    mpf_set_ui(x, CRUNCH_SKETCH_REGISTERS - last);
    mpf_div_ui(x, x, CRUNCH_SKETCH_REGISTERS);
    mpf_ui_sub(z, 1, x);
    for (unsigned long k = 1; k < 200 && last > 0 && last < CRUNCH_SKETCH_REGISTERS; k++) {
        mpf_sqrt(x, x);
        mpf_ui_sub(term, 1, x);
        mpf_mul(term, term, term);
        mpf_div_2exp(term, term, k);
        mpf_sub(z, z, term);
    }
    mpf_div_ui(z, z, 3);
    mpf_mul_ui(z, z, CRUNCH_SKETCH_REGISTERS);
    if (last == CRUNCH_SKETCH_REGISTERS)
        mpf_set_ui(z, 0);
    mpf_clear(x);
    mpf_clear(term);
}

static uint64_t estimate_of(const unsigned char *rank)
{
    unsigned long with[RANKS] = {0};
    mpf_t z, term;
    for (size_t i = 0; i < CRUNCH_SKETCH_REGISTERS; i++)
        with[rank[i]]++;
    mpf_init2(z, BITS);
    mpf_init2(term, BITS);
    set_tau(z, with[RANKS - 1]);
    for (int k = RANKS - 2; k > 0; k--) {
        mpf_add_ui(z, z, with[k]);
        mpf_div_ui(z, z, 2);
    }
    add_sigma(z, with[0]);
    mpf_set_str(term, "0.721347520444481703679962340500946068713322977076492967067725", 10);
    mpf_mul_ui(term, term, CRUNCH_SKETCH_REGISTERS);
    mpf_mul_ui(term, term, CRUNCH_SKETCH_REGISTERS);
    mpf_div(term, term, z);
    mpf_mul_2exp(term, term, 1);
    mpf_add_ui(term, term, 1);
    mpf_div_2exp(term, term, 1);
    mpf_floor(term, term);
    uint64_t estimate = mpf_get_ui(term);
    mpf_clear(z);
    mpf_clear(term);
    return estimate;
}

enum crunch_code crunch_sketch_reference_result(void *self, uint64_t *estimate,
                                                struct crunch_error *error)
{
    struct reference *r = self;
    (void)error;
    sort_out(r);
    *estimate = r->n;
    if (r->n > CRUNCH_SKETCH_EXACT) {
        unsigned char rank[CRUNCH_SKETCH_REGISTERS];
        fill_registers(r, rank);
        *estimate = estimate_of(rank);
    }
    return CRUNCH_OK;
}

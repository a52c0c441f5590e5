/*
 * Plain on purpose: every number is put together byte by byte, and taken apart by its fields. Of a
 * file in Fortran order every number is read by itself.
 */
#include "core/reference_binary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT 64
#define PIECE 65536 /* bytes read at once, or one record */

static uint64_t bits_of(const struct crunch_number_type *type, const unsigned char *p)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < type->bytes; i++)
        bits = bits << 8 | p[type->big_endian ? i : type->bytes - 1u - i];
    return bits;
}

/* Sign, exponent and fraction of IEEE 754 section 3.4, of a format of that many bits. */
static void take_apart(uint64_t bits, unsigned fraction_bits, unsigned exponent_bits,
                       struct crunch_reference_number *out)
{
    const uint64_t fraction = bits & ((UINT64_C(1) << fraction_bits) - 1);
    const long field = (long)(bits >> fraction_bits & ((UINT64_C(1) << exponent_bits) - 1));
    const long top = (1L << exponent_bits) - 1;
    const bool negative = bits >> (fraction_bits + exponent_bits) & 1;
    if (field == top) {
        out->class = fraction != 0 ? CRUNCH_REFERENCE_NAN
                     : negative    ? CRUNCH_REFERENCE_MINUS_INF
                                   : CRUNCH_REFERENCE_PLUS_INF;
        return;
    }
    out->class = CRUNCH_REFERENCE_VALUE;
    mpz_set_ui(out->mantissa, field == 0 ? fraction : fraction | UINT64_C(1) << fraction_bits);
    if (negative)
        mpz_neg(out->mantissa, out->mantissa);
    out->exponent = (field == 0 ? 1 : field) - top / 2 - (long)fraction_bits;
}

/* value = digits * 10^(exponent - n + 1), in the layout of the manual. */
static void lay_out(bool negative, const char *digits, size_t n, int exponent, char *out)
{
    char *p = out;
    if (negative)
        *p++ = '-';
    if (exponent < -7 || exponent > 37) {
        p += sprintf(p, n > 1 ? "%c." : "%c", digits[0]);
        sprintf(p, "%.*se%d", (int)n - 1, digits + 1, exponent);
    } else if (exponent < 0) {
        sprintf(p, "0.%.*s%.*s", -exponent - 1, "0000000", (int)n, digits);
    } else {
        int whole = exponent + 1, have = (int)n < whole ? (int)n : whole;
        p += sprintf(p, "%.*s", have, digits);
        for (int i = have; i < whole; i++)
            *p++ = '0';
        sprintf(p, (int)n > whole ? ".%.*s" : "%.*s", (int)n - have, digits + have);
    }
}

/* The fewest digits that read back. */
static void write_text(const struct crunch_reference_number *number, char *out)
{
    static const char *const special[] = {[CRUNCH_REFERENCE_NAN] = "nan",
                                          [CRUNCH_REFERENCE_PLUS_INF] = "inf",
                                          [CRUNCH_REFERENCE_MINUS_INF] = "-inf"};
    char text[40], digits[20];
    size_t n = 0;
    if (number->class != CRUNCH_REFERENCE_VALUE) {
        strcpy(out, special[number->class]);
        return;
    }
    if (mpz_sgn(number->mantissa) == 0) {
        strcpy(out, "0");
        return;
    }
    double x = mpz_get_d(number->mantissa);
    for (long e = number->exponent; e > 0; e--)
        x *= 2;
    for (long e = number->exponent; e < 0; e++)
        x /= 2; /* exact, for the number is a double and each step before has more room */
    for (int places = 0; places <= 16; places++) {
        sprintf(text, "%.*e", places, x);
        if (strtod(text, NULL) == x)
            break;
    }
    for (const char *p = text; *p != 'e'; p++)
        if (*p >= '0' && *p <= '9')
            digits[n++] = *p;
    lay_out(text[0] == '-', digits, n, atoi(strchr(text, 'e') + 1), out);
}

static void write_integer(const struct crunch_number_type *type, uint64_t bits, char *out)
{
    const unsigned width = 8u * type->bytes;
    mpz_t value;
    mpz_init(value);
    mpz_set_ui(value, type->kind == 'b' ? bits != 0 : bits);
    if (type->kind == 'i' && bits >> (width - 1) & 1) {
        mpz_t modulus;
        mpz_init(modulus);
        mpz_setbit(modulus, width);
        mpz_sub(value, value, modulus);
        mpz_clear(modulus);
    }
    gmp_snprintf(out, TEXT, "%Zd", value);
    mpz_clear(value);
}

static void tell_number(struct crunch_reference_binary *reader, size_t column,
                        const unsigned char *p, struct crunch_reference_number *number)
{
    const struct crunch_number_type *type = &reader->table->binary.type;
    const uint64_t bits = bits_of(type, p);
    char text[TEXT];
    if (type->kind != 'f') {
        write_integer(type, bits, text);
        reader->number(reader->context, column, text, NULL);
        return;
    }
    take_apart(bits,
               type->bytes == 8   ? 52
               : type->bytes == 4 ? 23
                                  : 10,
               type->bytes == 8   ? 11
               : type->bytes == 4 ? 8
                                  : 5,
               number);
    write_text(number, text);
    reader->number(reader->context, column, text, number);
}

/* len bytes, all of them. */
static enum crunch_code read_all(struct crunch_reference_binary *reader, unsigned char *to,
                                 size_t len, uint64_t offset, size_t *got,
                                 struct crunch_error *error)
{
    for (*got = 0; *got < len;) {
        size_t step = len - *got < PIECE ? len - *got : PIECE;
        ssize_t n = crunch_source_read(reader->source, to + *got, step, offset + *got, error);
        if (n < 0)
            return error->code;
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    return CRUNCH_OK;
}

static enum crunch_code cut_short(const struct crunch_reference_binary *reader,
                                  struct crunch_error *error)
{
    crunch_fail(error, CRUNCH_IO, "the input ends within record %llu",
                (unsigned long long)reader->row + 1);
    error->file = crunch_source_name(reader->source);
    return CRUNCH_IO;
}

/* One record in C order; *more is false where none is left. */
static enum crunch_code read_record(struct crunch_reference_binary *reader, unsigned char *record,
                                    bool *more, struct crunch_error *error)
{
    const struct crunch_binary *binary = &reader->table->binary;
    const size_t bytes = binary->type.bytes, width = (size_t)binary->width;
    size_t got = 0;
    enum crunch_code code = CRUNCH_OK;
    *more = true;
    if (!binary->by_column) {
        code = read_all(reader, record, width * bytes, reader->origin + reader->row * width * bytes,
                        &got, error);
        *more = got > 0 || binary->rows != CRUNCH_ROWS_UNKNOWN;
        return code || got == width * bytes || !*more ? code : cut_short(reader, error);
    }
    for (size_t i = 0; i < width && !code; i++) {
        code = read_all(reader, record + i * bytes, bytes,
                        reader->origin + (i * binary->rows + reader->row) * bytes, &got, error);
        if (!code && got < bytes)
            code = cut_short(reader, error);
    }
    return code;
}

enum crunch_code crunch_reference_binary_read(struct crunch_reference_binary *reader,
                                              struct crunch_error *error)
{
    const struct crunch_binary *binary = &reader->table->binary;
    const size_t bytes = binary->type.bytes, width = (size_t)binary->width;
    unsigned char *record = malloc(width * bytes + 1);
    struct crunch_reference_number number;
    enum crunch_code code = CRUNCH_OK;
    bool more = true;
    if (record == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory (reference)");
    mpz_init(number.mantissa);
    reader->row = width == 0 ? 0 : (reader->begin - reader->origin) / (width * bytes);
    for (; reader->row < binary->rows && !reader->done; reader->row++) {
        const uint64_t begins = reader->origin + reader->row * width * bytes;
        if (begins >= reader->end)
            break;
        code = read_record(reader, record, &more, error);
        if (code || !more)
            break;
        for (size_t i = 0; i < width && !reader->done; i++) {
            reader->offset = begins + i * bytes;
            tell_number(reader, i, record + i * bytes, &number);
        }
        reader->offset = begins;
        if (!reader->done)
            reader->record(reader->context);
    }
    mpz_clear(number.mantissa);
    free(record);
    return code;
}

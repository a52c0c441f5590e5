/*
 * Numbers as they lie in binary files -> mantissas, doubles, texts. Every number is read as bits by
 * memcpy, whatever its alignment, and turned by shifts.
 */
#include "io/binary.h"

#include <endian.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANTISSA_LIMIT UINT64_C(1000000000000000000) /* narrow ones are below it */

/* ---- types ---- */

static const struct {
    const char *name;
    char kind;
    uint8_t bytes;
} types[] = {{"f64", 'f', 8}, {"f32", 'f', 4}, {"f16", 'f', 2}, {"i64", 'i', 8},
             {"i32", 'i', 4}, {"i16", 'i', 2}, {"i8", 'i', 1},  {"u64", 'u', 8},
             {"u32", 'u', 4}, {"u16", 'u', 2}, {"u8", 'u', 1},  {"bool", 'b', 1}};
#define N_TYPES (sizeof types / sizeof types[0])

bool crunch_type_parse(const char *text, struct crunch_number_type *out)
{
    for (size_t i = 0; i < N_TYPES; i++) {
        size_t len = strlen(types[i].name);
        const char *order = text + len;

        if (strncmp(text, types[i].name, len) != 0)
            continue;
        if (strcmp(order, "") != 0 && strcmp(order, ":le") != 0 && strcmp(order, ":be") != 0)
            continue;
        *out = (struct crunch_number_type){types[i].kind, types[i].bytes,
                                           strcmp(order, ":be") == 0 && types[i].bytes > 1};
        return true;
    }
    return false;
}

void crunch_type_text(const struct crunch_number_type *type, char out[CRUNCH_TYPE_TEXT])
{
    const char *name = "text";

    for (size_t i = 0; i < N_TYPES; i++)
        if (types[i].kind == type->kind && types[i].bytes == type->bytes)
            name = types[i].name;
    snprintf(out, CRUNCH_TYPE_TEXT, "%s%s", name, type->big_endian ? ":be" : "");
}

/* ---- numbers ---- */

/* bytes and big_endian are constants wherever it is called, so the loops around it have no test. */
static inline uint64_t bits_at(const unsigned char *p, unsigned bytes, bool big_endian)
{
    uint64_t wide;
    uint32_t half;
    uint16_t quarter;

    switch (bytes) {
    case 1:
        return *p;
    case 2:
        memcpy(&quarter, p, sizeof quarter);
        return big_endian ? be16toh(quarter) : le16toh(quarter);
    case 4:
        memcpy(&half, p, sizeof half);
        return big_endian ? be32toh(half) : le32toh(half);
    default:
        memcpy(&wide, p, sizeof wide);
        return big_endian ? be64toh(wide) : le64toh(wide);
    }
}

static inline void copy_bits(const unsigned char *p, size_t stride, size_t n, unsigned bytes,
                             bool big_endian, uint64_t *out)
{
    if (stride == bytes) /* a constant, too: vectors */
        for (size_t i = 0; i < n; i++)
            out[i] = bits_at(p + i * bytes, bytes, big_endian);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = bits_at(p + i * stride, bytes, big_endian);
}

static void read_bits(const struct crunch_number_type *type, const unsigned char *p, size_t stride,
                      size_t n, uint64_t *out)
{
    switch (type->bytes) {
    case 1:
        copy_bits(p, stride, n, 1, false, out);
        break;
    case 2:
        if (type->big_endian)
            copy_bits(p, stride, n, 2, true, out);
        else
            copy_bits(p, stride, n, 2, false, out);
        break;
    case 4:
        if (type->big_endian)
            copy_bits(p, stride, n, 4, true, out);
        else
            copy_bits(p, stride, n, 4, false, out);
        break;
    default:
        if (type->big_endian)
            copy_bits(p, stride, n, 8, true, out);
        else
            copy_bits(p, stride, n, 8, false, out);
    }
}

static int64_t signed_of(uint64_t bits, unsigned bytes)
{
    const unsigned spare = 64 - 8 * bytes;

    return (int64_t)(bits << spare) >> spare;
}

static double half_of(uint64_t bits)
{
    const int exponent = (int)(bits >> 10 & 31);
    const double fraction = (double)(bits & 1023);
    double size = exponent == 0    ? ldexp(fraction, -24)
                  : exponent == 31 ? (fraction > 0 ? (double)NAN : (double)INFINITY)
                                   : ldexp(fraction + 1024, exponent - 25);

    return bits >> 15 & 1 ? -size : size;
}

static double float_of(uint64_t bits)
{
    const uint32_t word = (uint32_t)bits;
    float x;

    memcpy(&x, &word, sizeof x);
    return (double)x;
}

/* Little-endian floats that lie side by side. */
static void widen_floats(const unsigned char *p, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = float_of(bits_at(p + i * 4, 4, false));
}

/* Some value is MANTISSA_LIMIT or more, or its negative. */
static bool any_far(const int64_t *value, size_t n)
{
    const uint64_t half = UINT64_C(1) << 59; /* below the limit, and quickly compared with */
    uint64_t far = 0;

    for (size_t i = 0; i < n; i++)
        far |= ((uint64_t)value[i] + half) >> 60;
    for (size_t i = 0; far && i < n; i++)
        if ((uint64_t)value[i] + (MANTISSA_LIMIT - 1) > 2 * (MANTISSA_LIMIT - 1))
            return true;
    return false;
}

bool crunch_binary_integers(const struct crunch_number_type *type, const unsigned char *p,
                            size_t stride, size_t n, int64_t *out)
{
    uint64_t *bits = (uint64_t *)out; /* the same memory, which C allows for these two */
    bool far = false;

    read_bits(type, p, stride, n, bits);
    if (type->kind == 'b')
        for (size_t i = 0; i < n; i++)
            bits[i] = bits[i] != 0;
    if (type->kind == 'i' && type->bytes < 8)
        for (size_t i = 0; i < n; i++)
            out[i] = signed_of(bits[i], type->bytes);
    if (type->bytes < 8)
        return true;
    if (type->kind == 'u')
        for (size_t i = 0; i < n; i++)
            far |= bits[i] >= MANTISSA_LIMIT;
    else
        far = any_far(out, n);
    return !far;
}

void crunch_binary_doubles(const struct crunch_number_type *type, const unsigned char *p,
                           size_t stride, size_t n, double *out)
{
    uint64_t bits[64];

    if (type->kind == 'f' && type->bytes == 4 && stride == 4 && !type->big_endian) {
        widen_floats(p, n, out);
        return;
    }
    for (size_t done = 0; done < n; done += 64) {
        const size_t m = n - done < 64 ? n - done : 64;

        read_bits(type, p + done * stride, stride, m, bits);
        if (type->kind == 'f' && type->bytes == 8)
            memcpy(out + done, bits, m * sizeof *bits);
        else if (type->kind == 'f' && type->bytes == 4)
            for (size_t i = 0; i < m; i++)
                out[done + i] = float_of(bits[i]);
        else if (type->kind == 'f')
            for (size_t i = 0; i < m; i++)
                out[done + i] = half_of(bits[i]);
        else if (type->kind == 'i')
            for (size_t i = 0; i < m; i++)
                out[done + i] = (double)signed_of(bits[i], type->bytes);
        else
            for (size_t i = 0; i < m; i++)
                out[done + i] = type->kind == 'b' ? bits[i] != 0 : (double)bits[i];
    }
}

/* ---- texts ---- */

/* d.ddde[+-]xx -> plain notation while the exponent is in -7..37, else the same without what says
 * nothing. */
static size_t lay_out(const char *scientific, char out[CRUNCH_CELL_TEXT])
{
    char digits[24];
    size_t n = 0, len = 0;
    const char *p = scientific;

    if (*p == '-')
        out[len++] = *p++;
    for (; *p && *p != 'e'; p++)
        if (*p != '.')
            digits[n++] = *p;
    const int exponent = atoi(p + 1);
    while (n > 1 && digits[n - 1] == '0')
        n--;
    if (exponent < -7 || exponent > 37)
        return len + (size_t)snprintf(out + len, CRUNCH_CELL_TEXT - len, "%c%s%.*se%d", digits[0],
                                      n > 1 ? "." : "", (int)n - 1, digits + 1, exponent);
    if (exponent < 0) {
        out[len++] = '0';
        out[len++] = '.';
        for (int i = -1; i > exponent; i--)
            out[len++] = '0';
    }
    for (int i = 0; i < (int)n || i <= exponent; i++) {
        if (i == exponent + 1 && exponent >= 0)
            out[len++] = '.';
        out[len++] = i < (int)n ? digits[i] : '0';
    }
    out[len] = '\0';
    return len;
}

/* 15 digits always read back as they were, so if 15 give x, they are its fewest with zeros behind;
 * subnormal numbers are less exact, and there the fewest are looked for. */
size_t crunch_double_text(double x, char out[CRUNCH_CELL_TEXT])
{
    char text[40];

    if (isnan(x) || isinf(x))
        return (size_t)snprintf(out, CRUNCH_CELL_TEXT, "%s",
                                isnan(x) ? "nan"
                                : x < 0  ? "-inf"
                                         : "inf");
    if (x == 0)
        return (size_t)snprintf(out, CRUNCH_CELL_TEXT, "0");
    for (int places = fabs(x) < 0x1p-1022 ? 0 : 14; places <= 16; places++) {
        snprintf(text, sizeof text, "%.*e", places, x);
        if (places == 16 || strtod(text, NULL) == x)
            break;
    }
    return lay_out(text, out);
}

size_t crunch_binary_text(const struct crunch_number_type *type, const unsigned char *p,
                          char out[CRUNCH_CELL_TEXT])
{
    uint64_t bits;
    double x;

    if (type->kind == 'f') {
        crunch_binary_doubles(type, p, 0, 1, &x);
        return crunch_double_text(x, out);
    }
    read_bits(type, p, 0, 1, &bits);
    if (type->kind == 'i')
        return (size_t)snprintf(out, CRUNCH_CELL_TEXT, "%" PRId64, signed_of(bits, type->bytes));
    if (type->kind == 'b')
        bits = bits != 0;
    return (size_t)snprintf(out, CRUNCH_CELL_TEXT, "%" PRIu64, bits);
}

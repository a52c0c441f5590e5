/*
 * Types, headers and numbers of binary files: against strtod, the C library's own conversions, and
 * headers written by hand.
 */
#include "io/binary.h"
#include "io/table.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t seed = 88172645463325252u;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

Test(binary, types_have_names)
{
    const char *names[] = {"f64", "f32", "f16", "i64",    "i32",    "i16",
                           "i8",  "u64", "u8",  "f64:be", "i16:be", "bool"};
    char text[CRUNCH_TYPE_TEXT];
    struct crunch_number_type type;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        cr_assert(crunch_type_parse(names[i], &type), "%s", names[i]);
        crunch_type_text(&type, text);
        cr_assert_str_eq(text, names[i]);
    }
    cr_assert(crunch_type_parse("i8:be", &type) && !type.big_endian);
    cr_assert(crunch_type_parse("f32:le", &type) && !type.big_endian);
    cr_assert(!crunch_type_parse("f80", &type));
    cr_assert(!crunch_type_parse("", &type));
    cr_assert(!crunch_type_parse("f64be", &type));
}

/* Every text gives the double back, and no shorter one of %e does. */
Test(binary, texts_of_doubles_read_back)
{
    char text[CRUNCH_CELL_TEXT], shorter[40];
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = next_random();
        double x;
        if (i % 4 == 0)
            bits &= ~UINT64_C(0) << 40;
        if (i % 16 == 1)
            bits &= (UINT64_C(1) << 63) | ((UINT64_C(1) << 53) - 1);
        memcpy(&x, &bits, sizeof x);
        if (i % 3 == 0)
            x = (double)(int64_t)(next_random() % 2000000) / 1000;
        size_t len = crunch_double_text(x, text);
        cr_assert(len == strlen(text) && len < CRUNCH_CELL_TEXT);
        if (isnan(x)) {
            cr_assert_str_eq(text, "nan");
            continue;
        }
        cr_assert(strtod(text, NULL) == x, "%a %s", x, text);
        int digits = 0;
        for (const char *p = text; *p && *p != 'e'; p++)
            digits += *p >= '0' && *p <= '9' && (digits > 0 || *p != '0');
        if (digits < 2 || isinf(x))
            continue;
        while (digits > 1 && strchr(text, '.') == NULL && text[--len] == '0')
            digits--; /* of an integer, zeros at the end say nothing */
        if (digits < 2)
            continue;
        snprintf(shorter, sizeof shorter, "%.*e", digits - 2, x);
        cr_assert(strtod(shorter, NULL) != x, "%s, but %s", text, shorter);
    }
}

Test(binary, layout_of_texts)
{
    const struct {
        double x;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "0"},
                 {1, "1"},
                 {-2.5, "-2.5"},
                 {100, "100"},
                 {1e-7, "0.0000001"},
                 {1e-8, "1e-8"},
                 {1.5e300, "1.5e300"},
                 {0.1, "0.1"},
                 {5e-324, "5e-324"},
                 {-1e22, "-10000000000000000000000"},
                 {1e38, "1e38"},
                 {INFINITY, "inf"},
                 {-INFINITY, "-inf"}};
    char text[CRUNCH_CELL_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        crunch_double_text(cases[i].x, text);
        cr_assert_str_eq(text, cases[i].text);
    }
}

/* Random bytes of every type, read at odd places with odd strides, both ways round. */
Test(binary, numbers_of_every_type)
{
    static const char *const names[] = {"i64", "i32", "i16", "i8", "u64", "u32", "u16", "u8"};
    unsigned char bytes[64 * 17 + 1];
    int64_t integers[64];
    double doubles[64];
    for (int round = 0; round < 2000; round++) {
        struct crunch_number_type type;
        const char *name = names[round % 8];
        cr_assert(crunch_type_parse(name, &type));
        type.big_endian = type.bytes > 1 && round / 8 % 2;
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)next_random();
        size_t stride = type.bytes + next_random() % 9, n = 1 + next_random() % 64;
        bool far = false, fits = crunch_binary_integers(&type, bytes + 1, stride, n, integers);
        crunch_binary_doubles(&type, bytes + 1, stride, n, doubles);
        for (size_t i = 0; i < n; i++) {
            __int128 value = 0;
            char text[CRUNCH_CELL_TEXT];
            const unsigned char *p = bytes + 1 + i * stride;
            for (unsigned b = 0; b < type.bytes; b++)
                value = value * 256 + p[type.big_endian ? b : type.bytes - 1u - b];
            if (type.kind == 'i' && value >> (8 * type.bytes - 1))
                value -= (__int128)1 << 8 * type.bytes;
            far |= value >= 1000000000000000000 || value <= -1000000000000000000;
            cr_assert(!fits || integers[i] == value);
            cr_assert(doubles[i] == (double)value);
            crunch_binary_text(&type, p, text);
            cr_assert(type.kind == 'u' ? strtoull(text, NULL, 10) == (uint64_t)value
                                       : strtoll(text, NULL, 10) == value);
        }
        cr_assert(fits == !far, "%s", name);
    }
}

Test(binary, half_precision_is_exact)
{
    struct crunch_number_type type;
    cr_assert(crunch_type_parse("f16", &type));
    for (unsigned bits = 0; bits < 65536; bits++) {
        unsigned char bytes[2] = {(unsigned char)bits, (unsigned char)(bits >> 8)};
        unsigned exponent = bits >> 10 & 31, fraction = bits & 1023;
        double x, want = exponent ? (1 + fraction / 1024.0) * pow(2, (int)exponent - 15)
                                  : fraction / 1024.0 * pow(2, -14);
        crunch_binary_doubles(&type, bytes, 2, 1, &x);
        if (exponent == 31)
            cr_assert(fraction ? isnan(x) : isinf(x) && (x < 0) == (bits >> 15));
        else
            cr_assert(x == (bits >> 15 ? -want : want));
    }
}

/* ---- headers ---- */

static enum crunch_code read_npy(const char *head, struct crunch_binary *out,
                                 struct crunch_error *error)
{
    char path[] = "/tmp/crunch-npy-XXXXXX";
    int fd = mkstemp(path);
    struct crunch_source *source;
    uint64_t data;
    bool found = false;
    size_t len = strlen(head);
    unsigned char start[10] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)len, (unsigned char)(len >> 8)};
    cr_assert(fd >= 0);
    cr_assert(write(fd, start, sizeof start) == sizeof start);
    cr_assert(write(fd, head, len) == (ssize_t)len);
    close(fd);
    cr_assert(crunch_source_open(path, &source, error) == CRUNCH_OK);
    enum crunch_code code = crunch_npy_read(source, 0, out, &data, &found, error);
    cr_assert(found);
    cr_assert(code != CRUNCH_OK || data == 10 + len);
    crunch_source_close(source);
    unlink(path);
    return code;
}

Test(binary, headers_that_are_read)
{
    struct crunch_binary binary;
    struct crunch_error error;
    cr_assert(read_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (7,), }\n", &binary,
                       &error) == CRUNCH_OK);
    cr_assert(binary.type.kind == 'f' && binary.type.bytes == 8 && !binary.type.big_endian);
    cr_assert(binary.rows == 7 && binary.width == 1 && !binary.by_column);
    cr_assert(read_npy("{\"shape\":(3,4L),\"fortran_order\":True,\"descr\":\">i4\"}", &binary,
                       &error) == CRUNCH_OK);
    cr_assert(binary.type.kind == 'i' && binary.type.bytes == 4 && binary.type.big_endian);
    cr_assert(binary.rows == 3 && binary.width == 4 && binary.by_column);
    cr_assert(read_npy("{'descr': '|b1', 'fortran_order': True, 'shape': (), }  \n", &binary,
                       &error) == CRUNCH_OK);
    cr_assert(binary.rows == 1 && binary.width == 1 && !binary.by_column);
}

Test(binary, headers_that_are_refused)
{
    static const char *const heads[] = {
        "",
        "{",
        "{'descr': '<f8', 'fortran_order': False, }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3, 4), }",
        "{'descr': '<c16', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f16', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<U3', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<i3', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f8', 'fortran_order': Maybe, 'shape': (2,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<f8' 'fortran_order': False, 'shape': (1,), }"};
    struct crunch_binary binary;
    struct crunch_error error;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        cr_assert(read_npy(heads[i], &binary, &error) == CRUNCH_BAD_DATA, "%s", heads[i]);
        cr_assert(error.message[0] != '\0');
    }
}

/* What is written is read as the same. */
Test(binary, headers_round_trip)
{
    for (int round = 0; round < 200; round++) {
        struct crunch_binary binary = {.rows = next_random() >> (24 + round % 30),
                                       .width = 1 + next_random() % 40,
                                       .by_column = round % 2},
                             read;
        struct crunch_error error;
        static const char *const names[] = {"f64", "i64:be", "u8", "bool", "f32:be", "i16"};
        char head[CRUNCH_NPY_HEADER + 1];
        cr_assert(crunch_type_parse(names[round % 6], &binary.type));
        size_t len = crunch_npy_header(&binary, head);
        cr_assert(len % 64 == 0 && len <= CRUNCH_NPY_HEADER && head[len - 1] == '\n');
        head[len] = '\0';
        cr_assert((unsigned char)head[8] + 256u * (unsigned char)head[9] == len - 10);
        cr_assert(read_npy(head + 10, &read, &error) == CRUNCH_OK);
        bool by_column = binary.by_column && binary.rows > 1 && binary.width > 1;
        cr_assert(read.rows == binary.rows && read.width == binary.width);
        cr_assert(read.by_column == by_column);
        cr_assert(memcmp(&read.type, &binary.type, sizeof read.type) == 0);
    }
}

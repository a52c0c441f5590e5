/* The JSON writer: escapes and UTF-8 by definition of RFC 3629, punctuation by nesting. */
#include "cmd/json.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* The definition, decoded: a sequence is valid when encoding its code point gives it back. */
static unsigned decode_length(const unsigned char *s, size_t len)
{
    for (unsigned n = 1; n <= 4 && n <= len; n++) {
        static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
        static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
        unsigned long c = s[0] & masks[n];
        unsigned char again[4] = {0};
        for (unsigned i = 1; i < n; i++)
            c = c << 6 | (s[i] & 0x3F);
        unsigned least = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        if (least != n || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
            continue;
        for (unsigned i = n - 1; i >= 1 && i < sizeof again; i--, c >>= 6)
            again[i] = (unsigned char)(0x80 | (c & 0x3F));
        again[0] = (unsigned char)(marks[n] | c);
        if (memcmp(again, s, n) == 0)
            return n;
    }
    return 0;
}

Test(json, utf8_length_is_the_definition)
{
    /* All pairs of bytes, followed by a few continuations. */
    static const unsigned char tails[][2] = {
        {0x80, 0x80}, {0xBF, 0xBF}, {0x41, 0x80}, {0x80, 0x41}};
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++)
            for (size_t t = 0; t < 4; t++)
                for (size_t len = 1; len <= 4; len++) {
                    unsigned char s[4] = {(unsigned char)a, (unsigned char)b, tails[t][0],
                                          tails[t][1]};
                    cr_assert_eq(crunch_utf8_length((const char *)s, len), decode_length(s, len),
                                 "%02X %02X %02X %02X, %zu", s[0], s[1], s[2], s[3], len);
                }
}

static char *written(void (*write)(struct crunch_json *), bool indent)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct crunch_json json;
    crunch_json_begin(&json, out, indent);
    write(&json);
    fclose(out);
    return text;
}

static void write_nested(struct crunch_json *json)
{
    crunch_json_open(json, NULL, '{');
    crunch_json_text(json, "a", "x\"\\\n\t\r\x01\x7f");
    crunch_json_bytes(json, "b", "\xC3\xA9\xFF", 3);
    crunch_json_open(json, "c", '[');
    crunch_json_close(json, ']');
    crunch_json_open(json, "d", '[');
    crunch_json_count(json, NULL, UINT64_MAX);
    crunch_json_bool(json, NULL, false);
    crunch_json_text(json, NULL, NULL);
    crunch_json_real(json, NULL, 0.5);
    crunch_json_real(json, NULL, __builtin_nan(""));
    crunch_json_close(json, ']');
    crunch_json_close(json, '}');
}

Test(json, nesting_and_escapes)
{
    char *text = written(write_nested, false);
    cr_assert_str_eq(
        text, "{\"a\":\"x\\\"\\\\\\n\\t\\r\\u0001\\u007f\",\"b\":\"\xC3\xA9\\\\xFF\",\"c\":[],"
              "\"d\":[18446744073709551615,false,null,0.5,null]}");
    free(text);
    text = written(write_nested, true);
    cr_assert(strstr(text, "{\n  \"a\": ") == text);
    cr_assert(strstr(text, "\"c\": [],\n  \"d\": [\n    18446744073709551615,\n    false"));
    cr_assert(strstr(text, "\n  ]\n}"));
    free(text);
}

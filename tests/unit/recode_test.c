/*
 * Recoding: however the input and the output are cut, the text is the same; and it is what strtok,
 * and a table of columns, make of it.
 */
#include "io/recode.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long state = 99;

static unsigned below(unsigned n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % n;
}

struct input {
    const char *bytes;
    size_t at, len, most; /* most bytes a read gives */
};

static ssize_t give(void *context, void *buffer, size_t len, struct crunch_error *error)
{
    struct input *in = context;
    size_t n = in->len - in->at;
    (void)error;
    n = n < len ? n : len;
    if (in->most)
        n = n < in->most ? n : 1 + below((unsigned)in->most);
    memcpy(buffer, in->bytes + in->at, n);
    in->at += n;
    return (ssize_t)n;
}

/* All of the recoded text, NUL-terminated; NULL for an error. */
static char *recode(const struct crunch_recoding *recoding, const char *bytes, size_t len,
                    size_t in_most, size_t out_most, struct crunch_error *error)
{
    struct input in = {bytes, 0, len, in_most};
    const struct crunch_recoder_input from = {&in, give};
    struct crunch_recoder *recoder = crunch_recoder_create(recoding);
    char *text = malloc(8 * len + 1000);
    size_t n = 0;
    ssize_t got;
    cr_assert_not_null(recoder);
    while ((got = crunch_recoder_read(recoder, &from, text + n,
                                      out_most ? 1 + below((unsigned)out_most) : 512, error)) > 0)
        n += (size_t)got;
    crunch_recoder_free(recoder);
    text[n] = '\0';
    if (got == 0)
        return text;
    free(text);
    return NULL;
}

static void same_however_cut(const struct crunch_recoding *recoding, const char *bytes, size_t len,
                             const char *expected)
{
    static const size_t cuts[] = {0, 1, 2, 7, 50};
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < 5; k++) {
            struct crunch_error error = {0};
            char *text = recode(recoding, bytes, len, cuts[i], cuts[k], &error);
            cr_assert_not_null(text, "%s", error.message);
            cr_expect_str_eq(text, expected);
            free(text);
        }
}

Test(recode, blanks_as_strtok_has_it)
{
    const struct crunch_recoding recoding = {
        .blanks = true, .delimiter = '\t', .quoting = true, .quote = '"'};
    for (int round = 0; round < 300; round++) {
        char bytes[201], copy[201], expected[1000] = "";
        size_t len = below(200);
        for (size_t i = 0; i < len; i++)
            bytes[i] = "ab \t \n"[below(6)];
        bytes[len] = '\0';
        strcpy(copy, bytes);
        for (char *line = copy; *line || line == copy;) {
            char *end = strchr(line, '\n'), *at, *kept = NULL;
            if (end)
                *end = '\0';
            for (at = strtok_r(line, " \t", &kept); at; at = strtok_r(NULL, " \t", &kept)) {
                if (at != line && expected[0] && expected[strlen(expected) - 1] != '\n')
                    strcat(expected, "\t");
                strcat(expected, at);
            }
            if (!end)
                break;
            strcat(expected, "\n");
            line = end + 1;
        }
        same_however_cut(&recoding, bytes, len, expected);
    }
}

Test(recode, blanks_in_quotes_stay)
{
    const struct crunch_recoding recoding = {
        .blanks = true, .delimiter = '\t', .quoting = true, .quote = '"'};
    const char *bytes = "  \"a  b\"  \"c \"\"d\"\" \n e\"   f \r\n\"x\" \n y\"z  w";
    same_however_cut(&recoding, bytes, strlen(bytes),
                     "\"a  b\"\t\"c \"\"d\"\" \n e\"\tf\r\n\"x\"\ny\"z\tw");
}

Test(recode, widths_in_characters)
{
    static const uint32_t widths[] = {3, 2, 4};
    const struct crunch_recoding recoding = {
        .width = widths, .n_widths = 3, .delimiter = ',', .quoting = true, .quote = '"'};
    const char *bytes = "abc12wxyz\n a 1 w  \r\n\n   \n\xc3\xa9t\xc3\xa9"
                        "9\n,b\"  x,y\nabc12wxyz!\nab";
    same_however_cut(&recoding, bytes, strlen(bytes),
                     "abc,12,wxyz\na,1,w\r\n\n\n\xc3\xa9t\xc3\xa9,9,\n\",b\"\"\",,\"x,y\"\n"
                     "abc,12,wxyz,!\nab,,");
}

Test(recode, encodings_are_those_of_iconv)
{
    const struct crunch_recoding latin = {.encoding = "latin1"};
    const struct crunch_recoding wide = {.encoding = "utf-16le"};
    struct crunch_error error = {0};
    same_however_cut(&latin, "caf\xe9,1\n", 7, "caf\xc3\xa9,1\n");
    same_however_cut(&wide, "a\0\xe9\0\x3d\xd8\x00\xde\n\0", 10, "a\xc3\xa9\xf0\x9f\x98\x80\n");
    cr_expect_null(recode(&wide, "a\0\xe9", 3, 0, 0, &error));
    cr_expect_eq(error.code, CRUNCH_IO);
    cr_expect(strstr(error.message, "ends inside a character of utf-16le at byte 2"));
    cr_expect_null(recode(&wide,
                          "a\0\0\xdc"
                          "b\0",
                          6, 1, 1, &error));
    cr_expect(strstr(error.message, "no utf-16le at byte 2"), "%s", error.message);
    cr_expect_eq(crunch_recoding_check(&(struct crunch_recoding){.encoding = "none such"}, &error),
                 CRUNCH_USAGE);
}

/* Messages by the letter, and the arithmetic of the progress bar. */
#include "cmd/teller.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char *told(const struct crunch_error *error, bool color)
{
    char *text = NULL;
    size_t size = 0;
    struct crunch_teller teller = {.out = open_memstream(&text, &size), .color = color};
    crunch_tell_error(&teller, error);
    fclose(teller.out);
    return text;
}

Test(teller, error_with_its_place)
{
    struct crunch_error error = {
        .code = CRUNCH_BAD_DATA,
        .file = "sales.csv",
        .has_position = true,
        .offset = 190233,
        .line = 5648,
        .byte_column = 7,
        .record = 5647,
        .column = 3,
        .column_name = "amount",
        .message = "not a number: \"The 90s\"",
        .hint = "try --null \"The 90s\"",
    };
    char *text = told(&error, false);
    cr_assert_str_eq(text, "crunch: sales.csv:5648:7: error: column \"amount\" (3): not a number: "
                           "\"The 90s\"\n  record 5647, byte 190233; try --null \"The 90s\"\n");
    free(text);
    error.column_name[0] = error.hint[0] = '\0';
    error.record = 0;
    text = told(&error, false);
    cr_assert_str_eq(text, "crunch: sales.csv:5648:7: error: column 3: not a number: \"The 90s\"\n"
                           "  byte 190233\n");
    free(text);
}

Test(teller, error_without_a_place)
{
    struct crunch_error error = {.code = CRUNCH_USAGE, .message = "wrong", .hint = "right"};
    char *text = told(&error, false);
    cr_assert_str_eq(text, "crunch: error: wrong\n  right\n");
    free(text);
    error.file = "a\nb\033[31m";
    text = told(&error, false);
    cr_assert_str_eq(text, "crunch: a\\x0Ab\\x1B[31m: error: wrong\n  right\n");
    free(text);
    text = told(&error, true);
    cr_assert(strstr(text, "\033[1;31merror:\033[0m wrong"));
    free(text);
}

Test(teller, quiet_keeps_warnings_to_itself)
{
    char *text = NULL;
    size_t size = 0;
    struct crunch_teller teller = {.out = open_memstream(&text, &size), .file = "f", .quiet = true};
    crunch_tell_warning(&teller, "never");
    crunch_tell_detail(&teller, "never");
    crunch_tell(&teller, "%d bad", 3);
    teller.quiet = false;
    crunch_tell_warning(&teller, "once");
    fclose(teller.out);
    cr_assert_str_eq(text, "crunch: f: 3 bad\ncrunch: f: warning: once\n");
    free(text);
}

Test(teller, bytes)
{
    static const struct {
        double bytes;
        const char *text;
    } rows[] = {{0, "0 B"},        {999, "999 B"},       {1000, "1.00 kB"},
                {9994, "9.99 kB"}, {9996, "10.0 kB"},    {99951, "100 kB"},
                {684e6, "684 MB"}, {999.6e6, "1.00 GB"}, {12.34e9, "12.3 GB"}};
    char text[24];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_str_eq(crunch_bytes_text(rows[i].bytes, text), rows[i].text);
}

Test(teller, bar_fits_its_line)
{
    char text[256];
    for (size_t columns = 1; columns < 200; columns++)
        for (uint64_t done = 0; done <= 1000; done += 100) {
            struct crunch_progress progress = {done * 1000000, 1000000000, 2};
            crunch_bar_text(&progress, columns, text, sizeof text);
            cr_assert(columns < 60 || strlen(text) < columns, "%zu: %s", columns, text);
        }
    struct crunch_progress half = {500000000, 1000000000, 2};
    crunch_bar_text(&half, 80, text, sizeof text);
    cr_assert(strstr(text, " 50%  500 MB of 1.00 GB  250 MB/s  00:02 left"), "%s", text);
    struct crunch_progress stream = {500000000, CRUNCH_SIZE_UNKNOWN, 2};
    crunch_bar_text(&stream, 80, text, sizeof text);
    cr_assert_str_eq(text, "500 MB  250 MB/s  00:02");
}

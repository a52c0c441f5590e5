/* Values of options: what is one, and above all what is not. */
#include "cmd/option_values.h"

#include <criterion/criterion.h>

Test(option_values, counts)
{
    uint64_t n = 7;
    cr_assert(crunch_parse_count("18446744073709551615", UINT64_MAX, &n));
    cr_assert_eq(n, UINT64_MAX);
    cr_assert(crunch_parse_count("007", 7, &n));
    cr_assert_eq(n, 7);
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "0x1",
                                      "18446744073709551616",
                                      "99999999999999999999999",
                                      "one"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(crunch_parse_count(bad[i], UINT64_MAX, &n), "%s", bad[i]);
    cr_assert_not(crunch_parse_count("8", 7, &n));
    cr_assert_eq(n, 7, "a refused value must leave the target alone");
}

Test(option_values, sizes)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {
        {"4096", 4096},    {"64K", 65536},        {"1M", 1048576},
        {"1MiB", 1048576}, {"2G", 2147483648},    {"1kB", 1000},
        {"3MB", 3000000},  {"1T", 1099511627776}, {"0", 0},
        {"512B", 512},     {"64k", 65536},        {"16777215T", 16777215 * 1099511627776ull}};
    static const char *const bad[] = {"",    "K",   "1X",   "1KK",       "1Ki",
                                      "1 K", "-1K", "1.5M", "16777216T", "18446744073709551615K"};
    uint64_t bytes;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cr_assert(crunch_parse_size(good[i].text, &bytes), "%s", good[i].text);
        cr_assert_eq(bytes, good[i].bytes, "%s", good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(crunch_parse_size(bad[i], &bytes), "%s", bad[i]);
}

Test(option_values, seconds)
{
    double s;
    cr_assert(crunch_parse_seconds("30", &s) && s == 30);
    cr_assert(crunch_parse_seconds("0.5s", &s) && s == 0.5);
    cr_assert(crunch_parse_seconds(".25", &s) && s > 0.2499 && s < 0.2501);
    cr_assert(crunch_parse_seconds("2.", &s) && s == 2);
    static const char *const bad[] = {"",    ".",           "s",   "1e3", "-1",
                                      "1,5", "99999999999", "inf", "1ss"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(crunch_parse_seconds(bad[i], &s), "%s", bad[i]);
}

Test(option_values, bytes)
{
    unsigned char c;
    cr_assert(crunch_parse_byte(";", &c) && c == ';');
    cr_assert(crunch_parse_byte("tab", &c) && c == '\t');
    cr_assert(crunch_parse_byte("\\t", &c) && c == '\t');
    cr_assert(crunch_parse_byte("t", &c) && c == 't');
    cr_assert(crunch_parse_byte("\xE9", &c) && c == 0xE9);
    cr_assert_not(crunch_parse_byte("", &c));
    cr_assert_not(crunch_parse_byte("::", &c));
    cr_assert_not(crunch_parse_byte("\xC3\xA9", &c));
}

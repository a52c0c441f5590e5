/*
 * Owns the text of option values. Nothing here depends on the locale, and nothing wraps around:
 * each product is checked before it is made.
 */
#include "cmd/option_values.h"

#include <stddef.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads digits at *text, at least one, and moves past them. */
static bool take_digits(const char **text, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    const char *s = *text;
    for (; is_digit(*s); s++) {
        uint64_t digit = (uint64_t)(*s - '0');
        if (digit > max || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (s == *text)
        return false;
    *text = s;
    *out = value;
    return true;
}

bool crunch_parse_count(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t value;
    if (!take_digits(&text, max, &value) || *text)
        return false;
    *out = value;
    return true;
}

bool crunch_parse_size(const char *text, uint64_t *out)
{
    static const char letters[] = "KMGT";
    uint64_t value;
    if (!take_digits(&text, UINT64_MAX, &value))
        return false;
    if (*text && strcmp(text, "B") != 0) {
        const char *letter = strchr(letters, *text == 'k' ? 'K' : *text);
        if (!letter)
            return false;
        bool decimal = strcmp(text + 1, "B") == 0;
        if (text[1] && !decimal && strcmp(text + 1, "iB") != 0)
            return false;
        uint64_t factor = 1;
        for (ptrdiff_t i = letter - letters; i >= 0; i--)
            factor *= decimal ? 1000 : 1024;
        if (value > UINT64_MAX / factor)
            return false;
        value *= factor;
    }
    *out = value;
    return true;
}

bool crunch_parse_seconds(const char *text, double *out)
{
    const uint64_t most = 1000000000;
    uint64_t whole = 0;
    double value = 0, unit = 0.1;
    bool some = is_digit(*text);
    if (some && !take_digits(&text, most, &whole))
        return false;
    value = (double)whole;
    if (*text == '.')
        for (text++; is_digit(*text); text++, unit /= 10, some = true)
            value += unit * (*text - '0');
    if (*text == 's')
        text++;
    if (!some || *text)
        return false;
    *out = value;
    return true;
}

bool crunch_parse_byte(const char *text, unsigned char *out)
{
    static const struct {
        const char *name;
        unsigned char byte;
    } names[] = {{"tab", '\t'}, {"\\t", '\t'},  {"comma", ','}, {"semicolon", ';'},
                 {"pipe", '|'}, {"space", ' '}, {"colon", ':'}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i].name) == 0) {
            *out = names[i].byte;
            return true;
        }
    if (text[0] == '\0' || text[1] != '\0')
        return false;
    *out = (unsigned char)text[0];
    return true;
}

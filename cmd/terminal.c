/*
 * Owns the drawing of counts. Heights and lengths are rounded up, so that nothing which is there
 * looks as if it were not.
 */
#include "cmd/terminal.h"
#include "cmd/option_values.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH 80
#define WIDTH_MOST 10000

unsigned crunch_terminal_width(FILE *out)
{
    const char *columns = getenv("COLUMNS");
    struct winsize window = {0};
    uint64_t width;
    if (columns && crunch_parse_count(columns, WIDTH_MOST, &width) && width > 0)
        return (unsigned)width;
    if (isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &window) == 0 && window.ws_col > 0)
        return window.ws_col;
    return WIDTH;
}

bool crunch_terminal_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

/* ceil(count * units / most), 0 only for 0. */
static uint64_t share(uint64_t count, uint64_t most, uint64_t units)
{
    unsigned __int128 whole = (unsigned __int128)count * units;
    return most ? (uint64_t)((whole + most - 1) / most) : 0;
}

char *crunch_bar(uint64_t count, uint64_t most, unsigned width, bool utf8)
{
    static const char *const eighth[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    char *bar = malloc((size_t)width * 3 + 4), *p = bar;
    if (!bar)
        return NULL;
    uint64_t units = share(count, most, utf8 ? (uint64_t)width * 8 : width);
    for (uint64_t i = 0; i < (utf8 ? units / 8 : units); i++)
        p = stpcpy(p, utf8 ? "█" : "#");
    strcpy(p, utf8 ? eighth[units % 8] : "");
    return bar;
}

char *crunch_sparkline(const uint64_t *count, size_t n, bool utf8)
{
    static const char *const height[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    uint64_t most = 0;
    char *line = malloc(n * 3 + 1), *p = line;
    if (!line)
        return NULL;
    for (size_t i = 0; i < n; i++)
        most = count[i] > most ? count[i] : most;
    *p = '\0';
    for (size_t i = 0; i < n; i++) {
        uint64_t level = share(count[i], most, 8);
        if (utf8) {
            p = stpcpy(p, height[level]);
        } else {
            *p++ = " .:-=+*%#"[level];
            *p = '\0';
        }
    }
    return line;
}

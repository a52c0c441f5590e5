/*
 * The guess. Two hypotheses, outside and inside quotes, walk over the quotes near the position, and
 * each notes the quotes that regular writing would not have where it meets them: outside, a quote
 * that does not follow a delimiter or line end (and blanks); inside, one that is neither doubled
 * nor followed by (blanks and) a delimiter, line end or the end. The first quote that only one of
 * them finds odd decides. Mostly that is the first quote there is; without any near, the position
 * is outside.
 *
 * Nothing depends on the answer but time: see io/scan.h on ranges.
 */
#include "io/boundary.h"

#include <string.h>

struct hypothesis {
    bool inside;
    const char *skip; /* the second of a doubled quote: no quote of its own */
};

static bool is_blank(const struct crunch_dialect *dialect, char c)
{
    return (c == ' ' || c == '\t') && (unsigned char)c != dialect->delimiter;
}

static bool is_border(const struct crunch_dialect *dialect, char c)
{
    return c == '\n' || c == '\r' || (unsigned char)c == dialect->delimiter;
}

/* May the quote at q open a cell? */
static bool opens(const struct crunch_dialect *dialect, const char *text, const char *q)
{
    while (q > text && is_blank(dialect, q[-1]))
        q--;
    return q == text || is_border(dialect, q[-1]);
}

/* May the quote at q close a cell? */
static bool closes(const struct crunch_dialect *dialect, const char *q, const char *end)
{
    q++;
    while (q < end && is_blank(dialect, *q))
        q++;
    return q == end || is_border(dialect, *q);
}

/* Walks over the quote at q; true if it is where it should be. */
static bool walk(struct hypothesis *h, const struct crunch_dialect *dialect, const char *text,
                 const char *q, const char *end)
{
    bool regular;

    if (h->skip == q)
        return true;
    if (!h->inside) {
        regular = opens(dialect, text, q);
        h->inside = regular;
        return regular;
    }
    if (q + 1 < end && q[1] == *q) {
        h->skip = q + 1;
        return true;
    }
    regular = closes(dialect, q, end);
    h->inside = !regular;
    return regular;
}

static bool is_inside(const struct crunch_dialect *dialect, const char *text, const char *end)
{
    struct hypothesis outside = {false, NULL}, inside = {true, NULL};
    const char *q = text + 1;

    while (q < end && (q = memchr(q, dialect->quote, (size_t)(end - q))) != NULL) {
        bool a = walk(&outside, dialect, text, q, end);
        bool b = walk(&inside, dialect, text, q, end);
        if (a != b)
            return b;
        q++;
    }
    return false;
}

enum crunch_start crunch_boundary_guess(const struct crunch_dialect *dialect, const char *text,
                                        size_t len)
{
    const size_t look = len < CRUNCH_BOUNDARY_BYTES ? len : CRUNCH_BOUNDARY_BYTES;

    if (dialect->quoting && is_inside(dialect, text, text + look))
        return CRUNCH_START_QUOTED;
    if (text[0] == '\n' || text[0] == '\r')
        return CRUNCH_START_LINE;
    if (is_border(dialect, text[0]) || is_blank(dialect, text[0]))
        return CRUNCH_START_DELIMITER;
    return CRUNCH_START_CELL;
}

/*
 * Owns the distance between names of options, commands and ops, in which case is no difference.
 * Names are short, so rows of the dynamic programme are fixed arrays of 64; a longer text is no
 * misspelt name of ours.
 */
#include "cmd/suggest.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define MAX_LEN 63

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

unsigned crunch_suggest_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][MAX_LEN + 1]; /* of i - 2, i - 1 and i, by i % 3 */
    if (a_len > MAX_LEN || b_len > MAX_LEN)
        return UINT_MAX;
    for (unsigned j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= b_len; j++) {
            row[j] = least(above[j], row[j - 1]) + 1;
            row[j] = least(row[j], above[j - 1] + (lower(a[i - 1]) != lower(b[j - 1])));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

void crunch_suggest_begin(struct crunch_suggestion *suggestion, const char *wanted, size_t len)
{
    *suggestion =
        (struct crunch_suggestion){.wanted = wanted, .wanted_len = len, .distance = UINT_MAX};
}

void crunch_suggest_offer(struct crunch_suggestion *suggestion, const char *candidate)
{
    size_t len = strlen(candidate);
    unsigned distance =
        crunch_suggest_distance(suggestion->wanted, suggestion->wanted_len, candidate, len);
    size_t longer = len > suggestion->wanted_len ? len : suggestion->wanted_len;
    /* A beginning is as good as one mistake: `--prog` means --progress. */
    bool begins = suggestion->wanted_len >= 2 && len > suggestion->wanted_len &&
                  memcmp(candidate, suggestion->wanted, suggestion->wanted_len) == 0;
    if (begins)
        distance = least(distance, 1);
    if (distance < suggestion->distance && (begins || distance <= (longer + 2) / 3)) {
        suggestion->nearest = candidate;
        suggestion->distance = distance;
    }
}

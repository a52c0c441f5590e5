/* Distances between names: laws of a distance, against a recursive definition. */
#include "cmd/suggest.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

/* Optimal string alignment, straight from its recurrence. */
static unsigned slow(const char *a, size_t n, const char *b, size_t m)
{
    if (n == 0 || m == 0)
        return (unsigned)(n + m);
    unsigned best = slow(a, n - 1, b, m - 1) + (a[n - 1] != b[m - 1]);
    unsigned drop = slow(a, n - 1, b, m) + 1, add = slow(a, n, b, m - 1) + 1;
    best = drop < best ? drop : best;
    best = add < best ? add : best;
    if (n > 1 && m > 1 && a[n - 1] == b[m - 2] && a[n - 2] == b[m - 1]) {
        unsigned swap = slow(a, n - 2, b, m - 2) + 1;
        best = swap < best ? swap : best;
    }
    return best;
}

Test(suggest, distance_is_its_recurrence)
{
    /* All pairs of words of up to 4 letters over {a, b, c}. */
    static char words[200][5];
    size_t n = 0;
    for (unsigned code = 0; code < 256; code++) {
        char word[5] = "";
        size_t len = 0;
        for (unsigned rest = code; rest > 0 && len < 4; rest /= 4)
            if (rest % 4 > 0)
                word[len++] = (char)('a' + rest % 4 - 1);
        if (n < 200)
            memcpy(words[n++], word, 5);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            size_t li = strlen(words[i]), lj = strlen(words[j]);
            cr_assert_eq(crunch_suggest_distance(words[i], li, words[j], lj),
                         slow(words[i], li, words[j], lj), "%s %s", words[i], words[j]);
        }
}

static const char *nearest(const char *wanted)
{
    static const char *const names[] = {"threads", "procs", "progress", "precision", "max-errors"};
    struct crunch_suggestion suggestion;
    crunch_suggest_begin(&suggestion, wanted, strlen(wanted));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        crunch_suggest_offer(&suggestion, names[i]);
    return suggestion.nearest;
}

Test(suggest, nearest_name)
{
    cr_assert_str_eq(nearest("thread"), "threads");
    cr_assert_str_eq(nearest("trheads"), "threads");
    cr_assert_str_eq(nearest("prec"), "precision");
    cr_assert_str_eq(nearest("max_errors"), "max-errors");
    cr_assert_null(nearest("zebra"));
    cr_assert_null(nearest(""));
    char long_name[200];
    memset(long_name, 'a', sizeof long_name);
    cr_assert_eq(crunch_suggest_distance(long_name, 200, "a", 1), UINT_MAX);
}

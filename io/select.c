/*
 * Choosing columns: the list that -c takes, against the table's names.
 *
 * An item is, in this order: literal (in double quotes, or begun with a backslash), an index, a
 * range of indexes, a name, a glob. What looks like a range but does not fit the table may still be
 * a name. Whoever asks for an ambiguous or unknown name gets an error that says what to write.
 */
#include "io/table.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

struct item {
    char *text; /* unquoted, NUL-terminated */
    size_t len;
    bool literal;
};

struct chosen {
    const struct crunch_table *table;
    struct crunch_error *error;
    size_t *index;
    size_t n;
    bool *taken; /* by column */
};

static void take(struct chosen *chosen, size_t column)
{
    if (chosen->taken[column])
        return;
    chosen->taken[column] = true;
    chosen->index[chosen->n++] = column;
}

/* ---- items of the list ---- */

/* Reads a quoted item from *at, behind its opening quote; false when it has no closing one. */
static bool read_quoted(const char **at, struct item *item)
{
    const char *p = *at;

    for (; *p; p++) {
        if (*p == '"' && *++p != '"')
            break;
        item->text[item->len++] = *p;
    }
    if (p == *at || p[-1] != '"')
        return false;
    while (*p == ' ' || *p == '\t')
        p++;
    *at = p;
    return *p == '\0' || *p == ',';
}

/* Takes the next item off *at, with the comma behind it. item->text has room for all of *at. */
static bool next_item(const char **at, struct item *item)
{
    const char *p = *at;
    bool fine = true;

    item->len = 0;
    item->literal = false;
    while (*p == ' ' || *p == '\t')
        p++;
    if (*p == '"') {
        item->literal = true;
        p++;
        fine = read_quoted(&p, item);
    } else {
        if (*p == '\\') {
            item->literal = true;
            p++;
        }
        while (*p && *p != ',')
            item->text[item->len++] = *p++;
        while (item->len && (item->text[item->len - 1] == ' ' || item->text[item->len - 1] == '\t'))
            item->len--;
        fine = item->len > 0;
    }
    item->text[item->len] = '\0';
    *at = p;
    return fine;
}

/* ---- names ---- */

/* Levenshtein's distance, letters' case ignored. row has b_len + 1 entries. */
static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len, size_t *row)
{
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 0; i < a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b_len; j++) {
            size_t change =
                diagonal + (tolower((unsigned char)a[i]) != tolower((unsigned char)b[j]));
            size_t least = row[j] < row[j + 1] ? row[j] + 1 : row[j + 1] + 1;
            diagonal = row[j + 1];
            row[j + 1] = change < least ? change : least;
        }
    }
    return row[b_len];
}

/* Only the first 64 bytes of names are compared. */
size_t crunch_table_nearest(const struct crunch_table *table, const char *name, size_t len)
{
    size_t row[65], best = table->width;
    const size_t a_len = len < 64 ? len : 64;
    size_t least = a_len / 3 + 1;

    for (size_t i = 0; i < table->width; i++) {
        const struct crunch_column *column = &table->columns[i];
        size_t b_len = column->name_len < 64 ? column->name_len : 64;
        size_t distance = edit_distance(name, a_len, column->name, b_len, row);
        if (b_len > 0 && (distance < least || (distance == least && best == table->width))) {
            least = distance;
            best = i;
        }
    }
    return best;
}

static enum crunch_code fail_unknown(const struct chosen *chosen, const struct item *item)
{
    const struct crunch_table *table = chosen->table;
    char shown[100], other[100];
    size_t near;

    crunch_quote_text(shown, sizeof shown, item->text, item->len);
    crunch_fail(chosen->error, CRUNCH_USAGE, "no column \"%s\"", shown);
    if (!table->has_header) {
        crunch_hint(chosen->error, "the input has no header: choose columns by index, 1 to %zu",
                    table->width);
        return CRUNCH_USAGE;
    }
    near = crunch_table_nearest(table, item->text, item->len);
    if (near < table->width) {
        crunch_quote_text(other, sizeof other, table->columns[near].name,
                          table->columns[near].name_len);
        crunch_hint(chosen->error, "did you mean \"%s\" (%zu)?", other, near + 1);
    } else {
        crunch_hint(chosen->error, "`crunch columns` lists the names");
    }
    return CRUNCH_USAGE;
}

static bool is_name(const struct crunch_column *column, const struct item *item)
{
    return column->name_len == item->len && memcmp(column->name, item->text, item->len) == 0;
}

/* Takes the column of that name; *found says whether there is one. */
static enum crunch_code take_name(struct chosen *chosen, const struct item *item, bool *found)
{
    const struct crunch_table *table = chosen->table;
    size_t first = table->width;

    *found = false;
    for (size_t i = 0; table->has_header && i < table->width; i++) {
        if (!is_name(&table->columns[i], item))
            continue;
        if (*found) {
            char shown[100];
            crunch_quote_text(shown, sizeof shown, item->text, item->len);
            crunch_fail(chosen->error, CRUNCH_USAGE, "the name \"%s\" occurs twice", shown);
            crunch_hint(chosen->error, "choose by index: it is column %zu and column %zu",
                        first + 1, i + 1);
            return CRUNCH_USAGE;
        }
        *found = true;
        first = i;
    }
    if (*found)
        take(chosen, first);
    return CRUNCH_OK;
}

static bool take_glob(struct chosen *chosen, const struct item *item)
{
    const struct crunch_table *table = chosen->table;
    bool found = false;

    if (!table->has_header || !strpbrk(item->text, "*?["))
        return false;
    for (size_t i = 0; i < table->width; i++)
        if (fnmatch(item->text, table->columns[i].name, 0) == 0) {
            take(chosen, i);
            found = true;
        }
    return found;
}

/* ---- indexes ---- */

/* Reads digits from *at; a number too large for any table becomes SIZE_MAX. False without digits.
 */
static bool read_index(const char **at, size_t *index)
{
    const char *p = *at;

    *index = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        *index = *index > SIZE_MAX / 10 - 1 ? SIZE_MAX : *index * 10 + (size_t)(*p - '0');
    if (p == *at)
        return false;
    *at = p;
    return true;
}

static bool in_table(const struct chosen *chosen, size_t index)
{
    return index >= 1 && index <= chosen->table->width;
}

enum indexes { NO_INDEXES, TOOK_INDEXES, OUTSIDE, OUTSIDE_RANGE };

static enum indexes take_indexes(struct chosen *chosen, const struct item *item)
{
    const char *p = item->text;
    size_t first, last;

    if (!read_index(&p, &first))
        return NO_INDEXES;
    if (p == item->text + item->len) {
        if (!in_table(chosen, first))
            return OUTSIDE;
        take(chosen, first - 1);
        return TOOK_INDEXES;
    }
    if (*p++ != '-' || !read_index(&p, &last) || p != item->text + item->len)
        return NO_INDEXES;
    if (!in_table(chosen, first) || !in_table(chosen, last))
        return OUTSIDE_RANGE;
    for (size_t i = first; i <= last; i++)
        take(chosen, i - 1);
    for (size_t i = first; i >= last; i--)
        take(chosen, i - 1);
    return TOOK_INDEXES;
}

static enum crunch_code take_item(struct chosen *chosen, const struct item *item)
{
    enum indexes indexes = item->literal ? NO_INDEXES : take_indexes(chosen, item);
    enum crunch_code code = CRUNCH_OK;
    bool found;

    if (indexes == TOOK_INDEXES)
        return CRUNCH_OK;
    if (indexes != OUTSIDE) {
        code = take_name(chosen, item, &found);
        if (code || found)
            return code;
    }
    if (indexes != NO_INDEXES) {
        crunch_fail(chosen->error, CRUNCH_USAGE, "no column %s: the input has %zu column%s",
                    item->text, chosen->table->width, chosen->table->width == 1 ? "" : "s");
        crunch_hint(chosen->error, "a column whose name is a number is chosen with \\%s",
                    item->text);
        return CRUNCH_USAGE;
    }
    if (!item->literal && take_glob(chosen, item))
        return CRUNCH_OK;
    return fail_unknown(chosen, item);
}

static enum crunch_code take_list(struct chosen *chosen, const char *spec)
{
    struct item item = {malloc(strlen(spec) + 1), 0, false};
    enum crunch_code code = CRUNCH_OK;

    if (!item.text)
        return crunch_fail(chosen->error, CRUNCH_NO_MEMORY, "out of memory");
    do {
        if (!next_item(&spec, &item)) {
            code = crunch_fail(chosen->error, CRUNCH_USAGE, "cannot read the list of columns: %s",
                               item.literal
                                   ? "a name's quotes are not closed before a comma or the end"
                                   : "an item of it is empty");
            crunch_hint(chosen->error, "names, indexes, ranges and globs, like -c 'price,2-5,x*'");
        } else {
            code = take_item(chosen, &item);
        }
    } while (!code && *spec++ == ',');
    free(item.text);
    return code;
}

enum crunch_code crunch_table_select(const struct crunch_table *table, const char *spec,
                                     size_t **indexes, size_t *n, struct crunch_error *error)
{
    const size_t room = table->width ? table->width : 1;
    struct chosen chosen = {table, error, malloc(room * sizeof(size_t)), 0, calloc(room, 1)};
    enum crunch_code code = CRUNCH_OK;

    *indexes = NULL;
    *n = 0;
    if (!chosen.index || !chosen.taken)
        code = crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    else if (spec)
        code = take_list(&chosen, spec);
    else
        for (size_t i = 0; i < table->width; i++)
            if (table->columns[i].kind == CRUNCH_KIND_NUMBER)
                take(&chosen, i);
    free(chosen.taken);
    if (code) {
        free(chosen.index);
        return code;
    }
    *indexes = chosen.index;
    *n = chosen.n;
    return CRUNCH_OK;
}

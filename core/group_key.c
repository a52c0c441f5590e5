/*
 * Keys of groups. The key of a single column is the cell's text where it lies; only composite keys
 * are copied, all those of a batch into one buffer.
 */
#include "core/group_key.h"

#include "core/job.h"

#include <stdlib.h>
#include <string.h>

enum crunch_code crunch_group_keys_init(struct crunch_group_keys *keys,
                                        const struct crunch_plan *plan, struct crunch_error *error)
{
    *keys = (struct crunch_group_keys){.n_slots = plan->n_by, .slot = plan->by_slot};
    if (keys->n_slots == 1)
        return CRUNCH_OK;
    keys->joined_text = calloc(CRUNCH_BATCH_ROWS, sizeof *keys->joined_text);
    keys->joined_len = calloc(CRUNCH_BATCH_ROWS, sizeof *keys->joined_len);
    if (keys->joined_text && keys->joined_len)
        return CRUNCH_OK;
    crunch_group_keys_free(keys);
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the keys of groups");
}

void crunch_group_keys_free(struct crunch_group_keys *keys)
{
    free(keys->joined);
    free(keys->joined_text);
    free(keys->joined_len);
    *keys = (struct crunch_group_keys){0};
}

/* Makes room for the joined keys of the batch. */
static enum crunch_code reserve(struct crunch_group_keys *keys, const struct crunch_batch *rows,
                                struct crunch_error *error)
{
    size_t total = 2 * CRUNCH_TEXT_SLACK;
    for (size_t row = 0; row < rows->rows; row++) {
        size_t len = keys->n_slots - 1;
        for (size_t k = 0; k < keys->n_slots; k++)
            len += rows->columns[keys->slot[k]].text_len[row];
        if (len > UINT32_MAX)
            return crunch_fail(error, CRUNCH_NO_MEMORY, "a key of %zu bytes is too long", len);
        keys->joined_len[row] = (uint32_t)len;
        total += len;
    }
    if (total <= keys->joined_size)
        return CRUNCH_OK;
    char *joined = realloc(keys->joined, total + total / 2);
    if (!joined)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the keys of groups");
    keys->joined = joined;
    keys->joined_size = total + total / 2;
    return CRUNCH_OK;
}

/* Most cells are short, and a copy of fixed size is quicker: there is slack around text and to. */
static inline char *put(char *to, const char *text, uint32_t len)
{
    enum { SHORT = 16 };
    _Static_assert(SHORT <= CRUNCH_TEXT_SLACK, "a short text is copied with what is behind it");
    if (len > SHORT)
        memcpy(to, text, len);
    else if (len > 0)
        memcpy(to, text, SHORT);
    return to + len;
}

static enum crunch_code join(struct crunch_group_keys *keys, const struct crunch_batch *rows,
                             struct crunch_error *error)
{
    enum crunch_code code = reserve(keys, rows, error);
    if (code)
        return code;
    char *to = keys->joined + CRUNCH_TEXT_SLACK;
    for (size_t row = 0; row < rows->rows; row++) {
        keys->joined_text[row] = to;
        for (size_t k = 0; k < keys->n_slots; k++) {
            const struct crunch_cells *cells = &rows->columns[keys->slot[k]];
            if (k > 0)
                *to++ = '\0';
            to = put(to, cells->text[row], cells->text_len[row]);
        }
    }
    keys->text = keys->joined_text;
    keys->len = keys->joined_len;
    return CRUNCH_OK;
}

enum crunch_code crunch_group_keys_read(struct crunch_group_keys *keys,
                                        const struct crunch_batch *rows, struct crunch_error *error)
{
    if (keys->n_slots != 1)
        return join(keys, rows, error);
    keys->text = rows->columns[keys->slot[0]].text;
    keys->len = rows->columns[keys->slot[0]].text_len;
    return CRUNCH_OK;
}

void crunch_group_key_of_row(const struct crunch_plan *plan, const struct crunch_reference_row *row,
                             char **key, size_t *len)
{
    size_t total = 0, at = 0;
    for (size_t k = 0; k < plan->n_by; k++)
        total += row->cell[plan->by_slot[k]].text_len + 1;
    *key = malloc(total + 1);
    *len = total > 0 ? total - 1 : 0;
    for (size_t k = 0; k < plan->n_by && *key; k++) {
        const struct crunch_reference_cell *cell = &row->cell[plan->by_slot[k]];
        for (size_t i = 0; i < cell->text_len; i++)
            (*key)[at++] = cell->text[i];
        (*key)[at++] = '\0';
    }
}

void crunch_file_key(size_t i, char text[CRUNCH_FILE_KEY_DIGITS])
{
    for (size_t at = CRUNCH_FILE_KEY_DIGITS; at-- > 0; i >>= 4)
        text[at] = "0123456789abcdef"[i & 15];
}

/* The name of the file whose number stands there. */
static const char *file_name(const struct crunch_job *job, const char *text, size_t len)
{
    size_t file = 0;
    for (size_t at = 0; at < len; at++)
        file = file << 4 | (size_t)(text[at] <= '9' ? text[at] - '0' : text[at] - 'a' + 10);
    return job->paths[file];
}

void crunch_group_key_split(const struct crunch_plan *plan, const char *key, size_t key_len,
                            const char **begin, size_t *len)
{
    const char *end = key + key_len;
    for (size_t k = 0; k < plan->n_by; k++) {
        const char *stop = key < end ? memchr(key, '\0', (size_t)(end - key)) : NULL;
        if (!stop || k + 1 == plan->n_by)
            stop = end;
        begin[k] = key;
        len[k] = (size_t)(stop - key);
        key = stop < end ? stop + 1 : end;
    }
    if (plan->job->by_file) {
        begin[0] = file_name(plan->job, begin[0], len[0]);
        len[0] = strlen(begin[0]);
    }
}

int crunch_group_key_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t common = a_len < b_len ? a_len : b_len;
    int order = common > 0 ? memcmp(a, b, common) : 0;
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

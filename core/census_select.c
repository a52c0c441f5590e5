/* Owns the order of a census's values, and how the first of them are kept. */
#include "core/census_select.h"

#include "core/group_key.h"
#include "core/value_key.h"

#include <stdlib.h>
#include <string.h>

#define SELECT_LEAST ((size_t)1024)

/* ---- order ---- */

int crunch_census_compare(bool by_value, const struct crunch_census_item *a,
                          const struct crunch_census_item *b)
{
    if (by_value)
        return crunch_value_key_compare(a->key, a->len, b->key, b->len);
    size_t shorter = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->key, b->key, shorter);
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

const void *crunch_census_group(const struct crunch_census_item *item, size_t *len)
{
    uint32_t head;
    memcpy(&head, item->key, sizeof head);
    *len = head;
    return (const char *)item->key + CRUNCH_CENSUS_GROUP_HEAD;
}

struct crunch_census_item crunch_census_in_group(const struct crunch_census_item *item)
{
    size_t head;
    const char *group = crunch_census_group(item, &head);
    return (struct crunch_census_item){item->count, group + head,
                                       item->len - head - CRUNCH_CENSUS_GROUP_HEAD};
}

int crunch_census_compare_grouped(bool by_value, const struct crunch_census_item *a,
                                  const struct crunch_census_item *b)
{
    size_t a_len, b_len;
    const char *x = crunch_census_group(a, &a_len), *y = crunch_census_group(b, &b_len);
    int order = crunch_group_key_compare(x, a_len, y, b_len);
    if (order != 0)
        return order;
    struct crunch_census_item u = crunch_census_in_group(a), v = crunch_census_in_group(b);
    return crunch_census_compare(by_value, &u, &v);
}

int crunch_selection_compare(const struct crunch_selection *in, const struct crunch_census_item *a,
                             const struct crunch_census_item *b)
{
    if (a->count != b->count)
        return (a->count > b->count) == in->rarest ? 1 : -1;
    return in->grouped ? crunch_census_compare_grouped(in->by_value, a, b)
                       : crunch_census_compare(in->by_value, a, b);
}

/* ---- selecting ---- */

static int compare(const void *a, const void *b, void *selection)
{
    return crunch_selection_compare(selection, a, b);
}

static void sort(struct crunch_selection *selection)
{
    if (selection->n > 1)
        qsort_r(selection->item, selection->n, sizeof *selection->item, compare, selection);
    selection->full = selection->n >= selection->wanted;
    if (selection->full)
        selection->n = selection->wanted;
}

/* Room for as many more items as are wanted, and again as many to sort away. */
static bool select_begin(struct crunch_selection *selection, size_t more)
{
    size_t room = selection->n + more;
    if (selection->wanted < room / 2)
        room = 2 * selection->wanted + SELECT_LEAST;
    if (room <= selection->room)
        return true;
    struct crunch_census_item *item = realloc(selection->item, room * sizeof *item);
    if (item == NULL)
        return false;
    selection->item = item;
    selection->room = room;
    return true;
}

static void select_one(struct crunch_selection *selection, const struct crunch_census_item *item)
{
    if (selection->full &&
        crunch_selection_compare(selection, item, &selection->item[selection->wanted - 1]) > 0)
        return;
    if (selection->n == selection->room)
        sort(selection);
    selection->item[selection->n++] = *item;
}

bool crunch_selection_add(struct crunch_selection *selection, const struct crunch_hash_table *table)
{
    if (selection->wanted == 0)
        return true;
    if (!select_begin(selection, table->count))
        return false;
    for (size_t i = 0; i < table->count; i++) {
        const struct crunch_hash_entry *entry = crunch_hash_at(table, i);
        select_one(selection, &(struct crunch_census_item){
                                  entry->payload[0], crunch_hash_key_of(table, entry), entry->len});
    }
    sort(selection);
    return true;
}

/* The keys of the items move into memory that is the selection's. */
bool crunch_selection_own(struct crunch_selection *selection)
{
    size_t bytes = 0;
    for (size_t i = 0; i < selection->n; i++)
        bytes += selection->item[i].len;
    unsigned char *keys = malloc(bytes + 1), *p = keys;
    if (keys == NULL)
        return false;
    for (size_t i = 0; i < selection->n; i++) {
        memcpy(p, selection->item[i].key, selection->item[i].len);
        selection->item[i].key = p;
        p += selection->item[i].len;
    }
    free(selection->keys);
    selection->keys = keys;
    return true;
}

void crunch_selection_free(struct crunch_selection *selection)
{
    free(selection->item);
    free(selection->keys);
    *selection = (struct crunch_selection){0};
}

char *crunch_census_text(bool by_value, const struct crunch_census_item *item, unsigned precision,
                         size_t *len)
{
    char *text;
    if (by_value) {
        struct crunch_value value;
        crunch_value_init(&value);
        crunch_value_key_value(item->key, item->len, &value);
        text = crunch_value_text(&value, precision);
        crunch_value_clear(&value);
        *len = text ? strlen(text) : 0;
        return text;
    }
    text = malloc(item->len + 1);
    *len = item->len;
    if (text != NULL) {
        memcpy(text, item->key, item->len);
        text[item->len] = '\0';
    }
    return text;
}

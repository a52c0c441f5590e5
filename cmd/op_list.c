/*
 * Owns what a list of operations means: which row a name is, which have a parameter in their name,
 * and what `quantile` stands for.
 */
#include "cmd/op_list.h"
#include "cmd/commands.h"
#include "core/order.h"

#include <stdlib.h>
#include <string.h>

#define QUARTILES "0.25,0.5,0.75"

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory for the operations");
}

/* Room for one more op in each array. */
static bool make_room(struct crunch_op_list *list)
{
    if (list->n < list->size)
        return true;
    size_t size = list->size * 2 + 8;
    const struct crunch_op **op = realloc(list->op, size * sizeof *op);
    if (op)
        list->op = op;
    struct crunch_op **made = op ? realloc(list->made, size * sizeof *made) : NULL;
    if (made) {
        list->made = made;
        list->size = size;
    }
    return made != NULL;
}

static bool has(const struct crunch_op_list *list, const char *name, size_t len)
{
    for (size_t i = 0; i < list->n; i++)
        if (strlen(list->op[i]->name) == len && memcmp(list->op[i]->name, name, len) == 0)
            return true;
    return false;
}

/* Adds a quantile of that name. */
static enum crunch_code add_quantile(struct crunch_op_list *list, const char *name, size_t len,
                                     struct crunch_fraction at, struct crunch_error *error)
{
    if (has(list, name, len))
        return CRUNCH_OK;
    struct crunch_op *op = make_room(list) ? malloc(sizeof *op + len + 1) : NULL;
    if (op == NULL)
        return no_memory(error);
    char *own_name = (char *)(op + 1);
    *op = *crunch_op_find("quantile", strlen("quantile"));
    memcpy(own_name, name, len);
    own_name[len] = '\0';
    op->name = own_name;
    op->at = at;
    list->made[list->n_made++] = op;
    list->op[list->n++] = op;
    return CRUNCH_OK;
}

/* q and the percent of a place: 100 at, in full and without zeros at its end. */
static void name_place(char name[40], struct crunch_fraction at)
{
    unsigned long whole = at.num * 100 / at.den, rest = at.num * 100 % at.den;
    int len = snprintf(name, 40, "q%lu", whole);
    if (rest > 0)
        name[len++] = '.';
    for (; rest > 0; rest = rest * 10 % at.den)
        name[len++] = (char)('0' + rest * 10 / at.den);
    name[len] = '\0';
}

static enum crunch_code add_places(struct crunch_op_list *list, const char *at,
                                   struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    for (const char *s = at; !code; s++) {
        struct crunch_fraction place = {0, 1};
        char name[40];
        size_t len = strcspn(s, ",");
        crunch_fraction_parse(s, len, &place);
        name_place(name, place);
        code = add_quantile(list, name, strlen(name), place, error);
        s += len;
        if (*s == '\0')
            break;
    }
    return code;
}

static enum crunch_code add(struct crunch_op_list *list, const char *name, size_t len,
                            const char *at, bool may_be_command, struct crunch_error *error)
{
    struct crunch_fraction place;
    const struct crunch_op *op = crunch_op_find(name, len);
    if (op && strcmp(op->name, "quantile") == 0)
        return add_places(list, at ? at : QUARTILES, error);
    if (op == NULL && crunch_quantile_parse(name, len, &place))
        return add_quantile(list, name, len, place, error);
    if (op == NULL)
        return crunch_unknown_op(name, len, may_be_command, error);
    if (has(list, name, len))
        return CRUNCH_OK;
    if (!make_room(list))
        return no_memory(error);
    list->op[list->n++] = op;
    return CRUNCH_OK;
}

/* A table of values has no room for other results. */
static enum crunch_code check_alone(const struct crunch_op_list *list, struct crunch_error *error)
{
    for (size_t i = 0; i < list->n && list->n > 1; i++)
        if (!list->op[i]->finish)
            return crunch_fail(error, CRUNCH_USAGE, "%s gives a table of its own: ask for it alone",
                               list->op[i]->name);
    return CRUNCH_OK;
}

enum crunch_code crunch_op_list_read(struct crunch_op_list *list, const char *text, const char *at,
                                     struct crunch_error *error)
{
    bool single = strchr(text, ',') == NULL;
    *list = (struct crunch_op_list){0};
    for (const char *s = text;; s++) {
        size_t len = strcspn(s, ",");
        if (len == 0)
            return crunch_fail(error, CRUNCH_USAGE, "an operation is missing in \"%s\"", text);
        enum crunch_code code = add(list, s, len, at, single, error);
        s += len;
        if (code)
            return code;
        if (*s == '\0')
            return check_alone(list, error);
    }
}

void crunch_op_list_free(struct crunch_op_list *list)
{
    for (size_t i = 0; i < list->n_made; i++)
        free(list->made[i]);
    free(list->made);
    free(list->op);
    *list = (struct crunch_op_list){0};
}

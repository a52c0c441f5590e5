/*
 * Owns the addresses that hide secrets. What is shown goes wherever a name of an input does: into
 * messages, reports and results; only io/source.c asks for the URL behind it.
 */
#include "cmd/addresses.h"

#include "io/url.h"

#include <stdlib.h>
#include <string.h>

enum crunch_code crunch_address_hide(const struct crunch_address **list, const char **path,
                                     struct crunch_error *error)
{
    struct crunch_address *address;
    char *shown;
    if (!crunch_url_is(*path))
        return CRUNCH_OK;
    shown = crunch_url_redact(*path);
    address = malloc(sizeof *address);
    if (!shown || !address) {
        free(shown);
        free(address);
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    if (strcmp(shown, *path) == 0) {
        free(shown);
        free(address);
        return CRUNCH_OK;
    }
    *address = (struct crunch_address){*list, shown, *path};
    *list = address;
    *path = shown;
    return CRUNCH_OK;
}

void crunch_addresses_free(const struct crunch_address *list, const struct crunch_address *rest)
{
    while (list != rest) {
        const struct crunch_address *next = list->next;
        free((void *)(uintptr_t)list->shown);
        free((void *)(uintptr_t)list);
        list = next;
    }
}

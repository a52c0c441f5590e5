/*
 * Addresses: URLs with something secret in them, and what is shown in their place.
 */
#ifndef CRUNCH_CMD_ADDRESSES_H
#define CRUNCH_CMD_ADDRESSES_H

#include "io/error.h"
#include "io/fetch.h"

/* If *path is a URL that shows a secret (io/url.h), *list gets an address for it in front, and
 * *path becomes what is shown. CRUNCH_NO_MEMORY or CRUNCH_OK. */
enum crunch_code crunch_address_hide(const struct crunch_address **list, const char **path,
                                     struct crunch_error *error);

/* Frees those in front of rest (NULL: all). */
void crunch_addresses_free(const struct crunch_address *list, const struct crunch_address *rest);

#endif

/*
 * URLs as text: which names are URLs, what of one may be shown, and whom a redirect leads to. Pure
 * functions; nothing is fetched here (io/remote.h).
 */
#ifndef CRUNCH_IO_URL_H
#define CRUNCH_IO_URL_H

#include <stdbool.h>
#include <stddef.h>

/* "http://..." or "https://...", in any case. */
bool crunch_url_is(const char *path);
bool crunch_url_is_https(const char *path);

/* The scheme of "SCHEME://...", up to the colon; 0: it is no URL of any scheme. */
size_t crunch_url_scheme(const char *path);

/* A copy in which a user name and password, and the values of parameters that are known to carry
 * secrets (signatures, tokens, keys), are replaced by "***". The caller frees it; NULL when out of
 * memory. */
char *crunch_url_redact(const char *url);

/* Scheme, host and port are the same, so that what is secret to one may be told to the other. */
bool crunch_url_same_origin(const char *a, const char *b);

#endif

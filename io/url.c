/*
 * URLs as text (RFC 3986, section 3). Only what lies between "://" and the path is looked at, and
 * the names of parameters; whether the rest is right is told by whoever connects.
 */
#include "io/url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char hidden[] = "***";

/* Parameters whose value grants access: of signed links (S3, Google Cloud, Azure) and of common
 * interfaces. */
static const char *const secrets[] = {
    "access_token",
    "api_key",
    "api-key",
    "apikey",
    "auth",
    "key",
    "pass",
    "passwd",
    "password",
    "secret",
    "sig",
    "signature",
    "token",
    "x-amz-credential",
    "x-amz-security-token",
    "x-amz-signature",
    "x-goog-credential",
    "x-goog-signature",
};

size_t crunch_url_scheme(const char *path)
{
    size_t n = strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

    return n > 0 && strncmp(path + n, "://", 3) == 0 ? n : 0;
}

static bool has_scheme(const char *path, const char *scheme)
{
    size_t n = crunch_url_scheme(path);

    return n == strlen(scheme) && strncasecmp(path, scheme, n) == 0;
}

bool crunch_url_is(const char *path)
{
    return has_scheme(path, "http") || has_scheme(path, "https");
}

bool crunch_url_is_https(const char *path)
{
    return has_scheme(path, "https");
}

/* The authority, [*begin, *end), and in it *host behind the last @. */
static void find_authority(const char *url, const char **begin, const char **host, const char **end)
{
    *begin = url + crunch_url_scheme(url) + 3;
    *end = *begin + strcspn(*begin, "/?#\\");
    *host = *begin;
    for (const char *s = *begin; s < *end; s++)
        if (*s == '@')
            *host = s + 1;
}

static bool is_secret(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if (strlen(secrets[i]) == len && strncasecmp(secrets[i], name, len) == 0)
            return true;
    return false;
}

static char *append(char *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}

/* Copies the parameters from *from (behind the '?') on, up to the fragment, secrets hidden. */
static char *copy_query(char *at, const char **from)
{
    const char *s = *from, *end = s + strcspn(s, "#");

    while (s < end) {
        size_t len = strcspn(s, "&;#"), name = strcspn(s, "=&;#");

        at = append(at, s, name < len ? name + 1 : len);
        if (name < len && is_secret(s, name))
            at = append(at, hidden, sizeof hidden - 1);
        else if (name < len)
            at = append(at, s + name + 1, len - name - 1);
        s += len;
        if (s < end)
            *at++ = *s++;
    }
    *from = end;
    return at;
}

char *crunch_url_redact(const char *url)
{
    const char *begin, *host, *end, *query;
    /* Each parameter takes at least one byte and becomes longer by less than sizeof hidden. */
    char *out = malloc(strlen(url) * sizeof hidden + sizeof hidden + 2), *at = out;

    if (!out)
        return NULL;
    find_authority(url, &begin, &host, &end);
    at = append(at, url, (size_t)(begin - url));
    if (host > begin) {
        at = append(at, hidden, sizeof hidden - 1);
        *at++ = '@';
    }
    query = end + strcspn(end, "?#");
    at = append(at, host, (size_t)(query - host));
    if (*query == '?') {
        *at++ = *query++;
        at = copy_query(at, &query);
    }
    strcpy(at, query);
    return out;
}

/* Host and port, with the port that the scheme stands for left out. */
static size_t origin_len(const char *url, const char *host, const char *end)
{
    const char *port = crunch_url_is_https(url) ? ":443" : ":80";
    size_t len = (size_t)(end - host), n = strlen(port);

    if (len > n && strncmp(end - n, port, n) == 0)
        return len - n;
    if (len > 0 && end[-1] == ':')
        return len - 1;
    return len;
}

bool crunch_url_same_origin(const char *a, const char *b)
{
    const char *begin, *host_a, *end_a, *host_b, *end_b;
    size_t len;

    if (crunch_url_is_https(a) != crunch_url_is_https(b))
        return false;
    find_authority(a, &begin, &host_a, &end_a);
    find_authority(b, &begin, &host_b, &end_b);
    len = origin_len(a, host_a, end_a);
    return len == origin_len(b, host_b, end_b) && strncasecmp(host_a, host_b, len) == 0;
}

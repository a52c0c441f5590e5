/*
 * Owns what compressed files are called. Nothing is opened here: what a FILE holds decides nothing
 * about the name of what is made of it.
 */
#include "cmd/packed_names.h"

#include "cmd/outfile.h"
#include "io/url.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const endings[] = {".gz", ".bgz", ".bgzf", ".zst", ".zstd"};

static enum crunch_code refuse(struct crunch_error *error, const char *name, const char *what,
                               const char *hint)
{
    crunch_fail(error, CRUNCH_USAGE, "%s", what);
    crunch_hint(error, "%s", hint);
    if (error)
        error->file = name;
    return CRUNCH_USAGE;
}

/* The length of path without an ending of packed files. */
static size_t bare_length(const char *path)
{
    size_t len = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t ending = strlen(endings[i]);
        if (len > ending && path[len - ending - 1] != '/' &&
            strcmp(path + len - ending, endings[i]) == 0)
            return len - ending;
    }
    return len;
}

static enum crunch_code make_name(struct crunch_inputs *inputs, size_t i, const char **out,
                                  struct crunch_error *error)
{
    const char *path = inputs->path[i];
    const size_t len = bare_length(path);
    if (strcmp(path, "-") == 0 || crunch_url_scheme(path) > 0)
        return refuse(error, path, "there is no file to write its packed form beside",
                      "-o FILE.zst names one, and takes one input");
    char *name = malloc(len + sizeof ".zst");
    if (name) {
        memcpy(name, path, len);
        strcpy(name + len, ".zst");
    }
    *out = name;
    return crunch_inputs_own(inputs, name, error);
}

enum crunch_code crunch_packed_name_check(const char *name, bool force, struct crunch_error *error)
{
    struct stat status;
    if (force || stat(name, &status) != 0)
        return CRUNCH_OK;
    return refuse(error, name, "exists already",
                  "--force overwrites it; -o names another file, for one input");
}

/* None of the outputs may be an input: only one that exists already can be. */
static enum crunch_code check_inputs(const char *name, const char *const *paths, size_t n,
                                     struct crunch_error *error)
{
    struct stat status;
    enum crunch_code code = CRUNCH_OK;
    if (stat(name, &status) != 0)
        return crunch_outfile_check("the packed form", name, name, error);
    for (size_t i = 0; i < n && !code; i++)
        code = crunch_outfile_check("the packed form", name, paths[i], error);
    return code;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum crunch_code check_apart(const char *const *names, size_t n, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    const char **sorted = malloc((n + 1) * sizeof *sorted);
    if (!sorted)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    memcpy(sorted, names, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_text);
    for (size_t i = 1; i < n && !code; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            code = refuse(error, sorted[i], "two inputs would be packed into it",
                          "pack one of them apart, with -o");
    free(sorted);
    return code;
}

enum crunch_code crunch_packed_names(struct crunch_inputs *inputs, bool force, const char ***names,
                                     struct crunch_error *error)
{
    const size_t n = inputs->n;
    enum crunch_code code = CRUNCH_OK;
    *names = calloc(n + 1, sizeof **names);
    if (!*names)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < n && !code; i++)
        code = make_name(inputs, i, &(*names)[i], error);
    for (size_t i = 0; i < n && !code; i++)
        code = check_inputs((*names)[i], inputs->path, n, error);
    for (size_t i = 0; i < n && !code; i++)
        code = crunch_packed_name_check((*names)[i], force, error);
    return code ? code : check_apart(*names, n, error);
}

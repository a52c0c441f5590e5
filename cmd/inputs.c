/*
 * Owns the list of input files. It does not open them; that a file is missing or unreadable is told
 * when it is.
 */
#include "cmd/inputs.h"
#include "cmd/addresses.h"
#include "io/url.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum crunch_code no_memory(struct crunch_error *error)
{
    return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
}

/* Room for one more element, doubled as it fills; false when memory is out. */
static bool grow(void **array, size_t n, size_t *room, size_t element)
{
    size_t target = *room ? *room * 2 : 16;
    if (n < *room)
        return true;
    void *grown = realloc(*array, target * element);
    if (!grown)
        return false;
    *array = grown;
    *room = target;
    return true;
}

static enum crunch_code add(struct crunch_inputs *inputs, const char *path,
                            struct crunch_error *error)
{
    if (path[0] == '\0')
        return crunch_fail(error, CRUNCH_USAGE, "the name of an input is empty");
    if (!grow((void **)&inputs->path, inputs->n, &inputs->room, sizeof *inputs->path))
        return no_memory(error);
    inputs->path[inputs->n++] = path;
    return CRUNCH_OK;
}

/* Takes over text, which paths point into. */
enum crunch_code crunch_inputs_own(struct crunch_inputs *inputs, char *text,
                                   struct crunch_error *error)
{
    if (!text || !grow((void **)&inputs->owned, inputs->n_owned, &inputs->owned_room,
                       sizeof *inputs->owned)) {
        free(text);
        return no_memory(error);
    }
    inputs->owned[inputs->n_owned++] = text;
    return CRUNCH_OK;
}

static enum crunch_code add_pattern(struct crunch_inputs *inputs, const char *pattern,
                                    struct crunch_error *error)
{
    glob_t found;
    enum crunch_code code = CRUNCH_OK;
    int failed = glob(pattern, 0, NULL, &found);
    if (failed == GLOB_NOMATCH) {
        crunch_fail(error, CRUNCH_IO, "no file has a name like this");
        if (error)
            error->file = pattern;
        return CRUNCH_IO;
    }
    if (failed)
        return no_memory(error);
    for (size_t i = 0; i < found.gl_pathc && !code; i++) {
        code = crunch_inputs_own(inputs, strdup(found.gl_pathv[i]), error);
        if (!code)
            code = add(inputs, inputs->owned[inputs->n_owned - 1], error);
    }
    globfree(&found);
    return code;
}

static enum crunch_code add_operand(struct crunch_inputs *inputs, const char *operand,
                                    struct crunch_error *error)
{
    if (!crunch_url_is(operand) && strpbrk(operand, "*?[") && access(operand, F_OK) != 0)
        return add_pattern(inputs, operand, error);
    return add(inputs, operand, error);
}

/* All of a descriptor, with a NUL behind it. NULL: errno says why. */
static char *read_all(int fd, size_t *len)
{
    size_t size = 4096;
    char *text = malloc(size);
    ssize_t got;
    *len = 0;
    while (text) {
        if (*len + 1 == size) {
            char *grown = realloc(text, size *= 2);
            if (!grown)
                break;
            text = grown;
        }
        got = read(fd, text + *len, size - *len - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        if (got == 0) {
            text[*len] = '\0';
            return text;
        }
        *len += (size_t)got;
    }
    free(text);
    return NULL;
}

static enum crunch_code list_fails(const char *path, struct crunch_error *error)
{
    crunch_fail_errno(error, CRUNCH_IO, errno, "cannot read the list of files");
    if (error)
        error->file = path;
    return CRUNCH_IO;
}

static enum crunch_code add_list(struct crunch_inputs *inputs, const char *path,
                                 struct crunch_error *error)
{
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    enum crunch_code code;
    size_t len;
    char *text;
    if (fd < 0)
        return list_fails(path, error);
    text = read_all(fd, &len);
    if (!text)
        code = list_fails(path, error);
    else
        code = crunch_inputs_own(inputs, text, error);
    if (fd != STDIN_FILENO)
        close(fd);
    if (code)
        return code;
    char separator = memchr(text, '\0', len) ? '\0' : '\n';
    for (char *at = text, *end = text + len; at < end && !code;) {
        char *stop = memchr(at, separator, (size_t)(end - at));
        if (!stop)
            stop = end;
        *stop = '\0';
        if (separator == '\n' && stop > at && stop[-1] == '\r')
            stop[-1] = '\0';
        const char *name = at;
        if (*at)
            code = crunch_address_hide(&inputs->hidden, &name, error);
        if (*at && !code)
            code = add(inputs, name, error);
        at = stop + 1;
    }
    return code;
}

enum crunch_code crunch_inputs_collect(struct crunch_inputs *inputs, const char *const *operands,
                                       size_t n_operands, const char *files_from,
                                       const struct crunch_address **addresses,
                                       struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    bool standard = files_from && strcmp(files_from, "-") == 0;
    memset(inputs, 0, sizeof *inputs);
    inputs->hidden = inputs->hidden_before = *addresses;
    for (size_t i = 0; i < n_operands && !code; i++)
        code = add_operand(inputs, operands[i], error);
    if (!code && files_from)
        code = add_list(inputs, files_from, error);
    if (!code && files_from && inputs->n == 0)
        code = crunch_fail(error, CRUNCH_USAGE, "the list of --files-from has no file in it");
    if (!code && inputs->n == 0)
        code = add(inputs, "-", error);
    for (size_t i = 0; i < inputs->n && !code; i++) {
        if (strcmp(inputs->path[i], "-") != 0)
            continue;
        if (standard)
            code = crunch_fail(error, CRUNCH_USAGE,
                               files_from && strcmp(files_from, "-") == 0
                                   ? "standard input is both the list of files and a file"
                                   : "standard input is named twice; it can be read once");
        standard = true;
    }
    *addresses = inputs->hidden;
    return code;
}

void crunch_inputs_free(struct crunch_inputs *inputs)
{
    for (size_t i = 0; i < inputs->n_owned; i++)
        free(inputs->owned[i]);
    crunch_addresses_free(inputs->hidden, inputs->hidden_before);
    free(inputs->owned);
    free(inputs->path);
    memset(inputs, 0, sizeof *inputs);
}

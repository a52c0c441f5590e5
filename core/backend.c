/*
 * The table of backends, default first. A backend is one row here and one file beside this.
 */
#include "core/backend_rows.h"

#include <string.h>

static const struct crunch_backend *const backends[] = {
    &crunch_backend_threads,
    &crunch_backend_procs,
    &crunch_backend_omp,
    &crunch_backend_seq,
};

const struct crunch_backend *const *crunch_backends(size_t *n)
{
    *n = sizeof backends / sizeof *backends;
    return backends;
}

const struct crunch_backend *crunch_backend_find(const char *name)
{
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++)
        if (strcmp(backends[i]->name, name) == 0)
            return backends[i];
    return NULL;
}

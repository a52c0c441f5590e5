/* The backends by name, for the table in core/backend.c. */
#ifndef CRUNCH_CORE_BACKEND_ROWS_H
#define CRUNCH_CORE_BACKEND_ROWS_H

#include "core/backend.h"

extern const struct crunch_backend crunch_backend_threads;
extern const struct crunch_backend crunch_backend_procs;
extern const struct crunch_backend crunch_backend_omp;
extern const struct crunch_backend crunch_backend_seq;

#endif

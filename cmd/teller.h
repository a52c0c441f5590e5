/*
 * The teller: everything crunch says on standard error. One line per message, beginning with
 * `crunch: `, and the progress bar, which is always taken away before a message appears.
 */
#ifndef CRUNCH_CMD_TELLER_H
#define CRUNCH_CMD_TELLER_H

#include "cmd/settings.h"
#include "core/run.h"

struct crunch_teller {
    FILE *out;
    bool color, quiet, verbose;
    enum crunch_when progress;
    bool terminal;    /* out is one */
    bool bar;         /* a progress bar stands on the last line */
    const char *file; /* name of the input, for what concerns it; may be NULL */
};

/* A teller for before the options are known. */
void crunch_teller_init(struct crunch_teller *teller);
/* Takes over what the settings say. */
void crunch_teller_configure(struct crunch_teller *teller, const struct crunch_settings *settings);

/* The error, with its place and its hint:
 *     crunch: FILE:LINE:COLUMN: error: column "NAME" (INDEX): MESSAGE
 *       record R, byte B; HINT */
void crunch_tell_error(struct crunch_teller *teller, const struct crunch_error *error);
/* `crunch: FILE: warning: ...`; nothing under --quiet. printf-like, without line end. */
void crunch_tell_warning(struct crunch_teller *teller, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* `crunch: FILE: ...`, always: counts of bad data, what verify found. */
void crunch_tell(struct crunch_teller *teller, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, only under --verbose. */
void crunch_tell_detail(struct crunch_teller *teller, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Hooks of the runner; context is the teller. */
void crunch_teller_note(void *context, const struct crunch_note *note);
void crunch_teller_progress(void *context, const struct crunch_progress *progress);
/* Takes the bar away, if there is one. */
void crunch_teller_clear(struct crunch_teller *teller);

/* Bytes as people read them: "684 MB" (powers of 1,000), three digits. */
const char *crunch_bytes_text(double bytes, char out[24]);
/* The bar's line for a terminal of so many columns; pure. */
void crunch_bar_text(const struct crunch_progress *progress, size_t columns, char *out,
                     size_t size);

#endif

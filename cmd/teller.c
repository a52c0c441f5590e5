/*
 * Owns standard error: the form of messages, their colours, and whether a progress bar stands
 * there. Invariant: a message begins at the start of a line, since every message first clears the
 * bar.
 */
#include "cmd/teller.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RED "\033[1;31m"
#define YELLOW "\033[1;33m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

void crunch_teller_init(struct crunch_teller *teller)
{
    *teller = (struct crunch_teller){.out = stderr, .progress = CRUNCH_NEVER};
    /* A message is one write, so that lines of several programs do not mix; every message flushes.
     */
    setvbuf(stderr, NULL, _IOFBF, BUFSIZ);
}

void crunch_teller_configure(struct crunch_teller *teller, const struct crunch_settings *settings)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool plain = (no_color && *no_color) || !term || strcmp(term, "dumb") == 0;
    teller->terminal = isatty(fileno(teller->out));
    teller->quiet = settings->quiet;
    teller->verbose = settings->verbose;
    teller->progress = (enum crunch_when)settings->progress;
    teller->color = settings->color == CRUNCH_ALWAYS ||
                    (settings->color == CRUNCH_AUTO && teller->terminal && !plain);
}

static const char *paint(const struct crunch_teller *teller, const char *code)
{
    return teller->color ? code : "";
}

void crunch_teller_clear(struct crunch_teller *teller)
{
    if (!teller->bar)
        return;
    fputs(teller->terminal ? "\r\033[K" : "\n", teller->out);
    fflush(teller->out);
    teller->bar = false;
}

/* Input text reaches messages only through crunch_quote_text, but file names come as they are:
 * their control bytes must not reach a terminal, nor break the line. */
static void put_name(FILE *out, const char *name)
{
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;
        if (c < 0x20 || c == 0x7F)
            fprintf(out, "\\x%02X", c);
        else
            putc(c, out);
    }
}

static void lead(struct crunch_teller *teller, const char *file)
{
    crunch_teller_clear(teller);
    fprintf(teller->out, "%scrunch:%s ", paint(teller, BOLD), paint(teller, PLAIN));
    if (file) {
        put_name(teller->out, file);
        fputs(": ", teller->out);
    }
}

void crunch_tell_error(struct crunch_teller *teller, const struct crunch_error *error)
{
    FILE *out = teller->out;
    crunch_teller_clear(teller);
    fprintf(out, "%scrunch:%s ", paint(teller, BOLD), paint(teller, PLAIN));
    if (error->file) {
        put_name(out, error->file);
        if (error->has_position)
            fprintf(out, ":%" PRIu64 ":%" PRIu64, error->line, error->byte_column);
        fputs(": ", out);
    }
    fprintf(out, "%serror:%s ", paint(teller, RED), paint(teller, PLAIN));
    if (error->column && error->column_name[0])
        fprintf(out, "column \"%s\" (%u): ", error->column_name, error->column);
    else if (error->column)
        fprintf(out, "column %u: ", error->column);
    fputs(error->message[0] ? error->message : "failed without a message", out);
    if (error->has_position) {
        fputs("\n  ", out);
        if (error->record)
            fprintf(out, "record %" PRIu64 ", ", error->record);
        fprintf(out, "byte %" PRIu64, error->offset);
        if (error->hint[0])
            fprintf(out, "; %s", error->hint);
    } else if (error->record) {
        fprintf(out, "\n  record %" PRIu64 "%s%s", error->record, error->hint[0] ? "; " : "",
                error->hint);
    } else if (error->hint[0])
        fprintf(out, "\n  %s", error->hint);
    putc('\n', out);
    fflush(out);
}

static void tell(struct crunch_teller *teller, const char *word, const char *format, va_list list)
{
    lead(teller, teller->file);
    if (word)
        fprintf(teller->out, "%s%s:%s ", paint(teller, YELLOW), word, paint(teller, PLAIN));
    vfprintf(teller->out, format, list);
    putc('\n', teller->out);
    fflush(teller->out);
}

void crunch_tell_warning(struct crunch_teller *teller, const char *format, ...)
{
    va_list list;
    if (teller->quiet)
        return;
    va_start(list, format);
    tell(teller, "warning", format, list);
    va_end(list);
}

void crunch_tell(struct crunch_teller *teller, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    tell(teller, NULL, format, list);
    va_end(list);
}

void crunch_tell_detail(struct crunch_teller *teller, const char *format, ...)
{
    va_list list;
    if (!teller->verbose)
        return;
    va_start(list, format);
    tell(teller, NULL, format, list);
    va_end(list);
}

void crunch_teller_note(void *context, const struct crunch_note *note)
{
    struct crunch_teller *teller = context;
    if (teller->quiet)
        return;
    lead(teller, NULL);
    fprintf(teller->out, "%s\n", note->text);
    fflush(teller->out);
}

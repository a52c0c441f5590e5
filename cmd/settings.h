/*
 * The settings: everything the command line says, after parsing and before any file is opened. The
 * part that the engine needs is the job inside; the rest concerns output and telling. Filled by
 * cmd/options.c, completed and checked by crunch_settings_finish, constant from then on.
 */
#ifndef CRUNCH_CMD_SETTINGS_H
#define CRUNCH_CMD_SETTINGS_H

#include "cmd/grid.h"
#include "core/job.h"

enum crunch_when { CRUNCH_AUTO, CRUNCH_ALWAYS, CRUNCH_NEVER };

/* Arguments of an option that may be repeated; room for one per argument of the program. */
struct crunch_texts {
    const char **text;
    size_t n;
};

struct crunch_settings {
    struct crunch_job job;
    struct crunch_token *nulls; /* what job.dialect.nulls points to; room for one per argument */
    char *columns;              /* what job.columns points to: every -c, joined by commas */
    char *by;                   /* likewise job.by, of every -g */
    struct crunch_texts where;  /* every -w */
    struct crunch_texts maps;   /* every -m */
    bool keep;                  /* map writes the columns of the input, too */
    int order;                  /* enum crunch_order, + 3 for descending */
    int header, on_error, nan, io,
        arith;  /* enums of io/dialect.h, copied into the dialect at the end */
    int verify; /* enum crunch_verify */

    const char *at; /* the places of `quantile`, fractions between commas; NULL: the quartiles */

    uint64_t workers;           /* as asked for: 0 = all CPUs */
    bool jobs;                  /* -j was given */
    const char *backend_option; /* the option that chose the backend, or NULL */

    int format;     /* enum crunch_format */
    int json_bytes; /* enum crunch_json_bytes */
    unsigned precision;
    uint32_t *widths; /* what job.recoding.width points to */
    bool delimiter_given;
    const char *files_from;  /* a list of inputs, or NULL */
    const char *output_path; /* or NULL: standard output */
    const char *report_path;
    const char *to;      /* of convert: a type, "csv", or NULL */
    unsigned level;      /* of compress */
    uint64_t frame_size; /* of compress: decoded bytes */
    bool force;          /* of compress: FILE.zst may exist */
    bool to_stdout;      /* -o - */
    int progress, color; /* enum crunch_when */
    bool quiet, verbose;
    bool short_help, long_help, version;
    bool seed_given;

    const char **operands; /* what is left: a command and its operands; n_operands of them */
    size_t n_operands;
};

/* The defaults of every option; room for argc arguments. CRUNCH_NO_MEMORY or CRUNCH_OK. */
enum crunch_code crunch_settings_init(struct crunch_settings *settings, int argc,
                                      struct crunch_error *error);

/* After parsing: default backend, number of workers, checks between options (CRUNCH_USAGE). */
enum crunch_code crunch_settings_finish(struct crunch_settings *settings,
                                        struct crunch_error *error);

/* Frees what the settings own. A zeroed object is fine. */
void crunch_settings_free(struct crunch_settings *settings);

#endif

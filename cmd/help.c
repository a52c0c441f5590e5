/*
 * Owns the texts of help. Invariant: an option, command, op or backend appears here because it is a
 * row of its table, never because it is written here.
 */
#include "cmd/help.h"
#include "cmd/commands.h"
#include "cmd/options.h"
#include "cmd/outfile.h"
#include "core/cpus.h"
#include "core/order.h"
#include "io/decode.h"
#include "io/remote.h"
#include "io/uring.h"

#include <csv.h>
#include <gmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define WIDTH 80

static const struct crunch_status_row statuses[] = {
    {"0", "done, and verified if asked"},
    {"1", "bad data"},
    {"2", "usage; unknown column or operation"},
    {"3", "read or write error; truncated or changed input"},
    {"4", "out of memory, or over --mem-limit"},
    {"5", "a worker was lost after all retries, or timed out"},
    {"6", "verification mismatch"},
    {"7", "partial or checkpoint does not fit"},
    {"128+n", "ended by signal n"},
};

const struct crunch_status_row *crunch_status_rows(size_t *n)
{
    *n = sizeof statuses / sizeof *statuses;
    return statuses;
}

enum crunch_format crunch_resolve_format(const struct crunch_settings *settings, FILE *out)
{
    if (settings->format != CRUNCH_FORMAT_AUTO)
        return (enum crunch_format)settings->format;
    return isatty(fileno(out)) ? CRUNCH_FORMAT_TABLE : CRUNCH_FORMAT_TSV;
}

enum crunch_format crunch_output_format(const struct crunch_settings *settings)
{
    if (settings->output_path && settings->format == CRUNCH_FORMAT_AUTO)
        return CRUNCH_FORMAT_TSV;
    return crunch_resolve_format(settings, stdout);
}

enum crunch_code crunch_write_out(const struct crunch_invocation *invocation,
                                  enum crunch_code (*write)(FILE *, const void *,
                                                            const struct crunch_invocation *),
                                  const void *context)
{
    struct crunch_outfile out;
    enum crunch_code code =
        crunch_outfile_open(&out, invocation->settings->output_path, invocation->error);
    if (code)
        return code;
    code = write(out.file, context, invocation);
    return crunch_outfile_close(&out, code, invocation->error);
}

/* Writes text by words from column on, with following lines indented by indent. */
static void write_wrapped(FILE *out, const char *text, size_t column, size_t indent)
{
    bool first = true;
    while (*text) {
        size_t len = strcspn(text, " ");
        if (!first && column + 1 + len > WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            putc(' ', out);
            column++;
        }
        fwrite(text, 1, len, out);
        column += len;
        first = false;
        text += len;
        text += strspn(text, " ");
    }
    putc('\n', out);
}

/* One row of a two-column list: what it is called, and its text from column indent on. */
static void write_row(FILE *out, const char *name, const char *text, size_t indent)
{
    fprintf(out, "  %s", name);
    size_t column = 2 + strlen(name);
    if (column + 2 > indent) {
        putc('\n', out);
        column = 0;
    }
    fprintf(out, "%*s", (int)(indent - column), "");
    write_wrapped(out, text, indent, indent);
}

/* "-c, --column LIST", "    --verify[=full|sample]" */
static void option_title(const struct crunch_option *option, char out[80])
{
    char letter[8] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c%s", option->letter, option->name ? ", " : "");
    snprintf(out, 80, "%s%s%s%s%s%s", letter, option->name ? "--" : "",
             option->name ? option->name : "",
             option->takes == CRUNCH_OPTIONAL_ARGUMENT ? "[="
             : option->takes == CRUNCH_ARGUMENT        ? " "
                                                       : "",
             option->takes ? option->argument : "",
             option->takes == CRUNCH_OPTIONAL_ARGUMENT ? "]" : "");
}

/* As many names as a line holds; `crunch ops` has them all. */
static void write_op_names(FILE *out)
{
    const struct crunch_op *op;
    size_t column = 12;
    fputs("Operations: ", out);
    for (size_t i = 0; (op = crunch_op_at(i)) != NULL; i++) {
        size_t len = strlen(op->name);
        if (column + len + strlen(" ... (`crunch ops`)") > 80) {
            fputs("... (`crunch ops`)", out);
            break;
        }
        column += len + 1;
        fprintf(out, "%s ", op->name);
    }
    putc('\n', out);
}

static void write_command_names(FILE *out)
{
    size_t n, used = 0;
    const struct crunch_command *commands = crunch_commands(&n);
    char text[1000] = "";
    for (size_t i = 0; i < n && used < sizeof text - 1; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? " " : "",
                                 commands[i].name);
    fputs("Commands:   ", out);
    write_wrapped(out, text, 12, 12);
}

static void write_synopsis(FILE *out)
{
    fputs("usage: crunch OP[,OP...] [FILE...] [options]\n"
          "       crunch COMMAND [operands] [options]\n"
          "Reduces the columns of CSV files, URLs or standard input, in parallel, exactly.\n\n",
          out);
}

/* The short help has the options with a letter, the backends, and these. */
static bool is_essential(const struct crunch_option *option)
{
    static const char *const more[] = {"verify", "on-error", "help"};
    if (!option->name)
        return false;
    if ((option->letter && !strchr("Vjq", option->letter)) || crunch_backend_find(option->name))
        return true;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (strcmp(option->name, more[i]) == 0)
            return true;
    return false;
}

void crunch_write_short_help(FILE *out)
{
    struct crunch_option option;
    char title[80];
    write_synopsis(out);
    write_op_names(out);
    write_command_names(out);
    putc('\n', out);
    for (size_t i = 0; crunch_option_at(i, &option); i++)
        if (is_essential(&option)) {
            option_title(&option, title);
            fprintf(out, "  %-21s  %s\n", title, option.help);
        }
}

void crunch_write_full_help(FILE *out)
{
    struct crunch_option option;
    const struct crunch_op *op;
    size_t n;
    char title[80], text[400];
    write_synopsis(out);
    fputs("Operations\n", out);
    for (size_t i = 0; (op = crunch_op_at(i)) != NULL; i++)
        write_row(out, op->name, op->help, 14);
    const struct crunch_command *commands = crunch_commands(&n);
    fputs("\nCommands\n", out);
    for (size_t i = 0; i < n; i++) {
        snprintf(title, sizeof title, "%s %s", commands[i].name, commands[i].operands);
        write_row(out, title, commands[i].help, 22);
    }
    for (int group = 0; group < CRUNCH_N_GROUPS; group++) {
        fprintf(out, "\n%s\n", crunch_group_titles[group]);
        for (size_t i = 0; crunch_option_at(i, &option); i++)
            if ((int)option.group == group) {
                option_title(&option, title);
                snprintf(text, sizeof text, "%s%s%s%s", option.help, option.fallback ? " [" : "",
                         option.fallback ? option.fallback : "", option.fallback ? "]" : "");
                write_row(out, title, text, 30);
            }
    }
    write_row(out, "    --", "ends the options", 30);
    const struct crunch_status_row *rows = crunch_status_rows(&n);
    fputs("\nExit status\n", out);
    for (size_t i = 0; i < n; i++)
        write_row(out, rows[i].status, rows[i].meaning, 10);
}

static enum crunch_code short_help(FILE *out, const void *context,
                                   const struct crunch_invocation *invocation)
{
    (void)context, (void)invocation;
    crunch_write_short_help(out);
    return CRUNCH_OK;
}

static enum crunch_code full_help(FILE *out, const void *context,
                                  const struct crunch_invocation *invocation)
{
    (void)context, (void)invocation;
    crunch_write_full_help(out);
    return CRUNCH_OK;
}

enum crunch_code crunch_show_short_help(const struct crunch_invocation *invocation)
{
    return crunch_write_out(invocation, short_help, NULL);
}

enum crunch_code crunch_show_full_help(const struct crunch_invocation *invocation)
{
    return crunch_write_out(invocation, full_help, NULL);
}

enum crunch_code crunch_show_usage(const struct crunch_invocation *invocation)
{
    crunch_write_short_help(invocation->teller->out);
    fflush(invocation->teller->out);
    return crunch_fail(invocation->error, CRUNCH_USAGE, "no operation given");
}

/* What -g makes of an op. */
struct in_groups {
    unsigned needs;      /* of the op, any of them; 0: whatever it needs */
    const char *brief;   /* in the list of operations */
    const char *columns; /* as in -c COLUMNS */
    const char *told;    /* in its help */
};

static const struct in_groups *in_groups_of(const struct crunch_op *op)
{
    static const struct in_groups rows[] = {
        {CRUNCH_NEEDS_MODEL, "its fields", "X,Y",
         "With -g: a row for each group, with the fields as columns; of several predictors each "
         "has "
         "PREDICTOR_slope and PREDICTOR_slope_se. Where a group has too few rows, or columns that "
         "depend on each other in it, they are empty."},
        {CRUNCH_NEEDS_PAIR, "a column per pair", "X,Y",
         "With -g: a row for each group, with a column X_Y_%s for each pair."},
        {CRUNCH_NEEDS_LIST | CRUNCH_NEEDS_TOP, "rows of values", "COLUMN",
         "With -g: for each group the rows that it has by itself, behind its keys; shares are of "
         "the "
         "group."},
        {CRUNCH_NEEDS_BINS, "rows of bins", "COLUMN",
         "With -g: for each group the rows that it has by itself, behind its keys; equal bins are "
         "those of all groups together, so that groups can be compared."},
        {0, "a column", "COLUMN", "With -g: a row for each group, with a column COLUMN_%s."},
    };
    size_t i = 0;
    while (rows[i].needs && !(op->needs & rows[i].needs))
        i++;
    return &rows[i];
}

static enum crunch_code op_help(FILE *out, const void *context,
                                const struct crunch_invocation *invocation)
{
    const struct crunch_op *op = context;
    (void)invocation;
    fprintf(out, "%s: %s\n\n", op->name, op->help);
    if (op->detail && op->detail[0])
        write_wrapped(out, op->detail, 0, 0);
    const struct in_groups *groups = in_groups_of(op);
    const char *place = strstr(groups->told, "%s");
    char told[400];
    if (place)
        snprintf(told, sizeof told, "%.*s%s%s", (int)(place - groups->told), groups->told, op->name,
                 place + 2);
    else
        snprintf(told, sizeof told, "%s", groups->told);
    write_wrapped(out, told, 0, 0);
    fprintf(out, "\nusage: crunch %s [-c %s] [-g KEYS] [FILE...]\n", op->name, groups->columns);
    return CRUNCH_OK;
}

static enum crunch_code command_help(FILE *out, const void *context,
                                     const struct crunch_invocation *invocation)
{
    const struct crunch_command *command = context;
    (void)invocation;
    fprintf(out, "%s: %s\n\nusage: crunch %s%s%s [options]\n", command->name, command->help,
            command->name, command->operands[0] ? " " : "", command->operands);
    return CRUNCH_OK;
}

enum crunch_code crunch_show_help(const struct crunch_invocation *invocation)
{
    const struct crunch_op *op;
    size_t n;
    const struct crunch_command *commands = crunch_commands(&n);
    if (invocation->n_operands == 0)
        return crunch_show_full_help(invocation);
    const char *name = invocation->operands[0];
    for (size_t i = 0; i < n; i++)
        if (strcmp(commands[i].name, name) == 0)
            return crunch_write_out(invocation, command_help, &commands[i]);
    if (strchr(name, ','))
        return crunch_fail(invocation->error, CRUNCH_USAGE, "help takes one name");
    struct crunch_fraction at;
    size_t len = strlen(name);
    op = crunch_op_find(name, len);
    if (op == NULL && crunch_quantile_parse(name, len, &at))
        op = crunch_op_find("quantile", strlen("quantile"));
    return op ? crunch_write_out(invocation, op_help, op)
              : crunch_unknown_op(name, len, true, invocation->error);
}

static enum crunch_code write_names(FILE *out, const void *context,
                                    const struct crunch_invocation *invocation)
{
    const struct crunch_settings *settings = invocation->settings;
    return crunch_grid_print(out, context, crunch_resolve_format(settings, out),
                             (enum crunch_json_bytes)settings->json_bytes, invocation->error);
}

static struct crunch_field text_field(const char *text)
{
    return (struct crunch_field){CRUNCH_FIELD_TEXT, text, strlen(text)};
}

/* Prints n rows of titles' width; fill writes row i. */
static enum crunch_code show_rows(const struct crunch_invocation *invocation,
                                  const char *const *titles, size_t n_columns, size_t n,
                                  void (*fill)(size_t row, struct crunch_field *fields))
{
    struct crunch_field *fields = calloc(n * n_columns, sizeof *fields);
    if (!fields)
        return crunch_fail(invocation->error, CRUNCH_NO_MEMORY, "out of memory");
    for (size_t row = 0; row < n; row++)
        fill(row, fields + row * n_columns);
    struct crunch_grid grid = {n_columns, n, titles, fields};
    enum crunch_code code = crunch_write_out(invocation, write_names, &grid);
    free(fields);
    return code;
}

static void fill_op(size_t row, struct crunch_field *fields)
{
    const struct crunch_op *op = crunch_op_at(row);
    fields[0] = text_field(op->name);
    fields[1] = text_field(op->help);
    fields[2] = text_field(in_groups_of(op)->brief);
}

enum crunch_code crunch_show_ops(const struct crunch_invocation *invocation)
{
    static const char *const titles[] = {"operation", "gives", "groups"};
    size_t n = 0;
    while (crunch_op_at(n) != NULL)
        n++;
    return show_rows(invocation, titles, 3, n, fill_op);
}

static void fill_backend(size_t row, struct crunch_field *fields)
{
    const struct crunch_backend *backend = crunch_backends(&(size_t){0})[row];
    fields[0] = text_field(backend->name);
    fields[1] = text_field(row == 0 ? "yes" : "no");
    fields[2] = text_field(backend->survives_death ? "yes" : "no");
    fields[3] = text_field(backend->help);
}

enum crunch_code crunch_show_backends(const struct crunch_invocation *invocation)
{
    static const char *const titles[] = {"backend", "default", "survives", "how"};
    size_t n;
    crunch_backends(&n);
    return show_rows(invocation, titles, 4, n, fill_backend);
}

static enum crunch_code version(FILE *out, const void *context,
                                const struct crunch_invocation *invocation)
{
    struct crunch_cpus cpus;
    size_t n;
    const struct crunch_backend *const *backends = crunch_backends(&n);
    (void)context, (void)invocation;
    crunch_cpus_count(&cpus, "");
    fprintf(out, "crunch %s\n", CRUNCH_VERSION);
    fprintf(out, "libraries: GMP %s, libcsv %d.%d.%d, zstd %s, for gzip: %s, for URLs: %s\n",
            gmp_version, CSV_MAJOR, CSV_MINOR, CSV_RELEASE, ZSTD_versionString(),
            crunch_inflate_name(), crunch_remote_library());
    fprintf(out, "asynchronous reading: %s\n", crunch_uring_library());
    fprintf(out, "instruction set: %s\nbackends:", crunch_simd_name());
    for (size_t i = 0; i < n; i++)
        fprintf(out, " %s", backends[i]->name);
    fprintf(out, "\nCPUs: %u usable of %u\n", cpus.usable, cpus.online);
    return CRUNCH_OK;
}

enum crunch_code crunch_show_version(const struct crunch_invocation *invocation)
{
    return crunch_write_out(invocation, version, NULL);
}

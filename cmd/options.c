/*
 * Owns the rows of the options, and how each writes its value into the settings. Which rows exist
 * is the only place where an option is known; the general setters write at the row's target, so
 * most options are no more than a row. Conflicts between options are found in cmd/settings.c.
 */
#include "cmd/options.h"
#include "cmd/option_values.h"
#include "cmd/suggest.h"
#include "core/order.h"

#include <stdlib.h>
#include <string.h>

const char *const crunch_group_titles[CRUNCH_N_GROUPS] = {
    "What to reduce", "How: workers",      "How safely", "What the file means",
    "Bad input",      "Output of results", "Telling",    "Other",
};

/* "--name" or "-x" of a row, for messages. */
static const char *shown_name(const struct crunch_option *option, char out[40])
{
    if (option->name)
        snprintf(out, 40, "--%s", option->name);
    else
        snprintf(out, 40, "-%c", option->letter);
    return out;
}

static enum crunch_code bad_value(const struct crunch_option *option, const char *argument,
                                  struct crunch_error *error, const char *expected)
{
    char name[40], shown[80];
    crunch_quote_text(shown, sizeof shown, argument, strlen(argument));
    crunch_fail(error, CRUNCH_USAGE, "%s: bad value \"%s\"", shown_name(option, name), shown);
    crunch_hint(error, "%s", expected);
    return CRUNCH_USAGE;
}

#define TARGET(settings, option) ((void *)((char *)(settings) + (option)->target))

static enum crunch_code set_true(struct crunch_settings *settings,
                                 const struct crunch_option *option, const char *argument,
                                 struct crunch_error *error)
{
    (void)argument, (void)error;
    *(bool *)TARGET(settings, option) = true;
    return CRUNCH_OK;
}

static enum crunch_code set_value(struct crunch_settings *settings,
                                  const struct crunch_option *option, const char *argument,
                                  struct crunch_error *error)
{
    (void)argument, (void)error;
    *(int *)TARGET(settings, option) = option->value;
    return CRUNCH_OK;
}

static enum crunch_code set_text(struct crunch_settings *settings,
                                 const struct crunch_option *option, const char *argument,
                                 struct crunch_error *error)
{
    char name[40];
    if (argument[0] == '\0')
        return crunch_fail(error, CRUNCH_USAGE, "%s may not be empty", shown_name(option, name));
    *(const char **)TARGET(settings, option) = argument;
    return CRUNCH_OK;
}

/* Every -c and every -g adds to its list. */
static enum crunch_code add_columns(struct crunch_settings *settings,
                                    const struct crunch_option *option, const char *argument,
                                    struct crunch_error *error)
{
    char name[40], **list = TARGET(settings, option);
    if (argument[0] == '\0')
        return crunch_fail(error, CRUNCH_USAGE, "%s may not be empty", shown_name(option, name));
    size_t old = *list ? strlen(*list) : 0, size = strlen(argument) + 1;
    char *joined = realloc(*list, old + 1 + size);
    if (!joined)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    if (old > 0)
        joined[old++] = ',';
    memcpy(joined + old, argument, size);
    *list = joined;
    return CRUNCH_OK;
}

static enum crunch_code add_text(struct crunch_settings *settings,
                                 const struct crunch_option *option, const char *argument,
                                 struct crunch_error *error)
{
    char name[40];
    struct crunch_texts *texts = TARGET(settings, option);
    if (argument[strspn(argument, " \t")] == '\0')
        return crunch_fail(error, CRUNCH_USAGE, "%s may not be empty", shown_name(option, name));
    texts->text[texts->n++] = argument;
    return CRUNCH_OK;
}

static enum crunch_code set_count(struct crunch_settings *settings,
                                  const struct crunch_option *option, const char *argument,
                                  struct crunch_error *error)
{
    if (!crunch_parse_count(argument, UINT64_MAX - 1, TARGET(settings, option)))
        return bad_value(option, argument, error, "a whole number is wanted, 0 or more");
    return CRUNCH_OK;
}

static enum crunch_code set_bins(struct crunch_settings *settings,
                                 const struct crunch_option *option, const char *argument,
                                 struct crunch_error *error)
{
    uint64_t *bins = TARGET(settings, option);
    if (!crunch_parse_count(argument, 1000000, bins) || *bins == 0)
        return bad_value(option, argument, error, "a whole number is wanted, 1 to 1000000");
    return CRUNCH_OK;
}

static enum crunch_code set_small_count(struct crunch_settings *settings,
                                        const struct crunch_option *option, const char *argument,
                                        struct crunch_error *error)
{
    uint64_t value;
    if (!crunch_parse_count(argument, 1000000, &value))
        return bad_value(option, argument, error, "a whole number is wanted, 0 to 1000000");
    *(unsigned *)TARGET(settings, option) = (unsigned)value;
    return CRUNCH_OK;
}

static enum crunch_code set_fetch_jobs(struct crunch_settings *settings,
                                       const struct crunch_option *option, const char *argument,
                                       struct crunch_error *error)
{
    enum crunch_code code = set_small_count(settings, option, argument, error);
    unsigned jobs = settings->job.fetching.jobs;
    if (!code && (jobs == 0 || jobs > CRUNCH_FETCH_JOBS_MOST))
        return bad_value(option, argument, error, "a whole number is wanted, 1 to 256");
    return code;
}

static enum crunch_code set_size(struct crunch_settings *settings,
                                 const struct crunch_option *option, const char *argument,
                                 struct crunch_error *error)
{
    uint64_t size;
    if (!crunch_parse_size(argument, &size) || size == 0)
        return bad_value(option, argument, error, "a size in bytes is wanted: 4096, 64K, 1M, 2GiB");
    *(uint64_t *)TARGET(settings, option) = size;
    return CRUNCH_OK;
}

/* A cell's length is counted in 32 bits. */
static enum crunch_code set_cell_size(struct crunch_settings *settings,
                                      const struct crunch_option *option, const char *argument,
                                      struct crunch_error *error)
{
    enum crunch_code code = set_size(settings, option, argument, error);
    if (!code && *(uint64_t *)TARGET(settings, option) > CRUNCH_TEXT_LIMIT)
        return bad_value(option, argument, error, "a cell that is used may have at most 2GiB");
    return code;
}

static enum crunch_code set_seconds(struct crunch_settings *settings,
                                    const struct crunch_option *option, const char *argument,
                                    struct crunch_error *error)
{
    if (!crunch_parse_seconds(argument, TARGET(settings, option)))
        return bad_value(option, argument, error, "seconds are wanted: 30, 0.5");
    return CRUNCH_OK;
}

/* A choice writes the position of the value among those named in option->argument, plus
 * option->value. */
static enum crunch_code set_choice(struct crunch_settings *settings,
                                   const struct crunch_option *option, const char *argument,
                                   struct crunch_error *error)
{
    size_t len = strlen(argument);
    int position = option->value;
    for (const char *s = option->argument; *s; position++) {
        size_t n = strcspn(s, "|");
        if (n == len && memcmp(s, argument, n) == 0) {
            *(int *)TARGET(settings, option) = position;
            return CRUNCH_OK;
        }
        s += n + (s[n] == '|');
    }
    char expected[120];
    snprintf(expected, sizeof expected, "one of %s is wanted", option->argument);
    return bad_value(option, argument, error, expected);
}

static enum crunch_code set_delimiter(struct crunch_settings *settings,
                                      const struct crunch_option *option, const char *argument,
                                      struct crunch_error *error)
{
    settings->job.recoding.blanks = strcmp(argument, "blanks") == 0;
    settings->delimiter_given = true;
    if (crunch_parse_byte(settings->job.recoding.blanks ? "tab" : argument,
                          &settings->job.dialect.delimiter))
        return CRUNCH_OK;
    return bad_value(option, argument, error,
                     "one byte is wanted, or tab, comma, semicolon, pipe, space, colon, blanks");
}

/* Numbers joined by commas, each the width of a column. */
static enum crunch_code set_widths(struct crunch_settings *settings,
                                   const struct crunch_option *option, const char *argument,
                                   struct crunch_error *error)
{
    size_t n = 1, i = 0;
    for (const char *s = argument; *s; s++)
        n += *s == ',';
    free(settings->widths);
    settings->widths = calloc(n, sizeof *settings->widths);
    if (!settings->widths)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    for (const char *s = argument; i < n; i++, s++) {
        char *end;
        unsigned long width = strtoul(s, &end, 10);
        if (*s < '0' || *s > '9' || width == 0 || width > UINT32_MAX || (*end && *end != ','))
            return bad_value(option, argument, error,
                             "widths of columns are wanted, joined by commas: 8,12,5");
        settings->widths[i] = (uint32_t)width;
        s = end;
    }
    settings->job.recoding.width = settings->widths;
    settings->job.recoding.n_widths = n;
    return CRUNCH_OK;
}

static enum crunch_code set_byte(struct crunch_settings *settings,
                                 const struct crunch_option *option, const char *argument,
                                 struct crunch_error *error)
{
    if (!crunch_parse_byte(argument, TARGET(settings, option)))
        return bad_value(option, argument, error,
                         "one byte is wanted, or tab, comma, semicolon, pipe, space, colon");
    return CRUNCH_OK;
}

static enum crunch_code set_quote(struct crunch_settings *settings,
                                  const struct crunch_option *option, const char *argument,
                                  struct crunch_error *error)
{
    settings->job.dialect.quoting = strcmp(argument, "none") != 0;
    if (!settings->job.dialect.quoting)
        return CRUNCH_OK;
    if (!crunch_parse_byte(argument, &settings->job.dialect.quote))
        return bad_value(option, argument, error, "one byte is wanted, or none");
    return CRUNCH_OK;
}

static enum crunch_code set_comment(struct crunch_settings *settings,
                                    const struct crunch_option *option, const char *argument,
                                    struct crunch_error *error)
{
    if (argument[0] == '\0' || strpbrk(argument, "\r\n"))
        return bad_value(option, argument, error, "what a comment line starts with is wanted");
    settings->job.dialect.comment = (struct crunch_token){argument, strlen(argument)};
    return CRUNCH_OK;
}

static enum crunch_code set_type(struct crunch_settings *settings,
                                 const struct crunch_option *option, const char *argument,
                                 struct crunch_error *error)
{
    if (!crunch_type_parse(argument, &settings->job.dialect.type))
        return bad_value(option, argument, error,
                         "f64, f32, f16, i64, i32, i16, i8, u64, u32, u16, u8 or bool is wanted, "
                         ":be behind it for big endian");
    return CRUNCH_OK;
}

static enum crunch_code add_null(struct crunch_settings *settings,
                                 const struct crunch_option *option, const char *argument,
                                 struct crunch_error *error)
{
    (void)option, (void)error;
    struct crunch_dialect *dialect = &settings->job.dialect;
    settings->nulls[dialect->n_nulls++] = (struct crunch_token){argument, strlen(argument)};
    dialect->nulls = settings->nulls;
    return CRUNCH_OK;
}

static enum crunch_code set_backend(struct crunch_settings *settings,
                                    const struct crunch_option *option, const char *argument,
                                    struct crunch_error *error)
{
    if (settings->backend_option && strcmp(settings->backend_option, option->name) != 0)
        return crunch_fail(error, CRUNCH_USAGE, "--%s and --%s: choose one backend",
                           settings->backend_option, option->name);
    if (!argument)
        settings->workers = 1;
    else if (!crunch_parse_count(argument, 65535, &settings->workers))
        return bad_value(option, argument, error,
                         "a number of workers is wanted, 1 to 65535, or 0 for all CPUs");
    settings->backend_option = option->name;
    settings->job.backend = crunch_backend_find(option->name);
    return CRUNCH_OK;
}

static enum crunch_code set_jobs(struct crunch_settings *settings,
                                 const struct crunch_option *option, const char *argument,
                                 struct crunch_error *error)
{
    if (!crunch_parse_count(argument, 65535, &settings->workers))
        return bad_value(option, argument, error,
                         "a number of workers is wanted, 1 to 65535, or 0 for all CPUs");
    settings->jobs = true;
    return CRUNCH_OK;
}

static enum crunch_code set_verify(struct crunch_settings *settings,
                                   const struct crunch_option *option, const char *argument,
                                   struct crunch_error *error)
{
    if (argument)
        return set_choice(settings, option, argument, error);
    settings->verify = CRUNCH_VERIFY_FULL;
    return CRUNCH_OK;
}

static enum crunch_code set_seed(struct crunch_settings *settings,
                                 const struct crunch_option *option, const char *argument,
                                 struct crunch_error *error)
{
    settings->seed_given = true;
    return set_count(settings, option, argument, error);
}

/* Places of quantiles: fractions of 0 to 1 between commas. */
static enum crunch_code set_at(struct crunch_settings *settings, const struct crunch_option *option,
                               const char *argument, struct crunch_error *error)
{
    struct crunch_fraction at;
    for (const char *s = argument;; s++) {
        size_t len = strcspn(s, ",");
        if (!crunch_fraction_parse(s, len, &at) || at.num > at.den)
            return bad_value(option, argument, error,
                             "places from 0 to 1 are wanted, between commas: 0.1,0.5,0.99");
        s += len;
        if (*s == '\0')
            break;
    }
    settings->at = argument;
    return CRUNCH_OK;
}

static enum crunch_code set_trim(struct crunch_settings *settings,
                                 const struct crunch_option *option, const char *argument,
                                 struct crunch_error *error)
{
    struct crunch_fraction trim;
    if (!crunch_fraction_parse(argument, strlen(argument), &trim) || 2 * trim.num > trim.den)
        return bad_value(option, argument, error, "a part from 0 to 0.5 is wanted");
    settings->job.op_options.trim = trim;
    return CRUNCH_OK;
}

static enum crunch_code set_quantile_type(struct crunch_settings *settings,
                                          const struct crunch_option *option, const char *argument,
                                          struct crunch_error *error)
{
    uint64_t type;
    if (!crunch_parse_count(argument, 9, &type) || type == 0)
        return bad_value(option, argument, error, "a whole number is wanted, 1 to 9");
    settings->job.op_options.quantile_type = (unsigned)type;
    return CRUNCH_OK;
}

static enum crunch_code set_degree(struct crunch_settings *settings,
                                   const struct crunch_option *option, const char *argument,
                                   struct crunch_error *error)
{
    uint64_t degree;
    if (!crunch_parse_count(argument, 64, &degree) || degree == 0)
        return bad_value(option, argument, error, "a whole number is wanted, 1 to 64");
    settings->job.op_options.degree = degree;
    return CRUNCH_OK;
}

#define AT(member) offsetof(struct crunch_settings, member)
#define WHAT CRUNCH_GROUP_WHAT
#define WORKERS CRUNCH_GROUP_WORKERS
#define PROOF CRUNCH_GROUP_PROOF
#define DIALECT CRUNCH_GROUP_DIALECT
#define BAD CRUNCH_GROUP_BAD
#define OUTPUT CRUNCH_GROUP_OUTPUT
#define TELLING CRUNCH_GROUP_TELLING
#define OTHER CRUNCH_GROUP_OTHER
#define NONE CRUNCH_NO_ARGUMENT
#define ARG CRUNCH_ARGUMENT
#define MAYBE CRUNCH_OPTIONAL_ARGUMENT

/* Rows of one group stand together. The order of a choice's values is that of its enum. */
/* clang-format off */
static const struct crunch_option rows[] = {
    {"column", 'c', ARG, "LIST", WHAT,
     "names, indexes from 1, ranges 2-5, globs; \\12 is a name",
     "those with numbers; all where no operation asks for numbers", add_columns, AT(columns), 0},
    {"where", 'w', ARG, "EXPR", WHAT, "only records for which EXPR is true: 'price > 10'", NULL,
     add_text, AT(where), 0},
    {"map", 'm', ARG, "[NAME=]EXPR", WHAT, "a computed column: 'total = price * qty'", NULL,
     add_text, AT(maps), 0},
    {"keep", 0, NONE, NULL, WHAT, "of map: write the columns of the input, too", NULL, set_true,
     AT(keep), 0},
    {"by", 'g', ARG, "LIST", WHAT, "a result for each text of these columns (groups)", NULL,
     add_columns, AT(by), 0},
    {"by-file", 0, NONE, NULL, WHAT, "a result for each FILE, in front of the keys of -g", NULL, set_true,
     AT(job.by_file), 0},
    {"order", 0, ARG, "key|first|value|key:desc|first:desc|value:desc", WHAT,
     "groups by key, first record, or first result", "key", set_choice, AT(order), 0},
    {"files-from", 0, ARG, "FILE", WHAT, "read the files named there, one a line or NUL-separated",
     NULL, set_text, AT(files_from), 0},
    {"population", 0, NONE, NULL, WHAT, "var, sd, cv, cov, skew, kurt of a whole population",
     NULL, set_true, AT(job.op_options.population), 0},
    {"weight", 0, ARG, "COLUMN", WHAT, "weights of wsum and wmean", NULL, set_text,
     AT(job.weight), 0},
    {"method", 0, ARG, "pearson|spearman", WHAT, "corr of the values, or of their ranks", "pearson",
     set_choice, AT(job.op_options.method), 0},
    {"matrix", 0, NONE, NULL, WHAT, "corr, cov, r2, pairs as a matrix (drawn so on a terminal)", NULL,
     set_true, AT(job.op_options.matrix), 0},
    {"degree", 0, ARG, "N", WHAT, "linreg: a polynomial of the one predictor, 1 to 64", "1",
     set_degree, 0, 0},
    {"no-intercept", 0, NONE, NULL, WHAT, "linreg through the origin", NULL, set_true,
     AT(job.op_options.no_intercept), 0},
    {"at", 0, ARG, "LIST", WHAT, "places of quantile, 0 to 1: 0.1,0.5,0.99", "0.25,0.5,0.75", set_at,
     0, 0},
    {"quantile-type", 0, ARG, "N", WHAT, "Hyndman and Fan's definition of quantiles, 1 to 9", "7",
     set_quantile_type, 0, 0},
    {"trim", 0, ARG, "P", WHAT, "part that trimmed leaves out at each end, 0 to 0.5", "0.1",
     set_trim, 0, 0},
    {"arith", 0, ARG, "decimal|binary", WHAT,
     "a cell is the decimal as written, or the nearest double", "decimal", set_choice, AT(arith), 0},

    {"numeric", 0, NONE, NULL, WHAT, "distinct, freq, top: 1.0 and 1 are one value", NULL, set_true,
     AT(job.op_options.numeric), 0},
    {"approx", 0, NONE, NULL, WHAT, "distinct by HyperLogLog, standard error 0.81 %", NULL,
     set_true, AT(job.op_options.approx), 0},
    {"bins", 0, ARG, "N", WHAT, "hist: so many bins of equal width", "10", set_bins,
     AT(job.op_options.bins), 0},
    {"edges", 0, ARG, "LIST", WHAT, "hist: bins between these numbers", NULL, set_text,
     AT(job.op_options.edges), 0},
    {"limit", 0, ARG, "N", WHAT, "top: how many values", "10", set_count,
     AT(job.op_options.limit), 0},

    {"jobs", 'j', ARG, "N", WORKERS, "N workers of the default backend; 0: as many as CPUs", "0",
     set_jobs, 0, 0},
    {"chunk-size", 0, ARG, "SIZE", WORKERS, "bytes a worker takes at a time",
     "by size of input", set_size, AT(job.chunk_bytes), 0},
    {"cost", 0, ARG, "N", WORKERS, "do the work on each value N times: same results, more work a byte",
     "1", set_count, AT(job.cost), 0},
    {"io", 0, ARG, "auto|pread|mmap|uring|direct", WORKERS,
     "how files are read: copied, mapped, or read ahead by io_uring (past the page cache)",
     "auto", set_choice, AT(io), 0},
    {"fetch-jobs", 0, ARG, "N", WORKERS, "requests at once for inputs that are URLs", "6",
     set_fetch_jobs, AT(job.fetching.jobs), 0},
    {"mem-limit", 0, ARG, "SIZE", WORKERS, "sort and count in files beyond that; refuse what cannot", "none",
     set_size, AT(job.mem_limit), 0},
    {"tmpdir", 0, ARG, "DIR", WORKERS, "folder of temporary files", "$TMPDIR or /tmp", set_text,
     AT(job.tmpdir), 0},

    {"verify", 0, MAYBE, "full|sample", PROOF,
     "recompute independently, compare, show the speedup", "full", set_verify,
     AT(verify), CRUNCH_VERIFY_FULL},
    {"seed", 0, ARG, "N", PROOF, "chooses the chunks of --verify=sample", "at random", set_seed,
     AT(job.seed), 0},
    {"retries", 0, ARG, "N", PROOF, "how often a chunk may lose its worker", "3", set_small_count,
     AT(job.retries), 0},
    {"timeout", 0, ARG, "S", PROOF, "seconds a worker may take for a chunk; 0: any", "0",
     set_seconds, AT(job.timeout_s), 0},
    {"fetch-retries", 0, ARG, "N", PROOF, "how often a request that brings nothing is made again",
     "5", set_small_count, AT(job.fetching.retries), 0},
    {"fetch-timeout", 0, ARG, "S", PROOF, "seconds to wait for a connection or a byte; 0: any",
     "30", set_seconds, AT(job.fetching.timeout_s), 0},

    {"delimiter", 'd', ARG, "C", DIALECT,
     "one byte, or its name (tab, pipe, ...), or blanks", "comma",
     set_delimiter, 0, 0},
    {"widths", 0, ARG, "LIST", DIALECT, "columns of fixed width, in characters: 8,12,5", NULL,
     set_widths, 0, 0},
    {"encoding", 0, ARG, "NAME", DIALECT, "of the text, as iconv knows it: utf-16, latin1, ...",
     "utf-8", set_text, AT(job.recoding.encoding), 0},
    {"header", 0, ARG, "auto|yes|no", DIALECT, "whether record 1 names the columns", "auto",
     set_choice, AT(header), 0},
    {"no-header", 'n', NONE, NULL, DIALECT, "the same as --header=no", NULL, set_value, AT(header),
     CRUNCH_HEADER_NO},
    {"quote", 0, ARG, "C", DIALECT, "quote byte, or none", "\"", set_quote, 0, 0},
    {"comment", 0, ARG, "P", DIALECT, "skip lines that start with P", "none", set_comment, 0, 0},
    {"skip", 0, ARG, "N", DIALECT, "skip N physical lines first", "0", set_count,
     AT(job.dialect.skip_lines), 0},
    {"null", 0, ARG, "T", DIALECT, "a cell that is T is missing, as an empty one is; may be repeated",
     "none", add_null, 0, 0},
    {"decimal", 0, ARG, "C", DIALECT, "decimal point", ".", set_byte, AT(job.dialect.decimal), 0},
    {"thousands", 0, ARG, "C", DIALECT, "group separator, between digits in threes", "none",
     set_byte, AT(job.dialect.thousands), 0},
    {"type", 0, ARG, "T[:be]", DIALECT,
     "bare numbers, no text: f64 f32 f16 i64 .. i8 u64 .. u8 bool", "text, or .npy", set_type, 0, 0},
    {"columns", 0, ARG, "N", DIALECT, "with --type: numbers to a record", "1", set_count,
     AT(job.dialect.columns), 0},
    {"nan", 0, ARG, "propagate|skip|bad", DIALECT,
     "a NaN makes results NaN, is missing, or is bad data", "propagate", set_choice, AT(nan), 0},

    {"on-error", 0, ARG, "fail|skip|null", BAD,
     "at bad data: stop, skip record, or null cell", "fail", set_choice,
     AT(on_error), 0},
    {"max-errors", 0, ARG, "N", BAD, "with skip or null: fail at the N+1st", "no limit", set_count,
     AT(job.max_errors), 0},
    {"rejects", 0, ARG, "FILE", BAD, "with skip or null: write bad records there", NULL, set_text,
     AT(job.rejects_path), 0},
    {"ragged", 0, NONE, NULL, BAD, "records may have any number of fields", NULL, set_true,
     AT(job.dialect.ragged), 0},
    {"max-record", 0, ARG, "SIZE", BAD, "bytes a used cell may have", "4MiB", set_cell_size,
     AT(job.dialect.max_record), 0},

    {"format", 'f', ARG, "table|csv|tsv|json|jsonl", OUTPUT, "how results are written",
     "table on a terminal, else tsv; a single value bare", set_choice, AT(format),
     CRUNCH_FORMAT_TABLE},
    {"json", 0, NONE, NULL, OUTPUT, "the same as --format=json", NULL, set_value, AT(format),
     CRUNCH_FORMAT_JSON},
    {"json-bytes", 0, ARG, "error|escape", OUTPUT,
     "text that is not UTF-8 in JSON: refuse, or write \\xNN", "error", set_choice, AT(json_bytes), 0},
    {"output", 'o', ARG, "FILE", OUTPUT, "write results to FILE (aside, then renamed)",
     "standard output", set_text, AT(output_path), 0},
    {"precision", 0, ARG, "N", OUTPUT, "significant digits; 0: all that are exact", "0",
     set_small_count, AT(precision), 0},
    {"to", 0, ARG, "T", OUTPUT, "of convert: csv, f64, i64, i32, ..., as --type has them",
     "f64, or csv", set_text, AT(to), 0},
    {"level", 0, ARG, "N", OUTPUT, "of compress: 1 fast to 22 small", "3", set_small_count,
     AT(level), 0},
    {"frame-size", 0, ARG, "SIZE", OUTPUT, "of compress: bytes that are unpacked at a time, to 64M",
     "1MiB", set_size, AT(frame_size), 0},
    {"force", 0, NONE, NULL, OUTPUT, "of compress: overwrite a FILE.zst that exists", NULL, set_true,
     AT(force), 0},

    {"report", 0, ARG, "FILE", TELLING, "write what was done and measured, as JSON", NULL, set_text,
     AT(report_path), 0},
    {"progress", 0, ARG, "auto|always|never", TELLING, "progress bar", "auto: on a terminal",
     set_choice, AT(progress), 0},
    {"color", 0, ARG, "auto|always|never", TELLING, "colour in messages",
     "auto: on a terminal, unless NO_COLOR is set", set_choice, AT(color), 0},
    {"quiet", 'q', NONE, NULL, TELLING, "no warnings", NULL, set_true, AT(quiet), 0},
    {"verbose", 'v', NONE, NULL, TELLING, "say what is done", NULL, set_true, AT(verbose), 0},

    {NULL, 'h', NONE, NULL, OTHER, "help on one screen", NULL, set_true, AT(short_help), 0},
    {"help", 0, NONE, NULL, OTHER, "all options, with their defaults", NULL, set_true, AT(long_help), 0},
    {"version", 'V', NONE, NULL, OTHER, "version, libraries, instruction set", NULL, set_true,
     AT(version), 0},
};
/* clang-format on */
#define N_ROWS (sizeof rows / sizeof *rows)

/* The options of the backends stand before the first row of the workers' group. */
static size_t first_worker_row(void)
{
    size_t i = 0;
    while (rows[i].group != CRUNCH_GROUP_WORKERS)
        i++;
    return i;
}

bool crunch_option_at(size_t i, struct crunch_option *out)
{
    size_t n_backends, first = first_worker_row();
    const struct crunch_backend *const *backends = crunch_backends(&n_backends);
    if (i >= first && i < first + n_backends) {
        const struct crunch_backend *backend = backends[i - first];
        bool alone = strcmp(backend->name, "seq") == 0;
        *out = (struct crunch_option){
            .name = backend->name,
            .takes = alone ? CRUNCH_NO_ARGUMENT : CRUNCH_ARGUMENT,
            .argument = alone ? NULL : "N",
            .group = CRUNCH_GROUP_WORKERS,
            .help = backend->help,
            .set = set_backend,
        };
        return true;
    }
    size_t row = i < first ? i : i - n_backends;
    if (row >= N_ROWS)
        return false;
    *out = rows[row];
    return true;
}

static enum crunch_code unknown_option(const char *name, size_t len, struct crunch_error *error)
{
    struct crunch_suggestion suggestion;
    struct crunch_option option;
    char shown[80];
    crunch_quote_text(shown, sizeof shown, name, len);
    crunch_suggest_begin(&suggestion, name, len);
    for (size_t i = 0; crunch_option_at(i, &option); i++)
        if (option.name)
            crunch_suggest_offer(&suggestion, option.name);
    crunch_fail(error, CRUNCH_USAGE, "unknown option --%s", shown);
    if (suggestion.nearest)
        crunch_hint(error, "did you mean --%s?", suggestion.nearest);
    else
        crunch_hint(error, "`crunch --help` lists all options");
    return CRUNCH_USAGE;
}

static bool find_long(const char *name, size_t len, struct crunch_option *out)
{
    for (size_t i = 0; crunch_option_at(i, out); i++)
        if (out->name && strlen(out->name) == len && memcmp(out->name, name, len) == 0)
            return true;
    return false;
}

static bool find_letter(char letter, struct crunch_option *out)
{
    for (size_t i = 0; crunch_option_at(i, out); i++)
        if (out->letter == letter)
            return true;
    return false;
}

/* The arguments not yet read. */
struct cursor {
    char **next;
    char **end;
};

static enum crunch_code take_argument(const struct crunch_option *option, struct cursor *cursor,
                                      const char **argument, struct crunch_error *error)
{
    char name[40];
    if (cursor->next == cursor->end)
        return crunch_fail(error, CRUNCH_USAGE, "%s needs an argument: %s",
                           shown_name(option, name), option->argument);
    *argument = *cursor->next++;
    return CRUNCH_OK;
}

static enum crunch_code parse_long(struct crunch_settings *settings, const char *text,
                                   struct cursor *cursor, struct crunch_error *error)
{
    size_t len = strcspn(text, "=");
    const char *argument = text[len] ? text + len + 1 : NULL;
    struct crunch_option option;
    if (!find_long(text, len, &option))
        return unknown_option(text, len, error);
    if (argument && option.takes == CRUNCH_NO_ARGUMENT)
        return crunch_fail(error, CRUNCH_USAGE, "--%s takes no argument", option.name);
    if (!argument && option.takes == CRUNCH_ARGUMENT) {
        enum crunch_code code = take_argument(&option, cursor, &argument, error);
        if (code)
            return code;
    }
    return option.set(settings, &option, argument, error);
}

static enum crunch_code parse_letters(struct crunch_settings *settings, const char *text,
                                      struct cursor *cursor, struct crunch_error *error)
{
    while (*text) {
        struct crunch_option option;
        const char *argument = NULL;
        enum crunch_code code = CRUNCH_OK;
        if (!find_letter(*text, &option)) {
            char shown[16];
            unsigned len = crunch_utf8_length(text, strlen(text));
            crunch_quote_text(shown, sizeof shown, text, len > 0 ? len : 1);
            crunch_fail(error, CRUNCH_USAGE, "unknown option -%s", shown);
            crunch_hint(error, "`crunch -h` lists the options");
            return CRUNCH_USAGE;
        }
        text++;
        if (option.takes == CRUNCH_ARGUMENT) {
            argument = text;
            text = "";
            if (*argument == '\0')
                code = take_argument(&option, cursor, &argument, error);
        }
        if (!code)
            code = option.set(settings, &option, argument, error);
        if (code)
            return code;
    }
    return CRUNCH_OK;
}

enum crunch_code crunch_options_parse(struct crunch_settings *settings, int argc, char **argv,
                                      struct crunch_error *error)
{
    struct cursor cursor = {argv + (argc > 0), argv + argc};
    bool operands_only = false;
    while (cursor.next < cursor.end) {
        const char *text = *cursor.next++;
        enum crunch_code code = CRUNCH_OK;
        if (operands_only || text[0] != '-' || text[1] == '\0')
            settings->operands[settings->n_operands++] = text;
        else if (strcmp(text, "--") == 0)
            operands_only = true;
        else if (text[1] == '-')
            code = parse_long(settings, text + 2, &cursor, error);
        else
            code = parse_letters(settings, text + 1, &cursor, error);
        if (code)
            return code;
    }
    return CRUNCH_OK;
}

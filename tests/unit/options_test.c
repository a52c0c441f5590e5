/* Parsing of the command line: laws over all rows, and the mistakes that users make. */
#include "cmd/help.h"
#include "cmd/options.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct crunch_settings settings;
static struct crunch_error error;

/* Parses words separated by blanks. */
static enum crunch_code parse(const char *line)
{
    static char copy[500];
    static char *argv[60];
    int argc = 0;
    strcpy(copy, line);
    argv[argc++] = copy;
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[0] = argv[1]; /* any name of the program */
    crunch_settings_free(&settings);
    cr_assert_eq(crunch_settings_init(&settings, argc, &error), CRUNCH_OK);
    enum crunch_code code = crunch_options_parse(&settings, argc, argv, &error);
    return code ? code : crunch_settings_finish(&settings, &error);
}

static void refused(const char *line, const char *message)
{
    cr_assert_eq(parse(line), CRUNCH_USAGE, "%s", line);
    cr_assert(strstr(error.message, message), "%s: %s", line, error.message);
}

Test(options, every_form_of_an_argument)
{
    static const char *const lines[] = {
        "sum f -c a,b --retries 7", "sum -ca,b f --retries=7", "--retries=7 --column a,b sum f",
        "sum --column=a,b --retries 7 -- f", "sum f -qca,b --retries 7"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        cr_assert_eq(parse(lines[i]), CRUNCH_OK, "%s: %s", lines[i], error.message);
        cr_assert_str_eq(settings.job.columns, "a,b");
        cr_assert_eq(settings.job.retries, 7);
        cr_assert_eq(settings.n_operands, 2);
        cr_assert_str_eq(settings.operands[0], "sum");
        cr_assert_str_eq(settings.operands[1], "f");
    }
    cr_assert(settings.quiet);
}

Test(options, defaults)
{
    cr_assert_eq(parse("sum"), CRUNCH_OK);
    struct crunch_dialect defaults = crunch_dialect_default();
    cr_assert_eq(settings.job.dialect.delimiter, defaults.delimiter);
    cr_assert_eq(settings.job.dialect.on_error, CRUNCH_ON_ERROR_FAIL);
    cr_assert_eq(settings.job.retries, 3);
    cr_assert_eq(settings.job.max_errors, UINT64_MAX);
    cr_assert_eq(settings.job.verify, CRUNCH_VERIFY_NO);
    cr_assert(settings.job.workers >= 1);
    cr_assert_eq(settings.job.backend, crunch_backends(&(size_t){0})[0]);
}

Test(options, choices_follow_their_enums)
{
    cr_assert_eq(parse("sum --header=no --on-error null --nan=bad --arith=binary --verify=sample "
                       "--format jsonl --progress never --json-bytes escape"),
                 CRUNCH_OK);
    cr_assert_eq(settings.job.dialect.header, CRUNCH_HEADER_NO);
    cr_assert_eq(settings.job.dialect.on_error, CRUNCH_ON_ERROR_NULL);
    cr_assert_eq(settings.job.dialect.nan, CRUNCH_NAN_BAD);
    cr_assert_eq(settings.job.dialect.arith, CRUNCH_ARITH_BINARY);
    cr_assert_eq(settings.job.verify, CRUNCH_VERIFY_SAMPLE);
    cr_assert_eq(settings.format, CRUNCH_FORMAT_JSONL);
    cr_assert_eq(settings.progress, CRUNCH_NEVER);
    cr_assert_eq(settings.json_bytes, CRUNCH_JSON_BYTES_ESCAPE);
    cr_assert_eq(parse("sum --json --verify -n"), CRUNCH_OK);
    cr_assert_eq(settings.format, CRUNCH_FORMAT_JSON);
    cr_assert_eq(settings.job.verify, CRUNCH_VERIFY_FULL);
    cr_assert_eq(settings.job.dialect.header, CRUNCH_HEADER_NO);
}

Test(options, dialect)
{
    cr_assert_eq(parse("sum -d\\t --quote none --decimal , --thousands . --null NA --null=- "
                       "--comment # --max-record 1K --skip 3"),
                 CRUNCH_OK, "%s", error.message);
    const struct crunch_dialect *dialect = &settings.job.dialect;
    cr_assert_eq(dialect->delimiter, '\t');
    cr_assert_not(dialect->quoting);
    cr_assert_eq(dialect->decimal, ',');
    cr_assert_eq(dialect->thousands, '.');
    cr_assert_eq(dialect->n_nulls, 2);
    cr_assert_str_eq(dialect->nulls[1].text, "-");
    cr_assert_eq(dialect->comment.len, 1);
    cr_assert_eq(dialect->max_record, 1024);
    cr_assert_eq(dialect->skip_lines, 3);
}

Test(options, every_backend_has_its_option)
{
    size_t n;
    const struct crunch_backend *const *backends = crunch_backends(&n);
    for (size_t i = 0; i < n; i++) {
        char line[80];
        bool alone = strcmp(backends[i]->name, "seq") == 0;
        snprintf(line, sizeof line, "sum --%s%s", backends[i]->name, alone ? "" : " 3");
        cr_assert_eq(parse(line), CRUNCH_OK, "%s", error.message);
        cr_assert_eq(settings.job.backend, backends[i]);
        cr_assert_eq(settings.job.workers, alone ? 1 : 3);
    }
}

Test(options, mistakes)
{
    refused("sum --thread 2", "unknown option --thread");
    cr_assert_str_eq(error.hint, "did you mean --threads?");
    refused("sum -z", "unknown option -z");
    refused("sum --retries", "--retries needs an argument");
    refused("sum -c", "--column needs an argument");
    refused("sum --quiet=yes", "--quiet takes no argument");
    refused("sum --retries=-1", "--retries: bad value \"-1\"");
    refused("sum --format yaml", "--format: bad value \"yaml\"");
    refused("sum --chunk-size 0", "--chunk-size: bad value");
    refused("sum --procs 2 --threads 2", "choose one");
    refused("sum --procs 2 -j 2", "choose one");
    refused("sum --quote ,", "same byte");
    refused("sum --decimal 1", "--decimal");
    refused("sum --thousands .", "same byte");
    refused("sum --max-errors 3", "--max-errors needs");
    refused("sum --rejects r", "--rejects needs");
    refused("sum --on-error skip --rejects r -o r", "same file");
    refused("sum --seed 3", "--seed needs");
}

/* Each row can be found again, by name and by letter, and names are not given twice. */
Test(options, rows_are_consistent)
{
    struct crunch_option a, b;
    for (size_t i = 0; crunch_option_at(i, &a); i++) {
        cr_assert(a.name || a.letter);
        cr_assert_eq(a.takes != CRUNCH_NO_ARGUMENT, a.argument != NULL);
        cr_assert(a.help && a.help[0] && a.set);
        for (size_t j = 0; j < i && crunch_option_at(j, &b); j++) {
            cr_assert_not(a.name && b.name && strcmp(a.name, b.name) == 0, "%s", a.name);
            cr_assert_not(a.letter && a.letter == b.letter, "%c", a.letter);
        }
    }
}

Test(options, short_help_fits_a_screen)
{
    char *text = NULL;
    size_t size = 0, lines = 0;
    FILE *out = open_memstream(&text, &size);
    crunch_write_short_help(out);
    fclose(out);
    for (char *line = text; *line; lines++) {
        size_t len = strcspn(line, "\n");
        cr_assert(len <= 80, "%.*s", (int)len, line);
        line += len + 1;
    }
    cr_assert(lines <= 24, "%zu", lines);
    free(text);
}

/*
 * Owns the commands and the reading of a list of operations. It leaves what a command does to the
 * file of that name.
 */
#include "cmd/commands.h"
#include "cmd/completions.h"
#include "cmd/compress.h"
#include "cmd/help.h"
#include "cmd/manual.h"
#include "cmd/reduce.h"
#include "cmd/rows.h"
#include "cmd/show_columns.h"
#include "cmd/suggest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum crunch_code run_stats(const struct crunch_invocation *invocation);

static const struct crunch_command commands[] = {
    {"stats", "[FILE...]", SIZE_MAX,
     "count, missing, mean, sd, min, max and sum of every numeric column", run_stats},
    {"columns", "[FILE]", 1, "what FILE was taken for: header, dialect, names and kinds of columns",
     crunch_show_columns},
    {"map", "EXPR[,EXPR] [FILE...]", SIZE_MAX,
     "write computed columns, row by row; --keep: behind the input's", crunch_map},
    {"filter", "EXPR [FILE...]", SIZE_MAX, "write the records for which EXPR is true",
     crunch_filter},
    {"compress", "[FILE]", 1, "pack FILE as zstd that is read in parallel: -o FILE.zst",
     crunch_compress},
    {"ops", "", 0, "list the operations", crunch_show_ops},
    {"backends", "", 0, "list the backends", crunch_show_backends},
    {"help", "[NAME]", 1, "all options, or all about one operation or command", crunch_show_help},
    {"man", "", 0, "the manual page, for `man -l -`", crunch_show_manual},
    {"completions", "SHELL", 1, "completions for bash, zsh or fish", crunch_show_completions},
    {"version", "", 0, "version, libraries, instruction set", crunch_show_version},
};
#define N_COMMANDS (sizeof commands / sizeof *commands)

const struct crunch_command *crunch_commands(size_t *n)
{
    *n = N_COMMANDS;
    return commands;
}

static enum crunch_code unknown_op(const char *name, size_t len, bool may_be_command,
                                   struct crunch_error *error)
{
    struct crunch_suggestion suggestion;
    const struct crunch_op *op;
    char shown[80];
    crunch_quote_text(shown, sizeof shown, name, len);
    crunch_suggest_begin(&suggestion, name, len);
    for (size_t i = 0; (op = crunch_op_at(i)) != NULL; i++)
        crunch_suggest_offer(&suggestion, op->name);
    for (size_t i = 0; i < N_COMMANDS && may_be_command; i++)
        crunch_suggest_offer(&suggestion, commands[i].name);
    crunch_fail(error, CRUNCH_USAGE, "unknown operation \"%s\"", shown);
    if (may_be_command && access(name, F_OK) == 0)
        crunch_hint(error, "an operation comes before the file: crunch stats %s", shown);
    else if (suggestion.nearest)
        crunch_hint(error, "did you mean %s?", suggestion.nearest);
    else
        crunch_hint(error, "`crunch ops` lists the operations");
    return CRUNCH_USAGE;
}

/* A table of values has no room for other results. */
static enum crunch_code check_alone(const struct crunch_op *const *ops, size_t n,
                                    struct crunch_error *error)
{
    for (size_t i = 0; i < n && n > 1; i++)
        if (!ops[i]->finish)
            return crunch_fail(error, CRUNCH_USAGE, "%s gives a table of its own: ask for it alone",
                               ops[i]->name);
    return CRUNCH_OK;
}

enum crunch_code crunch_ops_parse(const char *text, const struct crunch_op **ops, size_t *n,
                                  struct crunch_error *error)
{
    bool list = strchr(text, ',') != NULL;
    *n = 0;
    for (const char *s = text;; s++) {
        size_t len = strcspn(s, ","), i = 0;
        const struct crunch_op *op = crunch_op_find(s, len);
        if (len == 0)
            return crunch_fail(error, CRUNCH_USAGE, "an operation is missing in \"%s\"", text);
        if (!op)
            return unknown_op(s, len, !list, error);
        while (i < *n && ops[i] != op)
            i++;
        if (i == *n)
            ops[(*n)++] = op;
        s += len;
        if (!*s)
            return check_alone(ops, *n, error);
    }
}

static enum crunch_code reduce(const struct crunch_invocation *invocation, const char *list,
                               bool per_column)
{
    size_t commas = 0, n_ops = 0;
    for (const char *s = list; *s; s++)
        commas += *s == ',';
    const struct crunch_op **ops = malloc((commas + 1) * sizeof *ops);
    if (!ops)
        return crunch_fail(invocation->error, CRUNCH_NO_MEMORY, "out of memory");
    enum crunch_code code = crunch_ops_parse(list, ops, &n_ops, invocation->error);
    if (!code)
        code = crunch_reduce(invocation, ops, n_ops, per_column);
    free(ops);
    return code;
}

static enum crunch_code run_stats(const struct crunch_invocation *invocation)
{
    return reduce(invocation, "count,missing,mean,sd,min,max,sum", true);
}

static enum crunch_code too_many(const struct crunch_invocation *rest, size_t most)
{
    char shown[120];
    const char *extra = rest->operands[most];
    crunch_quote_text(shown, sizeof shown, extra, strlen(extra));
    return crunch_fail(rest->error, CRUNCH_USAGE, "one operand too many: \"%s\"", shown);
}

enum crunch_code crunch_command_run(const struct crunch_invocation *invocation)
{
    const char *name = invocation->operands[0];
    struct crunch_invocation rest = *invocation;
    rest.operands++;
    rest.n_operands--;
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0) {
            if (rest.n_operands > commands[i].max_operands)
                return too_many(&rest, commands[i].max_operands);
            return commands[i].run(&rest);
        }
    return reduce(&rest, name, false);
}

/*
 * Owns the commands and the reading of a list of operations. It leaves what a command does to the
 * file of that name.
 */
#include "cmd/commands.h"
#include "cmd/completions.h"
#include "cmd/compress.h"
#include "cmd/convert.h"
#include "cmd/help.h"
#include "cmd/manual.h"
#include "cmd/op_list.h"
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
     "what is in every column: count, distinct values, mean, quartiles, extremes, skew, sum",
     run_stats},
    {"columns", "[FILE]", 1, "what FILE was taken for: header, dialect, names and kinds of columns",
     crunch_show_columns},
    {"map", "EXPR[,EXPR] [FILE...]", SIZE_MAX,
     "write computed columns, row by row; --keep: behind the input's", crunch_map},
    {"filter", "EXPR [FILE...]", SIZE_MAX, "write the records for which EXPR is true",
     crunch_filter},
    {"compress", "[FILE...]", SIZE_MAX,
     "pack each FILE as zstd that is read in parallel: to FILE.zst, or one to -o", crunch_compress},
    {"convert", "[FILE...]", SIZE_MAX,
     "numeric columns of the FILEs to -o FILE.npy, and .npy or raw numbers to CSV", crunch_convert},
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

enum crunch_code crunch_unknown_op(const char *name, size_t len, bool may_be_command,
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

static enum crunch_code reduce(const struct crunch_invocation *invocation, const char *list,
                               bool per_column)
{
    struct crunch_op_list ops;
    enum crunch_code code =
        crunch_op_list_read(&ops, list, invocation->settings->at, invocation->error);
    if (!code)
        code = crunch_reduce(invocation, ops.op, ops.n, per_column);
    crunch_op_list_free(&ops);
    return code;
}

static enum crunch_code run_stats(const struct crunch_invocation *invocation)
{
    return reduce(invocation, "count,missing,distinct~,mean,sd,min,q25,median,q75,max,skew,sum",
                  true);
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

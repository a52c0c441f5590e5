/*
 * Owns the completion scripts. They hold plain lists; a choice's values are those between | in its
 * argument. After the first operand, and where an option wants FILE or DIR, files are offered.
 */
#include "cmd/completions.h"
#include "cmd/commands.h"
#include "cmd/help.h"
#include "cmd/options.h"

#include <string.h>

static void write_op_words(FILE *out)
{
    const struct crunch_op *op;
    for (size_t i = 0; (op = crunch_op_at(i)) != NULL; i++)
        fprintf(out, "%s ", op->name);
}

static void write_first_words(FILE *out)
{
    size_t n;
    write_op_words(out);
    const struct crunch_command *commands = crunch_commands(&n);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s%s", commands[i].name, i + 1 < n ? " " : "");
}

static bool is_choice(const struct crunch_option *option)
{
    return option->takes && strchr(option->argument, '|');
}

static void write_values(FILE *out, const char *argument)
{
    for (; *argument; argument++)
        putc(*argument == '|' ? ' ' : *argument, out);
}

/* The values of a choice: behind its name and =, and, unless the value may be left out, as the next
 * word. */
static void write_bash_choice(FILE *out, const struct crunch_option *option)
{
    fputs("    ", out);
    if (option->letter)
        fprintf(out, "-%c|", option->letter);
    if (option->takes == CRUNCH_ARGUMENT)
        fprintf(out, "--%s|", option->name);
    fprintf(out, "--%s=) COMPREPLY=($(compgen -W '", option->name);
    write_values(out, option->argument);
    fputs("' -- \"$cur\")); return;;\n", out);
}

static void write_bash(FILE *out)
{
    struct crunch_option option;
    fputs("_crunch() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} opt=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    if [[ $cur == = ]]; then cur=; opt+==; "
          "elif [[ $opt == = ]]; then opt=${COMP_WORDS[COMP_CWORD-2]}=; fi\n"
          "    case $opt in\n",
          out);
    for (size_t i = 0; crunch_option_at(i, &option); i++)
        if (is_choice(&option))
            write_bash_choice(out, &option);
    fputs("    esac\n    if [[ $cur == -* ]]; then\n        COMPREPLY=($(compgen -W '", out);
    for (size_t i = 0; crunch_option_at(i, &option); i++) {
        if (option.letter)
            fprintf(out, "-%c ", option.letter);
        if (option.name)
            fprintf(out, "--%s ", option.name);
    }
    fputs("' -- \"$cur\"))\n"
          "    elif [[ $COMP_CWORD == 1 && $cur == *,* ]]; then\n"
          "        COMPREPLY=($(compgen -P \"${cur%,*},\" -W '",
          out);
    write_op_words(out);
    fputs("' -- \"${cur##*,}\"))\n"
          "    elif [[ $COMP_CWORD == 1 || ${COMP_WORDS[1]} == help ]]; then\n"
          "        COMPREPLY=($(compgen -W '",
          out);
    write_first_words(out);
    fputs("' -- \"$cur\"))\n"
          "    elif [[ ${COMP_WORDS[1]} == completions ]]; then\n"
          "        COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$cur\"))\n"
          "    else\n        COMPREPLY=($(compgen -f -- \"$cur\"))\n    fi\n}\n"
          "complete -o filenames -F _crunch crunch\n",
          out);
}

/* Text inside '...' of zsh's _arguments: brackets, colons and quotes are escaped. */
static void write_zsh_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else {
            if (strchr("[]:\\", *text))
                putc('\\', out);
            putc(*text, out);
        }
    }
}

static void write_zsh_option(FILE *out, const struct crunch_option *option, bool letter)
{
    if (letter)
        fprintf(out, "    '-%c[", option->letter);
    else
        fprintf(out, "    '--%s%s[", option->name,
                option->takes == CRUNCH_ARGUMENT            ? "="
                : option->takes == CRUNCH_OPTIONAL_ARGUMENT ? "=-"
                                                            : "");
    write_zsh_text(out, option->help);
    putc(']', out);
    if (option->takes) {
        fputs(option->takes == CRUNCH_OPTIONAL_ARGUMENT ? "::" : ":", out);
        if (is_choice(option)) {
            fputs("value:(", out);
            write_values(out, option->argument);
            putc(')', out);
        } else
            fprintf(out, "%s:%s", option->argument,
                    strcmp(option->argument, "FILE") == 0  ? "_files"
                    : strcmp(option->argument, "DIR") == 0 ? "_files -/"
                                                           : " ");
    }
    fputs("' \\\n", out);
}

static void write_zsh(FILE *out)
{
    struct crunch_option option;
    fputs("#compdef crunch\n_arguments -s -S \\\n", out);
    for (size_t i = 0; crunch_option_at(i, &option); i++) {
        if (option.letter)
            write_zsh_option(out, &option, true);
        if (option.name)
            write_zsh_option(out, &option, false);
    }
    fputs("    '1:operation:(", out);
    write_first_words(out);
    fputs(")' \\\n    '*:file:_files'\n", out);
}

/* Text inside '...' of fish. */
static void write_fish_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            putc('\\', out);
        putc(*text, out);
    }
}

static void write_fish(FILE *out)
{
    struct crunch_option option;
    fputs("complete -c crunch -n __fish_is_first_token -f -a '", out);
    write_first_words(out);
    fputs("'\n", out);
    for (size_t i = 0; crunch_option_at(i, &option); i++) {
        fputs("complete -c crunch", out);
        if (option.letter)
            fprintf(out, " -s %c", option.letter);
        if (option.name)
            fprintf(out, " -l %s", option.name);
        if (is_choice(&option)) {
            fputs(option.takes == CRUNCH_ARGUMENT ? " -x -a '" : " -f -a '", out);
            write_values(out, option.argument);
            putc('\'', out);
        } else if (option.takes)
            fputs(strcmp(option.argument, "FILE") == 0 || strcmp(option.argument, "DIR") == 0
                      ? " -r"
                      : " -x",
                  out);
        fputs(" -d '", out);
        write_fish_text(out, option.help);
        fputs("'\n", out);
    }
}

static const struct shell {
    const char *name;
    void (*write)(FILE *);
} shells[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};

static enum crunch_code completions(FILE *out, const void *context,
                                    const struct crunch_invocation *invocation)
{
    (void)invocation;
    ((const struct shell *)context)->write(out);
    return CRUNCH_OK;
}

enum crunch_code crunch_show_completions(const struct crunch_invocation *invocation)
{
    for (size_t i = 0; i < sizeof shells / sizeof *shells && invocation->n_operands > 0; i++)
        if (strcmp(shells[i].name, invocation->operands[0]) == 0)
            return crunch_write_out(invocation, completions, &shells[i]);
    crunch_fail(invocation->error, CRUNCH_USAGE, "completions for which shell?");
    crunch_hint(invocation->error, "crunch completions bash, zsh or fish");
    return CRUNCH_USAGE;
}

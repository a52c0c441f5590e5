/*
 * The options: one row each. Parsing, -h, --help, completions and the man page come from the rows;
 * the backends' options come from the backends' own rows. To add an option, add a row.
 */
#ifndef CRUNCH_CMD_OPTIONS_H
#define CRUNCH_CMD_OPTIONS_H

#include "cmd/settings.h"

enum crunch_option_group {
    CRUNCH_GROUP_WHAT,
    CRUNCH_GROUP_WORKERS,
    CRUNCH_GROUP_PROOF,
    CRUNCH_GROUP_DIALECT,
    CRUNCH_GROUP_BAD,
    CRUNCH_GROUP_OUTPUT,
    CRUNCH_GROUP_TELLING,
    CRUNCH_GROUP_OTHER,
    CRUNCH_N_GROUPS
};
extern const char *const crunch_group_titles[CRUNCH_N_GROUPS];

enum crunch_argument { CRUNCH_NO_ARGUMENT, CRUNCH_ARGUMENT, CRUNCH_OPTIONAL_ARGUMENT };

struct crunch_option {
    const char *name; /* long, without dashes; NULL: only the letter */
    char letter;      /* 0: none */
    enum crunch_argument takes;
    const char *argument; /* its name in the help; of a choice: the values between | */
    enum crunch_option_group group;
    const char *help;
    const char *fallback; /* default, as text, or NULL where there is none to speak of */
    /* Reads argument (NULL if none was given) into the settings. */
    enum crunch_code (*set)(struct crunch_settings *, const struct crunch_option *,
                            const char *argument, struct crunch_error *);
    size_t target; /* offset in the settings of what set writes, where set is a general one */
    int value;     /* for set_value */
};

/* Row i of all options, in the order of the help; false past the last. */
bool crunch_option_at(size_t i, struct crunch_option *out);

/* Reads argv[1..argc) into settings (initialised). Options may stand after operands; `--` ends
 * them. CRUNCH_USAGE, with the nearest name as a hint, for what it does not know. */
enum crunch_code crunch_options_parse(struct crunch_settings *settings, int argc, char **argv,
                                      struct crunch_error *error);

#endif

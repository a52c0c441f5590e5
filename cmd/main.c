/*
 * crunch: the entry. Parses the command line, runs the command, says what went wrong, and turns the
 * code into an exit status. Nothing else in the program prints errors or exits.
 */
#include "cmd/commands.h"
#include "cmd/help.h"
#include "cmd/options.h"
#include "cmd/signals.h"

#include <mpfr.h>
#include <unistd.h>

static enum crunch_code run(const struct crunch_invocation *invocation)
{
    const struct crunch_settings *settings = invocation->settings;
    if (settings->short_help)
        return crunch_show_short_help(invocation);
    if (settings->long_help)
        return crunch_show_full_help(invocation);
    if (settings->version)
        return crunch_show_version(invocation);
    if (invocation->n_operands == 0)
        return crunch_show_usage(invocation);
    return crunch_command_run(invocation);
}

int main(int argc, char **argv)
{
    struct crunch_settings settings = {0};
    struct crunch_teller teller;
    struct crunch_error error = {0};
    struct crunch_inputs inputs = {0};
    crunch_signals_init();
    crunch_teller_init(&teller);
    enum crunch_code code = crunch_settings_init(&settings, argc, &error);
    if (!code)
        code = crunch_options_parse(&settings, argc, argv, &error);
    crunch_teller_configure(&teller, &settings);
    if (!code)
        code = crunch_simd_init(&error);
    if (!code)
        code = crunch_settings_finish(&settings, &error);
    if (!code) {
        struct crunch_invocation invocation = {
            &settings, &teller, &error, settings.operands, settings.n_operands, &inputs,
        };
        code = run(&invocation);
    }
    crunch_teller_clear(&teller);
    if (code && code != CRUNCH_INTERRUPTED)
        crunch_tell_error(&teller, &error);
    crunch_signals_reraise();
    /* A worker that timed out may still be running on what would be freed below. */
    if (code == CRUNCH_WORKER_LOST)
        _exit((int)code);
    crunch_inputs_free(&inputs);
    crunch_settings_free(&settings);
    mpfr_free_cache();
    return (int)code;
}

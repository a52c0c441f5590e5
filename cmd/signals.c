/*
 * Owns the handlers. The handler does nothing but set a flag; a second signal of the same kind has
 * its default action, so a user who insists is heard at once.
 */
#include "cmd/signals.h"
#include "core/run.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static void ask_to_stop(int number)
{
    crunch_stop_signal = number;
}

/* A closed descriptor is opened the wrong way round, so that using it fails with EBADF as before.
 */
static void open_missing_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
            _exit(3);
}

void crunch_signals_init(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = ask_to_stop, .sa_flags = (int)SA_RESETHAND};
    open_missing_descriptors();
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction old;
        /* Ignored on purpose (nohup, a shell's background job): stays so. */
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
    signal(SIGPIPE, SIG_DFL);
}

void crunch_signals_reraise(void)
{
    int number = crunch_stop_signal;
    if (number == 0)
        return;
    signal(number, SIG_DFL);
    raise(number);
    _exit(CRUNCH_INTERRUPTED + number);
}

/*
 * Owns the progress bar: bytes, share, rate and the time left, on one line that is rewritten. It
 * shows after the first second, and on a terminal only, unless --progress=always.
 */
#include "cmd/teller.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>

const char *crunch_bytes_text(double bytes, char out[24])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;
    for (; bytes >= 999.5 && unit + 1 < sizeof units / sizeof *units; unit++)
        bytes /= 1000;
    snprintf(out, 24, "%.*f %s",
             unit == 0 || bytes >= 99.95 ? 0
             : bytes >= 9.995            ? 1
                                         : 2,
             bytes, units[unit]);
    return out;
}

static const char *time_text(double seconds, char out[24])
{
    if (!(seconds < 359999)) /* 99:59:59; also for nan */
        return "--:--";
    unsigned s = (unsigned)(seconds + 0.5);
    if (s >= 3600)
        snprintf(out, 24, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(out, 24, "%02u:%02u", s / 60, s % 60);
    return out;
}

void crunch_bar_text(const struct crunch_progress *progress, size_t columns, char *out, size_t size)
{
    char done[24], total[24], rate[24], left[24], figures[160];
    double bytes = (double)progress->bytes_done;
    double speed = progress->elapsed_s > 0 ? bytes / progress->elapsed_s : 0;
    crunch_bytes_text(bytes, done);
    crunch_bytes_text(speed, rate);
    if (progress->bytes_total == CRUNCH_SIZE_UNKNOWN || progress->bytes_total == 0) {
        snprintf(out, size, "%s  %s/s  %s", done, rate, time_text(progress->elapsed_s, left));
        return;
    }
    double share = bytes / (double)progress->bytes_total;
    share = share > 1 ? 1 : share;
    snprintf(figures, sizeof figures, "%3d%%  %s of %s  %s/s  %s left", (int)(share * 100), done,
             crunch_bytes_text((double)progress->bytes_total, total), rate,
             time_text(speed > 0 ? ((double)progress->bytes_total - bytes) / speed : 1e9, left));
    size_t room = columns > strlen(figures) + 5 ? columns - strlen(figures) - 5 : 0;
    room = room > 40 ? 40 : room;
    if (room < 8 || size < room + sizeof figures + 4) {
        snprintf(out, size, "%s", figures);
        return;
    }
    size_t filled = (size_t)(share * (double)room);
    out[0] = '[';
    memset(out + 1, '#', filled);
    memset(out + 1 + filled, '.', room - filled);
    snprintf(out + 1 + room, size - 1 - room, "] %s", figures);
}

void crunch_teller_progress(void *context, const struct crunch_progress *progress)
{
    struct crunch_teller *teller = context;
    struct winsize window = {0};
    char text[256];
    bool wanted =
        teller->progress == CRUNCH_ALWAYS || (teller->progress == CRUNCH_AUTO && teller->terminal);
    if (!wanted || progress->elapsed_s < 1)
        return;
    if (ioctl(fileno(teller->out), TIOCGWINSZ, &window) != 0 || window.ws_col == 0)
        window.ws_col = 80;
    crunch_bar_text(progress, window.ws_col, text, sizeof text);
    fprintf(teller->out, "\r%s%s", text, teller->terminal ? "\033[K" : "");
    fflush(teller->out);
    teller->bar = true;
}

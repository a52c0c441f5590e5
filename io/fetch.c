/*
 * The decisions of fetching.
 */
#include "io/fetch.h"

#define BACKOFF_FIRST_MS 250
#define BACKOFF_MOST_MS 30000
#define WANTED_MOST_S 60

struct crunch_fetching crunch_fetching_default(void)
{
    return (struct crunch_fetching){.jobs = CRUNCH_FETCH_JOBS,
                                    .retries = CRUNCH_FETCH_RETRIES,
                                    .timeout_s = CRUNCH_FETCH_TIMEOUT_S};
}

const char *crunch_fetching_url(const struct crunch_fetching *fetching, const char *path)
{
    for (const struct crunch_address *a = fetching->addresses; a; a = a->next)
        if (a->shown == path)
            return a->url;
    return path;
}

uint64_t crunch_fetch_piece(uint64_t offset, uint64_t share)
{
    uint64_t piece = offset < share / 2 ? offset : share / 2;

    return piece < CRUNCH_FETCH_FIRST  ? CRUNCH_FETCH_FIRST
           : piece > CRUNCH_FETCH_MOST ? CRUNCH_FETCH_MOST
                                       : piece;
}

uint64_t crunch_fetch_backoff_ms(unsigned failures, uint64_t random, uint64_t wanted_s)
{
    uint64_t most = BACKOFF_FIRST_MS, ms;

    while (failures > 1 && most < BACKOFF_MOST_MS) {
        most *= 2;
        failures--;
    }
    if (most > BACKOFF_MOST_MS)
        most = BACKOFF_MOST_MS;
    ms = random % (most + 1);
    if (wanted_s > WANTED_MOST_S)
        wanted_s = WANTED_MOST_S;
    return ms < wanted_s * 1000 ? wanted_s * 1000 : ms;
}

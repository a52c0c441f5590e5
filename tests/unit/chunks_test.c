/*
 * The queue and the frontier under simulated schedules: a few workers, each a little state machine
 * whose steps are the calls that a real worker makes, take turns at random; at any step one of them
 * may die, and a successor has to go on from what lies in shared memory. The input is a row of
 * records of random lengths; guesses are right, wrong or missing at random. Whatever happens, the
 * committed chunks must hold every record exactly once.
 */
#include "core/chunks.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS 3
#define SLOTS 2
#define MAX_RECORDS 400

static uint64_t random_state;

static uint64_t random_below(uint64_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % n;
}

struct input {
    uint64_t start[MAX_RECORDS + 1]; /* start[n] is the end */
    uint64_t n;
    bool bad[MAX_RECORDS];
};

/* A worker's region: what survives it. */
struct region {
    uint64_t chunk_plus[SLOTS];
    uint64_t from[SLOTS], to[SLOTS]; /* records that the slot's scan found */
    uint64_t committed_plus;
};

struct world {
    struct input input;
    struct crunch_cuts cuts;
    struct crunch_chunks chunks;
    struct crunch_bell bell;
    struct region region[WORKERS];
    unsigned times[MAX_RECORDS]; /* how often each record was committed */
    bool gone[WORKERS];          /* has nothing more to do */
    bool wrong_guesses;
};

static void make_input(struct input *input)
{
    uint64_t at = 0;

    input->n = 1 + random_below(MAX_RECORDS - 1);
    for (uint64_t i = 0; i < input->n; i++) {
        input->start[i] = at;
        input->bad[i] = false;
        at += random_below(20) ? 1 + random_below(9) : 1 + random_below(200);
    }
    input->start[input->n] = at;
}

/* Records that begin in [begin, end): scans as the contract of crunch_scan says. */
static void scan(struct world *w, uint64_t chunk, struct region *r, unsigned k)
{
    const struct input *in = &w->input;
    struct crunch_scanned s = {0};
    struct crunch_frontier f;
    uint64_t begin, end, i = 0;
    bool guess;

    crunch_chunks_frontier(&w->chunks, &f);
    crunch_cuts_chunk(&w->cuts, chunk, &begin, &end);
    guess = f.next != chunk;
    s.budget = w->chunks.max_bad;
    if (!guess) {
        begin = f.position;
        s.budget = w->chunks.max_bad == UINT64_MAX ? UINT64_MAX : w->chunks.max_bad - f.bad;
    }
    while (i < in->n && in->start[i] < begin)
        i++;
    if (guess && w->wrong_guesses && random_below(3) == 0)
        i += 1 + random_below(2);
    if (i > in->n)
        i = in->n;
    s.first = guess ? in->start[i] : begin;
    s.unsure = guess && (in->start[i] >= end || (w->wrong_guesses && random_below(5) == 0));
    r->from[k] = i;
    while (i < in->n && in->start[i] < end && !s.code) {
        s.records++;
        if (in->bad[i] && s.bad++ >= s.budget)
            s.code = CRUNCH_BAD_DATA;
        i++;
    }
    r->to[k] = i;
    s.last = in->start[i] > begin ? in->start[i] : begin;
    if (s.last < end)
        s.last = in->start[in->n];
    s.at_end = i == in->n;
    crunch_chunks_publish(&w->chunks, chunk, &s);
}

static unsigned lowest(const struct region *r)
{
    unsigned found = SLOTS;

    for (unsigned k = 0; k < SLOTS; k++)
        if (r->chunk_plus[k] && (found == SLOTS || r->chunk_plus[k] < r->chunk_plus[found]))
            found = k;
    return found;
}

/* True when the worker is to die now. */
static bool dies(void)
{
    return random_below(12) == 0;
}

#define STEP             \
    do {                 \
        if (dies())      \
            return true; \
    } while (0)

/* One turn of a worker, with a death possible between any two steps. True: it died. */
static bool turn(struct world *w, unsigned id)
{
    struct region *r = &w->region[id];
    struct crunch_prefix prefix;
    enum crunch_verdict_kind verdict;
    enum crunch_claim claim;
    uint64_t chunk;
    unsigned k = lowest(r);

    if (k < SLOTS) {
        chunk = r->chunk_plus[k] - 1;
        verdict = crunch_chunks_verdict(&w->chunks, chunk, &prefix);
        if (verdict == CRUNCH_VALID || verdict == CRUNCH_VOID) {
            STEP;
            if (verdict == CRUNCH_VALID && r->committed_plus < chunk + 1) {
                for (uint64_t i = r->from[k]; i < r->to[k]; i++)
                    w->times[i]++;
                r->committed_plus = chunk + 1; /* the flip: with the merge, one step */
            }
            STEP;
            r->chunk_plus[k] = 0;
            STEP;
            crunch_chunks_retire(&w->chunks, chunk);
            return false;
        }
        if (verdict == CRUNCH_REDO || !crunch_chunks_published(&w->chunks, chunk)) {
            crunch_chunks_begin(&w->chunks, chunk);
            STEP;
            scan(w, chunk, r, k);
            STEP;
            crunch_chunks_advance(&w->chunks, id);
            return false;
        }
        crunch_chunks_advance(&w->chunks, id);
    }
    for (k = 0; k < SLOTS && r->chunk_plus[k]; k++)
        ;
    if (k == SLOTS)
        return false;
    claim = crunch_chunks_claim(&w->chunks, id, &chunk);
    if (claim == CRUNCH_CLAIM_NO_MORE && lowest(r) == SLOTS)
        w->gone[id] = true;
    if (claim != CRUNCH_CLAIMED)
        return false;
    STEP;
    r->chunk_plus[k] = chunk + 1;
    STEP;
    crunch_chunks_begin(&w->chunks, chunk);
    scan(w, chunk, r, k);
    STEP;
    crunch_chunks_advance(&w->chunks, id);
    return false;
}

/* What a successor does first. */
static void take_over(struct world *w, unsigned id)
{
    struct region *r = &w->region[id];
    uint64_t chunk, from = 0;
    unsigned k, owner;

    crunch_chunks_bury(&w->chunks, id);
    for (k = 0; k < SLOTS; k++)
        if (r->chunk_plus[k] && (!crunch_chunks_owner(&w->chunks, r->chunk_plus[k] - 1, &owner) ||
                                 owner != id || r->chunk_plus[k] <= r->committed_plus))
            r->chunk_plus[k] = 0;
    for (; crunch_chunks_owned(&w->chunks, id, from, &chunk); from = chunk + 1) {
        for (k = 0; k < SLOTS && r->chunk_plus[k] != chunk + 1; k++)
            ;
        if (k < SLOTS)
            continue;
        if (chunk < r->committed_plus) {
            crunch_chunks_retire(&w->chunks, chunk);
            continue;
        }
        crunch_chunks_begin(&w->chunks, chunk);
        for (k = 0; r->chunk_plus[k]; k++)
            cr_assert_lt(k + 1, SLOTS, "more chunks owned than slots");
        r->chunk_plus[k] = chunk + 1;
    }
    crunch_chunks_advance(&w->chunks, id);
}

static bool all_gone(const struct world *w)
{
    for (unsigned i = 0; i < WORKERS; i++)
        if (!w->gone[i])
            return false;
    return true;
}

static struct world *run_world(uint64_t seed, uint64_t max_bad, unsigned bad_one_in)
{
    struct world *w = calloc(1, sizeof *w);
    size_t bytes = (crunch_window_size(8) + 63) / 64 * 64;
    void *window = aligned_alloc(64, bytes);

    random_state = seed * 2654435769u + 1;
    memset(window, 0, bytes);
    make_input(&w->input);
    for (uint64_t i = 0; bad_one_in && i < w->input.n; i++)
        w->input.bad[i] = random_below(bad_one_in) == 0;
    w->wrong_guesses = random_below(2);
    crunch_cuts_init(&w->cuts, 0, w->input.start[w->input.n], 1 + random_below(60), WORKERS);
    w->chunks = (struct crunch_chunks){
        .cuts = &w->cuts, .max_bad = max_bad, .entries = 8, .bell = &w->bell};
    crunch_chunks_init(&w->chunks, window, 0);
    for (unsigned turns = 0; !all_gone(w); turns++) {
        struct crunch_frontier f;
        unsigned id = (unsigned)random_below(WORKERS);

        cr_assert_lt(turns, 2000000, "seed %lu: no end", seed);
        crunch_chunks_frontier(&w->chunks, &f);
        if (f.state == CRUNCH_FRONTIER_FAILED)
            break;
        if (turn(w, id)) {
            w->gone[id] = false;
            take_over(w, id);
        }
    }
    return w;
}

static void free_world(struct world *w)
{
    free(w->chunks.window);
    free(w);
}

Test(chunks, every_record_once_whatever_dies)
{
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        struct world *w = run_world(seed, UINT64_MAX, 0);
        struct crunch_frontier f;

        crunch_chunks_frontier(&w->chunks, &f);
        cr_assert_eq(f.state, CRUNCH_FRONTIER_DONE);
        cr_assert_eq(f.records, w->input.n, "seed %lu: %lu of %lu records", seed, f.records,
                     w->input.n);
        cr_assert_eq(f.position, w->input.start[w->input.n]);
        for (uint64_t i = 0; i < w->input.n; i++)
            cr_assert_eq(w->times[i], 1, "seed %lu: record %lu committed %u times", seed, i,
                         w->times[i]);
        free_world(w);
    }
}

/* With a budget the run fails at the chunk that holds the piece one past it, and only then. */
Test(chunks, fails_at_the_piece_past_the_budget)
{
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        uint64_t max_bad = seed % 7, bad = 0, i = 0, begin, end;
        struct world *w = run_world(seed, max_bad, 30);
        struct crunch_frontier f;

        while (i < w->input.n && (bad += w->input.bad[i]) <= max_bad)
            i++;
        crunch_chunks_frontier(&w->chunks, &f);
        if (i == w->input.n) {
            cr_assert_eq(f.state, CRUNCH_FRONTIER_DONE, "seed %lu", seed);
            cr_assert_eq(f.bad, bad, "seed %lu", seed);
        } else {
            cr_assert_eq(f.state, CRUNCH_FRONTIER_FAILED, "seed %lu", seed);
            crunch_cuts_chunk(&w->cuts, f.next, &begin, &end);
            cr_assert_leq(f.position, w->input.start[i], "seed %lu", seed);
            cr_assert_lt(w->input.start[i], end, "seed %lu", seed);
        }
        free_world(w);
    }
}

Test(chunks, judge)
{
    const struct crunch_frontier f = {.position = 100, .bad = 2};
    struct crunch_scanned s = {.first = 100, .last = 150, .bad = 1, .budget = 5};

    cr_assert_eq(crunch_chunks_judge(&f, &s, 140, 5), CRUNCH_VALID);
    cr_assert_eq(crunch_chunks_judge(&f, &s, 100, 5), CRUNCH_VOID);
    s.first = 99;
    cr_assert_eq(crunch_chunks_judge(&f, &s, 140, 5), CRUNCH_REDO);
    s.first = 100;
    s.unsure = true;
    cr_assert_eq(crunch_chunks_judge(&f, &s, 140, 5), CRUNCH_REDO);
    s.unsure = false;
    s.bad = 4;
    cr_assert_eq(crunch_chunks_judge(&f, &s, 140, 5), CRUNCH_REDO, "more than the 3 left");
    s.code = CRUNCH_BAD_DATA;
    cr_assert_eq(crunch_chunks_judge(&f, &s, 140, 5), CRUNCH_REDO, "budget was 5, not 3");
    s.budget = 3;
    cr_assert_eq(crunch_chunks_judge(&f, &s, 140, 5), CRUNCH_FAILED);
}

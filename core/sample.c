/*
 * Choosing, writing and reading back the sampled chunks. An entry is a header and the columns'
 * encodings, each with its terminating NUL.
 */
#include "core/sample.h"
#include "core/joint_set.h"

#include "io/temp.h"

#include <stdlib.h>
#include <string.h>

#define ONE_OF 10

struct header {
    uint64_t chunk, begin, end, records;
    uint64_t bytes; /* of the encodings behind it */
};

/* The finalizer of splitmix64 (Steele, Lea and Flood 2014). */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

bool crunch_sample_wants(uint64_t seed, uint64_t chunk, uint64_t n_chunks)
{
    uint64_t first = chunk - chunk % ONE_OF;
    uint64_t n = n_chunks - first < ONE_OF ? n_chunks - first : ONE_OF;
    return chunk - first == mix(seed ^ mix(first)) % n;
}

/* Adds a text, which is freed, and its NUL. all NULL: out of memory, before or now. */
static char *add_text(char *all, size_t *bytes, char *one)
{
    size_t len = one ? strlen(one) + 1 : 0;
    char *more = one && all ? realloc(all, *bytes + len) : NULL;
    if (more == NULL) {
        free(all);
    } else {
        memcpy(more + *bytes, one, len);
        *bytes += len;
    }
    free(one);
    return more;
}

/* The encodings of all columns and sets one after another; NULL when out of memory. */
static char *encode(const struct crunch_layout *layout, const void *bundle, size_t *bytes)
{
    char *all = malloc(1);
    *bytes = 0;
    for (size_t i = 0; i < layout->n_columns && all; i++) {
        struct crunch_exact exact;
        crunch_exact_init(&exact, crunch_layout_arith(layout, i), layout->needs[i]);
        crunch_bundle_extract(layout, bundle, i, &exact);
        all = add_text(all, bytes, crunch_exact_encode(&exact));
        crunch_exact_clear(&exact);
    }
    for (size_t s = 0; s < layout->n_sets && all; s++) {
        struct crunch_joint joint;
        enum crunch_code code = crunch_bundle_extract_joint(layout, bundle, s, &joint);
        all = add_text(all, bytes, code ? NULL : crunch_joint_encode(&joint));
        crunch_joint_clear(&joint);
    }
    return all;
}

enum crunch_code crunch_sample_write(int fd, uint64_t *at, const struct crunch_layout *layout,
                                     const struct crunch_sampled *sampled, const void *bundle,
                                     struct crunch_error *error)
{
    size_t bytes;
    char *text = encode(layout, bundle, &bytes);
    if (text == NULL)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    const struct header header = {sampled->chunk, sampled->begin, sampled->end, sampled->records,
                                  bytes};
    int failed = crunch_write_all(fd, &header, sizeof header, (off_t)*at);
    if (!failed)
        failed = crunch_write_all(fd, text, bytes, (off_t)(*at + sizeof header));
    free(text);
    if (failed)
        return crunch_fail_errno(error, CRUNCH_IO, failed, "cannot write a temporary file");
    *at += sizeof header + bytes;
    return CRUNCH_OK;
}

/* Reads the entry at *at into *out, whose strings share one block that state[-1] holds. */
static enum crunch_code read_entry(int fd, uint64_t *at, size_t n_states,
                                   struct crunch_sampled *out, struct crunch_error *error)
{
    struct header header;
    int failed = crunch_read_all(fd, &header, sizeof header, (off_t)*at);
    if (failed)
        return crunch_fail_errno(error, CRUNCH_IO, failed, "cannot read a temporary file");
    char **state = malloc((n_states + 1) * sizeof *state);
    char *text = malloc(header.bytes + 1);
    if (state == NULL || text == NULL) {
        free(state);
        free(text);
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    }
    failed = crunch_read_all(fd, text, header.bytes, (off_t)(*at + sizeof header));
    if (failed) {
        free(state);
        free(text);
        return crunch_fail_errno(error, CRUNCH_IO, failed, "cannot read a temporary file");
    }
    *state++ = text;
    for (size_t i = 0; i < n_states; i++) {
        state[i] = text;
        text += strlen(text) + 1;
    }
    *out = (struct crunch_sampled){header.chunk, header.begin, header.end, header.records, state};
    *at += sizeof header + header.bytes;
    return CRUNCH_OK;
}

enum crunch_code crunch_sample_read(int fd, uint64_t end, size_t n_states,
                                    struct crunch_samples *samples, struct crunch_error *error)
{
    enum crunch_code code = CRUNCH_OK;
    samples->n_states = n_states;
    for (uint64_t at = 0; at < end && !code;) {
        struct crunch_sampled *more =
            realloc(samples->item, (samples->n + 1) * sizeof *samples->item);
        if (more == NULL)
            return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
        samples->item = more;
        code = read_entry(fd, &at, n_states, &more[samples->n], error);
        if (!code)
            samples->n++;
    }
    return code;
}

void crunch_samples_free(struct crunch_samples *samples)
{
    for (size_t i = 0; i < samples->n; i++) {
        free(samples->item[i].state[-1]);
        free(samples->item[i].state - 1);
    }
    free(samples->item);
    memset(samples, 0, sizeof *samples);
}

/*
 * Owns the course of a compression. Invariant: the file of -o appears only when all of it was
 * written, and compared if that was asked for; on standard output a failure leaves data that no
 * reader takes for whole.
 */
#include "cmd/compress.h"
#include "cmd/outfile.h"
#include "cmd/packed_names.h"
#include "core/pack.h"
#include "io/spool.h"
#include "io/url.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

struct compression {
    const struct crunch_invocation *invocation;
    struct crunch_job job;
    struct crunch_source *source;
    struct crunch_table *table;
    const char *path; /* of the output; NULL: standard output */
    struct crunch_outfile out;
    struct crunch_packing_use use;
};

static enum crunch_code check_settings(const struct crunch_settings *settings,
                                       struct crunch_error *error)
{
    if (settings->level < 1 || settings->level > (unsigned)ZSTD_maxCLevel())
        return crunch_fail(error, CRUNCH_USAGE, "--level goes from 1 to %d", ZSTD_maxCLevel());
    if (settings->frame_size > CRUNCH_FRAME_MOST)
        return crunch_fail(error, CRUNCH_USAGE, "--frame-size may be at most %zu MiB",
                           CRUNCH_FRAME_MOST >> 20);
    if (settings->report_path || settings->job.rejects_path)
        return crunch_fail(error, CRUNCH_USAGE, "compress writes no %s",
                           settings->report_path ? "report" : "rejects");
    const char *unwanted = settings->job.columns       ? "--column"
                           : settings->job.n_where > 0 ? "--where"
                           : settings->job.n_maps > 0  ? "--map"
                           : settings->job.by          ? "--by"
                           : settings->job.by_file     ? "--by-file"
                                                       : NULL;
    if (!unwanted)
        return CRUNCH_OK;
    crunch_fail(error, CRUNCH_USAGE, "compress packs files as they are: it takes no %s", unwanted);
    crunch_hint(error, "`crunch map` and `crunch filter` write rows, for a pipe to compress");
    return CRUNCH_USAGE;
}

/* Where one input goes to standard output. */
static enum crunch_code check_stdout(const struct crunch_settings *settings,
                                     struct crunch_error *error)
{
    if (isatty(STDOUT_FILENO)) {
        crunch_fail(error, CRUNCH_USAGE, "compressed data is not written to a terminal");
        crunch_hint(error, "name a file with -o FILE.zst");
        return CRUNCH_USAGE;
    }
    if (settings->job.verify == CRUNCH_VERIFY_NO)
        return CRUNCH_OK;
    crunch_fail(error, CRUNCH_USAGE, "--verify reads what was written, and needs -o FILE");
    return CRUNCH_USAGE;
}

/* What is read again (to be compared), or in pieces larger than the ring's blocks, must be a file.
 */
static enum crunch_code open_input(struct compression *c, struct crunch_error *error)
{
    enum crunch_code code =
        crunch_source_open_recoded(c->job.path, NULL, &c->job.fetching, &c->source, error);

    if (code)
        return code;
    c->invocation->teller->file = crunch_source_name(c->source);
    crunch_source_configure(c->source, &crunch_stop_signal, c->job.tmpdir);
    if (c->job.verify != CRUNCH_VERIFY_NO)
        code = crunch_spool(c->source, error);
    if (!code && c->job.chunk_bytes > CRUNCH_BLOCK_BYTES)
        code = crunch_spool_unpacked(c->source, error);
    if (!code)
        code = crunch_table_read(c->source, &c->job.dialect, &c->table, error);
    return code;
}

static enum crunch_code pack(struct compression *c, struct crunch_error *error)
{
    struct crunch_teller *teller = c->invocation->teller;
    const struct crunch_collecting collecting = {.collector = &crunch_packer, .config = &c->use};
    struct crunch_run_hooks hooks = {teller, crunch_teller_progress, crunch_teller_note, true};
    struct crunch_run_result result = {0};
    struct crunch_plan plan;
    enum crunch_code code = crunch_plan_init(&plan, &c->job, c->table, error);

    if (code)
        return code;
    c->use.source = c->source;
    c->use.data_offset = c->table->data_offset;
    c->use.level = (int)c->invocation->settings->level;
    c->use.out = c->out.file;
    c->use.out_name = c->out.name;
    code = crunch_plan_collect(&plan, &collecting, error);
    if (!code)
        code = crunch_run(&plan, c->source, &hooks, &result, error);
    crunch_teller_clear(teller);
    if (!code && c->use.frames == 0)
        code = crunch_pack_range(&c->use, 0, result.bytes, error);
    if (!code)
        code = crunch_pack_end(&c->use, error);
    if (code != CRUNCH_WORKER_LOST) { /* a worker that timed out may still be running on them */
        crunch_run_result_free(&result);
        crunch_plan_free(&plan);
    }
    return code;
}

/* The same bytes in both, from a beginning to an end? */
static enum crunch_code compare(struct compression *c, struct crunch_source *written,
                                struct crunch_error *error)
{
    unsigned char *bytes = malloc(2 * CRUNCH_BLOCK_BYTES), *again = bytes + CRUNCH_BLOCK_BYTES;
    enum crunch_code code = bytes ? crunch_source_rewind(c->source, error)
                                  : crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");

    for (uint64_t at = 0; !code; at += CRUNCH_BLOCK_BYTES) {
        ssize_t n = crunch_source_read(c->source, bytes, CRUNCH_BLOCK_BYTES, at, error), m = 0;

        if (n >= 0)
            m = crunch_source_read(written, again, CRUNCH_BLOCK_BYTES, at, error);
        if (n < 0 || m < 0)
            code = error->code;
        else if (n != m || memcmp(bytes, again, (size_t)n) != 0)
            code = crunch_fail(error, CRUNCH_MISMATCH,
                               "verification failed: what was written is not the input, from byte "
                               "%" PRIu64 " on or behind",
                               at);
        if ((size_t)n < CRUNCH_BLOCK_BYTES)
            break;
    }
    free(bytes);
    return code;
}

static enum crunch_code verify(struct compression *c, struct crunch_error *error)
{
    struct crunch_source *written;
    enum crunch_code code;

    if (c->job.verify == CRUNCH_VERIFY_NO)
        return CRUNCH_OK;
    if (!c->out.aside)
        return crunch_fail(error, CRUNCH_USAGE, "--verify needs an output that is a regular file");
    if (fflush(c->out.file) != 0)
        return CRUNCH_OK; /* closing it will say so */
    code = crunch_source_open(c->out.aside, &written, error);
    if (code)
        return code;
    crunch_source_configure(written, &crunch_stop_signal, c->job.tmpdir);
    code = compare(c, written, error);
    crunch_source_close(written);
    if (!code)
        crunch_tell(c->invocation->teller,
                    "verify: identical: %" PRIu64 " bytes, unpacked again and compared",
                    c->use.unpacked);
    return code;
}

static void tell(const struct compression *c)
{
    char unpacked[24], packed[24];

    crunch_tell_detail(c->invocation->teller, "%s to %s (%.1f%%) in %" PRIu64 " frame%s",
                       crunch_bytes_text((double)c->use.unpacked, unpacked),
                       crunch_bytes_text((double)c->use.packed, packed),
                       c->use.unpacked ? 100.0 * (double)c->use.packed / (double)c->use.unpacked
                                       : 100.0,
                       c->use.frames, c->use.frames == 1 ? "" : "s");
}

/* Standard output cannot be taken back: the beginning of a frame makes every reader say that the
 * data is cut short, also where it would be empty otherwise. */
static void spoil(struct compression *c)
{
    if (!c->out.aside)
        fwrite("\x28\xb5\x2f\xfd", 1, 4, c->out.file);
}

static enum crunch_code compress(struct compression *c)
{
    struct crunch_error *error = c->invocation->error;
    enum crunch_code code = open_input(c, error);

    if (!code)
        code = crunch_outfile_open(&c->out, c->path, error);
    if (code)
        return code;
    code = pack(c, error);
    if (!code)
        code = verify(c, error);
    if (code)
        spoil(c);
    code = crunch_outfile_close(&c->out, code, error);
    if (!code)
        tell(c);
    return code;
}

/* Packs the input at path into the file called output (NULL: standard output). */
static enum crunch_code compress_one(const struct crunch_invocation *invocation,
                                     const struct crunch_job *job, const char *path,
                                     const char *output)
{
    struct compression *c = calloc(1, sizeof *c);
    enum crunch_code code;

    if (!c)
        return crunch_fail(invocation->error, CRUNCH_NO_MEMORY, "out of memory");
    c->invocation = invocation;
    c->path = output;
    c->job = *job;
    c->job.path = path;
    code = compress(c);
    /* A worker that timed out may still be running on what would be freed. */
    if (code == CRUNCH_WORKER_LOST)
        return code;
    crunch_packing_use_free(&c->use);
    crunch_table_free(c->table);
    crunch_source_close(c->source);
    free(c);
    return code;
}

/* Each input to a file of its own, one after another: they are checked before the first is written,
 * and the first that fails is the last. */
static enum crunch_code compress_each(const struct crunch_invocation *invocation,
                                      const struct crunch_job *job)
{
    struct crunch_inputs *inputs = invocation->inputs;
    const bool force = invocation->settings->force;
    const char **names = NULL;
    enum crunch_code code = crunch_packed_names(inputs, force, &names, invocation->error);

    for (size_t i = 0; i < inputs->n && !code; i++) {
        code = crunch_packed_name_check(names[i], force, invocation->error);
        if (!code)
            code = compress_one(invocation, job, inputs->path[i], names[i]);
    }
    free(names);
    return code;
}

static enum crunch_code compress_inputs(const struct crunch_invocation *invocation,
                                        const struct crunch_job *job)
{
    const struct crunch_settings *settings = invocation->settings;
    const struct crunch_inputs *inputs = invocation->inputs;
    const char *path = inputs->path[0], *output = settings->output_path;
    enum crunch_code code = CRUNCH_OK;
    bool alone = inputs->n == 1 && (strcmp(path, "-") == 0 || crunch_url_scheme(path) > 0);

    if (!output && !settings->to_stdout && !alone)
        return compress_each(invocation, job);
    if (inputs->n > 1) {
        crunch_fail(invocation->error, CRUNCH_USAGE, "--output takes one FILE of compress");
        crunch_hint(invocation->error, "without it each FILE becomes FILE.zst; one behind another "
                                       "they are several tables, each with its header");
        return CRUNCH_USAGE;
    }
    if (!output)
        code = check_stdout(settings, invocation->error);
    if (!code)
        code = crunch_outfile_check("--output", output, path, invocation->error);
    return code ? code : compress_one(invocation, job, path, output);
}

enum crunch_code crunch_compress(const struct crunch_invocation *invocation)
{
    const struct crunch_settings *settings = invocation->settings;
    const struct crunch_op *count = crunch_op_find("count", 5);
    struct crunch_job job = settings->job;
    enum crunch_code code = check_settings(settings, invocation->error);

    job.columns = NULL;
    job.ops = &count;
    job.n_ops = 1;
    job.dialect.ragged = true; /* only where records begin matters */
    job.chunk_bytes = settings->frame_size;
    if (!code)
        code =
            crunch_inputs_collect(invocation->inputs, invocation->operands, invocation->n_operands,
                                  settings->files_from, &job.fetching.addresses, invocation->error);
    return code ? code : compress_inputs(invocation, &job);
}

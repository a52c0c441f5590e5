/*
 * Owns the defaults of the settings, and the checks that concern more than one option. After
 * crunch_settings_finish the job is complete but for its ops and its path, which the command gives.
 */
#include "cmd/settings.h"
#include "cmd/addresses.h"
#include "core/cpus.h"
#include "io/uring.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* As other programs around libcurl and OpenSSL are told. */
static const char *certificates(void)
{
    const char *file = getenv("CURL_CA_BUNDLE");
    if (!file || !*file)
        file = getenv("SSL_CERT_FILE");
    return file && *file ? file : NULL;
}

enum crunch_code crunch_settings_init(struct crunch_settings *settings, int argc,
                                      struct crunch_error *error)
{
    const char *tmpdir = getenv("TMPDIR");
    size_t n = argc > 0 ? (size_t)argc : 1;
    *settings = (struct crunch_settings){0};
    settings->job.dialect = crunch_dialect_default();
    settings->job.max_errors = UINT64_MAX;
    settings->job.retries = 3;
    settings->job.fetching = crunch_fetching_default();
    settings->job.fetching.ca_file = certificates();
    settings->job.op_options.limit = 10;
    settings->job.op_options.bins = 10;
    settings->job.cost = 1;
    settings->job.tmpdir = tmpdir && *tmpdir ? tmpdir : "/tmp";
    settings->job.path = "-";
    settings->level = 3;
    settings->frame_size = (uint64_t)1 << 20;
    settings->job.op_options.quantile_type = 7;
    settings->job.op_options.trim = (struct crunch_fraction){1, 10};
    settings->nulls = malloc(n * sizeof *settings->nulls);
    settings->operands = malloc(n * sizeof *settings->operands);
    settings->where.text = malloc(n * sizeof *settings->where.text);
    settings->maps.text = malloc(n * sizeof *settings->maps.text);
    if (!settings->nulls || !settings->operands || !settings->where.text || !settings->maps.text)
        return crunch_fail(error, CRUNCH_NO_MEMORY, "out of memory");
    return CRUNCH_OK;
}

void crunch_settings_free(struct crunch_settings *settings)
{
    free(settings->nulls);
    free(settings->where.text);
    free(settings->maps.text);
    free(settings->columns);
    free(settings->by);
    free(settings->operands);
    crunch_addresses_free(settings->job.fetching.addresses, NULL);
    free(settings->widths);
}

static bool is_blank_or_end(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* True for bytes that the number grammar needs itself. */
static bool is_number_byte(unsigned char c)
{
    return c && strchr("0123456789+-eE", c);
}

static enum crunch_code check_dialect(const struct crunch_dialect *dialect,
                                      struct crunch_error *error)
{
    if (dialect->delimiter == '\r' || dialect->delimiter == '\n')
        return crunch_fail(error, CRUNCH_USAGE, "--delimiter may not be a line end");
    if (dialect->quoting && is_blank_or_end(dialect->quote))
        return crunch_fail(error, CRUNCH_USAGE, "--quote may not be a blank or a line end");
    if (dialect->quoting && dialect->quote == dialect->delimiter)
        return crunch_fail(error, CRUNCH_USAGE, "--quote and --delimiter are the same byte");
    if (is_blank_or_end(dialect->decimal) || is_number_byte(dialect->decimal))
        return crunch_fail(error, CRUNCH_USAGE,
                           "--decimal may not be a digit, a sign, an e or a blank");
    if (dialect->thousands && (is_number_byte(dialect->thousands) || dialect->thousands == '\r' ||
                               dialect->thousands == '\n'))
        return crunch_fail(error, CRUNCH_USAGE, "--thousands may not be a digit, a sign or an e");
    if (dialect->thousands == dialect->decimal)
        return crunch_fail(error, CRUNCH_USAGE, "--thousands and --decimal are the same byte");
    return CRUNCH_OK;
}

static bool is_dash(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

static enum crunch_code check_policies(const struct crunch_settings *settings,
                                       struct crunch_error *error)
{
    const struct crunch_job *job = &settings->job;
    bool fails = settings->on_error == CRUNCH_ON_ERROR_FAIL;
    if (fails && (job->rejects_path || job->max_errors != UINT64_MAX)) {
        crunch_fail(error, CRUNCH_USAGE, "%s needs --on-error=skip or --on-error=null",
                    job->rejects_path ? "--rejects" : "--max-errors");
        return CRUNCH_USAGE;
    }
    if (is_dash(job->rejects_path) || is_dash(settings->report_path))
        return crunch_fail(error, CRUNCH_USAGE,
                           "%s wants a file, for results go to standard output",
                           is_dash(job->rejects_path) ? "--rejects" : "--report");
    if (job->rejects_path && settings->output_path &&
        strcmp(job->rejects_path, settings->output_path) == 0)
        return crunch_fail(error, CRUNCH_USAGE, "--rejects and --output name the same file");
    if (settings->report_path &&
        ((settings->output_path && strcmp(settings->report_path, settings->output_path) == 0) ||
         (job->rejects_path && strcmp(settings->report_path, job->rejects_path) == 0)))
        return crunch_fail(error, CRUNCH_USAGE, "--report names a file that another option names");
    if (settings->jobs && settings->backend_option) {
        crunch_fail(error, CRUNCH_USAGE, "-j and --%s: choose one", settings->backend_option);
        crunch_hint(error, "-j N means --%s N", crunch_backends(&(size_t){0})[0]->name);
        return CRUNCH_USAGE;
    }
    if (settings->seed_given && settings->verify != CRUNCH_VERIFY_SAMPLE)
        return crunch_fail(error, CRUNCH_USAGE, "--seed needs --verify=sample");
    return CRUNCH_OK;
}

/* What the recoded text will look like, and whether there is such a recoding. */
static enum crunch_code finish_recoding(struct crunch_settings *settings,
                                        struct crunch_error *error)
{
    struct crunch_recoding *recoding = &settings->job.recoding;
    struct crunch_dialect *dialect = &settings->job.dialect;
    if (recoding->n_widths > 0 && settings->delimiter_given)
        return crunch_fail(error, CRUNCH_USAGE,
                           "--widths and --delimiter: columns of fixed width have no delimiter");
    if (recoding->n_widths > 0)
        dialect->delimiter = 0x1f; /* the unit separator of ASCII: not in texts */
    recoding->delimiter = dialect->delimiter;
    recoding->quoting = dialect->quoting;
    recoding->quote = dialect->quote;
    return crunch_recoding_check(recoding, error);
}

static void resolve_workers(struct crunch_settings *settings)
{
    size_t n_backends;
    const struct crunch_backend *const *backends = crunch_backends(&n_backends);
    if (!settings->job.backend)
        settings->job.backend = backends[0];
    if (settings->workers == 0) {
        struct crunch_cpus cpus;
        crunch_cpus_count(&cpus, "");
        settings->workers = cpus.usable;
    }
    settings->job.workers = (unsigned)settings->workers;
}

enum crunch_code crunch_settings_finish(struct crunch_settings *settings,
                                        struct crunch_error *error)
{
    struct crunch_dialect *dialect = &settings->job.dialect;
    dialect->header = (enum crunch_header)settings->header;
    dialect->on_error = (enum crunch_on_error)settings->on_error;
    dialect->nan = (enum crunch_nan)settings->nan;
    dialect->arith = (enum crunch_arith)settings->arith;
    settings->job.reading = (enum crunch_reading)settings->io;
    if (settings->job.reading > CRUNCH_READING_MMAP && !crunch_uring_is_built()) {
        crunch_fail(error, CRUNCH_IO, "--io=%s: this crunch was built without liburing",
                    settings->job.reading == CRUNCH_READING_URING ? "uring" : "direct");
        crunch_hint(error, "--io=pread reads the same bytes; or build it where liburing is");
        return CRUNCH_IO;
    }
    settings->job.verify = (enum crunch_verify)settings->verify;
    settings->job.columns = settings->columns;
    settings->job.by = settings->by;
    settings->job.where = settings->where.text;
    settings->job.n_where = settings->where.n;
    settings->job.maps = settings->maps.text;
    settings->job.n_maps = settings->maps.n;
    settings->job.order = (enum crunch_order)(settings->order % 3);
    settings->job.descending = settings->order >= 3;
    settings->to_stdout = is_dash(settings->output_path);
    if (settings->to_stdout)
        settings->output_path = NULL;
    enum crunch_code code = check_dialect(dialect, error);
    if (!code && dialect->columns > 0 && !dialect->type.kind)
        code = crunch_fail(error, CRUNCH_USAGE, "--columns needs --type");
    if (dialect->columns == 0)
        dialect->columns = 1;
    if (!code)
        code = check_policies(settings, error);
    if (!code)
        code = finish_recoding(settings, error);
    for (size_t i = 0; i < settings->n_operands && !code; i++)
        code =
            crunch_address_hide(&settings->job.fetching.addresses, &settings->operands[i], error);
    if (code)
        return code;
    resolve_workers(settings);
    if (settings->job.verify == CRUNCH_VERIFY_SAMPLE && !settings->seed_given &&
        getrandom(&settings->job.seed, sizeof settings->job.seed, 0) != sizeof settings->job.seed)
        settings->job.seed = (uint64_t)(uintptr_t)settings->operands;
    return CRUNCH_OK;
}

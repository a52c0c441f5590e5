/*
 * Owns the sentences about a reduction. When all is well and nothing was asked for, it says
 * nothing.
 */
#include "cmd/summary.h"
#include "io/files.h"
#include "io/number.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static bool is_empty(const struct crunch_table *table, const struct crunch_column *column)
{
    (void)table;
    return column->kind == CRUNCH_KIND_EMPTY;
}

static bool is_numeric(const struct crunch_table *table, const struct crunch_column *column)
{
    (void)table;
    return column->kind == CRUNCH_KIND_NUMBER;
}

/* First comes what the number grammar knows, but what makes no column numeric: nan, inf, a number
 * out of range. */
static bool is_nearly_numeric(const struct crunch_table *table, const struct crunch_column *column)
{
    char digits[CRUNCH_WIDE_DIGITS_MAX];
    struct crunch_number number;
    if (column->kind != CRUNCH_KIND_TEXT)
        return false;
    crunch_number_parse(&table->dialect, column->first, column->first_len, digits, &number);
    return number.class != CRUNCH_CELL_BAD || number.bad != CRUNCH_NOT_A_NUMBER;
}

/* Names of the columns wanted, "a, b and 3 more"; returns how many there are. */
static size_t list_columns(const struct crunch_table *table,
                           bool (*wanted)(const struct crunch_table *,
                                          const struct crunch_column *),
                           char *out, size_t size)
{
    size_t n = 0, used = 0, shown = 0;
    out[0] = '\0';
    for (size_t i = 0; i < table->width; i++) {
        char index_text[24], name[60];
        if (!wanted(table, &table->columns[i]))
            continue;
        n++;
        struct crunch_field field = crunch_column_name(table, i, index_text);
        crunch_quote_text(name, sizeof name, field.text, field.len);
        if (used + strlen(name) + 24 >= size)
            continue;
        used += (size_t)snprintf(out + used, size - used, "%s%s", n > 1 ? ", " : "", name);
        shown++;
    }
    if (shown < n)
        snprintf(out + used, size - used, " and %zu more", n - shown);
    return n;
}

void crunch_warn_about_table(const struct crunch_reduction *reduction)
{
    const struct crunch_table *table = reduction->table;
    struct crunch_teller *teller = reduction->invocation->teller;
    char names[300];
    if (table->doubtful)
        crunch_tell_warning(teller, "record 1 is taken as data, though it has text in it; "
                                    "--header=yes makes it a header, -n says it is none");
    if (reduction->plan.chosen || teller->quiet)
        return;
    if (reduction->job.n_ops == 1 && strcmp(reduction->job.ops[0]->name, "count") == 0)
        return;                                   /* of records */
    const bool every = reduction->job.every_kind; /* all are there, but not as numbers */
    size_t n = list_columns(table, is_empty, names, sizeof names);
    if (n > 0 && !every)
        crunch_tell_warning(teller,
                            "left out, having no value in the first %d records: %s; "
                            "choose with -c to have %s",
                            CRUNCH_PROBE_RECORDS, names, n == 1 ? "it" : "them");
    n = list_columns(table, is_nearly_numeric, names, sizeof names);
    if (n > 0 && every)
        crunch_tell_warning(teller,
                            "taken as text, for the first value is nan, inf or out of range: %s; "
                            "an operation with -c takes %s as numbers",
                            names, n == 1 ? "it" : "them");
    else if (n > 0)
        crunch_tell_warning(teller,
                            "left out, for the first value is nan, inf or out of range: %s; "
                            "choose with -c to have %s",
                            names, n == 1 ? "it" : "them");
}

static const char *byte_name(unsigned char c, char out[8])
{
    if (c == '\t')
        return "tab";
    if (c == ' ')
        return "space";
    if (c > 0x20 && c < 0x7F)
        snprintf(out, 8, "%c", c);
    else
        snprintf(out, 8, "\\x%02X", c);
    return out;
}

static void tell_packing(const struct crunch_reduction *reduction)
{
    struct crunch_teller *teller = reduction->invocation->teller;
    const char *packing = crunch_source_packing(reduction->source);
    size_t parts;
    crunch_source_parts(reduction->source, &parts);
    if (packing && parts > 0)
        crunch_tell(teller, "%s in %zu parts%s, unpacked by the workers", packing, parts,
                    crunch_source_seek_table(reduction->source) == CRUNCH_SEEK_USED
                        ? " by its seek table"
                        : "");
    else if (packing)
        crunch_tell(teller,
                    "%s without parts, unpacked by one reader; `crunch compress` makes parts",
                    packing);
}

static void tell_fetching(const struct crunch_reduction *reduction)
{
    struct crunch_teller *teller = reduction->invocation->teller;
    const struct crunch_files *files = crunch_source_files(reduction->source);
    unsigned jobs = reduction->job.fetching.jobs;
    switch (crunch_source_fetch_way(reduction->source)) {
    case CRUNCH_FETCH_PIECES:
        crunch_tell(teller, "fetched in pieces, up to %u at once", jobs);
        break;
    case CRUNCH_FETCH_LINE:
        crunch_tell(teller, "fetched over one connection, gone on with where it breaks");
        break;
    case CRUNCH_FETCH_ONCE:
        crunch_tell(teller, "fetched over one connection; where it breaks the server gives no "
                            "means to go on");
        break;
    default:
        break;
    }
    if (files && files->n_remote > 0)
        crunch_tell(teller, "%zu of %zu inputs fetched, by up to %u requests at once",
                    files->n_remote, files->n, jobs);
}

static void tell_form(struct crunch_teller *teller, const struct crunch_table *table)
{
    char delimiter[8], quote[8], type[CRUNCH_TYPE_TEXT];
    const char *plural = table->width == 1 ? "" : "s";
    if (table->binary.type.kind) {
        crunch_type_text(&table->binary.type, type);
        crunch_tell(teller, "numbers of type %s, %zu column%s, data from byte %" PRIu64, type,
                    table->width, plural, table->data_offset);
        return;
    }
    crunch_tell(teller, "%s, %zu column%s, delimiter %s, quote %s%s, data from line %" PRIu64,
                table->has_header ? "header" : "no header", table->width, plural,
                byte_name(table->dialect.delimiter, delimiter),
                table->dialect.quoting ? byte_name(table->dialect.quote, quote) : "none",
                table->bom ? ", byte order mark" : "", table->data_line);
}

void crunch_tell_plan(const struct crunch_reduction *reduction)
{
    struct crunch_teller *teller = reduction->invocation->teller;
    const struct crunch_table *table = reduction->table;
    const struct crunch_job *job = &reduction->job;
    char names[300], bytes[24];
    if (!teller->verbose)
        return;
    tell_form(teller, table);
    if (list_columns(table, is_numeric, names, sizeof names) > 0)
        crunch_tell(teller, "numeric columns: %s", names);
    crunch_tell(
        teller, "%s: %u worker%s asked for, %u usable CPU%s of %u%s; instruction set %s",
        job->backend->name, job->workers, job->workers == 1 ? "" : "s", reduction->cpus.usable,
        reduction->cpus.usable == 1 ? "" : "s", reduction->cpus.online,
        job->workers > reduction->cpus.usable ? " (oversubscribed)" : "", crunch_simd_name());
    tell_packing(reduction);
    tell_fetching(reduction);
    crunch_tell(teller, "chunks of %s",
                job->chunk_bytes ? crunch_bytes_text((double)job->chunk_bytes, bytes)
                                 : "a size chosen by that of the input, smaller towards its end");
}

static void tell_bad(const struct crunch_reduction *reduction)
{
    struct crunch_teller *teller = reduction->invocation->teller;
    uint64_t bad = reduction->result.bad;
    if (bad == 0)
        return;
    if (reduction->job.dialect.on_error == CRUNCH_ON_ERROR_SKIP)
        crunch_tell(teller, "%" PRIu64 " bad record%s left out (--on-error=skip)", bad,
                    bad == 1 ? "" : "s");
    else
        crunch_tell(teller, "%" PRIu64 " piece%s of bad data taken as missing (--on-error=null)",
                    bad, bad == 1 ? "" : "s");
}

void crunch_tell_run(const struct crunch_reduction *reduction)
{
    const struct crunch_run_result *result = &reduction->result;
    struct crunch_teller *teller = reduction->invocation->teller;
    char bytes[24], rate[24];
    tell_bad(reduction);
    if (!teller->verbose)
        return;
    double speed = result->elapsed_s > 0 ? (double)result->bytes / result->elapsed_s : 0;
    crunch_tell(teller,
                "%" PRIu64 " records, %s in %.3f s (%s/s): %u worker%s, %" PRIu64
                " chunk%s, redone %" PRIu64 " for their boundary, %" PRIu64 " for a lost worker",
                result->records, crunch_bytes_text((double)result->bytes, bytes), result->elapsed_s,
                crunch_bytes_text(speed, rate), result->workers, result->workers == 1 ? "" : "s",
                result->chunks, result->chunks == 1 ? "" : "s", result->redone_guesses,
                result->redone_lost);
    if (result->n_notes > CRUNCH_NOTES_MAX)
        crunch_tell(teller, "%zu notes, of which the last are not kept", result->n_notes);
}

static const char *seconds_text(double seconds, char out[24])
{
    if (seconds < 0.1)
        snprintf(out, 24, "%.3g ms", seconds * 1e3);
    else
        snprintf(out, 24, "%.3f s", seconds);
    return out;
}

void crunch_tell_verdict(const struct crunch_reduction *reduction)
{
    const struct crunch_verdict *verdict = &reduction->verdict;
    const struct crunch_run_result *result = &reduction->result;
    const struct crunch_plan *plan = &reduction->plan;
    struct crunch_teller *teller = reduction->invocation->teller;
    size_t columns = plan->records_only ? 0 : plan->n_columns;
    char parallel[24], sequential[24], reference[24];
    if (verdict->sampled)
        crunch_tell(teller,
                    "verify: identical in the sample: %" PRIu64 " of %" PRIu64 " chunks (%" PRIu64
                    " bytes), seed %" PRIu64,
                    verdict->sampled_chunks, verdict->total_chunks, verdict->sampled_bytes,
                    verdict->seed);
    else
        crunch_tell(teller,
                    "verify: identical: %" PRIu64 " records, exact states of %zu column%s and "
                    "their printed digits, against %sGMP",
                    result->records, columns, columns == 1 ? "" : "s",
                    plan->table->binary.type.kind ? "" : "libcsv and ");
    if (verdict->in_full)
        crunch_tell(teller, "verify: in full, not by sample: %s", verdict->in_full);
    crunch_tell(teller, "verify: %s%s %s with %u worker%s, sequential %s, reference %s",
                verdict->warm ? "" : "(cold) ", plan->job->backend->name,
                seconds_text(verdict->parallel_s, parallel), result->workers,
                result->workers == 1 ? "" : "s", seconds_text(verdict->sequential_s, sequential),
                seconds_text(verdict->reference_s, reference));
    char serial[40] = "";
    if (isfinite(verdict->karp_flatt))
        snprintf(serial, sizeof serial, ", serial fraction %.3f (Karp-Flatt)", verdict->karp_flatt);
    crunch_tell(teller, "verify: speedup %.2f; efficiency %.0f%% of workers, %.0f%% of CPUs%s",
                verdict->speedup, verdict->efficiency_workers * 100, verdict->efficiency_cpus * 100,
                serial);
}

/*
 * Owns the manual page. The tables give what they hold; the prose here says what no table does:
 * what exact means, and what the environment and the signals do.
 */
#include "cmd/manual.h"
#include "cmd/commands.h"
#include "cmd/help.h"
#include "cmd/manual_expressions.h"
#include "cmd/options.h"

#include <string.h>

/* Text for roff: hyphens stay hyphens, backslashes are printed, no line starts a request. */
static void write_text(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text; text++) {
        if (*text == '-')
            fputs("\\-", out);
        else if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '"')
            fputs("\\(dq", out);
        else if (*text == '\'')
            fputs("\\(aq", out);
        else
            putc(*text, out);
    }
}

static void write_item(FILE *out, const char *name, const char *text)
{
    fputs(".TP\n.B ", out);
    write_text(out, name);
    putc('\n', out);
    write_text(out, text);
    putc('\n', out);
}

static void write_option(FILE *out, const struct crunch_option *option)
{
    fputs(".TP\n\\fB", out);
    if (option->letter)
        fprintf(out, "\\-%c", option->letter);
    if (option->name) {
        fputs(option->letter ? "\\fR, \\fB\\-\\-" : "\\-\\-", out);
        write_text(out, option->name);
    }
    fputs("\\fR", out);
    if (option->takes) {
        fputs(option->takes == CRUNCH_ARGUMENT ? " \\fI" : "[=\\fI", out);
        write_text(out, option->argument);
        fputs(option->takes == CRUNCH_ARGUMENT ? "\\fR" : "\\fR]", out);
    }
    putc('\n', out);
    write_text(out, option->help);
    if (option->fallback) {
        fputs(". Default: ", out);
        write_text(out, option->fallback);
    }
    fputs(".\n", out);
}

static const char opening[] =
    ".SH SYNOPSIS\n"
    ".B crunch\n\\fIOP\\fR[,\\fIOP\\fR...] [\\fIFILE\\fR...] [\\fIoptions\\fR]\n.br\n"
    ".B crunch\n\\fICOMMAND\\fR [\\fIoperands\\fR] [\\fIoptions\\fR]\n"
    ".SH DESCRIPTION\n"
    ".B crunch\n"
    "reduces the columns of CSV files and of binary numbers in parallel: sums, moments, quantiles, "
    "counts, pairs of columns, groups; it filters and computes columns. The answer is exact. "
    "The value of a cell is the decimal number as it is written, with all its digits; sums are "
    "exact; "
    "a result is rounded at most once, when it is printed. It is the same to the byte on one "
    "worker or "
    "on many, on threads or processes, at any chunk size.\n.PP\n"
    "Without\n.IR FILE ,\nor with \\-, standard input is read; a\n.I FILE\nmay be a URL. "
    "What cannot be read as a number is an error with its line and column, unless\n.B "
    "\\-\\-on\\-error\n"
    "says otherwise. Results go to standard output, everything else to standard error.\n";

static const char input[] =
    ".SH INPUT\n"
    ".SS Several files\n"
    "are one input, in the order in which they are named. Each has its own header: columns are "
    "found "
    "by the names in that of the first, wherever they stand; one that is missing is an error. "
    "Without headers columns are the same by number. Forms may be mixed. A FILE with * ? or [ in "
    "its name that is no file is a pattern; \\-\\-files\\-from reads names from a list.\n"
    ".SS Packed files\n"
    "zstd and gzip are recognised by their content, in a file or a pipe, and unpacked on the way; "
    "places in messages are those of the unpacked text. A file of many zstd frames, as\n"
    ".B crunch compress\nwrites it, or of BGZF blocks is unpacked by all workers, any other by one "
    "reader ahead of them. Checksums are verified: what is damaged, cut short or followed by "
    "something else is an error (exit 3). crunch compress keeps each FILE and writes FILE.zst, as "
    "zstd "
    "does (in place of .gz, .zst, ... at the end of the name), but never over a file that exists "
    "without \\-\\-force; \\-o names one file for one FILE, \\-o \\- standard output, where also "
    "what "
    "comes from there goes. The first FILE that fails is the last. Other formats are refused with "
    "the command that unpacks "
    "them.\n"
    ".SS Ways to read\n"
    "All of them give the same bytes and the same errors.\n.BR \\-\\-io=auto\n"
    "looks at the page cache: what it has is mapped, small files are copied; what it has not is "
    "read "
    "ahead by io_uring, so that disk and workers do not wait for one another, and past the page "
    "cache (O_DIRECT) where a file is larger than the memory that is free.\n.B \\-\\-io=direct\n"
    "does that with any file, for one that is read once: less work for the CPUs, but the next run "
    "finds nothing in the cache. Where the kernel or the file system refuses, pread is used, and\n"
    ".B \\-v\ntells. Packed files and pipes are read as they come. With \\-\\-mem\\-limit auto "
    "takes "
    "no memory (4 MiB for each worker) to read ahead into.\n"
    ".SS URLs\n"
    "An argument that begins with http:// or https:// is fetched, and read while it comes, without "
    "a temporary file (but under\n.BR \\-\\-verify ).\n"
    "Several URLs are fetched at once, and so are several pieces of a large one, where the server "
    "gives ranges and says by a strong ETag (or a Last\\-Modified that is long past) what they are "
    "of:\n.B \\-\\-fetch\\-jobs\nrequests at a time, each for 4 MiB at most. A connection that "
    "breaks or falls silent\n.RB ( \\-\\-fetch\\-timeout ),\n"
    "and a status 408, 425, 429, 500, 502, 503 or 504, is tried again after a random wait that "
    "doubles with every failure, and goes on where it broke,\n.B \\-\\-fetch\\-retries\n"
    "times without a byte in between. An object that changes meanwhile, is shorter than was said, "
    "or "
    "whose end cannot be told from a broken connection is an error (exit 3), and so is a server "
    "whose certificate is not trusted. At most ten redirects are followed, never from https to "
    "http. Objects are unpacked as files are. A user name and password come from the URL or "
    "from ~/.netrc; they, and the values of parameters like token and signature, are shown as *** "
    "in messages and reports.\n"
    ".SS Records\n"
    "CSV as most programs write it: a cell may stand in quotes, a quote inside doubled, and then "
    "hold delimiters and line ends. LF, CRLF and a lone CR end lines; blank lines are no records. "
    "A quote inside an unquoted cell is text; text after a closing quote opens it again. Spaces "
    "and "
    "tabs around an unquoted cell do not count, nor those inside the quotes around a number or a "
    "null token. A UTF\\-8 byte order mark is skipped; UTF\\-16 and UTF\\-32 are refused "
    "unless \\-\\-encoding names them. All "
    "records have as many fields as the first one; more at the end are fine if they are empty.\n"
    ".SS Other text\n"
    "What is not UTF\\-8 is recoded on the way in: \\-\\-encoding takes any name that iconv knows; "
    "bytes "
    "that are nothing in it are an error (exit 3).\n.B \\-d blanks\n"
    "takes each run of spaces and tabs between cells as one delimiter and drops those at both ends "
    "of a line.\n.B \\-\\-widths 8,12,5\ncuts each line after so many characters (not bytes); "
    "blanks "
    "around a cell are dropped, a line that ends early has empty cells, and what stands behind "
    "the last column is a cell too many. Such text is read by one reader, and places in messages "
    "are those of the recoded text, but for its lines.\n"
    ".SS Binary numbers\n"
    "A .npy file is recognised by its content: an array of one or two dimensions, in C or Fortran "
    "order, of integers, truth values or floating point numbers, either byte order. A row is a "
    "record, "
    "and each number of an array of one dimension; columns have no names and go by number (\\-c "
    "1). "
    "\\-\\-type reads bare numbers, of little endian unless :be follows, \\-\\-columns of them to "
    "a record. "
    "Floating point numbers are summed as exactly as text is: each is the number that its bits "
    "say; "
    "nan and inf are what they are in text. A file that ends within a number or an array, or goes "
    "on "
    "behind it, is an error (exit 3).\n.PP\n"
    ".B crunch convert\nwrites the numeric columns of text, or those of \\-c, to the .npy file "
    "that "
    "\\-o names, as f64 or what \\-\\-to says; with integers a number that does not fit, or a "
    "missing one, is "
    "an error, with floating point numbers a missing one is nan. From binary input it writes CSV "
    "without a header.\n"
    ".SS Header and columns\n"
    "Record 1 is a header if some column has text in it and a number as the first value among the "
    "next 1000 records; or if no column is numeric and its cells are distinct and not empty. "
    "Without "
    "\\-c, a column is numeric if its first value in those records is a number; nan and inf do not "
    "make it one.\n"
    ".B crunch columns\nshows what was decided. In the list of \\-c, a name with a comma stands in "
    "double quotes; a name that occurs twice is chosen by index.\n"
    ".SS Numbers\n"
    "Digits with an optional sign, point and exponent (12, \\-0.5, .5, 1e\\-3), and nan, inf, "
    "infinity "
    "in any case; nothing else. A number with a digit below 1e\\-1100 or above the largest double "
    "is "
    "out of range, which is bad data and never inf or 0. A cell is missing if it is empty, quoted "
    "or not, or a token that \\-\\-null names; missing cells are counted apart and are no values. "
    "Infinities follow IEEE arithmetic: inf \\- inf is nan, and so is a variance with inf.\n"
    ".B count\nand\n.B missing\nalone look at no numbers: any text counts as a value.\n";

static const char meaning[] =
    ".SH RESULTS\n"
    "One row per column, one field per operation, below a line of titles: aligned on a terminal, "
    "separated by tabs elsewhere. One operation on exactly one column chosen by \\-c, or on an "
    "input "
    "that has one column, gives the bare value and a newline, unless \\-\\-format asks for a "
    "table.\n"
    ".B count\nwithout \\-c counts records, in a row named *. A column without a name goes by its "
    "index.\n.PP\n"
    "Without \\-c operations are of every column when none of them asks for numbers (distinct, "
    "freq, top, first, last, missing), else of those columns whose first value is a number.\n.PP\n"
    "With \\-g there is a row per group instead: the texts of the columns named, as they stand in "
    "the header, then a field COLUMN_OPERATION for each column and operation; \n.B count\nwithout "
    "\\-c is the number of the group's records, in one field. Rows whose keys are the same bytes "
    "are a group; an empty or missing key is a key like others. Groups stand in the bytewise order "
    "of their keys, column by column, or as \\-\\-order says: by their first record, or by the "
    "first "
    "result (texts by their bytes), ties by key, those without one at the end. Under "
    "\\-\\-mem\\-limit what does not fit "
    "is "
    "kept compressed in \\-\\-tmpdir meanwhile, in files without a name.\n.PP\n"
    "All operations work in groups. What is of two columns (cov, corr, slope, ...) gives a field "
    "X_Y_OPERATION for each pair; linreg gives its fields slope, intercept, slope_se, "
    "intercept_se, "
    "r2, residual_sd and rows, with several predictors X_slope and X_slope_se for each of them. "
    "Where a group does not determine the coefficients (too few rows, columns that depend on each "
    "other) they are empty; a warning counts the latter, which are an error without groups. freq, "
    "top and hist give as "
    "many rows for a group as they have by themselves, value, count and share or from, to and "
    "count, behind the keys (and behind the column, of several); shares are of the group, equal "
    "bins of hist those of all groups together. stats has its operations for each column, those on "
    "numbers for columns of numbers. \\-\\-report holds the first 1,000 rows of groups, and how "
    "many "
    "groups and rows there are.\n.PP\n"
    "\\-\\-by\\-file makes groups of files: in front of the keys stands a column called file, the "
    "operand as it was given (standard input is \\-). Files keep the order of the command line. "
    "One "
    "without records that pass has no row; one that is named twice has two.\n.PP\n"
    "Integer sums and values copied from the input are printed with all their digits, other sums "
    "and "
    "ranges when these are at most 38; everything else as the shortest decimal that reads back as "
    "the correctly rounded double, or beyond the range of normal doubles with 17 digits. "
    "\\-\\-precision N rounds every value but counts and record numbers to N significant digits. "
    "In JSON, nan, inf "
    "and missing results are null; text that is not "
    "UTF\\-8 "
    "is refused, or under \\-\\-json\\-bytes=escape its bytes are written as \\exNN.\n.PP\n"
    "Results appear only when everything asked for has succeeded. A file named by \\-o is written "
    "aside "
    "and renamed when it is whole; devices and FIFOs are written directly.\n"
    ".PP\nOn a terminal tables are as wide as it is: stats shows a small histogram of each column "
    "of "
    "numbers and rounds to six digits, hist draws bars, corr and cov are a matrix. In a pipe, or "
    "with \\-f csv, tsv or json, all digits are there.\n"
    ".SH VERIFICATION\n"
    "\\-\\-verify does the job once more by the reference, sequentially, with libcsv and GMP, "
    "which "
    "shares neither parser nor arithmetic with the run. Compared are the number of records, the "
    "exact "
    "contents (each sum as an integer times a power of ten) and the printed digits. Where they "
    "differ, both are shown, no result is written and the exit status is 6. The speedup that is "
    "told "
    "is that over the same program on one worker, not over the reference. \\-\\-verify=sample "
    "checks a random "
    "tenth of the chunks (\\-\\-seed repeats the choice). Pipes are copied to \\-\\-tmpdir first.\n"
    ".SH BAD DATA\n"
    "A cell that is looked at and is no number, a record with too few or too many fields, a quote "
    "that "
    "is not closed, a NUL byte. By default the first one in the file ends the run, whatever ran "
    "where, "
    "with its line, column, record and byte. A count of what was let pass is always reported. "
    "\\-\\-rejects writes CSV with the columns file, line, column_in_line, record, byte, field, "
    "name, "
    "reason, cell, text.\n";

static const char closing[] =
    ".SH ENVIRONMENT\n"
    ".TP\n.B CRUNCH_SIMD\nscalar, avx2 or avx512: the instruction set to use. Default: the best "
    "there is.\n"
    ".TP\n.B NO_COLOR\nIf not empty, no colour in messages.\n"
    ".TP\n.BR http_proxy ,\\ https_proxy ,\\ all_proxy ,\\ no_proxy\n"
    "Proxies for URLs, as libcurl reads them.\n"
    ".TP\n.BR CURL_CA_BUNDLE ,\\ SSL_CERT_FILE\nA file of certificates to trust instead of the "
    "system's.\n"
    ".TP\n.B TMPDIR\nFolder of temporary files, unless \\-\\-tmpdir names one.\n"
    ".SH EXAMPLES\n"
    ".EX\n"
    "total=$(crunch sum \\-c price sales.csv)\n"
    "crunch sum,mean,max \\-c price,qty sales.csv\n"
    "crunch sumsq big.csv \\-\\-procs 8 \\-\\-verify\n"
    "crunch stats sales.csv \\-\\-json\n"
    "crunch sum \\-m 'price * qty' \\-w 'city == \"Oslo\"' sales.csv\n"
    "crunch map \\-\\-keep 'total = price * qty' sales.csv \\-o totals.csv\n"
    "crunch median,p99 \\-c price \\-\\-by\\-file 'sales/*.csv.zst'\n"
    "crunch min,mean,max \\-g city \\-c temp \\-\\-order=value:desc weather.csv\n"
    "crunch sum \\-c price https://example.org/sales.csv.gz\n"
    "crunch convert sales.csv \\-c price,qty \\-o sales.npy\n"
    "crunch sum \\-\\-type f32:be \\-\\-columns 3 raw.bin\n"
    "zcat sales.csv.gz | crunch mean \\-c price \\-\\-on\\-error=skip \\-\\-rejects bad.csv\n"
    ".EE\n";

static enum crunch_code manual(FILE *out, const void *context,
                               const struct crunch_invocation *invocation)
{
    struct crunch_option option;
    size_t n;
    char title[80];
    (void)context, (void)invocation;
    fprintf(out,
            ".TH CRUNCH 1 \"\" \"crunch %s\" \"User Commands\"\n"
            ".SH NAME\ncrunch \\- parallel, exact reduction of CSV files and binary numbers\n%s",
            CRUNCH_VERSION, opening);
    const struct crunch_op *op;
    fputs(".SH OPERATIONS\n", out);
    for (size_t i = 0; (op = crunch_op_at(i)) != NULL; i++) {
        write_item(out, op->name, op->help);
        if (op->detail && op->detail[0]) {
            fputs(".br\n", out);
            write_text(out, op->detail);
            putc('\n', out);
        }
    }
    const struct crunch_command *commands = crunch_commands(&n);
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; i < n; i++) {
        snprintf(title, sizeof title, "%s %s", commands[i].name, commands[i].operands);
        write_item(out, title, commands[i].help);
    }
    fputs(".SH OPTIONS\n", out);
    for (int group = 0; group < CRUNCH_N_GROUPS; group++) {
        fprintf(out, ".SS %s\n", crunch_group_titles[group]);
        for (size_t i = 0; crunch_option_at(i, &option); i++)
            if ((int)option.group == group)
                write_option(out, &option);
    }
    const struct crunch_status_row *rows = crunch_status_rows(&n);
    fputs(input, out);
    fputs(crunch_manual_expressions, out);
    fputs(meaning, out);
    fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; i < n; i++)
        write_item(out, rows[i].status, rows[i].meaning);
    fputs(closing, out);
    return CRUNCH_OK;
}

enum crunch_code crunch_show_manual(const struct crunch_invocation *invocation)
{
    return crunch_write_out(invocation, manual, NULL);
}

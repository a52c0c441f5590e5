/* What fetching decides without a network: which names are URLs and what of them is shown, what a
 * response's head says, how large pieces are and how long a back-off is. */
#include "io/fetch.h"
#include "io/response.h"
#include "io/url.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

Test(url, is_told_by_its_scheme)
{
    cr_assert(crunch_url_is("http://a/b"));
    cr_assert(crunch_url_is("HTTPS://a"));
    cr_assert(crunch_url_is_https("Https://a"));
    cr_assert_not(crunch_url_is_https("http://a"));
    cr_assert_not(crunch_url_is("http:/a"));
    cr_assert_not(crunch_url_is("file:///etc/passwd"));
    cr_assert_not(crunch_url_is("data/http://a"));
    cr_assert_not(crunch_url_is(""));
    cr_assert_eq(crunch_url_scheme("s3://bucket/key"), 2);
    cr_assert_eq(crunch_url_scheme("://x"), 0);
    cr_assert_eq(crunch_url_scheme("a.csv"), 0);
}

static void check_shown(const char *url, const char *shown)
{
    char *got = crunch_url_redact(url);

    cr_assert_str_eq(got, shown, "%s is shown as %s", url, got);
    free(got);
}

Test(url, secrets_are_not_shown)
{
    check_shown("http://host/a.csv", "http://host/a.csv");
    check_shown("https://me:s3cret@host:8080/a", "https://***@host:8080/a");
    check_shown("https://me@host", "https://***@host");
    check_shown("https://me:p@ss@host/x", "https://***@host/x"); /* the last @ counts */
    check_shown("http://host/a@b?c=d@e", "http://host/a@b?c=d@e");
    check_shown("http://host?token=t&a=1", "http://host?token=***&a=1");
    check_shown("http://host/?a=1&X-Amz-Signature=00ff&X-Amz-Date=x#top",
                "http://host/?a=1&X-Amz-Signature=***&X-Amz-Date=x#top");
    check_shown("http://h/?sig=;key=k;sig", "http://h/?sig=***;key=***;sig");
    check_shown("http://h/#token=t", "http://h/#token=t");
    check_shown("http://h/?sig=a&sig=b&sig=c&sig=d", "http://h/?sig=***&sig=***&sig=***&sig=***");
    check_shown("http://h/?", "http://h/?");
}

Test(url, origins_are_compared)
{
    cr_assert(crunch_url_same_origin("http://Host/a", "http://host:80/b?c"));
    cr_assert(crunch_url_same_origin("https://host:443", "https://u:p@HOST/"));
    cr_assert(crunch_url_same_origin("http://host:/", "http://host"));
    cr_assert_not(crunch_url_same_origin("http://host", "https://host"));
    cr_assert_not(crunch_url_same_origin("http://host", "http://host:443"));
    cr_assert_not(crunch_url_same_origin("http://host", "http://host.evil"));
    cr_assert_not(crunch_url_same_origin("http://host", "http://host@evil"));
    cr_assert_not(crunch_url_same_origin("http://host", "http://evil/host"));
}

Test(fetch, an_address_is_found_by_what_stands_for_it)
{
    const char shown[] = "http://***@a/b", alike[] = "http://***@a/b";
    const struct crunch_address second = {NULL, alike, "http://u2@a/b"};
    const struct crunch_address first = {&second, shown, "http://u1@a/b"};
    const struct crunch_fetching fetching = {.addresses = &first};

    cr_assert_str_eq(crunch_fetching_url(&fetching, shown), "http://u1@a/b");
    cr_assert_str_eq(crunch_fetching_url(&fetching, alike), "http://u2@a/b");
    cr_assert_str_eq(crunch_fetching_url(&fetching, "http://x"), "http://x");
}

/* Pieces follow each other without end, grow, and are bounded. */
Test(fetch, pieces_grow_from_small_to_large)
{
    uint64_t offset = 0, before = 0;

    for (int i = 0; i < 100; i++) {
        uint64_t len = crunch_fetch_piece(offset, UINT64_MAX);

        cr_assert_geq(len, CRUNCH_FETCH_FIRST);
        cr_assert_leq(len, CRUNCH_FETCH_MOST);
        cr_assert_geq(len, before);
        before = len;
        offset += len;
    }
    cr_assert_eq(crunch_fetch_piece(0, UINT64_MAX), CRUNCH_FETCH_FIRST);
    cr_assert_eq(before, CRUNCH_FETCH_MOST);
    cr_assert_eq(crunch_fetch_piece(UINT64_MAX, UINT64_MAX), CRUNCH_FETCH_MOST);
    cr_assert_eq(crunch_fetch_piece(UINT64_MAX, 0), CRUNCH_FETCH_FIRST);
    cr_assert_eq(crunch_fetch_piece(1 << 20, 1 << 20), 1 << 19);
}

/* Full jitter: every wait from 0 to the bound comes up, none above it, and the bound doubles. */
Test(fetch, back_off_doubles_and_is_bounded)
{
    for (unsigned failures = 1; failures < 40; failures++) {
        uint64_t bound = failures > 8 ? 30000 : (uint64_t)250 << (failures - 1);

        bound = bound > 30000 ? 30000 : bound;
        cr_assert_eq(crunch_fetch_backoff_ms(failures, 0, 0), 0);
        cr_assert_eq(crunch_fetch_backoff_ms(failures, bound, 0), bound);
        cr_assert_eq(crunch_fetch_backoff_ms(failures, bound + 1, 0), 0);
        cr_assert_leq(crunch_fetch_backoff_ms(failures, UINT64_MAX, 0), bound);
    }
    cr_assert_eq(crunch_fetch_backoff_ms(1, 100, 2), 2000);
    cr_assert_eq(crunch_fetch_backoff_ms(1, 100, 86400), 60000);
}

static void read_head(struct crunch_response *r, const char *text)
{
    memset(r, 0xff, sizeof *r);
    while (*text) {
        size_t len = strcspn(text, "\n") + 1;

        crunch_response_line(r, text, len);
        text += len;
    }
}

Test(response, says_what_it_is_of)
{
    struct crunch_response r;

    read_head(&r, "HTTP/1.1 100 Continue\r\nETag: \"old\"\r\n\r\n"
                  "HTTP/1.1 206 Partial Content\r\ncontent-length: 100\r\n"
                  "CONTENT-RANGE:bytes 100-199/1234 \r\nAccept-Ranges: bytes\r\n"
                  "ETag: \"x\"\r\nContent-Encoding: GZip\r\nRetry-After: 7\r\n\r\n");
    cr_assert_eq(r.status, 206);
    cr_assert_str_eq(r.reason, "Partial Content");
    cr_assert_eq(r.length, 100);
    cr_assert(r.has_range && r.accepts_ranges && r.old && !r.chunked);
    cr_assert_eq(r.begin, 100);
    cr_assert_eq(r.end, 200);
    cr_assert_eq(r.total, 1234);
    cr_assert_str_eq(r.etag, "\"x\"");
    cr_assert_str_eq(r.encoding, "gzip");
    cr_assert_eq(r.retry_after_s, 7);

    read_head(&r, "HTTP/2 200\r\nTransfer-Encoding: gzip, chunked\r\n"
                  "Content-Encoding: identity\r\nAccept-Ranges: none\r\n\r\n");
    cr_assert_eq(r.status, 200);
    cr_assert_str_eq(r.reason, "");
    cr_assert(r.chunked && !r.old && !r.has_range && !r.accepts_ranges);
    cr_assert_eq(r.length, CRUNCH_RESPONSE_UNKNOWN);
    cr_assert_str_eq(r.encoding, "");
}

static bool has_range(const char *value)
{
    struct crunch_response r;
    char line[200] = "Content-Range: ";

    read_head(&r, "HTTP/1.1 206 x\n");
    strcat(line, value);
    crunch_response_line(&r, line, strlen(line));
    return r.has_range;
}

Test(response, ranges_that_make_no_sense_are_none)
{
    cr_assert(has_range("bytes 0-0/1"));
    cr_assert(has_range("bytes 5-9/*"));
    cr_assert(has_range("bytes */77"));
    cr_assert_not(has_range("bytes 9-5/10"));
    cr_assert_not(has_range("bytes 0-10/10"));
    cr_assert_not(has_range("bytes 0-9"));
    cr_assert_not(has_range("bytes -9/10"));
    cr_assert_not(has_range("lines 0-9/10"));
    cr_assert_not(has_range("bytes 0-9/10x"));
    cr_assert_not(has_range("bytes 0-99999999999999999999/10"));
}

static const char *validator(struct crunch_response *r, const char *etag, long modified_s_ago)
{
    const time_t date = 1700000000, modified = date - modified_s_ago;
    char line[100];

    read_head(r, "HTTP/1.1 200 OK\nDate: Tue, 14 Nov 2023 22:13:20 GMT\n");
    strftime(line, sizeof line, "Last-Modified: %a, %d %b %Y %H:%M:%S GMT", gmtime(&modified));
    if (modified_s_ago >= 0)
        crunch_response_line(r, line, strlen(line));
    strcpy(line, "ETag: ");
    strcat(line, etag);
    if (*etag)
        crunch_response_line(r, line, strlen(line));
    return crunch_response_validator(r);
}

Test(response, only_a_strong_validator_identifies)
{
    struct crunch_response r;

    cr_assert_str_eq(validator(&r, "\"a\"", 5), "\"a\"");
    cr_assert_null(validator(&r, "W/\"a\"", -1));
    cr_assert_null(validator(&r, "", -1));
    cr_assert_null(validator(&r, "", 59));
    cr_assert_str_eq(validator(&r, "", 60), "Tue, 14 Nov 2023 22:12:20 GMT");
    cr_assert_str_eq(validator(&r, "W/\"a\"", 3600), "Tue, 14 Nov 2023 21:13:20 GMT");
}

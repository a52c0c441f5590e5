/*
 * Filling the error struct. Nothing here allocates, so it works when memory has run out and in
 * memory shared between processes. Where a text does not fit it is cut, never overrun.
 */
#include "io/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void clear(struct crunch_error *error, enum crunch_code code)
{
    memset(error, 0, sizeof *error);
    error->code = code;
}

enum crunch_code crunch_fail(struct crunch_error *error, enum crunch_code code, const char *format,
                             ...)
{
    if (error) {
        va_list arguments;
        clear(error, code);
        va_start(arguments, format);
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return code;
}

enum crunch_code crunch_fail_errno(struct crunch_error *error, enum crunch_code code,
                                   int error_number, const char *format, ...)
{
    if (error) {
        va_list arguments;
        clear(error, code);
        error->system_errno = error_number;
        va_start(arguments, format);
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
        size_t used = strlen(error->message);
        snprintf(error->message + used, sizeof error->message - used, ": %s",
                 strerror(error_number));
    }
    return code;
}

void crunch_hint(struct crunch_error *error, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->hint, sizeof error->hint, format, arguments);
        va_end(arguments);
    }
}

/* Bytes of the UTF-8 character at text (RFC 3629), 0 if there is none or it is a control. */
static unsigned long printable_bytes(const unsigned char *text, unsigned long len)
{
    unsigned char lead = text[0];
    if (lead < 0x80) {
        return lead >= 0x20 && lead != 0x7f;
    }
    unsigned long n = lead >= 0xc2 && lead <= 0xdf   ? 2
                      : lead >= 0xe0 && lead <= 0xef ? 3
                      : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                     : 0;
    if (n == 0 || n > len) {
        return 0;
    }
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (text[1] < low || text[1] > high || (lead == 0xc2 && text[1] < 0xa0)) {
        return 0; /* overlong, surrogate, beyond U+10FFFF, or a C1 control */
    }
    for (unsigned long i = 2; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

void crunch_quote_text(char *out, unsigned long size, const char *text, unsigned long len)
{
    static const char ellipsis[] = "...";
    unsigned long used = 0;
    unsigned long i = 0;
    if (size < sizeof ellipsis) {
        if (size) {
            out[0] = '\0';
        }
        return;
    }
    while (i < len) {
        unsigned long n = printable_bytes((const unsigned char *)text + i, len - i);
        unsigned long width = n ? n : 4;
        unsigned long reserve = i + (n ? n : 1) < len ? sizeof ellipsis : 1;
        if (used + width + reserve > size) {
            memcpy(out + used, ellipsis, sizeof ellipsis);
            return;
        }
        if (n) {
            memcpy(out + used, text + i, n);
            i += n;
        } else {
            snprintf(out + used, 5, "\\x%02X", (unsigned)(unsigned char)text[i]);
            i++;
        }
        used += width;
    }
    out[used] = '\0';
}

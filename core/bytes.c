/* Owns the growing of byte buffers. */
#include "core/bytes.h"

#include <stdlib.h>

unsigned char *crunch_bytes_reserve(struct crunch_bytes *bytes, size_t n)
{
    if (bytes->failed)
        return NULL;
    if (n > bytes->size - bytes->len) {
        size_t size = bytes->len + n + bytes->size / 2 + 64;
        unsigned char *data = realloc(bytes->data, size);
        bytes->failed = data == NULL;
        if (!data)
            return NULL;
        bytes->data = data;
        bytes->size = size;
    }
    return bytes->data + bytes->len;
}

void crunch_bytes_add(struct crunch_bytes *bytes, const void *data, size_t len)
{
    unsigned char *to = len > 0 ? crunch_bytes_reserve(bytes, len) : NULL;
    if (!to)
        return;
    memcpy(to, data, len);
    bytes->len += len;
}

void crunch_bytes_free(struct crunch_bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct crunch_bytes){0};
}

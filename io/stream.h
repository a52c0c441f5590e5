/*
 * A stream: bytes that can be read only once, kept readable at any offset until released. Used by
 * io/source.c only; its calls are those of io/source.h, for the stream kind.
 */
#ifndef CRUNCH_IO_STREAM_H
#define CRUNCH_IO_STREAM_H

#include "io/source.h"
#include "io/supply.h"

struct crunch_stream;

/* What the supply gives is decoded (io/decode.h). Of a regular file nothing may be read before
 * crunch_stream_prepare. The descriptor stays the caller's. NULL when out of memory. */
struct crunch_stream *crunch_stream_create(const struct crunch_supply *supply);
void crunch_stream_free(struct crunch_stream *stream);

/* Used by everything below: see crunch_source_configure. */
void crunch_stream_configure(struct crunch_stream *stream, const _Atomic int *stop,
                             const char *tmpdir);

/* As crunch_decoder_limit_window. */
void crunch_stream_limit_window(struct crunch_stream *stream, uint64_t bytes);

/* Packed bytes that are decoded so far, by the pump. */
uint64_t crunch_stream_consumed(const struct crunch_stream *stream);

/* Bytes in all, or CRUNCH_SIZE_UNKNOWN while the end has not been read. */
uint64_t crunch_stream_size(const struct crunch_stream *stream);

/* Regular file: all begins again, and the ring is gone. Does nothing for another. */
enum crunch_code crunch_stream_rewind(struct crunch_stream *stream, struct crunch_error *error);

enum crunch_code crunch_stream_prepare(struct crunch_stream *stream, unsigned workers,
                                       bool own_pump, struct crunch_bell *bell,
                                       struct crunch_error *error);

bool crunch_stream_is_prepared(const struct crunch_stream *stream);

/* As crunch_source_read. waiting may be NULL. */
ssize_t crunch_stream_read(struct crunch_stream *stream, const struct crunch_waiting *waiting,
                           void *buffer, size_t len, uint64_t offset, struct crunch_error *error);
void crunch_stream_release(struct crunch_stream *stream, uint64_t offset);
void crunch_stream_pump(struct crunch_stream *stream);
void crunch_stream_end_pump(struct crunch_stream *stream);

/* As crunch_source_settle. */
bool crunch_stream_settle(struct crunch_stream *stream, uint64_t end);

/* Before prepare: reads on, and forgets, until what lies before end is known to be sound or not.
 * During a run: what crunch_stream_settle has found. CRUNCH_IO when not. */
enum crunch_code crunch_stream_check_sound(struct crunch_stream *stream, uint64_t end,
                                           struct crunch_error *error);

/* Writes the whole stream, beginning included, to the file fd; *size is set. Only before prepare.
 */
enum crunch_code crunch_stream_copy(struct crunch_stream *stream, int fd, uint64_t *size,
                                    struct crunch_error *error);

#endif

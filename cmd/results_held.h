/*
 * Rows of fields as bytes: how rows are kept that are printed later, in a table or in the report.
 */
#ifndef CRUNCH_CMD_RESULTS_HELD_H
#define CRUNCH_CMD_RESULTS_HELD_H

#include "cmd/grid.h"

/* Appends n fields: each one's kind, length and text. */
static inline void crunch_hold_fields(struct crunch_bytes *out, const struct crunch_field *fields,
                                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        crunch_bytes_add_varint(out, fields[i].kind);
        crunch_bytes_add_varint(out, fields[i].len);
        crunch_bytes_add(out, fields[i].text, fields[i].len);
    }
}

/* Reads one; returns the place behind it. The text lies in the bytes. */
static inline const unsigned char *crunch_held_field(const unsigned char *from,
                                                     struct crunch_field *field)
{
    uint64_t kind, len;
    from = crunch_get_varint(crunch_get_varint(from, &kind), &len);
    *field = (struct crunch_field){(enum crunch_field_kind)kind, (const char *)from, (size_t)len};
    return from + len;
}

/* What the report says of groups: their first rows, and how many there are. */
#define CRUNCH_REPORTED_ROWS 1000
struct crunch_reported_groups {
    uint64_t groups, rows;     /* that were printed */
    size_t kept;               /* rows, at most CRUNCH_REPORTED_ROWS */
    struct crunch_bytes held;  /* their fields; owned */
    struct crunch_bytes title; /* the fields' names, NUL behind each; owned */
    size_t n_titles;
};

#endif

/*
 * The reference's own reading of binary tables: bytes to exact values, one number at a time.
 * Nothing of io/binary.c or io/scan_binary.c is used; what the file is (the table) is an input.
 */
#ifndef CRUNCH_CORE_REFERENCE_BINARY_H
#define CRUNCH_CORE_REFERENCE_BINARY_H

#include "core/reference_number.h"
#include "io/table.h"

struct crunch_reference_binary {
    const struct crunch_table *table;
    struct crunch_source *source;
    uint64_t origin;     /* offset of the first record of the file */
    uint64_t begin, end; /* reads the records that begin in [begin, end) */
    /* Every number of a record, then its end. exact (NULL for integers, whose text says all): class
     * VALUE with mantissa and exponent of two, NAN or an infinity. offset is as io/binary.h has it.
     */
    void (*number)(void *context, size_t column, const char *text,
                   const struct crunch_reference_number *exact);
    void (*record)(void *context);
    void *context;
    bool done;       /* set it in a call to hear no more */
    uint64_t row;    /* that the call is about, from 0 in the file */
    uint64_t offset; /* of its number, or record */
};

/* CRUNCH_IO when records are cut short. */
enum crunch_code crunch_reference_binary_read(struct crunch_reference_binary *reader,
                                              struct crunch_error *error);

#endif

/* The powers of ten that fit in 63 bits, 10^0 to 10^18, as the initialisers of a table: each user
 * has one of its own element type, so that kernels need no conversions. */
#ifndef CRUNCH_IO_POWER10_H
#define CRUNCH_IO_POWER10_H

#define CRUNCH_POWERS_OF_TEN                                                                \
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, \
        100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,     \
        10000000000000000, 100000000000000000, 1000000000000000000

#endif

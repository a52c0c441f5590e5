#!/usr/bin/env python3
"""Writes io/power_of_five.h: what io/number_binary.c multiplies significands by. `python3
io/power_of_five.py >io/power_of_five.h` gives the file that is there.

For each q in -342..308 it has the 128 leading bits of 5^q, the top one set: cut off for q >= 0, where
they are exact up to 5^55, and for q < 0 the least integer above the reciprocal's, as Lemire (2021,
"Number parsing at a gigabyte per second", section 6) wants it.
"""
LOWEST, HIGHEST = -342, 308


def leading(q):
    if q >= 0:
        power = 5 ** q
        length = power.bit_length()
        return power << (128 - length) if length <= 128 else power >> (length - 128)
    power = 5 ** -q
    places = (power - 1).bit_length() + 127
    bits = 2 ** (places + 128) // power + 1  # more than enough, cut to 128 below
    return bits >> (bits.bit_length() - 128) if q < -27 else 2 ** places // power + 1


def main():
    print("/* Written by io/power_of_five.py, which says what it is. */")
    print("#ifndef CRUNCH_IO_POWER_OF_FIVE_H\n#define CRUNCH_IO_POWER_OF_FIVE_H\n")
    print("#include <stdint.h>\n")
    print(f"#define POWER_LOWEST ({LOWEST})\n#define POWER_HIGHEST {HIGHEST}\n")
    print("struct power_of_five {\n    uint64_t high, low;\n};\n")
    print("static const struct power_of_five power_of_five[POWER_HIGHEST - POWER_LOWEST + 1] = {")
    for q in range(LOWEST, HIGHEST + 1):
        bits = leading(q)
        assert 2 ** 127 <= bits < 2 ** 128
        print(f"    {{{bits >> 64:#x}, {bits & (2 ** 64 - 1):#x}}},")
    print("};\n\n#endif")


main()

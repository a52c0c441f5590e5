#!/usr/bin/env python3
"""Writes core/log2_table.h: what core/log2.c reduces its arguments with. `python3 core/log2_table.py
>core/log2_table.h` gives the file that is there.

A step of the reduction takes 1 + e, e in [0, range), in cells of width 2^-bits, and multiplies it by
r = ceil(2^places / (1 + i / 2^bits)) / 2^places for cell i, so that the product is 1 + e' with e' in
[0, 1.51 * 2^-bits). Its logarithm is then that of the product plus log2(1 / r), which the table has
as an integer times 2^-116, rounded to nearest.
"""
from decimal import Decimal, getcontext, ROUND_HALF_EVEN

getcontext().prec = 80
LN2 = Decimal(2).ln()
FRACTION = 116
# name, bits, places, cells: the first is of 1 <= z < 2, the others of the range that is left
STEPS = (("FIRST", 8, 10, 256), ("SECOND", 15, 16, 193), ("THIRD", 22, 23, 194))


def fixed(x):
    return int((x * 2 ** FRACTION).to_integral_value(ROUND_HALF_EVEN))


def words(x):
    return f"{{{x & (2 ** 64 - 1):#x}, {x >> 64:#x}}}"


def main():
    print("/* Written by core/log2_table.py, which says what it is. */")
    print("#ifndef CRUNCH_CORE_LOG2_TABLE_H\n#define CRUNCH_CORE_LOG2_TABLE_H\n")
    print("#include <stdint.h>\n")
    print("struct fixed {\n    uint64_t low, high; /* times 2^-116 */\n};\n")
    print("struct step {\n    uint64_t factor;\n    struct fixed log;\n};\n")
    for name, bits, places, cells in STEPS:
        print(f"static const struct step {name.lower()}_step[{cells}] = {{")
        for i in range(cells):
            factor = -(-2 ** (places + bits) // (2 ** bits + i))
            log = (Decimal(2 ** places) / Decimal(factor)).ln() / LN2
            print(f"    {{{factor}, {words(fixed(log))}}},")
        print("};\n")
    print("/* n log2(10) for n = 0..39 */")
    print("static const struct fixed tens[40] = {")
    for n in range(40):
        print(f"    {words(fixed(n * Decimal(10).ln() / LN2))},")
    print("};\n")
    print("/* floor(2^127 / ln 2) */")
    print(f"static const struct fixed per_ln2 = {words(int(2 ** 127 / LN2))};\n")
    print("#endif")


main()

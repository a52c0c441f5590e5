"""Exact answers for the jobs that count, pair, filter and map, worked out once per file from the records
by Python's csv and integers: a plain second way, with nothing of the program that is measured.

    exact_more.py OP FILE    prints JSON: the number of records, and the values in the order of the
                             adapters (integers; of fractions the nearest doubles)
"""
import csv
import json
import sys
from collections import Counter
from fractions import Fraction

import answers

WHERE = "qty > 50 && city == \"Oslo\""  # what the job filters by, see jobs.py


def scaled(text):
    """A plain decimal with two places as an integer."""
    whole, _, places = text.partition(".")
    assert len(places) == 2, text
    return int(whole + places)


def sums(pairs):
    n = sx = sy = sxx = sxy = syy = 0
    for x, y in pairs:
        n, sx, sy = n + 1, sx + x, sy + y
        sxx, sxy, syy = sxx + x * x, sxy + x * y, syy + y * y
    return n, sx, sy, n * sxx - sx * sx, n * sxy - sx * sy, n * syy - sy * sy


def values_of(op, records):
    """records: dictionaries. The number of them, and the values."""
    if op == "distinct":
        texts = [r["price"] for r in records]
        return len(texts), [len(set(texts))]
    if op in ("freq", "top"):
        found = Counter(r["city"] for r in records)
        order = sorted(found, key=lambda k: (-found[k], k.encode()) if op == "top" else k.encode())
        return sum(found.values()), [found[k] for k in (order[:10] if op == "top" else order)]
    if op in ("corr", "line"):
        n, sx, sy, xx, xy, yy = sums((int(r["qty"]), scaled(r["price"])) for r in records)
        if op == "corr":
            root = answers.rounded_root(Fraction(xy * xy, xx * yy))
            return n, [root if xy > 0 else -root]
        slope = Fraction(xy, xx)
        intercept = (sy - slope * sx) / n
        return n, [float(slope / 100), float(intercept / 100), float(Fraction(xy * xy, xx * yy))]
    if op == "where":
        n = total = 0
        for r in records:
            n += 1
            if int(r["qty"]) > 50 and r["city"] == "Oslo":
                total += scaled(r["price"])
        return n, [str(Fraction(total, 100))]
    lines = n = 0
    for r in records:
        n += 1
        lines += op == "map" or int(r["qty"]) > 50 and r["city"] == "Oslo"
    return n, [lines]


def main():
    op, path = sys.argv[1:]
    with open(path, newline="", encoding="utf-8") as file:
        print(json.dumps(values_of(op, csv.DictReader(file))))


if __name__ == "__main__":
    main()

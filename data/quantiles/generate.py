#!/usr/bin/env python3
"""Writes places.tsv: where the nine definitions of quantiles by Hyndman and Fan (1996) stand.

Each line is: type, the place p as a fraction, n, and the quantile of the values 1, 4, 9, ..., n^2 as
a fraction. The definitions are worked out as in the paper, from the m of each one, j = floor(n p + m)
and g = n p + m - j; fractions.Fraction does the arithmetic. Types 6 and 7 are checked against
statistics.quantiles.

    python3 data/quantiles/generate.py >data/quantiles/places.tsv
"""
import statistics
from fractions import Fraction as F
from math import floor


def quantile(values, p, kind):
    """The paper's Q(p), section 2, for sorted values."""
    n = len(values)
    m = {1: F(0), 2: F(0), 3: F(-1, 2), 4: F(0), 5: F(1, 2), 6: p, 7: 1 - p,
         8: (p + 1) / 3, 9: p / 4 + F(3, 8)}[kind]
    j = floor(n * p + m)
    g = n * p + m - j
    if kind == 1:
        gamma = F(int(g > 0))
    elif kind == 2:
        gamma = F(1) if g > 0 else F(1, 2)
    elif kind == 3:
        gamma = F(0) if g == 0 and j % 2 == 0 else F(1)
    else:
        gamma = g
    x = lambda k: values[min(max(k, 1), n) - 1]
    return (1 - gamma) * x(j) + gamma * x(j + 1)


def check_against_statistics():
    values = [F(k * k) for k in range(1, 12)]
    for kind, method in ((6, "exclusive"), (7, "inclusive")):
        theirs = statistics.quantiles(values, n=8, method=method)
        assert theirs == [quantile(values, F(i, 8), kind) for i in range(1, 8)]


def main():
    check_against_statistics()
    places = sorted({F(a, b) for b in (1, 2, 4, 8, 10, 100) for a in range(b + 1)
                     if b < 100 or a in (1, 33, 99)} | {F(999, 1000)})
    for kind in range(1, 10):
        for n in (1, 2, 3, 4, 5, 10, 11, 24, 101):
            values = [F(k * k) for k in range(1, n + 1)]
            for p in places:
                q = quantile(values, p, kind)
                print(kind, p.numerator, p.denominator, n, q.numerator, q.denominator, sep="\t")


main()

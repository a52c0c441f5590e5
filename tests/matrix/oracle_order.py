"""Order statistics: what they must be, by sorting, straight from the definitions. See oracle.py.

Definitions 4 to 9 of quantiles are written with the plotting positions of Hyndman and Fan's table 2:
p(k) is the place of the k-th value, and the quantile at p is interpolated between the two values
whose places p lies between.
"""
from fractions import Fraction
from math import ceil, floor, inf

PLACES = {  # p(k) of n values
    4: lambda k, n: Fraction(k, n),
    5: lambda k, n: (k - Fraction(1, 2)) / n,
    6: lambda k, n: Fraction(k, n + 1),
    7: lambda k, n: Fraction(k - 1, n - 1) if n > 1 else Fraction(0),
    8: lambda k, n: (k - Fraction(1, 3)) / (n + Fraction(1, 3)),
    9: lambda k, n: (k - Fraction(3, 8)) / (n + Fraction(1, 4)),
}


def place_of(op):
    """The place that a name like p99.9 asks for, or None."""
    if op[:1] in ("p", "q") and op[1:].replace(".", "", 1).isdigit():
        return Fraction(op[1:]) / 100
    return None


def knows(op):
    return op in ("median", "iqr", "mad", "trimmed") or place_of(op) is not None


def between(low, high, weight):
    """low + weight (high - low), where infinities stand for themselves."""
    if weight == 0 or low == high:
        return low
    if weight == 1:
        return high
    if abs(low) == inf and abs(high) == inf:
        return None
    if abs(low) == inf:
        return low
    if abs(high) == inf:
        return high
    return low + weight * (high - low)


def quantile(values, p, kind):
    n = len(values)
    if kind == 1:
        return values[max(ceil(n * p), 1) - 1]
    if kind == 2:
        low, high = max(ceil(n * p), 1), min(floor(n * p) + 1, n)
        return between(values[low - 1], values[high - 1], Fraction(1, 2))
    if kind == 3:
        near = n * p
        k = floor(near + Fraction(1, 2))
        if near + Fraction(1, 2) == k and k % 2 == 1:  # as near to k - 1, which is even
            k -= 1
        return values[min(max(k, 1), n) - 1]
    at = [PLACES[kind](k, n) for k in range(1, n + 1)]
    if p <= at[0]:
        return values[0]
    for k in range(1, n):
        if p <= at[k]:
            return between(values[k - 1], values[k], (p - at[k - 1]) / (at[k] - at[k - 1]))
    return values[-1]


def median(values):
    n = len(values)
    return between(values[(n - 1) // 2], values[n // 2], Fraction(1, 2))


def difference(a, b):
    if a is None or b is None or (abs(a) == inf and a == b):
        return None
    return inf if inf in (abs(a), abs(b)) else a - b


def mean_of(values):
    infinite = {v for v in values if abs(v) == inf}
    if infinite:
        return infinite.pop() if len(infinite) == 1 else None
    return sum(values, Fraction(0)) / len(values)


def trimmed(values, part):
    cut = floor(len(values) * part)
    left = values[cut:len(values) - cut]
    return (mean_of(left), "ratio") if left else (median(left or values), "")


def has_an_end(x):
    rest = x.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def compute(op, values, dialect):
    """(value, kind or "" for what the value itself says)."""
    kind = dialect.quantile_type
    if op == "median":
        return median(values), ""
    if op == "iqr":
        return difference(quantile(values, Fraction(3, 4), kind), quantile(values, Fraction(1, 4), kind)), "exact"
    if op == "trimmed":
        return trimmed(values, Fraction(dialect.trim))
    if op == "mad":
        middle = median(values)
        if middle is None or abs(middle) == inf:
            return None, ""
        return median(sorted(abs(v - middle) for v in values)), "exact"
    return quantile(values, place_of(op), kind), ""


def result(op, c, dialect):
    """(kind, value) of one operation over one column."""
    if c.nan:
        return "text", "nan"
    values = [-inf] * c.minus + sorted(c.values) + [inf] * c.plus
    if not values:
        return "empty", None
    value, kind = compute(op, values, dialect)
    if value is None:
        return "text", "nan"
    if value in (inf, -inf):
        return "text", "+inf" if value > 0 else "-inf"
    if kind == "ratio":
        return kind, value
    if not kind and value in values:
        return ("double" if dialect.arith == "binary" else "copied"), value
    return ("exact" if has_an_end(value) else "ratio"), value

#!/usr/bin/env python3
"""Writes the golden files of this folder: two small tables, and in expected.tsv what operations on
them must print: a line per command, its arguments, a tab, its output.

Everything is worked out from textbook definitions with fractions.Fraction; roots are rounded by
integer square roots, geometric means by decimal with 80 digits. Where Python's statistics has the
same figure (in floating point) the two must agree to 12 digits, or nothing is written. No code is
shared with the program, nor with the oracle of tests/matrix.

    python3 data/golden/generate.py [--check]

--check writes nothing and fails if a file is not what would be written.
"""
import math
import os
import statistics
import sys
from decimal import Decimal, getcontext
from fractions import Fraction as F

HERE = os.path.dirname(os.path.abspath(__file__))
getcontext().prec = 80


# ---- tables ----

def numbers(seed):
    """Whole numbers below 2^31 without a pattern (Lehmer's generator)."""
    while True:
        seed = seed * 48271 % 0x7FFFFFFF
        yield seed


def make_tables():
    r = numbers(20261)
    single = ["height"] + [f"{next(r) % 40000 / 100 + 0.01:.2f}" for _ in range(41)]
    rows = ["x,y,z"]
    for i in range(36):
        x, noise = next(r) % 20, next(r) % 1000
        y = "" if i % 11 == 5 else f"{3 * x - 7 + noise / 1000 - 0.5:.3f}"
        z = f"{-(x ** 2)}.{next(r) % 9 + 1}e-{next(r) % 3}"
        rows.append(f"{x},{y},{z}")
    return {"heights.csv": "\n".join(single) + "\n", "triples.csv": "\n".join(rows) + "\n"}


def column(table, name):
    lines = table.split("\n")[:-1]
    k = lines[0].split(",").index(name)
    return [F(cell) if cell else None for cell in (line.split(",")[k] for line in lines[1:])]


# ---- rounding and printing ----

def root(value):
    """The double nearest to the square root of a fraction, half-even: by an integer square root with
    more bits than a double has, and a last one that says whether anything is left."""
    shift = max(0, 130 - (value.numerator.bit_length() - value.denominator.bit_length())) // 2 * 2 + 2
    scaled = (value.numerator << shift) // value.denominator
    low = math.isqrt(scaled)
    rest = low * low != scaled or (value.numerator << shift) % value.denominator != 0
    return float(F(2 * low + rest, 2) / 2 ** (shift // 2))


def layout(digits, exponent, negative):
    """0.d1d2d3... * 10^(exponent + 1) in plain notation."""
    assert -7 <= exponent <= 37
    if exponent < 0:
        text = "0." + "0" * (-exponent - 1) + digits
    elif len(digits) <= exponent + 1:
        text = digits + "0" * (exponent + 1 - len(digits))
    else:
        text = digits[:exponent + 1] + "." + digits[exponent + 1:]
    return "-" * negative + text


def of_double(x):
    """The shortest decimal that reads back."""
    if x == 0:
        return "0"
    _, digits, exponent = Decimal(repr(x)).as_tuple()
    text = "".join(map(str, digits))
    last = len(text) + exponent - 1
    return layout(text.rstrip("0"), last, x < 0)


def exact(value):
    """All digits of a decimal that has at most 38 of them; else as a double."""
    if value == 0:
        return "0"
    places = 0
    while (value * 10 ** places).denominator != 1 and places < 60:
        places += 1
    scaled = abs(value * 10 ** places)
    if scaled.denominator != 1:
        return of_double(float(value))
    text = str(scaled.numerator)
    if len(text.rstrip("0")) > 38:
        return of_double(float(value))
    return layout(text.rstrip("0"), len(text) - 1 - places, value < 0)


def ratio(value):
    return of_double(float(value))


def signed_root(value):
    return of_double(math.copysign(root(abs(value)), value))


def agree(value, theirs):
    assert math.isclose(float(value), theirs, rel_tol=1e-12), (float(value), theirs)
    return value


# ---- definitions ----

def moment(values, k):
    mean = sum(values) / len(values)
    return sum((v - mean) ** k for v in values) / len(values)


def skewness(values, sample):
    """(g1, squared with its sign): G1 = g1 sqrt(n (n - 1)) / (n - 2), g1 = m3 / m2^(3/2)."""
    n, m2, m3 = len(values), moment(values, 2), moment(values, 3)
    square = m3 * abs(m3) / m2 ** 3
    return square * F(n * (n - 1), (n - 2) ** 2) if sample else square


def kurtosis(values, sample):
    n = len(values)
    g2 = moment(values, 4) / moment(values, 2) ** 2 - 3
    return ((n + 1) * g2 + 6) * F(n - 1, (n - 2) * (n - 3)) if sample else g2


def quantile(values, p, kind):
    """Hyndman and Fan (1996), Statistical Computing, table 1."""
    x, n = sorted(values), len(values)

    def at(j):
        return x[min(max(j, 1), n) - 1]
    if kind == 1:
        return at(math.ceil(n * p))
    if kind == 2:
        return at(int(n * p)) / 2 + at(int(n * p) + 1) / 2 if n * p == int(n * p) else at(math.ceil(n * p))
    if kind == 3:
        h = n * p - F(1, 2)
        return at(int(h) if h == int(h) and int(h) % 2 == 0 else math.floor(h) + 1)
    place = {4: n * p, 5: n * p + F(1, 2), 6: (n + 1) * p, 7: (n - 1) * p + 1, 8: (n + F(1, 3)) * p + F(1, 3),
             9: (n + F(1, 4)) * p + F(3, 8)}[kind]
    j = math.floor(place)
    return at(j) + (place - j) * (at(j + 1) - at(j))


def ranks(values):
    """From 1; equal values share the mean of theirs."""
    order = sorted(values)
    return [F(2 * order.index(v) + 1 + order.count(v), 2) for v in values]


def products(x, y):
    n = len(x)
    mx, my = sum(x) / n, sum(y) / n
    return (sum((a - mx) ** 2 for a in x), sum((a - mx) * (b - my) for a, b in zip(x, y)), sum((b - my) ** 2 for b in y))


def correlation(x, y):
    """Squared, with its sign."""
    xx, xy, yy = products(x, y)
    return xy * abs(xy) / (xx * yy)


def line(x, y):
    n = len(x)
    xx, xy, yy = products(x, y)
    slope = xy / xx
    intercept = sum(y) / n - slope * sum(x) / n
    residual = sum((b - intercept - slope * a) ** 2 for a, b in zip(x, y)) / (n - 2)
    return {"slope": ratio(slope), "intercept": ratio(intercept), "r2": ratio(xy * xy / (xx * yy)),
            "residual_sd": of_double(root(residual)), "slope_se": of_double(root(residual / xx)),
            "intercept_se": of_double(root(residual * (F(1, n) + (sum(x) / n) ** 2 / xx)))}, slope, intercept


# ---- what is asked ----

def of_one(name, values, file):
    n, where = len(values), f"-c {name} {file}"
    floats = [float(v) for v in values]
    yield f"mean {where}", ratio(agree(sum(values) / n, statistics.fmean(floats)))
    yield f"var {where}", ratio(agree(moment(values, 2) * n / (n - 1), statistics.variance(floats)))
    yield f"var --population {where}", ratio(agree(moment(values, 2), statistics.pvariance(floats)))
    yield f"sd {where}", of_double(agree(root(moment(values, 2) * n / (n - 1)), statistics.stdev(floats)))
    spread, mean = moment(values, 2) * n / (n - 1), sum(values) / n
    yield f"cv {where}", signed_root(spread / (mean * abs(mean)))
    yield f"skew {where}", signed_root(skewness(values, True))
    yield f"skew --population {where}", signed_root(skewness(values, False))
    yield f"kurt {where}", ratio(kurtosis(values, True))
    yield f"kurt --population {where}", ratio(kurtosis(values, False))
    median = quantile(values, F(1, 2), 7)
    yield f"median {where}", exact(agree(median, statistics.median(floats)))
    yield f"mad {where}", exact(quantile([abs(v - median) for v in values], F(1, 2), 7))
    cut = sorted(values)[n // 5:n - n // 5]
    yield f"trimmed --trim 0.2 {where}", ratio(sum(cut) / len(cut))
    for kind in range(1, 10):
        for p in ("0.01", "0.1", "0.25", "0.375", "0.5", "0.9", "0.995"):
            value = quantile(values, F(p), kind)
            yield f"quantile --at {p} --quantile-type {kind} {where}", exact(value)
        yield f"iqr --quantile-type {kind} {where}", exact(quantile(values, F(3, 4), kind) - quantile(values, F(1, 4), kind))
    for kind, method in ((6, "exclusive"), (7, "inclusive")):
        for i, theirs in enumerate(statistics.quantiles(floats, n=20, method=method)):
            agree(quantile(values, F(i + 1, 20), kind), theirs)
    if min(values) > 0:
        logs = sum((Decimal(v.numerator) / Decimal(v.denominator)).ln() for v in values) / n
        yield f"geomean {where}", of_double(agree(float(logs.exp()), statistics.geometric_mean(floats)))
        yield f"harmean {where}", ratio(agree(n / sum(1 / v for v in values), statistics.harmonic_mean(floats)))


def of_two(names, x, y, file):
    both = [(a, b) for a, b in zip(x, y) if a is not None and b is not None]
    x, y = [a for a, _ in both], [b for _, b in both]
    where = f"-c {','.join(names)} {file}"
    floats = [float(v) for v in x], [float(v) for v in y]
    yield f"pairs {where}", str(len(both))
    yield f"cov {where}", ratio(agree(products(x, y)[1] / (len(x) - 1), statistics.covariance(*floats)))
    yield f"corr {where}", signed_root(correlation(x, y))
    agree(math.copysign(root(abs(correlation(x, y))), correlation(x, y)), statistics.correlation(*floats))
    yield f"corr --method spearman {where}", signed_root(correlation(ranks(x), ranks(y)))
    figures, slope, intercept = line(x, y)
    theirs = statistics.linear_regression(*floats)
    agree(slope, theirs.slope)
    agree(intercept, theirs.intercept)
    for op, text in figures.items():
        yield f"{op} {where}", text


def make_files():
    files = make_tables()
    lines = list(of_one("height", column(files["heights.csv"], "height"), "heights.csv"))
    triples = {name: column(files["triples.csv"], name) for name in "xyz"}
    for name in "yz":
        lines += of_one(name, [v for v in triples[name] if v is not None], "triples.csv")
    for names in ("xy", "xz", "yz"):
        lines += of_two(names, triples[names[0]], triples[names[1]], "triples.csv")
    files["expected.tsv"] = "".join(f"{arguments}\t{text}\n" for arguments, text in lines)
    return files


def main():
    status = 0
    for name, text in make_files().items():
        path = os.path.join(HERE, name)
        if sys.argv[1:] != ["--check"]:
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
        elif open(path, encoding="ascii").read() != text:
            print(f"{name} is not what generate.py writes")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())

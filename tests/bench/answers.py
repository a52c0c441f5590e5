"""Whether an answer is right: the exact ones, and the verdict on what a tool printed.

The exact ones are integers worked out by exact.c; here they become fractions and, where the exact
value is a quotient or a root, the nearest double."""

import fractions
import json
import math
import os
import re
import subprocess
import sys

Fraction = fractions.Fraction


def rounded_root(v):
    """The double nearest to the square root of the fraction v >= 0."""
    if v == 0:
        return 0.0
    # 200 bits of the root at least; the last one is set when bits were cut off, so that no tie arises.
    shift = max(0, 400 - v.numerator.bit_length() + v.denominator.bit_length())
    shift += shift & 1
    scaled, rest = divmod(v.numerator << shift, v.denominator)
    root = math.isqrt(scaled)
    if rest or root * root != scaled:
        root = root * 2 + 1
        return float(Fraction(root, 2 << (shift // 2)))
    return float(Fraction(root, 1 << (shift // 2)))


def column_answers(line):
    name, count, scale, total, squares, least, most = line.split()
    n, unit = int(count), 10 ** int(scale)
    s1, s2 = Fraction(int(total), unit), Fraction(int(squares), unit * unit)
    answers = {"count": Fraction(n), "sum": s1, "sumsq": s2,
               "min": Fraction(int(least), unit), "max": Fraction(int(most), unit)}
    answers["mean"] = float(s1 / n)
    answers["sd"] = rounded_root((s2 - s1 * s1 / n) / (n - 1)) if n > 1 else None
    return name, answers


def exact_answers(program, file, columns, store):
    """{"": {"count": records}, column: {op: Fraction, or double where rounding is called for}}. What the
    program printed is kept in store, for this size and time of the file."""
    lines = output_of([program, file, *columns], file, columns, store).splitlines()
    answers = dict(map(column_answers, lines[1:]))
    answers[""] = {"count": Fraction(int(lines[0]))}
    return answers


def output_of(argv, file, stamp, store):
    """What a program printed about a file, kept in store for this size and time of it."""
    status = os.stat(file)
    stamp = [status.st_size, status.st_mtime_ns, stamp]
    kept = {}
    if os.path.exists(store):
        with open(store, encoding="utf-8") as f:
            kept = json.load(f)
    if kept.get("stamp") != stamp:
        kept = {"stamp": stamp,
                "told": subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout}
        with open(store, "w", encoding="utf-8") as f:
            json.dump(kept, f)
    return kept["told"]


def square_answer(program, file, store):
    """The number of doubles and the sum of their squares, as double: it has more than 38 digits."""
    count, total, bits = map(int, output_of([program, "squares", file], file, [], store).split())
    return count, [float(Fraction(total, 1 << bits))]


def grouped_answers(program, file, job, store):
    """The values of a job with groups, or of the median, as `expected` gives them; kept in store."""
    argv = [program, *job.exact[:2], file, *job.exact[2:]]
    lines = output_of(argv, file, list(job.exact), store).splitlines()
    if job.op == "median":
        count, scale, lower, upper = map(int, lines[0].split())
        return count, [Fraction(lower + upper, 2 * 10 ** scale)]
    values, records = [], 0
    for line in lines:
        _, told = line.split("\t")
        count, scale, total, least, most = map(int, told.split())
        unit = 10 ** scale
        records += count
        if job.op == "cities":
            values += [Fraction(least, unit), float(Fraction(total, unit * count)),
                       Fraction(most, unit), Fraction(count)]
        else:
            values.append(Fraction(total, unit))
    return records, values


def more_answers(job, file, store):
    """The values of a job that exact_more.py knows; kept in store."""
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exact_more.py")
    told = output_of([sys.executable, program, job.op, file], file, [job.op], store)
    count, values = json.loads(told)
    return count, [v if isinstance(v, float) else Fraction(v) for v in values]


STATS = ("count", "mean", "sd", "min", "max", "sum")


def expected(job, answers):
    """The values of job in the order in which the adapters print them."""
    if job.op == "stats":
        return [answers[c][op] for c in job.columns for op in STATS]
    return [answers[job.columns[0] if job.columns else ""][job.op]]


def crunch_values(job, out):
    """crunch prints one bare value, or a table with a header: the values in the adapters' order."""
    rows = [line.split("\t") for line in out.splitlines()]
    if job.op == "stats":
        head = rows[0]
        table = {row[0]: dict(zip(head, row)) for row in rows[1:]}
        return [table[c][op] for c in job.columns for op in STATS]
    if job.op in ("cities", "bycity"):
        return [value for row in rows[1:] for value in row[1:]]
    if job.op == "freq":
        return [row[1] for row in sorted(rows[1:], key=lambda row: row[0].encode())]
    if job.op == "top":
        return [row[1] for row in rows[1:]]
    if job.op == "line":
        return rows[1][2:]
    if job.op in ("filter", "map"):
        return [line_count(out) - 1]  # the header
    return [rows[-1][-1]]


def line_count(out):
    """Of an answer, or of what measure.py says of a large one."""
    digest = re.match(r"(\d+) lines, md5 ", out)
    return int(digest[1]) if digest else out.count("\n")


def peer_values(job, tool, out):
    if job.op in ("filter", "map"):
        return [line_count(out) - 1]
    if job.op == "top":
        return [line.split("\t")[1] for line in out.splitlines()]
    if job.op == "line":
        return out.split()
    if job.op in ("cities", "bycity", "freq"):
        # KEY <tab> value..., in the order of the engine.
        rows = sorted((line.split("\t") for line in out.splitlines()), key=lambda r: r[0].encode())
        return [value for row in rows for value in row[1:]]
    words = out.replace(",", " ").split()
    if tool == "wc -l":
        return [str(int(words[0]) - 1)]  # the header
    if job.op != "stats":
        return words[-1:]
    # Adapters with the column's name first; datamash prints values alone, on one line.
    return [w for w in words if w not in job.columns]


def verdict(values, wanted):
    """"exact": every value is the exact one, or the nearest double where that is all one can print;
    "nearest": every value is the double nearest to it; else the largest relative error, a float;
    None: not what was asked for at all."""
    if len(values) != len(wanted):
        return None
    kind, worst = "exact", 0.0
    for value, want in zip(values, wanted):
        try:
            got = Fraction(value)
        except (ValueError, ZeroDivisionError):
            return None
        if got == want or (isinstance(want, float) and float(got) == want):
            continue
        if float(got) == float(want):
            kind = "nearest"
            continue
        worst = max(worst, float(abs((got - Fraction(want)) / Fraction(want))) if want else math.inf)
    return worst or kind

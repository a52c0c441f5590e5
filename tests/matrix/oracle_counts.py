"""Values counted: distinct, modes, tables of values and of bins, and sketches by their definition
(the hash and the estimator written a third time, with Python's integers and decimals). See oracle.py."""
import json
import re
import struct
from collections import Counter
from decimal import Decimal, getcontext
from fractions import Fraction

OPS = ("distinct", "distinct~", "mode", "antimode")
TABLES = ("freq", "top", "hist")
ON_TEXT = ("distinct", "distinct~", "freq", "top")

MASK = (1 << 64) - 1
A, B, C = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 0xBB67AE8584CAA73B
EXACT, REGISTERS = 1536, 1 << 14


def looks(op, dialect):
    """Does op read numbers?"""
    return op not in ("count", "missing", "first", "last") and (op not in ON_TEXT or dialect.numeric)


def of_numbers(op, dialect):
    """Is it asked of columns with numbers only, when no column is named?"""
    return looks(op, dialect) or op in ("first", "last") and dialect.numeric


def text_of(row, i, bad_columns, dialect):
    """A cell's text as bytes; None where it is missing."""
    content = bytes(row[i].content) if i < len(row) and i not in bad_columns else b""
    bare = content.strip(b" \t")
    if bare == b"" or bare.decode("utf-8", "surrogateescape") in dialect.nulls:
        return None
    return content


# --- sketches --------------------------------------------------------------------------------------

def fold(a, b):
    return (a * b & MASK) ^ (a * b >> 64)


def hash_of(key):
    running = A
    padded = key + b"\0" * (-len(key) % 16 if key else 16)
    for at in range(0, len(padded), 16):
        low, high = struct.unpack_from("<QQ", padded, at)
        running = fold(low ^ B, high ^ running)
    return fold(running ^ C, len(key) ^ A) or 1


def digits_of(value):
    """m, e with value = m * 10^e, m without trailing zeros."""
    exponent = 0
    while value.denominator != 1:
        value *= 10
        exponent -= 1
    m = value.numerator
    while m and m % 10 == 0:
        m //= 10
        exponent += 1
    return m, exponent if m else 0


def key_of(value, dialect):
    if isinstance(value, str):
        return {"nan": b"n", "+inf": b"p", "-inf": b"m"}[value]
    if dialect.arith == "binary":
        return struct.pack("<d", float(value)) + b"d"
    m, e = digits_of(value)
    if e >= 0 and abs(m) * 10 ** min(e, 20) < 10 ** 18:
        return struct.pack("<qB", m * 10 ** e, 0)
    if -39 <= e < 0 and abs(m) < 10 ** 18:
        return struct.pack("<qB", m, -e)
    return struct.pack("<iB", e, m < 0) + str(abs(m)).encode() + b"w"


def estimate(keys):
    hashes = {hash_of(key) for key in keys}
    if len(hashes) <= EXACT:
        return len(hashes)
    ranks = [0] * REGISTERS
    for h in hashes:
        rest = h & ((1 << 50) - 1)
        ranks[h >> 50] = max(ranks[h >> 50], 51 - rest.bit_length())
    count = Counter(ranks)
    getcontext().prec = 120
    assert count[51] == 0
    z = Decimal(0)
    for rank in range(50, 0, -1):
        z = (z + count[rank]) / 2
    x = Decimal(count[0]) / REGISTERS
    total, power = x, 1
    while x > Decimal(10) ** -100:
        x *= x
        total += x * power
        power *= 2
    z += REGISTERS * total
    return int(REGISTERS * REGISTERS / (2 * Decimal(2).ln()) / z + Decimal("0.5"))


# --- ops -------------------------------------------------------------------------------------------

def values_of(c):
    """Numbers and the names of those that are none, each as often as it occurs."""
    return Counter(c.values) + Counter({"nan": c.nan, "+inf": c.plus, "-inf": c.minus})


def rank_of(value):
    order = {"-inf": 0, "+inf": 2, "nan": 3}
    return (order[value], 0) if isinstance(value, str) else (1, value)


def result(op, c, dialect):
    counts = values_of(c)
    if op in ("distinct", "distinct~"):
        by_value = dialect.numeric or c.by_value
        if op == "distinct~" or dialect.approx:
            keys = [key_of(v, dialect) for v in counts] if by_value else c.texts
            return "count", Fraction(estimate(keys))
        return "count", Fraction(len(counts) if by_value else len(set(c.texts)))
    if c.nan:
        return "text", "nan"
    if not counts:
        return "empty", None
    sign = -1 if op == "mode" else 1
    value = min(counts, key=lambda v: (sign * counts[v], rank_of(v)))
    if isinstance(value, str):
        return "text", value
    return ("double" if dialect.arith == "binary" else "copied"), value


# --- tables ----------------------------------------------------------------------------------------

def table(op, c, dialect, as_text):
    """Rows of (kind, text): kind is number, text, special or empty."""
    return bins(c, dialect, as_text) if op == "hist" else listed(op, c, dialect, as_text)


def number_field(kind, value, dialect, as_text):
    if isinstance(value, str):
        return "special", {"+inf": "inf"}.get(value, value)
    return "number", as_text(kind, value, dialect.precision)


def listed(op, c, dialect, as_text):
    if dialect.numeric:
        counts = values_of(c)
        order = sorted(counts, key=lambda v: (-counts[v], rank_of(v)))
    else:
        counts = Counter(c.texts)
        order = sorted(counts, key=lambda v: (-counts[v], v))
    total = sum(counts.values())
    kind = "double" if dialect.arith == "binary" else "copied"
    rows = []
    for value in order[:dialect.limit] if op == "top" else order:
        first = ("text", value.decode("utf-8", "surrogateescape")) if isinstance(value, bytes) \
            else number_field(kind, value, dialect, as_text)
        rows.append([first, ("number", str(counts[value])),
                     ("number", as_text("ratio", Fraction(counts[value], total), dialect.precision))])
    if op == "freq" and c.missing:
        rows.append([("empty", ""), ("number", str(c.missing)), ("empty", "")])
    return rows


def bins(c, dialect, as_text):
    if dialect.edges:
        edges = [Fraction(e) for e in dialect.edges]
    elif not c.values:
        edges = []
    else:
        low, high = min(c.values), max(c.values)
        n = dialect.bins if low < high else 1
        edges = [low + (high - low) * Fraction(i, n) for i in range(n + 1)]
    below = c.minus + sum(1 for v in c.values if edges and v < edges[0])
    above = c.plus + sum(1 for v in c.values if edges and v > edges[-1])
    counts = [sum(1 for v in c.values if a <= v and (v < b or v == b == edges[-1]))
              for a, b in zip(edges, edges[1:])]
    if len(edges) == 2 and edges[0] == edges[1]:
        counts = [len(c.values)]

    def edge(i):
        return "number", as_text("exact", edges[i], dialect.precision)

    low, high = ("special", "-inf"), ("special", "inf")
    rows = []
    if not edges and below + above:
        rows.append([low, high, ("number", str(below + above))])
    elif below:
        rows.append([low, edge(0), ("number", str(below))])
    for i, n in enumerate(counts):
        rows.append([edge(i), edge(i + 1), ("number", str(n))])
    if edges and above:
        rows.append([edge(-1), high, ("number", str(above))])
    if c.nan:
        rows.append([("special", "nan"), ("special", "nan"), ("number", str(c.nan))])
    if c.missing:
        rows.append([("empty", ""), ("empty", ""), ("number", str(c.missing))])
    return rows


def delimited(text):
    odd = re.search('[\t\n\r"]', text) or text != text.strip(" \t")
    return '"' + text.replace('"', '""') + '"' if odd else text


def render(op, columns, dialect, as_text):
    """columns: (name, Column)."""
    titles = ["from", "to", "count"] if op == "hist" else ["value", "count", "share"]
    rows = []
    for name, c in columns:
        rows += [([("text", name)] if len(columns) > 1 else []) + row for row in table(op, c, dialect, as_text)]
    if len(columns) > 1:
        titles = ["column"] + titles
    if dialect.format == "json":
        def json_field(kind, text):
            return text if kind == "number" else json.dumps(text, ensure_ascii=False) if kind == "text" else "null"
        return "[" + ",".join("{" + ",".join(f'"{t}":{json_field(*field)}' for t, field in zip(titles, row)) + "}"
                              for row in rows) + "]\n"
    lines = ["\t".join(titles)] + ["\t".join(delimited(text) if kind == "text" else text for kind, text in row)
                                   for row in rows]
    return "\n".join(lines) + "\n"

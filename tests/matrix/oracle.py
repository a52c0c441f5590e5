"""What crunch must print, worked out independently: the record automaton, header and column choice,
the number grammar, the policies for bad data and the rules of printing, read from the manual and
written with Python's fractions, floats and integers only. Slow and plain on purpose.

expect(data, ops, ...) gives Expected: what goes to standard output, the exit code, and for bad data
the line, record and column of the error.
"""
import json
import math
import re
import sys
from dataclasses import dataclass, field
from fractions import Fraction

import oracle_counts
import oracle_exprs
import oracle_groups
import oracle_moments
import oracle_order
import oracle_pairs

PROBE = 1000
LARGEST = Fraction(sys.float_info.max)
SMALLEST_NORMAL = Fraction(sys.float_info.min)


@dataclass
class Dialect:
    delimiter: bytes = b","
    quote: bytes = b'"'  # b"" is none
    comment: bytes = b""
    skip: int = 0
    nulls: tuple = ()
    decimal: str = "."
    thousands: str = ""
    nan: str = "propagate"
    header: str = "auto"
    ragged: bool = False
    on_error: str = "fail"
    max_errors: float = math.inf
    max_record: int = 4 << 20
    arith: str = "decimal"
    population: bool = False
    quantile_type: int = 7
    trim: str = "0.1"
    no_intercept: bool = False
    degree: int = 1
    matrix: bool = False
    weight: str = ""
    method: str = "pearson"
    precision: int = 0
    format: str = "tsv"
    numeric: bool = False
    approx: bool = False
    limit: int = 10
    bins: int = 10
    edges: tuple = ()

    def options(self):
        """The command line that says the same."""
        plain = Dialect()
        words = []
        for name in ("delimiter", "comment", "decimal", "thousands", "nan", "header", "arith",
                     "precision", "format", "max_record", "max_errors", "skip", "limit", "bins",
                     "quantile_type", "trim", "method", "degree"):
            value = getattr(self, name)
            if value != getattr(plain, name):
                text = value.decode() if isinstance(value, bytes) else str(value)
                words.append(f"--{name.replace('_', '-')}={text}")
        if self.on_error != plain.on_error:
            words.append(f"--on-error={self.on_error}")
        if self.quote != plain.quote:
            words.append(f"--quote={self.quote.decode() or 'none'}")
        words += [f"--null={token}" for token in self.nulls]
        words += [f"--{name}" for name in ("ragged", "population", "numeric", "approx", "no-intercept", "matrix")
                  if getattr(self, name.replace("-", "_"))]
        if self.edges:
            words.append(f"--edges={','.join(self.edges)}")
        words += [f"--weight={self.weight}"] * bool(self.weight)
        return words


@dataclass
class Expected:
    stdout: str = ""
    code: int = 0
    line: int = 0  # of the error, 0: not said
    byte_column: int = 0
    record: int = 0
    bad: int = 0  # pieces of bad data let pass by policy
    records: int = 0
    detail: str = ""


class Bad(Exception):
    def __init__(self, offset, record, why, cells=()):
        super().__init__(why)
        self.offset, self.record, self.why = offset, record, why
        self.cells = cells  # of a record whose quote stays open: those before it


@dataclass
class Cell:
    begin: int
    content: bytearray = field(default_factory=bytearray)
    quoted: bool = False

    def text(self):
        return self.content.decode("utf-8", "surrogateescape")


def line_and_column(data, offset):
    """Physical line and byte column of an offset: LF, CRLF and a lone CR end lines."""
    line, start, at = 1, 0, 0
    while at < offset:
        if data[at] == 13 and data[at + 1:at + 2] == b"\n":
            if at + 2 > offset:
                break
            at += 2
        elif data[at] in (10, 13):
            at += 1
        else:
            at += 1
            continue
        line, start = line + 1, at
    return line, offset - start + 1


def records_of(data, at, dialect):
    """Yields (begin, [Cell]) by the table of the manual; raises Bad at an unterminated quote."""
    quote = dialect.quote[0] if dialect.quote else -1
    delimiter = dialect.delimiter[0]
    comment = dialect.comment
    state, cells, cell, opened = "R", [], None, 0
    tail = bytearray()  # state E, B: what follows the quote, in case it was content after all
    line_start, begin = True, at
    n = len(data)

    def trimmed(c):
        c.content = bytearray(bytes(c.content).rstrip(blanks))
        return c

    blanks = bytes(b for b in b" \t" if b != delimiter)
    while at < n:
        byte = data[at]
        if state == "R" and line_start and comment and data.startswith(comment, at):
            while at < n and data[at] not in (10, 13):
                at += 1
            continue  # its end, in R, emits nothing
        end = byte in (10, 13)
        if state in "RF":
            if byte in blanks:
                if state == "R" and line_start:
                    begin = at
                line_start = False
                at += 1
                continue
            if end:
                if state == "F":
                    cells.append(Cell(at))
                    yield begin, cells
                    cells, state = [], "R"
                line_start = True
                at += 1
                continue
            if state == "R" and line_start:
                begin = at
            line_start = False
            if byte == delimiter:
                cells.append(Cell(at))
                state = "F"
            elif byte == quote:
                cell, state, opened = Cell(at, quoted=True), "Q", at
            else:
                cell, state = Cell(at, bytearray([byte])), "U"
        elif state == "U":
            if end:
                cells.append(trimmed(cell))
                yield begin, cells
                cells, cell, state, line_start = [], None, "R", True
            elif byte == delimiter:
                cells.append(trimmed(cell))
                cell, state = None, "F"
            else:
                cell.content.append(byte)
        elif state == "Q":
            if byte == quote:
                state, tail = "E", bytearray([byte])
            else:
                cell.content.append(byte)
        else:  # E or B
            if end:
                cells.append(cell)
                yield begin, cells
                cells, cell, state, line_start = [], None, "R", True
            elif byte == delimiter:
                cells.append(cell)
                cell, state = None, "F"
            elif byte == quote and state == "E":
                cell.content += tail  # one literal quote, and blanks before it if B was passed
                state, tail = "Q", bytearray()
            elif byte == quote:
                cell.content += tail
                state, tail = "E", bytearray([byte])
            elif byte in blanks:
                tail.append(byte)
                state = "B"
            else:
                cell.content += tail + bytes([byte])
                state, tail = "Q", bytearray()
        at += 1
    if state == "Q":
        raise Bad(opened, None, "unterminated quote", cells)
    if state == "F":
        cells.append(Cell(n))
    elif state == "U":
        cells.append(trimmed(cell))
    elif state in "EB":
        cells.append(cell)
    if state != "R":
        yield begin, cells


# --- numbers ---------------------------------------------------------------------------------------

NAN, PLUS_INF, MINUS_INF, MISSING = "nan", "+inf", "-inf", "missing"


def number(text, dialect):
    """MISSING, NAN, PLUS_INF, MINUS_INF, a Fraction, or None for a bad cell."""
    text = text.strip(" \t")
    if text == "" or text in dialect.nulls:
        return MISSING
    word = text.lower()
    sign = -1 if word[0] == "-" else 1
    bare = word[1:] if word[0] in "+-" else word
    if bare in ("inf", "infinity"):
        return PLUS_INF if sign > 0 else MINUS_INF
    if bare == "nan":
        return {"propagate": NAN, "skip": MISSING, "bad": None}[dialect.nan]
    whole = r"[0-9]+"
    if dialect.thousands:
        group = re.escape(dialect.thousands)
        whole = rf"(?:[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+)"
    point = re.escape(dialect.decimal)
    match = re.fullmatch(rf"({whole})?(?:{point}([0-9]*))?(?:e([+-]?[0-9]+))?", bare)
    if not match or not (match[1] or match[2]):
        return None
    integer = (match[1] or "").replace(dialect.thousands, "") if dialect.thousands else match[1] or ""
    digits = (integer + (match[2] or ""))
    exponent = int(match[3] or 0) - len(match[2] or "")
    stripped = digits.rstrip("0")
    exponent += len(digits) - len(stripped)
    stripped = stripped.lstrip("0")
    if not stripped:
        return Fraction(0)
    leading = exponent + len(stripped) - 1
    if dialect.arith == "binary":
        if leading > 400:
            return None
        if leading < -400:
            return Fraction(0)
        try:
            value = float(Fraction(int(stripped)) * Fraction(10) ** exponent)
        except OverflowError:
            return None
        return sign * Fraction(value)
    if exponent < -1100 or leading > 400:
        return None
    value = Fraction(int(stripped)) * Fraction(10) ** exponent
    return sign * value if value <= LARGEST else None


def is_finite_number(text, dialect):
    return isinstance(number(text, dialect), Fraction)


# --- printing --------------------------------------------------------------------------------------

def plain_or_scientific(negative, digits, exponent):
    """digits: without trailing zeros; value = 0.d1d2.. * 10^(exponent+1), exponent of d1."""
    sign = "-" if negative else ""
    if -7 <= exponent <= 37:
        if exponent < 0:
            return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
        whole = digits[:exponent + 1].ljust(exponent + 1, "0")
        rest = digits[exponent + 1:]
        return sign + whole + ("." + rest if rest else "")
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{sign}{mantissa}e{exponent}"


def exact_digits(value):
    """(digits without trailing zeros, exponent of the first) of a positive finite decimal, or None."""
    denominator, twos, fives = value.denominator, 0, 0
    while denominator % 2 == 0:
        denominator //= 2
        twos += 1
    while denominator % 5 == 0:
        denominator //= 5
        fives += 1
    if denominator != 1:
        return None
    scale = max(twos, fives)
    text = str(value.numerator * 10 ** scale // value.denominator)
    return text.rstrip("0"), len(text) - 1 - scale


def compare_power(value, root, exponent):
    """sign of value - 10^exponent (of the square root of value when root)."""
    power = Fraction(10) ** (2 * exponent if root else exponent)
    return (value > power) - (value < power)


def rounded_digits(value, root, n):
    """n significant digits, half-even, of a positive rational or its square root."""
    guess = (len(str(value.numerator)) - len(str(value.denominator))) // (2 if root else 1)
    exponent = guess + 2
    while compare_power(value, root, exponent) < 0:
        exponent -= 1
    scale = n - 1 - exponent  # integer part of v * 10^scale has n digits
    if root:
        scaled = value * Fraction(10) ** (2 * scale)
        floor = math.isqrt(scaled.numerator // scaled.denominator)
        half = (2 * floor + 1) ** 2
        rest = 4 * scaled - half
    else:
        scaled = value * Fraction(10) ** scale
        floor = scaled.numerator // scaled.denominator
        rest = scaled - floor - Fraction(1, 2)
    if rest > 0 or (rest == 0 and floor % 2 == 1):
        floor += 1
    text = str(floor)
    if len(text) > n:
        exponent += 1
    return text.rstrip("0"), exponent


def nearest_double(value, root):
    """The double nearest to a positive rational or its root, half-even; inf when too large."""
    if not root:
        try:
            return float(value)
        except OverflowError:
            return math.inf
    shift = 0
    while value >= 4:
        value, shift = value / 4, shift + 1
    while value < 1:
        value, shift = value * 4, shift - 1
    bits = 2 * (60 + 10)
    scaled = value * (1 << bits)
    whole = scaled.numerator // scaled.denominator
    root_int = math.isqrt(whole)
    sticky = root_int * root_int != scaled
    try:
        return math.ldexp(float(Fraction(2 * root_int + (1 if sticky else 0), 2 << (bits // 2))), shift)
    except OverflowError:
        return math.inf


def certain_text(ends, precision):
    """The nearest double where both ends have the same, else the digits on which they agree."""
    negative, ends = ends[0] < 0, [abs(end) for end in ends]
    doubles = [nearest_double(end, False) for end in ends]
    if not precision and doubles[0] == doubles[1] and sys.float_info.min <= doubles[0] < math.inf:
        return as_text("ratio", Fraction(doubles[0]) * (-1 if negative else 1), 0)
    for n in range(precision or 17, 0, -1):
        digits = [rounded_digits(end, False, n) for end in ends]
        if digits[0] == digits[1]:
            return plain_or_scientific(negative, *digits[0])
    raise ValueError(ends)


def as_text(kind, value, precision):
    """kind: exact, copied, count, ratio, root, double, text, empty; value a Fraction or a string; of
    between: two Fractions."""
    if kind == "empty":
        return ""
    if kind == "cell":
        return value
    if isinstance(value, str):
        return {NAN: "nan", PLUS_INF: "inf", MINUS_INF: "-inf"}[value]
    if kind == "between":
        return certain_text(value, precision)
    if value == 0:
        return "0"
    negative, size, root = value < 0, abs(value), kind == "root"
    if precision and kind != "count":
        return plain_or_scientific(negative, *rounded_digits(size, root, precision))
    if not root and kind in ("exact", "copied", "count"):
        digits = exact_digits(size)
        if digits and (kind in ("copied", "count") or size.denominator == 1 or len(digits[0]) <= 38):
            return plain_or_scientific(negative, *digits)
    double = nearest_double(size, root)
    if math.isinf(double) or double < sys.float_info.min:
        if kind != "double":
            return plain_or_scientific(negative, *rounded_digits(size, root, 17))
    mantissa, exponent = repr(double), 0
    if "e" in mantissa:
        mantissa, power = mantissa.split("e")
        exponent = int(power)
    whole, _, rest = mantissa.partition(".")
    digits = (whole + rest).lstrip("0")
    lead = exponent + len(whole) - 1 - (len(whole + rest) - len(digits))
    return plain_or_scientific(negative, digits.rstrip("0"), lead)


# --- operations ------------------------------------------------------------------------------------

class Column:
    def __init__(self):
        self.values, self.missing = [], 0
        self.cells = []  # (record, value, text) of those that are not missing
        self.nan = self.plus = self.minus = 0
        self.texts, self.by_value, self.of_texts = [], False, False

    def add(self, value):
        if value == MISSING:
            self.missing += 1
        elif value == NAN:
            self.nan += 1
        elif value == PLUS_INF:
            self.plus += 1
        elif value == MINUS_INF:
            self.minus += 1
        else:
            self.values.append(value)

    @property
    def count(self):
        return len(self.values) + self.nan + self.plus + self.minus


def special(op, c):
    """What nan and inf make of op, or None when they do not matter."""
    if c.nan:
        return NAN
    if not (c.plus or c.minus):
        return None
    both = c.plus and c.minus
    if op in ("sum", "mean"):
        return NAN if both else PLUS_INF if c.plus else MINUS_INF
    if op in ("sumsq", "rms", "absmax"):
        return PLUS_INF
    if op in ("var", "sd", "sem", "cv"):
        return NAN
    if op == "min":
        return MINUS_INF if c.minus else None if c.values else PLUS_INF
    if op == "max":
        return PLUS_INF if c.plus else None if c.values else MINUS_INF
    if op == "range":
        low = MINUS_INF if c.minus else None if c.values else PLUS_INF
        high = PLUS_INF if c.plus else None if c.values else MINUS_INF
        return NAN if low == high else PLUS_INF
    raise KeyError(op)


def result(op, c, dialect):
    """(kind, value) of one operation over one column."""
    if op == "count":
        return "count", Fraction(c.count)
    if op == "missing":
        return "count", Fraction(c.missing)
    if op in oracle_moments.PLACES:
        return oracle_moments.place(op, c)
    if c.of_texts and oracle_counts.looks(op, dialect):
        return "empty", None
    if op in oracle_counts.OPS:
        return oracle_counts.result(op, c, dialect)
    if op in oracle_moments.OPS:
        return oracle_moments.result(op, c, dialect)
    if oracle_order.knows(op):
        return oracle_order.result(op, c, dialect)
    n, v = c.count, c.values
    if op in ("var", "sd", "sem", "cv") and n < (1 if dialect.population and op != "sem" else 2) and not c.nan:
        if not (n == 1 and (c.plus or c.minus) and dialect.population and op != "sem"):
            return "empty", None
    odd = special(op, c)
    if odd:
        return "text", odd
    s1, s2 = sum(v, Fraction(0)), sum((x * x for x in v), Fraction(0))
    copied = "double" if dialect.arith == "binary" else "copied"
    if op == "sum":
        return "exact", s1
    if op == "sumsq":
        return "exact", s2
    if n == 0:
        return "empty", None
    if op == "mean":
        return "ratio", s1 / n
    if op == "rms":
        return "root", s2 / n
    if op == "min":
        return copied, min(v)
    if op == "max":
        return copied, max(v)
    if op == "absmax":
        return copied, max(abs(x) for x in v)
    if op == "range":
        return "exact", max(v) - min(v)
    divisor = n if dialect.population and op != "sem" else n - 1
    var = (s2 - s1 * s1 / n) / divisor
    if op == "cv":  # sd / mean
        mean = sum(c.values) / n
        return ("root", var / (mean * abs(mean))) if mean else ("empty", None)
    return {"var": ("ratio", var), "sd": ("root", var), "sem": ("root", var / n)}[op]


STATS = ("count", "missing", "distinct~", "mean", "sd", "min", "q25", "median", "q75", "max", "skew", "sum")


# --- the whole job ---------------------------------------------------------------------------------

def tsv_field(text):
    return '"' + text.replace('"', '""') + '"' if re.search('[\t\n\r"]', text) else text


def json_number(text):
    return text if text not in ("", "nan", "inf", "-inf") else "null"


def choose_header(rows, dialect):
    """Is record 1 a header? By the probe of it and the next 1,000 records."""
    if dialect.header != "auto":
        return dialect.header == "yes"
    if not rows:
        return False
    first, rest = [c.text() for c in rows[0]], [[c.text() for c in r] for r in rows[1:PROBE + 1]]

    def missing(text):
        return number(text, dialect) == MISSING

    def first_value(column, among):
        for row in among:
            if column < len(row) and not missing(row[column]):
                return row[column]
        return None

    some_numeric = False
    for i, text in enumerate(first):
        after = first_value(i, rest)
        if after is not None and is_finite_number(after, dialect) and not missing(text) \
                and not is_finite_number(text, dialect):
            return True
        value = first_value(i, [first] + rest)
        some_numeric |= value is not None and is_finite_number(value, dialect)
    return not some_numeric and len(set(first)) == len(first) and all(not missing(t) for t in first)


def pieces_of(row, width, looked, dialect, begin):
    """The bad data of one record, in the order in which it is met: (offset, why, column or None)."""
    extra = row[width:]
    if not dialect.ragged and (len(row) < width or any(c.content for c in extra)):
        yield begin, "width", None
    for i, cell in enumerate(row):
        if 0 in cell.content:
            yield cell.begin, "NUL", i
        elif i in looked:
            if len(cell.content) > dialect.max_record:
                yield cell.begin, "length", i
            elif number(cell.text(), dialect) is None:
                yield cell.begin, "number", i


def count_pieces(row, width, looked, dialect, record, begin, budget):
    """The columns with bad data that policy lets pass; raises Bad at the piece that it does not."""
    columns = set()
    for offset, why, column in pieces_of(row, width, looked, dialect, begin):
        budget[0] += 1
        if dialect.on_error == "fail" or budget[0] > dialect.max_errors:
            raise Bad(offset, record, why)
        columns.add(column)
        if dialect.on_error == "skip":
            break
    return columns


class Job:
    """What is looked at: every column in looked, those in late only where a record passes where."""

    def __init__(self, names, width, dialect, where, maps):
        self.names, self.width, self.dialect = names, width, dialect
        self.maps = oracle_exprs.read_maps(maps, names)
        self.where = oracle_exprs.read_where(where, names, self.maps) if where else None
        self.map_uses = {c for _, tree in self.maps for c, is_number in oracle_exprs.columns_of(tree) if is_number}
        self.where_uses = set()
        if self.where:
            self.where_uses = {c for c, is_number in oracle_exprs.columns_of(self.where) if is_number}

    def row(self, row, bad_columns):
        def read(i):
            return number(row[i].text(), self.dialect) if i < len(row) and i not in bad_columns else MISSING

        def text(i):
            return oracle_groups.key_of(row, [i], bad_columns, self.dialect)[0]

        return oracle_exprs.Row(read, text, self.dialect.arith == "binary")

    def values(self, row, bad_columns):
        values = self.exact_values(row, bad_columns)
        return [None if oracle_exprs.is_outside(value) else value for value in values]

    def exact_values(self, row, bad_columns):
        return [self.row(row, bad_columns).value(tree) for _, tree in self.maps]

    def key(self, row, keys, bad_columns):
        """Computed numbers are called as they are printed."""
        values = self.values(row, bad_columns) if any(k >= self.width for k in keys) else ()
        out = []
        for k in keys:
            if k < self.width:
                out += oracle_groups.key_of(row, [k], bad_columns, self.dialect)
                continue
            value, cell = values[k - self.width], oracle_exprs.as_cell(values[k - self.width])
            kind = "double" if isinstance(value, float) else "copied"
            out.append(b"" if value is None else value if isinstance(value, bytes) else as_text(kind, cell, 0).encode())
        return tuple(out)

    def passes(self, row, bad_columns):
        return self.where is None or self.row(row, bad_columns).value(self.where) is True


def late_pieces(row, late, dialect, record, budget):
    """The columns with bad data among those that are only looked at now."""
    columns = set()
    for i, cell in enumerate(row):
        if i in late and 0 not in cell.content and (
                len(cell.content) > dialect.max_record or number(cell.text(), dialect) is None):
            budget[0] += 1
            if dialect.on_error == "fail" or budget[0] > dialect.max_errors:
                raise Bad(cell.begin, record, "number")
            columns.add(i)
            if dialect.on_error == "skip":
                break
    return columns


def used_cells(row, width, indexes, looked, dialect, record, begin, budget, job):
    """One record by policy: the number of every column in indexes, or None when it is left out; and
    the columns with bad data."""
    looked = looked | job.map_uses
    early = job.where_uses if job.where else looked
    bad_columns = count_pieces(row, width, early | job.where_uses, dialect, record, begin, budget)
    if bad_columns and dialect.on_error == "skip":
        return None, bad_columns
    if not job.passes(row, bad_columns):
        return None, bad_columns
    if job.where:
        late = late_pieces(row, looked - early, dialect, record, budget)
        if late and dialect.on_error == "skip":
            return None, late
        bad_columns |= late
    for value in job.exact_values(row, bad_columns):
        if oracle_exprs.is_outside(value):
            budget[0] += 1
            if dialect.on_error == "fail" or budget[0] > dialect.max_errors:
                raise Bad(begin, record, "out of range")
            if dialect.on_error == "skip":
                return None, bad_columns
    out = {}
    for i in (i for i in indexes if i < width):
        value = number(row[i].text(), dialect) if i < len(row) and i not in bad_columns else MISSING
        out[i] = value if i in looked or value == MISSING else Fraction(0)
    for k, value in enumerate(job.values(row, bad_columns)):
        out[width + k] = oracle_exprs.as_cell(value)
    return out, bad_columns


def expect(data, ops, columns=None, dialect=None, by=(), order="key", where="", maps=()):
    """What `crunch OPS -c COLUMNS -g BY -w WHERE -m MAPS` (1-based indexes or names) must do with data."""
    dialect = dialect or Dialect()
    stats = ops == "stats"
    ops = STATS if stats else tuple(ops.split(","))
    budget = [0]
    try:
        return expect_good(data, ops, stats, columns, dialect, budget, by, order, where, maps)
    except Bad as error:
        line, byte_column = line_and_column(data, error.offset)
        return Expected(code=1, line=line, byte_column=byte_column, record=error.record or 0,
                        detail=error.why, bad=budget[0])


def probe(data, at, dialect):
    rows = []
    try:
        for _, row in records_of(data, at, dialect):
            rows.append(row)
            if len(rows) > PROBE:
                break
    except Bad:
        if not rows:
            raise
    return rows


def skip_start(data, dialect):
    at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    for _ in range(dialect.skip):
        while at < len(data) and data[at] not in (10, 13):
            at += 1
        at += 2 if data[at:at + 2] == b"\r\n" else 1
    return min(at, len(data))


def looks_like_numbers(body, indexes, dialect):
    """Those of the columns whose first value is a number."""
    found = set()
    for i in indexes:
        texts = [row[i].text() for row in body if i < len(row)]
        first = next((t for t in texts if number(t, dialect) != MISSING), None)
        if first is not None and is_finite_number(first, dialect):
            found.add(i)
    return found


def expect_good(data, ops, stats, columns, dialect, budget, by, order, where, maps):
    at = skip_start(data, dialect)
    rows = probe(data, at, dialect)
    header = choose_header(rows, dialect) if rows else False
    width = len(rows[0]) if rows else 0
    names = [c.text() for c in rows[0]] if header else [str(i + 1) for i in range(width)]
    body = rows[1:] if header else rows
    job = Job(names, width, dialect, where, maps)
    names = names + [name for name, _ in job.maps]
    chosen = columns is not None or bool(maps)
    keys = [names.index(c) if isinstance(c, str) else c - 1 for c in by]
    if columns is not None:
        indexes = [names.index(c) if isinstance(c, str) else c - 1 for c in columns]
    elif maps:
        indexes = [width + i for i in range(len(job.maps)) if width + i not in keys]
    elif ops == ("count",):
        indexes = []
    else:
        indexes = []
        every = stats or not any(oracle_counts.of_numbers(op, dialect) for op in ops)
        for i in range(width):
            for row in body[:PROBE if header else PROBE + 1]:
                if i < len(row) and i not in keys and number(row[i].text(), dialect) != MISSING:
                    if is_finite_number(row[i].text(), dialect):
                        indexes.append(i)
                    break
        if every:
            indexes = [i for i in range(width) if i not in keys]
        if not indexes:
            return Expected(code=2, detail="no numeric column")
    used = list(indexes)  # what is read, and what there are results for
    if dialect.weight:
        used.append(names.index(dialect.weight))
    looked = set(used) if any(oracle_counts.looks(op, dialect) for op in ops) else set()
    looked = {i for i in looked if i < width}
    totals = {i: Column() for i in indexes}
    of_texts = set()
    if stats:
        looked = looks_like_numbers(body[:PROBE if header else PROBE + 1], indexes, dialect)
        for i in indexes:
            totals[i].by_value, totals[i].of_texts = i in looked, i not in looked
        of_texts = set(indexes) - looked
    groups = {}
    kept = []
    records = 0
    pending = header
    record = 0
    try:
        for begin, row in records_of(data, at, dialect):
            if pending:
                pending = False
                continue
            record += 1
            out, bad_columns = used_cells(row, width, used, looked, dialect, record, begin, budget, job)
            if out is None:
                continue
            records += 1
            if keys:
                key = job.key(row, keys, bad_columns)
                if key not in groups:
                    groups[key] = oracle_groups.Group(record, indexes, Column)
                groups[key].add(out)
            kept.append(out)
            for i, value in out.items():
                if i not in totals:
                    continue
                text = oracle_counts.text_of(row, i, bad_columns, dialect)
                totals[i].add(value)
                totals[i].texts += [text] if text is not None else []
                if value != MISSING:
                    totals[i].cells.append((record, value, row[i].text() if i < len(row) else None))
                if keys:
                    column = groups[key].columns[i]
                    column.texts += [text] if text is not None else []
                    if value != MISSING:
                        column.cells.append((record, value, row[i].text() if i < len(row) else None))
    except Bad as error:
        if error.record is None:  # the record that never ends: what its earlier cells have comes first
            begin = error.cells[0].begin if error.cells else error.offset
            padding = [Cell(error.offset)] * (width - len(error.cells))
            early = job.where_uses if job.where else looked | job.map_uses
            count_pieces(list(error.cells) + padding, width, early, dialect, record + 1, begin, budget)
            error.record = record + 1
        raise
    if keys:
        def of_group(op, group, i):
            if op in oracle_pairs.WEIGHTED:
                return oracle_pairs.weighted(op, [(out[i], out[used[-1]]) for out in group.kept])
            column = group.columns[i]
            column.by_value, column.of_texts = stats and i not in of_texts, i in of_texts
            return result(op, column, dialect)

        if ops[0] in oracle_counts.TABLES:
            shape = oracle_groups.tables_shape(groups, names, indexes, ops[0], totals, dialect, oracle_counts.table, as_text)
        elif ops[0] in oracle_pairs.OPS:
            shape = oracle_groups.pairs_shape(groups, names, indexes, ops, dialect, oracle_pairs.table, as_text)
        else:
            shape = oracle_groups.ops_shape(groups, names, indexes, ops, not chosen and not stats, dialect,
                                            of_group, as_text, of_texts)
        text = oracle_groups.render(groups, [names[k] for k in keys], shape, order, dialect)
        return Expected(stdout=text, bad=budget[0], records=record)
    if ops[0] in oracle_counts.TABLES:
        text = oracle_counts.render(ops[0], [(names[i], totals[i]) for i in indexes], dialect, as_text)
        return Expected(stdout=text, bad=budget[0], records=records)
    if ops[0] in oracle_pairs.OPS:
        found = oracle_pairs.table([[out[i] for i in indexes] for out in kept],
                                   [names[i] for i in indexes], ops, dialect)
        if found is None:
            return Expected(code=1, detail="columns that depend on each other")
        bare = len(ops) == 1 and ops != ("linreg",) and chosen and len(indexes) == 2 and not dialect.matrix
        return Expected(stdout=render_rows(*found, bare, dialect), bad=budget[0], records=record)
    table = []
    if not indexes:
        table.append(("*", [("count", Fraction(records))]))
    for i in indexes:
        table.append((names[i], [
            ("count", Fraction(records)) if op == "count" and not chosen and not stats
            else oracle_pairs.weighted(op, [(out[i], out[used[-1]]) for out in kept])
            if op in oracle_pairs.WEIGHTED
            else result(op, totals[i], dialect) for op in ops]))
    bare = not stats and len(ops) == 1 and (chosen and len(indexes) == 1 or not chosen and width == 1)
    return Expected(stdout=render(table, ops, bare, dialect), bad=budget[0], records=record)


def render_rows(titles, rows, bare, dialect):
    """A table whose fields are names or (kind, value)."""
    texts = [[f if isinstance(f, str) else as_text(*f, dialect.precision) for f in row] for row in rows]
    if dialect.format == "json":
        objects = ["{" + ",".join(
            f'"{title}":{json.dumps(text, ensure_ascii=False) if isinstance(f, str) else json_number(text)}'
            for title, f, text in zip(titles, row, line)) + "}" for row, line in zip(rows, texts)]
        return "[" + ",".join(objects) + "]\n"
    if bare:
        return texts[0][-1] + "\n"
    return "\n".join("\t".join(tsv_field(f) for f in line) for line in [titles] + texts) + "\n"


def render(table, ops, bare, dialect):
    texts = [(name, [as_text(kind, value, dialect.precision) for kind, value in row])
             for name, row in table]
    if dialect.format == "json":
        rows = ["{" + ",".join([f'"column":{json.dumps(name, ensure_ascii=False)}'] + [
            f'"{op}":{json_number(text)}' for op, text in zip(ops, row)]) + "}" for name, row in texts]
        return "[" + ",".join(rows) + "]\n"
    if bare:
        return texts[0][1][0] + "\n"
    lines = ["\t".join(("column",) + tuple(ops))]
    lines += ["\t".join([tsv_field(name)] + [tsv_field(text) for text in row]) for name, row in texts]
    return "\n".join(lines) + "\n"

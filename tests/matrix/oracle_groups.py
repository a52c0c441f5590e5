"""Groups: keys, their order and the rows that are printed for them. See oracle.py."""
import dataclasses
import json
import re
from fractions import Fraction


class Group:
    def __init__(self, record, indexes, new_column):
        self.first, self.rows, self.kept = record, 0, []
        self.columns = {i: new_column() for i in indexes}

    def add(self, cells):
        self.rows += 1
        self.kept.append(cells)
        for i, value in cells.items():
            if i in self.columns:
                self.columns[i].add(value)


def key_of(row, by, bad_columns, dialect):
    """The texts of the key cells, as bytes; a missing one is empty."""
    out = []
    for i in by:
        content = bytes(row[i].content) if i < len(row) and i not in bad_columns else b""
        bare = content.strip(b" \t")
        missing = bare == b"" or bare.decode("utf-8", "surrogateescape") in dialect.nulls
        out.append(b"" if missing else content)
    return tuple(out)


def order_of(groups, order, value_of):
    """The keys in order. value_of(key) gives the first result: a Fraction, "+inf", "-inf", "nan" or None."""
    keys = sorted(groups)
    what, _, down = order.partition(":")
    if what == "first":
        return sorted(keys, key=lambda k: groups[k].first, reverse=bool(down))
    if what == "key":
        return list(reversed(keys)) if down else keys
    values = {k: value_of(k) for k in keys}

    def rank(key):  # the smallest comes first, nan and nothing last either way
        value = values[key]
        if value is None:
            return 4, 0
        if value == "nan":
            return 3, 0
        low, high = (2, 0) if down else (0, 2)
        if isinstance(value, str):
            return (low if value == "-inf" else high), 0
        return 1, -value if down else value

    return sorted(keys, key=rank)


def comparable(kind, value):
    """A result (kind, value) as order_of wants it; roots by their signed squares, which order alike."""
    return None if kind == "empty" else value


def field(text):
    odd = re.search('[\t\n\r"]', text) or text != text.strip(" \t")
    return '"' + text.replace('"', '""') + '"' if odd else text


def titles(key_names, names, indexes, ops, counts_rows, of_texts=()):
    """Names of the columns, and for each result (op, index). Columns of texts have results of texts only."""
    shown = []
    for n, i in enumerate(indexes or [None]):
        for op in ops:
            if op == "count" and counts_rows:
                if n == 0:
                    shown.append((op, None))
            elif i not in of_texts or op in ("count", "missing", "distinct~"):
                shown.append((op, i))
    return key_names + [op if i is None else f"{names[i]}_{op}" for op, i in shown], shown


class Shape:
    """Behind the keys: names of the columns, rows of (kind, text) for a key, and what it is ordered by."""

    def __init__(self, titles, rows_of, value_of=None):
        self.titles, self.rows_of, self.value_of = titles, rows_of, value_of


def texts(figures, dialect, as_text):
    """A row of (kind, value) as fields."""
    return [("number", as_text(*figure, dialect.precision)) for figure in figures]


def ops_shape(groups, names, indexes, ops, counts_rows, dialect, result, as_text, of_texts=()):
    """A result per column and op. result(op, group, index)."""
    head, shown = titles([], names, indexes, ops, counts_rows, of_texts)

    def result_of(key, op, i):
        return ("count", Fraction(groups[key].rows)) if i is None else result(op, groups[key], i)

    return Shape(head, lambda key: [texts([result_of(key, *what) for what in shown], dialect, as_text)],
                 lambda key: comparable(*result_of(key, *shown[0])))


def pairs_shape(groups, names, indexes, ops, dialect, table, as_text):
    """A result per pair and op, or the figures of a regression. table is oracle_pairs.table."""
    chosen = [names[i] for i in indexes]

    def figures(key):
        return table([[out[i] for i in indexes] for out in groups[key].kept], chosen, ops, dialect)

    if ops != ("linreg",):
        pairs = [(a, b) for n, a in enumerate(chosen) for b in chosen[n + 1:]]
        head = [f"{a}_{b}_{op}" for a, b in pairs for op in ops]
        return Shape(head, lambda key: [texts([f for row in figures(key)[1] for f in row[2:]], dialect, as_text)],
                     lambda key: comparable(*figures(key)[1][0][2]))
    intercept = [] if dialect.no_intercept else ["intercept"]
    line = len(chosen) == 2 and dialect.degree < 2
    powers = [f"{chosen[0]}^{i}" for i in range(2, dialect.degree + 1)]
    predictors = chosen[:1] + powers if powers else chosen[:-1]
    if line:
        head = ["slope"] + intercept + ["slope_se"] + [f"{i}_se" for i in intercept]
    else:
        head = [t + e for t in intercept + [f"{name}_slope" for name in predictors] for e in ("", "_se")]
    head += ["r2", "residual_sd", "rows"]

    def row(key):
        found = figures(key)
        if found is None:  # columns that depend on each other: nothing but the number of rows
            complete = [out for out in groups[key].kept if "missing" not in [out[i] for i in indexes]]
            return [("number", "")] * (len(head) - 1) + [("number", str(len(complete)))]
        if line:
            named = dict(zip(found[0], found[1][0]))
            return texts([named[t] for t in head], dialect, as_text)
        rows = found[1]
        terms = [f for _, estimate, error in rows[:-3] for f in (estimate, error)]
        return texts(terms + [figure for _, figure, _ in rows[-3:]], dialect, as_text)

    return Shape(head, lambda key: [row(key)])


def tables_shape(groups, names, indexes, op, totals, dialect, table, as_text):
    """The rows of oracle_counts.table; equal bins are those of all groups together."""
    head = (["column"] if len(indexes) > 1 else []) + \
        (["from", "to", "count"] if op == "hist" else ["value", "count", "share"])

    def of_column(i):
        values = totals[i].values
        if op != "hist" or dialect.edges or not values:
            return dialect
        low, high = min(values), max(values)
        n = dialect.bins if low < high else 1
        return dataclasses.replace(dialect, edges=tuple(low + (high - low) * Fraction(k, n) for k in range(n + 1)))

    own = {i: of_column(i) for i in indexes}

    def rows(key):
        named = [[("text", names[i])] if len(indexes) > 1 else [] for i in indexes]
        return [name + row for i, name in zip(indexes, named) for row in table(op, groups[key].columns[i], own[i], as_text)]

    return Shape(head, rows)


def render(groups, key_names, shape, order, dialect):
    head = key_names + shape.titles
    rows = []
    for key in order_of(groups, order, shape.value_of):
        keys = [("text", k.decode("utf-8", "surrogateescape")) for k in key]
        rows += [keys + row for row in shape.rows_of(key)]
    if dialect.format in ("json", "jsonl"):
        def json_field(kind, text):
            if kind == "text":
                return json.dumps(text, ensure_ascii=False)
            return "null" if kind != "number" or text in ("", "nan", "inf", "-inf") else text
        lines = ["{" + ",".join(f"{json.dumps(name, ensure_ascii=False)}:{json_field(*f)}" for name, f in zip(head, row))
                 + "}" for row in rows]
        return "[" + ",".join(lines) + "]\n" if dialect.format == "json" else "".join(x + "\n" for x in lines)
    lines = ["\t".join(field(name) for name in head)] + ["\t".join(field(text) for _, text in row) for row in rows]
    return "\n".join(lines) + "\n"

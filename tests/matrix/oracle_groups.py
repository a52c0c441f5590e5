"""Groups: keys, their order and the rows that are printed for them. See oracle.py."""
import json
import re
from fractions import Fraction


class Group:
    def __init__(self, record, indexes, new_column):
        self.first, self.rows = record, 0
        self.columns = {i: new_column() for i in indexes}

    def add(self, cells):
        self.rows += 1
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


def titles(key_names, names, indexes, ops, counts_rows):
    """Names of the columns, and for each result (op, index)."""
    shown = []
    for n, i in enumerate(indexes or [None]):
        for op in ops:
            if op == "count" and counts_rows:
                if n == 0:
                    shown.append((op, None))
            else:
                shown.append((op, i))
    return key_names + [op if i is None else f"{names[i]}_{op}" for op, i in shown], shown


def render(groups, key_names, names, indexes, ops, counts_rows, order, dialect, result, as_text):
    head, shown = titles(key_names, names, indexes, ops, counts_rows)

    def result_of(key, op, i):
        group = groups[key]
        return ("copied", Fraction(group.rows)) if i is None else result(op, group.columns[i], dialect)

    rows = []
    for key in order_of(groups, order, lambda k: comparable(*result_of(k, *shown[0]))):
        values = [as_text(*result_of(key, op, i), dialect.precision) for op, i in shown]
        rows.append(([k.decode("utf-8", "surrogateescape") for k in key], values))
    if dialect.format in ("json", "jsonl"):
        lines = ["{" + ",".join(
            [f"{json.dumps(name, ensure_ascii=False)}:{json.dumps(k, ensure_ascii=False)}" for name, k in zip(head, keys)]
            + [f"{json.dumps(name, ensure_ascii=False)}:{v if v not in ('', 'nan', 'inf', '-inf') else 'null'}"
               for name, v in zip(head[len(keys):], values)]) + "}" for keys, values in rows]
        return "[" + ",".join(lines) + "]\n" if dialect.format == "json" else "".join(x + "\n" for x in lines)
    lines = ["\t".join(field(name) for name in head)]
    lines += ["\t".join([field(k) for k in keys + values]) for keys, values in rows]
    return "\n".join(lines) + "\n"

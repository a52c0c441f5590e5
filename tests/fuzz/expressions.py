"""Random expressions, against an evaluator of their trees that knows nothing of the program: exact
fractions for decimals, Python's floats for doubles, three-valued logic for truths. Trees are
typed when they are made (decimal, double, truth, text), printed with as few parentheses as the
grammar allows, computed by `crunch map` and `crunch filter` on a random table, by a random
backend, chunk size and instruction set, some with --verify, and compared row by row. Expressions of
a wrong type must be refused with a mark under the very part that does not fit.

expressions.py [--seeds 1,2,3 | --seconds S --seed N]
Environment: CRUNCH, the program (build/release/crunch). Ends with "expressions: N passed, N failed".
"""
import argparse
import csv
import io
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import namedtuple
from fractions import Fraction

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "matrix"))
import oracle  # noqa: E402  (how a number is written, nothing else)

CRUNCH = os.environ.get("CRUNCH", "build/release/crunch")
NUMBERS, TEXTS = ("k", "a", "b", "c", "d"), ("s", "t")
WORDS = ["Oslo", "oslo", "12", "12.0", "a,b", 'say "x"', "ø", "日本", "x y", "aab", "-", "1e3"]
LARGEST = Fraction(sys.float_info.max)
CHAIN, OR, AND, COMPARE, SUM, PRODUCT, SIGN, ATOM = range(8)

# kind: "decimal", "double", "truth" or "text"; level: how tightly its outermost operator binds;
# value: a function of a row.
Node = namedtuple("Node", "kind level text value")
Row = namedtuple("Row", "cells maps")


def to_double(v):
    if v is None or isinstance(v, float):
        return v
    try:
        return float(v)
    except OverflowError:
        return math.inf if v > 0 else -math.inf


def is_special(v):
    return isinstance(v, float) and not math.isfinite(v)


def sign_of(v):
    return (v > 0) - (v < 0)


def special(op, x, y):
    """Decimals of which one is nan or infinite."""
    if x != x or y != y:
        return math.nan
    if op == "%":
        if is_special(x):
            return math.nan
        return x if x == 0 or (x < 0) == (y < 0) else y
    x, y = [v if is_special(v) else float(sign_of(v)) for v in (x, y)]
    return {"+": x + y, "-": x - y, "*": x * y}[op]


def decimal(op, x, y):
    if op == "%" and y == 0:
        return math.nan
    if is_special(x) or is_special(y):
        return special(op, x, y)
    return {"+": lambda: x + y, "-": lambda: x - y, "*": lambda: x * y, "%": lambda: x - y * math.floor(x / y)}[op]()


def double(op, x, y):
    if op == "/" and y == 0:
        if x == 0 or x != x:
            return math.nan
        return math.copysign(math.inf, x) * math.copysign(1, y)
    if op == "%":
        return math.nan if y == 0 or is_special(x) else x % y
    out = {"+": lambda: x + y, "-": lambda: x - y, "*": lambda: x * y, "/": lambda: x / y}[op]()
    if math.isfinite(out) and math.isfinite(x) and math.isfinite(y):  # Python's floats, held to the fractions
        a, b = Fraction(x), Fraction(y)
        exact = {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[op]()
        assert to_double(exact) == out, (op, x, y)
    return out


def whole(f, v):
    """floor, ceil, or round half-even."""
    if is_special(v):
        return v
    out = f(v)
    return math.copysign(float(out), v) if isinstance(v, float) else Fraction(out)


def is_prime(v):
    if is_special(v) or v != int(v) or v < 2:
        return False
    n = int(v)
    small = [p for p in range(2, 100) if all(p % q for q in range(2, p))]
    if n < 10000:
        return n in small or (n > 97 and all(n % p for p in small))
    d, r = n - 1, 0
    while d % 2 == 0:
        d, r = d // 2, r + 1
    if n in small or any(n % p == 0 for p in small):
        return n in small
    for base in small:
        x = pow(base, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(r - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def compare(op, x, y):
    if any(isinstance(v, float) and v != v for v in (x, y)):
        return op == "!="
    return {"==": x == y, "!=": x != y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[op]


def lift(f):
    """A function of values that are there: missing if one is not."""
    def lifted(*values):
        return None if any(v is None for v in values) else f(*values)
    return lifted


class Maker:
    def __init__(self, rng, binary, named):
        self.rng, self.binary, self.named = rng, binary, named

    # ---- printing ----

    def inside(self, node, level):
        return node.text if node.level >= level else f"({node.text})"

    def infix(self, kind, level, sign, left, right, value):
        gap = self.rng.choice(["", " "])
        text = self.inside(left, level) + gap + sign + " " + self.inside(right, level + 1)
        return Node(kind, level, text, value)

    def call(self, kind, name, arguments, value):
        return Node(kind, ATOM, f"{name}({self.rng.choice([',', ', ']).join(a.text for a in arguments)})", value)

    # ---- numbers ----

    def number_kind(self):
        return "double" if self.binary else "decimal"

    def literal(self):
        text = self.rng.choice(["0", "1", "2", "3", "7", "10", "0.1", "0.5", "2.5", "1e3", "1e-3", "97", "0.30", "123456789",
                                "1234567890123456789012", ".25", "4."])
        value = float(text) if self.binary else Fraction(text)
        return Node(self.number_kind(), ATOM, text, lambda row: value)

    def column(self):
        name = self.rng.choice(NUMBERS)
        text = self.rng.choice([name, name, f"`{name}`", f"${2 + NUMBERS.index(name)}", f"number({name})"])
        return Node(self.number_kind(), ATOM, text, lambda row: row.cells[name])

    def leaf(self):
        pick = self.rng.random()
        if pick < 0.15 and self.named:
            return self.rng.choice(self.named)
        return self.literal() if pick < 0.4 else self.column()

    def number(self, depth):
        if depth == 0:
            return self.leaf()
        make = self.rng.choice([self.arithmetic] * 5 + [self.rounding] * 2 + [
            self.negative, self.root, self.least, self.choice, self.coalesce, self.length, self.leaf_of])
        return make(depth - 1)

    def leaf_of(self, depth):
        return self.leaf()

    def arithmetic(self, depth):
        sign = self.rng.choice("++--***/%")
        left, right = self.number(depth), self.number(depth)
        level = SUM if sign in "+-" else PRODUCT
        doubles = sign == "/" or "double" in (left.kind, right.kind)
        f = lift((lambda x, y: double(sign, to_double(x), to_double(y))) if doubles else (lambda x, y: decimal(sign, x, y)))
        kind = "double" if doubles else "decimal"
        value = lambda row: f(left.value(row), right.value(row))  # noqa: E731
        if sign == "%" and self.rng.random() < 0.3:
            return self.call(kind, "mod", (left, right), value)
        return self.infix(kind, level, sign, left, right, value)

    def negative(self, depth):
        x = self.number(depth)
        if x.text.strip("0.") == "":  # a decimal has no negative zero, not even in binary arithmetic
            return x._replace(text="-" + x.text, level=SIGN)
        if self.rng.random() < 0.5:
            return self.call(x.kind, "abs", (x,), lambda row: lift(abs)(x.value(row)))
        return Node(x.kind, SIGN, "-" + self.inside(x, SIGN), lambda row: lift(lambda v: -v)(x.value(row)))

    def rounding(self, depth):
        x = self.number(depth)
        name = self.rng.choice(["floor", "ceil", "round", "round"])
        if name == "round" and self.rng.random() < 0.6:
            digits = self.rng.choice([0, 1, 2, 3, 12, -1, -3])
            kind, unit = self.number_kind(), Fraction(10) ** digits

            def to(v):
                if is_special(v):
                    return v
                out = Fraction(round(Fraction(v) * unit)) / unit
                return to_double(out) if kind == "double" else out
            return Node(kind, ATOM, f"round({x.text}, {digits})", lambda row: lift(to)(x.value(row)))
        f = {"floor": math.floor, "ceil": math.ceil, "round": round}[name]
        return self.call(x.kind, name, (x,), lambda row: lift(lambda v: whole(f, v))(x.value(row)))

    def root(self, depth):
        x = self.number(depth)

        def f(v):
            v = to_double(v)
            return math.nan if v != v or v < 0 else math.sqrt(v)
        return self.call("double", "sqrt", (x,), lambda row: lift(f)(x.value(row)))

    def unified(self, nodes):
        """Their common kind, and their values as that."""
        kind = "double" if any(n.kind == "double" for n in nodes) else "decimal"
        return kind, [(lambda row, n=n: to_double(n.value(row)) if kind == "double" else n.value(row)) for n in nodes]

    def least(self, depth):
        nodes = [self.number(depth) for _ in range(self.rng.choice([2, 2, 3]))]
        kind, values = self.unified(nodes)
        name = self.rng.choice(["min", "max"])
        f = lift(lambda *v: math.nan if any(x != x for x in v) else (min if name == "min" else max)(v))
        return self.call(kind, name, nodes, lambda row: f(*[v(row) for v in values]))

    def choice(self, depth):
        condition, nodes = self.truth(depth), [self.number(depth), self.number(depth)]
        kind, values = self.unified(nodes)

        def f(row):
            c = condition.value(row)
            return None if c is None else values[0 if c else 1](row)
        return self.call(kind, "if", [condition] + nodes, f)

    def coalesce(self, depth):
        nodes = [self.number(depth) for _ in range(self.rng.choice([2, 3]))]
        kind, values = self.unified(nodes)
        return self.call(kind, "coalesce", nodes, lambda row: next((x for x in (v(row) for v in values) if x is not None), None))

    def length(self, depth):
        x = self.words(depth)
        one = float if self.binary else Fraction
        return self.call(self.number_kind(), "len", (x,), lambda row: lift(lambda v: one(len(v)))(x.value(row)))

    # ---- texts: str; never empty ----

    def words(self, depth):
        pick = self.rng.random()
        if depth > 0 and pick < 0.15:
            condition, x, y = self.truth(depth - 1), self.words(depth - 1), self.words(depth - 1)

            def f(row):
                c = condition.value(row)
                return None if c is None else (x if c else y).value(row)
            return self.call("text", "if", (condition, x, y), f)
        if pick < 0.5:
            word = self.rng.choice(WORDS)
            quote = self.rng.choice("'\"")
            return Node("text", ATOM, quote + word.replace(quote, quote * 2) + quote, lambda row: word)
        name = self.rng.choice(TEXTS + NUMBERS)
        return Node("text", ATOM, f"text({name})", lambda row: row.cells["text " + name])

    # ---- truths ----

    def truth(self, depth):
        make = [self.comparison] * 4 + [self.text_test] * 2 + [self.null, self.prime]
        if depth > 0:
            make += [self.logic] * 4 + [self.negation, self.agreement]
        return self.rng.choice(make)(max(depth - 1, 0))

    def comparison(self, depth):
        sign = self.rng.choice(["==", "!=", "<", "<=", ">", ">="])
        make = self.words if self.rng.random() < 0.25 else self.number
        x, y = make(depth), make(depth)
        as_bytes = make == self.words

        def f(a, b):
            return compare(sign, a.encode(), b.encode()) if as_bytes else compare(sign, a, b)
        return self.infix("truth", COMPARE, sign, x._replace(text=self.inside(x, SUM), level=ATOM), y,
                          lambda row: lift(f)(x.value(row), y.value(row)))

    def text_test(self, depth):
        name = self.rng.choice(["starts_with", "ends_with", "contains", "matches"])
        x = self.words(depth)
        if name == "matches":
            pattern = self.rng.choice(["^[Oo]", "a+b$", "[0-9]", "x|y", "(?i)OSLO", "^.{2}$"])
            import re
            return Node("truth", ATOM, f"matches({x.text}, '{pattern}')",
                        lambda row: lift(lambda v: re.search(pattern, v) is not None)(x.value(row)))
        y = self.words(depth)
        f = {"starts_with": str.startswith, "ends_with": str.endswith, "contains": str.__contains__}[name]
        return self.call("truth", name, (x, y), lambda row: lift(f)(x.value(row), y.value(row)))

    def null(self, depth):
        if self.rng.random() < 0.5:
            name = self.rng.choice(TEXTS + NUMBERS)
            return Node("truth", ATOM, f"isnull({name})", lambda row: row.cells["text " + name] is None)
        x = self.number(depth)
        return self.call("truth", "isnull", (x,), lambda row: x.value(row) is None)

    def prime(self, depth):
        x = self.number(depth)
        return self.call("truth", "isprime", (x,), lambda row: lift(is_prime)(x.value(row)))

    def logic(self, depth):
        sign = self.rng.choice(["&&", "||"])
        x, y = self.truth(depth), self.truth(depth)
        strong = sign == "||"

        def f(row):
            a, b = x.value(row), y.value(row)
            if a is strong or b is strong:
                return strong
            return None if a is None or b is None else not strong
        return self.infix("truth", OR if strong else AND, sign, x, y, f)

    def negation(self, depth):
        x = self.truth(depth)
        return Node("truth", SIGN, "!" + self.inside(x, SIGN), lambda row: lift(lambda v: not v)(x.value(row)))

    def agreement(self, depth):
        x, y = self.truth(depth), self.truth(depth)
        sign = self.rng.choice(["==", "!="])
        left = x._replace(text=self.inside(x, SUM), level=ATOM)
        return self.infix("truth", COMPARE, sign, left, y, lambda row: lift(lambda a, b: (a == b) == (sign == "=="))(
            x.value(row), y.value(row)))


# ---- tables ----

def cell_of(rng, name):
    if name in TEXTS:
        return "" if rng.random() < 0.2 else rng.choice(WORDS)
    if rng.random() < 0.1:
        return ""
    return {"k": lambda: str(rng.randint(-20, 120)),
            "a": lambda: f"{rng.randint(-9999, 9999) / 100:.2f}",
            "b": lambda: rng.choice([lambda: repr(rng.uniform(-1, 1)), lambda: str(rng.randint(0, 9)), lambda: "-0", lambda: "+3.50",
                                     lambda: f"{rng.uniform(0, 1):.4f}"])(),
            "c": lambda: rng.choice([lambda: str(rng.randint(-10 ** 25, 10 ** 25)), lambda: f"{rng.uniform(1, 9):.5f}e{rng.randint(-300, 300)}",
                                     lambda: "0.5", lambda: str(rng.randint(-5, 5))])(),
            "d": lambda: rng.choice(["nan", "inf", "-Infinity", "1", "2.5", "0", "-7", "1000003"])}[name]()


def number_of(text, binary):
    if text == "":
        return None
    if text.strip("+-")[0].isalpha():
        return float(text)
    value = Fraction(text)
    return to_double(value) + 0.0 if binary else value


def table(rng, binary, n):
    """The bytes of a file, and its rows."""
    out, rows = io.StringIO(), []
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("id",) + NUMBERS + TEXTS)
    for i in range(n):
        texts = {name: cell_of(rng, name) for name in NUMBERS + TEXTS}
        writer.writerow([i] + [texts[name] for name in NUMBERS + TEXTS])
        cells = {name: number_of(texts[name], binary) for name in NUMBERS}
        cells.update({"text " + name: text or None for name, text in texts.items()})
        rows.append(Row(cells, {}))
    return out.getvalue(), rows


def shown(kind, value):
    """A map's value as it is written; one that is out of range has become missing."""
    if value is None:
        return ""
    if kind == "text":
        return value
    if kind == "truth":
        return str(int(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            return "nan" if value != value else "inf" if value > 0 else "-inf"
        return oracle.as_text("double", Fraction(value), 0)
    if (value * 10 ** 1100).denominator != 1 or abs(value) > LARGEST:
        return ""
    return oracle.as_text("copied", value, 0)


# ---- runs ----

def way(rng):
    words = rng.choice([["--seq"], ["--procs", "2"], ["--threads", "3"], ["--omp", "2"]])
    words = words + rng.choice([[], ["--chunk-size", str(rng.choice([1, 7, 64, 300]))]])
    return words + (["--verify"] if rng.random() < 0.3 else [])


def run(rng, arguments, path):
    simd = rng.choice(["scalar", "avx2", None])
    environment = dict(os.environ, **({"CRUNCH_SIMD": simd} if simd else {}))
    return subprocess.run([CRUNCH] + arguments + [path], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)


class Count:
    passed = failed = 0

    def check(self, good, *told):
        self.passed += good
        self.failed += not good
        if not good:
            print("expressions: FAILED", *told, sep="\n    ")


def check_maps(rng, binary, text, rows, path, count, n):
    """Several maps of one run, of which later ones may use earlier ones."""
    maps, named = [], []
    for i in range(n):
        maker = Maker(rng, binary, named)
        make = rng.choice([maker.number] * 4 + [maker.truth, maker.words])
        node = make(rng.randint(1, 4))
        if node.text.strip("`") in NUMBERS or node.text[0] == "$" and node.text[1:].isdigit():  # a bare name copies its text
            node = node._replace(text=f"number({node.text})")
        maps.append(node)
        if node.kind in ("decimal", "double"):
            named.append(Node(node.kind, ATOM, f"m{i}", node.value))
    expressions = [f"m{i} = {node.text}" for i, node in enumerate(maps)]
    arguments = ["map", ", ".join(expressions), "--on-error=null", "-q"] + ["--arith=binary"] * binary + way(rng)
    done = run(rng, arguments, path)
    if done.returncode != 0:
        count.check(False, " ".join(arguments), done.stderr.decode())
        return
    got = list(csv.reader(io.StringIO(done.stdout.decode())))
    if len(got) == 1 + len(rows):
        got = got[1:]
    for i, node in enumerate(maps):
        wrong = None
        for number, row in enumerate(rows):
            expected = shown(node.kind, node.value(row))
            found = got[number][i] if len(got) > number and len(got[number]) > i else "" if len(maps) == 1 else "(nothing)"
            if found != expected:
                wrong = wrong or (number, found, expected)
        count.check(wrong is None, expressions[i], f"{'binary' if binary else 'decimal'}, row, printed, expected: {wrong}",
                    f"in: {' '.join(arguments)}")


def check_filter(rng, binary, rows, path, count):
    node = Maker(rng, binary, []).truth(rng.randint(1, 4))
    expected = [str(i) for i, row in enumerate(rows) if node.value(row) is True]
    arguments = ["filter", "-c", "id", "-q"] + ["--arith=binary"] * binary + way(rng) + ["--", node.text]
    done = run(rng, arguments, path)
    got = done.stdout.decode().split("\n")[1:-1]
    count.check(done.returncode == 0 and got == expected, " ".join(arguments), done.stderr.decode(), f"printed {got}",
                f"expected {expected}")


def check_misfit(rng, path, count):
    """Something of a wrong kind in a place that wants another."""
    maker = Maker(rng, False, [])
    number, truth, words = maker.number(1), maker.truth(0), maker.words(0)
    text = rng.choice(["'x'", "text(s)"])
    begin, bad, end = rng.choice([
        (f"sqrt({number.text}) * ", text, ""), ("round(", text, ", 2)"), ("floor(", text, ") + 1"), ("1 + ", text, " - 2"),
        ("min(1, ", text, ")"), ("isprime(", text, ")"), ("-", text, ""), ("abs(isprime(", text, "))"),
        ("!", "k", ""), (f"{maker.inside(truth, AND)} && ", "k", ""), ("if(", "5", ", 1, 2)"), (f"({number.text}) * ", "nosuch", ""),
        ("len(", "12", ")"), ("starts_with(", "3", ", 'x')"), (f"starts_with({words.text}, ", "2.5", ")"), ("", "$99", " + 1"),
        ("sqrt(2) + ", "nosuch(1)", ""), ("round(k, ", "a", ")"), ("matches(s, ", "t", ")"), ("1 + ", "sqrt(1, 2)", "")])
    expression = begin + bad + end
    done = run(rng, ["map", "x = " + expression], path)
    lines = done.stderr.decode().split("\n")
    mark = lines[2] if len(lines) > 2 else ""
    whole = "x = " + expression
    good = done.returncode == 2 and done.stdout == b"" and set(mark.strip()) <= set("^~") and mark.strip() != ""
    if good and len(whole.encode()) <= 72:
        at = len("x = " + begin)
        at += 5 * (bad == "text(s)")  # its column is what is a text
        length = {"nosuch(1)": 6, "text(s)": 1}.get(bad, len(bad))  # there is no such name
        good = lines[1] == "  " + whole and mark.rstrip() == "  " + " " * at + "^" + "~" * (length - 1)
    count.check(good, expression, done.stderr.decode())


def check_seed(seed, count):
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as directory:
        for binary in (False, True):
            text, rows = table(rng, binary, rng.choice([1, 5, 40, 40, 1100]))
            path = os.path.join(directory, "table.csv")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            for _ in range(3):
                check_maps(rng, binary, text, rows, path, count, rng.choice([1, 5, 12]))
            for _ in range(4):
                check_filter(rng, binary, rows, path, count)
        for _ in range(6):
            check_misfit(rng, path, count)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="1,2,3,4")
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    count = Count()
    if options.seconds > 0:
        seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
        until = time.monotonic() + options.seconds
        print(f"expressions: seeds from {seed}")
        while time.monotonic() < until:
            check_seed(seed, count)
            seed += 1
    else:
        for seed in options.seeds.split(","):
            check_seed(int(seed), count)
    print(f"expressions: {count.passed} passed, {count.failed} failed")
    return 1 if count.failed or not count.passed else 0


if __name__ == "__main__":
    sys.exit(main())

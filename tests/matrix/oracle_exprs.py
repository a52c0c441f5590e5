"""Expressions: a reader of their text and an evaluator of one record at a time, with fractions for
decimals and Python's floats for doubles. See oracle.py.

A value is None (missing), a Fraction (an exact decimal), a float (a double, and what is not finite), a
bool or bytes (a text). A double is what / and sqrt make, and what is made from it; in binary
arithmetic every number is."""
import math
import re
import sys
from fractions import Fraction

TOKEN = re.compile(r"""\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')|(?P<name>[^\W\d][\w.]*)|(?P<quoted>`(?:[^`]|``)*`)
    |(?P<index>\$\d+)|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/%<>!(),=]))""", re.X)
LEVELS = [("||",), ("&&",), ("==", "!=", "<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%")]


def tokens_of(text):
    at, out = 0, []
    while text[at:].strip():
        match = TOKEN.match(text, at)
        out.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return out + [("end", "")]


class Reader:
    """Text to nested tuples: ("number", Fraction), ("text", bytes), ("column", i), (operator, ...)."""

    def __init__(self, text, names, maps):
        self.tokens, self.at, self.names, self.maps = tokens_of(text), 0, names, maps

    def peek(self):
        return self.tokens[self.at]

    def take(self, sign=None):
        kind, text = self.tokens[self.at]
        if sign and (kind, text) != ("sign", sign):
            return None
        self.at += 1
        return kind, text

    def level(self, depth=0):
        if depth == len(LEVELS):
            return self.signed()
        left = self.level(depth + 1)
        while self.peek()[0] == "sign" and self.peek()[1] in LEVELS[depth]:
            operator = self.take()[1]
            left = (operator, left, self.level(depth + 1))
        return left

    def signed(self):
        if self.take("-"):
            inner = self.signed()
            return inner if inner == ("number", 0) else ("negate", inner)  # a literal -0 is 0
        if self.take("!"):
            return "!", self.signed()
        return self.signed() if self.take("+") else self.primary()

    def primary(self):
        kind, text = self.take()
        if kind == "number":
            return "number", Fraction(text)
        if kind == "text":
            return "text", text[1:-1].replace(text[0] * 2, text[0]).encode()
        if kind == "index":
            return "column", int(text[1:]) - 1
        if kind == "sign":
            inner = self.level()
            self.take(")")
            return inner
        if kind == "name" and self.peek() == ("sign", "("):
            self.take()
            arguments = []
            while not self.take(")"):
                arguments.append(self.level())
                self.take(",")
            return (text, *arguments)
        if kind == "name" and text in ("true", "false", "missing"):
            return (text,)
        name = text[1:-1].replace("``", "`") if kind == "quoted" else text
        return self.maps[name] if name in self.maps else ("column", self.names.index(name))


def read_maps(texts, names):
    """[(name, tree)] of every -m."""
    found, out = {}, []
    for text in texts:
        reader = Reader(text, names, found)
        while reader.peek()[0] != "end":
            name = None
            if reader.tokens[reader.at + 1] == ("sign", "="):
                name = reader.take()[1].strip("`")
                reader.take()
            begin = reader.at
            tree = reader.level()
            if name is None and tree[0] == "column":
                title = names[tree[1]]
            else:
                title = name or text.strip()
            out.append((title, tree))
            if name:
                found[name] = tree
            assert reader.at > begin
            reader.take(",")
    return out


def read_where(text, names, maps):
    return Reader(text, names, {name: tree for name, tree in maps}).level()


TEXTS = ("starts_with", "ends_with", "contains", "matches", "len", "text")


def is_text(tree):
    return tree[0] == "text" or (tree[0] == "if" and (is_text(tree[2]) or is_text(tree[3])))


def columns_of(tree, as_text=False):
    """[(column, looked at as a number?)]"""
    if tree[0] == "column":
        yield tree[1], not as_text
    elif tree[0] == "isnull" and tree[1][0] == "column":
        yield tree[1][1], False
    elif tree[0] not in ("number", "true", "false", "missing") and not (tree[0] == "text" and isinstance(tree[1], bytes)):
        texts = tree[0] in TEXTS or (tree[0] in ("==", "!=", "<", "<=", ">", ">=") and any(map(is_text, tree[1:])))
        for k, argument in enumerate(tree[1:]):
            branch = tree[0] == "if" and k > 0 and is_text(tree)
            yield from columns_of(argument, texts or branch)


class Row:
    """Evaluates trees for one record; number(i) and text(i) give its cells."""

    def __init__(self, number, text, binary):
        self.number, self.text, self.binary = number, text, binary

    def column(self, i):
        value = self.number(i)
        special = {"missing": None, "nan": math.nan, "+inf": math.inf, "-inf": -math.inf}
        if isinstance(value, str):
            return special[value]
        return float(value) if self.binary else value

    def as_text(self, tree):
        if tree[0] == "column":
            return self.text(tree[1]) or None
        return self.value(tree)

    def value(self, tree):
        op, arguments = tree[0], tree[1:]
        if op == "number":
            return float(arguments[0]) if self.binary else arguments[0]
        if op == "column":
            return self.column(arguments[0])
        if op == "text":
            return arguments[0] or None if isinstance(arguments[0], bytes) else self.as_text(arguments[0])
        if op in ("true", "false", "missing"):
            return {"true": True, "false": False, "missing": None}[op]
        if op == "isnull":
            return (self.as_text(arguments[0]) if arguments[0][0] == "column" else self.value(arguments[0])) is None
        if op == "if":
            condition = self.value(arguments[0])
            chosen = arguments[1 if condition else 2]
            get = self.as_text if is_text(tree) else self.value
            return None if condition is None else get(chosen)
        if op == "coalesce":
            return next((v for v in map(self.value, arguments) if v is not None), None)
        if op in ("&&", "||"):
            return logic(op, self.value(arguments[0]), self.value(arguments[1]))
        compares = op in ("==", "!=", "<", "<=", ">", ">=")
        texts = op in TEXTS or (compares and any(map(is_text, arguments)))
        values = [(self.as_text if texts else self.value)(a) for a in arguments]
        if any(v is None for v in values):
            return None
        return compare(op, *values) if compares else self.apply(op, values)

    def apply(self, op, v):
        if op in TEXTS:
            return text_function(op, v)
        if op == "!":
            return not v[0]
        if op == "round" and len(v) == 2:
            return self.round_to(*v)
        if op in ("/", "sqrt") or any(isinstance(x, float) and math.isfinite(x) for x in v):
            v = [nearest(x) for x in v]
        return arithmetic(op, v)

    def round_to(self, x, digits):
        if isinstance(x, float) and not math.isfinite(x):
            return x
        unit = Fraction(10) ** int(digits)
        out = Fraction(round(Fraction(x) * unit)) / unit
        return float(out) if self.binary else out


def nearest(x):
    try:
        return float(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def logic(op, a, b):
    strong = op == "||"
    if a is strong or b is strong:
        return strong
    return None if a is None or b is None else not strong


def compare(op, a, b):
    nan = any(isinstance(x, float) and math.isnan(x) for x in (a, b))
    if nan:
        return op == "!="
    less, equal = a < b, a == b  # exact between Fraction and float
    return {"==": equal, "!=": not equal, "<": less, "<=": less or equal, ">": not less and not equal,
            ">=": not less}[op]


def text_function(op, v):
    if op == "len":
        return Fraction(sum(byte & 0xC0 != 0x80 for byte in v[0]))
    if op == "matches":
        return re.search(v[1], v[0]) is not None
    return {"starts_with": bytes.startswith, "ends_with": bytes.endswith, "contains": bytes.__contains__}[op](v[0], v[1])


def is_prime(x):
    if x != x or x in (math.inf, -math.inf) or x != int(x) or x < 2:
        return False
    n = int(x)
    return all(n % d for d in range(2, math.isqrt(n) + 1))


def modulo(x, y):
    if x in (math.inf, -math.inf) or x != x or y != y or y == 0:
        return math.nan
    if y in (math.inf, -math.inf):
        return x if x == 0 or (x < 0) == (y < 0) else y
    return x % y


def infinite(op, x, y):
    """One of two is no finite number: the other's sign is all that counts."""
    a, b = [float(v) if isinstance(v, float) else float((v > 0) - (v < 0)) for v in (x, y)]
    return {"+": a + b, "-": a - b, "*": a * b}[op]


def arithmetic(op, v):
    x, y = v[0], v[-1]
    decimal = all(isinstance(z, Fraction) for z in v)
    if op in ("+", "-", "*") and not decimal and any(isinstance(z, Fraction) for z in v):
        return infinite(op, x, y)
    if op == "/":
        if y == 0 or x != x or y != y:
            return math.nan if x == 0 or x != x or y != y else math.copysign(math.inf, x) * math.copysign(1, y)
        return x / y
    if op == "sqrt":
        return math.nan if x != x or x < 0 else math.sqrt(x)
    if op in ("min", "max"):
        if any(z != z for z in v):
            return math.nan
        return min(v) if op == "min" else max(v)
    if op in ("%", "mod"):
        return modulo(x, y)
    if op == "isprime":
        return is_prime(x)
    if op in ("floor", "ceil", "round"):
        if isinstance(x, float):
            return float({"floor": math.floor, "ceil": math.ceil, "round": round}[op](x)) if math.isfinite(x) else x
        return Fraction({"floor": math.floor, "ceil": math.ceil, "round": round}[op](x))
    return {"+": lambda: x + y, "-": lambda: x - y, "*": lambda: x * y, "negate": lambda: -x, "abs": lambda: abs(x)}[op]()


def is_outside(value):
    """Beyond what a number can be: a digit below 10^-1100, or a magnitude over the largest double."""
    if not isinstance(value, Fraction):
        return False
    return (value * 10 ** 1100).denominator != 1 or abs(value) > Fraction(sys.float_info.max)


def as_cell(value):
    """A value as oracle.py's columns take it."""
    if value is None:
        return "missing"
    if isinstance(value, bytes):
        return Fraction(0)  # there
    if isinstance(value, float):
        return "nan" if value != value else ("+inf" if value > 0 else "-inf") if math.isinf(value) else Fraction(value)
    return Fraction(value)

"""Pairs of columns, regressions and weights: what they must be, by fractions, straight from the
definitions. See oracle.py.

Definitions, with means of the rows that have what is needed: cov = sum (x - mx)(y - my) / (n - 1),
corr = cov / (sd sd), slope = cov / var; a regression minimises the sum of squared residuals, which
is what solve() does by elimination on X'X; standard errors are roots of the residual variance times
the diagonal of its inverse."""
from fractions import Fraction

PAIRS = ("pairs", "cov", "corr", "slope", "intercept", "slope_se", "intercept_se", "r2", "residual_sd")
OPS = PAIRS + ("linreg",)
WEIGHTED = ("wsum", "wmean")
MISSING, NAN, PLUS, MINUS = "missing", "nan", "+inf", "-inf"


def about_mean(a, b):
    ma, mb = sum(a) / len(a), sum(b) / len(b)
    return sum((x - ma) * (y - mb) for x, y in zip(a, b))


def of_pair(op, rows, dialect):
    """(kind, value) of an op on rows of two, none of them missing."""
    if op == "pairs":
        return "count", Fraction(len(rows))
    if any(isinstance(v, str) for row in rows for v in row):
        return "text", NAN
    n = len(rows)
    least = {"cov": 1 if dialect.population else 2, "slope_se": 3, "intercept_se": 3, "residual_sd": 3}
    if n < least.get(op, 2):
        return "empty", None
    x, y = [row[0] for row in rows], [row[1] for row in rows]
    xx, yy, xy = about_mean(x, x), about_mean(y, y), about_mean(x, y)
    if op == "cov":
        return "ratio", xy / (n if dialect.population else n - 1)
    if op in ("corr", "r2") and (xx == 0 or yy == 0) or xx == 0:
        return "empty", None
    if op == "corr":
        return "root", xy * abs(xy) / (xx * yy)
    if op == "r2":
        return "ratio", xy * xy / (xx * yy)
    slope = xy / xx
    intercept = sum(y) / n - slope * sum(x) / n
    if op in ("slope", "intercept"):
        return "ratio", slope if op == "slope" else intercept
    variance = sum((b - intercept - slope * a) ** 2 for a, b in zip(x, y)) / (n - 2)
    return "root", {"residual_sd": variance, "slope_se": variance / xx,
                    "intercept_se": variance * (Fraction(1, n) + (sum(x) / n) ** 2 / xx)}[op]


def ranks(values):
    """Ranks from 1; equal values share the mean of theirs. Infinities are the ends."""
    def place(v):
        return (-1, 0) if v == MINUS else (1, 0) if v == PLUS else (0, v)
    order = [place(v) for v in values]
    return [Fraction(sum(o < own for o in order) + 1 + sum(o <= own for o in order), 2) for own in order]


def spearman(rows, dialect):
    if any(NAN in row for row in rows):
        return "text", NAN
    columns = [ranks([row[i] for row in rows]) for i in range(2)]
    return of_pair("corr", list(zip(*columns)), dialect)


def solve(matrix):
    """The inverse, or None."""
    n = len(matrix)
    rows = [list(row) + [Fraction(i == j) for j in range(n)] for i, row in enumerate(matrix)]
    for k in range(n):
        pivot = next((i for i in range(k, n) if rows[i][k] != 0), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [v / rows[k][k] for v in rows[k]]
        for i in range(n):
            if i != k and rows[i][k]:
                factor = rows[i][k]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k])]
    return [row[n:] for row in rows]


def regression(rows, intercept):
    """(estimates, errors, r2, residual_sd), each (kind, value); None: the columns depend on each
    other."""
    p, n = len(rows[0]) - 1 + intercept if rows else 0, len(rows)
    design = [[Fraction(1)] * intercept + list(row[:-1]) for row in rows]
    y = [row[-1] for row in rows]
    inverse = solve([[sum(r[i] * r[j] for r in design) for j in range(p)] for i in range(p)])
    if inverse is None:
        return None
    right = [sum(r[i] * v for r, v in zip(design, y)) for i in range(p)]
    b = [sum(inverse[i][j] * right[j] for j in range(p)) for i in range(p)]
    residual = sum((v - sum(c * x for c, x in zip(b, r))) ** 2 for r, v in zip(design, y))
    mean = sum(y) / n if intercept else 0
    total = sum((v - mean) ** 2 for v in y)
    none = ("empty", None)
    errors = [("root", residual / (n - p) * inverse[i][i]) if n > p else none for i in range(p)]
    return ([("ratio", v) for v in b], errors, ("ratio", 1 - residual / total) if total else none,
            ("root", residual / (n - p)) if n > p else none)


def model(rows, k, dialect):
    """Figures and number of rows; None where there is no answer."""
    p = k - 1 + (not dialect.no_intercept)
    finite = sum(not any(isinstance(v, str) for v in row) for row in rows)
    odd = ("text", NAN) if finite < len(rows) else ("empty", None)
    if finite < len(rows) or len(rows) < p:
        return ([odd] * p, [odd] * p, odd, odd), finite
    figures = regression(rows, not dialect.no_intercept)
    return figures and (figures, finite)


def powers(x, degree):
    """x, x^2, ...; an infinity or nan stays one that makes everything nan."""
    return [x if isinstance(x, str) else x ** i for i in range(1, degree + 1)]


def line_table(figures, names, n, intercept):
    estimates, errors, r2, sd = figures
    none = ("empty", None)
    titles = ["x", "y", "slope", "intercept", "slope_se", "intercept_se", "r2", "residual_sd", "rows"]
    return titles, [list(names) + [estimates[-1], estimates[0] if intercept else none, errors[-1],
                                   errors[0] if intercept else none, r2, sd, ("count", Fraction(n))]]


def terms_table(figures, names, n, intercept):
    estimates, errors, r2, sd = figures
    none = ("empty", None)
    terms = ["(intercept)"] * intercept + list(names[:-1])
    rows = [list(row) for row in zip(terms, estimates, errors)]
    rows += [["(r2)", r2, none], ["(residual_sd)", sd, none], ["(rows)", ("count", Fraction(n)), none]]
    return ["term", "estimate", "std_error"], rows


def table(kept, names, ops, dialect):
    """(titles, rows of names and (kind, value)) of rows of numbers, words and MISSING; None: the
    columns depend on each other."""
    k = len(names)
    if ops == ("linreg",):
        complete = [row for row in kept if MISSING not in row]
        if dialect.degree > 1:
            complete = [powers(row[0], dialect.degree) + [row[1]] for row in complete]
            names = [names[0]] + [f"{names[0]}^{i}" for i in range(2, dialect.degree + 1)] + [names[1]]
            k = len(names)
        found = model(complete, k, dialect)
        make = line_table if k == 2 else terms_table
        return found and make(found[0], names, found[1], not dialect.no_intercept)

    def figures(i, j):
        both = [(row[i], row[j]) for row in kept if MISSING not in (row[i], row[j])]
        return [spearman(both, dialect) if dialect.method == "spearman" else of_pair(op, both, dialect)
                for op in ops]
    if dialect.matrix:
        return ["column"] + list(names), [[names[i]] + [figures(i, j)[0] for j in range(k)] for i in range(k)]
    rows = [[names[i], names[j]] + figures(i, j) for i in range(k) for j in range(i + 1, k)]
    return ["column_a", "column_b"] + list(ops), rows


def product(a, b):
    """a * b with words for what is not finite."""
    def sign(v):
        return {PLUS: 1, MINUS: -1}[v] if isinstance(v, str) else (v > 0) - (v < 0)
    if NAN in (a, b):
        return NAN
    if isinstance(a, str) or isinstance(b, str):
        return {1: PLUS, -1: MINUS, 0: NAN}[sign(a) * sign(b)]
    return a * b


def total(values):
    words = {v for v in values if isinstance(v, str)}
    if NAN in words or len(words) > 1:
        return NAN
    return words.pop() if words else sum(values, Fraction(0))


def weighted(op, kept):
    """(kind, value) of rows (x, weight)."""
    both = [row for row in kept if MISSING not in row]
    above, below = total([product(x, w) for x, w in both]), total([w for _, w in both])
    if op == "wsum":
        return ("text", above) if isinstance(above, str) else ("exact", above)
    if isinstance(below, str) or above == NAN:
        return "text", NAN
    if isinstance(above, str):
        return "text", NAN if below == 0 else above if below > 0 else {PLUS: MINUS, MINUS: PLUS}[above]
    return ("empty", None) if below == 0 else ("ratio", above / below)

"""Higher moments, magnitudes, means of logarithms and reciprocals, primes: what they must be, by
fractions, straight from the definitions. See oracle.py."""
from decimal import Context, Decimal
from fractions import Fraction

MEANS = ("geomean", "harmean", "product")
PLACES = ("first", "last", "argmin", "argmax")
OPS = ("primes", "skew", "kurt", "sumabs", "meanabs") + MEANS
EXACT = Context(prec=110, Emax=10 ** 9, Emin=-10 ** 9)


def special(op, c):
    """What nan and inf make of op ("nan", "+inf"), or None when they do not matter."""
    if c.nan:
        return "nan"
    if not (c.plus or c.minus):
        return None
    return "nan" if op in ("skew", "kurt") else "+inf"


def interval(center, below, above):
    """A number known to lie from center * (1 - below) to center * (1 + above)."""
    return "between", (center * (1 - below), center * (1 + above))


def logarithm(x):
    return EXACT.subtract(EXACT.ln(Decimal(x.numerator)), EXACT.ln(Decimal(x.denominator)))


def geometric_mean(v):
    total = Decimal(0)
    for x in v:
        total = EXACT.add(total, logarithm(x))
    center = Fraction(EXACT.exp(EXACT.divide(total, Decimal(len(v)))))
    return interval(center, Fraction(1, 2 ** 97), Fraction(1, 2 ** 97))


def harmonic_mean(v, infinite):
    return interval((len(v) + infinite) / sum(1 / x for x in v), Fraction(1, 2 ** 119),
                    Fraction(1, 2 ** 119))


def without(n, primes):
    for prime in primes:
        while n % prime == 0:
            n //= prime
    return n


def product_of(v, binary):
    """Exact when the part of it that is prime to the base is small, else within its error bound."""
    total = Fraction(1)
    for x in v:
        total *= x
    primes = (2,) if binary else (2, 5)
    odd = 1
    for x in v:
        odd *= without(abs(x.numerator), primes)
        over = without(x.denominator, primes)
        assert over == 1
    if odd >= 2 ** 127:
        error = Fraction(len(v), 2 ** 97)
        return interval(total, error, error)
    digits = total.numerator  # of the decimal: times 10 over each prime of the denominator
    rest = total.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
            digits *= 10 // prime
    return "copied" if abs(without_tens(digits)) < 10 ** 38 else "ratio", total


def without_tens(n):
    while n % 10 == 0:
        n //= 10
    return n


def means(op, c, dialect):
    v = c.values
    if c.nan:
        return "text", "nan"
    if not v and not c.plus and not c.minus:
        return "empty", None
    if op != "product" and (c.minus or any(x < 0 for x in v)):
        return "text", "nan"
    if 0 in v:
        odd = (c.plus or c.minus) and op != "harmean"
        return ("text", "nan") if odd else ("copied", Fraction(0))
    if op == "product":
        if c.plus or c.minus:
            negative = (c.minus + sum(x < 0 for x in v)) % 2
            return "text", "-inf" if negative else "+inf"
        return product_of(v, dialect.arith == "binary")
    if c.plus and (op == "geomean" or not v):
        return "text", "+inf"
    return geometric_mean(v) if op == "geomean" else harmonic_mean(v, c.plus)


def is_prime(x):
    """By division: the numbers of the cases are small or have a small divisor."""
    if x.denominator != 1 or x < 2:
        return False
    d = 2
    while d * d <= x.numerator:
        if x.numerator % d == 0:
            return False
        d += 1
        if d > 10 ** 6:
            raise ValueError(x)
    return True


def place(op, c):
    """first and last: a text; argmin and argmax: the record, from 1, of the first of the extremes."""
    if not c.cells:
        return "empty", None
    if op in ("first", "last"):
        return "cell", c.cells[0 if op == "first" else -1][2]
    if c.nan:
        return "text", "nan"
    sign = 1 if op == "argmin" else -1

    def order(cell):
        infinite = {"+inf": 1, "-inf": -1}.get(cell[1], 0)
        return sign * infinite, 0 if infinite else sign * cell[1], cell[0]
    return "count", Fraction(min(c.cells, key=order)[0])


def central(values, power):
    """Mean of (x - mean)^power."""
    mean = sum(values, Fraction(0)) / len(values)
    return sum(((x - mean) ** power for x in values), Fraction(0)) / len(values)


def signed_root(square, sign):
    return "root", square if sign >= 0 else -square


def skewness(v, population):
    n = len(v)
    m2, m3 = central(v, 2), central(v, 3)
    if m2 == 0:
        return "text", "nan"
    square = m3 ** 2 / m2 ** 3
    if not population:
        square *= Fraction(n * (n - 1), (n - 2) ** 2)
    return signed_root(square, m3)


def kurtosis(v, population):
    n = len(v)
    m2, m4 = central(v, 2), central(v, 4)
    if m2 == 0:
        return "text", "nan"
    g2 = m4 / m2 ** 2 - 3
    if population:
        return "ratio", g2
    return "ratio", Fraction(n - 1, (n - 2) * (n - 3)) * ((n + 1) * g2 + 6)


def result(op, c, dialect):
    """(kind, value) of one operation over one column, as oracle.result gives it."""
    if op == "primes":
        return ("text", "nan") if c.nan else ("count", Fraction(sum(is_prime(x) for x in c.values)))
    if op in MEANS:
        return means(op, c, dialect)
    v, population = c.values, dialect.population
    odd = special(op, c)
    if odd:
        return "text", odd
    if op == "sumabs":
        return "exact", sum((abs(x) for x in v), Fraction(0))
    if not v:
        return "empty", None
    if op == "meanabs":
        return "ratio", sum((abs(x) for x in v), Fraction(0)) / len(v)
    if op == "skew":
        return ("empty", None) if not population and len(v) < 3 else skewness(v, population)
    if op == "kurt":
        return ("empty", None) if not population and len(v) < 4 else kurtosis(v, population)
    raise KeyError(op)

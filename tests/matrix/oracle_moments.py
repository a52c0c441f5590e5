"""Higher moments, magnitudes, means of logarithms and reciprocals, primes: what they must be, by
fractions, straight from the definitions. See oracle.py."""
from fractions import Fraction

OPS = ("skew", "kurt", "sumabs", "meanabs")


def special(op, c):
    """What nan and inf make of op ("nan", "+inf"), or None when they do not matter."""
    if c.nan:
        return "nan"
    if not (c.plus or c.minus):
        return None
    return "nan" if op in ("skew", "kurt") else "+inf"


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

"""The end-to-end cases: bytes of an input, and jobs on it. What must come out is not written here;
the oracle works it out. A case is small (under 4 KiB) unless it must span real chunks."""
import os
import random
from dataclasses import dataclass

import binary
import oracle_pairs
from oracle import Dialect

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "data")


@dataclass
class Case:
    name: str
    data: bytes
    ops: str = "sum"
    columns: tuple = None
    dialect: Dialect = None
    by: tuple = ()
    order: str = "key"
    where: str = ""
    maps: tuple = ()
    text: bytes = None  # of a binary input: the same numbers as text, for the oracle, without a header
    options: tuple = ()  # of a binary input

    def command(self):
        words = [self.ops]
        if self.columns is not None:
            words += ["-c", ",".join(str(c) for c in self.columns)]
        if self.by:
            words += ["-g", ",".join(str(c) for c in self.by)]
        if self.order != "key":
            words += ["--order", self.order]
        if self.where:
            words += ["-w", self.where]
        words += [word for text in self.maps for word in ("-m", text)]
        if self.text is not None:
            told = [w for w in self.dialect.options() if not w.startswith(("--header", "--arith"))]
            return words + told + list(self.options)
        return words + (self.dialect or Dialect()).options()


def lines(*rows, end="\n"):
    return "".join(row + end for row in rows).encode()


def mixed(seed, n):
    """Numbers as programs write them: few digits, many, exponents, signs, zeros before and after."""
    rng = random.Random(seed)
    makers = [
        lambda: str(rng.randint(-999, 999)),
        lambda: f"{rng.uniform(-100, 100):.2f}",
        lambda: f"{rng.uniform(-1, 1):.6f}",
        lambda: f"{rng.gauss(0, 1e6):.17g}",
        lambda: repr(rng.random()),
        lambda: f"{rng.uniform(1, 10):.3e}",
        lambda: f"+{rng.randint(0, 99):05d}.500",
        lambda: f".{rng.randint(0, 999)}",
        lambda: f"{rng.randint(0, 999)}.",
        lambda: str(rng.randint(-10**30, 10**30)),
        lambda: "",
        lambda: f" {rng.randint(0, 9)} ",
        lambda: f'"{rng.uniform(0, 9):.1f}"',
    ]
    return [rng.choice(makers)() for _ in range(n)]


def hostile(seed, n):
    """Records of two fields, the second text with everything that makes a boundary hard to guess."""
    rng = random.Random(seed)
    pieces = ["a", "1", ",", '""', "\n", "\r\n", "\r", " ", "\n\n", '"",""', "x\n1,2\n", '\n"",', "#"]
    rows = []
    for i in range(n):
        text = "".join(rng.choice(pieces) for _ in range(rng.randint(0, 9)))
        rows.append(f'{rng.randint(-99, 99)}.{i % 10},"{text}"{rng.choice(["", " ", "  "])}'
                    + rng.choice(["\n", "\r\n", "\r", "\n\n", "\n \n"]))
    return "v,t\n" + "".join(rows)


def stray(seed, n):
    """Quotes where no quote should be; what they do is still defined."""
    rng = random.Random(seed)
    texts = ['12" pipe', '"a"b"', '"a" b"', '""', '"', 'x""y', '"a""b"c"', '" "', '"x\ny"z\n"', "'"]
    rows = [f"{i},{rng.choice(texts[:4] + texts[5:])}\n" for i in range(n)]
    return "n,t\n" + "".join(rows)


def wide_table(seed, n):
    rng = random.Random(seed)
    rows = ["id,price,ratio,amount,qty,city,note"]
    cities = ["Oslo", "Lima", "São Paulo", "Ulan Bator"]
    for i in range(n):
        note = rng.choice(["", "ok", '"said ""no"", twice"', '"two\nlines"'])
        rows.append(f"{i + 1},{rng.uniform(0, 1000):.6f},{rng.random():.17g},"
                    f"{rng.uniform(-500, 500):.2f},{rng.randint(0, 9)},{rng.choice(cities)},{note}")
    return lines(*rows)


def keyed(seed, n, keys, values):
    """Records k,l,v: keys of two columns drawn from keys, quoted where they must be, and values."""
    rng = random.Random(seed)

    def cell(text):
        return '"' + text.replace('"', '""') + '"' if text != text.strip() or set(text) & set(',"\n\r') else text

    rows = [f"{cell(rng.choice(keys))},{cell(rng.choice(keys))},{cell(rng.choice(values))}" for _ in range(n)]
    return lines("k,l,v", *rows)


ODD_KEYS = ["", " ", "a", "a ", " a", "a,b", "b", "é", "two\nlines", 'say "x"', "NA", "1", "01", "sixteen bytes!!!",
            "seventeen bytes!!", "sixteen bytes!!?", "a longer key than thirty-two bytes, in all"]


EVERY = "count,missing,sum,sumsq,mean,min,max,range,var,sd,cv,sem,rms,absmax," \
        "skew,kurt,sumabs,meanabs,geomean,harmean,product"


def ordered():
    every = "median,q25,p99.9,q0,q100,p33,iqr,mad,trimmed"
    specials = lines("v", "1", "inf", "2", "-inf", "inf", "3.5", "4", "1e-9")
    for kind in range(1, 10):
        D = lambda **more: Dialect(quantile_type=kind, **more)
        yield Case(f"in order, type {kind}", lines("v,w", "3,1", "1,", "2.50,7", ",1e-3", "7,1"), every, (1, 2), D())
        yield Case(f"in order, mixed, type {kind}", lines("v", *mixed(20 + kind, 151)), every, (1,), D())
        yield Case(f"in order, binary, type {kind}", lines("v", *mixed(40 + kind, 150)), every, (1,), D(arith="binary"))
        yield Case(f"in order, inf, type {kind}", specials, every, (1,), D())
    for trim in ("0", "0.25", "0.49", "0.5"):
        yield Case(f"trimmed by {trim}", lines("v", "9", "-4", "4.5", "4.5", "100"), "trimmed,median", (1,), Dialect(trim=trim))
        yield Case(f"trimmed by {trim}, inf", specials, "trimmed", (1,), Dialect(trim=trim))
    yield Case("in order, one value", lines("v", "1.25"), every, (1,))
    yield Case("in order, no values", lines("v,w", ",1"), every, (1,), Dialect(header="yes"))
    yield Case("in order, nan", lines("v", "1", "nan", "3"), every, (1,))
    yield Case("in order, all inf", lines("v", "1", "inf", "inf", "inf"), every, (1,))
    yield Case("in order, ties", lines("v", *[str(i % 5) for i in range(300)]), every, (1,))
    yield Case("in order, scales apart", lines("v", "1e17", "1e-30", "100000000000000000.1", "1e17", "-1e-39", "0.5"), every, (1,))
    yield Case("in order, some rows", lines("v,k", *[f"{i * 37 % 101}.{i % 7},{i % 3}" for i in range(200)]), every, (1,),
               where="k == 1")
    yield Case("in order, computed", lines("v,k", *[f"{i * 37 % 101}.{i % 7},{i % 3}" for i in range(90)]), every,
               maps=("v * v - k",))
    rows = [f"{i * 37 % 101}.{i % 7},{'abc'[i % 3]},{mixed(60, 200)[i]}" for i in range(200)]
    yield Case("in order by group", lines("v,k,w", *rows), every, (1, 3), by=("k",))
    yield Case("in order by group, binary", lines("v,k,w", *rows), every, (1, 3), Dialect(arith="binary"), by=("k",))
    yield Case("in order by group, inf", lines("k,v", "a,1", "b,inf", "a,-inf", "b,2", "b,", "c,", "c,nan", "a,3"), every, ("v",),
               by=("k",))
    yield Case("in order, larger", wide_table(50, 5000), every, ("ratio", "amount"))


def counting_cases(packages):
    """Distinct values, modes, tables of values and of bins."""
    D = Dialect
    counting = "distinct,distinct~,mode,antimode"
    ways = ["1", "1.0", "01", "1e0", "0.1e1", "", "-0", "0", "0.00", "nan", "inf", "-Infinity", "1e400"[:3], "2.5",
            "2.50", "1e-45", "0.1e-44", "123456789012345678901", "123456789012345678901.0", "1e25", "10e24"]
    rng = random.Random(77)
    numbers = lines("v,w", *[f"{rng.choice(ways[:9] + ways[13:])},{i}" for i in range(150)])
    special = lines("v,w", *[f"{rng.choice(ways)},{i}" for i in range(150)])
    yield Case("distinct of every column", wide_table(31, 40), "distinct")
    yield Case("distinct of texts", keyed(32, 200, ODD_KEYS, ["1"]), "distinct", ("k", "l"))
    yield Case("modes", numbers, counting, ("v",))
    yield Case("modes by value", numbers, counting, ("v",), D(numeric=True))
    yield Case("modes of doubles", numbers, counting, ("v",), D(numeric=True, arith="binary"))
    yield Case("modes with nan and inf", special, counting, ("v",))
    yield Case("modes without nan", special, counting, ("v",), D(numeric=True, nan="skip"))
    yield Case("no values to count", b"v,w\n,1\n,2\n", counting, (1,), D(header="yes"))
    yield Case("approximate distinct", wide_table(33, 5000), "distinct", None, D(approx=True))
    yield Case("approximate distinct by value", wide_table(34, 5000), "distinct,distinct~", (2, 4, 5),
               D(approx=True, numeric=True))
    yield Case("freq of texts", keyed(35, 200, ODD_KEYS, ["1"]), "freq", ("k",))
    yield Case("freq of columns", keyed(36, 200, ODD_KEYS, ["1", "", "2"]), "freq")
    yield Case("freq by value", special, "freq", ("v",), D(numeric=True))
    yield Case("freq of doubles", special, "freq", ("v",), D(numeric=True, arith="binary"))
    yield Case("freq, json", keyed(37, 50, ODD_KEYS, ["1"]), "freq", ("k", "v"), D(format="json"))
    yield Case("freq of packages", packages, "freq", ("section", "architecture"))
    yield Case("freq of many values", wide_table(38, 3000), "freq", ("ratio",))
    yield Case("top", wide_table(39, 200), "top", ("qty", "city"), D(limit=3))
    yield Case("top of packages", packages, "top")
    yield Case("top with bad records", lines("a,b", "1,2", "x,3", "4", "5,6,7", "1,9"), "top", ("a",),
               D(on_error="skip"))
    yield Case("distinct by groups", keyed(43, 300, ODD_KEYS, ["1", "2", "", "1.0"]), "distinct,count", ("v", "l"),
               by=("k",))
    yield Case("distinct of all by groups", keyed(44, 200, ["a", "b", ""], ["1", "2", "", "1.0"]), "distinct",
               by=("k",))
    yield Case("modes by groups", keyed(45, 300, ODD_KEYS, ["1", "2", "", "1.0", "-3e20", "1e-3", "inf"]),
               "mode,sum,antimode,distinct,distinct~", ("v",), D(numeric=True), by=("k", "l"))
    yield Case("modes by groups, by value", keyed(46, 300, ["a", "b", "", "two\nlines"], ["1", "2", "nan", "1.0"]),
               "antimode,mode", ("v",), by=("k",), order="value")
    yield Case("hist", wide_table(40, 80), "hist", ("price",))
    yield Case("hist of columns", wide_table(41, 80), "hist", ("price", "ratio", "qty"), D(bins=7))
    yield Case("hist of odd numbers", special, "hist", ("v",), D(bins=3))
    yield Case("hist between edges", numbers, "hist", ("v",), D(edges=("-0.5", "0", "1", "2.5", "1e24")))
    yield Case("hist between edges, outside", special, "hist", ("v",), D(edges=("0.1", "2.4999999999999999999")))
    yield Case("hist of doubles", numbers, "hist", ("v",), D(arith="binary", edges=("0.1", "1", "2.5", "1e25")))
    yield Case("hist of tenths", lines("v", *[f"0.{i % 10}" for i in range(60)]), "hist", (1,), D(bins=9))
    yield Case("hist of one value", lines("v", "3", "3.0", "", "3"), "hist", (1,), D(header="yes"))
    yield Case("hist without values", b"v,w\n,1\ninf,2\n", "hist", (1,), D(header="yes"))
    yield Case("stats of texts and numbers", keyed(42, 60, ODD_KEYS, ["1.5", "2", "", "1.50"]), "stats")


def cases():
    D = Dialect
    skip, null = D(on_error="skip"), D(on_error="null")
    some_bad = lines("a,b", "1,2", "x,3", "4,1e999", "5", "6,7,8", "7,8,,", "8,9", "y,z", "9,10")
    nan_inf = lines("v", "1", "nan", "2", "-INF", "Infinity", "+nan", "3")
    with open(os.path.join(DATA, "debian-packages.csv"), "rb") as file:
        packages = file.read()
    yield Case("packages", packages, "count,sum,sumsq,mean,sd,min,max", ("installed_kib", "download_bytes"))
    yield Case("packages, text", packages, "count", ("summary",))
    yield Case("one value", b"v\n1\n", EVERY)
    yield Case("two values", b"v\n0.1\n0.2\n", EVERY)
    yield Case("tenths", lines("v", *["0.1"] * 300), EVERY)
    yield Case("several columns", wide_table(1, 25), EVERY)
    yield Case("several columns by name", wide_table(2, 25), "sum,max", ("qty", "price"))
    yield Case("column by index", wide_table(3, 25), "sumsq", (4,))
    yield Case("stats", wide_table(4, 20), "stats")
    yield Case("count records", wide_table(5, 30), "count")
    yield Case("count text", wide_table(6, 30), "count", ("note",))
    yield Case("count and sum", wide_table(7, 20), "sum,count")
    yield Case("count and sum of a column", lines("v,w", "1,", "2,", ",", ",4"), "sum,count", (1, 2))
    yield Case("larger than a block", wide_table(8, 6000), "sum,sumsq,count", ("ratio", "amount"))
    # Longer than the text that vector code indexes at once, shorter than a batch: one sort of number
    # follows another within it.
    sorts = ["{}", "{}.5", "{}.25", "-{}e-3", "0.00{}"]
    yield Case("scales change within a batch",
               lines("v,t", *[f"{sorts[i // 180].format(i)},{'x' * 60}" for i in range(900)]), EVERY, (1,))
    yield Case("scales change within a batch of few",
               lines("v,t", *[f"{sorts[i % 5].format(i)},{'x' * 9000}" for i in range(12)]), "sum,sumsq", (1,))
    yield Case("text first column", lines("k,v", "a,1", "b,2"), "sum")
    yield Case("json", wide_table(9, 9), EVERY, ("price", "qty"), D(format="json"))
    yield Case("json without values", b"v\n\n\"\"\n", EVERY, (1,), D(format="json", header="yes"))

    yield from counting_cases(packages)

    yield Case("hostile text", hostile(1, 60).encode(), "sum,count")
    yield Case("hostile text, count", hostile(2, 60).encode(), "count")
    yield Case("hostile text, count text", hostile(3, 60).encode(), "count", ("t",))
    yield Case("hostile text, larger", hostile(4, 4000).encode(), "sumsq", (1,))
    yield Case("stray quotes", stray(1, 120).encode(), "sum,count", (1,))
    yield Case("stray quotes, ragged", stray(2, 120).encode() + b"", "count", (2,), D(ragged=True))
    yield Case("quotes are content", lines('v,t', '1,"a', '2,b"c"', '3,""', '"4",x'), "count", (2,),
               D(quote=b""))
    yield Case("other quote", lines("v,t", "1,'a,\nb'", "'2',\"c"), "sum", (1,), D(quote=b"'"))
    yield Case("no line end at all", b"1.5", "sum")
    yield Case("no final line end", b"v,w\n1,2\n3,4", "sum")
    yield Case("CRLF", lines("v,w", "1,2", "3,4", "5,6", end="\r\n"), EVERY)
    yield Case("lone CR", lines("v,w", "1,2", "3,4", "5,6", end="\r"), "sum,count")
    yield Case("blank lines", b"\n\r\n v \n\n1\n \n\t\n2\n\r\r\n3\n\n", "sum,count")
    yield Case("blank and CR between", b"v,w\r\r\n1,2\n\r3,4\r\n\n5,6\r", "sum")
    yield Case("one long record", b"v,t\n1,\"" + b"x\n,\"\"" * 700 + b"\"\n", "sum,count", (1,))
    yield Case("long records", lines("v,t", *[f'{i},"{"y" * 900}"' for i in range(4)]), "sum")
    yield Case("very long record", b"v,t\n1," + b"z" * 3000000 + b"\n2,a\n", "sum", (1,))
    yield Case("one column of quoted", lines('"v"', '"1"', '" 2 "', '"3.5"', '""'), "sum,count")
    yield Case("empty", b"", "count")
    yield Case("only line ends", b"\n\n\r\n", "count")
    yield Case("header only", b"a,b\n", "count")
    yield Case("header only, sum", b"a,b\n", EVERY, ("a",))
    yield Case("no values", lines("a,b", ",1", ",2"), EVERY, ("a",))
    yield Case("byte order mark", b"\xef\xbb\xbfv,w\n1,2\n3,4\n", "sum,count", ("v",))
    yield Case("byte order mark before a quote", b"\xef\xbb\xbf\"v\",w\n1,2\n", "sum", ("v",))
    yield Case("UTF-8 names", "größe,ж\n1,2\n3,4\n".encode(), "sum")
    yield Case("no header", lines("1,2", "3,4"), "sum")
    yield Case("no header, said", lines("a,1", "b,2"), "sum", (2,), D(header="no"))
    yield Case("header of numbers, said", lines("1,2", "3,4"), "sum", (1,), D(header="yes"))
    yield Case("comments", b"# one \"\n#two\nv,w\n1,2\n#3,\"4\n\n5,6\n7,#8\n #,9\n", "sum,count", (2,),
               D(comment=b"#", on_error="null"))
    yield Case("comment of two bytes", b"//c\nv\n1\n//2\r\n/3\n4\n//", "count", (1,), D(comment=b"//"))
    yield Case("skipped lines", b"junk \"\n\nv\n1\n2\n", "sum", None, D(skip=2))
    yield Case("more skipped than there are", b"1\n2\n", "count", None, D(skip=5))
    yield Case("null tokens", lines("v", "1", "NA", "2", "-", '"NA"', ""), EVERY, (1,), D(nulls=("NA", "-")))
    yield Case("tabs", b"v\tw\n1\t2\n 3 \t\t\n", "sum,count", (1, 2), D(delimiter=b"\t", ragged=True))
    yield Case("tabs, empty cells", b"v\tw\tx\n1\t\t2\n\t\t\n", "count,sum", None, D(delimiter=b"\t"))
    yield Case("semicolons, decimal comma", lines("v;w", "1,5;2", "-,25;1.234,5"), "sum", None,
               D(delimiter=b";", decimal=",", thousands="."))
    yield Case("spaces", b"v w\n1 2\n3 4\n", "sum", None, D(delimiter=b" "))
    yield Case("thousands", lines("v", '"1,234,567.5"', '"12,345"', "999", '"1,000"'), "sum", None,
               D(thousands=","))
    yield Case("bad thousands", lines("v", '"1,234"', '"12,34"'), "sum", None, D(thousands=","))

    yield Case("mixed numbers", lines("v", *mixed(1, 150)), "sum,min,max,absmax,range,count", (1,))
    yield Case("mixed numbers, squares", lines("v", *mixed(2, 150)), "sumsq,mean,var,sd,cv,sem,rms", (1,))
    yield Case("mixed numbers, binary", lines("v", *mixed(3, 150)), EVERY, (1,), D(arith="binary"))
    yield Case("mixed in two columns", lines("v,w", *[f"{a},{b}" for a, b in zip(mixed(4, 60), mixed(5, 60))]), EVERY)
    yield Case("30 digits", lines("v", "123456789012345678901234567890", "-1", "999999999999999999",
                                  "1000000000000000000", "9223372036854775808", "-9223372036854775808"), EVERY)
    yield Case("17 digits", lines("v", "0.10000000000000001", "1.7976931348623157e308", "-1.7976931348623157e308",
                                  "5e-324", "2.2250738585072014e-308"), EVERY)
    yield Case("tiny and huge", lines("v", "1e-1100", "1e308", "-1e308", "1e-1100"), "sum,sumsq,max")
    yield Case("cancel", lines("v", "1e20", "1", "-1e20"), "sum,mean,var")
    yield Case("subnormal mean", lines("v", "1e-320", "2e-320", "4e-320"), "mean,sd,var,rms")
    yield Case("38 digits", lines("v", "0.12345678901234567890123456789012345678", "0"), "sum,mean")
    yield Case("38 and 39 digits", lines("v,w", "0.12345678901234567890123456789012345678,1",
                                         "0.000000000000000000000000000000000000001,0.5"), "sum", (1,))
    yield Case("39 digits", lines("v", "0.123456789012345678901234567890123456789", "2"), "sum,max")
    yield Case("notation", lines("v,w,x,y", "0.0000001,0.00000001,1e37,1e38"), "sum,max")
    yield Case("zeros", lines("v", "-0", "0.000", "-0e5", "0e-9999", "+0"), EVERY)
    yield Case("digits of all lengths", lines("v", *["9" * n for n in range(1, 40)]), "sum,sumsq")
    yield Case("digits after the point", lines("v", *["0." + "7" * n for n in range(1, 45)]), "sum,mean")
    yield Case("binary extremes", lines("v", "1e400e", "1e-400", "4.9e-324"), EVERY, (1,),
               D(arith="binary", on_error="skip"))
    yield Case("binary tenths", lines("v", *["0.1"] * 100), EVERY, (1,), D(arith="binary"))
    yield Case("precision", lines("v", "1", "2", "4.5"), "sum,mean,sd,var,max", (1,), D(precision=3))
    yield Case("precision, counts", wide_table(81, 1500), "count,missing,distinct,primes,argmax,max,sum", None, D(precision=2))
    yield Case("precision, groups", wide_table(82, 1500), "count,distinct,max", ("qty",), D(precision=1), by=("city",))
    for ops in ("missing", "missing,count", "first,distinct", "distinct,count,last", "missing,max", "distinct,sum"):
        yield Case(f"columns that are not named: {ops}", wide_table(83, 60), ops)
    yield Case("columns that are not named, by value", wide_table(84, 60), "distinct,missing", None, D(numeric=True))
    yield Case("columns that are not named, groups", wide_table(85, 60), "missing,distinct", by=("city",))
    yield Case("precision 40", lines("v", "1", "2", "4"), "mean,sd,sem,rms", (1,), D(precision=40))
    yield Case("population", lines("v", "1", "2", "4"), "var,sd", (1,), D(population=True))
    yield Case("skewed", lines("v", *[str(2 ** (i % 9)) for i in range(100)]), "skew,kurt", (1,))
    yield Case("three and four values", lines("v,w", "1,-9", "5,2.5", "2,0", ",-8"), "skew,kurt", (1, 2))
    yield Case("shape of a population", lines("v,w", "1,-9", "5,2.5", "2,0", ",-8"), "skew,kurt", (1, 2),
               D(population=True))
    yield Case("shape of one value", lines("v,w", "1,2"), "skew,kurt", None, D(population=True))
    yield Case("fourth powers of 18 digits", lines("v", *[f"{s}99999999999999999{i}" for i in range(10)
                                                          for s in ("-", "")]), EVERY)
    yield Case("mixed numbers, powers", lines("v", *mixed(6, 150)), "skew,kurt,sumabs,meanabs", (1,))
    yield Case("tiny and huge, powers", lines("v", "1e-1100", "1e308", "-1e308", "1e-700", "3"), "skew,kurt,sumabs")
    means = "geomean,harmean,product"
    yield Case("means", lines("v", "2", "8", "1.5", "0.1", "1e-5"), means, (1,))
    yield Case("means of mixed numbers", lines("v", *[t.replace("-", "") for t in mixed(7, 150)]), means, (1,))
    yield Case("means, binary", lines("v", *[t.replace("-", "") for t in mixed(8, 99)]), means, (1,), D(arith="binary"))
    yield Case("means of large products", lines("v", *[str(7 * i + 3) for i in range(300)]), means, (1,))
    yield Case("means of tiny and huge", lines("v", "1e-1100", "1e308", "9e-700", "3", "1" * 300), means)
    yield Case("means, negative", lines("v,w,x", "1,-2,-1", "-2,-3,0", "3,-5,2"), means)
    yield Case("means, 40 digits", lines("v", "3", "7", "1e-20", "5.5"), means, (1,), D(precision=40))
    yield Case("means, 4 digits", lines("v", "3", "7", "5.5"), means, (1,), D(precision=4))
    yield Case("means of halfway numbers", lines("v,w", "9007199254740993,1.00000000000000011102230246251565404"), means)
    yield Case("means with inf", lines("v,w,x,y", "1,inf,0,-inf", "inf,,inf,2", "4,inf,3,2"), means)
    yield Case("product of 38 and 39 digits", lines("v,w", "1234567890123456789,98765432109876543211",
                                                    "9876543210987654321,98765432109876543211"), means)
    yield Case("product of many twos", lines("v,w", *["2,0.5"] * 200), means)
    yield Case("product of powers of ten", lines("v,w", *["1000,0.001"] * 50), means)
    yield Case("primes", lines("v,w", *[f"{i},{i}.{i % 3}" for i in range(-5, 120)]), "primes")
    yield Case("primes of many digits", lines("v,w", "999999999989,1e20", "999999999961.0,97e-2", "999999999959,7.0e0",
                                              "999999999999,1e300", "13.0,123456789012345678901234567890"), "primes")
    yield Case("primes, binary", lines("v,w", "999999999989,1e20", "2,nan", "0.5,3", "7e0,5"), "primes", None,
               D(arith="binary"))
    yield Case("primes with inf", lines("v", "2", "inf", "3"), "primes")
    places = "first,last,argmin,argmax"
    yield Case("places", lines("v,w", ",", "3,9", "1.0,7", "1,7.50", "3.00,-2", ",", "2,-2.0", ","), places, (1, 2))
    yield Case("places of many", wide_table(12, 3000), places, ("ratio", "amount", "qty"))
    yield Case("places of mixed numbers", lines("v,w", *[f"{a},{b}" for a, b in zip(mixed(9, 150), mixed(10, 150))]),
               places, (1, 2))
    yield Case("places of mixed numbers, binary", lines("v", *mixed(11, 99)), places, (1,), D(arith="binary"))
    yield Case("places of equal numbers", lines("v,w", *[f"{t},{t[::-1]}" for t in ("1.50", "1.5", "15e-1", "0.1", "1.500")]),
               places, (1,))
    yield Case("places of far scales", lines("v,w", "1e-30,9e300", "123456789012345678,1e-300", "1e-31,123456789012345678901",
                                             "12345678901234567.8,9e300"), places, (1, 2))
    yield Case("places with inf", lines("v,w,x", "1,inf,-inf", "-inf,inf,2", "-inf,,-inf", "5,inf,inf"), places, (1, 2, 3))
    yield Case("places with nan", nan_inf, places, (1,))
    yield Case("places of nothing", lines("v,w", ",1", ",2"), places, (1,))
    yield Case("places, skip", some_bad, places, ("a", "b"), skip)
    yield Case("places, null", some_bad, places, ("a", "b"), null)
    yield Case("places of texts", hostile(7, 60).encode(), "first,last,count", (1, 2))
    yield Case("places of texts, larger", wide_table(13, 2500), "first,last", ("city", "note"))
    yield Case("places with null tokens", lines("v", "NA", "4", "-3", "-"), places, (1,), D(nulls=("NA", "-")))
    yield Case("population of one", lines("v,w", "1,2"), "var,sd", None, D(population=True))

    yield from ordered()
    yield from paired()
    yield from grouped()
    yield from grouped_sets()
    yield from grouped_tables()
    yield from expressions()
    yield from binaries()

    yield Case("nan and inf", nan_inf, EVERY, (1,))
    yield Case("nan skipped", nan_inf, EVERY, (1,), D(nan="skip"))
    yield Case("nan is bad", nan_inf, EVERY, (1,), D(nan="bad"))
    yield Case("inf", lines("v", "1", "inf", "2"), EVERY, (1,))
    yield Case("both infs, binary", lines("v", "1", "inf", "-inf"), EVERY, (1,), D(arith="binary"))

    yield Case("bad cell", some_bad, "sum", ("a",))
    yield Case("bad width first", lines("a,b", "1,2", "3", "x,4"), "sum")
    yield Case("bad width, wanted cell there", lines("a,b", "1,2", "3,4,5", "x,4"), "sum", ("a",))
    yield Case("count looks at widths", lines("a,b", "1,2", "3"), "count")
    yield Case("skip", some_bad, EVERY, ("a", "b"), skip)
    yield Case("skip, count", some_bad, "count", None, skip)
    yield Case("null", some_bad, EVERY, ("a", "b"), null)
    yield Case("ragged", lines("a,b,c", "1", "2,3", "4,5,6", "7,8,9,10"), "sum,count,missing", (1, 2, 3),
               D(ragged=True))
    for limit in (0, 1, 2, 3, 5, 9):
        yield Case(f"skip at most {limit}", some_bad, "sum", ("a", "b"), D(on_error="skip", max_errors=limit))
        yield Case(f"null at most {limit}", some_bad, "sum", ("a",), D(on_error="null", max_errors=limit))
    yield Case("unterminated quote", lines("a,b", "1,2", '3,"x', "4,5"), "sum")
    yield Case("unterminated quote, skip", lines("a,b", "1,2", '3,"x', "4,5"), "sum", ("a",), skip)
    yield Case("bad cell before an unterminated quote", lines("a,b", "1,2", "x,3", '3,"x', "4,5"), "sum", ("a",))
    for policy in ("fail", "skip", "null"):
        yield Case(f"bad cell in the record of an unterminated quote, {policy}",
                   lines("a,b,c", "1,2,3", '4,x,"y', "4,5"), "sum", (1, 2), D(on_error=policy))
    yield Case("NUL", b"a,b\n1,2\n3,\0\n", "sum", ("a",))
    yield Case("NUL in a record to count", b"a,b\n1,2\n3,x\0y\n", "count")
    yield Case("NUL skipped", b"a,b\n1,2\n3,\0\n\0,1\n4,4\n", "sum,count", ("a",), skip)
    yield Case("NUL made missing", b"a,b\n1,2\n3,\0\n\0,1\n4,4,\0\n", "sum,count", ("a",), null)
    yield Case("long cell", lines("a,b", "1,2", f"{'0' * 70}1,4", "2,7"), "sum", ("a",), D(max_record=64))
    yield Case("long cell skipped", lines("a,b", "1,2", f"{'0' * 70}1,4", "2,7"), "sum", ("a",),
               D(max_record=64, on_error="skip"))
    yield Case("long cell that nobody reads", lines("a,b", "1,2", f"1,{'x' * 999}", "2,7"), "sum", ("a",),
               D(max_record=64))
    yield Case("hexadecimal is no number", lines("v", "1", "0x10"), "sum")
    yield Case("digits with underscore", lines("v", "1", "1_000"), "sum")
    yield Case("a lone sign", lines("v", "1", "2", "-"), "sum")
    yield Case("a lone point", lines("v", "1", ".", "2"), "sum", None, skip)
    yield Case("out of range", lines("v", "1", "1.8e308"), "sum")
    yield Case("below range", lines("v", "1", "1e-1101"), "sum")
    yield Case("error far in", wide_table(10, 40) + b"99,oops,1,1,1,x,y\n" + wide_table(11, 20)[38:], "sum",
               ("price",), None)


def binaries():
    exact, nearest = Dialect(header="no"), Dialect(header="no", arith="binary")
    few = "count,sum,sumsq,mean,sd,min,max,absmax,skew"

    def case(name, data, values, width=1, ops=few, dialect=nearest, options=(), **more):
        return Case(f"binary, {name}", data, ops, dialect=dialect, text=binary.text(values, width), options=options, **more)

    v = binary.doubles(1, 400)
    tame = [x for x in v if 0.1 < abs(x) < 1e6]
    yield case("doubles", binary.npy("f8", v), v)
    yield case("doubles, every op", binary.npy("f8", tame), tame, ops=EVERY)
    yield case("doubles, big endian", binary.npy("f8", v, big=True, version=2), v)
    yield case("doubles, three columns", binary.npy("f8", v[:399], 3, version=3), v[:399], 3)
    yield case("doubles, one of three columns", binary.npy("f8", v[:399], 3), v[:399], 3, columns=(2,))
    yield case("doubles, raw", binary.raw("f8", v), v, options=("--type=f64",))
    yield case("doubles, raw, four columns", binary.raw("f8", v, True), v, 4, options=("--type=f64:be", "--columns=4"))
    many = binary.doubles(2, 70000)
    yield case("many doubles", binary.npy("f8", many), many, ops="count,sum,sumsq,min,max")
    odd = v[:50] + [float("nan"), float("inf")] + v[50:60]
    for nan in ("propagate", "skip"):
        yield case(f"nan and inf, {nan}", binary.npy("f8", odd), odd, dialect=Dialect(header="no", arith="binary", nan=nan))
    for kind in ("f4", "f2"):
        narrow = binary.rounded(kind, tame)
        yield case(kind, binary.npy(kind, narrow), narrow)
    for kind, bits in (("i8", 64), ("i4", 32), ("i2", 16), ("i1", 8)):
        w = binary.integers(bits, 150, -2 ** (bits - 1), 2 ** (bits - 1) - 1)
        yield case(kind, binary.npy(kind, w, 2), w, 2, dialect=exact)
        w = binary.integers(bits, 150, 0, 2 ** bits - 1)
        yield case(f"u{bits // 8}", binary.raw(f"u{bits // 8}", w, True), w, dialect=exact, options=(f"--type=u{bits}:be",))
    w = binary.integers(5, 3000, -10 ** 17, 10 ** 17)
    yield case("integers", binary.npy("i8", w, 3), w, 3, dialect=exact, ops=EVERY.replace(",product", ""))
    yield case("integers as doubles", binary.npy("i8", w, 3), w, 3, options=("--arith=binary",))
    w = binary.integers(6, 300, 0, 1)
    yield case("truth values", binary.npy("b1", [x == 1 for x in w], 2), w, 2, dialect=exact)
    yield case("groups", binary.npy("i4", w, 3), w, 3, dialect=exact, ops="sum,count", columns=(2,), by=(1, 3))
    yield case("null token", binary.npy("i4", w), w, dialect=Dialect(header="no", nulls=("0",)))
    yield case("count", binary.npy("f8", v), v, ops="count")


def columns_of(seed, n, k, holes, makers=None):
    """Rows of k columns; one cell in holes is missing, nan or infinite."""
    rng = random.Random(seed)
    makers = makers or [lambda: f"{rng.randint(-9999, 9999) / 100:.2f}", lambda: str(rng.randint(0, 99)),
                        lambda: repr(rng.uniform(-1, 1)), lambda: f"{rng.gauss(0, 1e6):.9g}"]
    odd = [""] * (holes and 9) + ["nan", "inf", "-inf"] * (holes == 7)
    rows = [",".join("xyzuv"[i] for i in range(k))]
    for _ in range(n):
        cells = [makers[i % len(makers)]() for i in range(k)]
        rows.append(",".join(rng.choice(odd) if holes and rng.randrange(holes) == 0 else c for c in cells))
    return lines(*rows)


def paired():
    D = Dialect
    every = "pairs,cov,corr,slope,intercept,slope_se,intercept_se,r2,residual_sd"
    line = lines("x,y", *[f"{i}.5,{3 * i - 7}" for i in range(9)])
    for name in ("norris", "pontius", "noint1", "noint2", "longley", "wampler2", "wampler4", "wampler5"):
        with open(os.path.join(DATA, "nist", name + ".csv"), "rb") as file:
            data = file.read()
        yield Case(f"NIST {name}", data, "linreg", None, D(no_intercept=name.startswith("noint")))
        if name != "longley":
            yield Case(f"NIST {name}, pairs", data, every, ("x", "y"))
    yield Case("correlations", columns_of(1, 60, 4, 0), "corr")
    yield Case("pairs with missing cells", columns_of(2, 90, 4, 8), every)
    yield Case("pairs with missing cells, binary", columns_of(3, 60, 3, 8), every, None, D(arith="binary"))
    yield Case("pairs with missing cells, population", columns_of(4, 50, 3, 8), every, None, D(population=True))
    yield Case("pairs with nan and inf", columns_of(5, 30, 4, 7), every)
    yield Case("pairs with nan skipped", columns_of(5, 60, 3, 7), "pairs,cov", None, D(nan="skip"))
    yield Case("pairs of mixed numbers", lines("x,y", *[f"{a},{b}" for a, b in zip(mixed(31, 120), mixed(32, 120))]), every)
    yield Case("pairs of mixed numbers, binary",
               lines("x,y", *[f"{a},{b}" for a, b in zip(mixed(33, 120), mixed(34, 120))]), every, None, D(arith="binary"))
    yield Case("pairs of tiny and huge", lines("x,y", "1e-1100,1e308", "-3e-700,2", "1e308,-1e308", "5,1e-1100"), every)
    yield Case("a correlation, bare", columns_of(6, 40, 3, 6), "corr", ("z", "x"))
    yield Case("a correlation with itself", line, "corr,cov", ("x", "y"))
    yield Case("a correlation, json", line, every, None, D(format="json"))
    yield Case("a line, 25 digits", columns_of(7, 40, 2, 0), every, None, D(precision=25))
    yield Case("pairs without rows", lines("x,y", "1,", ",2", "3,"), every, ("x", "y"))
    yield Case("pairs of one row", lines("x,y", "1,", "2,2", "3,"), every, ("x", "y"), D(population=True))
    yield Case("pairs of two rows", lines("x,y", "1,4", "2,2", "3,"), every, ("x", "y"))
    yield Case("pairs with a constant", lines("x,y", "1,4", "1.0,2", "1,5"), every)
    yield Case("pairs, bad cell skipped", lines("x,y", "1,4", "q,2", "3,5", "4,4.5", "5,t"), every, None, D(on_error="skip"))
    yield Case("pairs, bad cell null", lines("x,y", "1,4", "q,2", "3,5", "4,4.5", "5,t"), every, None, D(on_error="null"))
    yield Case("pairs, bad cell", lines("x,y", "1,4", "3,2", "q,5"), "corr")
    yield Case("a regression on four", columns_of(8, 70, 5, 0), "linreg")
    yield Case("a regression with missing cells", columns_of(9, 90, 5, 9), "linreg", ("y", "x", "v"))
    yield Case("a regression with missing cells, binary", columns_of(10, 90, 4, 9), "linreg", None, D(arith="binary"))
    yield Case("a regression without intercept", columns_of(11, 50, 4, 9), "linreg", None, D(no_intercept=True))
    yield Case("a regression with inf", columns_of(12, 50, 3, 7), "linreg")
    yield Case("a regression on dependent columns", lines("x,y,z", *[f"{i},{2 * i}.0,{i * i}" for i in range(9)]), "linreg")
    yield Case("a regression on a constant", lines("x,y", *[f"3,{i * i}" for i in range(9)]), "linreg")
    yield Case("a regression with too few rows", lines("x,y,z", "1,2,3", "2,,3", "3,1,1"), "linreg")
    yield Case("a regression without residuals", lines("x,y,z", "1,2,3", "2,5,3", "3,1,1"), "linreg")
    yield Case("a regression, json", columns_of(13, 20, 3, 0), "linreg", None, D(format="json"))

    for name, degree in (("wampler1", 5), ("wampler3", 5), ("wampler4", 5), ("wampler5", 5), ("filip", 10), ("pontius", 2)):
        with open(os.path.join(DATA, "nist", name + ".csv"), "rb") as file:
            yield Case(f"NIST {name}, powers", file.read(), "linreg", None, D(degree=degree))
    yield Case("powers with missing cells", columns_of(40, 60, 2, 9), "linreg", None, D(degree=3))
    yield Case("powers without intercept", columns_of(41, 40, 3, 0), "linreg", ("z", "x"), D(degree=4, no_intercept=True))
    yield Case("powers with inf", columns_of(42, 40, 2, 7), "linreg", None, D(degree=2))
    yield Case("powers of few rows", columns_of(43, 3, 2, 0), "linreg", None, D(degree=3))
    yield Case("powers of too few values", lines("x,y", "1,2", "1,3", "2,4", "2,7"), "linreg", None, D(degree=3))
    yield Case("a matrix", columns_of(44, 50, 4, 6), "corr", None, D(matrix=True))
    yield Case("a matrix of covariances", columns_of(45, 30, 4, 7), "cov", None, D(matrix=True, population=True))
    yield Case("a matrix of numbers of pairs", columns_of(46, 30, 3, 7), "pairs", None, D(matrix=True))
    yield Case("a matrix with a constant", lines("x,y,z", "1,4,1", "1.0,2,", "1,5,7"), "r2", None, D(matrix=True))
    yield Case("a matrix, json", columns_of(47, 20, 3, 6), "corr", ("z", "x"), D(matrix=True, format="json"))
    yield Case("a matrix, binary", columns_of(48, 40, 3, 6), "cov", None, D(matrix=True, arith="binary"))
    yield Case("a matrix of ranks", columns_of(49, 40, 4, 6), "corr", None, D(matrix=True, method="spearman"))
    yield Case("a matrix of ranks with inf", lines("x,y,z,u", "inf,1,2,inf", "inf,3,1,-inf", ",2,5,inf", "inf,,5,1"), "corr",
               None, D(matrix=True, method="spearman"))

    by_rank = D(method="spearman")
    ties = [lambda: "1.50", lambda: "1.5", lambda: "2", lambda: "-0", lambda: "0", lambda: "1e1", lambda: "10.0"]
    yield Case("ranks", columns_of(19, 80, 4, 0), "corr", None, by_rank)
    yield Case("ranks with missing cells", columns_of(20, 90, 4, 8), "corr", None, by_rank)
    yield Case("ranks with inf and nan", columns_of(21, 25, 4, 7), "corr", None, by_rank)
    yield Case("ranks with inf", lines("x,y", "inf,1", "2,-inf", "inf,5", "-inf,inf", "0,0"), "corr", ("x", "y"),
               by_rank)
    yield Case("ranks of a line, bare", line, "corr", ("x", "y"), by_rank)
    rng = random.Random(22)
    yield Case("ranks with ties", lines("x,y", *[f"{rng.choice(ties)()},{rng.choice(ties)()}" for _ in range(60)]),
               "corr", None, by_rank)
    yield Case("ranks of mixed numbers", lines("x,y", *[f"{a},{b}" for a, b in zip(mixed(35, 150), mixed(36, 150))]),
               "corr", None, by_rank)
    yield Case("ranks of mixed numbers, binary", lines("x,y", *[f"{a},{b}" for a, b in zip(mixed(37, 99), mixed(38, 99))]),
               "corr", None, D(method="spearman", arith="binary"))
    long = [f"{s}1.{'234567890' * 3}{i % 7}" for i in range(20) for s in ("", "-")]
    yield Case("ranks of long numbers", lines("x,y", *[f"{a},{b}" for a, b in zip(long, reversed(mixed(39, 40)))], "1.5,1e300",
                                              "1.5000000000000000000000000,2", f"1.{'234567890' * 2},3"), "corr", None, by_rank)
    yield Case("ranks of one row", lines("x,y", "1,2"), "corr", ("x", "y"), by_rank)
    yield Case("ranks of a constant", lines("x,y", "1,2", "1.0,3", "1,4"), "corr", ("x", "y"), by_rank)

    yield Case("weights", columns_of(14, 60, 3, 0), "wsum,wmean", ("x", "z"), D(weight="y"))
    yield Case("weights among other ops", columns_of(15, 60, 3, 8), "sum,wmean,count,sd,wsum,max", None, D(weight="z"))
    yield Case("weights, nan and inf", columns_of(16, 40, 4, 7), "wsum,wmean", None, D(weight="u"))
    yield Case("weights, one inf", lines("x,w", "1,2", "inf,0.5", "3,-9"), "wsum,wmean", ("x",), D(weight="w"))
    heavy = lines("k,x,w", "a,inf,5", "a,1,-2", "b,-inf,3", "c,inf,-1", "c,2,7", "c,,90", "d,inf,2", "d,inf,-2", "e,inf,", "e,4,-3")
    yield Case("weights of infinities", heavy, "wsum,wmean", ("x",), D(weight="w"))
    yield Case("weights of infinities, in groups", heavy, "wsum,wmean", ("x",), D(weight="w"), by=("k",))
    yield Case("weights of infinities, binary", heavy, "wsum,wmean", ("x",), D(weight="w", arith="binary"), by=("k",))
    yield Case("weights, binary", columns_of(17, 60, 3, 8), "wsum,wmean", ("z",), D(weight="x", arith="binary"))
    yield Case("weights that cancel", lines("x,w", "1,2", "4,-2", ",7"), "wsum,wmean", ("x",), D(weight="w"))
    yield Case("weights of nothing", lines("x,w", "1,", "4,", ",7"), "wsum,wmean", ("x",), D(weight="w"))
    yield Case("a weighted mean, bare", columns_of(18, 60, 2, 8), "wmean", ("x",), D(weight="y"))
    yield Case("weights, bad cell skipped", lines("x,w", "1,2", "4,q", "3,7"), "wsum,count", ("x",),
               D(weight="w", on_error="skip"))


def with_keys(seed, data, keys):
    """The same records with a column k in front, drawn from keys."""
    rng = random.Random(seed)
    head, *rows = data.decode().splitlines()
    return lines("k," + head, *[f"{rng.choice(keys)},{row}" for row in rows])


def grouped_sets():
    """Sums over several columns in groups."""
    D = Dialect
    keys = ["a", "b", "", "cc", '"d,"']
    pairs = ",".join(oracle_pairs.PAIRS)

    def case(name, seed, shape, ops, columns=None, dialect=None, **more):
        return Case(f"{name} in groups", with_keys(seed, columns_of(seed, *shape), keys), ops, columns, dialect,
                    by=("k",), **more)

    yield case("weights", 50, (60, 3, 0), "wsum,wmean", ("x", "z"), D(weight="y"))
    yield case("weights among other ops", 51, (60, 3, 8), "sum,wmean,count,median,wsum,max", None, D(weight="z"))
    yield case("weights, nan and inf", 52, (50, 4, 7), "wsum,wmean", None, D(weight="u"))
    yield case("weights, binary", 53, (60, 3, 8), "wsum,wmean", ("z",), D(weight="x", arith="binary"), order="value:desc")
    yield case("weights of a map", 54, (40, 3, 8), "wmean", ("p", "q"), D(weight="z"), maps=("p = x*y", "q = x/y"), where="x > 0")
    yield case("pairs", 55, (70, 3, 9), pairs)
    yield case("pairs, binary", 56, (60, 3, 9), pairs, None, D(arith="binary"), order="first")
    yield case("pairs, inf and nan", 57, (60, 3, 5), pairs, ("z", "x"), order="value")
    yield case("pairs, skip", 58, (60, 2, 3), "cov,corr", ("x", "y"), D(on_error="skip", population=True))
    yield case("pairs, json", 59, (50, 3, 0), "corr,pairs", None, D(format="json"))
    mixture = [f"{a},{b}" for a, b in zip(mixed(60, 150), mixed(61, 150))]
    yield Case("pairs of mixed numbers in groups", with_keys(62, lines("x,y", *mixture), keys), "cov,slope,r2", None, by=("k",))
    scales = ["{}", "{}.5", "-{}e-3", "0.00{}", "{}e17", "{}00000000000000000.25", "1e-30", "-{}.0000000000000001", ""]
    far = [f"{i % 3},{scales[(i // 4) % 9].format(i)},{scales[(i // 7) % 9].format(i + 1)}" for i in range(120)]
    yield Case("pairs, scales far apart in groups", lines("k,x,y", *far), "cov,intercept", (2, 3), by=(1,))
    yield Case("pairs of many groups", lines("k,x,y", *[f"{i * 7919 % 4999},{i % 17}.{i % 7},{i % 23 - 9}" for i in range(9000)]),
               "cov,pairs", (2, 3), by=(1,))
    yield case("ranks", 69, (70, 3, 9), "corr", None, D(method="spearman"))
    yield case("ranks, inf and nan", 70, (60, 3, 5), "corr", None, D(method="spearman"), order="value:desc")
    yield case("ranks, nan skipped, binary", 71, (60, 2, 5), "corr", None, D(method="spearman", nan="skip", arith="binary"))
    yield case("ranks of maps", 73, (50, 2, 9), "corr", None, D(method="spearman"), maps=("p = x*y", "q = x/y", "r = round(x)"))
    yield Case("ranks of mixed numbers in groups", with_keys(72, lines("x,y", *mixture), keys), "corr", None, D(method="spearman"), by=("k",))
    yield case("a regression", 63, (60, 2, 9), "linreg")
    yield case("a regression without intercept", 64, (40, 2, 9), "linreg", None, D(no_intercept=True))
    yield case("a regression on three", 65, (80, 4, 0), "linreg", None, None, order="first:desc")
    yield case("a regression on two, missing cells", 66, (70, 3, 6), "linreg", ("z", "x", "y"))
    yield case("a regression without intercept on two, binary", 67, (60, 3, 9), "linreg", None, D(no_intercept=True, arith="binary"))
    yield case("a regression on powers", 68, (60, 2, 9), "linreg", None, D(degree=3))
    dependent = [f"{'ab'[i % 2]},{i},{2 * i if i % 2 else i * i},{i * i * i}" for i in range(12)]
    yield Case("a regression on dependent columns in a group", lines("k,x,y,z", *dependent), "linreg", (2, 3, 4), by=(1,))


def grouped_tables():
    """What gives several rows for a group, and sketches."""
    D = Dialect
    cells = ["1", "1.0", "2", "", "3e1", "-7", "x y", "two\nlines", "\t", "q\"q"]
    numbers = ["1", "1.0", "2.5", "", "3e1", "-7", "1e30", "0.001", "-0"]
    odd = numbers + ["inf", "nan", "-inf", "NaN"]
    some = ["a", "b", "", "a,b"]
    yield Case("freq in groups", keyed(70, 200, ODD_KEYS, cells), "freq", ("v",), by=("k",))
    yield Case("freq in groups, several columns", keyed(71, 120, some, cells), "freq", ("v", "l"), by=("k",), order="first")
    yield Case("freq in groups of two keys", keyed(72, 120, some, cells), "freq", ("v",), by=("l", "k"), order="key:desc")
    yield Case("freq in groups, by value", keyed(73, 200, some, odd), "freq", ("v",), D(numeric=True), by=("k",))
    yield Case("freq in groups, json", keyed(74, 60, some, numbers), "freq", ("v",), D(format="json"), by=("k",))
    yield Case("freq in groups, jsonl", keyed(75, 60, some, numbers), "freq", ("v",), D(format="jsonl", numeric=True), by=("k",))
    yield Case("top in groups", keyed(76, 200, some, cells), "top", ("v",), D(limit=2), by=("k",))
    yield Case("top in groups, some empty", lines("k,v", "a,", "b,1", "a,", "b,2", "b,2", "c,"), "top", ("v",), by=("k",))
    yield Case("top in groups, none", lines("k,v", "a,", "c,"), "top", ("v",), D(format="json"), by=("k",))
    yield Case("top in groups, binary", keyed(77, 150, some, numbers), "top", ("v",), D(numeric=True, arith="binary", limit=3), by=("k",))
    yield Case("top in groups, where", keyed(78, 90, some, numbers), "top", ("k", "l"), where="v > 0", by=("k",))
    edges = ("-1", "0", "1.5", "30")
    yield Case("hist in groups", keyed(79, 200, some, odd), "hist", ("v",), D(edges=edges), by=("k",))
    yield Case("hist in groups, equal bins", keyed(80, 200, ODD_KEYS, numbers[:6]), "hist", ("v",), D(bins=3), by=("k",))
    yield Case("hist in groups, numeric key", lines("k,u,v", *[f"{i % 3},{i * i},{i}.5" for i in range(40)]), "hist", None,
               D(bins=4), by=("k",), order="first:desc")
    yield Case("hist in groups, binary", keyed(81, 150, some, numbers), "hist", ("v",), D(bins=5, arith="binary"), by=("l",))
    yield Case("hist in groups, json", keyed(82, 80, some, odd), "hist", ("v",), D(edges=edges, format="json"), by=("k",))
    yield Case("hist in groups, no values", lines("k,v", "a,", "b,"), "hist", ("v",), by=("k",))
    yield Case("hist in groups, a map", keyed(83, 80, some, numbers), "hist", None, D(bins=2), maps=("w = v*v",), where="v < 5", by=("k",))
    yield Case("hist in groups, a bad cell", lines("k,v", "a,1", "b,x", "a,2"), "hist", ("v",), by=("k",))
    yield Case("stats in groups", keyed(86, 150, some, numbers), "stats", by=("k",))
    yield Case("stats in groups, by a number", keyed(87, 90, some, odd[1:]), "stats", None, D(nan="skip"), by=("v",), order="first")
    yield Case("stats in groups, binary", keyed(88, 90, some, odd), "stats", ("v", "l"), D(arith="binary"), by=("k",))
    yield Case("sketches in groups", keyed(84, 300, ODD_KEYS, cells), "distinct~,distinct,count", ("v", "l"), by=("k",))
    yield Case("sketches in groups, by value", keyed(85, 200, some, odd), "distinct,mode", ("v",), D(numeric=True, approx=True), by=("k",))
    many = [f"{i % 3},{i * 7919 % 6007}" for i in range(7000)] + [f"few,{i % 900}.0" for i in range(2000)]
    yield Case("sketches in groups, many values", lines("k,v", *many), "distinct~", ("v",), by=("k",))
    yield Case("sketches in groups, many values, by value", lines("k,v", *many), "distinct", ("v",),
               D(numeric=True, approx=True), by=("k",), order="value:desc")


def grouped():
    D = Dialect
    few = lines("city,temp,qty", "Oslo,-1.5,3", "Lima,20,4", "Oslo,2.25,", '"Lima ",1e30,5', ",7,1", '"",8,2', "Oslo,-9,9")
    yield Case("groups", few, "min,mean,max,count", ("temp",), by=("city",))
    yield Case("groups, every numeric column", few, EVERY, by=("city",))
    yield Case("groups, count", few, "count", by=("city",))
    yield Case("groups, count and sum", few, "sum,count", by=("city",))
    yield Case("groups, count of a column", few, "count,missing", ("qty",), by=("city",))
    yield Case("groups of a numeric column", few, "sum", by=("qty",))
    yield Case("groups by a column that is summed", few, "sum,count", ("qty",), by=("qty",))
    yield Case("groups by a column with nan, skipped", lines("v,w", "1,2", "nan,3", "NaN,4", "1,5"), "sum,count", ("v",),
               D(nan="skip"), by=("v",))
    yield Case("groups, stats", few, "stats", by=("city",))
    yield Case("groups, json", few, "mean,sd,count", by=("city",), dialect=D(format="json"))
    yield Case("groups, jsonl", few, "mean,sd", by=("city", "qty"), dialect=D(format="jsonl"))
    yield Case("groups without records", b"city,temp\n", "sum", ("temp",), by=("city",), dialect=D(header="yes"))
    yield Case("groups of odd keys", keyed(1, 60, ODD_KEYS, ["1", "-2.5", "1e3", ""]), "count,sum,min,max", (3,), by=(1,))
    yield Case("groups of two odd keys", keyed(2, 70, ODD_KEYS, ["1", "-2.5", "1e3", ""]), "count,sum", (3,), by=(2, 1))
    yield Case("groups of two keys, null", keyed(3, 70, ODD_KEYS, ["1", "NA"]), "count,sum", ("v",), by=("k", "l"),
               dialect=D(nulls=("NA", "b")))
    yield Case("composite keys that join alike", lines("k,l,v", "a,bc,1", "ab,c,2", "abc,,3", ",abc,4", "a,bc,5"),
               "sum", ("v",), by=("k", "l"))
    yield Case("groups, invalid UTF-8", b"k,v\n\xff,1\n\xff\xfe,2\n\xc3,3\n\xff,4\n\xc3\xa9,5\n", "sum", ("v",), by=("k",))
    yield Case("groups of mixed numbers",
               lines("k,v", *[f"{'abcdefg'[i % 7]},{x}" for i, x in enumerate(mixed(8, 150))]), EVERY, (2,), by=(1,))
    yield Case("groups of mixed numbers, binary",
               lines("k,v", *[f"{'abcdefg'[i % 7]},{x}" for i, x in enumerate(mixed(9, 100))]), EVERY, (2,),
               D(arith="binary"), by=(1,))
    scales = ["{}", "{}.5", "{}.25", "-{}e-3", "0.00{}", "{}e17", "{}00000000000000000.25", "1e-30", "-{}.0000000000000001"]
    yield Case("groups, scales far apart",
               lines("k,v", *[f"{'xyz'[i % 3]},{scales[(i // 4) % 9].format(i)}" for i in range(100)]), EVERY, (2,), by=(1,))
    yield Case("groups, scales change within a batch",
               lines("k,v,t", *[f"{i % 11},{scales[i % 9].format(i)},{'x' * 60}" for i in range(900)]), EVERY, (2,), by=(1,))
    yield Case("groups, doubles",
               lines("k,v", *[f"{i % 5},{random.Random(i).uniform(0, 1000)!r}" for i in range(120)]), EVERY, (2,), by=(1,))
    yield Case("groups, nan and inf", lines("k,v", "a,nan", "a,1", "b,inf", "b,2", "c,inf", "c,-inf", "d,-inf", "d,0"),
               EVERY, (2,), by=(1,))
    yield Case("groups, bad cell", lines("k,v", "a,1", "b,x", "a,2"), "sum", ("v",), by=("k",))
    yield Case("groups, skip", lines("k,v", "a,1", "b,x", "a,2", "c", "b,7"), "sum,count", ("v",), D(on_error="skip"),
               by=("k",))
    yield Case("groups, null", lines("k,v", "a,1", "b,x", "a,2", "c", "b,7"), "sum,count", ("v",), D(on_error="null"),
               by=("k",))
    yield Case("groups, NUL in a key", b"k,v\na,1\nb\0,2\na,4\n", "sum", ("v",), D(on_error="null"), by=("k",))
    yield Case("groups, ragged", lines("v,k", "1,a", "2", "3,b", "4"), "sum,count", ("v",), D(ragged=True), by=("k",))
    for arith in ("decimal", "binary"):  # -0 is 0, however it is scanned
        yield Case(f"negative zeros, {arith}", lines("x,y", *["-0,-0.00"] * 12, '"-0",0', "-0e5,-.0"), "sum,count,max", dialect=D(arith=arith),
                   maps=("p = 1/x", "q = 1/-y", "if(1/x > 0, 1, 2)", "1/-0"))
        yield Case(f"negative zeros, distinct, {arith}", lines("x", *["-0", "0", "-0.00", "1"] * 5), "distinct,mode,antimode", None,
                   D(arith=arith, numeric=True))
    for order in ("key", "key:desc", "first", "first:desc", "value", "value:desc"):
        yield Case(f"groups by {order}", keyed(4, 80, ODD_KEYS, ["1", "0.1", "0.2", "", "3", "-7", "inf", "nan"]), "mean,count",
                   ("v",), by=("k",), order=order)
        yield Case(f"groups by {order}, roots", keyed(5, 80, ODD_KEYS, ["1", "0.1", "0.2", "", "3"]), "rms,sd", ("v",),
                   by=("l",), order=order)
    places = "first,last,argmin,argmax"
    yield Case("places in groups", keyed(6, 90, ODD_KEYS, ["1", "1.0", "-2", "", "3", "-7", "3.00"]), places, ("v",), by=("k",))
    yield Case("places in groups, odd numbers", keyed(7, 90, ODD_KEYS, ["1e30", "123456789012345678901", "inf", "-inf", "nan", "", "-1e-9"]),
               places, ("v",), by=("l", "k"), order="first")
    yield Case("places in groups, binary", keyed(8, 90, ODD_KEYS, ["1e30", "0.1", "inf", "-inf", "", "-1e-9", "0.10"]),
               "argmax,argmin", ("v",), D(arith="binary"), by=("l",), order="value:desc")
    yield Case("places in groups, null", keyed(9, 60, ODD_KEYS, ["1", "x", "NA", "2"]), places + ",sum,median", ("v",),
               D(on_error="null", nulls=("NA",)), by=("k",))
    yield Case("places in groups, skip", keyed(9, 60, ODD_KEYS, ["1", "x", "2"]), places, ("v",), D(on_error="skip"), by=("k",))
    yield Case("places in groups, texts", keyed(10, 90, ODD_KEYS, ["1", ""]), "last,first,count", ("l",), by=("k",))
    yield Case("places in groups, where", few, "argmax,last", ("temp",), where="qty >= 1", by=("city",))
    rng = random.Random(11)
    many = [f"{rng.randrange(3000)},{rng.randrange(-500, 500) / 10}" for _ in range(9000)]
    yield Case("thousands of groups", lines("k,v", *many), "count,sum,min,max,sd", ("v",), by=("k",))
    yield Case("thousands of groups, all reducers", lines("k,v", *many), EVERY, ("v",), by=("k",))
    yield Case("thousands of groups, places", lines("k,v", *many), places, ("v",), by=("k",))
    yield Case("thousands of groups by value", lines("k,v", *many), "mean", ("v",), by=("k",), order="value:desc")
    for n in (1, 2, 63, 1000):
        rows = [f"key {i * 7919 % n},{i * 31 % 997}.{i % 4},{i % 3 or ''}" for i in range(max(2 * n, 200))]
        yield Case(f"{n} group{'s' * (n > 1)}", lines("k,v,w", *rows), "sum,min,count,missing,median,distinct,last", ("v", "w"), by=("k",))
    some = [f"key {i * 7919 % 20011},{i * 31 % 997}.{i % 4}" for i in range(40000)]
    yield Case("20,011 groups", lines("k,v", *some), "sum,mean,max,count", ("v",), by=("k",))
    yield Case("keys that are empty in several ways", lines("k,v", ",1", '"",2', " ,3", '" ",4', '"  ",5', "\t,6", 'NA,7', '"NA",8', " NA ,9",
                                                            '" NA",10'), "sum,count,missing", ("v",), D(nulls=("NA",)), by=("k",))
    hostile_keys = [b"\xff", b"\xff\xfe", b'"\xc3\n"', b'"a\r\nb"', b'"a""b"', b'"a,b"', b"\x80", b"", b'""', b"\xe6\x97", b"\x01", b'"\n"']
    rng = random.Random(12)
    data = b"k,l,v\n" + b"".join(b"%s,%s,%d.5\n" % (rng.choice(hostile_keys), rng.choice(hostile_keys), rng.randrange(100)) for _ in range(150))
    for ops in ("sum,count,missing,max", "median,distinct,first,argmax,skew"):
        yield Case(f"keys of hostile bytes: {ops}", data, ops, ("v",), by=("k", "l"))
        yield Case(f"keys of hostile bytes, by first: {ops}", data, ops, ("v",), by=("l",), order="first")
    alone = [f"key number {i * 7919 % 6007},{i}.{i % 10}" for i in range(6007)]
    yield Case("a group for each record", lines("k,v", *alone), "sum,min", ("v",), by=("k",))
    yield Case("a group for each record, by first", lines("k,v", *alone), "sum", ("v",), by=("k",), order="first")


def large():
    """Cases that take too long for every day: run with --full, in pairs of ways, not in all."""
    million = [f"{i * 7919 % 1000003},{i % 997}" for i in range(1000003)]
    yield Case("a million groups", lines("k,v", *million), "sum,count", ("v",), by=("k",))


def expressions():
    D = Dialect
    few = lines("city,price,qty,note", "Oslo,10.50,3,x", 'Bergen,2.25,10,"a,b"', "Oslo,,4,", 'Tromso,1e2,0.5,"q""q"',
                "Lima,-7,2,nan", "Oslo,0.1,1,")
    bad = lines("kind,v,w", "a,1,2", "b,x,3", "a,2,y", "b,4,z", "a,3", "a,5,6", "c,NaN?,1", "a,7,8")
    yield Case("map", few, "sum,mean,min,max,var", maps=("price*qty",))
    yield Case("maps by name", few, "sum,count", ("total", "price"), maps=("total = price*qty", "unused=total+1"))
    yield Case("map of a map", few, "sum,sumsq", maps=("a = price+1, b = a*a", "b-a"))
    yield Case("map, division", few, "sum,mean,count", maps=("price/qty",))
    yield Case("map, division and back", few, "sum,count,min", maps=("round(price/qty, 2)",))
    yield Case("map, root", few, "sum,count", maps=("sqrt(price*price) - price/3",))
    yield Case("map, binary", few, "sum,mean,count", dialect=D(arith="binary"), maps=("price*qty+0.1", "price % 3"))
    yield Case("map, truth", few, "sum,mean,count,missing", maps=("price > 2",))
    yield Case("map, lengths", few, "sum,count", maps=("len(city)", "len(note)"))
    yield Case("map, choice", few, "sum,count", maps=('if(city == "Oslo" && qty > 1, price, 0-qty)', "coalesce(price, qty)"))
    yield Case("map, rounding", lines("v", "2.5", "-2.5", "3.5", "-0.5", "1e20", "2.675", "0.005", "12345678901234567890.5"),
               "sum,min,max", maps=("round(v)", "floor(v)", "ceil(v)", "round(v,2)", "round(v,-1)", "abs(v)"))
    yield Case("map, modulo", lines("a,b", "5,3", "-5,3", "5,-3", "5.5,0.3", "1e20,0.7", "1,0", "7,1e30", "0.3,0.1"),
               "sum,min,max,count", maps=("if(b == 0, 0, a % b)", "mod(a, 7)"))
    yield Case("map, primes", lines("v", "2", "3", "4", "5.0", "5.5", "-7", "1", "0", "999983", "", "1e3"), "sum,count",
               maps=("isprime(v)",))
    yield Case("map, large and small products", lines("a,b", "123456789012345678,987654321098765432", "1e-30,1e-20",
                                                      "999999999999999999,10", "1e150,1e150", "0.1,0.1", "-3,7"),
               "sum,min,max,sumsq", maps=("a*b", "a-b", "a+b"))
    yield Case("map, nan and inf", lines("v,w", "nan,1", "inf,2", "-inf,3", "1,inf", ",5", "2,2"), "count,missing",
               maps=("v*w", "v-w", "max(v,w)", "v > w", "v != v"))
    yield Case("map, mixed numbers", lines("v,w", *[f"{a},{b}" for a, b in zip(mixed(21, 200), mixed(22, 200))]), "sum,count,min,max",
               maps=("v*w", "v-w", "min(v, w, 0)"))
    yield Case("where", few, "sum,count,mean", where="qty > 1")
    yield Case("where, text", few, "sum", ("price", "qty"), where="city == 'Oslo' || contains(note, 'b')")
    yield Case("where, nothing passes", few, "sum,mean,count", where="qty > 100")
    yield Case("where, all pass", few, "sum,count", where="qty > 0")
    yield Case("where, count", few, "count", where='city != "Oslo"')
    yield Case("where, count of missing", few, "count,missing", ("note", "price"), where="isnull(note) || !isnull(price)")
    yield Case("where, missing is not true", few, "count", where="!(price > 5)")
    yield Case("where, regular expression", few, "count,sum", ("qty",), where="matches(city, '^(O|.*so$)')")
    yield Case("where by a map", few, "sum,count", where="t > 20 && t < 60", maps=("t = price*qty",))
    yield Case("where and groups", few, "sum,count", ("price",), where="qty >= 1", by=("city",))
    yield Case("groups of a map", few, "sum,count", ("price",), maps=("bin = floor(qty/2)*2",), by=("bin",))
    yield Case("groups of a text map", few, "count,sum", ("qty",), maps=("big = if(price > 5, 'big', 'small')",), by=("big",))
    yield Case("groups and a map", few, "sum,mean", maps=("price*qty",), by=("city",), where="price > -5")
    yield Case("where, wide table", wide_table(30, 300), "sum,min,max,count", ("price", "amount"), where="qty > 5 && price < 60")
    yield Case("where and map, wide table", wide_table(31, 300), "sum,count", maps=("price*qty", "amount/7"),
               where="qty % 2 == 0", by=("city",))
    yield Case("where over hostile texts", hostile(9, 80).encode(), "sum,count", ("v",), where="v > 0 && !contains(t, 'a')")
    yield Case("bad cells of records that pass", bad, "sum", ("v",), where='kind == "a"')
    yield Case("bad cells of records that fail", lines("kind,v", "a,1", "b,x", "a,2"), "sum,count", ("v",), where='kind == "a"')
    yield Case("bad cell of where", lines("kind,v", "1,1", "b,x", "3,2"), "sum", ("v",), where="kind > 1")
    yield Case("bad cell of a map", lines("k,v", "1,1", "2,x", "3,2"), "sum", maps=("k*v",))
    for policy in ("skip", "null"):
        yield Case(f"bad cells, where, {policy}", bad, "sum,count,missing", ("v", "w"), D(on_error=policy), where='kind == "a"')
        yield Case(f"bad cells, where on numbers, {policy}", bad, "sum,count,missing", ("v",), D(on_error=policy),
                   where="isnull(w) || w < 9")
        yield Case(f"bad cells, map, {policy}", bad, "sum,count,missing", dialect=D(on_error=policy), maps=("v*w", "v"),
                   where='kind != "c"')
        for limit in (0, 1, 2, 3):
            yield Case(f"bad cells, where, {policy} at most {limit}", bad, "sum", ("v", "w"),
                       D(on_error=policy, max_errors=limit), where='kind == "a" || kind == "b"')
    wide = lines("kind,v,w", "a,1,2", "b,1e200,3", " a,2e300,x", 'a,"1e200",1e-600', "b,3,4", "a,7,1e-900", "c,1e-1000,2", "a,-9e307,y",
                 "a,3,5")
    yield Case("a value out of range", wide, "sum", maps=("v*v",), where='kind != "c"')
    yield Case("values out of range, binary", wide, "sum,count", dialect=D(arith="binary"), maps=("v*v",))
    yield Case("a value out of range, and back", wide, "sum,count", maps=("v*v > 4",))
    for policy in ("skip", "null"):
        ways = D(on_error=policy)
        yield Case(f"values out of range, {policy}", wide, "sum,count,missing", dialect=ways, maps=("p = v*v", "q = w*w", "p+1"))
        yield Case(f"values out of range, where, {policy}", wide, "sum,count", ("p", "v"), ways, maps=("p = v*v", "q = w*w"),
                   where='kind == "a"')
        yield Case(f"values out of range as keys, {policy}", wide, "count,max", ("v",), ways, maps=("p = v*v",), by=("p",))
        yield Case(f"values out of range, every record, {policy}", lines("v", *["1e200"] * 40), "sum,count", dialect=ways, maps=("v*v",))
        yield Case(f"values out of range here and there, {policy}", lines("v", *[repr(10.0 ** (i * 7 % 200)) for i in range(300)]),
                   "sum,count", dialect=ways, maps=("v*v", "v*v*v"))
        for limit in (0, 1, 3):
            yield Case(f"values out of range, {policy} at most {limit}", wide, "sum", ("p",), D(on_error=policy, max_errors=limit),
                       maps=("p = v*v", "q = w*w"), where='kind != "c"')
    yield Case("unterminated quote and late cells", lines("a,b,c", "1,2,3", '4,x,"y', "4,5"), "sum", (2,), where="a > 0")
    yield Case("where by index", lines("1,2,x", "3,4,y", "5,,z"), "sum,count", (1, 2), D(header="no"), where="$1 > 1 && $3 != 'q'")
    yield Case("odd names", lines('"a b",c`d', "1,2", "3,4"), "sum", maps=("`a b` * `c``d`",))

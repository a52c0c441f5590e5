"""The benchmark's own tests: its generator, its exact answers and its verdicts, each held to Python.

`make bench-check`, which `make bench` runs first: a wrong oracle would call right answers wrong."""

import csv
import decimal
import fractions
import io
import os
import random
import statistics
import subprocess
import tempfile
import unittest
import xml.dom.minidom

import answers
import bars
import exact_more
import plot
import report

Fraction = fractions.Fraction
ROWS = 20000


def program(name):
    return os.path.join(os.environ["BENCH_DIR"], name)


def generate(kind, rows=ROWS, seed=7):
    return subprocess.run([program("gen"), kind, str(rows), str(seed)], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def rows_of(kind):
    return list(csv.DictReader(io.StringIO(generate(kind))))


class Generator(unittest.TestCase):
    def test_doubles_are_written_as_printf_writes_them(self):
        for row in rows_of("wide"):
            self.assertEqual("%.17g" % float(row["y"]), row["y"])
            self.assertEqual("%.6f" % float(row["x"]), row["x"])
            self.assertEqual("%.2f" % float(row["price"]), row["price"])

    def test_shortest_floats_are_those_of_repr(self):
        for row in rows_of("mixed"):
            cell = row["v"]
            self.assertEqual(repr(float(cell)) if "." in cell else str(int(cell)), cell)

    def test_every_record_has_all_its_fields(self):
        for kind in ("wide", "mixedwide", "one", "ints", "tiny"):
            for row in rows_of(kind):
                self.assertNotIn(None, row)
                self.assertNotIn(None, row.values())

    def test_cities_are_413_keys_of_3_to_26_bytes(self):
        records = [line.split(";") for line in generate("cities").splitlines()]
        lengths = [len(city.encode()) for city in sorted({city for city, _ in records})]
        self.assertEqual((len(lengths), min(lengths), max(lengths)), (413, 3, 26))
        for city, temp in records:
            self.assertRegex(temp, r"^-?(0|[1-9][0-9]?)\.[0-9]$")

    def test_a_small_file_is_the_beginning_of_a_big_one(self):
        self.assertTrue(generate("wide", 3000).startswith(generate("wide", 1000)))

    def test_another_seed_is_another_file(self):
        self.assertNotEqual(generate("one", 10, 1), generate("one", 10, 2))


class More(unittest.TestCase):
    def test_counts_and_pairs_are_those_of_statistics(self):
        rows = rows_of("wide")
        x, y = [int(row["qty"]) for row in rows], [float(row["price"]) for row in rows]
        line = statistics.linear_regression(x, y)
        slope, intercept, r2 = exact_more.values_of("line", rows)[1]
        self.assertAlmostEqual(slope, line.slope, 9)
        self.assertAlmostEqual(intercept, line.intercept, 6)
        self.assertAlmostEqual(exact_more.values_of("corr", rows)[1][0], statistics.correlation(x, y), 12)
        self.assertAlmostEqual(r2, statistics.correlation(x, y) ** 2, 12)
        self.assertEqual(sum(exact_more.values_of("freq", rows)[1]), ROWS)
        self.assertEqual(exact_more.values_of("top", rows)[1], sorted(exact_more.values_of("freq", rows)[1])[:-11:-1])


class Exact(unittest.TestCase):
    def check(self, kind, columns):
        rows = rows_of(kind)
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "f.csv")
            with open(file, "w", encoding="utf-8") as f:
                f.write(generate(kind))
            got = answers.exact_answers(program("exact"), file, columns, file + ".json")
        self.assertEqual(got[""]["count"], len(rows))
        for column in columns:
            cells = [Fraction(row[column]) for row in rows]
            self.assertEqual(got[column]["count"], len(cells))
            self.assertEqual(got[column]["sum"], sum(cells))
            self.assertEqual(got[column]["sumsq"], sum(c * c for c in cells))
            self.assertEqual(got[column]["min"], min(cells))
            self.assertEqual(got[column]["max"], max(cells))
            self.assertEqual(got[column]["mean"], float(sum(cells) / len(cells)))

    def test_wide(self):
        self.check("wide", ["id", "x", "y", "price", "qty"])

    def test_mixed(self):
        self.check("mixed", ["v"])


class Roots(unittest.TestCase):
    def test_against_a_hundred_digits(self):
        decimal.getcontext().prec = 100
        dice = random.Random(3)
        for _ in range(2000):
            p, q = dice.randrange(1, 10 ** dice.randrange(1, 60)), dice.randrange(1, 10 ** 20)
            root = (decimal.Decimal(p) / decimal.Decimal(q)).sqrt()
            self.assertEqual(answers.rounded_root(Fraction(p, q)), float(root))

    def test_perfect_squares(self):
        for n in (0, 1, 9, 1 << 80, 3 ** 60):
            self.assertEqual(answers.rounded_root(Fraction(n * n, 49)), float(Fraction(n, 7)))


class Verdicts(unittest.TestCase):
    def test_exact(self):
        self.assertEqual(answers.verdict(["0.30"], [Fraction(3, 10)]), "exact")
        self.assertEqual(answers.verdict(["0.3333333333333333"], [1 / 3]), "exact")

    def test_nearest_double(self):
        self.assertEqual(answers.verdict(["1e22"], [Fraction(10 ** 22 + 1)]), "nearest")

    def test_off(self):
        self.assertAlmostEqual(answers.verdict(["0.30000000000000004"], [Fraction(3, 10)]),
                               4e-17 / 0.3, delta=1e-18)
        self.assertEqual(answers.verdict(["1e-9"], [Fraction(0)]), float("inf"))

    def test_no_answer(self):
        self.assertIsNone(answers.verdict([""], [Fraction(1)]))
        self.assertIsNone(answers.verdict(["nan"], [Fraction(1)]))
        self.assertIsNone(answers.verdict(["1", "2"], [Fraction(1)]))


def entry(role, seconds, verdict="exact", outs=("1\n",), **more):
    return {"role": role, "node": False, "seconds": [seconds], "median": seconds, "net": seconds,
            "cpu": [seconds], "peak_mb": 3.0, "verdict": verdict,
            "answers": {out: 1 for out in outs}, **more}


RESULTS = {
    "when": "2000-01-01T00:00:00", "size": 1, "rounds": 1, "load": 0.0, "absent": {"zsv": "zsv"},
    "versions": {"mawk": "1"}, "machine": {"cpu": "c", "cpus": 2, "memory_gib": 1, "simd": ["avx2"],
                                           "kernel": "k", "system": "s"},
    "jobs": [{
        "name": "wide_sum", "title": "a sum", "op": "sum", "faster": 8, "records": 10, "bytes": 2 * 10**8,
        "profile": {"files": {"kernel": 60.0}, "functions": {"kernel": 60.0}},
        "entries": {
            "crunch": entry("crunch", 0.1),
            "floor read 2": entry("floor", 0.05), "floor count 2": entry("floor", 0.08),
            "duckdb": entry("peer", 1.0, 2e-16, ("1\n", "2\n")),
            "polars": entry("peer", 0.5, "nearest", one_thread_same=False),
            "datamash": {**entry("peer", 0), "failed": "exit 1: no", "seconds": []},
            "procs 2": entry("variant", 0.1), "threads 2": entry("variant", 0.1),
            "omp 2": entry("variant", 0.2),
        }}],
}


class Telling(unittest.TestCase):
    def test_bars(self):
        met = {b["what"]: (b["reached"], b["met"]) for b in bars.all_bars(RESULTS)}
        self.assertEqual(met["faster than the fastest other tool (polars)"], ("5.0x", False))
        self.assertEqual(met["time against reading and counting line ends"], ("1.25x", True))
        self.assertEqual(met["procs, threads, omp within 5% at 2 workers"], ("2.000x", False))
        self.assertEqual(met["peak memory"], ("3.0 MiB", True))

    def test_own_floors(self):
        job = {**RESULTS["jobs"][0], "floors": (("zstd -dc", 1.1), ("gunzip", 1.1), ("absent", 2))}
        job["entries"] = {**job["entries"], "zstd -dc": entry("floor", 0.095), "gunzip": entry("floor", 0.08)}
        met = [(b["what"], b["reached"], b["met"]) for b in bars.against_own_floors(job)]
        self.assertEqual(met, [("time against zstd -dc", "1.05x", True), ("time against gunzip", "1.25x", False)])

    def test_summary_marks_wrong_and_unstable_answers(self):
        head, body = report.summary(RESULTS)
        self.assertEqual(dict(zip(head, body[0]))["duckdb"], "10x ≠!")
        self.assertEqual(dict(zip(head, body[0]))["polars"], "5.0x ~!")
        self.assertEqual(dict(zip(head, body[0]))["of counting lines"], "1.25")

    def test_all_sections_are_told(self):
        text = report.as_text({**RESULTS, "bars": bars.all_bars(RESULTS)})
        for word in ("2 in 2 runs", "another on 1 thread", "exit 1: no", "kernel 60%", "zsv"):
            self.assertIn(word, text)

    def test_the_plot_is_well_formed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "p.svg")
            plot.write_svg(RESULTS, path)
            self.assertEqual(len(xml.dom.minidom.parse(path).getElementsByTagName("rect")), 5)  # one is the ground


if __name__ == "__main__":
    unittest.main()

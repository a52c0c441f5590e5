"""The same table in every form: text and packed, whole, in pieces, through a pipe, as numbers. All give
the bytes that the oracle works out, on every backend; each form that is damaged is refused.

forms.py   Run in an empty directory. A line for each form; `crunch`, gzip and zstd are on the PATH.
"""
import gzip
import os
import random
import subprocess
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import binary  # noqa: E402
import oracle  # noqa: E402
import pack  # noqa: E402

ROWS, PIECES = 6000, 100
HOW = (["--seq"], ["--procs", "2"], ["--threads", "2", "--chunk-size", "5000"], ["--omp", "2"])
KEYS = ["Oslo", "Lima", 'said "no"', "two\nlines", ""]

rng = random.Random(11)
# Eighths, so that the doubles of the .npy files are the decimals of the text.
NUMBERS = [(rng.randint(-10**6, 10**6) / 8, rng.randint(0, 800) / 8) for _ in range(ROWS)]
CELLS = [rng.choice(KEYS) for _ in range(ROWS)]
HEAD = "v,k,w\n"


def quoted(text):
    return '"' + text.replace('"', '""') + '"' if set(text) & set('",\n') else text


def record(i, delimiter=","):
    return delimiter.join([repr(NUMBERS[i][0]), quoted(CELLS[i]), repr(NUMBERS[i][1])]) + "\n"


def zstd(data, *options):
    return subprocess.run(["zstd", "-qc", *options], input=data, stdout=subprocess.PIPE, check=True).stdout


RECORDS = [record(i) for i in range(ROWS)]
TABLE = (HEAD + "".join(RECORDS)).encode()
# Where pieces of the table begin: uneven, some of them empty.
CUTS = [0] + sorted(rng.randint(0, ROWS) for _ in range(PIECES - 1)) + [ROWS]


def piece(i):
    """File i of the table in pieces: its own header, its columns in another order, packed in its way."""
    rows = range(CUTS[i], CUTS[i + 1])
    if i % 3 == 1:
        text = "w,v,k\n" + "".join(f"{NUMBERS[r][1]!r},{NUMBERS[r][0]!r},{quoted(CELLS[r])}\n" for r in rows)
    else:
        text = HEAD + "".join(RECORDS[r] for r in rows)
    data = text.encode()
    return [data, gzip.compress(data, 1), data, pack.pack("frames", data), pack.pack("bgzf", data), data][i % 6]


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)
    return name


def forms():
    """(name, files, options) of every form, written to the directory."""
    yield "csv", [write("t.csv", TABLE)], []
    yield "tsv", [write("t.tsv", (HEAD.replace(",", "\t") + "".join(record(i, "\t") for i in range(ROWS))).encode())], \
        ["-d", "tab"]
    yield "gzip", [write("t.gz", gzip.compress(TABLE, 6))], []
    yield "members", [write("m.gz", b"".join(gzip.compress(p, 1) for p in pack.pieces(TABLE, 30000, 3)))], []
    yield "bgzf", [write("b.gz", pack.pack("bgzf", TABLE))], []
    yield "zstd", [write("t.zst", zstd(TABLE))], []
    yield "frames", [write("f.zst", b"".join(zstd(p, "--no-content-size") for p in pack.pieces(TABLE, 30000, 5)))], []
    subprocess.run(["crunch", "compress", "t.csv", "-o", "s.zst", "--frame-size", "9000"], check=True)
    yield "seekable", ["s.zst"], []
    yield "pieces", [write(f"p{i:02}", piece(i)) for i in range(PIECES)], []


def crunch(job, files, options, how, piped=False):
    command = ["crunch", *job, *options, *how]
    if piped:
        with open(files[0], "rb") as file:  # through a pipe of its own
            cat = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE)
            done = subprocess.run(command, stdin=cat.stdout, capture_output=True)
            cat.stdout.close()
            cat.wait()
        return done
    return subprocess.run(command + files, stdin=subprocess.DEVNULL, capture_output=True)


def hold(name, done, expected):
    if done.returncode or done.stderr or done.stdout != expected:
        print(f"{name}: {done.args}: exit {done.returncode}, {done.stdout!r}, {done.stderr!r}; expected {expected!r}")


JOBS = ((("sum,mean,sd,min,median,max", "-c", "v,w"), dict(columns=("v", "w"))),
        (("sum,count", "-c", "v", "-g", "k", "-w", "w > 20"), dict(columns=("v",), by=("k",), where="w > 20")))


def check_texts():
    expected = [oracle.expect(TABLE, job[0], **more).stdout.encode() for job, more in JOBS]
    for name, files, options in forms():
        for how in HOW:
            for (job, _), right in zip(JOBS, expected):
                hold(name, crunch(job, files, options, how), right)
                if len(files) == 1:
                    hold(name, crunch(job, files, options, how, piped=True), right)
        print(name)


def check_by_file():
    """--by-file: groups by a column with the names of the files, which are in the order of their bytes."""
    named = "file,v\n" + "".join(f"p{i:02},{NUMBERS[r][0]!r}\n" for i in range(PIECES)
                                 for r in range(CUTS[i], CUTS[i + 1]))
    right = oracle.expect(named.encode(), "sum,median,count", columns=("v",), by=("file",)).stdout.encode()
    for how in HOW:
        hold("by file", crunch(("sum,median,count", "-c", "v", "--by-file"), ["p??"], [], how), right)
    print("by file")


def check_numbers():
    flat = [x for pair in NUMBERS for x in pair]
    plain = "".join(f"{v!r},{w!r}\n" for v, w in NUMBERS).encode()
    job = ("sum,mean,sd,min,median,max", "-c", "1,2", "-n")
    right = oracle.expect(plain, job[0], columns=(1, 2), dialect=oracle.Dialect(header="no")).stdout.encode()
    write("n.csv", plain)
    subprocess.run(["crunch", "convert", "t.csv", "-c", "v,w", "-o", "c.npy"], check=True)
    made = {"c.npy": None, "n.npy": binary.npy("f8", flat, 2), "n.be.npy": binary.npy("f8", flat, 2, big=True, version=2),
            "n.f.npy": binary.npy("f8", flat, 2, fortran=True, version=3), "n.npy.gz": gzip.compress(binary.npy("f8", flat, 2), 1),
            "n.f.npy.gz": gzip.compress(binary.npy("f8", flat, 2, fortran=True), 1)}
    for name, data in {"n.csv": None, **made}.items():
        if data:
            write(name, data)
        for how in HOW:
            hold(name, crunch(job, [name], [], how), right)
            hold(name, crunch(job, [name], [], how, piped=True), right)
        print(name)


def check_damage():
    """Cut short, changed, added to: exit 3 and no result, in whatever form. A piece of many, too."""
    turn = 0
    for name in ("t.gz", "m.gz", "b.gz", "t.zst", "f.zst", "s.zst", "n.npy", "p03", "p04"):
        data = open(name, "rb").read()
        middle = len(data) // 2
        changed = data[:middle] + bytes([data[middle] ^ 0x10]) + data[middle + 1:]
        cases = {"cut": data[:middle], "cut by one": data[:-1], "and text": data + b"7,x,8\n"}
        if not name.endswith("npy"):  # numbers have no checksum
            cases["changed"] = changed
        for what, bad in cases.items():
            if name == "p03" and what == "changed":  # raw blocks without a checksum
                continue
            write("damaged", bad)
            files = ["p00", "p01", "damaged", "p05"] if name.startswith("p") else ["damaged"]
            for piped in (False, True) if len(files) == 1 else (False,):
                turn += 1
                done = crunch(("sum", "-c", "1"), files, [], HOW[turn % 4], piped)
                if done.returncode != 3 or done.stdout:
                    print(f"{what} {name}: {done.args}: exit {done.returncode}, {done.stdout!r}, {done.stderr!r}")
    print("damaged")


def main():
    check_texts()
    check_by_file()
    check_numbers()
    check_damage()


if __name__ == "__main__":
    main()

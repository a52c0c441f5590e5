# The bar on a terminal, of packed input and of several files: of what is stored, or of what is
# unpacked where that is known; it never goes back, nor past the end.
python3 - <<'END'
import gzip, hashlib, os, pty, re, subprocess, sys, time

sys.path.insert(0, os.path.join(os.environ["CLI"], "..", "matrix"))
import pack

# More than a ring of blocks holds, packed as well, so that reading has to wait for the work.
table = b"n,text\n" + b"".join(b"%d,%s\n" % (i, hashlib.md5(b"%d" % i).hexdigest().encode()) for i in range(1200000))
packed = gzip.compress(table, 1)
half = table[:len(table) // 2 + 20].rsplit(b"\n", 1)[0] + b"\n"
small = gzip.compress(half, 1)

def write(name, data):
    with open(name, "wb") as file:
        file.write(data)

write("one.gz", packed)
write("bgzf", pack.pack("bgzf", table))
write("half.csv", half)
write("half.gz", small)
JOBS = [("gzip", "--threads", ["one.gz"], len(packed)), ("bgzf", "--procs", ["bgzf"], len(table)),
        ("files", "--procs", ["half.gz", "half.csv"], len(small) + len(half)),
        ("packed files", "--threads", ["one.gz", "half.gz"], len(packed) + len(small))]
UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}
BAR = re.compile(r"(\d+)%  ([\d.]+) (\w+) of ([\d.]+) (\w+)  [\d.]+ \w+/s  [\d:-]+ left")

def bars(command):
    """The bars that a terminal gets to see, until some of them differ; then the work is ended."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    text, seen, ends = b"", [], time.monotonic() + 20
    while time.monotonic() < ends and (len(seen) < 5 or len({bar[1] for bar in seen}) < 3):
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
        text += piece
        seen = BAR.findall(text.decode())
    process.kill()
    process.wait()
    os.close(ours)
    return seen

for name, how, files, size in JOBS:
    seen = bars(["crunch", "sumsq", "-c", "n", how, "2", "--cost", "20000", *files])
    shares = [int(bar[0]) for bar in seen]
    done = [float(bar[1]) * UNITS[bar[2]] for bar in seen]
    totals = {float(bar[3]) * UNITS[bar[4]] for bar in seen}
    fine = len(set(done)) > 2 and shares == sorted(shares) and done == sorted(done)
    fine = fine and all(abs(total / size - 1) < 0.01 for total in totals) and done[-1] <= max(totals)
    if not fine:
        print(name, how, size, seen)
    print(name)
END

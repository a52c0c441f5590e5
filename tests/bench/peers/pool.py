"""Python's own multiprocessing.Pool, as one writes it: byte ranges cut at line ends, split(','),
float(). pool.py OP FILE COLUMN-NUMBER...  (from 1; answers as in common.mjs; no stats)"""

import multiprocessing
import os
import sys

op, path = sys.argv[1], sys.argv[2]
column = int(sys.argv[3]) - 1 if len(sys.argv) > 3 else 0


def work(limits):
    begin, end = limits
    with open(path, "rb") as f:
        f.seek(begin)
        lines = f.read(end - begin).splitlines()
    if op == "count":
        return len(lines)
    cells = (float(line.split(b",", column + 1)[column]) for line in lines)
    return sum(cells) if op == "sum" else sum(v * v for v in cells)


def ranges(step=8 << 20):
    with open(path, "rb") as f:
        f.readline()
        begin, size = f.tell(), os.fstat(f.fileno()).st_size
        while begin < size:
            f.seek(min(begin + step, size))
            f.readline()
            yield begin, f.tell()
            begin = f.tell()


if __name__ == "__main__":
    with multiprocessing.Pool(int(os.environ.get("BENCH_THREADS", len(os.sched_getaffinity(0))))) as pool:
        print(sum(pool.imap(work, ranges())))

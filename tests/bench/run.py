"""The benchmark: crunch, floors and other tools on the same files, in interleaved rounds.

    run.py [--size S] [--rounds N] [--jobs "wide_sum ..."] [--peers "duckdb ..."]

Run by `make bench`, which sets CRUNCH, BENCH_DIR and BENCH_PEER_DIR. Writes results.json, results.md,
readme.md (the short form) and ratios.svg into BENCH_DIR and prints the tables. Owns the order of things; every figure of a
job comes from rounds in which each tool runs once, in an order that changes, so that whatever
else the machine does falls on all alike. A wrong answer of crunch ends the benchmark with exit 1."""

import argparse
import datetime
import json
import os
import random
import statistics
import subprocess
import sys

import answers
import bars
import forms
import jobs
import measure
import plot
import profiles
import report

SEED = 1
SLOW_SECONDS, SLOW_ROUNDS = 2.0, 3  # a slow tool runs in so many rounds at most


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def simd_kinds():
    flags = set()
    for line in measure.text("/proc/cpuinfo").splitlines():
        if line.startswith("flags"):
            flags = set(line.split())
            break
    kinds = ["scalar"]
    if "avx2" in flags:
        kinds.append("avx2")
    if {"avx512bw", "avx512vl", "avx512_vbmi2", "avx512ifma"} <= flags:
        kinds.append("avx512")
    return kinds


def data_file(kind, size):
    rows = jobs.ROWS[kind] if kind == "tiny" else max(1, int(jobs.ROWS[kind] * size))
    folder = os.path.join(os.environ["BENCH_DIR"], "data")
    os.makedirs(folder, exist_ok=True)
    binary = kind == "doubles"
    path = os.path.join(folder, f"{kind}-{rows}.{'npy' if binary else 'csv'}")
    if not os.path.exists(path):
        say(f"making {path}")
        gen = os.path.join(os.environ["BENCH_DIR"], "doubles" if binary else "gen")
        made = ["make", str(rows), str(SEED)] if binary else [kind, str(rows), str(SEED), "-o"]
        subprocess.run([gen, *made, path + ".part"], check=True)
        os.rename(path + ".part", path)
    return path


def tools_for(job, peers, cpus):
    """(role, tool) of everything that runs in the rounds of job."""
    tools = [("crunch", jobs.crunch(one_thread={}))]
    tools += [("floor", tool) for tool in jobs.floors(job, cpus)]
    tools += [("peer", tool) for tool in peers if tool.command(job, "") is not None
              and (job.peers is None or tool.name in job.peers)]
    if any(tool.node for _, tool in tools):
        node = ["node", os.path.join(jobs.ADAPTERS, "empty.mjs")]
        tools.append(("start", jobs.Tool("node start", lambda job, file: node)))
    tools += [("variant", tool) for tool in jobs.variants(cpus, simd_kinds())]
    tools += [("variant", tool) for tool in jobs.ways_to_read(job)]
    if job.op == "sum" and not job.form and not job.cold:
        tools.append(("variant", jobs.crunch(name="count cells", op="count")))
    return tools


def judge(entry, role, tool, job, wanted, out):
    """Books one answer of a tool."""
    entry["answers"][out] = entry["answers"].get(out, 0) + 1
    if role == "floor" or role == "start" or tool.name == "count cells":
        return
    ours = role in ("crunch", "variant")
    values = answers.crunch_values(job, out) if ours else answers.peer_values(job, tool.name, out)
    found = answers.verdict(values, wanted)
    # The worst of all runs stands.
    def badness(v):
        return -1 if v == "exact" else 0 if v == "nearest" else 2 if v is None else float(v)
    if "verdict" not in entry or badness(found) > badness(entry["verdict"]):
        entry["verdict"] = found


def run_once(entry, role, tool, job, file, wanted, scratch):
    if job.cold:
        measure.forget(forms.inputs(job.form, file))
    run = measure.timed(tool.command(job, file), scratch, tool.env)
    if run.status != 0:
        last = (run.err.strip().splitlines() or [""])[-1]
        entry["failed"] = f"exit {run.status}: {last[:200]}"
        return
    entry["seconds"].append(run.seconds)
    entry["cpu"].append(run.user + run.system)
    entry["peak_mb"] = max(entry["peak_mb"], run.peak_kib / 1024)
    judge(entry, role, tool, job, wanted, run.out)


def untimed(entry, role, tool, job, file, scratch):
    """Memory of the whole family of processes; and the answer on one thread."""
    argv = tool.command(job, file)
    entry["peak_mb"] = max(entry["peak_mb"], measure.peak_of_family(argv, tool.env) / 1024)
    if tool.one_thread is None or len(entry["answers"]) != 1:
        return
    if role == "crunch":
        argv = jobs.crunch("-j", "1").command(job, file)
    run = measure.timed(argv, scratch, tool.one_thread)
    entry["one_thread_same"] = run.status == 0 and run.out in entry["answers"]


def verified(job, file):
    """The program's own proof: its result against its reference, once; of binary doubles, whose
    reference takes microseconds a number, a sample."""
    argv = jobs.crunch("--verify=sample" if job.kind == "doubles" else "--verify").command(job, file)
    run = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, text=True, check=False)
    return {"status": run.returncode, "told": run.stderr.strip().splitlines()}


def time_split(job, file, scratch):
    path = os.path.join(scratch, "report.json")
    argv = jobs.crunch("--report", path).command(job, file)
    run = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         check=False)
    if run.returncode != 0:
        return None
    with open(path, encoding="utf-8") as f:
        return json.load(f).get("run")


def exact_answer(job, table):
    """The number of records, and the values that are wanted."""
    program = os.path.join(os.environ["BENCH_DIR"], "exact")
    if job.kind == "doubles":
        return answers.square_answer(os.path.join(os.environ["BENCH_DIR"], "doubles"), table,
                                     table + ".exact.json")
    if job.op in jobs.MORE:
        return answers.more_answers(job, table, f"{table}.{job.name}.json")
    if job.exact:
        return answers.grouped_answers(program + "_groups", table, job, f"{table}.{job.name}.json")
    exact = answers.exact_answers(program, table, jobs.ANSWERED[job.kind], table + ".exact.json")
    return int(exact[""]["count"]), answers.expected(job, exact)


def run_job(job, peers, options, scratch):
    table = data_file(job.kind, options.size)
    say(f"{job.name}: exact answer")
    records, wanted = exact_answer(job, table)
    file = forms.made(job.form, table, say)
    cpus = len(os.sched_getaffinity(0))
    tools = tools_for(job, peers, cpus)
    entries = {tool.name: {"role": role, "node": tool.node, "seconds": [], "cpu": [],
                           "answers": {}, "peak_mb": 0.0,
                           "command": tool.command(job, os.path.basename(file))}
               for role, tool in tools}
    for path in forms.inputs(job.form, file):
        measure.fetch(path)
    order = list(tools)
    shuffle = random.Random(SEED).shuffle
    for turn in range(options.rounds):
        say(f"{job.name}: round {turn + 1} of {options.rounds}")
        shuffle(order)
        for role, tool in order:
            entry = entries[tool.name]
            times = entry["seconds"]
            if "failed" in entry or len(times) >= SLOW_ROUNDS and min(times) > SLOW_SECONDS:
                continue
            run_once(entry, role, tool, job, file, wanted, scratch)
    for role, tool in tools:
        if "failed" not in entries[tool.name]:
            untimed(entries[tool.name], role, tool, job, file, scratch)
    start = entries.get("node start", {}).get("seconds")
    for entry in entries.values():
        if entry["seconds"]:
            entry["median"] = statistics.median(entry["seconds"])
            entry["net"] = entry["median"]
            if entry["node"] and start:
                entry["net"] = max(0.0, entry["median"] - statistics.median(start))
    result = {"name": job.name, "title": job.title, "op": job.op, "columns": job.columns,
              "faster": job.faster, "floors": job.floors, "file": os.path.basename(file),
              "bytes": os.path.getsize(table), "records": records,
              "exact": [str(w) for w in wanted], "entries": entries,
              "split": time_split(job, file, scratch),
              "profile": profiles.profile(jobs.crunch().command(job, file), scratch)}
    if options.verify:
        result["verify"] = verified(job, file)
    return result


def machine():
    model = ""
    for line in measure.text("/proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = int(measure.text("/proc/meminfo").split()[1]) / 1024 / 1024
    return {"cpu": model, "cpus": len(os.sched_getaffinity(0)), "memory_gib": round(memory, 1),
            "simd": simd_kinds(), "kernel": os.uname().release, "system": os.uname().sysname}


VERSIONS = {"datamash": ["datamash", "--version"], "mawk": ["mawk", "-W", "version"],
            "parallel+mawk": ["parallel", "--version"], "wc -l": ["wc", "--version"],
            "python pool": ["python3", "--version"], "node": ["node", "--version"],
            "data.table": ["Rscript", "-e", "cat(format(packageVersion('data.table')))"]}


def versions(peers):
    """What each tool calls itself, from its package or the first line of its own account."""
    found = {}
    for tool in peers:
        package = next((n[4:] for n in tool.needs if n.startswith("npm:")), None)
        if package:
            path = os.path.join(os.environ["BENCH_PEER_DIR"], "node_modules", package, "package.json")
            found[tool.name] = json.loads(measure.text(path))["version"]
        elif tool.name in VERSIONS:
            run = subprocess.run(VERSIONS[tool.name], capture_output=True, text=True, check=False)
            found[tool.name] = (run.stdout.strip().splitlines() or ["?"])[0]
    return found


def choose(names, table):
    known = {item.name: item for item in table}
    for name in names:
        if name not in known:
            sys.exit(f"bench: no such name: {name} (known: {', '.join(known)})")
    return [known[name] for name in names] if names else list(table)


def arguments():
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--size", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", default="")
    parser.add_argument("--peers", default="", help="names joined by commas, or none")
    parser.add_argument("--no-verify", dest="verify", action="store_false")
    return parser.parse_args()


def crunch_is_wrong(results):
    """Names of what gave other than the one exact answer."""
    wrong = []
    for job in results["jobs"]:
        outs = set()
        for name, entry in job["entries"].items():
            if entry["role"] in ("crunch", "variant") and name != "count cells":
                outs |= set(entry["answers"])
                if entry.get("verdict", "exact") != "exact" or "failed" in entry:
                    wrong.append(f"{job['name']}: {name}: "
                                 f"{entry.get('failed', entry.get('verdict'))}")
        if len(outs) > 1:
            wrong.append(f"{job['name']}: {len(outs)} different answers")
        if job.get("verify", {}).get("status", 0) != 0:
            wrong.append(f"{job['name']}: --verify: {job['verify']}")
    return wrong


def main():
    options = arguments()
    chosen = choose(options.jobs.split(), jobs.JOBS)
    names = [] if options.peers == "none" else [n for n in options.peers.split(",") if n]
    peers = [] if options.peers == "none" else choose(names, jobs.PEERS)
    absent = {tool.name: jobs.missing(tool) for tool in peers if jobs.missing(tool)}
    for name, what in absent.items():
        say(f"{name} is left out: {what} is not installed (make bench-peers)")
    peers = [tool for tool in peers if tool.name not in absent]
    folder = os.environ["BENCH_DIR"]
    scratch = os.path.join(folder, "scratch")
    os.makedirs(scratch, exist_ok=True)
    results = {"when": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
               "size": options.size, "rounds": options.rounds, "machine": machine(), "load": os.getloadavg()[0],
               "absent": absent, "versions": versions(peers), "jobs": []}
    for job in chosen:
        if forms.missing(job.form):
            say(f"{job.name} is left out: {forms.missing(job.form)} is not installed")
            continue
        results["jobs"].append(run_job(job, peers, options, scratch))
    results["bars"] = bars.all_bars(results)
    with open(os.path.join(folder, "results.json"), "w", encoding="utf-8") as f:
        json.dump(results, f, indent=1)
    report.write_markdown(results, os.path.join(folder, "results.md"))
    report.write_markdown(results, os.path.join(folder, "readme.md"),
                          lambda title: title in (report.SUMMARY, report.BAR))
    plot.write_svg(results, os.path.join(folder, "ratios.svg"))
    print(report.as_text(results))
    wrong = crunch_is_wrong(results)
    for line in wrong:
        say(f"WRONG: {line}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

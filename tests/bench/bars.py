"""The bar: what crunch is asked to reach, as ratios within one run, and what it reached."""


def net(job, name):
    entry = job["entries"].get(name, {})
    return entry.get("net") if "failed" not in entry else None


def peers_of(job):
    return {name: e["net"] for name, e in job["entries"].items()
            if e["role"] == "peer" and e.get("net")}


def bar(job, what, asked, reached, met):
    return {"job": job["name"], "what": what, "asked": asked, "reached": reached, "met": met}


def against_peers(job):
    peers = peers_of(job)
    ours = net(job, "crunch")
    if not peers or not ours or not job["faster"]:
        return []
    fastest = min(peers, key=peers.get)
    ratio = peers[fastest] / ours
    found = [bar(job, f"faster than the fastest other tool ({fastest})", f"{job['faster']:g}x",
                 f"{ratio:.1f}x", ratio >= job["faster"])]
    plain = net(job, "simd scalar")
    peers.pop("wc -l", None)  # it knows lines, not records
    if plain and peers:
        best = min(peers.values())
        found.append(bar(job, "plain C ahead of every other tool that knows fields", "1x",
                         f"{best / plain:.2f}x", plain < best))
    return found


def against_floor(job, cpus):
    ours, floor = net(job, "crunch"), net(job, f"floor count {cpus}")
    if not ours or not floor or job["name"] not in ("wide_sum", "wide_sumsq"):
        return []
    return [bar(job, "time against reading and counting line ends", "1.3x",
                f"{ours / floor:.2f}x", ours / floor <= 1.3)]


def against_own_floors(job):
    """Those of jobs whose input is not text."""
    ours, found = net(job, "crunch"), []
    for name, asked in job.get("floors", ()):
        floor = net(job, name)
        if ours and floor:
            found.append(bar(job, f"time against {name}", f"{asked:g}x", f"{ours / floor:.2f}x",
                             ours / floor <= asked))
    return found


def among_backends(job, cpus):
    times = [net(job, f"{b} {cpus}") for b in ("procs", "threads", "omp")]
    if None in times:
        return []
    spread = max(times) / min(times)
    return [bar(job, f"procs, threads, omp within 5% at {cpus} workers", "1.05x",
                f"{spread:.3f}x", spread <= 1.05)]


def with_workers(job, cpus):
    one, all_ = net(job, "threads 1"), net(job, f"threads {cpus}")
    floors = net(job, "floor count 1"), net(job, f"floor count {cpus}")
    if cpus < 2 or not one or not all_ or None in floors:
        return []
    gain, possible = one / all_, floors[0] / floors[1]
    # Asked only where the floor itself gains as much.
    asked = min(1.85 * cpus / 2, possible)
    return [bar(job, f"{cpus} workers against one (the floor gains {possible:.2f}x)",
                f"{asked:.2f}x", f"{gain:.2f}x", gain >= asked)]


def with_avx2(job):
    best, avx2 = net(job, "crunch"), net(job, "simd avx2")
    if not best or not avx2:
        return []
    return [bar(job, "time with AVX2 only", "at most 2x", f"{avx2 / best:.2f}x", avx2 <= 2 * best)]


def against_count(job):
    ours, cells = net(job, "crunch"), net(job, "count cells")
    if not ours or not cells:
        return []
    return [bar(job, "sum against counting the same cells", "1.10x", f"{ours / cells:.2f}x",
                ours <= 1.1 * cells)]


def memory(job, cpus):
    found = []
    for name in ("crunch", f"procs {cpus}", f"omp {cpus}"):
        entry = job["entries"].get(name)
        if entry and entry["seconds"]:
            found.append(entry["peak_mb"])
    if not found:
        return []
    allowed = 32 + 8 * cpus
    return [bar(job, "peak memory", f"{allowed} MiB", f"{max(found):.1f} MiB",
                max(found) <= allowed)]


def all_bars(results):
    cpus = results["machine"]["cpus"]
    found = []
    for job in results["jobs"]:
        found += memory(job, cpus)
        if job["name"] == "tiny_sum":
            ours = net(job, "crunch")
            if ours:
                found.append(bar(job, "whole process", "0.005 s", f"{ours:.4f} s", ours <= 0.005))
            continue
        found += against_peers(job) + against_floor(job, cpus) + against_own_floors(job)
        found += among_backends(job, cpus)
        found += with_workers(job, cpus) + with_avx2(job) + against_count(job)
    return found

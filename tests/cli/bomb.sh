# A few kilobytes that unpack to very much: memory stays bounded, whatever they unpack to, and what
# would need more is refused.
[ -z "${CRUNCH_SANITIZER:-}" ] || skip "memory of a sanitizer's build says nothing"
cat >peak.py <<'END'
import resource, subprocess, sys
done = subprocess.run(sys.argv[3:], stdin=open(sys.argv[2]), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
what = done.stderr.decode().split("\n")[0]
print(done.returncode, what if peak < int(sys.argv[1]) else f"{peak} MiB: {what}")
END
# 100 MB of records, of one cell, and of empty fields.
yes 12 | head -c 100000000 | zstd -qc >rows.zst
yes 12 | head -c 100000000 | gzip -1c >rows.gz
yes x | tr -d '\n' | head -c 100000000 | zstd -qc >cell.zst
yes , | tr -d '\n' | head -c 100000000 | gzip -1c >wide.gz
yes 12 | head -c 100000000 | zstd -qc --long=27 >window27.zst
yes 12 | head -c 100000000 | zstd -qc --long=31 >window31.zst
for how in --seq "--procs 2" "--threads 2"; do
    for form in rows.zst rows.gz; do
        python3 peak.py 48 /dev/null crunch sum -n $how $form
        python3 peak.py 48 $form crunch sum -n $how
    done
done
python3 peak.py 48 rows.zst sh -c "cat | crunch sum -n --procs 2"
python3 peak.py 64 /dev/null crunch sum -n --threads 2 rows.gz rows.zst rows.gz
python3 peak.py 48 /dev/null crunch count -n cell.zst
python3 peak.py 48 cell.zst crunch distinct -c 1 -n
python3 peak.py 400 wide.gz crunch count -n
# Windows: those of zstd's ordinary levels and up to 128 MiB are taken, longer ones and those over
# --mem-limit not.
python3 peak.py 180 /dev/null crunch sum -n --seq window27.zst
python3 peak.py 48 /dev/null crunch sum -n window31.zst
python3 peak.py 48 window31.zst sh -c 'cat | crunch sum -n'
python3 peak.py 48 /dev/null crunch sum -n --threads 1 --mem-limit 40M window27.zst
python3 peak.py 48 window27.zst sh -c 'cat | crunch sum -n --mem-limit 40M'
python3 peak.py 48 /dev/null crunch sum -n --mem-limit 40M --threads 2 rows.gz window27.zst

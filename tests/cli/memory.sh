# Peak memory stays under 32 MiB + 8 MiB per worker, whatever the file's size; --mem-limit is kept.
[ -z "${CRUNCH_SANITIZER:-}" ] || skip "memory of a sanitizer's build says nothing"
{ echo v,w; yes '12.25,abc' | head -c 150000000; } >big.csv
cat >peak.py <<'END'
import resource, subprocess, sys
subprocess.run(sys.argv[2:], check=True, stdin=open("big.csv"), stdout=subprocess.DEVNULL)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print("kept" if peak < int(sys.argv[1]) else f"{peak} MiB: {' '.join(sys.argv[2:])}")
END
python3 peak.py 40 crunch sum -c v --seq big.csv
python3 peak.py 48 crunch sum,sd,max -c v --threads 2 big.csv
python3 peak.py 48 crunch sum -c v --procs 2 big.csv
python3 peak.py 64 crunch sum -c v --omp 4 big.csv
python3 peak.py 48 sh -c 'cat big.csv | crunch sum -c v --threads 2'
run crunch sum -c v --mem-limit 64K big.csv
# What grows with the input keeps to --mem-limit: each of these takes more without it.
awk 'BEGIN { print "k,g,x,t"; for (i = 0; i < 300000; i++) { m = i * 7919 % 150001; print m "," m % 7 "," m % 90001 "." i % 100 ",name of " m } }' >many.csv
for job in 'freq -c t' 'corr --method spearman -c x,g' 'sum,min,max -c x -g k' 'distinct -c t -g k' 'median,mad -c x -g g' 'median,first,distinct,sum -c x -g k'; do
    python3 peak.py 25 crunch $job --mem-limit 24M --threads 2 many.csv
done

# One answer: the same bytes on every backend, chunk size and reader.
{ echo id,amount; seq 1 40000 | sed 's/.*/&,0.&/'; } >big.csv
crunch sumsq -c amount big.csv --seq >seq.out
check() { if "$@" >now.out 2>now.err && cmp seq.out now.out && ! [ -s now.err ]; then echo same; else echo "differs: $*"; fi; }
for how in "--procs 8" "--threads 3" "--omp 2" "-j 5" "--procs 0" "--threads 2 --chunk-size 7" "--procs 2 --chunk-size 64K" "--omp 64"; do
    check crunch sumsq -c amount big.csv $how
done
cat big.csv | check crunch sumsq -c amount --procs 8
cat big.csv | check crunch sumsq -c amount --threads 3 -
cat big.csv | check crunch sumsq -c amount --chunk-size 1000 --omp 2
check crunch sumsq -c amount --seq <big.csv
check crunch sumsq -c amount /dev/stdin <big.csv

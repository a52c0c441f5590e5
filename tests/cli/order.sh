# Order statistics on files large enough to be sampled: whatever the order of the values and however
# many are equal, the same as the reference's sorted array, on every backend and in little memory.
shape() { awk -v shape="$1" 'BEGIN {
    print "v"; x = 12345
    for (i = 0; i < 150000; i++) {
        x = (x * 1103515245 + 12345) % 2147483648
        if (shape == "random") printf "%.4f\n", (x - 1e9) / 7
        if (shape == "sorted") printf "%d.25\n", i * 3
        if (shape == "falling") printf "%.3f\n", 1e6 - i * 1.5
        if (shape == "ties") printf "%d.500000\n", x % 3
        if (shape == "mostly") printf "%s\n", x % 10 < 9 ? "1000000" : "99.125e" x % 7
        if (shape == "ends") printf "%s\n", i < 75000 ? "1e-3" x % 7 : "123456789012345678" x
    } }' </dev/null >"$1.csv"; }
every=median,q0,q1,q25,p99.9,q100,iqr,mad,trimmed
for name in random sorted falling ties mostly ends; do
    shape $name
    line "crunch $every $name.csv --threads 2 --verify 2>err | tail -1; grep -c identical err"
    crunch $every $name.csv --seq >seq.out
    for how in "--procs 3" "--omp 2 --chunk-size 40000" "--threads 2 --mem-limit 40M" "--arith binary"; do
        crunch $every $name.csv $how >now.out 2>&1
        [ "$how" = "--arith binary" ] || cmp seq.out now.out || cat now.out
    done
    for how in "--procs 2" "--seq --mem-limit 17M"; do
        cat $name.csv | crunch $every $how >now.out 2>&1
        cmp seq.out now.out || cat now.out
    done
done
line "crunch median,mad,p90 random.csv --arith binary --verify 2>err | tail -1; grep -c identical err"
file small.csv v 4 1 3 2
line 'crunch quantile --at 0.1,0.5,0.999 small.csv'
line 'crunch quantile small.csv --json'
for type in 1 2 3 4 5 6 7 8 9; do run crunch q40 --quantile-type $type small.csv; done
run crunch trimmed --trim 0.25 small.csv
run crunch quantile --at 1.5 small.csv
run crunch q50 --quantile-type 10 small.csv
run crunch trimmed --trim 0.6 small.csv
run crunch p101 small.csv

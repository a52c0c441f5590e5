#!/bin/sh
# The demonstration: one exact sum of squares over a file of real size, by processes, threads and
# OpenMP, each verified against the independent sequential reference, and the bytes compared.
set -eu
cd "$(dirname "$0")/../.."

crunch=build/release/crunch
rows=${DEMO_ROWS:-3000000}
work=build/demo
input=$work/measurements.csv
mkdir -p "$work"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }
show() { printf '$ %s\n' "$*"; "$@"; }

say "1. A small file: what crunch found in it, and sums of it"
show ./crunch columns data/debian-packages.csv
show ./crunch sum,mean,sd,max -c installed_kib,download_bytes data/debian-packages.csv
small=$(./crunch sum -c download_bytes data/debian-packages.csv)
echo "\$ total=\$(crunch sum -c download_bytes data/debian-packages.csv); echo \"\$total bytes in all\""
echo "$small bytes in all"

if ! [ -f "$input" ] || [ "$(cat "$work/rows" 2>/dev/null)" != "$rows" ]; then
    say "2. Writing $rows records to $input (seven columns, quoted text among them)"
    build/bench/gen wide "$rows" 1 -o "$input"
    echo "$rows" >"$work/rows"
else
    say "2. Taking $input from the last demonstration"
fi
echo "$(($(wc -c <"$input") / 1000000)) MB; its first lines:"
head -3 "$input"

say "3. The main job: the exact sum of squares of column x, in parallel, and proved"
for backend in procs threads omp; do
    printf '\n'
    printf '$ ./crunch sumsq -c x --%s 2 --verify %s\n' "$backend" "$input"
    ./crunch sumsq -c x "--$backend" 2 --verify "$input" >"$work/$backend.out"
    cat "$work/$backend.out"
done

say "4. The same bytes, however it is run"
./crunch sumsq -c x --seq "$input" >"$work/seq.out"
./crunch sumsq -c x --procs 8 "$input" >"$work/procs8.out"
./crunch sumsq -c x --threads 7 --chunk-size 100001 "$input" >"$work/odd.out"
./crunch sumsq -c x --procs 3 <"$input" >"$work/stdin.out"
cat "$input" | ./crunch sumsq -c x --threads 3 >"$work/pipe.out"
for how in procs threads omp procs8 odd stdin pipe; do
    cmp "$work/seq.out" "$work/$how.out"
done
echo "sequential, 2 processes, 2 threads, 2 OpenMP threads, 8 processes, 7 threads on odd chunks,"
echo "standard input, a pipe: every result is the same, byte for byte (cmp)."

say "crunch: the demonstration is over; everything that was said held"

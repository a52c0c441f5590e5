#!/bin/sh
# Kill tests: processes are killed, stopped, or orphaned at random moments, hundreds of times; the bytes
# that come out must never differ. Uses the program CRUNCH (default ./crunch) and makes its own input.
# ROUNDS=N (default 200) for the first kind; the others are done a third as often. Ends with a line
# `N passed, N failed`.
set -u
here=$(dirname "$0")
crunch=${CRUNCH:-./crunch}
rounds=${ROUNDS:-200}
third=$((rounds / 3 + 1))
dir=$(mktemp -d) || exit 3
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 - "$dir" <<'PY'
import random, sys
random.seed(20)
notes = ["plain", '"a,b"', '"two\nlines"', '"say ""x"""', '"1,2\n3,4\n"']
with open(sys.argv[1] + "/mixed.csv", "w") as out:
    out.write("id,value,note\n")
    for i in range(150000):
        out.write(f"{i},{random.randrange(10**9) / 10**random.randrange(7)},{random.choice(notes)}\n")
with open(sys.argv[1] + "/bad.csv", "w") as out:
    out.write("id,value,note\n")
    for i in range(60000):
        value = "oops" if random.random() < 0.02 else random.randrange(10**6)
        out.write(f"{i},{value},{random.choice(notes)}\n")
PY

passed=0
failed=0
try() { # NAME, then arguments of kill.py
    name=$1
    shift
    echo "--- $name"
    python3 "$here/kill.py" "$@" >"$dir/out"
    cat "$dir/out"
    line=$(tail -n 1 "$dir/out")
    case $line in
    *" passed, "*" failed")
        passed=$((passed + ${line%% *}))
        line=${line#*, }
        failed=$((failed + ${line%% *}))
        ;;
    *) failed=$((failed + 1)) ;;
    esac
}

try "killed at large chunks" --rounds "$rounds" --seed 1 -- \
    "$crunch" sumsq,min,max,count -c value "$dir/mixed.csv" --procs 4 --retries 1000
try "killed at tiny chunks (between chunks, while committing)" --rounds "$rounds" --seed 2 -- \
    "$crunch" sum,var -c id,value "$dir/mixed.csv" --procs 3 --chunk-size 999 --retries 1000
# What is not of fixed size is kept in logs, which are cut at what a dead worker had committed.
third_of() { try "$1" --rounds "$third" --seed "$2" -- "$crunch" $3 "$dir/mixed.csv" --procs 3 --chunk-size "$4" --retries 1000; }
third_of "killed with groups" 11 "mean,max,count -g note -c value" 40000
third_of "killed with many groups" 12 "sum,first,distinct -g value -c id" 70000
third_of "killed with groups by first record" 13 "median,count -g note -c value --order=first" 40000
third_of "killed while values are counted" 14 "distinct,mode,antimode -c value,id --tmpdir $dir" 40000
third_of "killed while values are listed" 15 "top -c note,value --limit 50" 40000
third_of "killed while quantiles are found" 16 "median,q1,p99.9,iqr,mad,trimmed -c value,id" 40000
third_of "killed while values are ranked" 17 "corr --method spearman -c id,value" 60000
third_of "killed with pairs and places" 18 "linreg -c id,value" 40000
third_of "killed with first, last and where they are" 19 "first,last,argmin,argmax -c value,id" 40000
third_of "killed while rows are written" 20 "map id,value*2+id" 40000
third_of "killed while records are filtered" 21 "filter value>100&&contains(note,'a')" 40000
third_of "killed with a histogram" 22 "hist -c value" 40000
try "killed with the default retries" --rounds "$third" --seed 3 -- \
    "$crunch" sum -c value "$dir/mixed.csv" --procs 4 --chunk-size 50000
try "killed while reading a pipe" --rounds "$third" --seed 4 --stdin "$dir/mixed.csv" -- \
    "$crunch" sum,max -c value --procs 3 --chunk-size 30000 --retries 1000
try "killed while writing rejects" --rounds "$third" --seed 5 -- sh -c \
    '"$0" sum -c value "$1/bad.csv" --on-error=skip --rejects "$1/rejects" -q --procs 3 --chunk-size 5000 --retries 1000 && cat "$1/rejects"' \
    "$crunch" "$dir"
try "stopped, and killed by --timeout" --rounds 10 --kills 2 --signal STOP --seed 6 -- \
    "$crunch" sum -c value "$dir/mixed.csv" --procs 3 --chunk-size 50000 --timeout 0.3 --retries 1000
try "crunch itself killed: nobody is left" --rounds "$third" --seed 7 --crunch-too -- \
    "$crunch" sum -c value "$dir/mixed.csv" --procs 4 --chunk-size 50000

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

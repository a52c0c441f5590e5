# Mistakes on the command line: one line, what to do next, exit 2.
file f.csv v 1
line 'crunch 2>/dev/null'
run crunch summ f.csv
run crunch sum,maen f.csv
run crunch sum --prosc 2 f.csv
run crunch sum --procs f.csv
run crunch sum --procs 2 --threads 2 f.csv
run crunch sum --on-error=maybe f.csv
run crunch sum --chunk-size 0 f.csv
run crunch sum --chunk-size 12Q f.csv
run crunch sum --max-record 3GiB f.csv
run crunch sum --quote , f.csv
run crunch sum --precision x f.csv
run crunch sum -Z f.csv
run crunch sum -c
run crunch sum f.csv f.csv
run crunch help nothing
line 'CRUNCH_SIMD=mmx crunch sum f.csv'
run crunch sum -- f.csv
run crunch sum f.csv --seq -c v
run crunch sum --format=json f.csv
line 'crunch sum - - <f.csv'
line ': | crunch sum'
line 'printf "a,b\n" | crunch stats'
line 'printf "a,b\nnan,1\n2,3\n" | crunch stats -f jsonl'
line ': | crunch map a+b'
line 'printf "a;b\nx;2\n" | crunch sum'
line 'printf "a,b\nx,y\n" | crunch sum'

# --verify: says what it compared; catches a wrong number, partial and boundary; exit 6 and no -o.
numbers 3000 >f.csv
line 'crunch sumsq --procs 3 --chunk-size 1000 --verify f.csv 2>err; grep -c identical err'
grep -q -i speedup err || cat err
line 'cat f.csv | crunch sum,mean --threads 2 --verify -c n 2>err; grep -c identical err; ls -A'
line 'crunch sum --omp 2 --chunk-size 1000 --verify=sample f.csv 2>err; grep -c seed err'
for fault in number:2 partial:2 boundary:2; do
    for how in --seq "--procs 2" "--threads 2"; do
        line "CRUNCH_FAULT=$fault crunch-faulty sumsq $how --chunk-size 1000 --verify -o result f.csv >out 2>err"
        grep -q 'error: ' err || cat err
        [ ! -s out ] || cat out
        [ ! -e result ] || echo "result written"
    done
done
line 'CRUNCH_FAULT=number:2 crunch-faulty sumsq --seq --chunk-size 1000 f.csv >out; [ "$(cat out)" = 9004500500 ] || echo "the fault is real"'

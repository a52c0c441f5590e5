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
# Rows on standard output wait for the verification, in an unnamed file.
crunch map "n * 2" f.csv >plain
line 'crunch map "n * 2" --verify f.csv 2>err | cmp - plain && grep -c identical err'
line 'CRUNCH_FAULT=number:2 crunch-faulty map "n * 2" --procs 2 --chunk-size 1000 --verify f.csv >out 2>err'
[ ! -s out ] || echo "rows were written"
line 'CRUNCH_FAULT=number:2 crunch-faulty map "n * 2" --procs 2 --chunk-size 1000 f.csv | wc -l'
run crunch filter "n < 3" --verify --tmpdir nowhere f.csv
file pair.csv a,b,c 1,2,3 2,5,1 3,3,3 4,9,8
line 'CRUNCH_FAULT=set:0 crunch-faulty corr --seq --verify pair.csv'
line 'CRUNCH_FAULT=set:0 crunch-faulty linreg --seq --verify pair.csv'
# A sample of chunks proves nothing about what is not kept by chunks: then all is checked, and said.
for job in "sum" "median" "distinct -c a" "sum -g a" "corr --method spearman" "argmax -c a" "map a+1"; do
    line "crunch $job --verify=sample --seed 1 pair.csv 2>&1 >out | grep -v -e speedup -e workers -e worker,"
done

# --verify=sample over several files, of every form: chunks that begin in one and end in another,
# packed ones as wholes, files with nothing in them.
numbers 300 >a.csv
file b.csv x,n
seq -f '7,%.0f' 301 700 >>b.csv
: >empty.csv
file head.csv n
gzip -nc b.csv >c.gz
zstd -qc a.csv >d.zst
for how in --seq '--procs 3' '--threads 2' '--omp 2'; do
    for size in 1 50 777 100000; do
        for seed in 1 2 3; do
            crunch sum,sd -c n $how --chunk-size $size --verify=sample --seed $seed \
                a.csv b.csv empty.csv c.gz head.csv d.zst a.csv >out 2>err || cat err
            grep -q "identical in the sample: [1-9]" err || cat err
            printf 'column\tsum\tsd\nn\t535850\t' | cmp -n 23 - out
        done
    done
done
line 'crunch sum -c n --chunk-size 100 --verify=sample --seed 5 a.csv b.csv 2>&1 | sed -n 1p'
# A number that is wrong in one chunk is found in it by the samples that have it; by the others only
# because another run finds something else.
for fault in number:3 partial:3; do
    for seed in 1 2 3 4 5 6 7 8 9 10 11 12; do
        code=0
        CRUNCH_FAULT=$fault crunch-faulty sum -c n --procs 2 --chunk-size 500 --verify=sample --seed $seed \
            a.csv b.csv c.gz >out 2>err || code=$?
        [ $code = 6 ] && [ ! -s out ] || cat out err
        sed -n 's/.*error: verification failed: \(column "n"[^:]*\):.*/\1/p' err
    done | sort -u
done

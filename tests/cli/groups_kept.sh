# What groups keep beside sums (joint sums, sketches, bins, values, ranks) is the same after a worker
# was lost, and with little memory.
seq 1 60000 | awk 'BEGIN { print "k,x,y,w" } { printf "key %d,%s,%d,%d\n", $1 * 7919 % 6007, $1 % 11 ? $1 * 31 % 1009 "." $1 % 10 : "", $1 * $1 % 997, $1 % 5 }' >many.csv
mkdir tmp

check() {
    crunch "$@" -g k --seq many.csv >expected || echo "fails: $*"
    [ "$(sed 1d expected | cut -f1 | sort -u | wc -l)" = 6007 ] || echo "groups are missing: $*"
    CRUNCH_FAULT=die:1 crunch-faulty "$@" -g k --procs 2 --chunk-size 100K many.csv 2>told | cmp - expected
    grep -q 'killed by' told || echo "nobody was killed: $*"
    crunch "$@" -g k --threads 2 --mem-limit $limit --tmpdir tmp many.csv | cmp - expected
    echo "the same: $*"
}

limit=36M
check wsum,wmean --weight w -c x,y
check cov,corr -c x,y
check linreg -c x,w,y
check corr --method spearman -c x,y
check distinct~ -c x,y
check hist --edges 0,300,600 -c x
check freq -c w
check top --limit 2 -c x
limit=64M
check stats -c x,y
ls -A tmp

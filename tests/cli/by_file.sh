# --by-file: a group for each file, in the order of the command line, in front of the keys of -g.
file a.csv id,v,city 1,10,x 2,20,y 3,5,x
file b.csv city,v,id x,30,5 w,40,4
file c.csv id,v,city 5,50.5,x
: >empty.csv
file d.csv id,v,city
zstd -qc b.csv >b.zst
gzip -nc c.csv >c.gz
for how in --seq '--procs 3 --chunk-size 1' '--threads 2 --chunk-size 7' '--omp 3 --chunk-size 20'; do
    line "crunch sum,count,median,first -c v --by-file $how c.csv empty.csv b.csv a.csv d.csv b.zst"
done
run crunch sum -c v --by-file -g city a.csv b.csv c.gz a.csv
run crunch sum -c v --by-file -g city --order first:desc a.csv b.csv
run crunch sum -c v --by-file --order value:desc a.csv b.zst c.gz
# What no column is needed for.
run crunch count --by-file a.csv b.csv c.csv
run crunch count --by-file -w '1 < 2' a.csv b.csv
run crunch count -w '1 < 2' a.csv b.csv
run crunch count -m 'y = 7' -g y --chunk-size 3 --procs 2 a.csv
run crunch count -w '2 < 1' a.csv
file other.csv name,w x,1
run crunch count --by-file a.csv other.csv
file ragged.csv id,v,city 1,2 3,4,z 5
run crunch count --by-file -q --on-error=skip --chunk-size 1 --threads 3 ragged.csv a.csv
run crunch count -q --on-error=null -m 'y = 1' -g y ragged.csv
# Every way to name files.
run crunch sum -c v --by-file '[a-c].csv'
line 'printf "b.csv\0a.csv" | crunch sum -c v --by-file --files-from - -f csv'
line 'crunch sum -c v --by-file --json a.csv - <b.csv'
line 'crunch sum -c v --by-file <b.csv'
run crunch sum -c v --by-file b.zst
# With the rest.
run crunch sum,mean -m 'w = v * 2' --by-file -w 'v > 5' a.csv b.csv c.csv
file named.csv file,v x,1 y,2
run crunch sum -c v --by-file -g file named.csv
run crunch stats -c v --by-file a.csv b.csv
for op in sum,mean,sd,min,max,skew count,missing median,q25,iqr first,last,argmax; do
    line "crunch $op -c v --by-file -g city --verify --procs 2 --chunk-size 9 a.csv b.zst c.gz 2>&1 >/dev/null | sed -n 1p"
done
# Operations on several columns, and tables.
for op in "corr -c id,v" "linreg -c id,v" "wmean -c v --weight id" "freq -c city" "top -c city" "hist -c v --edges 0,20,60" \
    "distinct --approx -c city" "mode -c v"; do
    line "crunch $op --by-file a.csv b.zst c.gz --procs 2 --chunk-size 9"
    line "crunch $op --by-file a.csv b.zst c.gz --verify 2>&1 >/dev/null | sed -n 's/: identical.*/: identical/;1p'"
done
# Refused.
run crunch map v --by-file a.csv
run crunch filter 'v > 5' -g city a.csv
run crunch convert --by-file a.csv -o x.npy

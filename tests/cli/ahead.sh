# --io=uring and direct: the same bytes as by pread on every backend; what the kernel refuses is said
# with -v and read with pread; what a disk refuses is the same error whichever way it was read.
crunch version | grep -q 'asynchronous reading: liburing' || skip "built without liburing"
python3 "$SUPPORT/no_io_uring.py" true || skip "no seccomp filter can be set here"
numbers 300000 >f.csv
crunch sum --io=uring f.csv -v 2>&1 | grep -q 'ahead by io_uring' || skip "the kernel refuses io_uring here"
for io in pread uring direct; do
    for how in --seq '--procs 2' '--procs 7' '--threads 2' '--omp 3'; do
        for size in 4096 70001 1M; do
            crunch sum,first,last --io=$io $how --chunk-size $size f.csv
        done
    done
done | sort | uniq -c | tr -s ' '
# Said with -v.
v() { "$@" -v 2>&1 | grep -e 'io_uring' -e 'page cache' -e '^n'; }
line 'v crunch sum,first --io=uring f.csv'
line 'v crunch sum,first --io=direct f.csv'
line 'cat f.csv | v crunch sum,first --io=uring'
line 'gzip -c f.csv >f.csv.gz; v crunch sum,first --io=direct f.csv.gz'
line 'v python3 "$SUPPORT/no_io_uring.py" crunch sum,first --io=uring f.csv'
line 'CRUNCH_FAULT=noring:1 v crunch-faulty sum,first --io=direct f.csv'
line 'CRUNCH_FAULT=nodirect:1 v crunch-faulty sum,first --io=direct f.csv'
line 'CRUNCH_FAULT=memory:1000000 v crunch-faulty sum,first --io=uring f.csv'
# Standard input from where it stands, not where a block begins.
line '{ head -c 2 >/dev/null; crunch sum -n --io=direct; } <f.csv'
# Reads that come short, a disk that fails, workers that die with reads in flight.
for io in pread uring direct; do
    for how in --seq '--procs 2' '--threads 2'; do
        CRUNCH_FAULT=short:1000 run crunch-faulty sum --io=$io $how --chunk-size 50000 f.csv
        CRUNCH_FAULT=eio:1234567 run crunch-faulty sum --io=$io $how --chunk-size 50000 f.csv
    done
    line "CRUNCH_FAULT=die:3 crunch-faulty sum --io=$io --procs 2 --chunk-size 50000 f.csv 2>/dev/null"
    line "CRUNCH_FAULT=die:3 crunch-faulty sum --io=$io --procs 3 --chunk-size 4096 f.csv 2>/dev/null"
done
# Many files: small ones, empty ones, one of many pieces, another order of columns.
mkdir d
for i in $(seq 100 299); do file d/$i.csv x,y 1,$i "$i,-1"; done
: >d/150.csv
file d/160.csv y,x 160,1 -1,160
{ echo x,y; seq 1 120000 | sed 's/$/,1/'; } >d/170.csv
ls d/*.csv >list
for io in pread uring direct; do
    for how in --seq '--procs 2' '--threads 3'; do
        for size in 1000 30000 1M; do
            crunch sum -c y --io=$io $how --chunk-size $size --files-from list
        done
    done
done | sort | uniq -c | tr -s ' '
line 'v crunch sum -c y --io=uring --files-from list | tail -1'
CRUNCH_FAULT=eio:900000 run crunch-faulty sum -c y --io=uring --procs 2 --files-from list
line "CRUNCH_FAULT=die:1 crunch-faulty sum -c y --io=uring --procs 2 --chunk-size 1000 --files-from list 2>/dev/null"
echo 1,x >>d/250.csv
run crunch sum -c y --io=pread --files-from list
run crunch sum -c y --io=uring --chunk-size 1000 --files-from list

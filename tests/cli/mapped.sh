# --io: the same bytes whichever way a file is read; what cannot be mapped is copied, and said with -v;
# a file that shrinks while it is mapped is an error with the place where it ends, on every backend.
numbers 50000 >f.csv
for io in auto pread mmap; do
    for how in --seq '--procs 2' '--threads 2' '--omp 2'; do
        crunch sum,first,last --io=$io $how --chunk-size 10000 f.csv
    done
done | sort | uniq -c | tr -s ' '
line 'cat f.csv | crunch sum --io=mmap -v 2>&1 | grep mapped'
run crunch sum --io=sideways f.csv
line 'crunch count -n -d : --ragged --io=mmap /proc/self/status | sed s/[0-9][0-9]*/N/'
file a.csv x,y 1,2 3,4
file b.csv y,x 5,6
run crunch sum --io=mmap a.csv b.csv
: >empty.csv
run crunch count --io=mmap empty.csv
# Ends with its page: what lies behind is not the file's.
{ echo n; yes 1 | head -c 8190; } >page.csv
run crunch sum,count --io=mmap page.csv
printf 2 >>page.csv
run crunch sum,count --io=mmap page.csv
# Standard input from where it stands, not at the beginning of a page.
line '{ head -c 2 >/dev/null; crunch sum -n --io=mmap; } <f.csv'
for how in --seq '--procs 2' '--threads 2' '--omp 2'; do
    for io in pread mmap; do
        numbers 50000 >f.csv
        CRUNCH_FAULT=shrink:2 CRUNCH_FAULT_FILE=f.csv run crunch-faulty sum --io=$io $how --chunk-size 40000 f.csv
    done
done
# Numbers that zeros would not betray.
head -c 400000 /dev/zero >f.f64
CRUNCH_FAULT=shrink:1 CRUNCH_FAULT_FILE=f.f64 run crunch-faulty sum --type f64 --io=mmap --threads 2 --chunk-size 100000 f.f64

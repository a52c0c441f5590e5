# --on-error=skip and null, --max-errors, --rejects, --ragged, --max-record.
file f.csv a,b 1,2 x,3 4,y 5 6,7
run crunch sum,count -c a,b --on-error=skip f.csv
run crunch sum,count -c a,b --on-error=null f.csv
run crunch count --on-error=skip f.csv
run crunch sum -c a --on-error=skip --max-errors 1 f.csv
run crunch sum -c a --on-error=skip --max-errors 2 f.csv
run crunch sum -q -c a --ragged --on-error=null f.csv
run crunch sum -c a --on-error=skip --rejects bad.csv f.csv
line 'crunch count bad.csv'
line 'cut -d, -f1-4 bad.csv'
line 'crunch sum -q -c a --on-error=skip --procs 3 --chunk-size 2 --rejects bad2.csv f.csv && cmp bad.csv bad2.csv && echo same'
line 'crunch sum -q -c a --on-error=skip --threads 2 --chunk-size 1 --rejects bad3.csv f.csv && cmp bad.csv bad3.csv && echo same'
run crunch sum -c a --rejects bad4.csv f.csv
file long.csv v 2 0000000000000000000001
run crunch sum --max-record 16 long.csv
run crunch sum --max-record 22 long.csv

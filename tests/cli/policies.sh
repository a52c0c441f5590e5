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
line 'crunch median -q -c a --on-error=skip --rejects bad5.csv f.csv && cmp bad.csv bad5.csv && echo same'
# The rejects of a run that fails, or is found wrong, leave those of an earlier one as they were.
for how in --seq '--procs 3 --chunk-size 2' '--threads 2 --chunk-size 1'; do
    printf 'as it was\n' >old.csv
    line "crunch sum -q -c a --on-error=skip --max-errors 1 --rejects old.csv $how f.csv 2>/dev/null; cat old.csv"
done
line 'CRUNCH_FAULT=number:0 crunch-faulty sum -q -c a --on-error=skip --verify --rejects old.csv f.csv >out 2>err || echo $?; cat old.csv'
line 'crunch map -q a --on-error=skip --max-errors 0 --rejects old.csv f.csv -o rows 2>/dev/null; cat old.csv; ls old.csv* rows* 2>&1'
line 'crunch sum -q -c a --on-error=skip --max-errors 2 --rejects old.csv f.csv 2>/dev/null && cmp bad.csv old.csv && echo same'
file long.csv v 2 0000000000000000000001
run crunch sum --max-record 16 long.csv
run crunch sum --max-record 22 long.csv

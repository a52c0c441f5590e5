# --timeout: a stopped worker is killed and its chunk redone; threads can only be reported.
numbers 3000 >f.csv
line 'CRUNCH_FAULT=hang:2 crunch-faulty sum --procs 2 --chunk-size 1000 --timeout 0.5 f.csv'
line 'CRUNCH_FAULT=hang:2:always crunch-faulty sum --procs 2 --chunk-size 1000 --timeout 0.3 --retries 1 f.csv >out 2>err'
line 'wc -c <out; tail -1 err'

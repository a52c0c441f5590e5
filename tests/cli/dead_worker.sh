# A worker that is killed loses only its chunk; one that dies each time ends the run with exit 5.
numbers 3000 >f.csv
for fault in die:0 die:2 exit:3 die:12; do
    line "CRUNCH_FAULT=$fault crunch-faulty sum --procs 2 --chunk-size 1000 f.csv"
done
line 'CRUNCH_FAULT=die:2:always crunch-faulty sum --procs 2 --chunk-size 1000 --retries 2 f.csv >out 2>err'
line 'wc -c <out; tail -2 err'
line 'CRUNCH_FAULT=die:1 crunch-faulty sum --procs 2 --chunk-size 1000 --retries 0 f.csv 2>/dev/null'
line 'cat f.csv | CRUNCH_FAULT=die:2 crunch-faulty sum --procs 2 --chunk-size 1000'
line 'CRUNCH_FAULT=die:2 crunch-faulty sum --procs 2 --chunk-size 1000 -q f.csv'
# The same from outside: a stopped worker, then SIGKILL.
CRUNCH_FAULT=hang:2 crunch-faulty sum --procs 3 --chunk-size 1000 f.csv >out 2>err &
pid=$!
until_true has_stopped_child $pid
kill -KILL "$(stopped_child $pid)"
wait $pid
echo "exit $?"
cat out err

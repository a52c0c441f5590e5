# crunch itself killed with SIGKILL: its workers end by themselves, stopped ones too.
numbers 3000 >f.csv
CRUNCH_FAULT=hang:2 crunch-faulty sum --procs 3 --chunk-size 1000 f.csv >out 2>err &
pid=$!
until_true has_stopped_child $pid
workers=$(children $pid)
kill -KILL $pid
wait $pid
echo "exit $?"
gone() { for worker in $workers; do ! kill -0 "$worker" 2>/dev/null || return 1; done; }
until_true gone && echo "workers gone"
# a stream: its reader ends as well
mkfifo endless
exec 4<>endless
crunch sum --procs 3 endless >out 2>err &
pid=$!
until_true [ "$(sleep 0.2; children $pid | wc -w)" -ge 1 ]
workers=$(children $pid)
kill -KILL $pid
wait $pid
until_true gone && echo "workers gone"

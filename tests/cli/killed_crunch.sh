# crunch itself killed with SIGKILL: its workers end by themselves, stopped ones too.
gone() { for worker in $workers; do ! kill -0 "$worker" 2>/dev/null || return 1; done; }

numbers 3000 >f.csv
CRUNCH_FAULT=hang:2 crunch-faulty sum --procs 3 --chunk-size 1000 f.csv >out 2>err &
pid=$!
until_true has_stopped_child $pid
workers=$(children $pid)
end $pid KILL
until_true gone && echo "workers gone"

# A stream: its reader ends as well.
mkfifo endless
exec 4<>endless
crunch sum --procs 3 endless >out 2>err &
pid=$!
numbers 400000 >&4 # returns when most of it has been read
workers=$(children $pid)
end $pid KILL
[ -n "$workers" ] && until_true gone && echo "workers gone"

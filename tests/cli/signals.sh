# SIGINT and SIGTERM end crunch and all it started. The input is a FIFO that never ends.
mkfifo endless
exec 4<>endless
echo v >&4
echo 1 >&4
for how in --seq "--procs 3" "--threads 3" "--omp 3"; do
    for signal in INT TERM; do
        env --default-signal=INT crunch sum $how endless >out 2>err &
        pid=$!
        sleep 0.3
        kill -$signal $pid
        wait $pid
        echo "$how $signal: exit $?, $(wc -c <out) bytes of result"
        ls -A | grep -vx -e endless -e out -e err
        grep -v 'interrupted\|signal' err
    done
done
true

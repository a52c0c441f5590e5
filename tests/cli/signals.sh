# SIGINT and SIGTERM end crunch and all it started. The input is a FIFO that never ends.
for how in --seq "--procs 3" "--threads 3" "--omp 3"; do
    for signal in INT TERM; do
        rm -f endless
        mkfifo endless
        exec 4<>endless
        env --default-signal=INT crunch sum $how endless >out 2>err &
        pid=$!
        numbers 400000 >&4 # returns when most of it has been read
        sleep 0.1
        echo "$how $signal"
        end $pid $signal
        cat out
        ls -A | grep -vx -e endless -e out -e err
        grep -v 'interrupted\|signal' err
    done
done
true

# A file that shrinks or grows during the run: said, exit 3. A stopped worker holds the run meanwhile.
try() { # what is done to the file, how
    numbers 200000 >f.csv
    CRUNCH_FAULT=hang:3 crunch-faulty sum --procs 2 --chunk-size 64K f.csv >out 2>err &
    pid=$!
    until_true has_stopped_child $pid
    stopped=$(stopped_child $pid)
    eval "$1"
    kill -CONT "$stopped"
    wait $pid
    echo "$1: exit $?"
    cat out err
}
try 'truncate -s 100000 f.csv'
try 'truncate -s 0 f.csv'
try 'echo 5 >>f.csv'

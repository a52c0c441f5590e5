# A file that shrinks or grows during the run: said, exit 3. A stopped worker holds the run meanwhile.
try() { # what is done to the file
    numbers 200000 >f.csv
    CRUNCH_FAULT=hang:3 crunch-faulty sum --procs 2 --chunk-size 64K $inputs >out 2>err &
    pid=$!
    until_true has_stopped_child $pid
    eval "$1"
    # A chunk scanned again for its boundary stops its worker again.
    until_true go_on $pid
    code=0
    wait $pid || code=$?
    echo "$1: exit $code"
    cat out err
}
go_on() {
    for child in $(children "$1"); do kill -CONT "$child" 2>/dev/null; done
    ! kill -0 "$1" 2>/dev/null
}
inputs=f.csv
try 'truncate -s 100000 f.csv'
try 'truncate -s 0 f.csv'
try 'echo 5 >>f.csv'
# One of several, while it is read.
numbers 3 >g.csv
inputs="g.csv f.csv"
try 'echo 5 >>f.csv'
try 'touch -d 2001-01-01 f.csv'

# Every operation that `crunch ops` lists, plain, in groups, behind a filter and on a computed column:
# verified, and the same bytes from every backend and a pipe. What columns an operation wants is found
# by asking it, so that a new one is tried without being named here.
awk 'BEGIN {
    print "k,x,y,w"
    for (i = 1; i <= 60; i++)
        printf "%s,%s,%s,%s\n", substr("abcab", i % 5 + 1, 1), i % 7 ? i * 37 % 23 "." i % 4 : "", i * i % 31, i % 3 + 1
}' >f.csv
crunch ops -f csv | tail -n +2 | cut -d, -f1 >operations

choose() {
    for columns in "-c x" "-c x,y" "-c x --weight w" "-c x,y --weight w"; do
        crunch "$1" $columns f.csv >/dev/null 2>&1 && return
    done
    columns=
}

try() {
    crunch "$@" --seq --verify f.csv >expected 2>told || echo "fails: crunch $* --verify: $(cat told)"
    grep -q 'verify: identical' told || echo "not verified: crunch $*"
    for how in $ways; do
        case $how in
        pipe) crunch "$@" --threads 2 <f.csv 2>&1 ;;
        *) crunch "$@" "--$how" 3 --chunk-size 64 f.csv 2>&1 ;;
        esac | cmp -s - expected || echo "differs: crunch $* ($how)"
    done
    tried=$((tried + 1))
}

tried=0
while read -r operation; do
    choose "$operation"
    [ "$columns" ] || { echo "no columns suit $operation"; continue; }
    mapped=$(echo "$columns" | sed 's/-c x/-c z/')
    ways="procs threads omp pipe"
    try "$operation" $columns
    try "$operation" $columns -g k
    ways=procs
    try "$operation" $columns -g k,w --order first:desc -f json
    ways=pipe
    try "$operation" $columns -w 'x > 3'
    ways=omp
    try "$operation" $mapped -m 'z = x * 2'
    ways=threads
    try "$operation" $mapped -m 'z = x / 3' -g k -w 'w < 3'
done <operations
[ $tried = $(($(wc -l <operations) * 6)) ] && echo "each in six ways"
for operation in $(cat operations); do
    crunch help "$operation" | grep -q 'With -g' || echo "help $operation says nothing of groups"
done

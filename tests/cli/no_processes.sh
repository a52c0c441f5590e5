# When fork or thread creation fails: fewer workers and a line, or the reason and exit 4; no hang.
[ -z "${CRUNCH_SANITIZER:-}" ] || skip "a sanitizer's own threads need more than the limit"
[ "$(id -u)" = 0 ] || skip "limits of processes are tried as another user, which takes root"
command -v setpriv >/dev/null && command -v prlimit >/dev/null || skip "needs setpriv and prlimit"
cp "$(command -v crunch)" ./crunch
numbers 300000 >f.csv
try() { # limit, options
    limit=$1
    shift
    timeout 20 prlimit --nproc=$limit setpriv --reuid 54321 --regid 54321 --clear-groups \
        ./crunch sum "$@" --chunk-size 1000 f.csv >out 2>err
    code=$?
    case $code in
    0) [ "$(cat out)" = 45000150000 ] && grep -q 'could be started' err && echo "$*: fewer workers" || cat out err ;;
    4) [ -s out ] || grep -q 'error: .*Resource temporarily unavailable' err && echo "$*: none" || cat err ;;
    *) echo "$*: exit $code"; cat out err ;;
    esac
}
try 1 --procs 4
try 3 --procs 8
try 3 --threads 8

# What every command line test can use. A test is a transcript: `run` shows a command as a user would
# type it, what it prints (both streams, in order) and the exit code when it is not 0.

run() {
    printf "$ %s\n" "$*"
    "$@" 2>&1 || echo "[exit $?]"
}

# The same for a line of shell.
line() {
    printf "$ %s\n" "$1"
    (eval "$1") 2>&1 || echo "[exit $?]"
}

# Writes the rest of its arguments as lines to the file named first.
file() {
    file_name=$1
    shift
    printf '%s\n' "$@" >"$file_name"
}

skip() { echo "$*" >&2; exit 77; }

# Waits until the command given succeeds, for at most ten seconds.
until_true() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        if [ $tries -gt 500 ]; then
            echo "never: $*"
            return 1
        fi
        sleep 0.02
    done
}

# Ends process $1 with signal $2 and says how it went.
end() {
    kill -"$2" "$1"
    code=0
    { wait "$1"; } 2>/dev/null || code=$?
    echo "exit $code"
}

children() { cat "/proc/$1/task/$1/children" 2>/dev/null; }

# The first child of process $1 that is stopped (state T), if there is one.
stopped_child() {
    for child in $(children "$1"); do
        case $(sed 's/.*) //' "/proc/$child/stat" 2>/dev/null) in T*) echo "$child"; return 0 ;; esac
    done
    return 1
}
has_stopped_child() { stopped_child "$1" >/dev/null; }

# numbers N: lines 1..N under the heading "n"
numbers() { echo n; seq 1 "$1"; }

needs_curl() { ! crunch version | grep -q 'for URLs: none' || skip "built without libcurl"; }

# serve DIR PORT_FILE [CERTIFICATE]: a server on 127.0.0.1, with faults (tests/support/server.py).
serve() {
    python3 "$CLI/../support/server.py" "$@" &
    until_true [ -s "$2" ]
}
hide() { sed 's/127\.0\.0\.1:[0-9]*/HOST/g'; }

# run, of crunch, with the server's port hidden.
get() {
    printf '$ crunch %s\n' "$*" | hide
    code=0
    crunch "$@" >out 2>err || code=$?
    hide <out
    hide <err
    [ $code = 0 ] || echo "[exit $code]"
}

#!/bin/sh
# The layers of the tree, checked on the includes: io/ includes only io/; core/ core/ and io/; nothing
# includes cmd/ but cmd/ and tests. Intrinsics stay in io/simd and core/simd, threads and processes in
# core/backend_*.c and the stream reader, printing and exiting in cmd/.
set -eu
cd "$(dirname "$0")/../.."
bad=0
check() { # what it means, pattern, files...
    meaning=$1 pattern=$2
    shift 2
    for file in "$@"; do
        if [ -f "$file" ] && grep -nE "$pattern" "$file" /dev/null; then
            echo "  ^ $meaning"
            bad=1
        fi
    done
}
io=$(find io -name '*.[ch]')
core=$(find core -name '*.[ch]')
check "io/ includes only io/" '^ *# *include *"(core|cmd|tests)/' $io
check "core/ includes only core/ and io/" '^ *# *include *"(cmd|tests)/' $core
check "includes are written from the top of the tree" '^ *# *include *"(\.|[^/"]*")' $io $core $(find cmd -name '*.[ch]')
check "intrinsics live in io/simd and core/simd" '^ *# *include *<([a-z]*mmintrin|immintrin|x86intrin|arm_neon)\.h>' \
    $(echo "$io $core" | tr ' ' '\n' | grep -v /simd/) $(find cmd -name '*.[ch]')
check "only cmd/ prints or exits" '(^|[^a-zA-Z0-9_])(printf|puts|putchar|perror|exit|abort) *\(|fprintf *\( *std(out|err)' \
    $(echo "$io $core" | tr ' ' '\n' | grep '\.c$')
check "only core/backend_*.c and the stream reader make threads or processes" \
    '(^|[^a-zA-Z0-9_])(fork|vfork|pthread_create|posix_spawn|clone) *\(' \
    $(echo "$io $core" | tr ' ' '\n' | grep '\.c$' | grep -vE '^core/backend_|^io/stream|^core/.*reader')
[ $bad = 0 ] && echo "layers: kept"
exit $bad

#!/bin/sh
# Builds crunch without the libraries that it can do without, and checks what it then does: gzip by
# zlib where libisal is missing, and refused, with the way out, where zlib is missing too.
set -eu
cd "$(dirname "$0")/../.."
make=${MAKE:-make}

$make --no-print-directory FLAVOUR=zlib WITHOUT=isal CPPFLAGS=-DCRUNCH_FAULTS all
build/zlib/crunch version | grep "for gzip: zlib"
CRUNCH=$PWD/build/zlib/crunch CRUNCH_FAULTY=$PWD/build/zlib/crunch \
    ${PYTHON:-python3} tests/cli/run.py compressed damaged

$make --no-print-directory FLAVOUR=bare WITHOUT="isal zlib" all
build/bare/crunch version | grep "for gzip: none"
said=$(echo 1 | gzip | build/bare/crunch sum -n 2>&1) && exit 1 || status=$?
[ $status = 3 ]
case $said in *"built without libisal and zlib"*"gzip -dc"*) ;; *) echo "$said"; exit 1 ;; esac
[ "$(echo 1 | zstd -qc | build/bare/crunch sum -n)" = 1 ]
echo "without: kept"

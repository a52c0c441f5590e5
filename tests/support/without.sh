#!/bin/sh
# Builds crunch without the libraries that it can do without, and checks what it then does: gzip by
# zlib where libisal is missing, and refused, with the way out, where zlib is missing too; and so is a
# URL without libcurl, and --io=uring without liburing.
set -eu
cd "$(dirname "$0")/../.."
make=${MAKE:-make}

$make --no-print-directory FLAVOUR=zlib WITHOUT=isal CPPFLAGS=-DCRUNCH_FAULTS all
build/zlib/crunch version | grep "for gzip: zlib"
CRUNCH=$PWD/build/zlib/crunch CRUNCH_FAULTY=$PWD/build/zlib/crunch \
    ${PYTHON:-python3} tests/cli/run.py compressed damaged

$make --no-print-directory FLAVOUR=bare WITHOUT="isal zlib curl uring" all
build/bare/crunch version | grep "for gzip: none"
said=$(echo 1 | gzip | build/bare/crunch sum -n 2>&1) && exit 1 || status=$?
[ $status = 3 ]
case $said in *"built without libisal and zlib"*"gzip -dc"*) ;; *) echo "$said"; exit 1 ;; esac
[ "$(echo 1 | zstd -qc | build/bare/crunch sum -n)" = 1 ]
build/bare/crunch version | grep "for URLs: none"
said=$(build/bare/crunch sum -n http://127.0.0.1:1/x 2>&1) && exit 1 || status=$?
[ $status = 3 ]
case $said in *"built without libcurl"*"libcurl4-openssl-dev"*) ;; *) echo "$said"; exit 1 ;; esac
build/bare/crunch version | grep "asynchronous reading: none"
said=$(echo 1 | build/bare/crunch sum -n --io=uring 2>&1) && exit 1 || status=$?
[ $status = 3 ]
case $said in *"built without liburing"*"--io=pread"*) ;; *) echo "$said"; exit 1 ;; esac
echo "without: kept"

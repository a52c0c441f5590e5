#!/bin/sh
# GNU datamash: datamash.sh OP FILE COLUMN-NUMBER...  (it has no sum of squares)
op=$1 file=$2
shift 2
case $op in
sum) exec datamash -t, --header-in --format %.19g sum "$1" <"$file" ;;
count) exec datamash -t, --header-in --format %.0f count 1 <"$file" ;;
distinct) exec datamash -t, --header-in countunique "$1" <"$file" ;;
freq) datamash -t, --header-in -s -g "$1" count "$1" <"$file" | tr , '\t' ;;
corr) exec datamash -t, --header-in --format %.19g ppearson "$1:$2" <"$file" ;;
stats)
    ops=
    for c in "$@"; do ops="$ops count $c mean $c sstdev $c min $c max $c sum $c"; done
    # shellcheck disable=SC2086
    exec datamash -t, --header-in --format %.19g $ops <"$file" ;;
*) exit 2 ;;
esac

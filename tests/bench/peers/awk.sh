#!/bin/sh
# mawk, alone or under GNU parallel: awk.sh one|parallel OP FILE COLUMN-NUMBER
# Fields are split at commas, quotes are not understood: right here because no wanted column stands
# after a quoted one, and no note holds a line end.
how=$1 op=$2 file=$3 column=${4:-1}
case $op in
sum) each="s += \$$column" ;;
sumsq) each="s += \$$column * \$$column" ;;
count) each="s += 1" ;;
freq) exec mawk -F, "NR > 1 { n[\$$column]++ } END { for (k in n) print k \"\t\" n[k] }" "$file" ;;
where) exec mawk -F, 'NR > 1 && $5 > 50 && $6 == "Oslo" { s += $4 } END { printf "%.17g\n", s }' "$file" ;;
filter) exec mawk -F, 'NR == 1 || $5 > 50 && $6 == "Oslo"' "$file" ;;
map) exec mawk -F, 'NR == 1 { print "id,total"; next } { print $1 "," $4 * $5 }' "$file" ;;
*) exit 2 ;;
esac
if [ "$how" = one ]; then
    exec mawk -F, "NR > 1 { $each } END { printf \"%.17g\\n\", s }" "$file"
fi
# The header is a text, worth 0 in a sum; in a count it is taken off again.
[ "$op" = count ] && off=1 || off=0
parallel --will-cite --pipepart --block 16M -a "$file" -j "${BENCH_THREADS:-$(nproc)}" \
    "mawk -F, '{ $each } END { printf \"%.17g\\n\", s }'" |
    mawk "{ s += \$1 } END { printf \"%.17g\\n\", s - $off }"

# Groups: what stands where, in every format; what cannot be done; memory and temporary files.
file f.csv "city,day,temp" "Oslo,1,-1.5" "Lima,1,20" "Oslo,2,2.25" '"Lima ",2,19' ",3,7" '"",3,8' 'Oslo,3,'
run crunch min,mean,max,count -g city -c temp f.csv
run crunch mean,count -g city,day -c temp -f csv f.csv
run crunch sum,count --by city f.csv
run crunch count -g city -f table f.csv
run crunch mean -g city -c temp -f jsonl f.csv
run crunch mean -g city -c temp --order value:desc f.csv
run crunch count -g 1 -n -d ';' --order first - <<END
b;1
a;2
b;3
END
run crunch sum -g town f.csv
run crunch sum -g "" f.csv
run crunch sum -g city --order up f.csv
printf 'k,v\n\377,1\n' >bytes.csv
run crunch sum -g k -f json bytes.csv
run crunch sum -g k -f json --json-bytes=escape bytes.csv
file pairs.csv k,x,y a,1,2 a,2,4 a,3,7 b,4,1 b,4,2
run crunch linreg -g k -c x,y pairs.csv
run crunch corr,pairs -g k -c x,y -f json pairs.csv
run crunch corr -g k --matrix pairs.csv
file texts.csv k,name,v a,zinc,1 b,,2 a,tin,4
run crunch stats -g k -c name,v texts.csv
crunch stats -g k -c name,v --verify texts.csv 2>&1 >/dev/null | sed 's/identical.*/identical/;1q'
file order.csv k,v a,2 b,5 c,11 d,9 d,9 e,4 f,11 f,11 g, h,-3
for op in geomean harmean product last 'last --numeric'; do
    for order in value value:desc; do
        line "crunch $op -c v -g k --order $order order.csv | cut -f 1 | tr '\n' ' '"
        echo
    done
done
{ echo k,v; echo down,-1; echo one,1
for i in $(seq 200); do printf '%s\n' huge,3e300 huger,7e300 tiny,3e-300 tinier,1e-301 down,3e300; done; } >far.csv
for order in value value:desc; do
    line "crunch product -c v -g k --order $order --chunk-size 99 far.csv | cut -f 1 | tr '\n' ' '"
    echo
done

# The same bytes with little memory, and when a worker is lost.
{ echo k,v; seq 1 150000 | sed 's/\(.*\)/key \1,\1.5/'; seq 1 100000 | sed 's/\(.*\)/key \1,-\1/'; } >many.csv
mkdir tmp
for how in "--seq" "--procs 2 --mem-limit 24M" "--threads 2 --mem-limit 24M" "--procs 2 --chunk-size 100K"; do
    crunch sum,mean,count -g k --tmpdir tmp $how many.csv | cksum
done | uniq -c | sed 's/ *\([0-9]*\) .*/\1 times the same/'
crunch sum,count -g k many.csv >expected
CRUNCH_FAULT=die:1 crunch-faulty sum,count -g k --procs 2 --chunk-size 500K many.csv 2>/dev/null | cmp - expected && echo "the same"
awk -F'\t' 'NR > 1 { n++; s += $2; c += $3 } END { printf "%d %.1f %d\n", n, s, c }' expected

# Nothing is left behind when crunch is killed while it writes its logs.
CRUNCH_FAULT=hang:3 crunch-faulty sum -g k --procs 2 --chunk-size 500K --tmpdir tmp many.csv >out 2>err &
pid=$!
until_true has_stopped_child $pid
end $pid KILL
ls -A tmp

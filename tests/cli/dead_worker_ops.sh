# A worker that dies leaves no trace in any result: of states, of what collectors had logged, of rows.
awk 'BEGIN { print "k,x,y"; for (i = 0; i < 900; i++) printf "%s,%d.%d,%d\n", substr("abcde", i % 5 + 1, 1), i * 7919 % 499, i % 4, i * 31 % 97 }' >f.csv
while read -r job; do
    for chunk in 700 2500; do
        crunch $job --seq f.csv >right 2>/dev/null
        [ -s right ] || echo "nothing: $job"
        for fault in die:0 die:2 die:3; do
            CRUNCH_FAULT=$fault crunch-faulty $job --procs 2 --chunk-size $chunk f.csv >now 2>told
            cmp -s right now || echo "differs: $job, $fault, chunks of $chunk"
            grep -q SIGKILL told || echo "nobody died: $job, $fault, chunks of $chunk"
        done
    done
done <<'JOBS'
skew,kurt,geomean,harmean,product,primes -c x
mean,max,count -g k -c x
distinct,median,first,argmax -g k -c x --order=first
distinct,mode,antimode
top --limit 3
hist -c x --bins 7
median,q1,p99.9,iqr,mad,trimmed -c x,y
corr -c x,y
corr --method spearman -c x,y
linreg --degree 3 -c x,y
first,last,argmin,argmax -c x
map k,x*y
filter x>200
stats
JOBS
echo done

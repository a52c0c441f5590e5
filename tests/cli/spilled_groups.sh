# What groups need beside sums, where it does not fit under --mem-limit: the same bytes, verified.
awk 'BEGIN { print "k,g,one,x"; for (i = 0; i < 40000; i++) { m = i * 7919 % 40009; print m % 9001 "," m % 3 ",1," (m % 50 ? m % 5003 - 2500 "." m % 10 : "1234567890123456789012345." i % 9) } }' >groups.csv
tight() {
    crunch "$@" groups.csv >whole
    for limit in 20M 28M; do crunch "$@" --mem-limit $limit --threads 2 groups.csv | cmp - whole && echo "same with $limit"; done
    crunch "$@" --mem-limit 24M --procs 2 --verify groups.csv 2>report.txt | cmp - whole && grep -c "verify: identical" report.txt
    return 0
}
run tight median,mad,trimmed,p99.9 -g k -c x
run tight median,mad,trimmed,p99.9 -g g -c x
run tight median,mad,trimmed,p99.9 -g one -c x
run tight median,mad,trimmed -g one -c x --arith=binary
run tight distinct,mode,antimode -g k -c x
run tight distinct,mode,antimode -g g -c x
run tight first,last,argmin,argmax -g k -c x

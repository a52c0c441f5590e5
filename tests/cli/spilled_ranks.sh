# Ranks that do not fit under --mem-limit are sorted in files: the same digits, verified, from a pipe
# too, and in both arithmetics.
awk 'BEGIN { print "a,b,c"; for (i = 0; i < 60000; i++) { m = i * 7919 % 60013; print (m % 97 ? m % 5003 - 2500 : "") "," m % 31 "." m % 1009 "00000000000000000000" i % 7 "," (i % 1000 - 999 ? -i % 777 "e-3" : "inf") } }' >ranks.csv
line 'crunch corr --method spearman ranks.csv >whole; for limit in 16M 64M; do crunch corr --method spearman --mem-limit $limit --seq ranks.csv | cmp - whole && echo "same with $limit"; done'
line 'crunch corr --method spearman --mem-limit 20M --threads 2 --verify ranks.csv 2>report.txt | cmp - whole && grep -c "verify: identical" report.txt'
line 'cat ranks.csv | crunch corr --method spearman --mem-limit 24M --threads 2 | cmp - whole && echo same'
line 'crunch corr --method spearman --arith=binary ranks.csv >whole; crunch corr --method spearman --arith=binary --mem-limit 20M --threads 2 ranks.csv | cmp - whole && echo same'

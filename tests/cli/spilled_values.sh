# Lists of more values than are held: the same rows in every form, whatever memory there is, and
# what sort and uniq count.
awk 'BEGIN { print "t,v"; for (i = 0; i < 30000; i++) print "name " i * 7919 % 20011 "," i % 9000 ".5" }' >many.csv
line 'crunch freq -c t --mem-limit 20M --threads 2 many.csv | tail -n +2 | cut -f 1,2 >got'
line 'tail -n +2 many.csv | cut -d , -f 1 | LC_ALL=C sort | uniq -c | awk "{ print \$2 \" \" \$3 \"\t\" \$1 }" | LC_ALL=C sort -t "	" -k 2,2nr -k 1,1 | cmp - got && echo same'
line 'crunch freq -c t many.csv | md5sum >whole; for limit in 16M 64M; do crunch freq -c t --mem-limit $limit --seq many.csv 2>&1 | md5sum | cmp -s - whole && echo "same with $limit"; done'
line 'crunch freq -c v --numeric --mem-limit 20M --threads 2 many.csv | sed -n "1,3p;9001p;9002p"'
line 'crunch freq --json many.csv | tr "{" "\n" | sed -n "1,2p;\$p"; crunch freq -f jsonl many.csv | wc -l; crunch top --limit 5000 -f csv -c t many.csv | sed -n "1,2p;5001p;5002p"'
line 'crunch freq -c t --json --report r.json many.csv >freq.json; grep -c . freq.json; grep result_rows r.json'
line 'printf "v\n\377\n" >bytes.csv; seq 5000 >>bytes.csv; crunch freq --json bytes.csv'
line 'crunch freq -c t --mem-limit 20M --threads 2 --verify many.csv 2>report.txt | md5sum | cmp - whole && grep -c "verify: identical" report.txt && echo verified'

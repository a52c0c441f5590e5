# The forms of a result: separators, JSON, quoting of names, an aligned table.
printf 'plain,"a ""b""\tc","x,y",é\n1,2,3,4\n3,4,5,nan\n' >names.csv
run crunch sum,max -c 1,2 names.csv
run crunch sum,max -c 1,3 -f csv names.csv
run crunch sum,mean -f json names.csv
run crunch sum --json -c é names.csv
run crunch sum,mean -f jsonl -c 1,2 names.csv
file empty.csv a,b ,1
run crunch mean,sum,count --json -c a empty.csv
run crunch mean -c a empty.csv
run crunch mean,sum -c a -f csv empty.csv
file t.csv long_name,b 1,1000000 2,5
run crunch sum,mean -f table t.csv
run crunch sum -f tsv t.csv
run crunch mean -c b --precision 3 t.csv
run crunch mean -c b --precision 1 t.csv
run crunch count --json t.csv

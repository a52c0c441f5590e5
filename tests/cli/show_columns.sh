# crunch columns: what was decided about the input.
file f.csv name,price,empty Oslo,1.5, Lima,2,
run crunch columns f.csv
run crunch columns --json f.csv
file n.csv 1,2 3,4
line 'crunch columns n.csv'

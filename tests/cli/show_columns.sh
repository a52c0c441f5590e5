# crunch columns: what was decided about the input.
file f.csv name,price,empty Oslo,1.5, Lima,2,
run crunch columns f.csv
run crunch columns --json f.csv
file n.csv 1,2 3,4
line 'crunch columns n.csv'
run crunch columns -f csv f.csv
file d.csv '# made by hand' 'a;b' '1,5;2'
run crunch columns -n -d ';' --decimal , --thousands . --quote none --comment '#' --null - --null NA d.csv
file x.csv 1,x 2,y
run crunch columns x.csv

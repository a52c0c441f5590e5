# What --report says of groups: the first thousand rows, and how many there are.
file f.csv k,x a,1 b,2 a,4 'b,'
line "crunch sum,last -g k -c x --report r.json f.csv; sed -n '/\"results\"/,/result_rows/p' r.json"
line "crunch hist -g k -c x --edges 0,2 --report r.json f.csv >/dev/null; sed -n '/\"results\"/,/result_rows/p' r.json | tr -d '[:space:]'; echo"
{ echo k; seq 5000; } >many.csv
line "crunch count -g k -f csv --report r.json many.csv | tail -n +2 | wc -l; grep -c '\"count\": 1$' r.json; grep '\"groups\"\|result_rows' r.json"

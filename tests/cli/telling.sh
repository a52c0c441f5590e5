# Nothing on stderr when all is well; -v, --report and warnings when asked or needed; no bar in a log.
numbers 1000 >f.csv
line 'crunch sum f.csv --procs 2 2>&1 >/dev/null | wc -c'
line 'crunch sum f.csv -v 2>&1 >/dev/null | grep -c .' | sed 's/^[1-9][0-9]*$/some/'
line 'crunch sum f.csv --threads 64 -v 2>&1 >/dev/null | grep -ci cpu' | sed 's/^[1-9][0-9]*$/some/'
line 'crunch sum f.csv --progress=auto 2>&1 >/dev/null | wc -c'
line 'crunch sum --procs 2 --chunk-size 100 --verify --report r.json f.csv 2>/dev/null; python3 -m json.tool r.json >/dev/null && echo valid'
for word in job dialect records missing rejects workers chunks bytes redone throughput version verif; do
    grep -q -i "\"[^\"]*$word" r.json || echo "report lacks $word"
done
file doubtful.csv 1,x 2,y
line 'crunch sum doubtful.csv 2>err; grep -c -e "warning: .*--header" err'
line 'crunch sum -q doubtful.csv'
line 'crunch sum f.csv --color=always --on-error=bad 2>&1 | cat -v | grep -c "\^\["' | sed 's/^[1-9][0-9]*$/some/'

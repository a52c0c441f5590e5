# --where, --map, map, filter: what they give, what they refuse and where the mark stands.
file f.csv city,price,qty,note Oslo,10.50,3,x 'Bergen,2.25,10,"a,b"' Oslo,,4, 'Tromso,1e2,0.5,"q""q"' Oslo,bad,1,z
run crunch sum -m 'price * qty' -w 'qty != 1' f.csv
run crunch sum,mean -m 'total = price * qty' -w 'qty != 1' -c total,qty f.csv
run crunch count -w 'city == "Oslo"' f.csv
run crunch count -w 'city == "Oslo"' -w 'qty > 3' f.csv
run crunch sum -g city -m 'price * qty' -w 'qty != 1' f.csv
run crunch count -g bin -m 'bin = floor(qty / 5) * 5' f.csv
run crunch sum -c price -w 'city == "Oslo"' f.csv
run crunch sum -c price -w 'city == "Oslo"' --on-error=skip f.csv
run crunch map 'city, total = price * qty, price / qty' -w 'qty != 1' f.csv
run crunch map --keep 'total = price * qty' -w 'qty != 1' -f tsv f.csv
run crunch filter 'city == "Oslo"' f.csv
run crunch filter 'qty >= 4' -c note,city f.csv
line 'crunch map "qty * 2" f.csv -o out.csv && cat out.csv'
line 'crunch filter "qty > 0" f.csv --procs 3 --chunk-size 1 >a; crunch filter "qty > 0" --seq <f.csv >b; cmp a b && echo same'
line 'crunch filter --verify "qty > 0" f.csv 2>&1 >/dev/null | grep -c identical'
line 'crunch median -c qty --verify -w "qty > 1" f.csv 2>/dev/null'
run crunch sum -m 'pric * qty' f.csv
run crunch sum -m 'price * city == "x"' f.csv
run crunch count -w 'city = "Oslo"' f.csv
run crunch count -w 'matches(city, "O(")' f.csv
run crunch sum -m 'text(city)' f.csv
run crunch sum -m 'qty * 1e308 * 10' f.csv
run crunch map 'qty' -f json f.csv
run crunch map
run crunch filter 'qty > 1' f.csv -o f.csv

file big.csv a,t 1,x 1e200,y 3,z -1e300,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab q,r 5,z
run crunch sum -m 'p = a*a' big.csv
run crunch sum -m 'p = a*a' --on-error=skip --rejects bad.csv big.csv
run cat bad.csv
line "crunch map 'a, p = a*a, c = a*a*a' --on-error=null --rejects bad.csv --verify big.csv -o out.csv 2>&1 | grep identical"
run cat out.csv bad.csv
run crunch sum -m 'p = a*a' --on-error=skip --max-errors 1 big.csv
run crunch count -w 'matches(t, "(a+a+)+$")' big.csv
run crunch filter 'matches(t, "(a+a+)+$") || t == "z"' --on-error=skip --rejects bad.csv big.csv
line "crunch sum -m 'matches(t, \"(a+a+)+\$\")' --on-error=null --verify big.csv 2>/dev/null"
run cat bad.csv

# Shape, means, products and primes; the answers that are not plain to see are Python's (fractions,
# decimal): 30! = 265252859812191058636308480000000, and there are 17984 primes up to 200000.
seq 1 30 >thirty
seq 1 200000 >many
printf 'v\n1\n2\n6\n' >three.csv
printf 'v\n2\n8\n0\n' >zero.csv
for op in skew sumabs meanabs geomean harmean product primes; do run crunch $op three.csv; done
run crunch skew,kurt --population three.csv
run crunch kurt three.csv
run crunch geomean,harmean,product zero.csv
printf 'v,t\n1.50,"a ""b"""\n,\n-3,x\n1.5,"y\nz"\n-3.0,\n' >places.csv
run crunch first,last,argmin,argmax -c v places.csv
run crunch first,last places.csv
run crunch last,first --numeric -c v -f json places.csv
run crunch argmax -c v places.csv --procs 2 --chunk-size 1
run crunch product thirty
run crunch product many
run crunch geomean --precision 25 many
line 'crunch primes many --threads 3'
line 'crunch primes many --cost 7 --procs 2'
line 'crunch geomean,product,skew,kurt many --verify -q --procs 3 2>/dev/null'
line 'printf "1e30\n1000000000000000000000000000057\n" | crunch primes'
line 'printf "9007199254740993\n" | crunch geomean'
printf 'v,k\n1,a\n5,b\n-3,a\n9,b\n' >where.csv
line "crunch argmin,argmax,first,last -c v -w 'k == \"b\"' where.csv --verify -q 2>/dev/null"
line "crunch argmin,argmax,first,last,primes -m 'x = 4 - v' where.csv --verify -q 2>/dev/null"

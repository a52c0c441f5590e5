# Each operation by its definition in the manual, on numbers where pen and paper give the answer.
file one.csv x 2 4 4 4 5 5 7 9
for op in count sum sumsq mean min max range rms absmax missing; do run crunch $op one.csv; done
run crunch var --population one.csv
run crunch sd --population one.csv
run crunch var one.csv
run crunch sd one.csv
file tenths.csv x 0.1 0.2
run crunch sum tenths.csv
run crunch sem tenths.csv
file two.csv price,qty,city 10.50,3,Oslo 0.25,,Lima 9.25,4,
run crunch sum -c price two.csv
run crunch sum,count,mean -c qty,price two.csv
run crunch count two.csv
run crunch count -c city two.csv
run crunch count,missing -c city two.csv
run crunch sum two.csv
run crunch stats two.csv
line 'total=$(crunch sum -c price two.csv); echo "total is $total"'

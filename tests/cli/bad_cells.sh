# Bad data under --on-error=fail: the place, the column, the record; the lowest offset whatever ran.
file text.csv day,amount 1,10 2,20 "3,The 90s" 4,x 5,1
run crunch sum -c amount text.csv
for how in --seq "--procs 3 --chunk-size 1" "--threads 2 --chunk-size 5" "--omp 2 --chunk-size 9"; do
    line "crunch sum -c amount $how text.csv"
done
run crunch sum -c day text.csv
run crunch count text.csv
file range.csv v 1 -2e308
run crunch sum range.csv
file nan.csv v 1 NaN
run crunch sum --nan=bad nan.csv
file narrow.csv a,b,c 1,2,3 4,5 6,7,8
run crunch sum -c a narrow.csv
file broad.csv a,b 1,2 3,4,5
run crunch sum broad.csv
file extra.csv a,b 1,2 3,4,,
run crunch sum extra.csv
printf 'a,b\n1,"x\ny"\n2,"open\n3,z\n' >open.csv
run crunch sum -c a open.csv
run crunch count --on-error=skip open.csv
printf 'v,t\r\n1,a\r\n\r\n2,"x\r\ny"\r\nx,b\r\n' >crlf.csv
run crunch sum crlf.csv
printf '#c\nv\n1\n#c\n?\n' >comment.csv
run crunch sum --comment '#' comment.csv
file name.csv '"two
lines"' 1 z
run crunch sum name.csv
line 'crunch sum -c amount <text.csv'
file dollar.csv v 1 '$5'
run crunch sum dollar.csv
run crunch sum --arith=binary range.csv

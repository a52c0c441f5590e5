# Several files as one input: columns by name, places within their file, every way to name files.
file a.csv id,v,k 1,10,x 2,20,y
file b.csv k,v,id z,30,3 w,40,4
printf 'id,v,k\n5,50.5,x' >c.csv
: >empty.csv
file d.csv id,v,k
cat a.csv >whole.csv
printf '3,30,z\n4,40,w\n5,50.5,x\n' >>whole.csv
run crunch sum,count -c id,v whole.csv
for how in --seq '--procs 3 --chunk-size 1' '--threads 2 --chunk-size 7' '--omp 3 --chunk-size 20'; do
    line "crunch sum,count -c id,v $how empty.csv a.csv b.csv c.csv d.csv"
done
line 'crunch sum -c v --verify a.csv b.csv c.csv 2>&1 | sed -n 1,2p'
run crunch sum -c v '[a-c].csv'
run crunch sum -c v 'no*.csv'
line 'printf "a.csv\nb.csv\r\n\nc.csv\n" | crunch sum -c v --files-from -'
line 'printf "a.csv\0b.csv\0c.csv" >list && crunch sum -c v --files-from list'
line 'tail -n +1 b.csv | crunch sum -c v a.csv - c.csv'
line ': | crunch sum -c v --files-from -'
line 'echo a.csv | crunch sum -c v --files-from - -'
line 'gzip -c b.csv >b.gz && zstd -qc c.csv >c.zst && crunch sum -c v --chunk-size 3 --procs 2 a.csv b.gz c.zst'
# What is wrong is told with its file, and with the place in it.
file bad.csv v,id 7,1 8,2 x,3 9,4
for how in --seq '--procs 3 --chunk-size 1' '--threads 2 --chunk-size 9'; do
    line "crunch sum -c v,id $how a.csv bad.csv b.csv"
    line "crunch sum -q -c v,id $how --on-error=skip --rejects r.csv a.csv bad.csv b.csv && cat r.csv"
done
# The name is the run's own where a pattern or a list gave it.
line 'crunch sum -c v,id a.csv "ba*.csv" 2>&1 | sed -n 1p'
line 'printf "a.csv\nbad.csv\n" | crunch sum -c v --files-from - 2>&1 | sed -n 1p'
file open.csv v,id '7,"1'
run crunch sum -c v a.csv open.csv b.csv
file other.csv v,name 1,x
run crunch sum -c v,id a.csv other.csv
file twice.csv v,id,v 1,2,3
run crunch sum -c v a.csv twice.csv
run crunch sum -c v a.csv missing.csv
run crunch sum -c v a.csv .
run crunch sum -c v a.csv b.csv -o b.csv
run crunch sum -c v a.csv ''
# Without headers: by number.
file n1 1,2 3,4
file n2 5,6
file n3 7,8,9
printf '\357\273\2777,8\n' >n4
run crunch sum -n -c 1,2 n1 n2 n4
run crunch sum -n -c 1 n1 n3
# A thousand small files.
mkdir many
for i in $(seq 1000); do printf 'a,b\n%d,1\n' "$i" >many/$i; done
line 'find many -type f | sort | crunch sum,count -c a --files-from - --procs 2'

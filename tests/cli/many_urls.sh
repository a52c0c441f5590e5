# Several URLs and files as one input: columns by name, fetched by whoever reads them, some ahead.
needs_curl
python3 - <<'END'
import gzip, random
random.seed(9)
rows = [(i, random.randint(-99999, 99999) / 100, "abc"[i % 3]) for i in range(60000)]
def write(name, part, turned=False):
    with open(name, "w") as file:
        file.write("k,v,id\n" if turned else "id,v,k\n")
        for i, v, k in part:
            file.write(f"{k},{v},{i}\n" if turned else f"{i},{v},{k}\n")
write("whole.csv", rows)
cuts = [0, 10, 7000, 7001, 40000, 40500, 60000]
for n, (a, b) in enumerate(zip(cuts, cuts[1:])):
    write(f"m{n}.csv", rows[a:b], n % 2)
open("m2.gz", "wb").write(gzip.compress(open("m2.csv", "rb").read()))
open("empty.csv", "w").close()
END
zstd -q m4.csv
serve . port
H=http://127.0.0.1:$(cat port)
crunch stats whole.csv >right
crunch sum,argmin,first,last -c v -g k whole.csv >right2
mixed="$H/m0.csv $H/plain/m1.csv m2.gz $H/empty.csv $H/chunked/m3.csv $H/m4.csv.zst $H/weak/cut=2000*1/m5.csv"
remote="$H/m0.csv $H/hop=1/m1.csv $H/m2.gz $H/m3.csv $H/slow=1/m4.csv $H/cut=300000/m5.csv"
for how in --seq '--procs 2' '--omp 2' '--procs 3 --chunk-size 100000' '--threads 2 --fetch-jobs 1' \
    '--threads 3 --fetch-jobs 2 --chunk-size 7000'; do
    for what in "$mixed" "$remote"; do
        crunch stats $how $what 2>&1 | cmp right -
    done
    crunch sum,argmin,first,last -c v -g k $how $remote 2>&1 | cmp right2 -
    echo "$how"
done
crunch stats --procs 2 --verify $mixed 2>told | cmp right -
grep -c 'verify: identical: 60000 records' told
# A worker that is killed: its files are fetched again.
CRUNCH_FAULT=die:2 crunch-faulty stats --procs 2 $remote 2>told | cmp right -
grep -c SIGKILL told
CRUNCH_FAULT=die:2 crunch-faulty stats --procs 2 --chunk-size 50000 $H/whole.csv 2>told | cmp right -
grep -c SIGKILL told
# Numbers as they are in memory.
crunch convert -c id,v m0.csv -o a.npy
crunch convert -c id,v m1.csv -o b.npy
crunch sum a.npy b.npy >right3
crunch sum --procs 2 $H/a.npy b.npy 2>&1 | cmp right3 -
crunch sum --threads 2 a.npy $H/b.npy 2>&1 | cmp right3 -
# What is wrong is told with its URL, and the place in it.
{ sed 2000q m1.csv; echo b,oops,7; } >bad.csv
get sum -c v $H/m0.csv $H/bad.csv $H/m2.csv
get sum -q -c v --on-error=skip --rejects r.csv $H/m0.csv $H/bad.csv $H/m2.csv
hide <r.csv
get sum -c v $H/m0.csv $H/none.csv $H/m3.csv
get sum -c v --verify $H/m0.csv $H/none.csv $H/m3.csv
get sum -c v $H/m0.csv $H/change=1/m3.csv
get sum -c id,w $H/m0.csv $H/m1.csv
# Many small ones, of a list, at once; no more than were allowed.
for i in $(seq 60); do
    printf 'a,b\n%d,1\n' $i >s$i
    echo "$H/s$i" >>list
done
get sum,count -c a --files-from list
get sum,count -c a --files-from list --verify -q | sed -n 3p
crunch sum -n $H/=peak >peak
crunch stats --procs 2 --fetch-jobs 4 $H/slow=100/tag=1/m1.csv $H/slow=100/tag=2/m1.csv $H/slow=100/tag=3/m1.csv \
    $H/slow=100/tag=4/m1.csv $H/slow=100/tag=5/m1.csv $H/slow=100/tag=6/m1.csv >out
peak=$(crunch sum -n $H/=peak)
# (For the server, the one that was looked at first may still be under way.)
[ "$peak" -ge 3 ] && [ "$peak" -le 5 ] || echo "$peak at once"
# The bar knows the size of what is remote.
crunch sum -c v --progress=always $H/slow=400/m3.csv 2>&1 >out | tr '\r' '\n' | grep -c '%' >bars
[ "$(cat bars)" -ge 1 ] || echo "no share of the whole"

# A table becomes a .npy file and numbers become a table again, the same whatever made them.
file t.csv id,x,y,name 1,2.5,7,a 2,-0.1,8,b 3,1e300,9,c '4,,10,"d, e"'
run crunch convert t.csv -c x,y -o t.npy
run crunch columns t.npy
run crunch convert t.npy
run crunch convert t.csv -c y,id --to i16:be -o i.npy
run crunch convert i.npy
run crunch convert t.csv -c y -w 'x > 0' -o some.npy
run crunch convert some.npy

# Bytes as Python makes them, on every backend, and back.
PYTHONPATH=$CLI/../matrix python3 - <<'END'
import binary
v = binary.doubles(7, 12000)
w = binary.integers(8, 9000, -10 ** 17, 10 ** 17)
open("v.npy", "wb").write(binary.npy("f8", [x + 0.0 for x in v], 3))
open("f.npy", "wb").write(binary.npy("f8", [x + 0.0 for x in v], 3, fortran=True))
open("v.csv", "wb").write(binary.text(v, 3))
open("w.npy", "wb").write(binary.npy("i8", w, 2))
END
for how in --seq "--procs 2" "--threads 3 --chunk-size 5000" "--omp 2 --chunk-size 333"; do
    crunch convert v.csv -n $how -o made.npy
    cmp v.npy made.npy
    for form in v.npy f.npy; do
        crunch convert $form $how -o made.csv
        crunch convert made.csv -n -o made.npy
        cmp v.npy made.npy
    done
    crunch convert w.npy $how >w.csv
    crunch convert w.csv -n --to i64 $how -o made.npy
    cmp w.npy made.npy
    echo "convert $how"
done
cat v.csv | crunch convert -n --procs 2 -o made.npy
cmp v.npy made.npy

# Nothing is rounded or made up without being asked for; a failure leaves no file.
rm -f made.npy
run crunch convert t.csv -c id,x --to i64 -o made.npy
file big.csv v 1 200 300
run crunch convert big.csv --to u8 -o made.npy
file hole.csv v,w 1,2 ,3
run crunch convert hole.csv --to i32 -o made.npy
run crunch convert t.csv
run crunch convert t.csv --to csv
run crunch convert t.csv --to f80 -o made.npy
run crunch convert t.csv -o t.csv
run crunch convert t.csv -o made.npy --verify
ls made.npy 2>/dev/null || echo "no file"

# Several files are one input: the bytes of their rows in one file, columns by name, forms mixed.
file a.csv id,x 1,0.5 2,1.5
file b.csv x,k,id 2.5,z,3 3.5,z,4
file whole.csv id,x 1,0.5 2,1.5 3,2.5 4,3.5 1,0.5 2,1.5
crunch convert whole.csv -o whole.npy
gzip -nc a.csv >c
for how in --seq "--procs 3 --chunk-size 1" "--threads 2 --chunk-size 9"; do
    crunch convert a.csv b.csv c $how -o made.npy
    cmp whole.npy made.npy
    crunch convert whole.npy whole.npy $how >twice
    cat whole.csv whole.csv | grep -v id | cmp - twice
    line "crunch convert a.csv b.csv c -c id,x --to i8 $how -o made.npy"
done
cat b.csv | crunch convert a.csv - c -o made.npy
cmp whole.npy made.npy
run crunch convert a.csv whole.npy -o whole.npy
run crunch convert a.csv t.npy -o made.npy

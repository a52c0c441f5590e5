# Numbers without text: .npy files by their content, raw ones by --type. The bytes are written by
# Python's struct, the same numbers as text beside them.
PYTHONPATH=$CLI/../matrix python3 - <<'END'
import random
import binary

random.seed(3)
v = [random.gauss(100, 15) for _ in range(30000)]
open("v.csv", "wb").write(binary.text(v, 3))
open("c.npy", "wb").write(binary.npy("f8", v, 3))
open("fortran.npy", "wb").write(binary.npy("f8", v, 3, fortran=True))
open("big.npy", "wb").write(binary.npy("f8", v, 3, big=True, version=2))
open("v.f64", "wb").write(binary.raw("f8", v))
open("i.npy", "wb").write(binary.npy("i8", [1, -2, 2**62, 5, 6, 7], 2))
open("j.npy", "wb").write(binary.npy("i4", [1, 2, 3], 3))
open("odd.npy", "wb").write(binary.npy("f8", [1.5, float("nan"), 2.0, float("inf")]))
END

# One answer, whatever the form.
crunch stats v.csv -n --arith=binary >right
for form in c.npy fortran.npy big.npy "v.f64 --type f64 --columns 3"; do
    for how in --seq "--procs 2" "--threads 3 --chunk-size 5000" "--omp 2 --chunk-size 100"; do
        crunch stats $form $how | cmp right -
    done
    crunch stats $form --procs 2 --verify 2>told | cmp right -
    grep -q identical told || cat told
    crunch sum $form --procs 2 --chunk-size 9000 --verify=sample >/dev/null 2>told
    grep -q "identical in the sample" told || cat told
    echo "$form"
done
cat c.npy | crunch stats --procs 2 | cmp right -
crunch sum c.npy fortran.npy big.npy --verify 2>told
grep -q identical told || cat told

# Integers stay what they are, beyond what a double holds.
run crunch sum,max i.npy
run crunch columns i.npy
run crunch columns fortran.npy
run crunch top i.npy -c 1

# NaN and infinities are what they are in text.
run crunch sum,max odd.npy
run crunch sum,max,count,missing odd.npy --nan=skip
run crunch sum odd.npy --nan=bad
run crunch sum odd.npy --nan=bad --on-error=null

# What is cut short, or goes on, or is something else, is refused.
head -c 50000 c.npy >short.npy
(cat c.npy; echo) >long.npy
head -c 100 c.npy >header.npy
head -c 1001 v.f64 >short.f64
run crunch sum short.npy
run crunch sum long.npy
run crunch sum header.npy
run crunch sum short.f64 --type f64
line "cat short.npy | crunch sum --procs 2"
line "cat short.f64 | crunch sum --type f64"
line "cat long.npy | crunch sum --threads 2"
line "cat fortran.npy | crunch sum >out && crunch sum fortran.npy | cmp out - && echo same"
sed s/f8/c8/ c.npy >complex.npy
run crunch sum complex.npy
run crunch sum v.f64 --columns 3
run crunch sum v.f64 --type f80
run crunch sum c.npy i.npy
run crunch sum c.npy j.npy
line "crunch sum c.npy j.npy --arith=binary | wc -l"

# A .npy file taken for bare numbers would give its header for numbers.
run crunch sum --type f64 c.npy
line 'crunch sum -v i.npy 2>&1 >out | head -1'
line 'cat i.npy | crunch sum --type i32:be --seq'

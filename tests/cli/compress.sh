# compress: frames that begin where records do, the same bytes however they were made, whole or not at
# all.
python3 - <<'END'
import random
random.seed(3)
with open("table", "w") as table:
    table.write("id,price,text\n")
    for i in range(50000):
        text = "x\n, y" * random.randint(0, 3)
        table.write(f'{i},{random.randint(-999, 999)}.{i % 100:02},"{text}"\n')
END
for size in 700 64K 1M 3M; do
    crunch compress table -o right.zst --frame-size $size --seq
    zstd -dc right.zst | cmp - table
    for how in "--procs 3" "--threads 2" "--omp 2"; do
        crunch compress table -o - --frame-size $size $how | cmp right.zst -
        cat table | crunch compress --frame-size $size $how | cmp right.zst -
        gzip -c table >packed
        crunch compress packed -o - --frame-size $size $how | cmp right.zst -
        cat packed | crunch compress --frame-size $size $how - | cmp right.zst -
        crunch compress right.zst -o - --frame-size $size $how | cmp right.zst -
    done
done
crunch stats table >right
crunch compress table -o table.zst --frame-size 50000
crunch stats table.zst --procs 3 | cmp right -
run crunch compress table -o table.zst --frame-size 50000 --verify
cat table | crunch compress -o again.zst --frame-size 50000 --verify -q 2>/dev/null
cmp table.zst again.zst

# Every frame but the first begins with a record, and the table behind them tells their sizes.
python3 - <<'END'
import struct, subprocess

data = open("table.zst", "rb").read()
frames, flags, magic = struct.unpack("<IBI", data[-9:])
assert (magic, flags) == (0x8F92EAB1, 0)
start = len(data) - 9 - 8 * frames - 8
assert struct.unpack("<II", data[start:start + 8]) == (0x184D2A5E, 8 * frames + 9)
table, at, unpacked = open("table", "rb").read(), 0, 0
for i in range(frames):
    packed, size = struct.unpack("<II", data[start + 8 + 8 * i:start + 16 + 8 * i])
    text = subprocess.run(["zstd", "-qdc"], input=data[at:at + packed], capture_output=True, check=True).stdout
    assert text == table[unpacked:unpacked + size]
    assert i == 0 or text.split(b",")[0].isdigit() and text.count(b'"') % 2 == 0
    at, unpacked = at + packed, unpacked + size
assert (at, unpacked) == (start, len(table))
print("frames are as they should be")
END

# The smallest tables.
for text in '' 'a,b' 'a,b\n' '1,2' 'a\n"one\nlong\nrecord"\n' '\n\n\n'; do
    printf "$text" >small
    crunch compress small -o small.zst --frame-size 3
    zstd -dc small.zst | cmp - small
done

# A worker that is killed changes nothing.
CRUNCH_FAULT=die:5 crunch-faulty compress table -o - --procs 2 --frame-size 64K >now.zst 2>told
crunch compress table -o - --frame-size 64K | cmp now.zst -
grep -c SIGKILL told

# What cannot be done.
run crunch compress table -o table
run crunch compress table -o x --level 99
run crunch compress table -o x --frame-size 1G
line 'crunch compress table -o - --verify | wc -c'
printf 'a\n1\n"2\n' >open
run crunch compress open -o x
ls x* 2>&1
# On standard output a failure leaves something that is not taken for whole.
{ cat table; printf '"'; } >bad
line 'crunch compress bad -o - >cut.zst --frame-size 10000'
run crunch count cut.zst

# Without -o each FILE becomes FILE.zst, as with zstd; one that exists is overwritten only by --force.
mkdir many
for i in 1 2 3; do printf 'a,b\n%d,2\n' $i >many/$i.csv; done
gzip -n many/3.csv
run crunch compress many/1.csv many/2.csv many/3.csv.gz --frame-size 5
line 'ls many; for i in 1 2 3; do zstd -dc many/$i.csv.zst; done'
line 'crunch sum -c a --by-file "many/*.zst"'
printf 'a,b\n7,2\n' >many/1.csv
rm many/3.csv.zst
run crunch compress 'many/[12].csv' many/3.csv.gz
ls many/3.csv.zst 2>&1
run crunch compress 'many/[12].csv' many/3.csv.gz --force --verify
line 'crunch sum -c a many/?.csv.zst'
line 'crunch compress -o - many/1.csv | zstd -dc'
line 'cat many/1.csv | crunch compress | zstd -dc'
# The first that fails is the last, and leaves what was there; those before it are done.
rm many/*.zst
printf 'a,b\n"9' >many/2.csv
printf old >many/2.csv.zst
run crunch compress many/1.csv many/2.csv many/3.csv.gz --force
line 'ls many; cat many/2.csv.zst'
run crunch compress many/1.csv.zst --force
run crunch compress many/1.csv many/2.csv many/2.csv.gz --force
line 'cat many/1.csv | crunch compress - many/2.csv'
run crunch compress many/1.csv many/2.csv -o x
cp many/1.csv many/1.csv.gz
run crunch compress many/1.csv many/1.csv.gz --force
run crunch compress many/none
run crunch compress many --force
run crunch compress table -w 'id > 3'

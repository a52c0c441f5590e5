# Packed input is told by its content, and gives the bytes that the table itself gives, on every
# backend, from a file, from standard input and through a pipe.
python3 - <<'END'
import gzip, random, struct, subprocess, zlib

random.seed(7)
table = b"id,price,text\n" + b"".join(
    b'%d,%d.%02d,"%s"\n' % (i, random.randint(-999, 999), i % 100, b"x\n, y" * random.randint(0, 3))
    for i in range(40000))

def member(data):
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush() + struct.pack("<II", zlib.crc32(data), len(data))

def block(data):  # of BGZF
    body = member(data)
    return b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\6\0BC\2\0" + struct.pack("<H", 17 + len(body)) + body

def zstd(data, *options):
    return subprocess.run(["zstd", "-qc", *options], input=data, stdout=subprocess.PIPE, check=True).stdout

def sized(data):  # the frame says how much it holds
    open("part", "wb").write(data)
    return subprocess.run(["zstd", "-qc", "part"], stdout=subprocess.PIPE, check=True).stdout

def pieces(size):  # cut anywhere, inside quotes too
    return [table[i:i + size] for i in range(0, len(table), size)]

forms = {
    "table": table,
    "gzip": gzip.compress(table),
    "members": b"".join(gzip.compress(piece) for piece in pieces(99991)),
    "bgzf": b"".join(block(piece) for piece in pieces(65000)) + block(b""),
    "zstd": sized(table),
    "unsized": zstd(table),
    "frames": b"".join(sized(piece) for piece in pieces(99991)) + b"\x50\x2a\x4d\x18\3\0\0\0abc",
    "tiny": b"".join(sized(piece) for piece in pieces(20011)),
}
for name, data in forms.items():
    open(name, "wb").write(data)
END
crunch stats table --seq >right
for form in table gzip members bgzf zstd unsized frames tiny; do
    for how in --seq "--procs 2" "--threads 3" "--omp 2" "--procs 3 --chunk-size 5000"; do
        crunch stats $form $how 2>&1 | cmp right -
        crunch stats $how <$form 2>&1 | cmp right -
        cat $form | crunch stats $how 2>&1 | cmp right -
    done
    for how in --verify --verify=sample; do
        crunch stats $form --procs 2 $how 2>told | cmp right -
        grep -q identical told || cat told
        cat $form | crunch stats $how 2>told | cmp right -
        grep -q identical told || cat told
    done
    echo $form
done

# The name says nothing.
cp zstd is.gz
crunch stats is.gz | cmp right -
# Nothing inside is an empty table.
gzip -c </dev/null >nothing.gz
zstd -qc </dev/null >nothing.zst
line 'crunch count nothing.gz | tail -n 1; crunch count <nothing.zst | tail -n 1'
# Bad data is at a place of the table.
{ sed -n 1,30000p table; echo 1,oops,x; } >bad.csv
gzip -c bad.csv >bad.csv.gz
line 'crunch sum -c price bad.csv >out 2>plain; crunch sum -c price bad.csv.gz >out 2>packed; sed "s/^crunch: bad.csv/&.gz/" plain | cmp - packed'
# A worker that is killed loses only its chunk, of what has parts and of what has none.
for form in frames bgzf gzip; do
    CRUNCH_PARTS=each CRUNCH_FAULT=die:2 crunch-faulty stats $form --procs 2 --chunk-size 100K 2>told | cmp right -
    grep -c SIGKILL told
done

# A seek table is used where it fits the frames, and never believed against them.
crunch compress table -o seekable --frame-size 20000
python3 - <<'END'
import struct

data = open("seekable", "rb").read()
frames = struct.unpack("<I", data[-9:-5])[0]
at = len(data) - 9 - 8 * frames
sizes = struct.unpack(f"<{2 * frames}I", data[at:-9])

def write(name, sizes):
    body = struct.pack(f"<{len(sizes)}I", *sizes) + struct.pack("<I", len(sizes) // 2) + data[-5:]
    open(name, "wb").write(data[:at - 8] + struct.pack("<II", 0x184D2A5E, len(body)) + body)

write("right.table", sizes)
write("moved.table", (sizes[0] + 7, sizes[1], sizes[2] - 7, *sizes[3:]))
write("larger.table", (sizes[0], sizes[1] + 7, *sizes[2:]))
write("short.table", sizes[2:])
# Two frames as one, with what the first holds: the data of the other would be lost.
write("hidden.table", (sizes[0] + sizes[2], sizes[1], *sizes[4:]))
END
for form in right moved larger short hidden; do
    for how in --seq "--procs 2 --chunk-size 30000"; do
        crunch stats $form.table $how -v >out 2>told || echo "exit $?"
        [ ! -s out ] || cmp right out
        echo "$form: $(grep -o -e "by its seek table" -e "its seek table is.*" -e "seek table is wrong" told | paste -sd,)"
    done
done

# Packed input that was cut short, changed, or added to: never a result, exit 3, and the place.
{ echo n,text; seq 1 60000 | sed 's/$/,some text that goes with it/'; } >table
gzip -c table >gzip
for i in 1 2 3 4; do split -n l/$i/4 table >part; gzip -c part; done >members
zstd -qc table >zstd
for i in 1 2 3 4; do split -n l/$i/4 table >part; zstd -qc part; done >frames
python3 - <<'END'
import collections, subprocess

HOW = ["--procs 2", "--threads 2", "--seq", "--omp 2"]
SIZES = ["20000", "1M"]
turn = 0

def run(name, data, pipe):
    """Damage is told, with its place, wherever it shows first: as bad data, a name, or not at all."""
    global turn
    open("damaged", "wb").write(data)
    turn += 1
    for how in [HOW[turn % 4]] if "cut" in name else HOW:
        run_once(name, pipe, data, [*how.split(), "--chunk-size", SIZES[turn % 2]])

def run_once(name, pipe, data, how):
    command = ["crunch", "sum", "-c", "1", *how]
    if pipe == "pipe":
        done = subprocess.run(command, input=data, capture_output=True)
    else:
        done = subprocess.run(command + ["table"] * (pipe == "second") + ["damaged"], capture_output=True)
    said = done.stderr.decode(errors="replace")
    if done.stdout or done.returncode != 3 or "compressed byte" not in said:
        print(name, pipe, command, done.returncode, done.stdout, said)

for form in ["gzip", "members", "zstd", "frames"]:
    data = open(form, "rb").read()
    for pipe in ["file", "pipe", "second"]:
        for k in range(1, 17, 2 if pipe == "file" else 4):
            cut = len(data) * k // 17
            run(f"{form} cut at {cut}", data[:cut], pipe)
            if k % 4 != 1:
                continue
            changed = bytearray(data)
            changed[cut] ^= 0x40
            run(f"changed {form} at {cut}", bytes(changed), pipe)
        run(f"{form} cut by one", data[:-1], pipe)
        run(f"{form} and text", data + b"1,2\n", pipe)
        run(f"{form} and zeros", data + bytes(512), pipe)
        checksum = bytearray(data)
        checksum[-5 if "zstd" not in form and form != "frames" else -1] ^= 1
        run(f"changed checksum of {form}", bytes(checksum), pipe)
    print(form)
END
head -c 1000 zstd >cut
run crunch sum -c 1 cut
cat gzip zstd >both
run crunch sum -c 1 both
# Formats that are not read name the command that unpacks them.
printf 'BZh91AY&SY1234' >b
run crunch sum b
printf 'PK\003\004........' >z
run crunch sum z
printf '\3757zXZ\0\0\004' >x
line 'cat x | crunch sum'
mkdir folder
cp table folder
tar -cf table.tar folder
run crunch sum -c 1 table.tar
gzip -c table.tar >packed
run crunch sum -c 1 packed
gzip -c gzip >twice
run crunch sum -c 1 twice
line 'zstd -qc zstd | crunch sum -c 1'

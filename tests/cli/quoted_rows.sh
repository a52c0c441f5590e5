# Rows that are written again: a byte that asks for quotes at any place of a cell of any length, as
# libcsv and the reference's own quoting have it.
python3 - <<'END'
with open("q.csv", "w", newline="") as out:
    out.write("n,a,b\n")
    n = 0
    for length in range(1, 27):
        for place in range(length):
            for byte in '"\n\r\t ,;!#\x1f\xe9':
                cell = "abcdefghijklmnopqrstuvwxyz"[:place] + byte
                cell = (cell + "ABCDEFGHIJKLMNOPQRSTUVWXYZ")[:length].replace('"', '""')
                n += 1
                out.write(f'{n},"{cell}",x\n')
END
for simd in scalar ""; do
    line "CRUNCH_SIMD=$simd crunch filter 'n > 0' --verify q.csv 2>&1 >rows.$simd.csv | grep -c identical"
    line "CRUNCH_SIMD=$simd crunch filter 'n > 0' -f tsv --verify q.csv 2>&1 >rows.t | grep -c identical"
done
line 'cmp rows.scalar.csv rows..csv && tail -n +7 rows..csv | head -6'
line 'crunch filter "n > 0" rows..csv | cmp - rows..csv && echo the same again'

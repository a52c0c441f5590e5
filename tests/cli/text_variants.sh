# Text in other encodings, blanks as the delimiter, columns of fixed width: the same results.
printf 'n\303\244me,v\nOsl\303\270,1.5\n"La, Ce",2.25\n' >u8.csv
run crunch sum -c v u8.csv
for encoding in utf-16 utf-16be utf-32 latin1; do
    iconv -f utf-8 -t $encoding u8.csv >$encoding.csv
    line "crunch sum -c v --encoding $encoding --procs 2 $encoding.csv && cat $encoding.csv | crunch sum -c v --encoding $encoding --threads 2"
done
line 'gzip -c utf-16.csv >packed.gz && crunch sum -c v --encoding utf-16 packed.gz utf-16.csv'
line 'crunch sum -c v --encoding latin1 --verify latin1.csv 2>&1 | sed -n 1,2p'
run crunch sum -c v utf-16.csv
run crunch sum -c v --encoding none-such u8.csv
line 'head -c 21 utf-16be.csv | crunch sum -c v --encoding utf-16be'
printf '  a   b\t c\n 1  2   3 \n\n4\t\t5 "6 7"\n' >blanks.txt
for how in --seq '--procs 2 --chunk-size 1' '--threads 3 --chunk-size 5'; do
    line "crunch sum -c a,b -d blanks $how blanks.txt"
done
run crunch distinct -c c -d blanks blanks.txt
printf '1  x\n' >>blanks.txt
run crunch sum -c a -d blanks blanks.txt
printf 'name  val  x\nOsl\303\270  1.5  2\nLa,Ce 2.25 3\nab    7\n' >widths.txt
run crunch sum -c val,x --widths 6,5,1 widths.txt
line 'crunch columns --widths 6,5,1 widths.txt | tail -3'
line 'cat widths.txt | crunch sum -c val --widths 6,5,1 --verify -q'
printf 'Lima  1    4 5\n' >>widths.txt
run crunch sum -c val --widths 6,5,1 widths.txt
run crunch sum -c val --widths 6,0 widths.txt
run crunch sum -c val --widths 6,5 -d tab widths.txt

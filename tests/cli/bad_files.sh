# Inputs that cannot be read at all.
run crunch sum nowhere.csv
mkdir folder
run crunch sum folder
file ok.csv a 1 2
run crunch sum ok.csv/x
: >empty.csv
run crunch count empty.csv
run crunch sum empty.csv
file header.csv a,b
run crunch count header.csv
run crunch sum,mean -c a header.csv
run crunch sum header.csv
printf '\377\376a\0\n\0001\0\n\0' >utf16.csv
run crunch sum utf16.csv
printf '\0\0\376\377\0\0\0a' >utf32.csv
run crunch sum utf32.csv
printf 'a,b\n1,2\n3,\0004\n' >nul.csv
run crunch sum nul.csv
head -c 3000 /dev/zero >zeros.bin
run crunch sum zeros.bin
line 'exec <&-; crunch sum'

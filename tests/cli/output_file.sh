# -o: written aside and renamed; never onto an input; untouched when the run fails.
file in.csv v 1 2
run crunch sum -o out.txt in.csv
line 'cat out.txt'
file bad.csv v 1 x
run crunch sum -o out.txt bad.csv
line 'cat out.txt'
run crunch sum -o in.csv in.csv
ln -s in.csv link.csv
run crunch sum -o link.csv in.csv
ln in.csv hard.csv
run crunch sum -o in.csv hard.csv
line 'crunch sum -o in.csv <in.csv'
run crunch sum -o missing/out.txt in.csv
line 'cat in.csv; ls'

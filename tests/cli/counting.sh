# Values counted: distinct, mode, freq, top, hist, and stats as a terminal shows it.
file fruit.csv kind,kg apple,1.50 pear,2 apple,1.5 '"fig, dried",0.25' ,2.0 apple,
run crunch distinct -c kind fruit.csv
run crunch distinct -c kg fruit.csv
run crunch distinct -c kg --numeric fruit.csv
run crunch distinct,distinct~ fruit.csv
run crunch mode,antimode -c kg fruit.csv
run crunch freq -c kind fruit.csv
run crunch freq -c kg --numeric fruit.csv
run crunch freq -c kind --json fruit.csv
run crunch top --limit 1 fruit.csv
run crunch hist -c kg --bins 2 fruit.csv
run crunch hist -c kg --edges 0,1,1.5 fruit.csv
run crunch freq,sum fruit.csv
run crunch hist -c kg --edges 2,1 fruit.csv
run crunch hist -c kg --edges 2,x fruit.csv
run crunch hist -c kg --edges 2 fruit.csv
run crunch hist -c kg --bins 0 fruit.csv
run crunch hist -c kind fruit.csv
run crunch top -c kg -g kind fruit.csv
run crunch freq -c kg -g kind --numeric --json fruit.csv
run crunch hist -c kg -g kind --edges 1,2 -f table fruit.csv
run crunch top -c kg -g kind --order=value fruit.csv
run crunch distinct,mode -c kg -g kind fruit.csv
# Drawn for people: blocks where the locale says UTF-8, else plain characters; as wide as the line.
file steps.csv n 1 2 2 3 3 3 3 4
line 'LC_ALL=C.UTF-8 COLUMNS=40 crunch hist --bins 3 -f table steps.csv'
line 'LC_ALL=C COLUMNS=30 crunch hist --bins 3 -f table steps.csv'
line 'LC_ALL=C.UTF-8 COLUMNS=120 crunch stats -f table steps.csv'
line 'LC_ALL=C COLUMNS=60 crunch stats -f table fruit.csv'
# From a pipe, and verified.
line 'crunch hist -c kg --bins 2 -q --verify - <fruit.csv'
line 'cat fruit.csv | crunch hist -c kg --bins 2 -q --verify'
line 'numbers 5000 | crunch distinct~ --numeric -q --verify'
line 'numbers 5000 | crunch distinct --mem-limit 1G -q --verify'

# Choosing columns, and what to say when that cannot be done.
file f.csv price,Quantity,price2,12,note 1.5,2,3,4,x 2.5,3,4,5,y
run crunch sum -c 2 f.csv
run crunch sum -c 1-3 f.csv
run crunch sum -c 'price*' f.csv
run crunch sum -c '\12' f.csv
run crunch sum -c Quantity,1 f.csv
run crunch sum -c prise f.csv
run crunch sum -c quantity f.csv
run crunch sum -c 6 f.csv
run crunch sum -c 0 f.csv
run crunch sum -c 'z*' f.csv
run crunch sum -c '' f.csv
file twice.csv a,b,a 1,2,3
run crunch sum -c b twice.csv
run crunch sum -c a twice.csv
run crunch sum -c 3 twice.csv
file text.csv a,b x,y
run crunch sum text.csv
file bare.csv 1,2 3,4
run crunch sum -n bare.csv
run crunch sum -n -c 2 bare.csv
run crunch sum --header=yes bare.csv
run crunch sum -c 4 -c price,3 f.csv
line 'crunch sum <text.csv'
file near.csv a,b,c,d,e nan,1,x,1e400, 2,2,y,3,
run crunch sum near.csv
run crunch sum -q near.csv
run crunch count near.csv

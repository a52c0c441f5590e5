# Several columns at once: pairs, regressions, weights; what is asked for wrongly, and what has no answer.
file xy.csv x,y 1,2 2,4 3,5 4,4 5,5
for op in cov corr slope intercept r2 pairs; do run crunch $op -c x,y xy.csv; done
run crunch cov --population -c x,y xy.csv
run crunch cov,corr xy.csv
run crunch linreg xy.csv
run crunch linreg --no-intercept xy.csv
file three.csv a,b,y 1,1,6 2,1,8 1,3,12 4,2,15 ,9,9
run crunch linreg -c a,b,y three.csv
run crunch linreg -c b,a,y --format csv three.csv
run crunch corr three.csv
run crunch pairs three.csv
file ranks.csv x,y 10,1 20,4 30,9 1e9,100 ,5
run crunch corr --method spearman -c x,y ranks.csv
file w.csv price,qty 1.5,2 4,1 9,
run crunch wmean -c price --weight qty w.csv
run crunch mean,wmean,wsum -c price --weight qty w.csv
line 'cat xy.csv | crunch corr --verify -c x,y 2>/dev/null'
file same.csv a,b,y 1,2,5 2,4,1 3,6,4 4,8,4
run crunch linreg same.csv
run crunch linreg -c a,y --format json same.csv
file constant.csv x,y 3,1 3.0,2 3,4
run crunch linreg constant.csv
run crunch corr -c x,y constant.csv
run crunch corr constant.csv
run crunch corr -c x xy.csv
run crunch corr,mean xy.csv
run crunch linreg,linreg,corr xy.csv
run crunch cov --method spearman xy.csv
run crunch wmean -c x xy.csv
run crunch mean -c x --weight y xy.csv
run crunch wmean -c x --weight q xy.csv
file abc.csv a,b,c 1,2,3 2,3,1 4,1,2
run crunch corr -f table abc.csv
run crunch cov --matrix abc.csv
run crunch r2 --matrix --json abc.csv
run crunch slope --matrix abc.csv
run crunch mean --matrix abc.csv
file power.csv x,y 1,3 2,10 3,29 4,66 5,127
run crunch linreg --degree 3 power.csv
line "crunch linreg --degree 3 --verify power.csv 2>&1 >/dev/null | grep identical"
run crunch linreg --degree 2 -m 'z = x * 2' -c z,y power.csv
run crunch linreg --degree 2 -c a,b,c abc.csv
run crunch linreg --degree 2 --arith=binary power.csv
run crunch linreg --degree 0 power.csv
run crunch corr --degree 2 power.csv

# Results that cannot be written are an error with its reason; a closed pipe is silent.
file in.csv v 1 2
line 'crunch sum in.csv >/dev/full'
line 'crunch sum in.csv >&-'
line 'crunch help >/dev/full'
line 'crunch ops >/dev/full'
line 'crunch columns in.csv >/dev/full'
line '(sleep 0.3; crunch sum in.csv; echo "exit $?" >&2) | (exec <&-)'

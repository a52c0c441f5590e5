# Inputs that are URLs, from a server on 127.0.0.1 whose faults stand in the path (tests/support/
# server.py): what comes over a bad line is the table or an error, and never something else.
needs_curl

mkdir www
python3 - >www/t.csv <<'END'
import random
random.seed(5)
print("id,v,k")
for i in range(110000):
    print(f"{i},{random.randint(-99999, 99999) / 100},{'abc'[i % 3]}")
END
gzip -k www/t.csv
zstd -q www/t.csv
split -l 20000 --filter='zstd -qc' www/t.csv >www/frames.zst
: >www/empty.csv
serve www port
H=http://127.0.0.1:$(cat port)

# The same bytes as from the file, on every backend, however the server gives them.
crunch stats www/t.csv >right
all="t.csv dated/t.csv weak/t.csv plain/t.csv chunked/t.csv coding=gzip/t.csv.gz t.csv.zst frames.zst hop=2/t.csv"
for how in --seq '--procs 2' '--threads 3' '--omp 2' '--procs 2 --chunk-size 5000 --fetch-jobs 2'; do
    case $how in *" 2") some=$all ;; *) some="t.csv plain/t.csv frames.zst" ;; esac
    for what in $some; do
        crunch stats $how $H/$what 2>&1 | cmp right -
    done
    echo "$how"
done
for what in t.csv plain/t.csv.gz; do
    crunch stats --verify --procs 2 $H/$what 2>told | cmp right -
    grep -q identical told || cat told
done
crunch stats --fetch-jobs 1 $H/t.csv | cmp right -
get count $H/empty.csv
get columns $H/t.csv

for what in t.csv plain/t.csv empty.csv; do
    line "crunch count -v $H/$what 2>&1 >out | grep 'fetched'" | hide
done
get count "$H/a b"

# Faults that pass: gone on with from where it broke.
for what in cut=100000/t.csv cut=70000/rst/t.csv dated/cut=300000/t.csv plain/fail=503*2/t.csv fail=500*1/t.csv \
    cut=1000*2/weak/t.csv cut=1000*2/plain/t.csv chunked/cut=5000*1/t.csv slow=5/cut=90000*4/t.csv.gz; do
    crunch stats --procs 2 $H/$what 2>&1 | cmp right - && echo "$what"
done
# Requests are made at once, no more than were allowed, and none that is not needed.
crunch sum -n $H/=peak >/dev/null
crunch stats --fetch-jobs 3 $H/slow=20/t.csv | cmp right -
line "crunch sum -n $H/=peak" | hide
get columns $H/tag=1/t.csv >/dev/null
requests=$(crunch sum -n $H/=requests/tag=1/t.csv)
[ "$requests" -le 2 ] || echo "$requests requests for a header"
crunch stats --fetch-timeout 1 $H/hang=1/t.csv 2>&1 | cmp right -

# Faults that do not.
get sum -c v $H/plain/cut=1500000/t.csv
get sum -c v $H/weak/cut=1500000/t.csv
get sum -c v $H/chunked/cut=1500000/t.csv
get sum -c v $H/endless/t.csv
get sum -c v --fetch-retries 1 $H/fail=503/t.csv
get sum -c v --fetch-retries 0 --fetch-timeout 0.5 $H/hang=9/t.csv
get sum -c v $H/no.csv
get sum -c v $H/change=3/t.csv
get sum -c v $H/grow=3/t.csv
get sum -c v $H/longer=9/t.csv
get sum -c v $H/plain/longer=9/t.csv
get sum -c v $H/wrong/t.csv
get sum -c v $H/half/t.csv
get sum -c v $H/hop=x/t.csv
get sum -c v $H/to=file:!!!etc!passwd/t.csv
get sum -c v $H/coding=br/t.csv
get sum -c v http://127.0.0.1:1/t.csv
head -c 300000 www/t.csv.gz >www/short.gz
get sum -c v $H/short.gz
# Nothing is written over when it fails.
echo kept >result
get sum -c v $H/change=3/tag=o/t.csv -o result
cat result

# Bad data is at a place of the table, under the URL's name, whose secrets are not told.
{ sed -n 1,90000p www/t.csv; echo 1,oops,x; } >www/bad.csv
get sum -c v $H/bad.csv
U=http://me:s3cret@${H#http://}
get sum -c v $H/lock/t.csv
get sum -c v $U/lock/t.csv | tail -n 1
get sum -c v $U/lock/bad.csv?token=abc | tail -n +2
echo "$U/lock/bad.csv?token=abc" >list
get sum -c v --files-from list
printf 'machine 127.0.0.1 login me password s3cret\n' >.netrc
get sum -c v $H/lock/t.csv
get sum -c v s3://bucket/t.csv

# A certificate that nobody vouches for is refused; one that is trusted is not; never down to http.
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 2>/dev/null
cat key.pem cert.pem >both.pem
serve www tls both.pem
S=https://127.0.0.1:$(cat tls)
get sum -c v $S/t.csv
export CURL_CA_BUNDLE=cert.pem
get sum -c v $S/t.csv
crunch stats --procs 2 $S/cut=100000/t.csv | cmp right -
get sum -c v "$S/to=http:!!127.0.0.1:$(cat port)!t.csv/t.csv"
get sum -c v "$H/to=https:!!127.0.0.1:$(cat tls)!t.csv/t.csv"

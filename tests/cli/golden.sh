# Figures worked out by data/golden/generate.py, which is run again to see that they are its own.
python3 "$CLI/../../data/golden/generate.py" --check
cd "$CLI/../../data/golden" || exit 1
tab=$(printf '\t')
n=0
while IFS=$tab read -r arguments expected; do
    got=$(crunch $arguments 2>&1)
    [ "$got" = "$expected" ] || echo "crunch $arguments: $got, not $expected"
    n=$((n + 1))
done <expected.tsv
echo "$n figures"

# Help fits where it must, comes from the same tables, and shells accept the completions.
line '[ $(crunch -h | wc -l) -le 24 ] && [ $(crunch -h | wc -L) -le 80 ] && echo fits'
for word in --procs --threads --omp --seq --verify --chunk-size --retries --timeout --mem-limit --tmpdir \
    --column --delimiter --header --quote --comment --skip --null --decimal --thousands --on-error \
    --max-errors --rejects --ragged --max-record --nan --arith --population --format --json --output \
    --precision --cost --report --progress --quiet --verbose --color --help --version; do
    for text in "--help" "man" "completions bash" "completions fish" "completions zsh"; do
        crunch $text | sed 's/\\-/-/g; s/-l \([a-z]\)/--\1/g' | grep -q -e "$word" || echo "$text lacks $word"
    done
done
for op in count sum sumsq mean min max range var sd sem rms absmax skew kurt sumabs meanabs geomean harmean \
    product primes first last argmin argmax; do
    crunch ops | grep -q "^ *$op\b" || echo "ops lacks $op"
    crunch help $op | grep -q "$op" || echo "no help for $op"
    crunch man | grep -q "$op" || echo "man lacks $op"
done
for told in 'Several files' 'Packed files' 'Ways to read' URLs 'Other text' 'Binary numbers' Records EXPRESSIONS RESULTS VERIFICATION \
    'BAD DATA' 'EXIT STATUS' ENVIRONMENT EXAMPLES; do
    crunch man | grep -q "^.S[SH] $told$" || echo "man does not tell of $told"
done
for backend in seq procs threads omp; do crunch backends | grep -q "$backend" || echo "backends lacks $backend"; done
line 'crunch completions bash | bash -n && echo accepted'
line '! command -v zsh >/dev/null || crunch completions zsh | zsh -n && echo accepted'
line '! command -v fish >/dev/null || crunch completions fish | fish -n && echo accepted'
line 'crunch -V | head -1'
line 'crunch man | head -1 | cut -c1-3'
line '! command -v mandoc >/dev/null || crunch man | mandoc -T lint -W error && echo accepted'
cat >complete.bash <<'END'
source <(crunch completions bash)
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _crunch; echo "$*: ${COMPREPLY[*]}"; }
try crunch su
try crunch sum --verify ''
try crunch sum --verify = s
try crunch sum -f j
try crunch sum --on-error = ''
try crunch sum complete
try crunch sum,me
try crunch help lin
END
run bash complete.bash

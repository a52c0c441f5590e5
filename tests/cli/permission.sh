# A file that may not be read.
file secret.csv a 1 2
chmod 000 secret.csv
if [ "$(id -u)" = 0 ]; then
    command -v setpriv >/dev/null || skip "root may read everything and there is no setpriv"
    cp "$(command -v crunch)" ./crunch
    run setpriv --reuid 54321 --regid 54321 --clear-groups ./crunch sum secret.csv
else
    cp "$(command -v crunch)" ./crunch
    echo '$ setpriv --reuid 54321 --regid 54321 --clear-groups ./crunch sum secret.csv'
    ./crunch sum secret.csv 2>&1 || echo "[exit $?]"
fi

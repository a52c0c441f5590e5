#!/bin/sh
# Installs the tools that the benchmark compares with, and says of each whether it could: command
# line tools from the system's packages, engines from npm into the folder named by $1 (never the
# source tree). A tool that cannot be had is no failure: the benchmark leaves its column out and
# says so. Versions of the npm packages are pinned in package.json beside this file.
set -u
here=$(cd "$(dirname "$0")" && pwd)
peers=${1:?usage: install.sh FOLDER}
mkdir -p "$peers"

have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif have sudo; then sudo -n "$@"; else return 1; fi
}

# package and the command that shows it is there
wanted='datamash:datamash mawk:mawk parallel:parallel r-cran-data.table:Rscript nodejs:node npm:npm'
missing=
for item in $wanted; do
    have "${item##*:}" || missing="$missing ${item%%:*}"
done
if have Rscript && ! Rscript -e 'library(data.table)' >/dev/null 2>&1; then
    missing="$missing r-cran-data.table"
fi
# A node that brings its own npm must not get the distribution's beside it.
if have node && have npm; then :; else missing="$missing nodejs npm"; fi

if [ -n "$missing" ]; then
    if ! have apt-get; then
        echo "bench-peers: no apt-get here; install by hand:$missing"
    elif [ -n "${NO_INSTALL:-}" ]; then
        echo "bench-peers: missing (NO_INSTALL is set):$missing"
    else
        as_root apt-get update -qq
        for package in $missing; do
            echo "bench-peers: installing $package"
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
                --no-install-recommends "$package" >/dev/null ||
                echo "bench-peers: $package could not be installed"
        done
    fi
fi

if have npm && [ -z "${NO_INSTALL:-}" ]; then
    cp "$here/package.json" "$peers/package.json"
    echo "bench-peers: npm packages into $peers"
    (cd "$peers" && npm install --no-audit --no-fund --loglevel=error) ||
        echo "bench-peers: the npm packages could not be installed"
    # npm leaves out the native half of this package now and then, as optional ones may be; asked
    # for by name it comes.
    version=$(sed -n 's/.*"nodejs-polars": "\(.*\)".*/\1/p' "$here/package.json")
    case $(uname -m) in x86_64) machine=x64 ;; aarch64) machine=arm64 ;; *) machine= ;; esac
    native=nodejs-polars-linux-$machine-gnu
    if [ -n "$machine" ] && [ ! -d "$peers/node_modules/$native" ]; then
        (cd "$peers" && npm install --no-audit --no-fund --no-save --loglevel=error \
            "$native@$version") || echo "bench-peers: $native could not be installed"
    fi
fi

echo "bench-peers: what is there now:"
for item in datamash mawk parallel Rscript zsv; do
    if have "$item"; then echo "  $item: yes"; else echo "  $item: no"; fi
done
for package in @duckdb/node-api nodejs-polars chdb; do
    if [ -d "$peers/node_modules/$package" ]; then echo "  $package: yes"; else echo "  $package: no"; fi
done

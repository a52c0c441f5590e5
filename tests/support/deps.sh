#!/bin/sh
# What crunch needs to be built ("build") and tested ("test"): looks for each thing by using it, and
# installs what is missing with apt-get where there is one. Asks nothing and says what it does.
# NO_INSTALL=1: only names what is missing, and fails. Does nothing, quickly, when nothing is.
set -eu

want=${1:-build}
cc=${CC:-cc}
missing=

need() { # a Debian package
    case " $missing " in *" $1 "*) ;; *) missing="$missing $1" ;; esac
}
has_program() { command -v "$1" >/dev/null 2>&1; }
links() { # does a program that includes $1 link with $2?
    printf '#include <stdio.h>\n#include <%s>\nint main(void) { return 0; }\n' "$1" |
        "$cc" -xc - -o /dev/null $2 >/dev/null 2>&1
}

links_pcre2() { # its header wants to be told the width of characters first
    printf '#define PCRE2_CODE_UNIT_WIDTH 8\n#include <pcre2.h>\nint main(void) { return 0; }\n' |
        "$cc" -xc - -o /dev/null -lpcre2-8 >/dev/null 2>&1
}

if ! has_program "$cc"; then
    case $cc in
    *clang*) need clang && need libomp-dev ;;
    *) need gcc ;;
    esac
    need libc6-dev; need libcsv-dev; need libgmp-dev; need libmpfr-dev; need libzstd-dev
    need libpcre2-dev
    [ "$want" = test ] && ! [ -f /usr/include/criterion/criterion.h ] && need libcriterion-dev
else
    links stdlib.h "" || need libc6-dev
    links csv.h -lcsv || need libcsv-dev
    links gmp.h -lgmp || need libgmp-dev
    links mpfr.h "-lmpfr -lgmp" || need libmpfr-dev
    links zstd.h -lzstd || need libzstd-dev
    links_pcre2 || need libpcre2-dev
    case $("$cc" --version) in
    *clang*) links omp.h -fopenmp=libomp || need libomp-dev ;;
    esac
    if [ "$want" = test ]; then
        links criterion/criterion.h -lcriterion || need libcriterion-dev
    fi
fi
if [ "$want" = test ]; then
    has_program python3 || need python3
    has_program zstd || need zstd
    has_program openssl || need openssl
fi
# What crunch can be built without (make says what it found): installed where that needs nobody.
if [ -z "${NO_INSTALL:-}" ] && has_program apt-get && [ "$(id -u)" = 0 ]; then
    has_program pkg-config || need pkg-config
    case $(uname -m) in x86_64 | aarch64) [ -f /usr/include/isa-l/igzip_lib.h ] || need libisal-dev ;; esac
    [ -f /usr/include/zlib.h ] || need zlib1g-dev
    links curl/curl.h -lcurl || { need libcurl4-openssl-dev; need ca-certificates; }
    [ -f /usr/include/liburing.h ] || need liburing-dev
fi
[ -n "$missing" ] || exit 0

echo "crunch: needed and not here:$missing"
if [ -n "${NO_INSTALL:-}" ]; then
    echo "crunch: NO_INSTALL is set; install these (Debian and Ubuntu names) and try again" >&2
    exit 1
fi
if ! has_program apt-get; then
    echo "crunch: no apt-get on this system; install what these Debian packages hold: a C17" \
        "compiler, libcsv, GMP, zstd, PCRE2; for the tests criterion and Python 3" >&2
    exit 1
fi
as_root=
if [ "$(id -u)" != 0 ]; then
    if ! has_program sudo || ! sudo -n true 2>/dev/null; then
        echo "crunch: not root, and sudo asks for a password; run: sudo apt-get install$missing" >&2
        exit 1
    fi
    as_root="sudo -n"
fi
echo "crunch: installing them with apt-get"
log=$(mktemp)
install_missing() {
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends $missing </dev/null >"$log" 2>&1
}
# Package lists may be missing or old: then they are fetched and it is tried once more.
if ! install_missing; then
    if ! $as_root apt-get update </dev/null >"$log" 2>&1 || ! install_missing; then
        cat "$log" >&2
        rm -f "$log"
        echo "crunch: apt-get could not install$missing" >&2
        exit 1
    fi
fi
rm -f "$log"
echo "crunch: installed$missing"

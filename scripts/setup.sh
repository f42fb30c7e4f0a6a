#!/usr/bin/env bash
# Sees to it that what a make target needs is there: scripts/setup.sh PURPOSE...
# PURPOSE is build, check, interop, operation, dashboard, deb, deb-test, fuzz, costs or bench.
# Missing system packages are installed where that needs no question answered (Debian as root or with
# passwordless sudo; macOS with Homebrew), otherwise named with the command that installs them.
set -euo pipefail

minimum_swift=6.2
os=$(uname -s)
packages=()
problems=()
checks_swift=0

has() { command -v "$1" >/dev/null 2>&1; }

# need COMMAND DEBIAN_PACKAGE HOMEBREW_FORMULA: an empty formula means that macOS brings it along.
need() {
    has "$1" || want "$2" "$3"
}

want() {
    case $os in
    Darwin) [ -z "$2" ] || packages+=("$2") ;;
    *) packages+=("$1") ;;
    esac
}

# A toolchain that was unpacked by hand may lack what its programs are linked with.
need_swift() {
    checks_swift=1
    if has swift && ! swift build --version >/dev/null 2>&1; then
        for library in libcurl4 libncurses6 libsqlite3-0 libxml2; do want $library ''; done
    fi
}

check_swift() {
    local version=none
    if has swift; then
        version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1) || true
        if [ "$(printf '%s\n%s\n' "$minimum_swift" "${version:-0}" | sort -V | head -n 1)" = "$minimum_swift" ] &&
            swift build --version >/dev/null 2>&1; then
            return
        fi
        version="${version:-one that does not start}: $(command -v swift)"
    fi
    problems+=("Swift $minimum_swift or newer is needed, found: $version.
  Debian: install swiftly as https://www.swift.org/install/linux/ says, then: swiftly install latest
  macOS:  install Xcode 26 or newer, or swiftly as https://www.swift.org/install/macos/ says")
}

# What the Swift toolchain itself links C and C++ code with.
need_c() {
    [ "$os" = Darwin ] && return
    need git git ''
    need ld binutils ''
    echo '#include <stdlib.h>' | cc -E -x c - >/dev/null 2>&1 || want gcc ''
    # The store's engine, which macOS brings along.
    echo '#include <sqlite3.h>' | cc -E -x c - >/dev/null 2>&1 || want libsqlite3-dev ''
    [ -n "$(find /usr/include/c++ -name vector -print -quit 2>/dev/null)" ] || want g++ ''
}

# Not installed for you: Debian starts it as a service on port 1883.
need_mosquitto() {
    PATH=$PATH:/usr/sbin has mosquitto || problems+=("$1 is not installed.
  Debian: apt-get install mosquitto && systemctl disable --now mosquitto")
}

# Where there is systemd, Debian starts servers as it installs them: that is for people to decide.
need_server() {
    PATH=$PATH:/usr/sbin has "$1" && return
    if [ -d /run/systemd/system ]; then
        problems+=("$1 is not installed.
  Debian: apt-get install $2 && systemctl disable --now $2")
    else
        want "$2" ''
    fi
}

needs_for() {
    case $1 in
    build)
        need_swift
        need_c
        ;;
    check)
        need_swift
        need git git ''
        need python3 python3 python
        ;;
    interop)
        need mosquitto_pub mosquitto-clients mosquitto
        need mosquitto_rr mosquitto-clients mosquitto
        need_mosquitto 'make interop takes over what Mosquitto has stored, and it'
        need python3 python3 python
        python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || want python3-venv python
        ;;
    operation)
        need_server prometheus prometheus
        need_server haproxy haproxy
        need_server nginx nginx
        [ -e /usr/lib/nginx/modules/ngx_stream_module.so ] || need_server 'the stream module of nginx' libnginx-mod-stream
        need curl curl ''
        [ "$os" = Darwin ] || need systemd-analyze systemd ''
        need python3 python3 python
        python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || want python3-venv python
        ;;
    attack)
        [ "$os" = Darwin ] && problems+=('make attack needs many loopback addresses, which only Linux has by itself.')
        need python3 python3 python
        need openssl openssl openssl
        ;;
    deb)
        need dpkg-deb dpkg dpkg
        need dpkg-shlibdeps dpkg-dev dpkg
        ;;
    deb-test)
        need debootstrap debootstrap ''
        ;;
    dashboard)
        need chromium chromium ''
        need chromedriver chromium-driver ''
        need python3 python3 ''
        python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || want python3-venv ''
        ;;
    fuzz)
        if [ "$os" = Darwin ]; then
            problems+=('Fuzzing needs a toolchain from swift.org on Linux: Apple ships no libFuzzer.')
        fi
        ;;
    costs)
        [ "$os" = Darwin ] && problems+=('make costs needs valgrind, which runs on Linux only.')
        need valgrind valgrind ''
        need objcopy binutils ''
        need python3 python3 ''
        ;;
    bench)
        [ "$os" = Darwin ] && problems+=('The load generator of make bench runs on Linux only.')
        need make make ''
        need gcc gcc ''
        [ -e /usr/include/openssl/ssl.h ] || want libssl-dev ''
        need python3 python3 ''
        need_mosquitto 'make bench compares with Mosquitto, which'
        ;;
    *)
        echo "setup: unknown purpose '$1'" >&2
        exit 64
        ;;
    esac
}

install_debian() {
    local root=()
    if [ "$(id -u)" != 0 ]; then
        if has sudo && sudo -n true 2>/dev/null; then
            root=(sudo -n)
        else
            problems+=("These packages are needed: $*
  sudo apt-get install $*")
            return
        fi
    fi
    echo "setup: installing $*" >&2
    "${root[@]}" apt-get update -qq </dev/null >/dev/null || true
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null ||
        problems+=("apt-get could not install: $*")
}

install_homebrew() {
    if has brew; then
        echo "setup: installing $*" >&2
        NONINTERACTIVE=1 HOMEBREW_NO_AUTO_UPDATE=1 brew install "$@" </dev/null >&2 ||
            problems+=("brew could not install: $*")
    else
        problems+=("These are needed: $*
  Install Homebrew (https://brew.sh), then: brew install $*")
    fi
}

for purpose in "$@"; do needs_for "$purpose"; done

if [ ${#packages[@]} -gt 0 ]; then
    missing=$(printf '%s\n' "${packages[@]}" | sort -u)
    if [ "$os" = Darwin ]; then
        # shellcheck disable=SC2086  # One word for each package.
        install_homebrew $missing
    elif has apt-get; then
        # shellcheck disable=SC2086
        install_debian $missing
    else
        problems+=("This system has no apt-get. Install what provides, in Debian's words: $(echo $missing)")
    fi
fi

if [ $checks_swift = 1 ]; then check_swift; fi

if [ ${#problems[@]} -gt 0 ]; then
    printf 'setup: %s\n' "${problems[@]}" >&2
    exit 1
fi

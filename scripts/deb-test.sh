#!/usr/bin/env bash
# Installs, upgrades, removes and purges a package in a clean Debian: scripts/deb-test.sh PACKAGE
# Needs root and debootstrap. The chroot is kept in .build-deb/chroot.tar for the next time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
package=$(realpath "$1")
base=.build-deb/chroot.tar
mkdir -p .build-deb
if [ ! -e $base ]; then
    root=$(mktemp -d)
    debootstrap --variant=minbase "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" "$root" ${MIRROR:+"$MIRROR"} >&2
    tar -C "$root" -cf $base.new .
    mv $base.new $base
    rm -rf "$root"
fi
root=$(mktemp -d)
broker=
finish() {
    [ -z "$broker" ] || kill "$broker" 2>/dev/null || true
    umount "$root/proc" 2>/dev/null || true
    rm -rf "$root"
}
trap finish EXIT
tar -C "$root" -xf $base
chmod 0755 "$root"
rm -f "$root/etc/apt/sources.list"
# Programs in Swift read their arguments there.
mount -t proc proc "$root/proc"
cp "$package" "$root/martlet.deb"
for file in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/resolv.conf /etc/ssl/certs /usr/local/share/ca-certificates; do
    [ ! -e $file ] || cp -rL $file "$root$(dirname $file)/" 2>/dev/null || true
done
inside() { chroot "$root" env DEBIAN_FRONTEND=noninteractive "$@"; }
say() { printf 'deb-test: %s\n' "$*" >&2; }

say 'install'
inside apt-get update -qq >&2
inside apt-get install -y -qq --no-install-recommends /martlet.deb >&2
inside martlet --version
inside sh -c 'ldd /usr/bin/martlet | grep -i swift && exit 1; test "$(stat -c %U:%a /var/lib/martlet)" = martlet:700'
inside martlet check-config /etc/martlet/martlet.yaml

say 'run as its user'
chroot --userspec=martlet:martlet "$root" martlet serve --config /etc/martlet/martlet.yaml \
    --listen mqtt://127.0.0.1:0 --admin http://127.0.0.1:0 2>"$root/log" &
broker=$!
for _ in $(seq 200); do
    grep -q 'listening on' "$root/log" && break
    sleep 0.1
done
grep -q 'listening on' "$root/log" || { cat "$root/log" >&2; exit 1; }
kill "$broker"
wait "$broker"
broker=

say 'upgrade: what was changed stays'
echo '# mine' >>"$root/etc/martlet/martlet.yaml"
echo kept >"$root/var/lib/martlet/kept"
next=$(mktemp -d)
dpkg-deb -R "$package" "$next"
sed -i 's/^Version: .*/&+next/' "$next/DEBIAN/control"
dpkg-deb --root-owner-group -Znone --build "$next" "$root/next.deb" >/dev/null
rm -rf "$next"
inside dpkg -i /next.deb >&2
inside dpkg-query -W -f '${Version} ${Status}' martlet | grep -q '+next install ok installed'
grep -q '# mine' "$root/etc/martlet/martlet.yaml"
test -e "$root/var/lib/martlet/kept"

say 'remove: configuration and data stay'
inside apt-get remove -y -qq martlet >&2
test ! -e "$root/usr/bin/martlet"
test -e "$root/var/lib/martlet/kept"
test -e "$root/etc/martlet/martlet.yaml"

say 'purge: nothing stays'
inside apt-get purge -y -qq martlet >&2
test ! -e "$root/etc/martlet"
test ! -e "$root/var/lib/martlet"
! inside getent passwd martlet
say 'all is well'

#!/usr/bin/env bash
# Makes a Debian package: scripts/deb.sh PROGRAM DIRECTORY
# PROGRAM is a release with the Swift runtime in it; the package is put into DIRECTORY, and its name is printed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=$1
target=$2

version=$("$program" --version | sed -n 's/^martlet //p')
architecture=$(dpkg --print-architecture)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 0755 "$tree"

install -D -m 0755 "$program" "$tree/usr/bin/martlet"
strip --strip-unneeded "$tree/usr/bin/martlet"
install -D -m 0644 contrib/systemd/martlet.service "$tree/lib/systemd/system/martlet.service"
install -D -m 0644 contrib/systemd/martlet.socket "$tree/lib/systemd/system/martlet.socket"
install -D -m 0640 contrib/debian/martlet.yaml "$tree/etc/martlet/martlet.yaml"
manual=$(mktemp -d)
trap 'rm -rf "$tree" "$manual"' EXIT
MARTLET=$program python3 scripts/manual.py "$manual" >/dev/null
for page in "$manual"/*.1; do
    gzip -9nc "$page" | install -D -m 0644 /dev/stdin "$tree/usr/share/man/man1/$(basename "$page").gz"
done
install -D -m 0644 "$manual/bash/martlet" "$tree/usr/share/bash-completion/completions/martlet"
install -D -m 0644 "$manual/zsh/_martlet" "$tree/usr/share/zsh/vendor-completions/_martlet"
install -D -m 0644 "$manual/fish/martlet.fish" "$tree/usr/share/fish/vendor_completions.d/martlet.fish"
documents=$tree/usr/share/doc/martlet
install -d "$documents"
install -m 0644 README.md docs/*.md docs/martlet.example.yaml "$documents"
cp -r contrib/prometheus contrib/grafana "$documents"
gzip -9nc CHANGELOG.md >"$documents/changelog.gz"
{
    printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n'
    printf 'Files: *\nCopyright: the authors of Martlet\nLicense: Apache-2.0\n'
    printf ' On Debian systems the licence is in /usr/share/common-licenses/Apache-2.0.\n'
} >"$documents/copyright"

install -d "$tree/DEBIAN"
install -m 0755 contrib/debian/postinst contrib/debian/prerm contrib/debian/postrm "$tree/DEBIAN"
echo /etc/martlet/martlet.yaml >"$tree/DEBIAN/conffiles"
# What the program is linked with, by the packages of the system that it is built on.
mkdir "$tree/debian"
touch "$tree/debian/control"
depends=$(cd "$tree" && dpkg-shlibdeps -O --ignore-missing-info usr/bin/martlet 2>/dev/null |
    sed -n 's/^shlibs:Depends=//p')
rm -r "$tree/debian"
cat >"$tree/DEBIAN/control" <<CONTROL
Package: martlet
Version: $version
Architecture: $architecture
Maintainer: The Martlet authors <martlet@localhost>
Installed-Size: $(du -sk --exclude=DEBIAN "$tree" | cut -f 1)
Depends: ${depends:+$depends, }passwd
Section: net
Priority: optional
Description: MQTT broker whose acknowledgements are promises
 Martlet speaks MQTT 5.0, 3.1.1 and 3.1. What it acknowledges is on the disk; what
 it drops, it says. Metrics, an administration API and a dashboard come with it.
CONTROL
mkdir -p "$target"
package=$target/martlet_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$tree" "$package" >/dev/null
echo "$package"

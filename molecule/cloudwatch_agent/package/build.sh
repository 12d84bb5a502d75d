#!/usr/bin/env bash
# Builds the package that stands for Amazon's as Debian's: build.sh FILE.
set -eu -o pipefail

source=$(dirname "$0")
root=$(mktemp -d)
chmod 755 "$root"

bash "$source/tree.sh" "$root"
install -D -m 755 -t "$root/DEBIAN" "$source/preinst"
cat > "$root/DEBIAN/control" <<CONTROL
Package: amazon-cloudwatch-agent
Version: 0.0.1
Architecture: all
Maintainer: Nobody <nobody@example.com>
Description: Stands for Amazon's agent in a test
CONTROL
dpkg-deb --build --root-owner-group "$root" "$1"
rm -r "$root"

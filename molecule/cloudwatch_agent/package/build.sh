#!/usr/bin/env bash
# Builds the package that stands for Amazon's: build.sh DIRECTORY, with this directory as DIRECTORY/source.
set -eu -o pipefail

source=$1/source
root=$(mktemp -d)
chmod 755 "$root"
home=$root/opt/aws/amazon-cloudwatch-agent

install -d "$root/DEBIAN" "$home/etc/amazon-cloudwatch-agent.d" "$home/logs" "$root/etc/systemd/system"
install -D -m 755 -t "$home/bin" \
    "$source/amazon-cloudwatch-agent-ctl" "$source/config-translator" "$source/start-amazon-cloudwatch-agent"
install -m 644 "$source/amazon-cloudwatch-agent.service" "$root/etc/systemd/system/"
install -m 755 "$source/preinst" "$root/DEBIAN/preinst"
cat > "$root/DEBIAN/control" <<CONTROL
Package: amazon-cloudwatch-agent
Version: 0.0.1
Architecture: all
Maintainer: Nobody <nobody@example.com>
Description: Stands for Amazon's agent in a test
CONTROL
dpkg-deb --build --root-owner-group "$root" "$1/amazon-cloudwatch-agent.deb"
rm -r "$root"

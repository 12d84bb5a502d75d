#!/usr/bin/env bash
# Puts the files of the package that stands for Amazon's below ROOT: tree.sh ROOT.
set -eu -o pipefail

source=$(dirname "$0")
home=$1/opt/aws/amazon-cloudwatch-agent

install -d "$home/etc/amazon-cloudwatch-agent.d" "$home/logs"
install -D -m 755 -t "$home/bin" \
    "$source/amazon-cloudwatch-agent-ctl" "$source/config-translator" "$source/start-amazon-cloudwatch-agent"
install -D -m 644 -t "$1/etc/systemd/system" "$source/amazon-cloudwatch-agent.service"
# Named so for ansible-test, which knows no other; a server has python3 only.
sed -i '1s|env python$|env python3|' "$home"/bin/*

"""sshd, apt, sudo and systemd themselves judge what the role writes for them."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

import pytest

SSHD = "cat /tmp/candidate /etc/ssh/sshd_config > /tmp/whole; sshd -t -f /tmp/whole && sshd -T -f /tmp/whole"
UNIT = "cp /tmp/candidate /etc/systemd/system/swapfile.swap; systemd-analyze verify swapfile.swap"
# Each name must be one that this kernel has.
#: Yama is a part that the kernels of Debian and Amazon have, and the one of this machine need not.
KERNEL = r"""
sed -nE 's/^([a-z][^ ]*) = .*/\1/p' /tmp/candidate | while read -r name; do
    case $name in kernel.yama.*) [ -d /proc/sys/kernel/yama ] || continue ;; esac
    sysctl -n "$name" || exit 1
done
"""
#: In a network of its own, with the address of the metadata: who is answered (200) and who is refused (000); then what
#: a check says before and after others changed the rules.
METADATA = r"""
set -u
ip link set lo up; ip address add 169.254.169.254/32 dev lo
"$2" -m http.server 80 --bind 169.254.169.254 --directory / >/dev/null 2>&1 & server=$!
trap 'kill $server' EXIT
ask() { setpriv --reuid "$1" --clear-groups curl --silent --max-time 5 --output /dev/null --write-out '%{http_code} ' \
    --retry 20 --retry-delay 1 ${2:-} http://169.254.169.254/; }
ask nobody --retry-connrefused
bash "$1" check && echo in force || echo missing
bash "$1" && bash "$1"
ask root; ask games; ask nobody
bash "$1" check && echo in force || echo missing
nft flush chain inet railyard_metadata output
bash "$1" check && echo in force || echo missing
nft list tables
"""


@pytest.fixture(params=[f"common-{s}-{v}" for s in ("Debian", "Amazon-2023") for v in ("defaults", "changed")])
def case(request: pytest.FixtureRequest, rendered: Path) -> Path:
    return rendered / request.param


def changed(case: Path) -> bool:
    return case.name.endswith("changed")


def test_sshd_accepts_it_and_obeys_it_first(case, checker):
    accepted, said = checker.run(SSHD, (case / "sshd.conf").read_text())
    assert accepted, said
    values = said.splitlines()
    assert ("maxsessions 1" if changed(case) else "maxsessions 40") in values
    assert ("permitopen 10.0.64.5:22 10.0.80.5:22" if changed(case) else "permitopen none") in values
    assert ("allowtcpforwarding local" if changed(case) else "allowtcpforwarding no") in values
    assert ("allowusers kim" if changed(case) else "allowusers ec2-user@10.0.0.0/16") in values
    for value in ("passwordauthentication no", "permitrootlogin no", "x11forwarding no", "allowagentforwarding no"):
        assert value in values


def test_sshd_refuses_a_network_as_destination(rendered, checker):
    accepted, said = checker.run(SSHD, (rendered / "common-Debian-refused" / "sshd.conf").read_text())
    assert not accepted and "permitopen" in said.lower()


def test_apt_reads_the_updates(case, checker):
    accepted, said = checker.run("apt-config -c /tmp/candidate dump", (case / "unattended-upgrades").read_text())
    assert accepted, said
    reboots = "true" if changed(case) else "false"
    assert f'Unattended-Upgrade::Automatic-Reboot "{reboots}";' in said


def test_the_updates_of_amazon_linux_are_security_ones(case):
    settings = configparser.ConfigParser()
    settings.read_string((case / "dnf-automatic").read_text())
    assert settings["commands"]["upgrade_type"] == "security"
    assert settings["commands"]["apply_updates"] == "yes"


def test_sudo_accepts_it(case, checker):
    accepted, said = checker.run("visudo -cf /tmp/candidate", (case / "sudoers").read_text())
    assert accepted, said


def test_sudo_refuses_a_command_without_a_path(rendered, checker):
    accepted, said = checker.run(
        "visudo -cf /tmp/candidate", (rendered / "common-Debian-refused" / "sudoers").read_text()
    )
    assert not accepted and "fully-qualified path name" in said


def test_systemd_accepts_the_unit_of_the_swap_file(case, checker):
    accepted, said = checker.run(UNIT, (case / "swapfile.swap").read_text())
    assert accepted, said


def test_the_kernel_knows_its_settings(case, checker):
    accepted, said = checker.run(KERNEL, (case / "sysctl.conf").read_text())
    assert accepted, said
    assert not checker.run(KERNEL, "net.core.nonsense = 1\n")[0]


def test_only_named_users_reach_the_metadata(rendered):
    script = rendered / "common-Debian-changed" / "railyard-metadata"
    done = subprocess.run(
        ["unshare", "--net", "bash", "-c", METADATA, "try", script, sys.executable],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines() == [
        "200 missing",
        "200 200 000 in force",
        "missing",
        "table inet railyard_metadata",
    ], done.stderr

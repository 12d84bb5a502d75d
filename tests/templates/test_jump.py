"""sshd and apt themselves judge what the role writes for them."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

SSHD = "cat /tmp/candidate /etc/ssh/sshd_config > /tmp/whole; sshd -t -f /tmp/whole && sshd -T -f /tmp/whole"


@pytest.fixture(params=[f"jump-{s}-{v}" for s in ("Debian", "Amazon-2023") for v in ("defaults", "changed")])
def case(request: pytest.FixtureRequest, rendered: Path) -> Path:
    return rendered / request.param


def test_sshd_accepts_it_and_obeys_it_first(case, judge):
    accepted, said = judge.run(SSHD, (case / "sshd.conf").read_text())
    assert accepted, said
    values = said.splitlines()
    changed = case.name.endswith("changed")
    assert ("maxsessions 1" if changed else "maxsessions 40") in values
    assert ("permitopen 10.0.64.5:22 10.0.80.5:22" if changed else "permitopen *:22") in values
    for value in ("passwordauthentication no", "permitrootlogin no", "x11forwarding no", "allowagentforwarding no"):
        assert value in values


def test_sshd_refuses_a_network_as_destination(rendered, judge):
    accepted, said = judge.run(SSHD, (rendered / "jump-Debian-refused" / "sshd.conf").read_text())
    assert not accepted and "permitopen" in said.lower()


def test_apt_reads_the_updates(case, judge):
    accepted, said = judge.run("apt-config -c /tmp/candidate dump", (case / "unattended-upgrades").read_text())
    assert accepted, said
    reboots = "true" if case.name.endswith("changed") else "false"
    assert f'Unattended-Upgrade::Automatic-Reboot "{reboots}";' in said


@pytest.mark.parametrize(("file", "key"), [("dnf-automatic", "upgrade_type"), ("yum-cron", "update_cmd")])
def test_the_updates_of_amazon_linux_are_security_ones(case, file, key):
    settings = configparser.ConfigParser()
    settings.read_string((case / file).read_text())
    assert settings["commands"][key] == "security"
    assert settings["commands"]["apply_updates"] == "yes"

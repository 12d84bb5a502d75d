"""ssh itself judges the client's configuration."""

from __future__ import annotations

import pytest


def asked(checker, text: str, host: str) -> dict[str, str]:
    """What ssh would do for ``host``: option to value."""
    accepted, said = checker.run(f"ssh -G -F /tmp/candidate {host}", text)
    assert accepted, said
    return dict(line.split(" ", 1) for line in said.splitlines() if " " in line)


@pytest.mark.parametrize(
    ("scenario", "stack", "user"), [("defaults", "railyard", "ec2-user"), ("changed", "shop", "admin")]
)
def test_every_name_leads_to_its_server(rendered, checker, scenario, stack, user):
    text = (rendered / f"ssh_config-{scenario}" / "stack.conf").read_text()
    for name, address, instance in (
        ("jump01", "203.0.113.10", "i-00000000000000001"),
        ("web01", "10.0.64.5", "i-00000000000000002"),
        ("web02", "10.0.80.5", "i-00000000000000003"),
    ):
        for alias in (name, f"{stack}-{name}"):
            options = asked(checker, text, alias)
            assert options["hostname"] == address
            assert options["hostkeyalias"] == instance
            assert options["user"] == user
            assert options["identitiesonly"] == "yes"
            assert options.get("proxyjump") == (None if name == "jump01" else f"{stack}-jump01")


def test_paths_with_spaces_stay_whole(rendered, checker):
    options = asked(checker, (rendered / "ssh_config-defaults" / "stack.conf").read_text(), "web01")
    assert options["identityfile"] == "/home/kim/my keys/railyard.pem"
    assert options["userknownhostsfile"] == "/home/kim/my keys/known_hosts"


def test_other_hosts_are_left_alone(rendered, checker):
    options = asked(checker, (rendered / "ssh_config-defaults" / "stack.conf").read_text(), "example.org")
    assert options["hostname"] == "example.org" and "proxyjump" not in options


def test_worker_servers_are_behind_the_jump_host_too(rendered, checker):
    options = asked(checker, (rendered / "ssh_config-defaults" / "stack.conf").read_text(), "railyard-worker01")
    assert (options["hostname"], options["proxyjump"]) == ("10.0.64.6", "railyard-jump01")

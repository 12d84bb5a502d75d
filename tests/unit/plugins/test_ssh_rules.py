"""Who may ssh to the jump host: administrators and people together, nobody in the place of another."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.filter.ssh_rules import ssh_rules

CALLER = ["192.0.2.1/32"]
KIM = {"name": "kim", "addresses": ["203.0.113.7/32"]}
LEE = {"name": "lee", "addresses": ["198.51.100.0/24"]}
ADMINISTRATORS = {"proto": "tcp", "ports": ["22"], "cidr_ip": CALLER, "rule_desc": "ssh from the administrators"}


def said(administrators, *people) -> dict[str, list[str]]:
    return {rule["rule_desc"]: rule["cidr_ip"] for rule in ssh_rules(administrators, list(people))}


def test_without_people_there_is_the_one_rule_that_there_was():
    assert ssh_rules(CALLER, []) == [ADMINISTRATORS]


def test_people_stand_beside_who_runs_it_under_their_names():
    assert said(CALLER, KIM, LEE) == {
        "ssh from the administrators": CALLER,
        "ssh from kim": ["203.0.113.7/32"],
        "ssh from lee": ["198.51.100.0/24"],
    }


@pytest.mark.parametrize("caller", ["203.0.113.7/32", "198.51.100.7/32"])
def test_a_run_of_either_leaves_the_same_rules(caller):
    assert said([caller], KIM, LEE) == {"ssh from kim": ["203.0.113.7/32"], "ssh from lee": ["198.51.100.0/24"]}


def test_a_network_that_two_share_is_one_rule_with_both_names():
    together = {"name": "ci", "addresses": ["203.0.113.7/32", "198.51.100.9/32"]}
    assert said(CALLER, KIM, together) == {
        "ssh from the administrators": CALLER,
        "ssh from kim, ci": ["203.0.113.7/32"],
        "ssh from ci": ["198.51.100.9/32"],
    }


def test_a_person_without_addresses_has_no_rule():
    assert said(CALLER, {"name": "kim"}, {"name": "lee", "addresses": []}) == {"ssh from the administrators": CALLER}


def test_a_description_is_no_longer_than_aws_takes():
    crowd = [{"name": f"person-{number}", "addresses": ["203.0.113.7/32"]} for number in range(60)]
    assert max(len(name) for name in said(CALLER, *crowd)) == 255


def test_what_is_no_network_is_named():
    with pytest.raises(AnsibleFilterError, match="ssh_rules: Expected 4 octets in 'here'; write IPv4 networks"):
        ssh_rules(["here"], [KIM])

"""Environments of one account, staging and production: neither sees the other, and each has what its file says."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from typing import Any

import pytest

from tests.e2e.lab import Lab, side_by_side, temporary, until

STACKS = {"production": "railyard", "staging": "railyard-staging"}
#: The parts whose things are found by the beginning of a name or path, and the network by its tag.
PARTS = ("--tags", "vpc,iam,s3")
CONFIRMED = {"production": ("-e", "confirm=production"), "staging": ()}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The API alone, and a person who names no stack."""
    with temporary("environments", int(os.environ.get("RAILYARD_ENVIRONMENTS_PORT", "5193"))) as lab:
        del lab.environment["RAILYARD_STACK"]
        lab.up("--api-only")
        yield lab


def of(name: str) -> dict[str, str]:
    """What somebody who works with an environment has said."""
    return {"RAILYARD_ENVIRONMENT": name}


def seen(lab: Lab, stack: str) -> set[str]:
    """Ids of what a look at a stack lists."""
    return {one["id"] for one in lab.listed(stack)}


def build(lab: Lab, name: str) -> None:
    lab.playbook(f"environment-{name}", "site.yml", *PARTS, *CONFIRMED[name], environment=of(name))


def host(lab: Lab, name: str, *command: str) -> str:
    done = lab.command(*command, environment=of(name) | {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"})
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_what_is_not_confirmed_or_not_there_changes_nothing(lab: Lab) -> None:
    before = lab.calls()
    refused = lab.playbook("unconfirmed", "site.yml", *PARTS, environment=of("production"), fails=True)
    assert "`-e confirm=production`" in " ".join(refused.text.split()), str(refused)
    misspelt = lab.playbook("misspelt", "site.yml", *PARTS, environment=of("stagin"), fails=True)
    assert "there is no environments/stagin.yml" in misspelt.text, str(misspelt)
    both = of("staging") | {"RAILYARD_STACK": "railyard"}
    crossed = lab.playbook("crossed", "site.yml", *PARTS, environment=both, fails=True)
    assert "the stack of the environment production" in crossed.text, str(crossed)
    assert lab.mutations(before) == {}


def test_two_environments_stand_beside_each_other(lab: Lab) -> None:
    side_by_side(partial(build, lab, name) for name in STACKS)
    production, staging = side_by_side(partial(seen, lab, stack) for stack in STACKS.values())
    assert production and staging and not production & staging
    kinds = {name: [one["kind"] for one in lab.listed(stack)] for name, stack in STACKS.items()}
    assert {name: found.count("nat_gateways") for name, found in kinds.items()} == {"production": 2, "staging": 1}


def test_servers_and_facts_of_the_same_name_are_not_mixed(lab: Lab) -> None:
    ec2 = lab.account().client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = {}
    # A way to the web server leads through a jump host.
    for (name, stack), (role, server) in product(STACKS.items(), {"jump": "jump01", "web": "web01"}.items()):
        tags = [
            {"Key": key, "Value": value} for key, value in {"Stack": stack, "Role": role, "Hostname": server}.items()
        ]
        asked: dict[str, Any] = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "InstanceType": "t3.micro"}
        answer = ec2.run_instances(**asked, TagSpecifications=[{"ResourceType": "instance", "Tags": tags}])
        made[name, server] = answer["Instances"][0]["InstanceId"]
    try:
        # What was asked before there were servers is not asked again for five minutes.
        for name in STACKS:
            host(lab, name, "ansible-inventory", "--flush-cache", "--graph")
        # From each one's cache.
        for name in STACKS:
            found = json.loads(host(lab, name, "ansible-inventory", "--host", "web01"))
            assert found["aws_instance_id"] == made[name, "web01"]
        for name in STACKS:
            host(lab, name, "ansible", "web01", "-m", "ansible.builtin.set_fact", "-a", f"of={name} cacheable=true")
        for name in STACKS:
            text = host(lab, name, "ansible", "web01", "-m", "ansible.builtin.debug", "-a", "var=ansible_facts.of")
            assert f'"ansible_facts.of": "{name}"' in text
        sockets = {
            name: host(lab, name, "ansible", "web01", "-m", "ansible.builtin.debug", "-a", "var=ansible_control_path")
            for name in STACKS
        }
        assert len(set(sockets.values())) == len(STACKS), sockets
    finally:
        ec2.terminate_instances(InstanceIds=list(made.values()))


def test_one_is_quiet_while_the_other_goes(lab: Lab) -> None:
    account = lab.account()
    before, of_production = account.belongings(), seen(lab, STACKS["production"])
    with ThreadPoolExecutor() as pool:
        confirm = ("-e", f"confirm={STACKS['staging']}")
        removal = pool.submit(
            lab.playbook, "staging-goes", "playbooks/teardown.yml", *confirm, environment=of("staging")
        )
        until("the removal begins", lambda: removal.done() or len(account.belongings()) < len(before), 180)
        plan = lab.playbook("plan", "site.yml", *PARTS, "--check", "--diff", environment=of("production"))
        away = removal.result()
    assert plan.changed == 0, str(plan)
    assert "tag Stack=railyard-staging any more" in " ".join(away.text.split()), str(away)
    assert seen(lab, STACKS["staging"]) == set()
    assert seen(lab, STACKS["production"]) == of_production


def test_the_teardown_of_production_wants_its_name_and_not_the_stack_s(lab: Lab) -> None:
    refused = lab.playbook(
        *("teardown-refused", "playbooks/teardown.yml", "-e", "confirm=railyard"),
        environment=of("production"),
        fails=True,
    )
    assert "The environment is called 'production', the answer was 'railyard'" in " ".join(refused.text.split())
    lab.playbook(
        "teardown",
        "playbooks/teardown.yml",
        "-e",
        "confirm=production",
        "-e",
        "s3_delete_contents=true",
        environment=of("production"),
    )
    assert seen(lab, STACKS["production"]) == set()

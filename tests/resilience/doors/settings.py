"""Hostile values of settings: each is refused with words, or is carried to AWS as it is; none is executed on the way.

As in ``input``, a run takes many settings at once. What the last run takes is built with, in an account of its own.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.e2e.lab import Lab, temporary
from tests.resilience import input as bad_input
from tests.resilience.doors import hostile
from tests.resilience.record import Record
from tests.unit.plugins import inputs_lab

#: Seconds of the runs of a choice.
SECONDS = 110.0
#: Runs until nothing is refused any more.
RUNS = 8
#: Of what is built with values that were not refused.
LAYERS = ("playbooks/cloud.yml", "--tags", "vpc,security")
#: Without these nothing else is looked at; a file of them is what a test of their own has.
LEFT_OUT = {*bad_input.ALONE, "railyard_environment", "railyard_profile"}
#: Where in the account a setting's value is, once it is built: method of EC2, its list, and the name of the text.
SEEN = {
    "railyard_vpc_name": ("describe_vpcs", "Vpcs"),
    "railyard_jump_security_group_name": ("describe_security_groups", "SecurityGroups"),
    "railyard_web_security_group_name": ("describe_security_groups", "SecurityGroups"),
    "railyard_alb_security_group_name": ("describe_security_groups", "SecurityGroups"),
    "railyard_database_security_group_name": ("describe_security_groups", "SecurityGroups"),
    "railyard_cache_security_group_name": ("describe_security_groups", "SecurityGroups"),
}


def texts() -> list[str]:
    """Settings that hold a text, and are looked at before anything else."""
    known = inputs_lab.options()
    return sorted(
        name
        for name, value in inputs_lab.good().items()
        if name in known and known[name].get("type") in ("str", "path", "raw") and name not in LEFT_OUT
        and (value is None or isinstance(value, str))
    )  # fmt: skip


def told(lab: Lab, name: str, playbook: tuple[str, ...], values: dict[str, str]) -> list[str] | None:
    """What a run with the values was told; None where it took them."""
    given = lab.root / f"{name}.yml"
    given.write_text(hostile.as_yaml(values))
    ec2 = lab.account().ec2
    before = [ec2.describe_vpcs()["Vpcs"], ec2.describe_security_groups()["SecurityGroups"]]
    run = lab.playbook(
        name,
        *playbook,
        *("-e", f"@{given}"),
        fails=None,
        environment={"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"},
        timeout=1200,
    )
    if run.code == 0:
        return None
    # Not by all calls: servers of the stack write logs and metrics meanwhile.
    after = [ec2.describe_vpcs()["Vpcs"], ec2.describe_security_groups()["SecurityGroups"]]
    assert after == before, "it was refused, and changed the account"
    found = bad_input.problems(run.text)
    assert found, str(run)
    return found


def worded(name: str, said: list[str]) -> None:
    """A refusal says what helps, and does not fill the screen."""
    assert any(inputs_lab.REMEDY.search(one) for one in said), f"{name} is refused without a remedy: {said}"
    assert max(map(len, said)) < 2000, f"{name} is refused with {max(map(len, said))} characters"


def not_executed(canary: str) -> None:
    left = Path(canary)
    there = left.exists()
    left.unlink(missing_ok=True)
    assert not there, f"a value was executed: it made {canary}"


def refused(record: Record, lab: Lab, kind: str, values: dict[str, str]) -> dict[str, str]:
    """Try values until no run refuses one; those that are left."""
    left = dict(values)
    for number in range(RUNS):
        if not left:
            break
        job = partial(told, lab, f"{kind}-{number}", ("playbooks/validate.yml",), left)
        trials = len(record.trials)
        found = record.attempt(f"settings, {kind}: a run with {len(left)} hostile values", job)
        if found is None:
            return left if not record.trials[trials].why else {}
        named = hostile.names_in(found, left)
        if not named:
            record.attempt(f"settings, {kind}: it names what is wrong", partial(_nothing_named, found))
            return {}
        for name, said in named.items():
            record.attempt(f"settings, {kind}: {name}", partial(worded, name, said), shown=False)
        left = {name: value for name, value in left.items() if name not in named}
    return left


def _nothing_named(found: list[str]) -> None:
    raise AssertionError(f"a run is refused for none of what it was given: {found}")


def carried(lab: Lab, values: dict[str, str]) -> list[str]:
    """Build with values; what of the account has them as they were given."""
    found = told(lab, "hostile", LAYERS, values)
    assert found is None, f"what validate.yml takes is refused later: {found}"
    for name in set(SEEN) & set(values):
        method, kind = SEEN[name]
        there = [
            text
            for one in getattr(lab.account().ec2, method)()[kind]
            for text in (one.get("GroupName"), *(tag["Value"] for tag in one.get("Tags", [])))
        ]
        assert values[name] in there, f"{name} was {values[name]!r}, and the account has {there}"
    return sorted(set(SEEN) & set(values))


def prove(record: Record, lab: Lab) -> None:
    canary = f"/var/tmp/railyard-doors-{record.seed}"
    known = hostile.forms(canary)
    rounds: dict[str, dict[str, str]] = {
        "choice": {name: record.random.choice(list(known.values())) for name in texts()}
    }
    if record.everything:
        rounds = {kind: dict.fromkeys(texts(), value) for kind, value in known.items()}
    for kind, values in rounds.items():
        taken = refused(record, lab, kind, values)
        record.attempt(f"settings, {kind}: nothing is executed", partial(not_executed, canary))
        if not taken:
            continue
        record.show(f"    taken: {', '.join(sorted(taken))}")
        with temporary("prove-doors-account", record.port + 1) as empty:
            empty.logs = record.logs
            empty.up("--api-only")
            seen = record.attempt(f"settings, {kind}: {len(taken)} are built with", partial(carried, empty, taken))
            record.show(f"    the account has {seen}")
        record.attempt(f"settings, {kind}: nothing is executed by the build", partial(not_executed, canary))

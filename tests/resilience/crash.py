"""Crash anywhere: a run is killed after its k-th changing call, again and again; the one let go on mends it.

One account sees a first build, a change and a teardown. Each is begun and killed several times at points that chance
chooses; the last run of each goes to its end. So a kill falls on an account that others have left half made, too.
"""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.e2e.account import STACK
from tests.e2e.lab import Lab
from tests.faults.crash import Crash
from tests.resilience import cloud
from tests.resilience.record import Record

#: Kills of one part of a life, without a limit and with one. A run that may make one call alone comes to no end where
#: AWS wants two, as for an access key and the secret that keeps it.
MOST, CHOICE = 400, 3
#: Seconds of a life with so many kills, of a part of it, and of one kill with what then goes on, on two cores.
LIFE, PART, KILL = 420.0, 150.0, 75.0
#: What a life of a choice is of, and the calls after which a run of it dies at most. Without a limit it is the whole.
LAYERS = {"iam": 8, "vpc,security": 20, "vpc,iam,s3,security": 30}
STRIDE = 45


@dataclass(frozen=True)
class Part:
    """A run of playbooks that a life consists of."""

    name: str
    playbooks: tuple[str, ...]
    arguments: tuple[str, ...] = ()


CHANGED = {
    "railyard_web_count": 3,
    "railyard_tags": {"Team": "ops"},
    "railyard_database_backup_days": 9,
    "railyard_admin_cidrs": ["203.0.113.0/24"],
    "railyard_cache_replicas": 2,
}


def parts(layers: str | None) -> list[Part]:
    """What a life consists of; ``layers`` are the tags of the cloud part that are built, None for all of it."""
    playbooks = ("playbooks/cloud.yml",) if layers else cloud.PLAYBOOKS
    tags = ("--tags", layers) if layers else ()
    return [
        Part("build", playbooks, tags),
        Part("change", playbooks, (*tags, "-e", json.dumps(CHANGED))),
        Part(
            "teardown",
            ("playbooks/teardown.yml",),
            ("-e", f"confirm={STACK}", "-e", "rds_deletion_protection=false"),
        ),
    ]


def killed(lab: Lab, part: Part, number: int, after: int) -> bool:
    """Run a part until it has made so many changing calls; whether it got there before its end."""
    state = lab.root / f"crash-{part.name}-{number}"
    for playbook in part.playbooks:
        environment = cloud.faults(state, crash=str(after))
        run = lab.playbook(f"{part.name}-{number}", playbook, *part.arguments, fails=None, environment=environment)
        if run.code == -signal.SIGKILL:
            return True
        assert run.code == 0, f"it did not get past what the runs before left: {run}"
    return False


def last_call(lab: Lab, part: Part, number: int) -> str:
    """What a run did before it died."""
    return (Crash(lab.root / f"crash-{part.name}-{number}", 0).calls() or ["nothing"])[-1]


def live(record: Record, lab: Lab, part: Part, name: str, most: int, stride: int) -> None:
    """Kill runs of a part, until one has nothing more to do."""
    for number in range(1, most + 1):
        if number > 1 and not record.time_for(KILL):
            return
        # The first call of a run is the lock.
        after = record.random.randint(2, stride)

        def job(number: int = number, after: int = after) -> Any:
            died = killed(lab, part, number, after)
            return {"died": died, "last": last_call(lab, part, number)}

        answer = record.attempt(f"{name}, kill {number} after call {after}", job)
        if answer is None or not answer["died"]:
            return
        record.show(f"    it died after {answer['last']}")


def ends(lab: Lab, part: Part, layers: str | None) -> None:
    """A run that nobody kills ends well, with everything made once, and the next one has nothing to do."""
    for playbook in part.playbooks:
        lab.playbook(f"{part.name}-whole", playbook, *part.arguments, timeout=1500)
    if part.name == "teardown":
        left = lab.account().belongings()
        # Buckets with something in them and final snapshots are named after the stack.
        assert not [one for one in left if not one.startswith(f"{STACK}-")], sorted(left)
    else:
        twice = cloud.made_twice(lab, at_least=0 if layers else 20)
        assert not twice, f"made twice: {twice}"
    cloud.settled(lab, f"{part.name}-again", *part.arguments, playbooks=part.playbooks)


def prove(record: Record) -> None:
    lives = 0
    while not lives or (record.time_for(LIFE) if not record.everything else lives < 3):
        lives += 1
        layers = None if record.everything else record.random.choice(sorted(LAYERS))
        with cloud.account(record) as lab:
            for part in parts(layers):
                if part.name != "build" and not record.time_for(PART):
                    return
                name = f"{layers or 'all'}, {part.name}"
                # Without a limit the first life has a kill after every call or two.
                if record.everything and lives == 1:
                    live(record, lab, part, name, MOST, stride=3)
                else:
                    live(record, lab, part, name, CHOICE, LAYERS[layers] if layers else STRIDE)
                end = f"{name}: the next run ends it, the one after changes nothing"
                record.attempt(end, partial(ends, lab, part, layers))

"""Changes by hand through the API: a plan shows each, one run mends it, plan equals deed, the next run is idle.

Several changes of chance are made at once, so that one plan and one run are of all of them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.e2e.lab import Lab
from tests.e2e.run import Run
from tests.resilience import cloud
from tests.resilience.by_hand import HANDS, Look
from tests.resilience.record import Record

#: What a stack has only where somebody wants it.
WITH = ("-e", "vpc_network_acls_enabled=true")
#: What is built where there is no time for all of it.
FEW = ("vpc", "iam", "s3", "security")
#: Seconds to build all of it, and of a plan with a mending run and one that finds nothing, on two cores.
ALL, ROUND = 420.0, 240.0
#: Changes at once.
AT_ONCE = 8


def stages(run: Run) -> set[str]:
    """Hosts of the cloud part whose tasks changed something, or would have."""
    return {task.rsplit(" => ", 1)[1] for task in run.changed_tasks()}


#: Playbooks and their arguments.
Built = tuple[tuple[str, ...], tuple[str, ...]]


class Round:
    """Some changes by hand, and the runs that follow."""

    def __init__(self, record: Record, lab: Lab, built: Built, names: list[str], number: int) -> None:
        self.record, self.lab, self.names, self.number = record, lab, names, number
        self.playbooks, self.arguments = built
        self.looks: dict[str, tuple[Look, Any]] = {}

    def change(self, name: str) -> None:
        """Make one change; it has to take."""
        account, (_layer, _stage, hand) = self.lab.account(), HANDS[name]
        look, change = hand(account, self.record.random)
        before = look()
        change()
        assert look() != before, f"the change itself did not take: {before}"
        self.looks[name] = look, before

    def run(self, kind: str, *more: str) -> list[Run]:
        return [
            self.lab.playbook(f"{kind}-{self.number}", playbook, *self.arguments, *more) for playbook in self.playbooks
        ]

    def plan(self) -> set[str]:
        """The stages that a plan would change; it changes nothing."""
        before = self.lab.calls()
        found = set[str]().union(*map(stages, self.run("plan", "--check", "--diff")))
        assert self.lab.mutations(before) == {}, "the plan changed the account"
        return found

    def mend(self) -> set[str]:
        return set[str]().union(*map(stages, self.run("mend")))

    def noticed(self, name: str, planned: set[str]) -> None:
        stage = HANDS[name][1]
        assert stage in planned, f"the plan would change {sorted(planned)}, and nothing of {stage}"

    def mended(self, name: str) -> None:
        look, before = self.looks[name]
        assert (now := look()) == before, f"it was {before}\n and is {now}"

    def equal(self, planned: set[str], done: set[str]) -> None:
        assert planned == done, f"planned were changes of {sorted(planned)}, done some of {sorted(done)}"

    def prove(self) -> None:
        attempt, what = self.record.attempt, f"round {self.number}"
        for name in self.names:
            attempt(f"{name}: made", partial(self.change, name))
        planned = attempt(f"{what}: a plan", self.plan)
        done = attempt(f"{what}: the run that mends", self.mend)
        if planned is None or done is None:
            return
        for name in self.looks:
            attempt(f"{name}: noticed", partial(self.noticed, name, planned))
            attempt(f"{name}: mended", partial(self.mended, name))
        attempt(f"{what}: plan equals deed", partial(self.equal, planned, done))
        settled = partial(cloud.settled, self.lab, f"rest-{self.number}", *self.arguments, playbooks=self.playbooks)
        attempt(f"{what}: the run after changes nothing", settled)


def prove(record: Record) -> None:
    whole = record.time_for(ALL + ROUND)
    names = [name for name, (layer, _stage, _hand) in HANDS.items() if whole or layer in FEW]
    playbooks = cloud.PLAYBOOKS if whole else cloud.PLAYBOOKS[:1]
    arguments = (*WITH, *(() if whole else ("--tags", ",".join(FEW))))
    record.random.shuffle(names)
    with cloud.account(record) as lab:
        for playbook in playbooks:
            lab.playbook("build", playbook, *arguments, timeout=1500)
        for number, first in enumerate(range(0, len(names), AT_ONCE), 1):
            if number > 1 and not record.time_for(ROUND):
                return
            Round(record, lab, (playbooks, arguments), names[first : first + AT_ONCE], number).prove()

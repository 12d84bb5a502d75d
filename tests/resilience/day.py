"""A bad day: throttling, 5xx, drops, slow answers, changes carried out and answered with a 500, things seen late.

Which fault an action has is the seed's choice. The build ends well in one run, two at most, with everything made once.
"""

from __future__ import annotations

from functools import partial

from tests.e2e.lab import Lab
from tests.resilience import cloud
from tests.resilience.record import Record

#: Seconds of a day of the whole cloud part, on two cores.
DAY = 540.0
#: Days without a limit.
DAYS = 8
#: Actions that have a fault in a build of the whole cloud part at least, and of the layers where there is less time.
FAULTS = {None: 60, "vpc,iam,s3,security": 25}
#: Runs that may be needed.
RUNS = 2


def bad(lab: Lab, seed: str, layers: str | None) -> int:
    """Build on that day; how many runs it took."""
    playbooks, tags = chosen(layers)
    state = lab.root / f"day-{seed}"
    environment = cloud.faults(state, kind="day", day=seed, late="yes")
    said = []
    for number in range(1, RUNS + 1):
        for playbook in playbooks:
            run = lab.playbook(f"run-{number}", playbook, *tags, fails=None, environment=environment, timeout=3000)
            if run.code:
                said.append(str(run))
                break
        else:
            seen = {path.name for path in state.iterdir() if path.is_file()}
            assert len(seen) > FAULTS[layers], f"few faults: {sorted(seen)}"
            return number
    raise AssertionError(f"{RUNS} runs were not enough:\n" + "\n".join(said))


def chosen(layers: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Playbooks and their arguments."""
    return (("playbooks/cloud.yml",), ("--tags", layers)) if layers else (cloud.PLAYBOOKS, ())


def once(lab: Lab, layers: str | None) -> None:
    """Everything is there once."""
    twice = cloud.made_twice(lab, at_least=0 if layers else 20)
    assert not twice, f"made twice: {twice}"


def prove(record: Record) -> None:
    days = 0
    while not days or (days < DAYS if record.everything else record.time_for(DAY)):
        days += 1
        layers = None if record.time_for(DAY) else "vpc,iam,s3,security"
        seed = f"{record.seed}-{days}"
        playbooks, tags = chosen(layers)
        with cloud.account(record) as lab:
            runs = record.attempt(
                f"day {seed}, {layers or 'all'}: built in {RUNS} runs at most", partial(bad, lab, seed, layers)
            )
            if runs is None:
                continue
            record.show(f"    {runs} run(s)")
            record.attempt(f"day {seed}: nothing was made twice", partial(once, lab, layers))
            settled = partial(cloud.settled, lab, "good-day", *tags, playbooks=playbooks)
            record.attempt(f"day {seed}: a run on a good day changes nothing", settled)

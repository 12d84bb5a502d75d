"""Two at once: of two runs that begin at moments of chance one works, the other is told who holds the lock."""

from __future__ import annotations

import subprocess
import time
from functools import partial

from tests.e2e.lab import PROJECT, Lab
from tests.e2e.run import Run
from tests.resilience import cloud
from tests.resilience.record import Record

#: What both run: short, and it changes something the first time.
PLAYBOOK = ("playbooks/cloud.yml", "--tags", "iam,app")
#: Others that change the stack and need no server, each with what it takes to begin.
SECONDS = {
    "site": PLAYBOOK,
    "teardown": ("playbooks/teardown.yml", "-e", "confirm=railyard", "-e", "rds_deletion_protection=false"),
}
#: Words of a refusal beside who holds it: that nothing happened, and what helps where that one is dead.
REFUSAL = ("Nothing was changed", "take_lock=true")
#: Seconds between their beginnings at most, seconds of both, and how often without a limit.
APART, RACE, RACES = 12.0, 90.0, 20


def begin(lab: Lab, words: tuple[str, ...]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["ansible-playbook", *words],
        cwd=PROJECT,
        env=lab.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def race(lab: Lab, other: str, apart: float) -> str:
    """Begin both, so far apart; what became of it."""
    before, runs = lab.calls(), []
    try:
        runs.append(begin(lab, PLAYBOOK))
        time.sleep(apart)
        runs.append(begin(lab, SECONDS[other]))
        said = [run.communicate(timeout=900)[0] for run in runs]
    finally:
        for run in runs:
            run.kill()
    ended = [Run(run.returncode, text, 0, lab.logs) for run, text in zip(runs, said, strict=True)]
    return judged(ended, (PLAYBOOK[0], SECONDS[other][0]), lab.mutations(before))


def judged(runs: list[Run], playbooks: tuple[str, str], calls: dict[str, int]) -> str:
    """What became of two runs: one was refused and names the other, or one had ended before the other asked."""
    codes = [run.code for run in runs]
    if codes == [0, 0]:
        # The lock goes by this call.
        assert calls.get("ssm DeleteParameter", 0) == 2, f"both ran, and the lock was given back once: {calls}"
        return "one after the other"
    assert 0 in codes, f"both failed:\n{runs[0]}\n{runs[1]}"
    loser = codes.index(next(code for code in codes if code))
    refused = " ".join(runs[loser].text.split())
    lacking = [words for words in (*REFUSAL, playbooks[1 - loser]) if words not in refused]
    assert not lacking, f"the refusal does not say {lacking}: {runs[loser]}"
    assert runs[loser].changed == 0, f"refused, and it changed something: {runs[loser]}"
    return "the second was refused" if loser else "the first was refused"


def prove(record: Record) -> None:
    with cloud.account(record) as lab:
        races = 0
        while not races or (races < RACES if record.everything else record.time_for(RACE)):
            races += 1
            other = record.random.choice(sorted(SECONDS))
            apart = record.random.uniform(0, APART)
            became = record.attempt(f"site and {other}, {apart:.1f} s apart", partial(race, lab, other, apart))
            if became:
                record.show(f"    {became}")
        record.attempt("the lock is free afterwards", lambda: lab.playbook("after", *PLAYBOOK))

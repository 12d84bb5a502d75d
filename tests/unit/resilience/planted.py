"""A sandbox without anything behind it, whose runs do what a test plants: each harness has to find what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.account import Account
from tests.e2e.run import Run
from tests.resilience.record import Record

RECAP = "PLAY RECAP ***\nnetwork : ok=1    changed={changed}    unreachable=0    failed={failed}    skipped=0"


def record(harness: str = "planted", seed: int = 1, budget: float | None = 3600.0) -> Record:
    return Record(harness, seed, budget, 0, Path("/nowhere"))


def run(code: int = 0, changed: int = 0, said: str = "", stage: str = "network") -> Run:
    """What a run of a playbook was, one of whose stages changed so much."""
    tasks = "".join(f"TASK [role : Change {number}] ***\nchanged: [{stage}]\n" for number in range(changed))
    recap = RECAP.format(changed=changed, failed=int(code > 0))
    return Run(code, f"{said}\n{tasks}\n{recap}\n", 0.0, Path("/nowhere"))


class PlantedLab:
    """As ``tests.e2e.lab.Lab``: ``plays`` answers each run of a playbook and may call the API meanwhile."""

    def __init__(self, root: Path, plays: Callable[..., Run] = lambda *_all, **_named: run()) -> None:
        self.root, self.plays = root, plays
        self.logs = root
        self.environment = {
            "AWS_REGION": "ap-northeast-1",
            "AWS_ENDPOINT_URL": None,
            "AWS_ACCESS_KEY_ID": "testing0testing0",
            "AWS_SECRET_ACCESS_KEY": "testing0testing0testing0",
        }
        #: Calls that the account saw, which plants count.
        self.counted: dict[str, int] = {}
        self.ran: list[tuple[str, ...]] = []

    def account(self) -> Account:
        return Account(self.environment)  # type: ignore[arg-type] - no endpoint is the emulator of this process

    def calls(self) -> dict[str, int]:
        return dict(self.counted)

    def mutations(self, before: dict[str, int]) -> dict[str, int]:
        return {
            name: number - before.get(name, 0) for name, number in self.counted.items() if number > before.get(name, 0)
        }

    def playbook(self, name: str, playbook: str, *arguments: str, fails: bool | None = False, **named: Any) -> Run:
        self.ran.append((playbook, *arguments))
        done = self.plays(name, playbook, *arguments, **named)
        assert fails is None or (done.code != 0) == fails, str(done)
        return done

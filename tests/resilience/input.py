"""Bad input: each wrong value stops a run of playbooks/validate.yml before anything changed, told with its remedy.

The table is the one of the unit tests, tests/unit/plugins/inputs/wrong.yml. A run takes one row of each variable, so
few runs try all of it. What a row of another variable hides is tried once more alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from tests.e2e.lab import PROJECT, Lab
from tests.resilience import cloud
from tests.resilience.record import Record
from tests.unit.plugins import inputs_lab

Row = dict[str, Any]

HEAD = "Nothing was changed. Mend this"
#: Seconds of a run.
RUN = 25.0
#: What every other check stands on: whoever gives these is told of them, so they come alone.
ALONE = ("railyard_region", "railyard_stack")


def bins(rows: list[Row]) -> Iterator[list[Row]]:
    """The rows in as few runs as no variable comes twice in one."""
    left = rows
    while left:
        taken: list[Row] = []
        used: set[str] = set()
        later = []
        for row in left:
            alone = bool(set(row) & set(ALONE))
            if used & set(row) or (alone and taken) or "alone" in used:
                later.append(row)
            else:
                taken.append(row)
                used |= {*row, *(("alone",) if alone else ())}
        yield taken
        left = later


def problems(text: str) -> list[str]:
    """What the last task of a run lists."""
    decoder = json.JSONDecoder()
    for part in text.split("FAILED! => ")[1:]:
        said = decoder.raw_decode(part)[0].get("msg", "")
        if HEAD in said:
            return said.partition(HEAD)[2].split("\n  - ")[1:]
    return []


def refused(lab: Lab, name: str, rows: list[Row]) -> list[str]:
    """What a run with the rows was told; it failed, and nothing of it reached the account."""
    given = lab.root / "given.json"
    given.write_text(json.dumps({key: value for row in rows for key, value in row.items()}))
    before = lab.calls()
    run = lab.playbook(
        name,
        "playbooks/validate.yml",
        *("-e", f"@{given}"),
        fails=True,
        environment={"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"},
    )
    assert lab.mutations(before) == {}, "it changed the account"
    found = problems(run.text)
    assert found, str(run)
    return found


def stopped(lab: Lab, row: Row, found: list[str]) -> None:
    """A row is told of as the tables of the unit tests have it, by the run with others or by one of its own."""
    if why := inputs_lab.unsaid(row, found):
        alone = inputs_lab.unsaid(row, refused(lab, "alone", [row]))
        assert not alone, f"{alone}; with others: {why}"


def prove(record: Record) -> None:
    # ansible_collections is a namespace package: this adds ours to those that the `ansible` package brings.
    if str(PROJECT / "collections") not in sys.path:
        sys.path.insert(0, str(PROJECT / "collections"))
    rows = inputs_lab.table("wrong")
    record.random.shuffle(rows)
    with cloud.account(record) as lab:
        for number, some in enumerate(bins(rows), 1):
            if not record.time_for(RUN):
                return
            found = record.attempt(
                f"run {number} with {len(some)} wrong values is stopped",
                lambda number=number, some=some: refused(lab, f"run-{number}", some),
            )
            for row in some if found else ():
                record.attempt(
                    json.dumps(row, ensure_ascii=False), lambda row=row, found=found: stopped(lab, row, found)
                )

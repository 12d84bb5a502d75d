"""Bad input: each wrong value stops a run of playbooks/validate.yml before anything changed, told with its remedy.

The table is the one of the unit tests, tests/unit/plugins/inputs/wrong.yml. A run takes one row of each variable, so
few runs try all of it. What other rows hide is tried once more among its like, and then alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import partial
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


def stopped(row: Row, found: list[str]) -> None:
    """A row is told of as the tables of the unit tests have it."""
    why = inputs_lab.unsaid(row, found)
    assert not why, why


def together(record: Record, lab: Lab, rows: list[Row]) -> list[Row]:
    """Try rows in one run; those that it says nothing of, which others may hide."""
    what = f"a run with {len(rows)} wrong values is stopped"
    found = record.attempt(what, partial(refused, lab, f"with-{len(rows)}", rows))
    if found is None:
        return []
    hidden = [row for row in rows if len(rows) > 1 and inputs_lab.unsaid(row, found)]
    for row in rows:
        if row not in hidden:
            record.attempt(json.dumps(row, ensure_ascii=False), partial(stopped, row, found), shown=False)
    return hidden


def prove(record: Record) -> None:
    # ansible_collections is a namespace package: this adds ours to those that the `ansible` package brings.
    if str(PROJECT / "collections") not in sys.path:
        sys.path.insert(0, str(PROJECT / "collections"))
    rows = inputs_lab.table("wrong")
    record.random.shuffle(rows)
    with cloud.account(record) as lab:
        waiting = [(some, False) for some in bins(rows)]
        while waiting and (not record.trials or record.time_for(RUN)):
            some, again = waiting.pop(0)
            hidden = together(record, lab, some)
            # Once more among themselves, then alone.
            later = [[row] for row in hidden] if again else bins(hidden)
            waiting = [*((rest, True) for rest in later), *waiting]

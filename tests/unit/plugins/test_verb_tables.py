"""What `make releases` and `make status` show."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.railyard.aws.plugins.filter.releases_table import NONE, releases_table
from ansible_collections.railyard.aws.plugins.filter.status_table import status_table
from ansible_collections.railyard.aws.plugins.module_utils._deploy.table import lasted

HISTORY = [
    {"name": "bbbb", "at": "2026-11-24T05:00:00+00:00", "by": "kim@laptop", "source": "https://example.com/shop.git"},
    {"name": "aaaa", "at": "2026-11-24T04:00:00+00:00", "by": "lee@desk", "source": "/srv/shop"},
]
RECEIPT = {
    "at": "2026-11-24T05:01:00+00:00",
    "by": "kim@laptop",
    "what": "run: sh -c 'a\nb'",
    "on": "web01",
    "seconds": 130,
}


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (86400, "24 h"), (200000, "2 d")]
)
def test_times_are_said_in_their_largest_unit(seconds: float, said: str) -> None:
    assert lasted(seconds) == said


def test_the_current_release_is_marked_and_says_who_and_when() -> None:
    head, first, second = releases_table(HISTORY).splitlines()
    assert head.split()[:2] == ["release", "since"]
    assert first.split() == ["bbbb", "current", "2026-11-24", "05:00:00", "kim@laptop", "https://example.com/shop.git"]
    assert "current" not in second and "lee@desk" in second


def test_receipts_take_a_line_each_and_only_so_many_are_shown() -> None:
    shown = releases_table(HISTORY, [RECEIPT] * 3, most=2).split("\n\n")[1].splitlines()
    assert len(shown) == 3
    assert shown[1].split() == [
        "2026-11-24",
        "05:01:00",
        "kim@laptop",
        "web01",
        "2",
        "min",
        "run:",
        "sh",
        "-c",
        "'a",
        "b'",
    ]


def test_without_a_release_the_command_that_makes_one_is_named() -> None:
    assert releases_table([]) == NONE and "`make site`" in NONE


SERVERS: dict[str, Any] = {
    name: {
        "exists": True,
        "name": f"lab-{name}",
        "id": f"i-{name}",
        "hostname": name,
        "role": name[:-2],
        "state": state,
    }
    for name, state in (("web01", "running"), ("web02", "running"), ("web03", "stopped"), ("jump01", "running"))
}
SHOWN = """Id=puma.service
ActiveState=active
ActiveEnterTimestampMonotonic=1000000000
NRestarts=2

Id=nginx.service
ActiveState=failed
ActiveEnterTimestampMonotonic=0
NRestarts=0"""


def rows(said: dict[str, Any]) -> dict[str, str]:
    targets = [
        {"id": "i-web01", "state": "healthy", "reason": None},
        {"id": "i-web02", "state": "unhealthy", "reason": "Target.Timeout"},
    ]
    return {row.split()[0]: row for row in status_table(SERVERS, targets, said).splitlines()[1:]}


def test_units_say_their_state_their_age_and_their_restarts() -> None:
    row = rows({"web01": f"1300.00 99.0\n/srv/shop.d/releases/bbbb\n{SHOWN}"})["web01"]
    assert "puma active for 5 min, 2 restarts; nginx failed" in row
    assert row.split()[-2:] == ["bbbb", "healthy"]


def test_a_server_that_is_stopped_or_not_reached_has_a_row_too() -> None:
    found = rows({"web02": ""})
    assert "not reached over ssh" in found["web02"] and found["web02"].endswith("unhealthy (Target.Timeout)")
    assert "stopped" in found["web03"] and found["web03"].endswith("not registered")
    assert found["jump01"].split() == ["jump01", "i-jump01", "running"]


def test_a_server_without_a_release_says_so() -> None:
    assert "no release" in rows({"web01": "1300.00 99.0\n\n" + SHOWN})["web01"]

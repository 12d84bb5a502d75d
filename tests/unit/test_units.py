"""What the units of services may not say."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
ASKING = [file for file in sorted(PROJECT.glob("roles/*/templates/*.service.j2")) if "$MAINPID" in file.read_text()]


@pytest.mark.parametrize("unit", ASKING, ids=[file.name for file in ASKING])
def test_who_asks_about_the_main_process_is_started_when_that_is_the_services_own(unit):
    """Of a service of type simple it is root's for a while, and a signal of another user finds no such process.

    Seen with systemd 257, whose processes are other programs first, on a busy machine: `kill -0 $MAINPID` took a puma
    that had not begun for one that had ended.
    """
    (kind,) = re.findall(r"^Type=(.*)$", unit.read_text(), re.MULTILINE)
    assert set(re.findall(r"\b(simple|exec|notify|forking|oneshot|idle)\b", kind)) <= {"exec", "notify"}, kind
    assert kind not in ("simple", "idle")


def test_there_is_such_a_unit():
    assert [file.name for file in ASKING] == ["puma.service.j2"]

"""docs/ARCHITECTURE.md tells of every kind that stack_info knows, and of what it says about each."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "collections"))

from ansible_collections.railyard.aws.plugins.module_utils._stack.kinds import KINDS  # noqa: E402 (needs the path)


def table() -> dict[str, str]:
    """Kind → what describes one, as the table after ``stack_info``'s example has it."""
    text = (PROJECT / "docs" / "ARCHITECTURE.md").read_text("utf-8")
    text = text.split("## One look at the account", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (`[^|]*?) \| [^|]* \| (.*) \|$", text, re.MULTILINE)
    return {kind: fields for kinds, fields in rows for kind in re.findall(r"`(\w+)`", kinds)}


def test_the_table_has_every_kind_and_no_other() -> None:
    assert sorted(table()) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_has_every_field(kind: str) -> None:
    # iam_groups and iam_users share a row, as do groups of parameters: what one of them has is in it.
    told = set(re.findall(r"\w+", table()[kind]))
    assert set(KINDS[kind].planned or {}) - told == set()

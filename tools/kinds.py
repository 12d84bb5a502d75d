"""Write docs/KINDS.md: the kinds of resources that stack_info knows, from their declarations.

python -m tools.kinds
"""

from __future__ import annotations

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "collections"))

from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Kind  # noqa: E402 (needs the path)
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS  # noqa: E402
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import SERVICES as SERVICES  # noqa: E402 (for the tests)
from ansible_collections.railyard.aws.plugins.module_utils._inventory.waiting import duration  # noqa: E402

PAGE = PROJECT / "docs" / "KINDS.md"
HEAD = """\
# Kinds of resources

What `railyard.aws.stack_info` knows, in the order of making. Written by `python -m tools.kinds` from the declarations
in `plugins/module_utils/_inventory/services/`, one file per AWS service: change or add one there.

`stack_info` returns `stack`, a dictionary keyed by kind, then by what the third column says. Every entry has `id`,
`name`, `exists`, `tags` and the fields named here. Role is the tag of `site.yml` that makes one; time is what one
usually takes until it can be used.

| kind | role | keyed by | fields | time |
|---|---|---|---|---|
"""


def row(name: str, kind: Kind) -> str:
    fields = ", ".join(f"`{field}`" for field in kind.fields)
    about = f". {kind.about}" if kind.about else ""
    key = "id" if kind.keyed_by_id else kind.named_by
    usual = duration(kind.usual_seconds) if kind.usual_seconds else ""
    return f"| `{name}` | {kind.role} | {key} | {fields}{about} | {usual} |".replace("|  |", "| |")


def page() -> str:
    """The whole file."""
    return HEAD + "".join(f"{row(name, kind)}\n" for name, kind in KINDS.items())


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")

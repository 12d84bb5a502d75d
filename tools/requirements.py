"""Print the requirements of the project, one per line: those of a run (pyproject.toml), then those of what is named.

    python tools/requirements.py sandbox test

`sandbox` stands for those of sandbox/pyproject.toml, any other word for an extra of pyproject.toml. pip can read them
from the projects itself, but then leaves build/ and *.egg-info in the checkout.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parent.parent


def project(folder: Path) -> dict[str, Any]:
    """The project's table of a folder's pyproject.toml."""
    return tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]


def main(words: list[str]) -> int:
    """Print requirement lines; a ``KeyError`` for an extra that pyproject.toml does not have."""
    collection = project(PROJECT)
    lines = list(collection["dependencies"])
    for word in words:
        lines += (
            project(PROJECT / "sandbox")["dependencies"]
            if word == "sandbox"
            else collection["optional-dependencies"][word]
        )
    print("\n".join(dict.fromkeys(lines)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

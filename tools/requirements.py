"""Print the requirements of pyproject.toml, one per line: those of a run, then those of the named extras.

pip can read them from the project itself, but then leaves build/ and *.egg-info in the checkout.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


def main(extras: list[str]) -> int:
    """Print requirement lines; a ``KeyError`` for an extra that pyproject.toml does not have."""
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

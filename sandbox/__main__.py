"""The command ``railyard-sandbox``, which is ``python -m sandbox`` too: see ``sandbox/core/cli.py``."""

import sys
from collections.abc import Sequence

from sandbox import assembly
from sandbox.core import cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb with everything that this sandbox has; returns the exit code."""
    return cli.main(argv, assembly)


if __name__ == "__main__":
    sys.exit(main())

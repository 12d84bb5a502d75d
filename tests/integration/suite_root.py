"""A file system of another suite of Debian, for a server newer than this machine's: it runs there as nobody."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sandbox.hosts import sources
from tests.integration.sample_app.tiers import Certificates

NOBODY = 65534


def made(root: Path, suite: str, package: str) -> Iterator[Path]:
    """``root`` with a package of a suite in it, until the caller goes on; ``srv`` in it is nobody's."""
    done = subprocess.run(
        ["mmdebstrap", "--variant=essential", '--aptopt=Acquire::Check-Valid-Until "false"',
         f"--include={package}", suite, str(root), *map(str, sources.of_release(suite))],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    os.chown(root / "srv", NOBODY, NOBODY)
    yield root
    shutil.rmtree(root)


def as_nobody(root: Path, *argv: str) -> list[str]:
    """The words that run a program of the file system in it."""
    return ["chroot", f"--userspec={NOBODY}:{NOBODY}", str(root), *argv]


def certificates(root: Path) -> Certificates:
    """Of an authority like RDS's, in the file system and nobody's."""
    made = Certificates(root / "srv" / "certificates")
    made.key.chmod(0o600)
    for file in (root / "srv" / "certificates", made.certificate, made.key):
        os.chown(file, NOBODY, NOBODY)
    return made

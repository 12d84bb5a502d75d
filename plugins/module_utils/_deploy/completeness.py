# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether files are all that a release needs: what is only a reference to something elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

#: First line of what git LFS puts in a large file's place.
POINTER = "version https://git-lfs.github.com/spec/"
#: Directories of what only tests and people read.
_NOT_RUN = ("test", "tests", "spec", "features", "doc", "docs", ".github")


def dispensable(path: str) -> bool:
    """Whether a release runs without what is at ``path``."""
    return path.split("/", 1)[0] in _NOT_RUN


def is_pointer(file: Path) -> bool:
    """Whether a file is what git LFS leaves where the content was not fetched."""
    if file.is_symlink() or not file.is_file() or file.stat().st_size >= 1024:
        return False
    return file.read_bytes().startswith(POINTER.encode())


def outside_links(root: Path, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Links among ``paths`` that lead out of ``root``, with where they lead: nothing will be there on a server."""
    for path in paths:
        file = root / path
        if not file.is_symlink():
            continue
        target = os.readlink(file)
        reached = os.path.normpath(os.path.join(os.path.dirname(path), target))
        if os.path.isabs(target) or reached == ".." or reached.startswith("../"):
            yield path, target

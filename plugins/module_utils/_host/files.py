# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading and replacing text files of a server, whatever bytes are in them."""

from __future__ import annotations

import os
import tempfile


def read(path: str) -> str:
    """Its text; bytes that are none come back as they were when it is written."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def replace(path: str, text: str, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Replace the file at once. Its directory has to be root's, or its name could meanwhile lead elsewhere.

    :arg owner: ids of its owner and group; those of this process when they are not given.
    """
    descriptor, candidate = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".railyard-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
            if owner:
                os.fchown(file.fileno(), *owner)
            os.fchmod(file.fileno(), mode)
        os.replace(candidate, path)
    except BaseException:
        os.unlink(candidate)
        raise

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading and replacing text files of a server, whatever bytes are in them."""

from __future__ import annotations

import os
import stat
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


def difference(path: str, text: str, mode: int, owner: tuple[int, int]) -> tuple[str, str] | None:
    """What is there and what is to be, for a diff: texts, or rights where the text is right. None where nothing differs.

    :arg owner: ids of its owner and group
    """
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return "", text
    if not stat.S_ISREG(info.st_mode):
        return f"{path}: no regular file\n", text
    is_text = read(path)
    if is_text != text:
        return is_text, text
    is_right, right = f"{info.st_uid}:{info.st_gid} {stat.S_IMODE(info.st_mode):04o}", f"{owner[0]}:{owner[1]} {mode:04o}"
    return None if is_right == right else (f"{path}: {is_right}\n", f"{path}: {right}\n")

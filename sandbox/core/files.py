"""Files of the sandbox's home, also where a service that may be broken into can plant links: none is followed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def private_directory(path: Path, owner: int | None = None) -> None:
    """Make a directory that nobody else enters; one that is there already becomes so.

    :param owner: user and group; by default who runs this
    :raises OSError: when there is something else, a link for example
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchmod(descriptor, 0o700)
        if owner is not None:
            os.fchown(descriptor, owner, owner)
    finally:
        os.close(descriptor)


def read(path: Path) -> str | None:
    """Text of a file, line ends as they are; None when there is none, or a link in its place."""
    try:
        with open(path, encoding="utf-8", newline="", opener=_no_link) as file:
            return file.read()
    except OSError:
        return None


def write_if_changed(path: Path, text: str, mode: int = 0o644, owner: int | None = None) -> bool:
    """Put ``text`` into ``path`` in one step: no reader sees half of it. Returns whether it changed."""
    if read(path) == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with open(beside, "w", encoding="utf-8", newline="", opener=_new) as file:
        file.write(text)
        _finish(file.fileno(), mode, owner)
    beside.replace(path)
    return True


def copy_private(source: Path, target: Path, owner: int | None = None) -> None:
    """Copy a file to one that its owner alone reads, in one step."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with open(source, "rb", opener=_no_link) as given, open(beside, "wb", opener=_new) as file:
        shutil.copyfileobj(given, file)
        _finish(file.fileno(), 0o600, owner)
    beside.replace(target)


def _finish(descriptor: int, mode: int, owner: int | None) -> None:
    if owner is not None:
        os.fchown(descriptor, owner, owner)
    os.fchmod(descriptor, mode)


def _no_link(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NOFOLLOW)


def _new(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_EXCL | os.O_NOFOLLOW, 0o600)

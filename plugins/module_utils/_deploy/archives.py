# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Archives of a directory that are the same bytes whenever its files are the same."""

from __future__ import annotations

import fnmatch
import gzip
import hashlib
import os
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO


class ArchiveError(Exception):
    """Something the person has to mend; the text says what and how."""


def excluded(path: str, patterns: list[str]) -> bool:
    """Whether a path from the directory's root is one of ``patterns``: a pattern without slash counts at any depth."""
    return any(fnmatch.fnmatchcase(path if "/" in pattern else path.rsplit("/", 1)[-1], pattern) for pattern in patterns)


def members(root: Path, patterns: list[str]) -> Iterator[str]:
    """Paths of files and links below ``root``, sorted; empty directories do not count."""
    found = []
    for directory, names, files in os.walk(root):
        here = Path(directory).relative_to(root)
        kept = [name for name in names if not excluded((here / name).as_posix(), patterns)]
        links = [name for name in kept if (Path(directory) / name).is_symlink()]
        names[:] = [name for name in kept if name not in links]
        found += [path for name in (*files, *links) if not excluded(path := (here / name).as_posix(), patterns)]
    yield from sorted(found)


def _entry(root: Path, path: str) -> tuple[tarfile.TarInfo, bytes]:
    """One member of the archive, without what differs between machines: owner, times, most of the mode."""
    file = root / path
    entry = tarfile.TarInfo(path)
    if file.is_symlink():
        entry.type, entry.linkname = tarfile.SYMTYPE, os.readlink(file)
        return entry, b""
    if not file.is_file():
        raise ArchiveError(f"{file} is neither a file nor a link; remove it, or leave it out with app_excludes.")
    content = file.read_bytes()
    entry.size, entry.mode = len(content), 0o755 if os.access(file, os.X_OK) else 0o644
    return entry, content


def write_tar(root: Path, paths: list[str], out: IO[bytes]) -> None:
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in paths:
            entry, content = _entry(root, path)
            tar.addfile(entry, BytesIO(content))


class _Digest:
    """A file that keeps nothing of what is written but its digest."""

    def __init__(self) -> None:
        self.sha = hashlib.sha256()
        self.written = 0

    def write(self, data: bytes) -> int:
        self.sha.update(data)
        self.written += len(data)
        return len(data)

    def tell(self) -> int:
        return self.written


def revision_of(root: Path, paths: list[str]) -> str:
    """SHA-256 of the archive's content: names, modes and bytes of the files, and nothing else."""
    digest = _Digest()
    write_tar(root, paths, digest)  # type: ignore[arg-type]
    return digest.sha.hexdigest()


def write_archive(root: Path, paths: list[str], target: Path) -> None:
    """Write the compressed archive; ``target`` is whole or not there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        with part.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
            write_tar(root, paths, packed)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)

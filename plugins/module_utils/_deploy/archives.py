# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Archives of a directory that are the same bytes whenever its files are the same."""

from __future__ import annotations

import gzip
import hashlib
import os
import stat
import tarfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import IO, Protocol, cast


class ArchiveError(Exception):
    """Something the person has to mend; the text says what and how."""


def _entry(root: Path, path: str) -> tuple[tarfile.TarInfo, bytes]:
    """One member of the archive, without what differs between machines: owner, times, most of the mode.

    What only its owner may read stays so, apart from what the web server hands to everybody.
    """
    file = root / path
    entry = tarfile.TarInfo(path)
    if file.is_symlink():
        entry.type, entry.linkname = tarfile.SYMTYPE, os.readlink(file)
        return entry, b""
    if not file.is_file():
        raise ArchiveError(f"{file} is neither a file nor a link; remove it, or leave it out with app_excludes.")
    content = file.read_bytes()
    mode = stat.S_IMODE(file.stat().st_mode)
    open_to_others = 0o755 if path.startswith("public/") or mode & 0o077 else 0o700
    entry.size, entry.mode = len(content), open_to_others if mode & 0o100 else open_to_others & 0o666
    return entry, content


class Writable(Protocol):
    """What an archive is written to: a file, or something that only takes what is written."""

    def write(self, data: bytes, /) -> int: ...

    def tell(self) -> int: ...


def write_tar(root: Path, paths: list[str], out: Writable) -> None:
    # tarfile asks no more of a file that it writes.
    with tarfile.open(fileobj=cast(IO[bytes], out), mode="w", format=tarfile.PAX_FORMAT) as tar:
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
    write_tar(root, paths, digest)
    return digest.sha.hexdigest()


def write_archive(root: Path, paths: list[str], target: Path) -> None:
    """Write the compressed archive, for its owner only; ``target`` is whole or not there."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        with (
            os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as raw,
            gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed,
        ):
            write_tar(root, paths, packed)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def insist_on_content(archive: Path, revision: str) -> None:
    """Raise ArchiveError when an archive is not the one that is called ``revision``, the SHA-256 of its content."""
    digest = hashlib.sha256()
    try:
        with gzip.open(archive, "rb") as opened:
            while chunk := opened.read(1024 * 1024):
                digest.update(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ArchiveError(f"{archive} is no archive, or only part of one: {error}.") from error
    if digest.hexdigest() != revision:
        raise ArchiveError(f"{archive} is not what was packed: the SHA-256 of its content is {digest.hexdigest()}, and should be {revision}.")

# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Ansible makes of modules to send them, kept from one run to the next.

For each module of a run Ansible looks for all that it imports and packs it, 0.3 seconds of processor time, into a directory of the run.
Which files went in decides whether what another run packed is the same: theirs names, sizes and times are the name of a place.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from ansible.release import __version__ as ansible_version

#: Whose modules are kept. They import nothing of other collections.
COLLECTIONS = ("railyard.aws", "amazon.aws", "community.aws", "community.mysql", "community.postgresql", "ansible.posix")
#: Directories that may bring modules and what they import, and whose files are not looked at.
FOREIGN = ("library", "module_utils")
#: Seconds after which a place that nobody used goes.
_AGE = 7 * 86400


def trees() -> dict[str, Path]:
    """Directories of what is kept, by the beginning of its modules' names."""
    found = {}
    for name in ("ansible", *(f"ansible_collections.{one}" for one in COLLECTIONS)):
        with contextlib.suppress(ImportError):
            where = importlib.util.find_spec(name)
            if where and where.submodule_search_locations:
                found[name] = Path(next(iter(where.submodule_search_locations)))
    return found


def foreign(directories: Iterable[Path]) -> bool:
    """Whether there is anything that modules may come from, too."""
    return any((where / name).is_dir() for where in directories for name in FOREIGN)


def fingerprint(roots: Iterable[Path]) -> str:
    """Changes with every file that modules are made of."""
    told = hashlib.sha256(ansible_version.encode())
    for root in sorted(roots):
        plugins = root / "plugins" if (root / "plugins").is_dir() else root
        for path in sorted(_files(plugins / "modules", plugins / "module_utils", root / "meta")):
            about = path.stat()
            told.update(f"{path}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    return told.hexdigest()[:16]


def _files(*directories: Path) -> Iterator[Path]:
    for directory in directories:
        for where, _directories, names in os.walk(directory):
            yield from (Path(where) / name for name in names if name.endswith((".py", ".yml")))


def bring(place: Path, run: Path) -> None:
    """Let a run find what is kept in a place. Raises OSError."""
    # Those above it, too, where it makes them: names of what is run from there are nobody else's business.
    for one in (*reversed(place.parents), place):
        one.mkdir(mode=0o700, exist_ok=True)
    about = place.stat()
    # What is read from there is run.
    if about.st_uid != os.getuid() or about.st_mode & 0o022:
        raise OSError(f"{place} is not this user's alone")
    os.utime(place)
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in place.iterdir():
        if not one.name.startswith("."):
            (run / one.name).symlink_to(one)


def keep(place: Path, run: Path, names: Iterable[str]) -> None:
    """Keep what a run packed anew of modules whose names begin so."""
    beginnings = tuple(f"{name}." for name in names)
    for one in run.iterdir():
        if one.is_symlink() or not one.name.startswith(beginnings) or one.name.endswith((".lock", "-part")):
            continue
        handle, part = tempfile.mkstemp(prefix=".", dir=place)
        os.close(handle)
        shutil.copyfile(one, part)
        Path(part).replace(place / one.name)


def forget(places: Path) -> None:
    """Remove what nobody used for a week."""
    for one in places.iterdir():
        if time.time() - one.stat().st_mtime > _AGE:
            shutil.rmtree(one, ignore_errors=True)

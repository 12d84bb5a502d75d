# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Directories of a server, made on ways that only root can change, with their owners, modes and default rights."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
import struct
from collections.abc import Callable
from typing import Any, Protocol

from ansible_collections.railyard.aws.plugins.module_utils._host.paths import PathError, aside, is_roots_alone, trusted_directory

#: What a module's argument that is a list of directories has for each.
OPTIONS: dict[str, dict[str, Any]] = dict(
    path=dict(type="path", required=True),
    owner=dict(type="str", default="root"),
    group=dict(type="str"),
    mode=dict(type="str", default="0755"),
    readable=dict(type="bool", default=False),
)

#: Where Linux keeps the list that new entries of a directory get, and how: a version, then tag, rights and id of each entry.
DEFAULT_LIST = "system.posix_acl_default"
VERSION = struct.pack("<I", 2)
ENTRY = struct.Struct("<HHI")
NO_ID = 0xFFFFFFFF
#: Tags of owner, group and all others.
OWNER = 0x01
GROUP = 0x04
OTHERS = 0x20
ALL_READ = VERSION + b"".join(ENTRY.pack(*entry) for entry in ((OWNER, 7, NO_ID), (GROUP, 5, NO_ID), (OTHERS, 5, NO_ID)))


def all_may_read(directory: str | int) -> bool:
    """Whether what is made in the directory can be read by all, whatever the umask."""
    try:
        blob = os.getxattr(directory, DEFAULT_LIST)
    except OSError as error:
        if error.errno == errno.ENODATA:
            return False
        raise
    rights = {tag: right for tag, right, number in ENTRY.iter_unpack(blob[len(VERSION) :])}
    return rights.get(OTHERS) == 5


def number_of(kind: str, name: str) -> int:
    """Id of a user or a group. Raises PathError."""
    try:
        return pwd.getpwnam(name).pw_uid if kind == "user" else grp.getgrnam(name).gr_gid
    except KeyError:
        raise PathError(f"There is no {kind} '{name}'; run the role that makes it first, or name another.") from None


class Named(Protocol):
    """An entry of the lists of users and groups: the name comes first."""

    def __getitem__(self, index: int, /) -> Any: ...


def describe(info: os.stat_result) -> str:
    """Owner, group and mode, as people read them."""

    def name(look: Callable[[int], Named], key: int) -> str:
        try:
            return str(look(key)[0])
        except KeyError:
            return str(key)

    return f"{name(pwd.getpwuid, info.st_uid)}:{name(grp.getgrgid, info.st_gid)} {stat.S_IMODE(info.st_mode):04o}"


class Tree:
    """Directories of this server, and what was done, or would be, to have them."""

    def __init__(self, check_mode: bool) -> None:
        self.check_mode = check_mode
        self.before: list[str] = []
        self.after: list[str] = []
        self.kept: list[str] = []
        self.planned = {"/"}  # in check mode: directories that would be there, and root's alone

    def changed(self, path: str, before: str, after: str) -> None:
        self.before.append(f"{path}: {before}\n")
        self.after.append(f"{path}: {after}\n")

    def place(self, path: str) -> str:
        """Path of the entry with all links above it, which are root's, resolved."""
        parent, name = os.path.split(path)
        if parent in self.planned:
            return path
        return os.path.join(trusted_directory(parent), name)

    def keep(self, path: str, owner: str = "root", group: str | None = None, mode: str = "0755", readable: bool = False) -> None:
        """Have the directory, and those between it and another that is kept. Raises PathError and OSError."""
        path = path.rstrip("/")
        parent = os.path.dirname(path)
        if parent not in self.kept and any(parent.startswith(f"{above}/") for above in self.kept):
            self.keep(parent)
        self.kept.append(path)
        wanted = (number_of("user", owner), number_of("group", group or owner), int(mode, 8))
        words = f"{owner}:{group or owner} {wanted[2]:04o}{', readable' if readable else ''}"
        # What is root's and others cannot write to may be stood on.
        stands = wanted[0] == 0 and not wanted[2] & 0o022
        here = self.place(path)
        try:
            info = os.lstat(here)
        except FileNotFoundError:
            info = None
        if info is not None and not stat.S_ISDIR(info.st_mode) and not (stands and self.is_roots_link(here, info)):
            moved = aside(here)
            self.changed(path, f"{describe(info)}, no directory", f"moved to {moved}")
            if not self.check_mode:
                os.rename(here, moved)
            info = None
        if info is None:
            self.changed(path, "missing", words)
            if not self.check_mode:
                os.mkdir(here, 0o700)
        elif stat.S_ISLNK(info.st_mode):
            return
        elif (info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)) != wanted:
            self.changed(path, describe(info), words)
        elif readable and not all_may_read(here):
            self.changed(path, f"{describe(info)}, new files as the umask says", words)
        else:
            return
        if self.check_mode:
            if stands:
                self.planned.add(path)
            return
        # By its descriptor: a name could meanwhile lead elsewhere.
        directory = os.open(here, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            os.fchown(directory, wanted[0], wanted[1])
            os.fchmod(directory, wanted[2])
            if readable and not all_may_read(directory):
                os.setxattr(directory, DEFAULT_LIST, ALL_READ)
        finally:
            os.close(directory)

    @staticmethod
    def is_roots_link(path: str, info: os.stat_result) -> bool:
        """Whether root led the name to a directory elsewhere, such as a disk of its own, on a way that is root's."""
        if not stat.S_ISLNK(info.st_mode) or info.st_uid != 0:
            return False
        target = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
        try:
            return is_roots_alone(os.lstat(trusted_directory(target)))
        except PathError:
            return False

    def keep_file(self, path: str) -> None:
        """Move aside whatever is in the place of a file of root's and is none."""
        parent = os.path.dirname(path)
        if self.check_mode and not os.path.isdir(parent):
            return
        here = self.place(path)
        try:
            info = os.lstat(here)
        except FileNotFoundError:
            return
        if stat.S_ISREG(info.st_mode) and info.st_nlink == 1:
            if info.st_uid == 0 and not info.st_mode & 0o022:
                return
            self.changed(path, describe(info), "root:root 0644")
            if not self.check_mode:
                file = os.open(here, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
                try:
                    os.fchown(file, 0, 0)
                    os.fchmod(file, 0o644)
                finally:
                    os.close(file)
            return
        moved = aside(here)
        self.changed(path, f"{describe(info)}, no file of its own", f"moved to {moved}")
        if not self.check_mode:
            os.rename(here, moved)

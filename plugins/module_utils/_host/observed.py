# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a server's files, links and users are, read and never changed."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import stat
from typing import Any


def file_difference(path: str, sha256: str | None, owner: str, group: str, mode: str) -> str | None:
    """What of a regular file is not as it should be, in words without its content; None where all is. Raises OSError.

    :arg sha256: of its content, in hexadecimal digits; None where any content will do
    :arg mode: octal digits
    """
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return f"{path} is missing"
    if not stat.S_ISREG(info.st_mode):
        return f"{path} is no regular file"
    if sha256:
        with open(path, "rb") as file:
            if hashlib.sha256(file.read()).hexdigest() != sha256:
                return f"{path} has another content"
    try:
        wanted = (pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid, int(mode, 8))
    except KeyError:
        return f"{path} cannot be {owner}:{group}'s, as there is no such user or group yet"
    if (info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)) != wanted:
        return f"{path} is not {owner}:{group} {mode}"
    return None


def link_stat(path: str) -> dict[str, Any]:
    """What is at a path, in the words of ansible.builtin.stat. Raises OSError."""
    try:
        info = os.lstat(path)
    except FileNotFoundError:
        return {"exists": False, "islnk": False}
    if stat.S_ISLNK(info.st_mode):
        return {"exists": True, "islnk": True, "lnk_source": os.path.realpath(path)}
    return {"exists": True, "islnk": False}


def user_exists(name: str) -> bool:
    """Whether any source of users that the server has knows the name, also one that lists none."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True

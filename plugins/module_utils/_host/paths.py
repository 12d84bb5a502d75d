# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways through a server's file system on which nobody but root can plant a link."""

from __future__ import annotations

import os
import stat
import time

from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

#: Links that lead to links; the kernel itself gives up at 40.
MOST_LINKS = 40


class PathError(ResourceError):
    """A path that cannot be trusted or made; the text says which, and what mends it."""


def is_roots_alone(info: os.stat_result) -> bool:
    """Whether nobody but root can put something into, or take something out of, the directory."""
    others_write = info.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return info.st_uid == 0 and (not others_write or bool(info.st_mode & stat.S_ISVTX))


def trusted_directory(path: str, links: int = 0) -> str:
    """The directory's real path, every step to which is root's. Links that root made are followed.

    Each step is looked at only after it is known that nobody else can exchange it. Raises PathError.
    """
    real = "/"
    parts = [part for part in path.split("/") if part]
    for index, part in enumerate(parts):
        step = os.path.join(real, part)
        try:
            info = os.lstat(step)
        except FileNotFoundError:
            raise PathError(f"{step} is missing; it has to be made before what is in it.") from None
        if stat.S_ISLNK(info.st_mode) and info.st_uid == 0 and links < MOST_LINKS:
            target = os.path.join(real, os.readlink(step), *parts[index + 1 :])
            return trusted_directory(os.path.normpath(target), links + 1)
        if not stat.S_ISDIR(info.st_mode):
            raise PathError(f"{step} is no directory; `namei -l {path}` shows whose it is. Remove it and run the same again.")
        if not is_roots_alone(info):
            raise PathError(
                f"{step} can be changed by others than root, so what is below may be exchanged by a link. "
                f"`namei -l {path}` shows whose it is; give it to root (`chown root: {step}; chmod go-w {step}`), or let "
                f"its owner make what is below."
            )
        real = step
    return real


def aside(path: str) -> str:
    """A name that is free, beside the path, for what stood there."""
    name = f"{path}.aside-{time.strftime('%Y%m%dT%H%M%S')}"
    number = 1
    while os.path.lexists(name):
        number += 1
        name = f"{path}.aside-{time.strftime('%Y%m%dT%H%M%S')}-{number}"
    return name

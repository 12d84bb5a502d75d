# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The directory in which Ansible keeps what it read of servers and of the inventory."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def close(directory: Path) -> None:
    """Let nobody but its owner into a directory of caches: their files are readable for everybody (mode 0644).

    One that is not there, or that belongs to somebody else, is left alone.
    """
    try:
        found = directory.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) & 0o077:
            directory.chmod(0o700)
    except OSError:
        # Removed meanwhile, or on a file system without modes: a run is not to end for it.
        return

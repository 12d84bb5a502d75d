# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where systemd finds a unit and what changes it, in the order of who wins."""

from __future__ import annotations

import glob
import os

#: Directories in which people, or `systemctl edit`, `mask`, `set-property` and `enable`, leave files.
BY_HAND = (
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
)
#: Directories in which packages leave theirs.
BY_PACKAGES = ("/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
NOWHERE = "/dev/null"


def drop_in_directories(unit: str) -> list[str]:
    """Names of directories whose files change the unit: its own, those of its name's beginnings, and its kind's."""
    name, _dot, kind = unit.rpartition(".")
    words = name.split("-")
    beginnings = [f"{'-'.join(words[:count])}-.{kind}.d" for count in range(1, len(words))]
    return [f"{unit}.d", *beginnings, f"{kind}.d"]


def drop_ins_by_hand(unit: str) -> list[str]:
    """Files that change the unit and come from no package."""
    return [path for directory in BY_HAND for name in drop_in_directories(unit) for path in sorted(glob.glob(os.path.join(directory, name, "*.conf")))]


def replacements(unit: str, fragment: str | None) -> list[str]:
    """Files and links that stand for the unit in the place of ``fragment``, or of the package's where that is None.

    A link to the package's own file, as aliases are, is none.
    """
    found = []
    for directory in BY_HAND:
        path = os.path.join(directory, unit)
        if path == fragment and os.path.isfile(path) and os.path.realpath(path) != NOWHERE:
            break
        if os.path.lexists(path) and not (
            os.path.islink(path) and os.path.realpath(path) in {os.path.realpath(os.path.join(place, unit)) for place in BY_PACKAGES}
        ):
            found.append(path)
    return found

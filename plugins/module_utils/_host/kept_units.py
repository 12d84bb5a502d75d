# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Units of systemd that the collection keeps on this server: their files, and what others put in their way."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from ansible_collections.railyard.aws.plugins.module_utils._host import files
from ansible_collections.railyard.aws.plugins.module_utils._host.paths import aside
from ansible_collections.railyard.aws.plugins.module_utils._host.units import NOWHERE, drop_ins_by_hand, replacements

UNITS = "/etc/systemd/system"
#: Of units that start at boot.
ENABLED = ("enabled",)
#: Runs a command: its words, and whether a failure is one; returns what it printed.
Runner = Callable[[Sequence[str], bool], str]


class KeptUnits:
    """``before`` and ``after`` hold what differed, for a diff; in check mode nothing else happens."""

    def __init__(self, run: Runner, check_mode: bool, kept: Sequence[str], units: str) -> None:
        self._run, self._check, self._kept, self._units = run, check_mode, set(kept), units
        self.before: list[str] = []
        self.after: list[str] = []
        #: Names and paths of units that systemd has to read again.
        self._edited: set[str] = set()

    def systemctl(self, *words: str, strict: bool = True) -> str:
        return self._run(["systemctl", *words], strict)

    def changed(self, before: str, after: str) -> None:
        self.before.append(before if before.endswith("\n") or not before else f"{before}\n")
        self.after.append(after if after.endswith("\n") or not after else f"{after}\n")

    def show(self, units: Sequence[str]) -> dict[str, dict[str, str]]:
        """How units are, by name; one that systemd does not know, too."""
        names = "Id,LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,NRestarts"
        out = self.systemctl("show", f"--property={names}", *units)
        blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in out.strip().split("\n\n")]
        return {block["Id"]: block for block in blocks}

    def _clear(self, units: Iterable[str], own: Iterable[str]) -> None:
        """Move aside, or unlink when it is a mask, what others put in the way of units.

        :arg own: paths of files that are written by this class
        """
        theirs = set(own)
        found: dict[str, None] = {}
        for unit in units:
            found.update(dict.fromkeys(path for path in [*replacements(unit, None), *drop_ins_by_hand(unit)] if path not in theirs))
        for path in found:
            if path in self._kept:
                continue
            self._edited.add(path)
            if os.path.islink(path) and os.readlink(path) == NOWHERE:
                self.changed(f"{path}: a mask", f"{path}: gone")
                if not self._check:
                    os.unlink(path)
                continue
            moved = aside(path)
            self.changed(f"{path}: by other hands", f"{path}: moved to {moved}")
            if not self._check:
                os.rename(path, moved)

    def _write(self, path: str, text: str, mode: int, unit: bool = True) -> bool:
        """Have a file of root's. Returns whether its text was another.

        :arg unit: whether systemd reads it
        """
        owner = (os.geteuid(), os.getegid())
        differs = None if path in self._kept else files.difference(path, text, mode, owner)
        if not differs:
            return False
        self.changed(*differs)
        if unit and differs[1] == text:
            self._edited.add(path)
        if not self._check:
            files.replace(path, text, mode)
        return differs[1] == text

    def _drop(self, path: str) -> None:
        """Have no such file."""
        if os.path.lexists(path):
            self.changed(f"{path}: there", f"{path}: gone")
            if not self._check:
                os.unlink(path)

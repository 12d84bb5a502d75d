# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The units of an application's processes on this server: what there is, and how it becomes what is wanted."""

from __future__ import annotations

import glob
import os
import re
import stat
import time
from collections.abc import Callable, Sequence

from ansible_collections.railyard.aws.plugins.module_utils._deploy.processes import Process
from ansible_collections.railyard.aws.plugins.module_utils._host import files
from ansible_collections.railyard.aws.plugins.module_utils._host.paths import aside
from ansible_collections.railyard.aws.plugins.module_utils._host.units import NOWHERE, drop_ins_by_hand, replacements
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

UNITS = "/etc/systemd/system"
NOTES = "/run/railyard-processes"
#: Knows what does not run with what there is now; the role brings it.
TOOL = "/usr/local/bin/railyard-process"
#: Of units that start at boot.
ENABLED = ("enabled",)
RUNNING = ("active", "reloading")
#: Runs a command: its words, and whether a failure is one; returns what it printed.
Runner = Callable[[Sequence[str], bool], str]


class Processes:
    """What runs beside puma. ``before`` and ``after`` hold what differed, for a diff; in check mode nothing else happens."""

    def __init__(self, run: Runner, check_mode: bool, kept: Sequence[str] = (), places: tuple[str, str, str] = (UNITS, NOTES, TOOL)) -> None:
        self._run, self._check, self._kept = run, check_mode, set(kept)
        self._units, self._notes, self._tool = places
        self.before: list[str] = []
        self.after: list[str] = []
        self._edited: set[str] = set()

    def systemctl(self, *words: str, strict: bool = True) -> str:
        return self._run(["systemctl", *words], strict)

    def changed(self, before: str, after: str) -> None:
        self.before.append(before if before.endswith("\n") or not before else f"{before}\n")
        self.after.append(after if after.endswith("\n") or not after else f"{after}\n")

    def templates(self) -> list[str]:
        """Paths of the template units that are here, of whatever kind the file is."""
        return sorted(glob.glob(os.path.join(self._units, "railyard-*@.service")))

    def instances(self) -> list[str]:
        """Units that systemd knows, running or failed, and those that start at boot."""
        out = self.systemctl("list-units", "--all", "--full", "--plain", "--no-legend", "railyard-*@*.service", strict=False)
        loaded = [line.split()[0] for line in out.splitlines() if line.strip()]
        links = glob.glob(os.path.join(self._units, "*.wants", "railyard-*@*.service"))
        return sorted({*loaded, *map(os.path.basename, links)})

    def quiet(self) -> list[str]:
        """Ask all that run to take no new work, and forget with what they were started, so that they are started anew."""
        asked = []
        for unit in self.instances():
            note = os.path.join(self._notes, unit)
            if not os.path.exists(note):
                continue
            asked.append(unit)
            self.changed(f"{unit}: works", f"{unit}: takes no new work")
            if self._check:
                continue
            signal = self._quiet_signal(unit)
            if signal:
                # Of one that has ended meanwhile nothing is to be asked.
                self.systemctl("kill", "--kill-who=main", f"--signal={signal}", unit, strict=False)
            os.unlink(note)
        return asked

    def _quiet_signal(self, unit: str) -> str:
        template = re.sub("@.*", "@.service", unit)
        try:
            text = files.read(os.path.join(self._units, template))
        except OSError:
            return ""
        said = re.search(r"^X-RailyardQuietSignal=(SIG[A-Z0-9]+)$", text, re.MULTILINE)
        return said[1] if said else ""

    def keep(self, wanted: Sequence[Process], texts: dict[str, str], tool: str) -> list[str]:
        """Have exactly the processes that are wanted. Returns what was started.

        :arg texts: of their template units, by name
        :arg tool: of the command that notes with what they were started
        """
        units = [unit for process in wanted for unit in process.instances]
        self._remove([unit for unit in self.instances() if unit not in units], {process.unit for process in wanted})
        if wanted:
            self._write(self._tool, tool, 0o755)
        for process in wanted:
            self._clear(process)
            self._write(os.path.join(self._units, process.unit), texts[process.unit], 0o644)
        if not units:
            if os.path.lexists(self._tool):
                self.changed(f"{self._tool}: there", f"{self._tool}: gone")
                if not self._check:
                    os.unlink(self._tool)
            if self._edited and not self._check:
                self.systemctl("daemon-reload")
            return []
        shown = self.show(units)
        if self._edited or any(one["NeedDaemonReload"] == "yes" for one in shown.values()):
            if not self._edited:
                self.changed("systemd: files changed since it read them", "systemd: read")
            if not self._check:
                self.systemctl("daemon-reload")
                shown = self.show(units)
        disabled = [unit for unit in units if shown[unit]["UnitFileState"] not in ENABLED]
        for unit in disabled:
            self.changed(f"{unit}: {shown[unit]['UnitFileState'] or 'not there'}", f"{unit}: enabled")
        if disabled and not self._check:
            self.systemctl("enable", *disabled)
        return self._start(units, shown)

    def show(self, units: Sequence[str]) -> dict[str, dict[str, str]]:
        """How units are, by name; one that systemd does not know, too."""
        names = "Id,LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,NRestarts"
        out = self.systemctl("show", f"--property={names}", *units)
        blocks = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in out.strip().split("\n\n")]
        return {block["Id"]: block for block in blocks}

    def _remove(self, surplus: Sequence[str], wanted: set[str]) -> None:
        """Stop what is no longer wanted, each within its own time, and take its units away."""
        gone = [path for path in self.templates() if os.path.basename(path) not in wanted]
        for unit in surplus:
            self.changed(f"{unit}: there", f"{unit}: gone")
        for path in gone:
            self.changed(f"{path}: there", f"{path}: gone")
        if self._check:
            return
        if surplus:
            self.systemctl("stop", *surplus)
            # Of a template that somebody has removed, links are left that systemctl cannot read any more.
            self.systemctl("disable", *surplus, strict=False)
            self.systemctl("reset-failed", *surplus, strict=False)
            for unit in surplus:
                for link in [*glob.glob(os.path.join(self._units, "*.wants", unit)), os.path.join(self._notes, unit)]:
                    if os.path.lexists(link):
                        os.unlink(link)
        for path in gone:
            os.unlink(path)
        self._edited |= {*surplus, *gone}

    def _clear(self, process: Process) -> None:
        """Move aside, or unlink when it is a mask, what others put in the way of a process's units."""
        found: dict[str, None] = {}
        for unit in (process.unit, *process.instances):
            own = os.path.join(self._units, process.unit)
            found.update(dict.fromkeys(path for path in [*replacements(unit, None), *drop_ins_by_hand(unit)] if path != own))
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

    def _write(self, path: str, text: str, mode: int) -> None:
        """Have a file of root's."""
        if path in self._kept:
            return
        rights = ""
        is_text = ""
        if os.path.isfile(path) and not os.path.islink(path):
            info = os.stat(path)
            rights = f"{info.st_uid}:{info.st_gid} {stat.S_IMODE(info.st_mode):04o}"
            is_text = files.read(path)
        right = f"{os.geteuid()}:{os.getegid()} {mode:04o}"
        if is_text == text and rights == right:
            return
        if is_text == text:
            self.changed(f"{path}: {rights}", f"{path}: {right}")
        else:
            self.changed(is_text, text)
            if path != self._tool:
                self._edited.add(path)
        if not self._check:
            files.replace(path, text, mode)

    def _start(self, units: Sequence[str], shown: dict[str, dict[str, str]]) -> list[str]:
        """Start what does not run, and anew what runs with something else than there is now."""
        # Which a plan for a new server may miss: all of it would start.
        out = self._run([self._tool, "state", *units], True).split() if os.path.exists(self._tool) else units
        stale = [unit for unit in units if unit in out]
        for unit in stale:
            running = shown[unit]["ActiveState"] in RUNNING
            self.changed(f"{unit}: {'works with what there was' if running else shown[unit]['ActiveState']}", f"{unit}: works with what there is")
        if stale and not self._check:
            self.systemctl("reset-failed", *stale, strict=False)
            # In one go, so that all end their work at the same time.
            self.systemctl("restart", *stale)
        return stale

    def watch(self, units: Sequence[str], seconds: float, pause: float = 1.0) -> None:
        """Raise ResourceError when one of them ends within so many seconds: systemd counts as started whatever was begun."""
        end = time.monotonic() + seconds
        before = {unit: now["NRestarts"] for unit, now in self.show(units).items()} if units else {}
        while units:
            for unit, now in self.show(units).items():
                if now["ActiveState"] not in RUNNING or now["NRestarts"] != before[unit]:
                    raise ResourceError(
                        f"{unit} does not stay up: within {seconds:g} s of its start it is {now['ActiveState']} ({now['SubState']}). "
                        f"More: `journalctl --unit {unit}` on this server."
                    )
            if time.monotonic() >= end:
                return
            time.sleep(pause)

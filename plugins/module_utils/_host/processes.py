# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The units of an application's processes on this server: what there is, and how it becomes what is wanted."""

from __future__ import annotations

import glob
import os
import re
import time
from collections.abc import Sequence

from ansible_collections.railyard.aws.plugins.module_utils._deploy.processes import Process
from ansible_collections.railyard.aws.plugins.module_utils._host import files
from ansible_collections.railyard.aws.plugins.module_utils._host.kept_units import ENABLED, UNITS, KeptUnits, Runner
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

NOTES = "/run/railyard-processes"
#: Knows what does not run with what there is now; the role brings it.
TOOL = "/usr/local/bin/railyard-process"
RUNNING = ("active", "reloading")


class Processes(KeptUnits):
    """What runs beside puma."""

    def __init__(self, run: Runner, check_mode: bool, kept: Sequence[str] = (), places: tuple[str, str, str] = (UNITS, NOTES, TOOL)) -> None:
        super().__init__(run, check_mode, kept, places[0])
        _units, self._notes, self._tool = places

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
            self._write(self._tool, tool, 0o755, unit=False)
        for process in wanted:
            own = os.path.join(self._units, process.unit)
            self._clear((process.unit, *process.instances), [own])
            self._write(own, texts[process.unit], 0o644)
        if not units:
            self._drop(self._tool)
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

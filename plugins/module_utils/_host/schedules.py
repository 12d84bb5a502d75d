# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The timers and services of an application's schedules on this server, and how they become what is wanted."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.railyard.aws.plugins.module_utils._deploy.schedules import Schedule
from ansible_collections.railyard.aws.plugins.module_utils._host.kept_units import ENABLED, UNITS, KeptUnits, Runner
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

#: What their services ask, and where it writes down how runs ended.
TOOL = "/usr/local/bin/railyard-schedule"
STATES = "/var/lib/railyard-schedules"
#: What tells CloudWatch how schedules go, what that reads, and what it and the services remember of runs.
WATCH = "railyard-schedules"
WATCHED = "/etc/railyard/schedules.json"
RUNS = "/var/lib/railyard-schedule-runs"


@dataclass(frozen=True)
class Places:
    """Where things are on a server."""

    units: str = UNITS
    states: str = STATES
    tool: str = TOOL
    watched: str = WATCHED
    runs: str = RUNS


class Schedules(KeptUnits):
    """What runs at times. A run that is under way is never stopped: neither a deployment nor a change of its units does."""

    def __init__(self, run: Runner, check_mode: bool, kept: Sequence[str] = (), places: Places = Places()) -> None:
        super().__init__(run, check_mode, kept, places.units)
        self._states, self._tool, self._watched, self._runs = places.states, places.tool, places.watched, places.runs

    def judge(self, wanted: Sequence[Schedule]) -> None:
        """Raise ResourceError where systemd does not take a calendar, or it has no time to come."""
        for schedule in wanted:
            try:
                out = self._run(["env", "LC_ALL=C", "systemd-analyze", "calendar", schedule.when], True)
            except ResourceError as error:
                raise ResourceError(
                    f"railyard_app_schedule: the calendar '{schedule.calendar}' in the time zone '{schedule.timezone}' of {schedule.name} is none that "
                    f"this server's systemd takes. {error} Try what you mean by `systemd-analyze calendar 'Mon..Fri 07:00 {schedule.timezone}'` on it."
                ) from error
            if "Next elapse: never" in out:
                raise ResourceError(
                    f"railyard_app_schedule: the calendar '{schedule.calendar}' of {schedule.name} has no time to come; write one that has, or take it out."
                )

    def keep(self, wanted: Sequence[Schedule], texts: dict[str, str], tool: str, watched: str = "", watch: tuple[str, str] = ("", "")) -> None:
        """Have exactly the schedules that are wanted.

        :arg texts: of their timers and services, by name
        :arg tool: of what the services ask
        :arg watched: what is told to whoever watches them; empty where nobody does
        :arg watch: texts of the timer and the service that do
        """
        watches = [f"{WATCH}.timer", f"{WATCH}.service"] if wanted and watched else []
        pairs = [(schedule.timer, schedule.service) for schedule in wanted] + ([(watches[0], watches[1])] if watches else [])
        texts = {**texts, **dict(zip(watches, watch, strict=False))}
        self._remove({timer for timer, _service in pairs}, {service for _timer, service in pairs}, {schedule.name for schedule in wanted})
        if wanted:
            self._write(self._tool, tool, 0o755, unit=False)
        else:
            self._drop(self._tool)
        if watches:
            self._write(self._watched, watched, 0o644, unit=False)
        else:
            self._drop(self._watched)
        anew = []
        for timer, service in pairs:
            paths = [os.path.join(self._units, unit) for unit in (timer, service)]
            self._clear((timer, service), paths)
            for unit, path in zip((timer, service), paths, strict=True):
                if self._write(path, texts[unit], 0o644) and unit == timer:
                    anew.append(unit)
        self._settle([timer for timer, _service in pairs], [service for _timer, service in pairs], anew)

    def _settle(self, timers: Sequence[str], services: Sequence[str], anew: Sequence[str]) -> None:
        """Have systemd read what there is, and the timers running now and after every boot.

        :arg anew: timers that go by other times than before
        """
        shown = self.show([*timers, *services]) if timers else {}
        unread = any(one["NeedDaemonReload"] == "yes" for one in shown.values())
        if unread and not self._edited:
            self.changed("systemd: files changed since it read them", "systemd: read")
        if (unread or self._edited) and not self._check:
            self.systemctl("daemon-reload")
            shown = self.show(timers) if timers else {}
        disabled = [timer for timer in timers if shown[timer]["UnitFileState"] not in ENABLED]
        stopped = [timer for timer in timers if shown[timer]["ActiveState"] != "active"]
        for timer in timers:
            if timer in disabled or timer in stopped:
                is_so = f"{shown[timer]['ActiveState']}, {shown[timer]['UnitFileState'] or 'not there'}"
                self.changed(f"{timer}: {is_so}", f"{timer}: active, enabled")
        if self._check:
            return
        if disabled:
            self.systemctl("enable", *disabled)
        # A timer alone: its service goes on with the run it is at.
        to_start = [timer for timer in timers if timer in stopped or timer in anew or (unread and timer not in self._edited)]
        if to_start:
            self.systemctl("restart", *to_start)

    def _remove(self, timers: set[str], services: set[str], names: set[str]) -> None:
        """Take away what is no longer wanted. What runs of it ends by itself."""
        patterns = [f"{start}.{kind}" for kind in ("timer", "service") for start in ("railyard-schedule-*", WATCH)]
        found = [path for pattern in patterns for path in sorted(glob.glob(os.path.join(self._units, pattern)))]
        gone = [path for path in found if os.path.basename(path) not in timers | services]
        stopped = [name for name in map(os.path.basename, gone) if name.endswith(".timer")]
        if stopped and not self._check:
            self.systemctl("disable", "--now", *stopped, strict=False)
            # Of a timer that somebody has removed, links are left that systemctl cannot read any more.
            for link in (path for unit in stopped for path in glob.glob(os.path.join(self._units, "*.wants", unit))):
                os.unlink(link)
        for path in gone:
            self._edited.add(path)
            self._drop(path)
        for known in sorted(glob.glob(os.path.join(self._states, "*")) + glob.glob(os.path.join(self._runs, "*"))):
            if os.path.basename(known).partition("@")[0] not in names:
                self._drop(known)

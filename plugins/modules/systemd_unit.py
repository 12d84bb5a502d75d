#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: systemd_unit
short_description: Keep a unit of systemd running, as it was described and not as others changed it
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Keeps a unit enabled and started, like M(ansible.builtin.systemd_service), and beside that its drop-in.
  - A mask, at run time too, is taken away. Drop-ins by other hands, and a file or link in the place of the unit's own, are
    moved aside, under their names and C(.aside-) with the time, unless O(kept_files) names them.
  - What systemd has not read yet it reads.
options:
  name:
    description: The unit, with or without C(.service).
    type: str
    required: true
  state:
    description: Whether it runs; left out, that is not looked at.
    type: str
    choices: [started]
  enabled:
    description: Whether it starts at boot; left out, that is not looked at.
    type: bool
  drop_in:
    description: Text of the drop-in C(zz-railyard.conf). An empty one is removed; left out, there is none to be.
    type: str
    default: ""
  fragment:
    description: The unit's file, where it is no package's.
    type: path
  kept_files:
    description: Files that are left where they are.
    type: list
    elements: path
    default: []
attributes:
  check_mode:
    description: Says what would change, and changes nothing.
    support: full
  diff_mode:
    description: Shows the drop-in, what would be moved aside and how the unit is.
    support: full
"""

EXAMPLES = r"""
- name: Let nginx come back by itself
  railyard.aws.systemd_unit:
    name: nginx
    state: started
    enabled: true
    drop_in: |
      [Service]
      Restart=always
"""

RETURN = r"""
aside:
  description: Files that were moved aside or removed, or would be.
  returned: success
  type: list
  elements: str
edited:
  description: Whether files of the unit changed, so that what runs has to be restarted to run by them.
  returned: success
  type: bool
"""

import os
import stat

from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._host.files import replace
from ansible_collections.railyard.aws.plugins.module_utils._host.module import named, run
from ansible_collections.railyard.aws.plugins.module_utils._host.paths import aside
from ansible_collections.railyard.aws.plugins.module_utils._host.units import NOWHERE, drop_ins_by_hand, replacements

ARGUMENTS = dict(
    name=dict(type="str", required=True),
    state=dict(type="str", choices=["started"]),
    enabled=dict(type="bool"),
    drop_in=dict(type="str", default=""),
    fragment=dict(type="path"),
    kept_files=dict(type="list", elements="path", default=[]),
)

DROP_IN = "zz-railyard.conf"
PROPERTIES = ("LoadState", "ActiveState", "UnitFileState", "NeedDaemonReload")
#: Of a unit that is on its way up, too, nobody needs to start another.
RUNNING = ("active", "activating", "reloading")
#: Of units that nobody can enable, or that something else enables.
ENABLED = ("enabled", "static", "alias", "indirect", "generated")


class Unit:
    """A unit of this server, and what was done, or would be."""

    def __init__(self, module):
        self.module = module
        name = module.params["name"]
        self.name = name if "." in name else f"{name}.service"
        self.before = []
        self.after = []
        self.aside = []
        self.edited = False

    def systemctl(self, *words):
        code, out, said = self.module.run_command(["systemctl", *words])
        if code != 0:
            self.module.fail_json(msg=f"`systemctl {' '.join(words)}` says: {(said or out).strip()}. More: `journalctl --unit {self.name}` on this server.")
        return out

    def look(self):
        out = self.systemctl("show", f"--property={','.join(PROPERTIES)}", self.name)
        return dict(line.split("=", 1) for line in out.splitlines() if "=" in line)

    def changed(self, before, after):
        self.before.append(f"{before}\n")
        self.after.append(f"{after}\n")

    def clear(self):
        """Move aside, or unlink when it is a mask, what others put in the unit's way."""
        own = f"/etc/systemd/system/{self.name}.d/{DROP_IN}"
        kept = {own, *self.module.params["kept_files"]}
        for path in [*replacements(self.name, self.module.params["fragment"]), *drop_ins_by_hand(self.name)]:
            if path in kept:
                continue
            self.aside.append(path)
            self.edited = True
            if os.path.islink(path) and os.readlink(path) == NOWHERE:
                self.changed(f"{path}: a mask", f"{path}: gone")
                if not self.module.check_mode:
                    os.unlink(path)
                continue
            moved = aside(path)
            self.changed(f"{path}: by other hands", f"{path}: moved to {moved}")
            if not self.module.check_mode:
                os.rename(path, moved)

    def write(self):
        """Have the drop-in as it is wanted."""
        path = f"/etc/systemd/system/{self.name}.d/{DROP_IN}"
        text = self.module.params["drop_in"]
        is_file = os.path.isfile(path) and not os.path.islink(path)
        is_text = ""
        if is_file:
            with open(path, encoding="utf-8", errors="replace") as file:
                is_text = file.read()
        if not text:
            if os.path.lexists(path):
                self.edited = True
                self.changed(is_text, "")
                if not self.module.check_mode:
                    os.unlink(path)
            return
        directory = os.path.dirname(path)
        if is_file and is_text == text:
            for name, mode in ((directory, 0o755), (path, 0o644)):
                info = os.stat(name)
                if (info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)) != (0, 0, mode):
                    self.changed(f"{name}: {info.st_uid}:{info.st_gid} {stat.S_IMODE(info.st_mode):04o}", f"{name}: 0:0 {mode:04o}")
                    if not self.module.check_mode:
                        os.chown(name, 0, 0)
                        os.chmod(name, mode)
            return
        self.edited = True
        self.changed(is_text, text)
        if self.module.check_mode:
            return
        if not os.path.isdir(directory):
            os.mkdir(directory, 0o755)
        os.chmod(directory, 0o755)
        replace(path, text, 0o644)

    def keep(self):
        self.clear()
        self.write()
        is_now = self.look()
        if is_now["NeedDaemonReload"] == "yes" and not self.edited:
            self.edited = True
            self.changed(f"{self.name}: files changed since systemd read them", f"{self.name}: read")
        if self.edited and not self.module.check_mode:
            self.systemctl("daemon-reload")
            is_now = self.look()
        gone = is_now["LoadState"] == "not-found"
        if gone and not (self.module.check_mode and self.edited):
            self.module.fail_json(msg=f"There is no unit {self.name} on this server; install the package that brings it anew, or run the role that writes it.")
        if self.module.params["enabled"] and is_now["UnitFileState"] not in ENABLED:
            self.changed(f"{self.name}: {is_now['UnitFileState'] or 'not enabled'}", f"{self.name}: enabled")
            if not self.module.check_mode:
                self.systemctl("enable", self.name)
        if self.module.params["state"] == "started" and is_now["ActiveState"] not in RUNNING:
            self.changed(f"{self.name}: {is_now['ActiveState']}", f"{self.name}: active")
            if not self.module.check_mode:
                # Or systemd refuses a unit that failed too often.
                if is_now["ActiveState"] == "failed":
                    self.systemctl("reset-failed", self.name)
                self.systemctl("start", self.name)


def keep(module):
    """Have the unit; return the result for exit_json. Raises ResourceError."""
    unit = Unit(module)
    with named(f"The unit {unit.name} cannot be kept"):
        unit.keep()
    return {
        "changed": bool(unit.after),
        "aside": unit.aside,
        "edited": unit.edited,
        "diff": {"before": "".join(unit.before), "after": "".join(unit.after)},
    }


@guarded
def main():
    run(ARGUMENTS, keep)


if __name__ == "__main__":
    main()

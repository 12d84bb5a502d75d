#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sshd_settings
short_description: Keep settings of sshd, whatever other files say
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Writes settings into a file that sshd's configuration includes, and sees to it that sshd goes by them.
  - Lines of other files that would win, because they come first, because every line of their kind counts or because they
    are in a C(Match) block, are turned into comments. Options of the command line in the files of the unit too.
  - Repairs owner and mode of the files and directories, which sshd or others could not or should not read or write.
  - At the end sshd itself is asked, for each user of O(users), what is in force; a difference fails.
options:
  content:
    description: The settings.
    type: str
    required: true
  path:
    description: File for them. One of the configuration's includes has to reach it.
    type: path
    default: /etc/ssh/sshd_config.d/00-railyard.conf
  users:
    description: Users for whom sshd is asked, beside root and nobody.
    type: list
    elements: str
    default: []
  kept_files:
    description: Files that are left as they are, although they may say otherwise.
    type: list
    elements: path
    default: []
attributes:
  check_mode:
    description: Says what would change, and changes nothing.
    support: full
  diff_mode:
    description: Shows every file that is changed.
    support: full
"""

EXAMPLES = r"""
- name: Let nobody log in with a password
  railyard.aws.sshd_settings:
    content: |
      PasswordAuthentication no
    users: [ec2-user]
  notify: Reload sshd
"""

RETURN = r"""
overridden:
  description: Lines that would have won, as C(file:line).
  returned: success
  type: list
  elements: str
restart:
  description: Whether sshd runs with options that a reload does not take away.
  returned: success
  type: bool
"""

import glob
import grp
import os
import re
import stat

from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._host.files import read, replace
from ansible_collections.railyard.aws.plugins.module_utils._host.module import named, run
from ansible_collections.railyard.aws.plugins.module_utils._host.sshd import is_reached, lines_of, overriding, same, settings, without
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

ARGUMENTS = dict(
    content=dict(type="str", required=True),
    path=dict(type="path", default="/etc/ssh/sshd_config.d/00-railyard.conf"),
    users=dict(type="list", elements="str", default=[]),
    kept_files=dict(type="list", elements="path", default=[]),
)

CONFIG = "/etc/ssh/sshd_config"
SSHD = "/usr/sbin/sshd"
#: Where distributions keep options of the command line, and their names there.
OPTIONS = {"/etc/default/ssh": "SSHD_OPTS", "/etc/sysconfig/sshd": "OPTIONS"}
#: sshd will not start without.
RUN_DIRECTORY = "/run/sshd"


class Settings:
    """Files as they are and as they are to be."""

    def __init__(self, module):
        self.module = module
        self.path = module.params["path"]
        self.kept = {os.path.realpath(path) for path in module.params["kept_files"]}
        self.before = {}
        self.after = {}
        self.modes = {}
        self.overridden = []

    def text(self, path):
        """What the file will say."""
        if path in self.after:
            return self.after[path]
        return read(path)

    def change(self, path, text):
        if path not in self.before:
            self.before[path] = read(path) if os.path.isfile(path) else ""
        self.after[path] = text

    def plan(self):
        content = self.module.params["content"]
        if not os.path.isfile(self.path) or os.path.islink(self.path) or read(self.path) != content:
            self.change(self.path, content)
        lines = self.lines()
        if not is_reached(lines, self.path):
            self.change(CONFIG, f"Include {os.path.dirname(self.path)}/*.conf\n{self.text(CONFIG)}")
            lines = self.lines()
        wanted = {}
        for _number, keyword, value in settings(content):
            if keyword == "match":
                break
            wanted[keyword] = value
        by_file = {}
        for line in overriding(lines, self.path, wanted):
            if os.path.realpath(line.file) not in self.kept:
                by_file.setdefault(line.file, []).append(line.number)
        for file, name in OPTIONS.items():
            if os.path.isfile(file) and os.path.realpath(file) not in self.kept:
                for number, line in enumerate(read(file).splitlines()):
                    if re.match(rf"\s*{name}=\s*['\"]?[^'\"\s]", line):
                        by_file.setdefault(file, []).append(number)
        for file, numbers in by_file.items():
            self.overridden += [f"{file}:{number + 1}" for number in numbers]
            self.change(file, without(self.text(file), numbers))
        self.plan_modes()

    def lines(self):
        """What sshd will read. A file of ours that is only planned is where its name sorts it to be."""
        found = list(lines_of(CONFIG, self.text))
        if os.path.lexists(self.path) or self.path not in self.after:
            return found
        includes = [index for index, line in enumerate(found) if line.keyword == "include" and line.match is None and os.path.dirname(self.path) in line.value]
        if not includes:
            return found
        index = includes[0] + 1
        while index < len(found) and os.path.dirname(found[index].file) == os.path.dirname(self.path):
            if found[index].file > self.path:
                break
            index += 1
        return found[:index] + list(lines_of(self.path, self.text)) + found[index:]

    def plan_modes(self):
        """Owner root, and no rights for others that sshd refuses or that let them change what it does."""
        for directory in sorted({os.path.dirname(CONFIG), os.path.dirname(self.path)}):
            self.plan_mode(directory, 0o755, exactly=True)
        self.plan_mode(CONFIG, 0o644, exactly=False)
        if os.path.isfile(self.path):
            self.plan_mode(self.path, 0o600, exactly=True)
        for key in glob.glob("/etc/ssh/ssh_host_*_key"):
            readers = grp.getgrgid(os.stat(key).st_gid).gr_name == "ssh_keys"
            self.plan_mode(key, 0o640 if readers else 0o600, exactly=False)

    def plan_mode(self, path, mode, exactly):
        info = os.stat(path)
        is_mode = stat.S_IMODE(info.st_mode)
        if info.st_uid != 0 or (is_mode != mode if exactly else is_mode & ~mode):
            self.modes[path] = (f"{info.st_uid} {is_mode:04o}", mode if exactly else is_mode & mode)

    def apply(self):
        """Write everything, or nothing when sshd would not take it."""
        info = {path: (read(path), stat.S_IMODE(os.stat(path).st_mode)) for path in self.after if os.path.isfile(path)}
        for path, text in self.after.items():
            replace(path, text, 0o600 if path == self.path else info[path][1])
        for path, (_before, mode) in self.modes.items():
            os.chown(path, 0, -1)
            os.chmod(path, mode)
        code, out, said = self.sshd("-t")
        if code != 0:
            for path in self.after:
                if path in info:
                    replace(path, *info[path])
                else:
                    os.unlink(path)
            self.module.fail_json(msg=f"sshd does not take these settings, and {', '.join(self.after)} stay as before: {said.strip()}")

    def sshd(self, *arguments):
        os.makedirs(RUN_DIRECTORY, mode=0o755, exist_ok=True)
        return self.module.run_command([SSHD, *arguments])

    def in_force(self, *arguments):
        code, out, said = self.sshd("-T", *arguments)
        if code != 0:
            self.module.fail_json(msg=f"`sshd -T {' '.join(arguments)}` says: {said.strip()}")
        values = {}
        for line in out.splitlines():
            keyword, _blank, value = line.partition(" ")
            values.setdefault(keyword, []).append(value)
        return values

    def differences(self):
        """Settings of the content that sshd does not go by, for any of the users."""
        names = {keyword for number, keyword, value in settings(self.module.params["content"])} - {"match"}
        found = []
        for user in [*self.module.params["users"], "root", "nobody"]:
            who = ["-C", f"user={user},host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22"]
            wanted, got = self.in_force("-f", self.path, *who), self.in_force(*who)
            found += [
                f"{name} is '{', '.join(got.get(name, []))}' for {user}, not '{', '.join(wanted[name])}'"
                for name in sorted(names)
                if name in wanted and not (len(got.get(name, [])) == len(wanted[name]) and all(map(same, got[name], wanted[name])))
            ]
        return found


def runs_with_options(module):
    """Whether the sshd that listens was started with settings on its command line."""
    for unit in ("ssh.service", "sshd.service"):
        code, out, said = module.run_command(["systemctl", "show", "--property=MainPID", "--value", unit])
        number = out.strip()
        if code == 0 and number not in ("", "0"):
            try:
                words = read(f"/proc/{number}/cmdline")
            except OSError:
                return False
            return bool(re.search(r"[\0 ]-[oftpC]", words.split("[listener]")[0]))
    return False


def keep(module):
    """Have the settings in force; return the result for exit_json. Raises ResourceError."""
    kept = Settings(module)
    with named("sshd's settings cannot be kept"):
        kept.plan()
        changed = bool(kept.after or kept.modes)
        if changed and not module.check_mode:
            kept.apply()
    restart = runs_with_options(module)
    if not (changed and module.check_mode) and not kept.kept:
        differences = kept.differences()
        if differences:
            raise ResourceError(
                f"sshd does not go by {kept.path}: {'; '.join(differences)}. Something else sets it; "
                f"`grep -rniE '{'|'.join(sorted({text.split()[0] for text in differences}))}' /etc/ssh /etc/crypto-policies` shows where."
            )
    diff = [{"before_header": path, "after_header": path, "before": kept.before[path], "after": text} for path, text in kept.after.items()]
    for path, (before, mode) in kept.modes.items():
        diff.append({"before_header": path, "after_header": path, "before": f"{before}\n", "after": f"0 {mode:04o}\n"})
    return {"changed": changed or restart, "overridden": kept.overridden, "restart": restart, "diff": diff}


@guarded
def main():
    run(ARGUMENTS, keep)


if __name__ == "__main__":
    main()

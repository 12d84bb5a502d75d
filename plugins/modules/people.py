#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: people
short_description: Keep the accounts of people on a server
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Gives each person of a list an account without a password, in O(group) and no other group beside its own, with public
    keys in a file of root's, and takes back what was changed by hand of these.
  - Who is in O(group) and not on the list has left. The account is closed (locked and expired, without keys or shell) and its
    processes, those started by C(sudo) in its sessions too, are ended. It is not deleted, so that nobody gets its number and
    with that its files. A name that comes back on the list is opened again.
  - A user of the server that is not in O(group) is never taken for a person's.
  - Without people, on a server that never had any, nothing is made.
options:
  people:
    description: The people.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the account.
        type: str
        required: true
      ssh_keys:
        description: Lines of public keys with which the person logs in. sshd has to be told of O(keys).
        type: list
        elements: str
        required: true
  sudoers:
    description: What people may do by C(sudo), as C(sudoers) has it; nothing removes the file.
    type: str
    default: ""
  group:
    description: The group by which people's accounts are told from others.
    type: str
    default: railyard-people
  keys:
    description: Directory with a file of keys for each person.
    type: path
    default: /etc/ssh/authorized_keys
  sudoers_file:
    description: Where O(sudoers) goes.
    type: path
    default: /etc/sudoers.d/60-railyard-people
attributes:
  check_mode:
    description: Says what would change, and changes nothing.
    support: full
  diff_mode:
    description: Shows each account, file and number of processes that changes.
    support: full
"""

EXAMPLES = r"""
- name: Let kim in, and nobody else
  railyard.aws.people:
    people:
      - name: kim
        ssh_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2SWFwbIZ9Ef3gV7Zq8X7UDF9k0k9cTCwBB4K1q7p2p kim@laptop]
    sudoers: "kim ALL=(ALL) NOPASSWD: ALL\n"
"""

RETURN = r"""
gone:
  description: Names of those who have left and whose accounts are closed.
  returned: success
  type: list
  elements: str
changes:
  description: What was changed, or would be.
  returned: success
  type: list
  elements: str
"""

import os
import signal
import tempfile
import time

from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._host.accounts import Accounts, account_steps, gone, processes
from ansible_collections.railyard.aws.plugins.module_utils._host.files import difference, replace
from ansible_collections.railyard.aws.plugins.module_utils._host.module import named, run
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

ARGUMENTS = dict(
    people=dict(
        type="list",
        elements="dict",
        required=True,
        options=dict(
            name=dict(type="str", required=True),
            ssh_keys=dict(type="list", elements="str", required=True, no_log=False),
        ),
    ),
    sudoers=dict(type="str", default=""),
    group=dict(type="str", default="railyard-people"),
    keys=dict(type="path", default="/etc/ssh/authorized_keys", no_log=False),
    sudoers_file=dict(type="path", default="/etc/sudoers.d/60-railyard-people"),
)

#: systemd keeps a user's services running for each name here, whether or not somebody is logged in.
LINGER = "/var/lib/systemd/linger"
#: How often to end processes: some may start others meanwhile.
ROUNDS = 50


class People:
    """What is to be changed, and was."""

    def __init__(self, module):
        self.module = module
        self.group = module.params["group"]
        self.people = {one["name"]: one["ssh_keys"] for one in module.params["people"]}
        self.before = []
        self.after = []

    def changed(self, what, before, after):
        self.before.append(f"{what}: {before}\n")
        self.after.append(f"{what}: {after}\n")
        return not self.module.check_mode

    def command(self, *words):
        code, out, said = self.module.run_command(list(words))
        if code != 0:
            raise ResourceError(f"`{' '.join(words)}` says: {(said or out).strip()}")

    def file(self, path, text, mode, check=None):
        """Have a file of root's with that text; with none have no file. May raise ResourceError and OSError."""
        if not text:
            if os.path.lexists(path) and self.changed(path, "a file", "no file"):
                os.unlink(path)
            return
        differs = difference(path, text, mode, (0, 0))
        if not differs:
            return
        if check:
            check(text)
        if self.changed(path, differs[0] or "no file", differs[1]):
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            replace(path, text, mode, (0, 0))

    def judge(self, sudoers):
        """Refuse what sudo does not take: with a broken file it would do nothing for anybody."""
        with tempfile.NamedTemporaryFile("w", suffix=".sudoers") as candidate:
            candidate.write(sudoers)
            candidate.flush()
            code, out, said = self.module.run_command(["visudo", "-cf", candidate.name])
        if code != 0:
            raise ResourceError(f"sudo does not take these rights, and {self.module.params['sudoers_file']} stays as before: {(said or out).strip()}")

    def keep(self):
        """May raise ResourceError and OSError."""
        accounts = Accounts.read()
        steps = account_steps(accounts, self.people, self.group)
        left = gone(accounts, self.people, self.group)
        self.file(self.module.params["sudoers_file"], self.module.params["sudoers"], 0o440, self.judge)
        for step in steps:
            if self.changed(step.name, step.before, step.after):
                self.command(*step.command)
        for name, keys in self.people.items():
            self.file(os.path.join(self.module.params["keys"], name), "".join(f"{key.strip()}\n" for key in keys), 0o644)
        for name in left:
            # No way in first, then what is in.
            for folder in (self.module.params["keys"], LINGER):
                self.file(os.path.join(folder, name), "", 0)
            self.end(name, accounts.users[name].uid)
        return left

    def end(self, name, uid):
        """End all that runs for somebody. Raises ResourceError."""
        running = processes(uid)
        if not running or not self.changed(f"processes of {name}", str(len(running)), "none"):
            return
        for _round in range(ROUNDS):
            for number in running:
                try:
                    os.kill(number, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.1)
            running = processes(uid)
            if not running:
                return
        raise ResourceError(f"processes of {name}, who has left, do not end: {', '.join(map(str, running))}; look at them with `ps -fp {running[0]}`")


def keep(module):
    """Have the accounts; return the result for exit_json. Raises ResourceError."""
    people = People(module)
    with named("People's accounts cannot be kept"):
        left = people.keep()
    return {
        "changed": bool(people.after),
        "gone": left,
        "changes": [after.splitlines()[0] for after in people.after],
        "diff": {"before": "".join(people.before), "after": "".join(people.after)},
    }


@guarded
def main():
    run(ARGUMENTS, keep)


if __name__ == "__main__":
    main()

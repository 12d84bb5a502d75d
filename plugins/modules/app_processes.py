#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: app_processes
short_description: Keep the processes of an application beside puma
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Every process is a template unit of systemd, C(railyard-NAME@.service), with as many instances as are asked for, enabled and
    started. One that is not wanted any more is stopped and its units are removed.
  - What runs with another unit, environment or release than there is now is started anew. C(railyard-process) knows.
  - Masks of these units are taken away. Files by other hands in their place, and drop-ins, are moved aside unless O(kept_files) names
    them.
  - The C(Procfile) is read as the application's user, and nothing of the application is run but its processes.
options:
  state:
    description:
      - V(present) keeps the processes.
      - V(quiet) asks those that run to take no new work, by their quiet signals, and marks them to be started anew by the next
        V(present).
      - V(checked) changes nothing and fails where V(present) would for what is declared.
    type: str
    choices: [present, quiet, checked]
    default: present
  app_path:
    description: Path of the application's release, in which its C(Procfile) is.
    type: path
    required: true
  user:
    description: User that runs the processes.
    type: str
    required: true
  declared:
    description:
      - Name and settings of each process, or its command alone. Settings are C(command), C(count), C(memory_max), C(quiet_signal),
        C(stop_signal), C(stop_timeout) and C(servers).
      - A command that is left out is the Procfile's of the same name. Where nothing is declared, all of the Procfile run but C(web),
        C(release), C(postdeploy), C(console) and C(rake).
    type: dict
    default: {}
  single:
    description: Whether this server is the one for processes with C(servers=one).
    type: bool
    default: true
  servers:
    description:
      - Further values of a process's C(servers) for which this server is one. Where there are worker servers, web servers are
        V(web) and no longer V(all).
    type: list
    elements: str
    choices: [all, web, worker]
    default: [all, web]
  unit:
    description: Text of a template unit, in which C(@NAME@), C(@COMMAND@), C(@MEMORY_MAX@), C(@STOP_SIGNAL@), C(@STOP_TIMEOUT@) and
      C(@QUIET_SIGNAL@) stand for what differs. Needed for V(present).
    type: str
    default: ""
  tool:
    description: Text of C(/usr/local/bin/railyard-process), which notes with what a process was started. Needed for V(present). It is
      there as long as there are processes.
    type: str
    default: ""
  watch:
    description: Seconds for which what was started must not end.
    type: int
    default: 10
  kept_files:
    description: Files that are left as they are.
    type: list
    elements: path
    default: []
attributes:
  check_mode:
    description: Says what would change, and changes nothing.
    support: full
  diff_mode:
    description: Shows units and how they are.
    support: full
"""

EXAMPLES = r"""
- name: Run two workers
  railyard.aws.app_processes:
    app_path: /var/www/shop
    user: deploy
    unit: "{{ lookup('ansible.builtin.template', 'process.service.j2') }}"
    tool: "{{ lookup('ansible.builtin.template', 'railyard-process.j2') }}"
    declared:
      worker:
        command: bundle exec sidekiq
        count: 2
        memory_max: 1G
"""

RETURN = r"""
processes:
  description: Units that run, or would.
  returned: success
  type: list
  elements: str
started:
  description: Those that were started, started anew, or asked to take no new work.
  returned: success
  type: list
  elements: str
"""

import pwd

from ansible_collections.railyard.aws.plugins.module_utils._deploy import processes as said
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._host.module import commands, named, run
from ansible_collections.railyard.aws.plugins.module_utils._host.processes import Processes
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

ARGUMENTS = dict(
    state=dict(type="str", choices=["present", "quiet", "checked"], default="present"),
    app_path=dict(type="path", required=True),
    user=dict(type="str", required=True),
    declared=dict(type="dict", default={}),
    single=dict(type="bool", default=True),
    servers=dict(type="list", elements="str", choices=["all", "web", "worker"], default=["all", "web"]),
    unit=dict(type="str", default=""),
    tool=dict(type="str", default=""),
    watch=dict(type="int", default=10),
    kept_files=dict(type="list", elements="path", default=[]),
)
#: Bytes of a Procfile that are read.
LARGEST = 65536


def procfile(module):
    """Commands of the release's Procfile, read with the rights of its user: root would follow a link of that user's."""
    path = f"{module.params['app_path']}/Procfile"
    code, text, _error = module.run_command(["runuser", "-u", module.params["user"], "--", "head", "-c", str(LARGEST), path], errors="replace")
    return said.procfile(text) if code == 0 else {}


def wanted(module):
    """What is to run here. Raises ResourceError."""
    wrong = said.problems(module.params["declared"])
    if wrong:
        raise ResourceError(f"railyard_app_processes: {' '.join(wrong)}")
    try:
        pwd.getpwnam(module.params["user"])
    except KeyError:
        raise ResourceError(
            f"This server has no user '{module.params['user']}' to run processes as; run `ansible-playbook site.yml --tags common` first, which "
            "makes it, or name another in railyard_app_user."
        ) from None
    try:
        return said.wanted(module.params["declared"], procfile(module), module.params["single"], module.params["servers"])
    except said.ProcessError as error:
        raise ResourceError(str(error)) from error


def keep(module):
    """Do what is asked for; return the result for exit_json. Raises ResourceError."""
    here = Processes(commands(module), module.check_mode, module.params["kept_files"])
    state = module.params["state"]
    units, started = [], []
    with named("The processes of the application cannot be kept"):
        if state == "quiet":
            started = here.quiet()
        else:
            processes = wanted(module)
            units = [unit for process in processes for unit in process.instances]
            if state == "present":
                texts = {process.unit: said.unit_text(module.params["unit"], process) for process in processes}
                started = here.keep(processes, texts, module.params["tool"])
                if not module.check_mode:
                    here.watch(started, module.params["watch"])
    return {
        "changed": bool(here.after),
        "processes": units,
        "started": started,
        "diff": {"before": "".join(here.before), "after": "".join(here.after)},
    }


@guarded
def main():
    run(ARGUMENTS, keep)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: app_schedules
short_description: Keep what an application runs at times
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Every schedule is a timer and a service of systemd, C(railyard-schedule-NAME.timer) and C(.service). One that is not wanted any more
    is removed.
  - The timers of all servers elapse. Where O(bucket) is given, the service whose server first writes an object of the calendar's
    time into it runs the command, and the others do not; a run that was begun is never begun again, on no server.
  - A run that is under way is not interrupted, whatever changes.
  - Calendars are judged by C(systemd-analyze) before anything changes.
  - Masks of these units are taken away. Files by other hands in their place, and drop-ins, are moved aside unless O(kept_files) names
    them.
options:
  state:
    description:
      - V(present) keeps the schedules.
      - V(checked) changes nothing and fails where V(present) would for what is declared.
    type: str
    choices: [present, checked]
    default: present
  declared:
    description:
      - Name and settings of each schedule, which are C(command), C(calendar), C(timezone), C(memory_max), C(timeout) and C(servers).
    type: dict
    default: {}
  bucket:
    description:
      - Bucket by which servers agree on who runs what; C({account}) stands for the account's id. It is written to with the rights of the
        instance. Empty means that they do not, and that what runs once runs where O(single) is true.
    type: str
    default: ""
  single:
    description: Whether this server is the one for what runs once, without O(bucket).
    type: bool
    default: true
  timer:
    description: Text of a timer, in which C(@NAME@) and C(@CALENDAR@) stand for what differs. Needed for V(present).
    type: str
    default: ""
  service:
    description: Text of a service, in which C(@NAME@), C(@CALENDAR@), C(@COMMAND@), C(@MEMORY_MAX@), C(@TIMEOUT@) and C(@BUCKET@) stand for
      what differs. Needed for V(present).
    type: str
    default: ""
  tool:
    description: Text of C(/usr/local/bin/railyard-schedule), which services ask whether to run. Needed for V(present). It is there as
      long as there are schedules.
    type: str
    default: ""
  prefix:
    description: Beginning of the keys in O(bucket) by which runs are written down.
    type: str
    default: schedules/
  namespace:
    description:
      - Namespace of CloudWatch in which each server tells every five minutes how each schedule goes, as the metric C(schedule_status) with
        the dimension C(Schedule); 0 where every time was run and well, 1 where a run failed, 2 where a time was missed. Empty means that
        nobody watches them, and so does an empty O(bucket).
    type: str
    default: ""
  watch_timer:
    description: Text of the timer C(railyard-schedules.timer), which is there as long as somebody watches schedules. Needed with O(namespace).
    type: str
    default: ""
  watch_service:
    description: Text of its service, C(railyard-schedules.service). Needed with O(namespace).
    type: str
    default: ""
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
seealso:
  - module: railyard.aws.app_processes
"""

EXAMPLES = r"""
- name: Send a digest on workdays
  railyard.aws.app_schedules:
    timer: "{{ lookup('ansible.builtin.template', 'schedule.timer.j2') }}"
    service: "{{ lookup('ansible.builtin.template', 'schedule.service.j2') }}"
    tool: "{{ lookup('ansible.builtin.file', 'railyard_schedule.py', rstrip=false) }}"
    bucket: shop-artifacts-{account}-eu-central-1
    declared:
      digest:
        command: bundle exec rake digest:send
        calendar: Mon..Fri 07:00
        timezone: Europe/Berlin
"""

RETURN = r"""
schedules:
  description: Names of the timers that run, or would.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.railyard.aws.plugins.module_utils._deploy import schedules as said
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._host.module import commands, named, run
from ansible_collections.railyard.aws.plugins.module_utils._host.schedules import Schedules
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

ARGUMENTS = dict(
    state=dict(type="str", choices=["present", "checked"], default="present"),
    declared=dict(type="dict", default={}),
    bucket=dict(type="str", default=""),
    single=dict(type="bool", default=True),
    timer=dict(type="str", default=""),
    service=dict(type="str", default=""),
    tool=dict(type="str", default=""),
    prefix=dict(type="str", default="schedules/"),
    namespace=dict(type="str", default=""),
    watch_timer=dict(type="str", default=""),
    watch_service=dict(type="str", default=""),
    kept_files=dict(type="list", elements="path", default=[]),
)


def keep(module):
    """Do what is asked for; return the result for exit_json. Raises ResourceError."""
    given = module.params
    wrong = said.problems(given["declared"])
    if wrong:
        raise ResourceError(f"railyard_app_schedule: {' '.join(wrong)}")
    here = Schedules(commands(module), module.check_mode, given["kept_files"])
    wanted = said.wanted(given["declared"], bool(given["bucket"]), given["single"])
    here.judge(wanted)
    if given["state"] == "present":
        texts = {one.timer: said.unit_text(given["timer"], one, given["bucket"]) for one in wanted}
        texts.update({one.service: said.unit_text(given["service"], one, given["bucket"]) for one in wanted})
        watched = said.watched(wanted, given["bucket"], given["prefix"], given["namespace"]) if given["bucket"] and given["namespace"] else ""
        with named("The schedules of the application cannot be kept"):
            here.keep(wanted, texts, given["tool"], watched, (given["watch_timer"], given["watch_service"]))
    return {
        "changed": bool(here.after),
        "schedules": [one.timer for one in wanted],
        "diff": {"before": "".join(here.before), "after": "".join(here.after)},
    }


@guarded
def main():
    run(ARGUMENTS, keep)


if __name__ == "__main__":
    main()

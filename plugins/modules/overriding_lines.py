#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: overriding_lines
short_description: Take lines out of force that win over a file of settings
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - In directories of settings of which the last counts, or all together, another file can say otherwise than a role's.
    Such lines are turned into comments, and the rest of their file stays.
options:
  rules:
    description: One entry for each kind of settings.
    type: list
    elements: dict
    required: true
    suboptions:
      own:
        description: The role's file, which is not looked at.
        type: path
        required: true
      files:
        description: Shell patterns of the files that may say otherwise.
        type: list
        elements: str
        required: true
      lines:
        description: Regular expressions that match from the start of such a line.
        type: list
        elements: str
        required: true
      allowed:
        description: Regular expressions of lines that say the same as the role's file.
        type: list
        elements: str
        default: []
      later:
        description: Whether only files count whose names come after that of O(rules[].own).
        type: bool
        default: true
      comment:
        description: How a comment begins.
        type: str
        default: "#"
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
    description: Shows every file that is changed.
    support: full
"""

EXAMPLES = r"""
- name: Let no other file set the length of the queue
  railyard.aws.overriding_lines:
    rules:
      - own: /etc/sysctl.d/60-railyard.conf
        files: [/etc/sysctl.d/*.conf]
        lines: ['\s*net.core.somaxconn\s*=']
        allowed: ['\s*net.core.somaxconn\s*=\s*1024\s*$']
"""

RETURN = r"""
overridden:
  description: Lines that would have won, as C(file:line).
  returned: success
  type: list
  elements: str
"""

import glob
import os
import re
import stat

from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._host.files import read, replace
from ansible_collections.railyard.aws.plugins.module_utils._host.module import named, run

ARGUMENTS = dict(
    rules=dict(
        type="list",
        elements="dict",
        required=True,
        options=dict(
            own=dict(type="path", required=True),
            files=dict(type="list", elements="str", required=True),
            lines=dict(type="list", elements="str", required=True),
            allowed=dict(type="list", elements="str", default=[]),
            later=dict(type="bool", default=True),
            comment=dict(type="str", default="#"),
        ),
    ),
    kept_files=dict(type="list", elements="path", default=[]),
)

NOTE = "Taken out by railyard.aws, whose file of its own decides:"


def taken_out(text, rule):
    """(text without the lines of a rule, their numbers from 1). A line that goes on in the next takes that with it."""
    lines, numbers, goes_on = [], [], False
    for number, line in enumerate(text.splitlines(), 1):
        wins = goes_on or (any(re.match(pattern, line) for pattern in rule["lines"]) and not any(re.match(pattern, line) for pattern in rule["allowed"]))
        goes_on = wins and line.endswith("\\")
        if wins:
            numbers.append(number)
            # The mark of a line that goes on would hide the one after the comment.
            line = f"{rule['comment']} {NOTE} {line.rstrip(chr(92)).strip()}"
        lines.append(f"{line}\n")
    return "".join(lines), numbers


def files_of(rule, kept):
    """Files that the rule is about. Several names of one file are one."""
    found = {}
    for pattern in rule["files"]:
        for path in sorted(glob.glob(pattern)):
            real = os.path.realpath(path)
            is_later = os.path.basename(path) > os.path.basename(rule["own"]) or os.path.dirname(path) != os.path.dirname(rule["own"])
            if real not in kept and real != os.path.realpath(rule["own"]) and os.path.isfile(real) and (is_later or not rule["later"]):
                found[real] = path
    return sorted(found)


def keep(module):
    """Take out the lines that win; return the result for exit_json. Raises ResourceError."""
    kept = {os.path.realpath(path) for path in module.params["kept_files"]}
    overridden, diff = [], []
    for rule in module.params["rules"]:
        for path in files_of(rule, kept):
            with named(f"{path} cannot be read or changed"):
                before = read(path)
                after, numbers = taken_out(before, rule)
                if numbers:
                    overridden += [f"{path}:{number}" for number in numbers]
                    diff.append({"before_header": path, "after_header": path, "before": before, "after": after})
                    if not module.check_mode:
                        info = os.stat(path)
                        replace(path, after, stat.S_IMODE(info.st_mode), (info.st_uid, info.st_gid))
    return {"changed": bool(overridden), "overridden": overridden, "diff": diff}


@guarded
def main():
    run(ARGUMENTS, keep)


if __name__ == "__main__":
    main()

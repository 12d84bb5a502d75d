#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: directories
short_description: Keep a server's directories, on ways that only root can change
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Makes directories, and keeps their owner, group and mode, many at once.
  - Never follows a link that somebody other than root could have planted. All above a directory has to be root's; what is
    others' to write is a leaf.
  - Directories between one of the list and another that the list does not name are root's, with the mode 0755.
  - Something else in a directory's place, such as a link, is moved aside, under its name and C(.aside-) with the time.
options:
  directories:
    description: The directories, in the order in which they are made.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: Absolute path.
        type: path
        required: true
      owner:
        description: User.
        type: str
        default: root
      group:
        description: Group; that of the owner's name when it is left out.
        type: str
      mode:
        description: Mode, in octal digits.
        type: str
        default: "0755"
      readable:
        description:
          - Whether all may read what is made in it, whatever the umask of who makes it. It gets a default list of rights.
        type: bool
        default: false
  files:
    description:
      - Files that have to be root's own and real, if they are there. Anything else in their place is moved aside.
    type: list
    elements: path
    default: []
attributes:
  check_mode:
    description: Says what would be made and changed, and changes nothing.
    support: full
  diff_mode:
    description: Shows what each directory is and becomes.
    support: full
"""

EXAMPLES = r"""
- name: Make the application's directories
  railyard.aws.directories:
    directories:
      - {path: /var/www/shop.d}
      - {path: /var/www/shop.d/shared}
      - {path: /var/www/shop.d/shared/log, owner: deploy, readable: true}
    files: [/var/www/shop.d/revisions.log]
"""

RETURN = r"""
changes:
  description: What was changed, or would be.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._host.directories import OPTIONS, Tree
from ansible_collections.railyard.aws.plugins.module_utils._host.module import named, run

ARGUMENTS = dict(
    directories=dict(type="list", elements="dict", required=True, options=OPTIONS),
    files=dict(type="list", elements="path", default=[]),
)


def keep(module):
    """Have the directories and the places of the files; return the result for exit_json. Raises ResourceError."""
    tree = Tree(module.check_mode)
    for entry in module.params["directories"]:
        with named(f"{entry['path']} cannot be kept"):
            tree.keep(**entry)
    for path in module.params["files"]:
        with named(f"{path} cannot be kept"):
            tree.keep_file(path)
    return {
        "changed": bool(tree.after),
        "changes": [line.rstrip("\n") for line in tree.after],
        "diff": {"before": "".join(tree.before), "after": "".join(tree.after)},
    }


@guarded
def main():
    run(ARGUMENTS, keep)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: server_state_info
short_description: Say what of a role's files, directories and packages is not as it should be
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - One question to a server, where a role would otherwise ask one for each file, directory and package. Where nothing differs,
    the tasks that keep them can be left out; where something does, they say and mend it.
  - Nothing is assumed from an earlier run. Everything is read.
options:
  files:
    description: Files with what they should be.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Path of the file.
        type: path
        required: true
      sha256:
        description: SHA-256 of its content; any content will do when it is not given.
        type: str
      owner:
        description: Name of its user.
        type: str
        default: root
      group:
        description: Name of its group.
        type: str
        default: root
      mode:
        description: Its mode, in octal digits.
        type: str
        default: "0644"
  directories:
    description: Directories as M(railyard.aws.directories) keeps them.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Path of the directory.
        type: path
        required: true
      owner:
        description: Name of its user.
        type: str
        default: root
      group:
        description: Name of its group; that of its owner when it is not given.
        type: str
      mode:
        description: Its mode, in octal digits.
        type: str
        default: "0755"
      readable:
        description: Whether what is made in it can be read by all, whatever the umask.
        type: bool
        default: false
  root_files:
    description: Files that only root may change, wherever they exist.
    type: list
    elements: path
    default: []
  packages:
    description: Names of the distribution's packages that should be installed.
    type: list
    elements: str
    default: []
  packages_known_by:
    description: The database that knows which packages are installed; that which the server has when it is not given.
    type: str
    choices: [dpkg, rpm]
  user:
    description: A user to look for.
    type: str
  link:
    description: A link to look at.
    type: path
attributes:
  check_mode:
    description: It only ever reads.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
seealso:
  - module: railyard.aws.directories
"""

EXAMPLES = r"""
- name: Look at what the application stands on
  railyard.aws.server_state_info:
    user: deploy
    link: /var/www/shop
    packages: [git, logrotate]
    directories:
      - {path: /var/www/shop.d/shared/log, owner: deploy, readable: true}
    files:
      - path: /etc/logrotate.d/shop
        sha256: "{{ lookup('ansible.builtin.template', 'logrotate.j2') | hash('sha256') }}"
  register: here

- name: Ensure that it is so
  ansible.builtin.include_tasks: configure.yml
  when: here.differences | length > 0
"""

RETURN = r"""
differences:
  description: What is not as it should be, a line for each. Never the content of a file.
  returned: success
  type: list
  elements: str
  sample: ["/etc/logrotate.d/shop has another content"]
missing_packages:
  description: Those of O(packages) that are not installed.
  returned: when O(packages) is given
  type: list
  elements: str
  sample: [logrotate]
package_lists_age:
  description: Seconds since apt last fetched its lists, or nothing where it never did.
  returned: when O(packages) is given and dpkg knows them
  type: int
user_exists:
  description: Whether O(user) exists.
  returned: when O(user) is given
  type: bool
stat:
  description: What O(link) is.
  returned: when O(link) is given
  type: dict
  contains:
    exists:
      description: Whether there is anything.
      returned: always
      type: bool
    islnk:
      description: Whether it is a link.
      returned: always
      type: bool
    lnk_source:
      description: Where it leads.
      returned: when it is a link
      type: str
"""

import shutil

from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._host.directories import OPTIONS, Tree
from ansible_collections.railyard.aws.plugins.module_utils._host.module import named, run
from ansible_collections.railyard.aws.plugins.module_utils._host.observed import file_difference, link_stat, user_exists
from ansible_collections.railyard.aws.plugins.module_utils._host.packages import database, lists_age, missing
from ansible_collections.railyard.aws.plugins.module_utils._host.paths import PathError

FILE = dict(
    path=dict(type="path", required=True),
    sha256=dict(type="str"),
    owner=dict(type="str", default="root"),
    group=dict(type="str", default="root"),
    mode=dict(type="str", default="0644"),
)
ARGUMENTS = dict(
    files=dict(type="list", elements="dict", default=[], options=FILE),
    directories=dict(type="list", elements="dict", default=[], options=OPTIONS),
    root_files=dict(type="list", elements="path", default=[]),
    packages=dict(type="list", elements="str", default=[]),
    packages_known_by=dict(type="str", choices=["dpkg", "rpm"]),
    user=dict(type="str"),
    link=dict(type="path"),
)


def directory_differences(params):
    """What the module directories would change. It refuses what it cannot mend: that is a difference, too."""
    tree = Tree(check_mode=True)
    try:
        for entry in params["directories"]:
            tree.keep(**entry)
        for path in params["root_files"]:
            tree.keep_file(path)
    except PathError as error:
        return [str(error)]
    return [line.rstrip("\n") for line in tree.after]


def package_state(names, known_by, run_command):
    """Which packages are missing, and where lists are fetched, how old they are."""
    state = {"missing_packages": missing(names, known_by, run_command)}
    if known_by == "dpkg":
        state["package_lists_age"] = lists_age()
    return state


def look(module):
    """Return the result for exit_json. Raises ResourceError."""
    params = module.params
    found = []
    with named("This server's files cannot be read"):
        found += filter(None, (file_difference(**entry) for entry in params["files"]))
        found += directory_differences(params)
        result = {"stat": link_stat(params["link"])} if params["link"] else {}
    if params["packages"]:
        result.update(package_state(params["packages"], params["packages_known_by"] or database(shutil.which), module.run_command))
        found += [f"the package {name} is missing" for name in result["missing_packages"]]
    if params["user"]:
        result["user_exists"] = user_exists(params["user"])
    return {"changed": False, "differences": found, **result}


@guarded
def main():
    run(ARGUMENTS, look)


if __name__ == "__main__":
    main()

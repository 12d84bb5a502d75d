#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: packages
short_description: Ensure that packages are installed, and start a package manager for none that is
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Asks dpkg or rpm which of the packages are missing, and has M(ansible.builtin.apt) or M(ansible.builtin.dnf) install those. A
    package manager takes a second to find that it has nothing to do; the database of packages does not.
  - Packages that are installed are left at the version they have.
  - With apt nothing is installed that is only recommended.
  - In check mode what is missing is named, and no package manager is asked, as a new server has no lists of packages.
options:
  name:
    description: Names of packages, as the distribution spells them.
    type: list
    elements: str
    required: true
  lists_valid_time:
    description: Seconds for which apt's lists of packages are good; older ones are fetched before something is installed.
    type: int
    default: 86400
  lock_timeout:
    description: Seconds to wait for another that installs packages.
    type: int
    default: 300
requirements:
  - The facts of the server, with C(pkg_mgr).
attributes:
  check_mode:
    description: Says which packages would be installed.
    support: full
  diff_mode:
    description: What M(ansible.builtin.apt) says of what it installs.
    support: partial
  platform:
    description: With apt, dnf or dnf5.
    platforms: debian, rhel
  action:
    description: It asks the server, and starts another module where something is missing.
    support: full
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
seealso:
  - module: ansible.builtin.package
  - module: railyard.aws.server_state_info
"""

EXAMPLES = r"""
- name: Install nginx
  railyard.aws.packages:
    name: [nginx, logrotate]
"""

RETURN = r"""
missing:
  description: Those of O(name) that were not installed before.
  returned: success
  type: list
  elements: str
  sample: [nginx]
msg:
  description: What would be installed.
  returned: in check mode, where something is missing
  type: str
  sample: Would install nginx.
"""

# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import yaml
from ansible.plugins.connection import ssh


class ModuleDocFragment:
    """The options of the ssh connection, as they are in the Ansible that is installed."""

    DOCUMENTATION = yaml.safe_dump({"options": yaml.safe_load(ssh.DOCUMENTATION)["options"]})

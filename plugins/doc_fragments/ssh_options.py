# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

import yaml
from ansible.plugins.connection import ssh

#: Written in C where PyYAML has it: 0.3 seconds otherwise.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ModuleDocFragment:
    """The options of the ssh connection, as they are in the Ansible that is installed."""

    # A flow of JSON is YAML, too.
    DOCUMENTATION = json.dumps({"options": yaml.load(ssh.DOCUMENTATION, Loader=LOADER)["options"]}, default=str)

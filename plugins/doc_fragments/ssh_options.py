# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from typing import Any

import yaml
from ansible.plugins.connection import ssh

#: Written in C where PyYAML has it: 0.3 seconds otherwise.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def options(told: Any) -> Any:
    """Options without the versions of Ansible that brought them, as a collection may name its own only."""
    if isinstance(told, dict):
        return {key: options(value) for key, value in told.items() if key != "version_added"}
    return [options(one) for one in told] if isinstance(told, list) else told


class ModuleDocFragment:
    """The options of the ssh connection, as they are in the Ansible that is installed."""


# Tools that read fragments without running them take a DOCUMENTATION in the class for a text. A flow of JSON is YAML, too.
setattr(  # noqa: B010
    ModuleDocFragment,
    "DOCUMENTATION",
    json.dumps({"options": options(yaml.load(ssh.DOCUMENTATION, Loader=LOADER)["options"])}, default=str),
)

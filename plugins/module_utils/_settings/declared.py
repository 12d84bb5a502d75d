# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which settings there are, and what type each has.

A setting's name, default and meaning stand in ``group_vars/all/<topic>.yml``. Its type and choices are those of the role
input that it is handed to in ``group_vars/all/_roles/<role>.yml``, as the role's argument specification has them. Here are
only those that no role takes as they are: they go into another setting, into a rule or into a playbook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.role_inputs import Role

Option = Mapping[str, Any]

_TEXT: Option = {"type": "str"}
_PATH: Option = {"type": "path"}
_COUNT: Option = {"type": "int"}
_SWITCH: Option = {"type": "bool"}
_TEXTS: Option = {"type": "list", "elements": "str"}

#: Settings that no role takes as they are.
OTHERS: dict[str, Option] = {
    "railyard_profile": {"type": "str", "choices": ["safe", "book", "study"]},
    "railyard_environment": _TEXT,
    "railyard_environment_confirm": _SWITCH,
    "railyard_lock_parameter": _TEXT,
    "railyard_lock_timeout": _COUNT,
    "railyard_app_receipts_parameter": _TEXT,
    # A secret. raw: a value of another type would be shown as wrong; its rule shows none.
    "railyard_webhook_url": {"type": "raw"},
    # The subnet plan.
    "railyard_zone_count": _COUNT,
    "railyard_zones": _TEXTS,
    "railyard_subnet_prefix": _COUNT,
    "railyard_public_subnet_cidrs": _TEXTS,
    "railyard_private_subnet_cidrs": _TEXTS,
    # What a rule lets pass.
    "railyard_admin_allow_world": _SWITCH,
    "railyard_cache_node_quota": _COUNT,
    "railyard_database_allow_ended_version": _SWITCH,
    "railyard_mail_receiving_regions": _TEXTS,
    # This machine.
    "railyard_ca_file": _PATH,
    "railyard_state_dir": _PATH,
    # The way to the servers (group_vars/jump, group_vars/private).
    "railyard_connect_timeout": _COUNT,
    "railyard_hop": {"type": "dict"},
    "railyard_hop_command": _TEXT,
    "railyard_hop_options": _TEXT,
    "railyard_hop_script": _TEXT,
    "railyard_hop_socket": _PATH,
    "railyard_hop_sockets": _PATH,
    "railyard_login_options": _TEXT,
    "railyard_login_socket": _PATH,
    # Names that begin with another name.
    "railyard_log_prefix": _TEXT,
    # Parts of another.
    "railyard_site_logs": {"type": "list", "elements": "dict"},
    "railyard_schedule_logs": {"type": "list", "elements": "dict"},
    # Playbooks.
    # A number, or a percentage.
    "railyard_deploy_batch": {"type": "raw"},
    "railyard_smoke_test": _PATH,
    "railyard_sleep_removes": {"type": "list", "elements": "str", "choices": ["nat_gateways", "cache", "load_balancer"]},
}

#: Settings whose values are kept nowhere and shown nowhere.
SECRETS = ("railyard_webhook_url",)
#: What a machine says for itself: its files, its way to the servers, who sits in front of it. Nothing of the stack depends on it.
_OF_THE_MACHINE = {
    *("railyard_ca_file", "railyard_checkip_url", "railyard_operator", "railyard_resolvers", "railyard_ruby_cache_dir"),
    *("railyard_ssh_dir", "railyard_ssh_key_file", "railyard_ssh_key_generate", "railyard_ssh_known_hosts", "railyard_ssh_user"),
    *("railyard_state_dir", "app_archives"),
}
#: What is said for one run: what it is about, and how it goes about it.
_OF_THE_RUN = {
    *("railyard_stack", "railyard_region", "railyard_environment", "railyard_environment_confirm", "railyard_state"),
    *("railyard_lock_timeout", "railyard_connect_timeout"),
}
#: The same of whatever begins so. Those of the way to the servers are commands of this machine, which nobody else may say.
_BEGINNINGS_OF_THE_MACHINE = ("railyard_hop", "railyard_login_options", "railyard_login_socket", "ssh_config_", "validate_")


def of_the_machine(name: str) -> bool:
    """Whether a variable is of the machine that runs playbooks, and none of the stack."""
    return name in _OF_THE_MACHINE or name.startswith(_BEGINNINGS_OF_THE_MACHINE)


def of_the_run(name: str) -> bool:
    """Whether a variable is said for each run anew."""
    return name in _OF_THE_RUN


#: Settings that there were, and what to do instead.
REMOVED = {
    "railyard_ruby_bin": "nothing read it; leave it out (railyard_ruby_provider and railyard_rbenv_root say where Ruby is)",
    "railyard_verify_journey": "write it as railyard_smoke_test",
    # Which groups, when there are target, parameter, subnet and option groups too.
    **{f"railyard_{whose}_group_name": f"write it as railyard_{whose}_security_group_name" for whose in ("alb", "cache", "database", "jump", "web")},
}


def settings(roles: Iterable[Role]) -> dict[str, Option]:
    """Every setting of the stack by name, with its type, choices, elements and what it says."""
    found = dict(OTHERS)
    for role in roles:
        for name, setting in role.aliases.items():
            # That a role insists on it says nothing of the setting, which has a default. Of two roles one may tell more.
            option = {key: value for key, value in role.options[name].items() if key != "required"}
            found[setting] = max(found.get(setting, {}), option, key=len)
    return found

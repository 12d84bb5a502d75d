# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What only the controller knows of a stack's settings: which ones the run has, which files say so, whose keys are here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.railyard.aws.plugins.action.stack_inputs import roles
from ansible_collections.railyard.aws.plugins.module_utils._recorded import settings as recorded_settings
from ansible_collections.railyard.aws.plugins.plugin_utils import environments, joining, recording

display = Display()

#: Host keys are those of the servers that there are, by the inventory.
GROUPS = ("jump", "web", "worker")


class ActionModule(ActionBase):
    """Makes the document of the run, or compares it with the one that the module read."""

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        variables, given = task_vars or {}, dict(self._task.args)
        state = given.get("state", "present")
        if state == "present":
            before = self._execute_module(module_name="railyard.aws.stack_settings", module_args={**_asked(given), "state": "gathered"}, task_vars=task_vars)
            if before.get("failed"):
                return before
            given["document"] = self._document(variables, (before.get("recorded") or {}).get("host_keys") or {})
        result = self._execute_module(module_name="railyard.aws.stack_settings", module_args=given, task_vars=task_vars)
        if state != "gathered" or result.get("failed"):
            return result
        if _wanted(given, "compare"):
            result |= self._compared(result, variables)
        if _wanted(given, "join"):
            result |= self._to_join(result, variables)
        return result

    def _settings(self, variables: Mapping[str, Any]) -> recording.Settings:
        return recording.Settings(self._templar, variables, roles())

    def _document(self, variables: Mapping[str, Any], host_keys: Mapping[str, list[str]]) -> dict[str, Any]:
        """The document of this run. Host keys that others saw stay as long as their servers do."""
        instances = self._instances(variables)
        seen = recording.host_keys(recording.expanded(self._computed(variables, "railyard_ssh_known_hosts")), instances)
        kept = {name: host_keys[name] for name in instances if name in host_keys}
        return recorded_settings.document(self._settings(variables).all(), {**kept, **seen})

    def _instances(self, variables: Mapping[str, Any]) -> dict[str, str]:
        """The names of the servers in the inventory, by their instances."""
        hosts = {host for group in GROUPS for host in variables.get("groups", {}).get(group, [])}
        raw = {host: variables["hostvars"].raw_get(host) for host in sorted(hosts)}
        return {str(values["aws_instance_id"]): host for host, values in raw.items() if "aws_instance_id" in values}

    def _computed(self, variables: Mapping[str, Any], name: str) -> Any:
        return self._templar.template(variables.get(name, ""))

    def _compared(self, result: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """How this run's settings differ, which is also said to whoever looks on."""
        stack, region = self._task.args["stack"], self._computed(variables, "railyard_region")
        joined = environments.joined_file(stack)
        _refuse_another_account(variables.get("joined_from"), result["account_id"], f"{environments.FOLDER}/{environments.JOINED}/{joined.name}")
        recorded = result["recorded"]
        if not recorded:
            if not _is_unrecorded(result):
                display.warning(result["trouble"])
            return {"differences": [], "missing_secrets": []}
        settings = self._settings(variables)
        all_of_them = settings.all()
        mine = recorded_settings.document(all_of_them)
        given = [one.name for one in all_of_them if one.given]
        known = [name for name in recorded["settings"] if settings.is_recordable(name)]
        told = {**recorded, "settings": {name: recorded["settings"][name] for name in known}}
        found = recorded_settings.differences(told, mine, settings.now(known), given)
        missing = recorded_settings.missing_secrets(recorded, mine)
        if found or missing:
            display.warning("\n".join(_warning(stack, str(region), recorded, found, missing)), formatted=True)
        return {"differences": [asdict(one) for one in found], "missing_secrets": missing}

    def _to_join(self, result: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """What to write down here, of what was recorded."""
        recorded, stack = result["recorded"], self._task.args["stack"]
        environment = environments.chosen(self._loader)
        before = environments.joined(stack, self._loader)
        own = joining.without(variables, before, {**recording.checkout(), **environment.variables})
        settings = recording.Settings(self._templar, own, roles())
        names = [name for name in recorded["settings"] if settings.is_recordable(name)]
        mine = {**settings.now(names), **recorded_settings.document(settings.all())["settings"]}
        taken = {
            name: recorded["settings"][name] for name in sorted(names) if not (name in mine and recorded_settings.same(mine[name], recorded["settings"][name]))
        }
        people = recorded["settings"].get("railyard_people") or []
        key_file = recording.expanded(self._computed(own, "railyard_ssh_key_file"))
        keys = recording.public_keys(key_file, recording.expanded(self._computed(own, "railyard_ssh_dir")))
        login = joining.login(keys, people, key_file, str(self._computed(own, "railyard_login_user")))
        file = recording.expanded(self._computed(own, "railyard_ssh_known_hosts"))
        known, others = joining.host_keys(recorded["host_keys"], recording.host_keys(file, recorded["host_keys"]))
        source = {key: str(recorded[key]) for key in ("at", "by")} | {"account": result["account_id"]}
        secret = recorded_settings.missing_secrets(recorded, recorded_settings.document(settings.all()))
        return {
            "missing_secrets": secret,
            "join": {
                "file": str(environments.joined_file(stack)),
                "content": joining.content(stack, taken, source, login),
                "settings": list(taken),
                "refused": sorted(set(recorded["settings"]) - set(names)),
                "login": {"user": login[0], "key_file": str(login[1])} if login else {},
                "people": [str(one.get("name")) for one in people if isinstance(one, Mapping)],
                "public_keys": [line for _path, line in keys],
                "known_hosts": known,
                "other_host_keys": others,
                "unknown_servers": sorted(host for instance, host in self._instances(variables).items() if instance not in recorded["host_keys"]),
            },
        }


def _asked(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a look at the record needs of what recording it is given."""
    return {key: value for key, value in given.items() if key not in ("document", "by", "tags")}


def _wanted(given: Mapping[str, Any], option: str) -> bool:
    return str(given.get(option, False)).lower() in ("true", "yes", "1", "on")


def _is_unrecorded(result: Mapping[str, Any]) -> bool:
    """Whether there is simply nothing yet, which a first run need not be told."""
    return str(result.get("trouble", "")).startswith("Nothing is recorded")


def _refuse_another_account(source: Any, account: str, file: str) -> None:
    if isinstance(source, Mapping) and account and str(source.get("account")) != account:
        raise AnsibleActionFail(
            f"{file} was taken over from a stack of the account {source.get('account')}, and these credentials are of {account}: its settings would be those "
            f"of another stack. Nothing was changed. Use the credentials of {source.get('account')} (AWS_PROFILE), or remove the file."
        )


def _warning(stack: str, region: str, recorded: Mapping[str, Any], found: list[recorded_settings.Difference], missing: list[str]) -> list[str]:
    when = str(recorded["at"]).replace("T", " ").replace("+00:00", " UTC")
    lines = [f"The settings here are not those with which {recorded['by']} built the stack '{stack}' in {region}, {when}:"]
    lines += [f"  {one}" for one in found]
    lines += [f"  {name}: recorded as a secret, here it has no value" for name in missing]
    return [*lines, "This run goes by those here. If the difference is not what you want, stop it: `make join` takes over those recorded."]

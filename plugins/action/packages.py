# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``packages``: a package manager is started only for what is missing."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.plugins.loader import action_loader

ARGUMENTS = {
    "name": {"type": "list", "elements": "str", "required": True},
    "lists_valid_time": {"type": "int", "default": 86400},
    "lock_timeout": {"type": "int", "default": 300},
}
#: Package managers by what knows their packages.
KNOWN_BY = {"apt": "dpkg", "dnf": "rpm", "dnf5": "rpm"}


class ActionModule(ActionBase):
    """Asks the database of packages, which takes a hundredth of what a package manager does to come to the same answer."""

    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _unused, asked = self.validate_argument_spec(ARGUMENTS)
        if not asked["name"]:
            return {"changed": False, "missing": []}
        manager = (task_vars or {}).get("ansible_facts", {}).get("pkg_mgr")
        if manager not in KNOWN_BY:
            return {
                "failed": True,
                "msg": f"The package manager is '{manager}', and this knows {', '.join(KNOWN_BY)}. Gather the facts of the "
                "server first (`ansible.builtin.setup` with gather_subset [min, pkg_mgr]), or choose an image with one of these.",
            }
        question = {"packages": asked["name"], "packages_known_by": KNOWN_BY[manager]}
        found = self._execute_module(module_name="railyard.aws.server_state_info", module_args=question, task_vars=task_vars)
        if found.get("failed") or found.get("unreachable"):
            return dict(found)
        missing = found["missing_packages"]
        if not missing:
            return {"changed": False, "missing": []}
        if self._task.check_mode:
            # The lists of a new server are missing too: its package manager would not find what it is asked for.
            return {"changed": True, "missing": missing, "msg": f"Would install {', '.join(missing)}."}
        return {**self._install(manager, missing, found, asked, task_vars), "missing": missing}

    def _install(self, manager: str, missing: list[str], found: dict[str, Any], asked: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        arguments = {"name": missing, "lock_timeout": asked["lock_timeout"]}
        if manager != "apt":
            task = self._task.copy()
            task.args = arguments
            dnf = action_loader.get(
                "ansible.builtin.dnf",
                task=task,
                connection=self._connection,
                play_context=self._play_context,
                loader=self._loader,
                templar=self._templar,
            )
            return dict(dnf.run(task_vars=task_vars))
        age = found.get("package_lists_age")
        # Old lists name what the mirror has no more, and a new image has none.
        arguments |= {"install_recommends": False, "update_cache": age is None or age > asked["lists_valid_time"]}
        return dict(self._execute_module(module_name="ansible.builtin.apt", module_args=arguments, task_vars=task_vars))

# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The checks of ``stack_inputs``: here, because only the controller has all variables as people set them."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.inventory.group import Group
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import vars_loader
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars
from ansible_collections.railyard.aws.plugins.module_utils._settings import command_line, declared, role_inputs, types, validation, warnings
from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import readable
from ansible_collections.railyard.aws.plugins.module_utils._settings.numbers import number_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.environment import environment_problems
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.environments import file_problems, reader_problems
from ansible_collections.railyard.aws.plugins.plugin_utils import environments

try:
    from botocore.loaders import create_loader
    from botocore.regions import EndpointResolver
except ImportError:
    EndpointResolver = None

display = Display()

PROJECT = Path(__file__).resolve().parents[2]
ROLES = PROJECT / "roles"
#: What the stack gives each role: a file per role.
GIVEN = PROJECT / "group_vars/all/_roles"
ARGUMENTS = {
    "tags": {"type": "list", "elements": "str", "required": True},
    "run_tags": {"type": "list", "elements": "str", "required": True},
    "skip_tags": {"type": "list", "elements": "str", "required": True},
    "inventory_region": {"type": "str", "required": True},
    "inventory_stack": {"type": "str", "required": True},
    "problems": {"type": "list", "elements": "str"},
    "answers": {"type": "dict"},
}
Other = Callable[[str, Any], bool]
_READER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@functools.cache
def regions() -> tuple[str, ...]:
    """Regions of every partition that botocore knows."""
    if EndpointResolver is None:
        raise AnsibleActionFail("The Python package botocore is missing; run `make setup`, or `pip install boto3`.")
    # Not by a session, which stops at a profile that is not there: that is told with everything else.
    resolver = EndpointResolver(create_loader().load_data("endpoints"))
    return tuple(region for partition in resolver.get_available_partitions() for region in resolver.get_available_endpoints("ec2", partition))


def _read(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), _READER) if path.is_file() else None


@functools.cache
def roles(directory: Path = ROLES) -> tuple[role_inputs.Role, ...]:
    """Every role of the collection, with what the stack gives it."""
    return tuple(
        role_inputs.role_of(
            path.name,
            (_read(path / "meta/argument_specs.yml") or {}).get("argument_specs") or {},
            _read(path / "defaults/main.yml") or {},
            _read(GIVEN / f"{path.name}.yml"),
        )
        for path in sorted(directory.iterdir())
        if (path / "meta/argument_specs.yml").is_file()
    )


@functools.cache
def _defaults_of_roles() -> dict[str, Any]:
    """Defaults of all roles, expressions included, as a role has them."""
    loader = DataLoader()
    files = [path for name in ("defaults", "vars") for path in sorted(ROLES.glob(f"*/{name}/main.yml"))]
    return {name: value for path in files for name, value in (loader.load_from_file(str(path), trusted_as_template=True) or {}).items()}


class ActionModule(ActionBase):
    """Checks, and changes nothing."""

    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _unused, given = self.validate_argument_spec(ARGUMENTS)
        task_vars = task_vars or {}
        checks = Checks(self._templar, task_vars, roles(), validation.ANSWERED if given["answers"] is not None else None)
        environment = dict(os.environ)
        seen = {key: given[key] for key in ("inventory_region", "inventory_stack")} | {"environment": environment}
        if given["answers"] is None:
            problems = [
                *command_line.tag_problems(given["run_tags"], given["skip_tags"], given["tags"]),
                *command_line.extra_problems(load_extra_vars(self._loader), checks.options),
                *reader_problems(environment.get("RAILYARD_ENVIRONMENT", ""), constants.VARIABLE_PLUGINS_ENABLED, constants.CONFIG_FILE or ""),
                *checks.of_environment(environments.chosen(self._loader), checks.problems(seen, self._other_variables(task_vars, checks.is_other))),
            ]
            reachable = not environment_problems(environment) and str(checks.values.get("railyard_region")) in regions()
            return {"changed": False, "problems": [role_inputs.redacted(problem) for problem in problems], "reachable": reachable}
        problems = [*(given["problems"] or []), *checks.answered({**given["answers"], "endpoint": environment.get("AWS_ENDPOINT_URL")})]
        if problems:
            raise AnsibleActionFail("\n  - ".join(["Nothing was changed. Mend this and run the same command again:", *problems]))
        for warning in warnings.input_warnings(checks.values):
            display.warning(warning)
        return {"changed": False, "problems": []}

    def _other_variables(self, task_vars: dict[str, Any], is_other: Other) -> Iterator[tuple[str, dict[str, Any]]]:
        """What is set otherwise for other hosts, and for groups that have none yet: (whose, values by name)."""
        here, hostvars = task_vars["inventory_hostname"], task_vars["hostvars"]
        for host in task_vars["groups"]["all"]:
            # As they were written: to compute all of every host would take seconds.
            names = [name for name, value in hostvars.raw_get(host).items() if is_other(name, value)] if host != here else []
            if names:
                yield f"host {host}", self._computed(names, hostvars[host])
        reader = vars_loader.get("host_group_vars")
        directories = sorted({str(task_vars[key]) for key in ("inventory_dir", "playbook_dir") if task_vars.get(key)})
        for group in (group for group, hosts in task_vars["groups"].items() if not hosts):
            found = {name: value for path in directories for name, value in reader.get_vars(self._loader, path, [Group(group)]).items()}
            names = [name for name, value in found.items() if is_other(name, value)]
            if names:
                with self._templar.set_temporary_context(available_variables={**task_vars, **found}):
                    yield f"group {group}", self._computed(names, found)

    def _computed(self, names: list[str], variables: Mapping[str, Any]) -> dict[str, Any]:
        """Values by name, without those that are known only once their host runs."""
        values = {}
        for name in names:
            try:
                values[name] = self._templar.template(variables[name])
            except AnsibleError:
                continue
        return values


class Checks:
    """The variables that are set, templated, and what is wrong with them."""

    def __init__(self, templar: Any, task_vars: Mapping[str, Any], known: tuple[role_inputs.Role, ...], only: tuple[str, ...] | None = None) -> None:
        self._variables, self._roles = task_vars, known
        self.options = {**{name: about for role in known for name, about in role.options.items()}, **declared.settings(known)}
        self._starts = tuple(f"{role.name}_" for role in known) + ("railyard_",)
        self._given = {name: value for role in known for name, value in role.given.items()}
        self.names = [name for name, value in task_vars.items() if self._is_set(name, value)]
        aliases = {name: alias for role in known for name, alias in role.aliases.items()}
        self.values: dict[str, Any] = {}
        self.unreadable: dict[str, str] = {}
        for name in [*self.names, *(name for name in command_line.VARIABLES if name in task_vars)]:
            if (name not in self.options and name not in command_line.VARIABLES) or (only is not None and aliases.get(name, name) not in only):
                continue
            try:
                self.values[name] = templar.template(task_vars[name])
            except AnsibleError as error:
                self._compute_in_roles(name, templar, error)

    def _compute_in_roles(self, name: str, templar: Any, error: AnsibleError) -> None:
        """A variable that is computed from a role's defaults, or facts of a server, which nothing has here."""
        try:
            with templar.set_temporary_context(available_variables={**_defaults_of_roles(), **self._variables}):
                self.values[name] = templar.template(self._variables[name])
        except AnsibleError:
            # Of a role's own it is known where the role runs.
            if name.startswith("railyard_"):
                self.unreadable[name] = str(error).partition("\n")[0].rstrip(". ")

    def _is_ours(self, name: Any) -> bool:
        return isinstance(name, str) and name.startswith(self._starts)

    def _is_set(self, name: Any, value: Any) -> bool:
        """Whether a variable of ours has another value than the one that the stack gives a role: its setting is looked at."""
        return self._is_ours(name) and not (name in self._given and self._given[name] == value)

    def is_other(self, name: str, value: Any) -> bool:
        """Whether a variable of ours is written otherwise than here."""
        return self._is_set(name, value) and not (name in self._variables and self._variables[name] == value)

    def problems(self, seen: dict[str, Any], others: Iterator[tuple[str, dict[str, Any]]]) -> list[str]:
        """Everything that this machine knows to be wrong."""

        def rules(given: dict[str, Any]) -> Any:
            return validation.input_problems(given, seen, list(regions()))

        role_names = [role.name for role in self._roles]
        typed = types.type_problems(self.values, self.options)
        ruled = role_inputs.rule_problems(self.values, self._roles, rules)
        # What cannot be computed has no value to be wrong.
        found = [problem for problem in role_inputs.without_repeats(typed, ruled) if problem.partition(" ")[0] not in self.unreadable]
        found = [
            *types.name_problems(self.names, self.options, role_names),
            *command_line.variable_problems(self.values),
            *role_inputs.shared_problems(self.values, self._roles),
            *number_problems(self.values, self.options),
            *self._unreadable_problems(found),
            *found,
        ]
        known = set(found)
        for whose, values in others:
            more = types.name_problems(values, self.options, role_names)
            ruled = role_inputs.rule_problems({**self.values, **values}, self._roles, rules)
            more += role_inputs.without_repeats(types.type_problems(values, self.options), ruled)
            found += [f"{problem} (It is set for {whose}.)" for problem in more if problem not in known and problem.partition(" ")[0] not in self.unreadable]
            known.update(more)
        return [readable(problem) for problem in found]

    def of_environment(self, chosen: environments.Environment, problems: list[str]) -> list[str]:
        """The problems, of which those say so that are about what the environment's file says, and the file's own."""
        if not chosen.name:
            return problems
        file = f"{environments.FOLDER}/{chosen.name}.yml"
        there = {name for name, value in chosen.variables.items() if name in self._variables and self._variables[name] == value}
        told = [f"{problem} (It is set in {file}.)" if problem.partition(" ")[0] in there else problem for problem in problems]
        return [*file_problems(chosen.variables, file, self.options, command_line.VARIABLES, self._starts), *told]

    def answered(self, answers: dict[str, Any]) -> list[str]:
        """What AWS's answers show to be wrong."""
        return role_inputs.rule_problems(self.values, self._roles, lambda given: validation.answer_problems(given, answers))

    def _unreadable_problems(self, problems: list[str]) -> list[str]:
        """Variables that cannot be computed, but for those that are computed from ones that are wrong themselves."""
        wrong = {problem.partition(" ")[0] for problem in problems}
        ours = [name for name in self._variables if self._is_ours(name)]
        causes = {name: [other for other in ours if other != name and other in str(self._variables[name])] for name in self.unreadable}
        return [
            f"{name} cannot be computed: {why}. It is '{self._variables[name]}'; write a value, or define what it is computed from."
            for name, why in self.unreadable.items()
            if not any(cause in wrong or cause in self.unreadable for cause in causes[name])
        ]

# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which environment a run is about, what its file says, and what its stack is called: the one place of these rules.

An environment is a file ``environments/NAME.yml`` beside ansible.cfg. The inventory asks before there are variables, so all of it
follows from the process's own environment and from files. So does what `make join` wrote of a stack that others built, which is
a file in ``environments/joined``.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader

#: What a stack is called that nobody has named.
STACK = "railyard"
#: The environment whose stack has no ending: what stood before there were environments is it.
PRODUCTION = "production"
FOLDER = "environments"
#: Below it: what was taken over from stacks that others built, a file for each.
JOINED = "joined"
#: Region where AWS_REGION names none, as inventory and settings have it.
REGION = "ap-northeast-1"
ENVIRONMENT_NAME = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*", re.ASCII)
#: What follows from the choice, and is no variable of a file.
_OF_THE_CHOICE = {
    "railyard_environment": "the environment is called as its file",
    "railyard_region": "the inventory reads AWS_REGION; say where it is by export AWS_REGION=...",
}


@dataclass(frozen=True)
class Environment:
    """One environment; the name is empty where none was chosen."""

    name: str
    stack: str
    file: str = ""
    #: What the file says, expressions included, but for the stack's name.
    variables: Mapping[str, Any] = field(default_factory=dict)


def directory() -> Path:
    """Where files of environments are: beside the configuration that Ansible goes by."""
    return (Path(constants.CONFIG_FILE).parent if constants.CONFIG_FILE else Path.cwd()) / FOLDER


def names(folder: Path) -> list[str]:
    """Environments that there are files of."""
    return sorted(path.stem for path in folder.glob("*.yml"))


def _shown(path: Path) -> str:
    return f"{FOLDER}/{path.name}"


def _said(name: str, folder: Path, loader: DataLoader, asked: str) -> dict[str, Any]:
    """What the file of an environment says. Raises AnsibleError; ``asked`` says who named it."""
    there = names(folder)
    listed = f"Those that there are in {folder}: {', '.join(there)}." if there else f"There is none in {folder}."
    example = (difflib.get_close_matches(name, there, n=1) or there or ["staging"])[0]
    mend = f"Write one of them ({asked.format(example)}), or make a file of its name. Without environments: unset RAILYARD_ENVIRONMENT"
    if not ENVIRONMENT_NAME.fullmatch(name):
        raise AnsibleError(
            f"{asked.format(name)!r} names no environment: a name is small letters, digits and single hyphens, and starts with a letter. {listed} {mend}"
        )
    path = folder / f"{name}.yml"
    if not path.is_file():
        raise AnsibleError(f"{asked.format(name)!r} names no environment: there is no {_shown(path)}. {listed} {mend}")
    said = loader.load_from_file(str(path), cache="vaulted", trusted_as_template=True) or {}
    if not isinstance(said, dict) or not all(isinstance(key, str) for key in said):
        raise AnsibleError(f"{_shown(path)} holds no variables; write lines such as `railyard_web_count: 1`, or leave nothing but `---` in it.")
    for variable, why in _OF_THE_CHOICE.items():
        if variable in said:
            raise AnsibleError(f"{_shown(path)} sets {variable}, and may not: {why}. Take the line out.")
    stack = said.get("railyard_stack", "")
    if not isinstance(stack, str) or "{{" in stack:
        raise AnsibleError(f"{_shown(path)} has '{stack}' as railyard_stack; write the name itself, which the inventory reads too, such as shop-{name}.")
    return said


def own_stack(name: str, said: Mapping[str, Any]) -> str:
    """Name of an environment's stack where RAILYARD_STACK names none."""
    return str(said.get("railyard_stack") or (STACK if name == PRODUCTION else f"{STACK}-{name}"))


def named(name: str, loader: DataLoader | None = None, folder: Path | None = None, asked: str = "{}") -> Environment:
    """The environment of a name, with the stack that it has by itself. Raises AnsibleError."""
    folder = folder or directory()
    said = _said(name, folder, loader or DataLoader(), asked)
    variables = {key: value for key, value in said.items() if key != "railyard_stack"}
    return Environment(name, own_stack(name, said), str(folder / f"{name}.yml"), variables)


def chosen(loader: DataLoader | None = None, environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Environment:
    """The environment that RAILYARD_ENVIRONMENT names, under the stack that RAILYARD_STACK names, if it does. Raises AnsibleError."""
    environ = os.environ if environ is None else environ
    name, by_hand = environ.get("RAILYARD_ENVIRONMENT", ""), environ.get("RAILYARD_STACK", "")
    if not name:
        return Environment("", by_hand or STACK)
    folder, loader = folder or directory(), loader or DataLoader()
    found = named(name, loader, folder, "RAILYARD_ENVIRONMENT={}")
    if not by_hand or by_hand == found.stack:
        return found
    for other in names(folder):
        if other != name and by_hand == _stack_of(other, loader, folder):
            raise AnsibleError(
                f"RAILYARD_STACK is '{by_hand}', which is the stack of the environment {other}, and RAILYARD_ENVIRONMENT is '{name}', whose stack is "
                f"'{found.stack}': what {_shown(Path(found.file))} says would be done to {other}. Say one of them only: unset RAILYARD_STACK"
            )
    return Environment(name, by_hand, found.file, found.variables)


def _stack_of(name: str, loader: DataLoader, folder: Path) -> str:
    """The stack of an environment that is not asked for; what is wrong with its file is said when it is."""
    try:
        return named(name, loader, folder).stack
    except AnsibleError:
        return own_stack(name, {})


def joined_file(stack: str, environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Path:
    """Where what was taken over from a stack is: one of each name, region and place of the API, so that none is taken for another."""
    environ = os.environ if environ is None else environ
    parts = [stack, environ.get("AWS_REGION") or REGION]
    if endpoint := environ.get("AWS_ENDPOINT_URL"):
        parts.append(re.sub(r"[^A-Za-z0-9.]+", "-", endpoint.partition("://")[2] or endpoint).strip("-"))
    return (folder or directory()) / JOINED / f"{'.'.join(parts)}.yml"


def joined(stack: str, loader: DataLoader | None = None, environ: Mapping[str, str] | None = None, folder: Path | None = None) -> dict[str, Any]:
    """What was taken over from a stack; nothing where nobody did. Raises AnsibleError."""
    path = joined_file(stack, environ, folder)
    if not path.is_file():
        return {}
    said = (loader or DataLoader()).load_from_file(str(path), cache="vaulted", trusted_as_template=True) or {}
    if not isinstance(said, dict) or not all(isinstance(key, str) for key in said):
        raise AnsibleError(f"{FOLDER}/{JOINED}/{path.name} holds no variables; write it anew with `make join`, or remove it.")
    return said

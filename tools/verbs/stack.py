"""The stack as Ansible knows it: which servers there are, the way to each, and its settings. Nothing is said twice.

Read in this process, by Ansible's own Python API, because a playbook that does no more takes a second longer.
"""

from __future__ import annotations

import functools
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.verbs.trouble import Trouble

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Server:
    """A server, and ssh's words up to where a command would follow."""

    name: str
    instance: str
    ssh: tuple[str, ...]

    def command(self, *remote: str, terminal: bool = False, options: Sequence[str] = ()) -> list[str]:
        """ssh's whole command line. The other side has a shell: what it is sent is quoted, so that it comes whole."""
        asked = ["-tt"] if terminal else ["-T"]
        return [*self.connection(*asked, *options), "--", shlex.join(remote)]

    def connection(self, *options: str) -> list[str]:
        """ssh's command line without a command."""
        *before, host = self.ssh
        return [*before, *options, host]


@functools.cache
def _load_plugins(init_plugin_loader: Callable[[list[str]], None]) -> None:
    """Where collections are found can be told a process once."""
    init_plugin_loader([str(PROJECT / "collections")])


class Stack:
    """What the inventory and the settings say, ``extra`` (as of ``-e``) included."""

    def __init__(self, extra: Sequence[str] = (), sources: Sequence[str] | None = None) -> None:
        if str(PROJECT / "collections") not in sys.path:
            sys.path.insert(0, str(PROJECT / "collections"))
        from ansible import constants, context
        from ansible.inventory.manager import InventoryManager
        from ansible.module_utils.common.collections import ImmutableDict
        from ansible.parsing.dataloader import DataLoader
        from ansible.plugins.loader import init_plugin_loader
        from ansible.vars.hostvars import HostVars
        from ansible.vars.manager import VariableManager

        context.CLIARGS = ImmutableDict(extra_vars=tuple(extra))
        _load_plugins(init_plugin_loader)
        self._choose()
        self._loader = DataLoader()
        self._loader.set_basedir(str(PROJECT))
        self._inventory = InventoryManager(loader=self._loader, sources=list(sources or constants.DEFAULT_HOST_LIST))
        self._variables = VariableManager(loader=self._loader, inventory=self._inventory)
        # It registers itself with the variables, which then have `hostvars`.
        HostVars(self._inventory, self._variables, self._loader)

    @staticmethod
    def _choose() -> None:
        """Raise Trouble where RAILYARD_ENVIRONMENT names no environment: of the inventory that would be a warning."""
        from ansible.errors import AnsibleError
        from ansible_collections.railyard.aws.plugins.plugin_utils import environments

        try:
            environments.chosen()
        except AnsibleError as error:
            raise Trouble(str(error)) from None

    def ask(self, expression: str, host: str = "localhost") -> Any:
        """Value of an expression of Jinja as a task on ``host`` would have it."""
        from ansible.template import Templar, trust_as_template

        variables = self._variables.get_vars(host=self._inventory.get_host(host))
        return Templar(loader=self._loader, variables=variables).template(trust_as_template("{{ " + expression + " }}"))

    def tags(self, name: str) -> dict[str, str]:
        """Tags of a thing of the application that is called ``name``, as the role app has them."""
        from ansible_collections.railyard.aws.plugins.module_utils._inventory.stack_tags import own_tags

        said = self.ask("{'own': railyard_tags, 'stack': railyard_stack}")
        return {**own_tags(dict(said["own"]), str(said["stack"]), "app"), "Name": name}

    def servers(self, on: str | None = None) -> list[Server]:
        """The servers that run the application, web servers first, or the one that is called ``on``. Raises Trouble."""
        return self._chosen(("web", "worker"), on)

    def web(self, on: str | None = None) -> list[Server]:
        """The web servers in the order of their names, or the one that is called ``on``. Raises Trouble."""
        return self._chosen(("web",), on)

    def _chosen(self, kinds: Sequence[str], on: str | None) -> list[Server]:
        groups = self._inventory.get_groups_dict()
        names = [name for kind in kinds for name in sorted(groups.get(kind, []))]
        if not groups.get("web") or not groups.get("jump"):
            what = "web server" if groups.get("jump") else "jump host"
            raise Trouble(
                f"No running {what} of stack '{self.ask('railyard_stack')}' was found in {self.ask('railyard_region')}."
                " `make site` makes them, `make wake` wakes a stack that sleeps; a warning above says so when AWS could"
                " not be asked, and RAILYARD_STACK and AWS_REGION name another stack."
            )
        if on is not None and on not in names:
            raise Trouble(
                f"There is no {' or '.join(kinds)} server '{on}'; those of stack '{self.ask('railyard_stack')}' are"
                f" {', '.join(names)}."
            )
        # The one connection to the jump host has its socket there, and Ansible may never have run as this person.
        Path(self.ask("railyard_hop_sockets", names[0])).mkdir(parents=True, exist_ok=True, mode=0o700)
        return [self._server(name) for name in ([on] if on else names)]

    def jump(self) -> Server:
        """The jump host. Raises Trouble when there is none."""
        self.web()
        return self._server(self._inventory.get_groups_dict()["jump"][0])

    def _server(self, name: str) -> Server:
        found = self.ask(
            "{'options': ansible_ssh_common_args, 'key': ansible_ssh_private_key_file, 'user': ansible_user,"
            " 'address': ansible_host, 'instance': aws_instance_id}",
            name,
        )
        ssh = (
            *(
                "ssh",
                "-o",
                "BatchMode=yes",
                "-o",
                "ConnectTimeout=15",
                "-o",
                "ServerAliveInterval=15",
                "-o",
                "LogLevel=ERROR",
            ),
            *("-i", str(found["key"]), *shlex.split(found["options"])),
            f"{found['user']}@{found['address']}",
        )
        return Server(name, str(found["instance"]), ssh)

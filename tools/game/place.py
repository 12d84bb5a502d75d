"""The stack that a game is played in: its names, AWS's API and its servers. A real account is refused."""

from __future__ import annotations

import functools
import ipaddress
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tools.verbs.stack import PROJECT, Server, Stack
from tools.verbs.trouble import Trouble

#: Seconds that a server may take for one script.
PATIENCE = 90


@dataclass(frozen=True)
class Names:
    """What the settings call the stack and its parts; each field is the setting of that name."""

    stack: str
    region: str
    state_dir: str
    domain: str
    private_zone: str
    jump_security_group_name: str
    web_security_group_name: str
    database_security_group_name: str
    cache_security_group_name: str
    target_group_name: str
    web_role_name: str

    @classmethod
    def of(cls, stack: Stack) -> Names:
        """Those of the settings."""
        wanted = ", ".join(f"'{one.name}': railyard_{one.name}" for one in fields(cls))
        return cls(**{name: str(value) for name, value in stack.ask("{" + wanted + "}").items()})


def is_here(endpoint: str) -> bool:
    """Whether an endpoint of AWS's API is this machine's own, as the sandbox's is and none of Amazon's can be."""
    host = urlsplit(endpoint).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Place:
    """One stack. ``real`` names one that may be broken in an account of Amazon's, as the person wrote it."""

    def __init__(
        self,
        names: Names,
        session: Callable[[str], Any],
        servers: Callable[[], Sequence[Server]],
        real: str | None = None,
    ) -> None:
        self.names = names
        self._session, self._servers, self._real = session, servers, real

    @classmethod
    def standing(cls, extra: Sequence[str], real: str | None) -> Place:
        """The one that the environment and ``extra`` (as of ``-e``) name."""
        # Nothing is asked of AWS before it is known whose account it is.
        names = Names.of(Stack(extra, [str(PROJECT / "inventory" / "localhost.yml")]))
        # Only now: collections are to be found by Ansible first, which warns of them else.
        import boto3

        session = boto3.session.Session(region_name=names.region)
        return cls(names, functools.cache(session.client), lambda: Stack(extra).web(), real)

    def client(self, service: str) -> Any:
        """A client of AWS. Raises Trouble where it would ask Amazon and nobody said so."""
        client = self._session(service)
        endpoint = str(client.meta.endpoint_url)
        if not is_here(endpoint) and self._real != self.names.stack:
            said = f"--real-account says '{self._real}'" if self._real else "nobody said that it may be broken"
            raise Trouble(
                f"A game breaks things, stack '{self.names.stack}' of {endpoint} is in a real account, and {said}."
                f" Play in the sandbox (`make demo`), or write --real-account {self.names.stack} where nobody minds."
            )
        return client

    def only(self, found: Sequence[Any], what: str, tag: str) -> Any:
        """The one thing that was found. Raises Trouble where there is none, or more than one."""
        if len(found) == 1:
            return found[0]
        raise Trouble(
            f"{len(found) or 'No'} {what} found where stack '{self.names.stack}' in {self.names.region} has one; run"
            f" `ansible-playbook site.yml --tags {tag}` first."
        )

    def identity(self) -> str:
        """Id of the stack's VPC: another one is another stack, whatever it is called. Raises Trouble without one."""
        own = [{"Name": "tag:Stack", "Values": [self.names.stack]}]
        vpc = self.only(self.client("ec2").describe_vpcs(Filters=own)["Vpcs"], "VPC", "vpc")
        return str(vpc["VpcId"])

    def on(self, name: str, script: str) -> str:
        """What a script of the shell prints on a web server, as root. Raises Trouble with its words when it fails."""
        # Which account it is in: a server is as real as the account.
        self.client("ec2")
        server = next((one for one in self._servers() if one.name == name), None)
        if server is None:
            raise Trouble(
                f"There is no web server '{name}' in stack '{self.names.stack}'; `ansible-playbook site.yml --tags ec2`"
                " makes it."
            )
        done = subprocess.run(
            server.command("sudo", "-n", "sh", "-ec", script),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            words = (done.stderr or done.stdout).strip()[-1000:]
            raise Trouble(f"{name} ({server.instance}) ended with {done.returncode}: {words}")
        return done.stdout

    @property
    def state_file(self) -> Path:
        """Where a running game of this stack is kept: beside its key, outside the repository."""
        return Path(self.names.state_dir) / f"{self.names.stack}-{self.names.region}.game.json"

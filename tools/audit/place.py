"""Where judges stand: their tools, the stack, and the ways to its servers."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from tools.verbs.stack import PROJECT, Server, Stack
from tools.verbs.trouble import Trouble
from tools.verbs.way import forwarded

#: Made by the target of make, from requirements.txt beside this file.
TOOLS = PROJECT / "build" / "audit" / "venv"
#: Seconds that a judge may take for one of what it looks at.
PATIENCE = 900


class Place:
    """One stack with the judges' tools beside it."""

    def __init__(self, extra: Sequence[str] = (), tools: Path = TOOLS, work: Path = TOOLS.parent) -> None:
        self.stack = Stack(extra)
        self.extra = list(extra)
        self.tools = tools
        self.work = work
        work.mkdir(parents=True, exist_ok=True)

    @cached_property
    def web(self) -> list[Server]:
        """The web servers."""
        return self.stack.web()

    @cached_property
    def jump(self) -> Server:
        """The jump host."""
        return self.stack.jump()

    def tool(self, name: str, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a judge's tool. What its exit status means, each knows itself. Raises Trouble where it is missing."""
        program = self.tools / "bin" / name
        if not program.exists():
            raise Trouble(f"{program} is missing; `make audit` makes the environment of the judges.")
        # Nothing of this person's account is a judge's business.
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "RAILYARD_"))}
        return subprocess.run(
            [str(program), *words],
            input=given,
            stdin=None if given is not None else subprocess.DEVNULL,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def ask(self, server: Server, script: str, given: bytes | None = None) -> str:
        """What a script of the shell prints on a server, as root. Raises Trouble with its words when it fails."""
        done = subprocess.run(
            server.command("sudo", "-n", "sh", "-c", script),
            input=given,
            stdin=None if given is not None else subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            words = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
            raise Trouble(f"{server.name} ({server.instance}) ended with {done.returncode}: {words[-1000:]}")
        return done.stdout.decode("utf-8", "replace")

    @contextlib.contextmanager
    def sshd(self, server: Server) -> Iterator[tuple[str, int]]:
        """Address and port at which this machine reaches a server's sshd: a web server's through the jump host."""
        address = server.ssh[-1].rpartition("@")[2]
        if server == self.jump:
            yield address, 22
            return
        otherwise = f"The jump host opens no way to {server.name}; ssh's words are above. `make verify` says more."
        with forwarded(self.jump, address, 22, otherwise) as port:
            yield "127.0.0.1", port

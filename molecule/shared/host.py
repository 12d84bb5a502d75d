"""The hosts that molecule's scenarios converge: the sandbox's image and engine, each in a namespace of its own.

    python molecule/shared/host.py up NAME      prints {"container": ..., "changed": ...}
    python molecule/shared/host.py down NAME

A host has no link to anything but a user-space NAT, over which it reaches the package mirrors.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sandbox.core.settings import PROJECT, Settings
from sandbox.hosts import confinement, image
from sandbox.hosts.engine import Engine
from sandbox.network import netns

#: Where slirp4netns answers name queries.
NAMESERVER = "10.0.2.3"
#: Seconds: a booted system, and a NAT that is ready.
BOOT_TIMEOUT = 60
NAT_TIMEOUT = 10
#: systemd's words for a system that has booted; a unit of the image that cannot work here makes it "degraded".
BOOTED = ("running", "degraded")


def settings() -> Settings:
    """A sandbox of molecule's own, so that no other one touches its hosts."""
    return Settings(name="molecule", home=PROJECT / ".cache" / "molecule", api_port=0, region="none")


def up(engine: Engine, name: str) -> bool:
    """Boot the host ``name`` unless it runs already. Returns whether anything was made."""
    container = engine.settings.netns(name)
    if any(c.name == container and c.running for c in engine.containers()):
        return False
    down(engine, name)
    reference = image.ensure(engine.settings, report=lambda text: print(text, file=sys.stderr))
    netns.create(container)
    _start_nat(container, engine.settings.home / f"{name}.nat.log")
    confined = confinement.options(image.of_machine(engine.settings), engine.settings.home)
    engine.create_host(container, reference, container, name, f"i-{name}", confined)
    engine.start(container)
    engine.exec(container, ["sh", "-c", f"echo nameserver {NAMESERVER} > /etc/resolv.conf"])
    _await_boot(engine, container)
    return True


def down(engine: Engine, name: str) -> bool:
    """Remove the host, its NAT and its namespace. Returns whether there was anything."""
    container = engine.settings.netns(name)
    there = any(c.name == container for c in engine.containers())
    if there:
        engine.remove(container)
    stopped = _stop_nat(container)
    return netns.delete(container) or stopped or there


def _start_nat(namespace: str, log_file: Path) -> None:
    log_file.parent.mkdir(parents=True, exist_ok=True)
    ready, told = os.pipe()
    with log_file.open("w") as log:
        subprocess.Popen(
            [
                "slirp4netns",
                "--configure",
                "--mtu=65520",
                "--disable-host-loopback",
                "--netns-type=path",
                f"--ready-fd={told}",
                str(netns.path(namespace)),
                "tap0",
            ],
            pass_fds=[told],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    os.close(told)
    with os.fdopen(ready, "rb") as pipe:
        # Ends with nothing when the process dies before it is ready.
        if not pipe.read(1):
            raise SystemExit(f"The NAT of {namespace} did not start: {log_file.read_text()}")


def _stop_nat(namespace: str) -> bool:
    """End what serves the namespace, found by its command line: a note of its number could be lost or outlive it."""
    served = str(netns.path(namespace)).encode()
    processes = [
        file
        for file in Path("/proc").glob("[0-9]*/cmdline")
        if (words := _words(file)) and words[0].endswith(b"slirp4netns") and served in words
    ]
    for file in processes:
        os.kill(int(file.parent.name), signal.SIGTERM)
    deadline = time.monotonic() + NAT_TIMEOUT
    while any(map(_words, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(processes)


def _words(command_line: Path) -> list[bytes]:
    """The process's arguments; none when it has ended."""
    try:
        return [word for word in command_line.read_bytes().split(b"\0") if word]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _await_boot(engine: Engine, container: str) -> None:
    deadline = time.monotonic() + BOOT_TIMEOUT
    state = "none yet"
    while time.monotonic() < deadline:
        state = engine.exec(container, ["sh", "-c", "systemctl is-system-running; :"]).strip()
        if state in BOOTED:
            return
        time.sleep(0.3)
    raise SystemExit(f"{container} did not boot within {BOOT_TIMEOUT} s; systemd says: {state}")


def main(argv: list[str]) -> None:
    engine = Engine(settings())
    match argv:
        case ["up", name]:
            changed = up(engine, name)
            print(json.dumps({"container": engine.settings.netns(name), "changed": changed}))
        case ["down", name]:
            print(json.dumps({"changed": down(engine, name)}))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])

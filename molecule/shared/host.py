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

from sandbox.hosts import image
from sandbox.hosts.engine import Engine
from sandbox.network import netns
from sandbox.settings import PROJECT, Settings

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
    _start_nat(container, _pid_file(engine, name))
    engine.create_host(container, reference, container, name, f"i-{name}")
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
    stopped = _stop_nat(container, _pid_file(engine, name))
    return netns.delete(container) or stopped or there


def _pid_file(engine: Engine, name: str) -> Path:
    return engine.settings.home / f"{name}.nat.pid"


def _start_nat(namespace: str, pid_file: Path) -> None:
    pid_file.parent.mkdir(parents=True, exist_ok=True)
    ready, told = os.pipe()
    with pid_file.with_suffix(".log").open("w") as log:
        process = subprocess.Popen(
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
    pid_file.write_text(str(process.pid))
    with os.fdopen(ready, "rb") as pipe:
        # Ends with nothing when the process dies before it is ready.
        if not pipe.read(1):
            raise SystemExit(f"The NAT of {namespace} did not start: {pid_file.with_suffix('.log').read_text()}")


def _stop_nat(namespace: str, pid_file: Path) -> bool:
    if not pid_file.exists():
        return False
    pid = int(pid_file.read_text())
    # The number may belong to somebody else by now: only what serves this namespace is ended.
    command = Path(f"/proc/{pid}/cmdline")
    if command.exists() and str(netns.path(namespace)).encode() in command.read_bytes():
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + NAT_TIMEOUT
        while command.exists() and command.read_bytes() and time.monotonic() < deadline:
            time.sleep(0.05)
    pid_file.unlink()
    return True


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

"""The NAT of a VPC: slirp4netns, which carries connections of the router's ``tap0`` as the machine's own.

No pidfile: a process is found by the namespace in its command line, so that one is adopted or stopped even when
the sandbox was killed between starting it and writing a file.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from sandbox.network import netns
from sandbox.network.command import CommandError

PROGRAM = "slirp4netns"
INTERFACE = "tap0"

_READY_SECONDS = 10.0
_STOP_SECONDS = 5.0


def find(namespace: str) -> int | None:
    """Process id of the NAT of a namespace, or None."""
    wanted = str(netns.path(namespace)).encode()
    for directory in Path("/proc").iterdir():
        if directory.name.isdigit():
            with suppress(OSError):
                argv = (directory / "cmdline").read_bytes().split(b"\0")
                if argv[0].endswith(PROGRAM.encode()) and wanted in argv:
                    return int(directory.name)
    return None


def start(namespace: str, cidr: str, mtu: int, log: Path) -> int:
    """Start the NAT in a namespace that has none and return its process id once ``tap0`` carries traffic.

    ``cidr`` is the link's range and must not overlap the VPC's; ``mtu`` is in bytes. It outlives this process:
    connections of the hosts go on while the daemon restarts.
    """
    argv = [
        PROGRAM,
        "--configure",
        "--disable-host-loopback",
        "--disable-dns",
        f"--mtu={mtu}",
        f"--cidr={cidr}",
        "--netns-type=path",
    ]
    ready, told = os.pipe()
    argv += [f"--ready-fd={told}", str(netns.path(namespace)), INTERFACE]
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            try:
                process = subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=(told,),
                    start_new_session=True,
                )
            except FileNotFoundError:
                raise CommandError(argv, "not found", f"`apt-get install {PROGRAM}` gives hosts a NAT") from None
        os.close(told)
        told = -1
        if not select.select([ready], [], [], _READY_SECONDS)[0] or os.read(ready, 1) != b"1":
            process.kill()
            raise CommandError(argv, process.wait(), log.read_text(errors="replace")[-2000:])
    finally:
        os.close(ready)
        if told >= 0:
            os.close(told)
    return process.pid


def stop(pid: int) -> None:
    """End a NAT, by force when it does not go by itself, and wait until it is gone."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, kind)
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            if not alive(pid):
                return
            time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether the process runs; a child that ended is reaped."""
    with suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    return Path(f"/proc/{pid}").exists()

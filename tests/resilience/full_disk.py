"""A server of the sandbox without room on its disk: what is there stays, and nothing more can be written.

Servers share this machine's disk, which is not to be filled. So directories of the server are covered by themselves,
with a small file system for what changes, and that one is full.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from sandbox.hosts.engine import Container, Engine
from tests.e2e.lab import until

#: Where programs, logins and runs write. A path of each is made, so none may lie below another.
DIRECTORIES = ("/home", "/root", "/tmp", "/var/tmp", "/var/log", "/var/lib/nginx")
PLACE = "/run/full"

FILL = f"""
set -eu
mkdir {PLACE}
mount -t tmpfs -o size=256k,mode=755 full {PLACE}
for directory in {" ".join(DIRECTORIES)}; do
    [ -d "$directory" ] || continue
    own={PLACE}/$(echo "$directory" | tr / _)
    mkdir "$own" "$own/changes" "$own/work"
    mode=$(stat -c %a "$directory") owner=$(stat -c %u:%g "$directory")
    chmod "$mode" "$own/changes"; chown "$owner" "$own/changes"
    mount -t overlay -o "lowerdir=$directory,upperdir=$own/changes,workdir=$own/work" full "$directory"
done
cat /dev/zero > {PLACE}/rest 2>/dev/null || true
"""
FREE = f"""
for directory in {" ".join(reversed(DIRECTORIES))}; do
    if mountpoint -q "$directory"; then umount --lazy "$directory"; fi
done
umount --lazy {PLACE}
rmdir {PLACE}
"""


def fill(engine: Engine, server: Container, name: str) -> Callable[[], None]:
    """Take a server's room away; answers what gives it back."""
    inside(server, FILL)
    try:
        until(f"no room on {name}", lambda: full(server), 10)
    except BaseException:
        inside(server, FREE)
        raise
    return lambda: inside(server, FREE)


def full(server: Container) -> bool:
    """Whether a file of a block has no room; those of no length have some."""
    return "No space left" in inside(server, "dd if=/dev/zero of=/var/tmp/x bs=4096 count=1 2>&1; rm -f /var/tmp/x")


def inside(server: Container, script: str) -> str:
    """Run a script where the server sees its files. A container itself may mount nothing."""
    done = subprocess.run(
        ["nsenter", f"--target={server.pid}", "--mount", "--", "sh", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout

"""What keeps a host from more than its own, where its systemd insists on being privileged.

From 255 on systemd keeps CAP_SYS_ADMIN for a moment while it starts a service that has a user and a filter of system
calls, and starts none where it has not got it (https://github.com/systemd/systemd/issues/34565): no hardened service
would run on Debian 13. Such a host has the capability, and none of the system calls that it is for: to mount, to make
and to enter namespaces, to load programs into the kernel. They answer as they do where it is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.core.files import write_if_changed

#: Releases of Debian whose systemd is older than 255.
UNPRIVILEGED = ("bullseye", "bookworm")

#: podman's own profile of system calls, as its packages have it: the administrator's first.
PROFILES = (Path("/etc/containers/seccomp.json"), Path("/usr/share/containers/seccomp.json"))

#: podman's option for a host that carries packets of others: it sets up a packet filter, of its own namespace alone.
ROUTER = "--cap-add=NET_ADMIN"

_CAPABILITY = "CAP_SYS_ADMIN"
_EPERM, _ENOSYS = 1, 38

#: Besides those that podman's profile ties to the capability.
_REFUSED = (
    "fsconfig",
    "fsmount",
    "fsopen",
    "fspick",
    "mount",
    "mount_setattr",
    "move_mount",
    "open_tree",
    "pivot_root",
    "quotactl_fd",
    "setns",
    "swapoff",
    "swapon",
    "umount",
    "umount2",
    "unshare",
)
#: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET, which clone takes among its flags.
_ALL_NAMESPACES = 0x7E020000
_NAMESPACES = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)


def options(release: str, directory: Path, profiles: tuple[Path, ...] = PROFILES) -> list[str]:
    """podman's options for a host of this release of Debian; ``directory`` is where the profile is written.

    :raises RuntimeError: when podman's own profile, which the host's is made of, is not on this machine
    """
    if release in UNPRIVILEGED:
        return []
    own = next((file for file in profiles if file.is_file()), None)
    if own is None:
        raise RuntimeError(
            f"no profile of system calls in {' or '.join(map(str, profiles))}, of which that of a host of Debian "
            f"{release} is made; run: apt-get install golang-github-containers-common"
        )
    file = directory / "seccomp.json"
    write_if_changed(file, json.dumps(profile(json.loads(own.read_text()))))
    return ["--cap-add=SYS_ADMIN", f"--security-opt=seccomp={file}"]


def profile(podmans: dict[str, Any]) -> dict[str, Any]:
    """podman's profile, without what the capability would open."""
    return {**podmans, "syscalls": [*_kept(podmans["syscalls"]), *_refusals()]}


def _kept(rules: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for rule in rules:
        if _CAPABILITY in (rule.get("includes") or {}).get("caps", ()):
            continue
        names = [name for name in rule["names"] if name not in (*_REFUSED, "clone", "clone3")]
        if _CAPABILITY in (rule.get("excludes") or {}).get("caps", ()):
            # What podman refuses to whom lacks the capability, it refuses here to everybody.
            rule = {**rule, "excludes": {}}
        if names:
            yield {**rule, "names": names}


def _refusals() -> Iterator[dict[str, Any]]:
    yield {"names": list(_REFUSED), "action": "SCMP_ACT_ERRNO", "errnoRet": _EPERM}
    # Its flags are in memory, where no filter sees them: programs take clone where it does not exist.
    yield {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": _ENOSYS}
    yield {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [_masked(_ALL_NAMESPACES, 0)]}
    for flag in _NAMESPACES:
        yield {"names": ["clone"], "action": "SCMP_ACT_ERRNO", "errnoRet": _EPERM, "args": [_masked(flag, flag)]}


def _masked(mask: int, value: int) -> dict[str, Any]:
    """The first argument, of which only the bits of the mask count."""
    return {"index": 0, "value": mask, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ"}

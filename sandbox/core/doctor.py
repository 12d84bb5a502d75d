"""What the machine lacks to run the sandbox, each with what mends it."""

from __future__ import annotations

import errno
import ipaddress
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sandbox.core.nameservers import nameservers
from sandbox.core.settings import Settings

#: Free disk space for image, containers and logs, in bytes; free memory for a stack of three hosts.
_DISK, _MEMORY = 2 * 1024**3, 1024**3

#: The network of a stack's VPC, unless railyard_vpc_cidr says otherwise. What this machine sends there is rejected.
_VPC = ipaddress.ip_network("10.0.0.0/16")

#: What mends a refusal by the kernel.
_RIGHTS = "give this container CAP_SYS_ADMIN and CAP_NET_ADMIN (--privileged)"

#: Program → Debian package.
_PROGRAMS = {
    "ip": "iproute2",
    "nft": "nftables",
    "unshare": "util-linux",
    "podman": "podman",
    "runc": "runc",
    "conmon": "conmon",
    "slirp4netns": "slirp4netns",
    "mmdebstrap": "mmdebstrap",
}

#: What the hosts' network asks of the kernel: sets, NAT, reject, connection tracking.
_RULES = """\
table ip doctor {
  set peers {
    type ipv4_addr
    flags interval
    elements = { 10.0.0.0/24 }
  }
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    ip saddr @peers tcp dport 22 accept
    reject with icmp type admin-prohibited
  }
  chain postrouting {
    type nat hook postrouting priority 100;
    masquerade
  }
}
"""


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    ok: bool
    needed_for: str  # api: nothing works without it | hosts: only the API works | comfort: slow or tight
    detail: str
    mend: str = ""  # command or action; empty when ok


def run(settings: Settings, running: bool = False) -> list[Check]:
    """Look at everything.

    :param running: whether the sandbox itself is up and so holds the API's port
    """
    checks = [*_modules(), _port(settings.api_port, running), _root()]
    checks += _programs()
    if os.geteuid() == 0:
        checks += [_namespaces(settings), _rules(), _cgroups(), _tun(), _nameservers(), *_published_ports()]
    checks += [_disk(settings), _memory()]
    return checks


def missing(checks: list[Check], needed_for: str) -> list[Check]:
    """The failed checks among those that ``needed_for`` ("api", "hosts" or "comfort") needs."""
    return [check for check in checks if not check.ok and check.needed_for == needed_for]


def as_dict(checks: list[Check]) -> dict[str, Any]:
    """For programs: ``{"ok": bool, "checks": [...]}``."""
    blocking = missing(checks, "api") + missing(checks, "hosts")
    return {"ok": not blocking, "checks": [asdict(check) for check in checks]}


def _modules() -> Iterator[Check]:
    for module in ("moto", "boto3", "werkzeug", "flask", "dnslib", "cryptography"):
        found = find_spec(module) is not None
        mend = "" if found else "make setup"
        yield Check(f"Python package {module}", found, "api", "installed" if found else "not installed", mend)


def _port(port: int, running: bool) -> Check:
    name = f"port 127.0.0.1:{port}"
    if running:
        return Check(name, True, "api", "held by this sandbox")
    error = _bind("127.0.0.1", port)
    if error is None:
        return Check(name, True, "api", "free")
    return Check(name, False, "api", error, f"RAILYARD_SANDBOX_PORT={port + 1} make sandbox-up")


def _published_ports() -> Iterator[Check]:
    for port in (22, 80):
        name = f"port {port} on loopback addresses"
        error = _bind("127.127.255.254", port)
        if error is None:
            yield Check(name, True, "hosts", "free")
            continue
        mend = f"stop what listens on 0.0.0.0:{port}, or let it listen on one address (ss -ltnp 'sport = :{port}')"
        yield Check(name, False, "hosts", error, mend)


def _bind(address: str, port: int) -> str | None:
    """Why one cannot listen there, or None."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            return "in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
    return None


def _root() -> Check:
    if os.geteuid() == 0:
        return Check("root", True, "hosts", "yes")
    return Check("root", False, "hosts", f"user id {os.geteuid()}", "sudo make sandbox-up")


def _programs() -> Iterator[Check]:
    # Administration programs are outside an ordinary user's PATH.
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    for program, package in _PROGRAMS.items():
        place = shutil.which(program, path=path)
        mend = "" if place else f"apt-get install --yes {package}"
        yield Check(program, bool(place), "hosts", place or "not installed", mend)


def _namespaces(settings: Settings) -> Check:
    name = f"{settings.prefix}-doctor"
    error = _try(["ip", "netns", "add", name])
    if error is None:
        error = _try(["ip", "-n", name, "link", "add", "doctor0", "type", "veth", "peer", "name", "doctor1"])
        _try(["ip", "netns", "delete", name])
    return Check("network namespaces", error is None, "hosts", error or "usable", "" if error is None else _RIGHTS)


def _rules() -> Check:
    error = _try(["unshare", "--net", "nft", "-f", "-"], _RULES)
    if error is None:
        mend = ""
    elif "not permitted" in error:
        mend = _RIGHTS
    else:
        mend = "modprobe --all nf_tables nft_chain_nat nft_masq nft_reject_ipv4 nft_ct"
    return Check("nftables with NAT", error is None, "hosts", error or "usable", mend)


def _cgroups() -> Check:
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    kinds = {fields[2]: fields for fields in mounts if fields[1].startswith("/sys/fs/cgroup")}
    found = kinds.get("cgroup2") or kinds.get("cgroup")
    if not found:
        mend = "mount -t cgroup2 none /sys/fs/cgroup"
        return Check("control groups", False, "hosts", "not mounted", mend)
    if not os.access(found[1], os.W_OK) or "ro" in found[3].split(","):
        mend = f"mount -o remount,rw {found[1]}"
        return Check("control groups", False, "hosts", f"{found[1]} is read-only", mend)
    return Check("control groups", True, "hosts", f"{found[2]} at {found[1]}")


def _tun() -> Check:
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as error:
        mend = "mkdir -p /dev/net && mknod -m 666 /dev/net/tun c 10 200; modprobe tun"
        return Check("/dev/net/tun", False, "hosts", error.strerror or str(error), mend)
    return Check("/dev/net/tun", True, "hosts", "usable")


def _nameservers() -> Check:
    """A stack with another network is fine, so this stops nothing."""
    found = nameservers()
    inside = [server for server in found if ipaddress.ip_address(server) in _VPC]
    if not found:
        return Check("name servers", True, "comfort", "none in /etc/resolv.conf")
    if len(inside) < len(found):
        return Check("name servers", True, "comfort", ", ".join(found))
    lie = "lies" if len(inside) == 1 else "lie"
    detail = (
        f"{', '.join(inside)} of /etc/resolv.conf {lie} in {_VPC}, the network of a stack's VPC. This machine is kept "
        "from sending anything there, so neither it nor the hosts find the names of other machines while it is up"
    )
    mend = "give the stack another network, as -e railyard_vpc_cidr=10.77.0.0/16, or /etc/resolv.conf another server"
    return Check("name servers", False, "comfort", detail, mend)


def _disk(settings: Settings) -> Check:
    place = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(place).free
    ok = free >= _DISK
    detail = f"{free / 1024**3:.1f} GiB free at {place}"
    return Check("disk space", ok, "hosts", detail, "" if ok else f"free {_DISK // 1024**3} GiB there")


def _memory() -> Check:
    fields = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    free = int(fields["MemAvailable"].split()[0]) * 1024
    ok = free >= _MEMORY
    detail = f"{free / 1024**3:.1f} GiB available"
    return Check("memory", ok, "comfort", detail, "" if ok else f"free {_MEMORY // 1024**2} MiB")


def _try(argv: list[str], text: str = "", seconds: float = 20) -> str | None:
    """Run a command; why it failed, or None."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    try:
        done = subprocess.run(
            argv,
            input=text,
            capture_output=True,
            text=True,
            timeout=seconds,
            env={**os.environ, "PATH": path},
            check=False,
        )
    except FileNotFoundError:
        return f"{argv[0]} is not installed"
    except subprocess.TimeoutExpired:
        return f"{argv[0]} did not answer within {seconds:g} s"
    if done.returncode:
        return (done.stderr or done.stdout).strip().splitlines()[0] if done.stderr or done.stdout else "failed"
    return None

"""What makes a host this instance and no other: names, resolver, keys, user data. Written before its first boot."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from sandbox.core.lines import joined
from sandbox.hosts.image import UID
from sandbox.services.ec2.picture import Instance, Vpc


@dataclass(frozen=True)
class File:
    """A file of the host: its path without the leading slash."""

    path: str
    text: str
    mode: int = 0o644
    owner: int = 0


def hostname(instance: Instance) -> str:
    """``ip-10-0-64-5``, as Amazon's resource-independent names are."""
    return "ip-" + instance.private_ip.replace(".", "-")


def domain(region: str) -> str:
    """Domain of the private host names of a region."""
    return "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"


def files(instance: Instance, vpc: Vpc, region: str) -> Iterator[File]:
    """Everything that differs between two hosts of one sandbox."""
    name = hostname(instance)
    yield File(
        "etc/hosts",
        joined(
            [
                "127.0.0.1 localhost",
                "::1 localhost ip6-localhost ip6-loopback",
                f"{instance.private_ip} {name}.{domain(region)} {name}",
            ]
        ),
    )
    yield File(
        "etc/resolv.conf",
        joined([f"search {domain(region)}", f"nameserver {IPv4Network(vpc.cidr)[2]}", "options timeout:2 attempts:5"]),
    )
    if instance.public_key:
        keys = f"home/{instance.system.user}/.ssh/authorized_keys"
        yield File(keys, joined([instance.public_key]), mode=0o600, owner=UID)
    if instance.user_data and instance.user_data.startswith("#!"):
        yield File("var/lib/cloud/user-data", instance.user_data, mode=0o700)


def write(root: Path, wanted: Iterator[File]) -> None:
    """Put the files into a mounted file system, replacing what is there, links included."""
    for file in wanted:
        target = root / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, file.mode)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(file.text)
            os.fchown(stream.fileno(), file.owner, file.owner)
            os.fchmod(stream.fileno(), file.mode)

"""Certificates of the load balancers' HTTPS listeners: the names of ACM's, signed by the sandbox's authority."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from sandbox.core.authority import Authority, write_private
from sandbox.services.acm.picture import Certificate
from sandbox.services.elbv2.picture import LoadBalancer

_PREFIX, _SUFFIX = "tls-", ".pem"


def ensure(
    authority: Authority,
    directory: Path,
    balancer: LoadBalancer,
    certificates: Mapping[str, Certificate],
    owner: int | None = None,
) -> tuple[dict[str, list[str]], bool]:
    """Write what the listeners serve into ``directory``, for ``owner`` alone to read.

    Returns the names of the files by ARN of the listener, and whether one was written: a running HAProxy has read
    the old one. A certificate that ACM no longer has is passed over.
    """
    files: dict[str, list[str]] = {}
    written = False
    for listener in balancer.listeners:
        for arn in listener.certificate_arns if listener.protocol == "HTTPS" else ():
            if arn in certificates:
                name = file_name(certificates[arn], balancer)
                written |= _ensure_file(authority, directory / name, certificates[arn], balancer, owner)
                files.setdefault(listener.arn, []).append(name)
    return files, written


def file_name(certificate: Certificate, balancer: LoadBalancer) -> str:
    """Another one for other names: so the configuration differs, too."""
    text = " ".join((certificate.arn, balancer.public_ip or "", *certificate.names))
    return f"{_PREFIX}{hashlib.sha256(text.encode()).hexdigest()[:16]}{_SUFFIX}"


def remove_others(directory: Path, files: Mapping[str, list[str]]) -> None:
    """Remove what no listener serves any more. Call once HAProxy has another configuration."""
    used = {name for names in files.values() for name in names}
    for entry in directory.glob(f"{_PREFIX}*{_SUFFIX}"):
        if entry.name not in used:
            entry.unlink()


def _ensure_file(
    authority: Authority, file: Path, certificate: Certificate, balancer: LoadBalancer, owner: int | None
) -> bool:
    if file.exists() and authority.fits(file.read_bytes(), certificate.names):
        return False
    # The address too, so that a browser may also ask for that: names need not lead here.
    addresses = [balancer.public_ip] if balancer.public_ip else []
    own, key = authority.issue(certificate.names, addresses)
    write_private(file, own + key, owner=owner)
    return True

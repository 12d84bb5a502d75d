"""Name, address and ports of a region's SMTP service. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.core.settings import MAIL_ADDRESS
from sandbox.services.ec2.picture import HostName, Vpc

#: TLS from the first byte, and STARTTLS.
IMPLICIT_TLS, STARTTLS = 465, 587
PORTS = (IMPLICIT_TLS, STARTTLS)


def server_name(region: str) -> str:
    """Host name that the certificate shows."""
    return f"email-smtp.{region}.amazonaws.com"


def names_of(vpcs: Iterable[Vpc], region: str) -> tuple[HostName, ...]:
    """The service's name in every VPC."""
    return tuple(HostName(vpc.id, server_name(region), (MAIL_ADDRESS,)) for vpc in vpcs)

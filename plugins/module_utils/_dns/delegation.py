# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the world is led to a zone: what the public DNS says are its name servers, beside those that the zone has."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from pathlib import Path
from typing import NamedTuple

from ansible_collections.railyard.aws.plugins.module_utils._dns import messages

YES, NO, UNKNOWN = "yes", "no", "unknown"
RESOLVERS = Path("/etc/resolv.conf")
ATTEMPTS = 2


class Verdict(NamedTuple):
    """Whether, the name servers that were found, and a reason in words."""

    delegated: str
    found: list[str]
    reason: str


def resolvers(text: str) -> list[str]:
    """Addresses of the resolvers that a ``resolv.conf`` names."""
    lines = (line.split() for line in text.splitlines())
    return [words[1].partition("%")[0] for words in lines if len(words) > 1 and words[0] == "nameserver"]


def place(server: str) -> tuple[str, int]:
    """Address and port of a resolver written ``192.0.2.1``, ``192.0.2.1:5353`` or ``[2001:db8::1]:53``. Raises ValueError."""
    address, port = server, "53"
    if server.startswith("["):
        address, _unused, rest = server[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif server.count(":") == 1:
        address, _unused, port = server.partition(":")
    if not port.isdigit():
        raise ValueError(f"'{server}' is no address of a resolver; write one like 192.0.2.1 or 192.0.2.1:53")
    return str(ipaddress.ip_address(address)), int(port)


def ask(server: str, domain: str, timeout: float) -> messages.Answer | None:
    """What one resolver says; None when it says nothing of use in ``timeout`` seconds. Raises ValueError of an address that is none."""
    address, port = place(server)
    number = secrets.randbelow(1 << 16)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as client:
            client.settimeout(timeout)
            client.connect((address, port))
            client.send(messages.question(domain, number))
            return messages.answer(client.recv(4096), number)
    except (OSError, messages.MessageError):
        return None


def verdict_of(domain: str, wanted: list[str], said: messages.Answer | None) -> Verdict:
    """What an answer means for a zone with the name servers ``wanted``."""
    if said is None or said.code not in (messages.NOERROR, messages.SERVFAIL, messages.NXDOMAIN):
        return Verdict(UNKNOWN, [], f"no resolver told this machine who has {domain}")
    if said.code == messages.NXDOMAIN:
        return Verdict(NO, [], f"the public DNS knows no {domain}")
    if said.code == messages.SERVFAIL:
        return Verdict(NO, [], f"the name servers to which the public DNS leads for {domain} do not answer for it")
    found = list(said.name_servers)
    if not found:
        return Verdict(NO, [], f"the public DNS names no name servers of {domain}")
    if set(found) & {server.rstrip(".").lower() for server in wanted}:
        return Verdict(YES, found, f"the public DNS leads to the zone of {domain}")
    return Verdict(NO, found, f"the public DNS leads to other name servers for {domain}, {', '.join(found)}")


def look(domain: str, wanted: list[str], servers: list[str], timeout: float) -> Verdict:
    """Ask the resolvers one after the other until one tells. Raises ValueError of an address that is none."""
    for server in servers * ATTEMPTS:
        verdict = verdict_of(domain, wanted, ask(server, domain, timeout))
        if verdict.delegated != UNKNOWN:
            return verdict
    return verdict_of(domain, wanted, None)

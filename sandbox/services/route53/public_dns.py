"""The public DNS as the controller sees it: who has a domain, over UDP at the port of the API.

A file ``public-dns.off`` in the sandbox's home says that no registrar leads to the account's zones, as before somebody
has entered their name servers there. Then the zones are as good as empty to Amazon too: no certificate, no mail.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Mapping

from dnslib import CLASS, NS, QTYPE, RCODE, RR, DNSError, DNSRecord

from sandbox.core.settings import Settings

_log = logging.getLogger(__name__)
_TTL = 60


def begin(settings: Settings, environ: Mapping[str, str] | None = None) -> None:
    """Take up ``RAILYARD_SANDBOX_DELEGATED``, ``no`` or ``yes``; without it all stays. Raises ``ValueError``."""
    said = (os.environ if environ is None else environ).get("RAILYARD_SANDBOX_DELEGATED", "")
    if said not in ("", "yes", "no"):
        raise ValueError(f"RAILYARD_SANDBOX_DELEGATED is {said!r}; write yes, or no for a domain that is new")
    if said == "no":
        (settings.home / "public-dns.off").touch()
    elif said == "yes":
        (settings.home / "public-dns.off").unlink(missing_ok=True)


def delegated(settings: Settings) -> bool:
    """Whether the world is led to the zones of the account."""
    return not (settings.home / "public-dns.off").exists()


def name_servers(account_id: str, domain: str) -> list[str]:
    """Name servers of the account's public zone of exactly this domain."""
    from moto.route53.models import route53_backends

    zones = route53_backends[account_id]["aws"].zones.values()
    found = [zone for zone in list(zones) if not zone.private_zone and zone.name.rstrip(".").lower() == domain]
    return sorted({server for zone in found if zone.delegation_set for server in zone.delegation_set.name_servers})


class PublicDns:
    """Answers questions for name servers on 127.0.0.1 until it is closed; of other records it knows nothing."""

    def __init__(self, settings: Settings, account_id: str) -> None:
        self._settings, self._account = settings, account_id
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def start(self) -> None:
        """Raises ``OSError`` when the port is taken, ``ValueError`` of a setting that is none."""
        begin(self._settings)
        self._socket.bind(("127.0.0.1", self._settings.api_port))
        threading.Thread(target=self._serve, name="public-dns", daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def answer(self, query: bytes) -> bytes | None:
        """Reply to one message; None when it deserves none."""
        try:
            record = DNSRecord.parse(query)
        except (DNSError, ValueError):
            return None
        if record.header.qr or len(record.questions) != 1:
            return None
        reply = record.reply(ra=1, aa=0)
        domain = str(record.q.qname).rstrip(".").lower()
        if record.q.qtype != QTYPE.NS or record.q.qclass != CLASS.IN:
            reply.header.rcode = RCODE.REFUSED
            return reply.pack()
        servers = name_servers(self._account, domain) if delegated(self._settings) else []
        for server in servers:
            reply.add_answer(RR(record.q.qname, QTYPE.NS, ttl=_TTL, rdata=NS(server)))
        if not servers:
            reply.header.rcode = RCODE.NXDOMAIN
        return reply.pack()

    def _serve(self) -> None:
        while True:
            try:
                query, client = self._socket.recvfrom(512)
            except OSError:
                return
            try:
                reply = self.answer(query)
                if reply is not None:
                    self._socket.sendto(reply, client)
            except Exception:  # One question must not end the answering of others.
                _log.exception("a question to the public DNS failed")

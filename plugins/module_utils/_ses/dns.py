# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The records of a mail domain: what its zone should have, what it has, and what to change. Pure.

A zone may well have mail of its own: other values of a TXT record, another SPF policy and other mail servers stay.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._ses.identities import TTL, records

#: SPF of a domain whose mail comes from SES.
SPF = '"v=spf1 include:amazonses.com ~all"'

Record = dict[str, Any]


def receiving_server(region: str) -> str:
    """Value of the MX record of a domain whose mail SES receives."""
    return f"10 inbound-smtp.{region}.amazonaws.com"


def _same(value: str) -> str:
    return value.rstrip(".").lower() if not value.startswith('"') else value


def _values(existing: list[Record], name: str, kind: str) -> list[str]:
    return next((list(one["values"]) for one in existing if (one["name"], one["type"]) == (name, kind)), [])


class Changes:
    """Collects what differs between a zone and what is wanted of it."""

    def __init__(self, existing: list[Record]) -> None:
        self._existing = existing
        self.changes: list[Record] = []

    def now(self, name: str, kind: str) -> list[str]:
        return _values(self._existing, name, kind)

    def want(self, name: str, kind: str, values: list[str]) -> None:
        """A record is to have exactly these values; none removes it."""
        before = self.now(name, kind)
        if sorted(map(_same, before)) != sorted(map(_same, values)):
            self.changes.append({"name": name, "type": kind, "values": values or before, "before": before, "state": "present" if values else "absent"})


def _add(values: list[str], value: str) -> list[str]:
    return values if value in values else [*values, value]


def plan(
    existing: list[Record],
    domain: str,
    tokens: list[str],
    mail_from_domain: str,
    region: str,
    dmarc: str,
    receiving: bool,
    dkim_domain: str,
) -> dict[str, Any]:
    """What makes a zone fit for mail: ``changes``, and ``remarks`` on what was left to whoever made it.

    :arg existing: records of the zone as ``stack_info`` gives them (``name``, ``type``, ``values``).
    :arg dmarc: value of the DMARC record; empty leaves that record alone.
    """
    found = Changes(existing)
    remarks = []
    for record in records(domain, tokens, mail_from_domain, region, dkim_domain):
        found.want(record["name"], record["type"], [record["value"]])
    texts = found.now(domain, "TXT")
    foreign = [text for text in texts if text.lower().startswith('"v=spf1') and text != SPF]
    if foreign:
        remarks.append(f"{domain} has an SPF record of its own, {foreign[0]}, which stays: the MAIL FROM domain has one for SES.")
    else:
        found.want(domain, "TXT", _add(texts, SPF))
    if dmarc:
        found.want(f"_dmarc.{domain}", "TXT", [f'"{dmarc}"'])
    ours, servers = receiving_server(region), found.now(domain, "MX")
    others = [server for server in servers if _same(server) != ours]
    if receiving and others:
        remarks.append(f"{domain} has mail servers already, {', '.join(others)}: they stay, and SES receives nothing. Turn railyard_mail_receiving off.")
    elif receiving or not others:
        found.want(domain, "MX", [ours] if receiving else [])
    return {"changes": _with_ttl(found.changes), "remarks": remarks, "receives": receiving and not others}


def leave(existing: list[Record], domain: str, tokens: list[str], mail_from_domain: str, region: str, dmarc: str, dkim_domain: str) -> dict[str, Any]:
    """What takes the records of ``plan`` away again, and no value that others put there."""
    found = Changes(existing)
    for record in records(domain, tokens, mail_from_domain, region, dkim_domain):
        _without(found, record["name"], record["type"], record["value"])
    _without(found, domain, "TXT", SPF)
    _without(found, f"_dmarc.{domain}", "TXT", f'"{dmarc}"')
    _without(found, domain, "MX", receiving_server(region))
    return {"changes": _with_ttl(found.changes), "remarks": [], "receives": False}


def _without(found: Changes, name: str, kind: str, value: str) -> None:
    found.want(name, kind, [one for one in found.now(name, kind) if _same(one) != _same(value)])


def _with_ttl(changes: list[Record]) -> list[Record]:
    return [{**change, "ttl": TTL} for change in changes]

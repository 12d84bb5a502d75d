"""Answers of a VPC's resolver that need no other server. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dnslib import PTR, QTYPE, RCODE, RR, A

from sandbox.api.endpoints.names import address_of
from sandbox.services.ec2.metadata.tree import private_name
from sandbox.services.ec2.picture import Vpc
from sandbox.services.elbv2.names import internal_name, loopback_address
from sandbox.services.picture import Picture
from sandbox.services.route53.fields import SERVED, TTL, resource_records
from sandbox.services.route53.picture import PrivateZone, PublicZone

#: CNAMEs and aliases followed for one question.
_HOPS = 8


@dataclass(frozen=True)
class Answered:
    """What to answer, or how far it was known when ``forward`` names what must be asked elsewhere."""

    rcode: int = RCODE.NOERROR
    records: tuple[RR, ...] = ()
    forward: str | None = None


@dataclass(frozen=True)
class Book:
    """All that the resolver of one VPC knows by itself. Names are lower case without the last dot."""

    hosts: Mapping[str, tuple[str, ...]]
    reverse: Mapping[str, str]
    network: str  # CIDR of the VPC
    zones: Sequence[PrivateZone] = ()
    public_zones: Sequence[PublicZone] = ()
    domain: str = field(default="compute.internal")
    region: str = ""


def book_of(picture: Picture, vpc: Vpc, region: str) -> Book:
    """Names of the VPC's instances and services and of all load balancers, and the private zones associated to it.

    The account's public zones are known too, whether or not anybody delegated them.
    """
    hosts: dict[str, tuple[str, ...]] = {}
    reverse: dict[str, str] = {}
    for instance in picture.instances:
        if instance.vpc_id == vpc.id and instance.state not in ("shutting-down", "terminated"):
            name = private_name(instance.private_ip, region)
            hosts[name] = (instance.private_ip,)
            reverse[ipaddress.ip_address(instance.private_ip).reverse_pointer] = name
    for balancer in picture.load_balancers:
        addresses = tuple(address for _unused, address in balancer.addresses)
        hosts[internal_name(balancer.arn).lower()] = addresses
        # an alias may point at the address that stands for the load balancer's name
        hosts[balancer.public_ip or loopback_address(balancer.arn)] = addresses
    for database in picture.databases:
        # Known everywhere, as on AWS; whether a packet gets there is the network's affair.
        hosts[database.host_name.lower()] = (database.address,)
    hosts |= {entry.name.lower(): entry.addresses for entry in picture.names if entry.vpc_id == vpc.id}
    domain = private_name("0.0.0.0", region).split(".", 1)[1]
    zones = tuple(zone for zone in picture.private_zones if vpc.id in zone.vpc_ids)
    return Book(hosts, reverse, vpc.cidr, zones, picture.public_zones, domain, region)


def resolve(book: Book, name: str, kind: str) -> Answered:
    """Answer a question of class IN; ``kind`` is a record type such as ``A``."""
    records: list[RR] = []
    asked = _plain(name)
    for _unused in range(_HOPS):
        found = _from_hosts(book, asked, kind) or _from_zone(book, asked, kind) or _from_aws(book, asked, kind)
        if found is None:
            return Answered(RCODE.NOERROR, tuple(records), forward=asked)
        rcode, new, follow = found
        records += new
        if follow is None:
            return Answered(rcode, tuple(records))
        asked = follow
    return Answered(RCODE.SERVFAIL)


_Zone = PrivateZone | PublicZone
#: rcode, records, and the name at which to go on.
_Found = tuple[int, list[RR], str | None]


def _from_hosts(book: Book, name: str, kind: str) -> _Found | None:
    if name in book.hosts:
        addresses = book.hosts[name] if kind in ("A", "ANY") else ()
        return RCODE.NOERROR, [RR(name, QTYPE.A, rdata=A(a), ttl=TTL) for a in addresses], None
    if name in book.reverse:
        records = [RR(name, QTYPE.PTR, rdata=PTR(book.reverse[name]), ttl=TTL)] if kind in ("PTR", "ANY") else []
        return RCODE.NOERROR, records, None
    if name.endswith("." + book.domain) or _inside(book, name):
        return RCODE.NXDOMAIN, [], None
    return None


def _from_aws(book: Book, name: str, kind: str) -> _Found | None:
    """An endpoint of AWS itself."""
    address = address_of(name, book.region)
    if address is None:
        return None
    return RCODE.NOERROR, [RR(name, QTYPE.A, rdata=A(address), ttl=TTL)] if kind in ("A", "ANY") else [], None


def _inside(book: Book, name: str) -> bool:
    """Whether the name is the reverse name of an address of the VPC."""
    labels = name.removesuffix(".in-addr.arpa").split(".")
    if not name.endswith(".in-addr.arpa") or len(labels) != 4:
        return False
    try:
        return ipaddress.ip_address(".".join(reversed(labels))) in ipaddress.ip_network(book.network)
    except ValueError:
        return False


def _from_zone(book: Book, name: str, kind: str) -> _Found | None:
    # A private zone hides the public ones, also where it has no such record.
    inside = _above(book.zones, name) or _above(book.public_zones, name)
    if not inside:
        return None
    zone = max(inside, key=lambda z: len(_plain(z.name)))
    records = _at(zone, name)
    if not records and not _has_children(zone, name):
        records = _wildcard(zone, name)
        if not records:
            return RCODE.NXDOMAIN, [], None
    matching = [record for record in records if record["Type"] == kind or kind == "ANY"]
    chosen = matching or [record for record in records if record["Type"] == "CNAME"]
    if not chosen:
        return RCODE.NOERROR, [], None
    record = chosen[0]
    if "AliasTarget" in record:
        return _alias(book, name, kind, record)
    made = [rr for each in chosen if each["Type"] in SERVED for rr in resource_records(name, each)]
    if record["Type"] == "CNAME" and kind not in ("CNAME", "ANY"):
        return RCODE.NOERROR, made[:1], _plain(record["ResourceRecords"][0]["Value"])
    return RCODE.NOERROR, made, None


def _above(zones: Sequence[_Zone], name: str) -> list[_Zone]:
    return [zone for zone in zones if name == _plain(zone.name) or name.endswith("." + _plain(zone.name))]


def _alias(book: Book, name: str, kind: str, record: dict[str, Any]) -> _Found:
    """An alias answers with the target's records under its own name."""
    target = _plain(record["AliasTarget"]["DNSName"]).removeprefix("dualstack.")
    answered = resolve(book, target, kind)
    if answered.forward:
        return RCODE.NOERROR, [], answered.forward
    renamed = [RR(name, rr.rtype, rdata=rr.rdata, ttl=rr.ttl) for rr in answered.records if rr.rtype != QTYPE.CNAME]
    return answered.rcode, renamed, None


def _at(zone: _Zone, name: str) -> list[dict[str, Any]]:
    return [record for record in zone.records if _plain(record["Name"]) == name]


def _has_children(zone: _Zone, name: str) -> bool:
    return any(_plain(record["Name"]).endswith("." + name) for record in zone.records)


def _wildcard(zone: _Zone, name: str) -> list[dict[str, Any]]:
    """Records of the closest wildcard: an existing name between hides the wildcards above it."""
    apex = _plain(zone.name)
    while name != apex and "." in name:
        name = name.split(".", 1)[1]
        records = _at(zone, "*." + name)
        if records or (name != apex and _at(zone, name)):
            return records
    return []


def _plain(name: str) -> str:
    # Route 53 writes the asterisk as an octal escape
    return name.rstrip(".").lower().replace("\\052", "*")

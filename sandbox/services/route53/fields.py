"""Records of hosted zones: what one of Route 53 looks like. Pure; see ``core/fields.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from dnslib import RR
from dnslib.label import DNSBuffer

from sandbox.core.fields import DnsName, Kind, Line, OddValue, check
from sandbox.core.lines import one_line

#: Types of records that the resolvers answer with.
SERVED = ("A", "AAAA", "CNAME", "TXT", "MX", "SRV", "NS", "SOA", "CAA", "PTR")
#: Seconds, of a record that tells none.
TTL = 60

_TYPES = {
    *("A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS"),
    *("PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"),
}


def _record(record: Any) -> bool:
    """A record set as ``list_resource_record_sets`` gives it, each value of one line."""
    if not isinstance(record, Mapping) or record.get("Type") not in _TYPES:
        return False
    try:
        check(DnsName, record["Name"], "Name")
        int(record.get("TTL") or 0)
        if "AliasTarget" in record:
            check(DnsName, record["AliasTarget"]["DNSName"], "DNSName")
        for value in record.get("ResourceRecords", ()):
            check(Line, value["Value"], "Value")
        resource_records("answer", record)
        return True
    except (OddValue, KeyError, TypeError, ValueError):
        return False


def resource_records(name: str, record: Mapping[str, Any]) -> list[RR]:
    """What a resolver answers for a record set under a name; nothing for a type that is not served.

    :raises OddValue: for a value that is none of its type
    """
    kind, ttl = record["Type"], int(record.get("TTL") or TTL)
    values = [value["Value"] for value in record.get("ResourceRecords", ())]
    return [_resource_record(name, ttl, kind, value) for value in values if kind in SERVED]


def _resource_record(name: str, ttl: int, kind: str, value: str) -> RR:
    if kind in ("CNAME", "MX", "NS", "PTR", "SRV") and not value.endswith("."):
        value += "."
    try:
        # The name is the asking client's, which the text of a zone has no quoting for.
        (parsed,) = RR.fromZone(one_line(f"answer. {ttl} IN {kind} {value}"))
        made = RR(name, parsed.rtype, ttl=ttl, rdata=parsed.rdata)
        made.pack(DNSBuffer())
    except Exception as error:  # the parser raises whatever it runs into
        raise OddValue(f"the value {value!r} of a record is none of the type {kind}") from error
    return made


Record = Annotated[dict[str, Any], Kind("a record set", _record)]

# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every tier of a stack with its state, and when a run last proved it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._report.flows import Entry, Stack, flows
from ansible_collections.railyard.aws.plugins.module_utils._report.moments import days_until, shown
from ansible_collections.railyard.aws.plugins.module_utils._report.network import existing
from ansible_collections.railyard.aws.plugins.module_utils._report.states import ABSENT, BAD, GOOD, PENDING, health, server_health, targets, worst

#: Days before its end from which a certificate is a worry: ACM renews 60 days before, so something keeps it from that.
RENEWAL = 45
#: A text in both languages.
Text = dict[str, str]
#: State of a tier, and what there is to say of it.
Found = tuple[str, Text]


def _same(text: str) -> Text:
    return {"en": text, "ko": text}


def _network(stack: Stack, _now: str) -> Found:
    parts = [(kind, one) for kind in ("vpc", "nat_gateways", "nat_interfaces", "vpc_endpoints") for one in existing(stack, kind)]
    subnets = existing(stack, "subnets")
    zones = len({one["availability_zone"] for one in subnets})
    return worst([health(kind, one) for kind, one in parts]), {
        "en": f"{len(subnets)} subnets in {zones} zones",
        "ko": f"가용 영역 {zones}개에 서브넷 {len(subnets)}개",
    }


def _firewall(stack: Stack, _now: str) -> Found:
    groups, risky = existing(stack, "security_groups"), [one for one in flows(stack) if one.risky]
    if not groups:
        return ABSENT, _same("")
    if risky:
        ports = ", ".join(dict.fromkeys(one.port_list for one in risky))
        return BAD, {"en": f"open to everybody: {ports}", "ko": f"누구에게나 열린 포트: {ports}"}
    return GOOD, {"en": f"{len(groups)} security groups", "ko": f"보안 그룹 {len(groups)}개"}


def _servers(role: str) -> Callable[[Stack, str], Found]:
    """Servers that stand behind no load balancer."""

    def look(stack: Stack, _now: str) -> Found:
        found = [one for one in existing(stack, "instances") if one.get("role") == role]
        return worst([health("instances", one) for one in found]), _same(", ".join(f"{one.get('hostname')} {one.get('state')}" for one in found))

    return look


def _web(stack: Stack, _now: str) -> Found:
    found = [one for one in existing(stack, "instances") if one.get("role") not in ("jump", "worker")]
    well = sum(targets(stack).get(one["id"]) == "healthy" for one in found)
    return worst([server_health(stack, one) for one in found]), {
        "en": f"{well} of {len(found)} healthy",
        "ko": f"{len(found)}대 가운데 {well}대 정상",
    } if found else _same("")


def _of(kind: str, say: Callable[[Entry], str]) -> Callable[[Stack, str], Found]:
    def look(stack: Stack, _now: str) -> Found:
        found = existing(stack, kind)
        return worst([health(kind, one) for one in found]), _same(", ".join(say(one) for one in found))

    return look


def _storage(stack: Stack, _now: str) -> Found:
    found = existing(stack, "buckets")
    blocks = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    public = [str(one["name"]) for one in found if not all((one.get("public_access") or {}).get(block) for block in blocks)]
    if public:
        return BAD, {"en": f"not closed to the public: {', '.join(public)}", "ko": f"공개가 막히지 않은 버킷: {', '.join(public)}"}
    return GOOD if found else ABSENT, {"en": f"{len(found)} buckets, closed to the public", "ko": f"버킷 {len(found)}개, 모두 비공개"} if found else _same("")


def _dns(stack: Stack, _now: str) -> Found:
    found = existing(stack, "hosted_zones")
    return GOOD if found else ABSENT, _same(", ".join(str(one["name"]) for one in found))


def certificate_state(entry: Entry, now: str) -> str:
    """The state of a certificate, which is no longer good when its end is near."""
    left = days_until(entry.get("expires"), now)
    if left is not None and left < 0:
        return BAD
    return PENDING if left is not None and left < RENEWAL else health("certificates", entry)


def _certificate(stack: Stack, now: str) -> Found:
    found = [one for one in existing(stack, "certificates") if one.get("in_use_by")] or existing(stack, "certificates")
    return worst([certificate_state(one, now) for one in found]), _same(", ".join(f"{one['name']} {one.get('state')}" for one in found))


def _mail(stack: Stack, _now: str) -> Found:
    found = existing(stack, "mail_identities")
    return worst([GOOD if one.get("verified") else PENDING for one in found]), _same(", ".join(f"{one['name']} {one.get('state')}" for one in found))


def _monitoring(stack: Stack, _now: str) -> Found:
    found = existing(stack, "alarms")
    ringing = [str(one["name"]) for one in found if one.get("value") == "ALARM"]
    if not found:
        return ABSENT, _same("")
    return BAD if ringing else GOOD, _same(f"ALARM: {', '.join(ringing)}") if ringing else {
        "en": f"{len(found)} alarms, none raised",
        "ko": f"알람 {len(found)}개, 울린 것 없음",
    }


#: Tier → what it looks like, in the order in which a request passes them.
TIERS: dict[str, Callable[[Stack, str], Found]] = {
    "network": _network,
    "firewall": _firewall,
    "dns": _dns,
    "certificate": _certificate,
    "balancer": _of("load_balancers", lambda one: f"{one['name']} {one.get('state')}"),
    "jump": _servers("jump"),
    "web": _web,
    "worker": _servers("worker"),
    "database": _of("databases", lambda one: f"{one['name']} {one.get('state')}, {one.get('engine')} {one.get('engine_version')}, {one.get('instance_class')}"),
    "cache": _of(
        "replication_groups", lambda one: f"{one['name']} {one.get('state')}, {one.get('engine')} {one.get('engine_version')}, {one.get('node_type')}"
    ),
    "storage": _storage,
    "mail": _mail,
    "monitoring": _monitoring,
}


def tiers(stack: Stack, proved: dict[str, Any], now: str) -> list[dict[str, Any]]:
    """Every tier.

    :param proved: ``at``, the moment of the last proof, and ``tiers``, what it proved; empty where nobody knows
    """
    rows = []
    for key, look in TIERS.items():
        state, note = look(stack, now)
        # Nobody misses what nobody asked for.
        if key == "worker" and state == ABSENT:
            continue
        at = shown(proved.get("at")) if key in (proved.get("tiers") or []) else ""
        rows.append({"key": key, "state": state, "note": note, "proved": at})
    return rows

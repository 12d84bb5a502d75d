# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The subnet plan: which blocks of a VPC become which subnets. Pure, so that it can be judged before AWS is asked."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import Any

#: Public subnets fill the VPC from block 0, private ones from this block.
FIRST_PRIVATE_BLOCK = 4
MIN_ZONES, MAX_ZONES = 2, FIRST_PRIVATE_BLOCK
#: Prefix lengths that AWS takes for a VPC and for a subnet.
LARGEST, SMALLEST = 16, 28


class PlanError(ValueError):
    """The inputs make no plan; ``problems`` are sentences for people, one per mistake."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def whole_number(value: Any) -> int | None:
    """The integer that ``value`` is or spells (``-e name=2`` gives text), or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+", value.strip()):
        return int(value)
    return None


def network(what: str, value: Any) -> IPv4Network:
    """``value`` as a network of a size AWS takes; ``what`` names it in the PlanError."""
    text = str(value)
    try:
        loose = IPv4Network(text, strict=False)
    except ValueError:
        said = text if text.isprintable() else repr(text)[1:-1]
        raise PlanError([f"{what} is '{said}', which is no IPv4 network; write one like 10.0.0.0/16."]) from None
    if "/" not in text:
        raise PlanError([f"{what} is '{text}', without a prefix length; write it like {text}/16."])
    if loose.with_prefixlen != text:
        raise PlanError([f"{what} is '{text}', which has host bits set; write {loose.with_prefixlen}."])
    if not LARGEST <= loose.prefixlen <= SMALLEST:
        raise PlanError([f"{what} is '{text}', but AWS takes /{LARGEST} to /{SMALLEST} only; write a prefix length between them."])
    return loose


def zone_problems(zone_count: Any, zones: list[str]) -> list[str]:
    """What is wrong with the number of zones, or with the zones given for it."""
    count = whole_number(zone_count)
    if count is None or not MIN_ZONES <= count <= MAX_ZONES:
        return [
            f"railyard_zone_count is '{zone_count}'; write a number from {MIN_ZONES} (a load balancer stands in "
            f"two zones) to {MAX_ZONES} (the plan has {FIRST_PRIVATE_BLOCK} public blocks)."
        ]
    if not zones:
        return []
    listed = f"railyard_zones lists {len(zones)} ({', '.join(map(str, zones))})"
    if len(zones) != count:
        return [f"{listed}, but railyard_zone_count is {count}; name {count} zones, or empty the list to take the region's first {count}."]
    if len(set(zones)) != len(zones):
        return [f"{listed}, with one named twice; name {count} different zones."]
    return []


def _computed(vpc: IPv4Network, prefix: int, count: int) -> tuple[list[str], list[str]]:
    size = 1 << (32 - prefix)

    def block(index: int) -> str:
        return IPv4Network((int(vpc.network_address) + index * size, prefix)).with_prefixlen

    return [block(i) for i in range(count)], [block(FIRST_PRIVATE_BLOCK + i) for i in range(count)]


def _prefix_problems(vpc: IPv4Network, prefix: Any, count: int) -> list[str]:
    length = whole_number(prefix)
    if length is None or not LARGEST <= length <= SMALLEST:
        return [f"railyard_subnet_prefix is '{prefix}'; write a prefix length from {LARGEST} to {SMALLEST}."]
    needed = FIRST_PRIVATE_BLOCK + count
    if length < vpc.prefixlen or (1 << (length - vpc.prefixlen)) < needed:
        fits = vpc.prefixlen + (needed - 1).bit_length()
        advice = f"write {fits} or more" if fits <= SMALLEST else f"write a railyard_vpc_cidr of /{SMALLEST - 3} or larger"
        return [f"railyard_subnet_prefix is {length}: {count} public and {count} private subnets of /{length} do not fit in {vpc.with_prefixlen}; {advice}."]
    return []


def _given(tier: str, cidrs: list[Any], count: int, vpc: IPv4Network) -> tuple[list[IPv4Network], list[str]]:
    variable = f"railyard_{tier}_subnet_cidrs"
    networks, problems = [], []
    if len(cidrs) != count:
        problems.append(
            f"{variable} lists {len(cidrs)} ({', '.join(map(str, cidrs))}), but railyard_zone_count is {count}; "
            f"list {count}, one for each zone, or empty the list to have them computed."
        )
    for index, cidr in enumerate(cidrs):
        try:
            one = network(f"{variable}[{index}]", cidr)
        except PlanError as error:
            problems += error.problems
            continue
        networks.append(one)
        if not one.subnet_of(vpc):
            problems.append(f"{variable}[{index}] is {one}, outside the VPC; write one inside railyard_vpc_cidr {vpc}.")
    return networks, problems


def _overlaps(networks: list[tuple[str, IPv4Network]]) -> list[str]:
    return [
        f"{tier} subnet {one} overlaps {other_tier} subnet {other}; choose networks that do not share addresses "
        f"({', '.join(f'railyard_{which}_subnet_cidrs' for which in dict.fromkeys((tier, other_tier)))})."
        for index, (tier, one) in enumerate(networks)
        for other_tier, other in networks[index + 1 :]
        if one.overlaps(other)
    ]


def plan_subnets(
    vpc_cidr: Any,
    stack: str,
    zone_count: Any,
    prefix: Any,
    zones: list[str] | None = None,
    public_cidrs: list[str] | None = None,
    private_cidrs: list[str] | None = None,
) -> list[dict[str, Any]]:
    """Subnets in order, public ones first: ``name``, ``cidr``, ``tier``, ``index`` (from 0), ``zone`` (None if not given).

    Public subnet i is block i of the VPC, private subnet i block 4+i, unless lists of CIDRs replace them.
    Raises PlanError with every problem found.
    """
    problems = zone_problems(zone_count, zones or [])
    try:
        vpc = network("railyard_vpc_cidr", vpc_cidr)
    except PlanError as error:
        raise PlanError(problems + error.problems) from None
    if problems:
        raise PlanError(problems)
    count = int(zone_count)
    given = {"public": public_cidrs or [], "private": private_cidrs or []}
    chosen: dict[str, list[IPv4Network]] = {}
    if not all(given.values()):
        problems += _prefix_problems(vpc, prefix, count)
        if not problems:
            computed = dict(zip(("public", "private"), _computed(vpc, int(prefix), count), strict=True))
            chosen |= {tier: [IPv4Network(cidr) for cidr in computed[tier]] for tier in given if not given[tier]}
    for tier, cidrs in given.items():
        if cidrs:
            chosen[tier], more = _given(tier, cidrs, count, vpc)
            problems += more
    problems += _overlaps([(tier, one) for tier in given for one in chosen.get(tier, [])])
    if problems:
        raise PlanError(problems)
    return [
        {
            "name": f"{stack}-{tier}-{index + 1}",
            "cidr": one.with_prefixlen,
            "tier": tier,
            "index": index,
            "zone": zones[index] if zones else None,
        }
        for tier in given
        for index, one in enumerate(chosen[tier])
    ]

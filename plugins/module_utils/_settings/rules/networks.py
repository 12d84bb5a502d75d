# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with networks: those that may reach the stack, and the VPC's own."""

from __future__ import annotations

from ipaddress import IPv4Network, collapse_addresses
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import entries, shown, truth
from ansible_collections.railyard.aws.plugins.module_utils._vpc.subnets import whole_number

Inputs = dict[str, Any]

ADMIN, SITE = "railyard_admin_cidrs", "railyard_site_cidrs"
#: Lists of networks, and how many rules AWS takes of them: the site's have one for each of two ports.
LISTS = {ADMIN: 60, SITE: 30, "common_ssh_from": 60, "nginx_trusted_cidrs": 60}
#: Networks from which no packet comes, and in which AWS makes no VPC.
SPECIAL = {
    "0.0.0.0/8": "means no network at all",
    "127.0.0.0/8": "is every machine's own (loopback)",
    "169.254.0.0/16": "never leaves a link; on AWS the metadata service is there",
    "224.0.0.0/4": "is for multicast",
    "240.0.0.0/4": "is reserved",
}
_SPECIAL = {IPv4Network(cidr): why for cidr, why in SPECIAL.items()}
_WORLD = IPv4Network("0.0.0.0/0")
#: Networks of organizations, which the internet does not reach.
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
#: More public addresses than the largest networks of one owner (/8) have are no administrators.
MOST_ADDRESSES = 1 << 24


def subnet_problems(inputs: Inputs) -> list[str]:
    """A plan of subnets that somebody wrote, and names of subnets: load balancer and database stand in two zones."""
    problems, plan = [], inputs.get("railyard_subnets")
    for one in plan if isinstance(plan, list) else ():
        missing = [key for key in ("name", "cidr", "tier", "index") if not isinstance(one, dict) or one.get(key) in (None, "")]
        if missing:
            problems.append(f"railyard_subnets has {shown(one)} without {', '.join(missing)}; write all of them, or leave it out and have it computed.")
    if isinstance(plan, list) and not problems:
        tiers = [str(one.get("tier")) for one in plan]
        problems += [
            f"railyard_subnets is '{shown(plan)}', with {tiers.count(tier)} {tier} subnets; write two or more, or leave it out and have it computed."
            for tier in ("public", "private")
            if tiers.count(tier) < 2
        ]
    for name in ("railyard_public_subnet_names", "railyard_private_subnet_names"):
        names = inputs.get(name)
        if isinstance(names, list) and len(set(map(str, names))) < 2 and not problems:
            problems.append(f"{name} is '{shown(names)}'; write the names of two subnets or more, each in a zone of its own, or leave it out.")
    return problems


def _parsed(values: list[Any]) -> list[IPv4Network]:
    """Those that are networks at all, each once."""
    found = []
    for value in values:
        try:
            found.append(IPv4Network(str(value), strict=False))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def special(network: IPv4Network) -> str:
    """Why nobody is in a network; empty where somebody may be."""
    if network == _WORLD:
        return ""
    return next((why for one, why in _SPECIAL.items() if network.subnet_of(one)), "")


def public_addresses(networks: list[IPv4Network]) -> int:
    """How many addresses of the internet networks have together, none counted twice."""
    together = list(collapse_addresses(networks))
    inside = [one for one in _PRIVATE if any(one.subnet_of(other) for other in together)]
    private = [one for one in together if any(one.subnet_of(other) for other in _PRIVATE)]
    return sum(one.num_addresses for one in together) - sum(one.num_addresses for one in {*inside, *private})


def opens_to_the_world(values: Any) -> bool:
    """Whether networks have together more public addresses than administrators have."""
    return public_addresses(_parsed(values if isinstance(values, list) else [])) > MOST_ADDRESSES


def cidr_problems(inputs: Inputs) -> list[str]:
    """Networks that may reach the stack: well-formed, inhabited, and ssh not open to the world by accident."""
    return [*(problem for name in LISTS for problem in _list_problems(name, entries(inputs, name))), *_world_problems(inputs)]


def _list_problems(name: str, values: list[Any]) -> list[str]:
    problems = networks_problems(name, values, LISTS[name])
    if name == SITE and not values:
        problems.append(f"{name} is '[]': nobody could open the site, and no check of it would pass. Write your own networks, or [0.0.0.0/0] for everybody.")
    return problems


def networks_problems(name: str, values: list[Any], most: int) -> list[str]:
    """Problems of a list of networks that is called ``name``, of which a security group takes ``most``."""
    problems = []
    for value in dict.fromkeys(map(str, values)):
        try:
            loose = IPv4Network(value, strict=False)
        except ValueError:
            problems.append(f"{name} has '{shown(value)}', which is no IPv4 network; write one like 203.0.113.7/32.")
            continue
        why = special(loose)
        if why:
            problems.append(f"{name} has '{value}', which {why}: nobody comes from there. Write one like 203.0.113.7/32.")
        elif loose.with_prefixlen != value:
            problems.append(f"{name} has '{value}'; write {loose.with_prefixlen}.")
    texts = list(map(str, values))
    problems += [f"{name} has '{value}' more than once; write it once." for value in dict.fromkeys(texts) if texts.count(value) > 1]
    if len(texts) > most:
        together = ", ".join(str(one) for one in list(collapse_addresses(_parsed(values)))[:5])
        problems.append(f"{name} has '{len(texts)}' networks, but a security group takes {most} of them; write larger ones, such as {together}.")
    return problems


def _world_problems(inputs: Inputs) -> list[str]:
    networks = _parsed(entries(inputs, ADMIN))
    if not networks or truth(inputs.get("railyard_admin_allow_world")):
        return []
    addresses = public_addresses(networks)
    if addresses <= MOST_ADDRESSES:
        return []
    listed = ", ".join(map(str, networks[:8])) + (", ..." if len(networks) > 8 else "")
    # Half of it is as open as all of it to who tries every address.
    share = "to the whole internet" if _WORLD in list(collapse_addresses(networks)) else f"to {addresses * 100 // _WORLD.num_addresses or 1} % of the internet"
    together = "opens" if len(networks) == 1 else "together open"
    return [
        f"{ADMIN} has '{listed}', which {together} ssh on the jump host {share}; write your own "
        "addresses, such as 203.0.113.7/32, or empty the list to allow this controller only. "
        "Should it really be open to all, say so: railyard_admin_allow_world: true"
    ]


def vpc_problems(inputs: Inputs) -> list[str]:
    """A VPC in a network that AWS keeps for itself; its form is checked with the subnets."""
    try:
        vpc = IPv4Network(str(inputs.get("railyard_vpc_cidr")))
    except ValueError:
        return []
    why = special(vpc)
    return [f"railyard_vpc_cidr is '{vpc}', which {why}: AWS makes no VPC there. Write one such as 10.0.0.0/16."] if why else []


_ACLS = "vpc_network_acls"
_PROTOCOLS = ("tcp", "udp", "icmp", "all", "-1", "icmpv6", "ipv6-icmp")
_RULE = "[100, tcp, allow, 0.0.0.0/0, null, null, 443, 443]"


def acl_problems(inputs: Inputs) -> list[str]:
    """Rules of network ACLs, as amazon.aws.ec2_vpc_nacl takes them: lists whose entries have no names to go by."""
    tiers = inputs.get(_ACLS)
    problems = []
    for tier, rules in tiers.items() if isinstance(tiers, dict) else ():
        for way in ("ingress", "egress"):
            listed = rules.get(way) if isinstance(rules, dict) else None
            numbers: list[int] = []
            for rule in listed if isinstance(listed, list) else ():
                why = _rule_problem(rule, numbers)
                if why:
                    problems.append(f"{_ACLS}.{tier}.{way} has '{shown(rule)}', {why}; write one like {_RULE}.")
    return problems


def _rule_problem(rule: Any, numbers: list[int]) -> str:
    """What is wrong with one rule; ``numbers`` are those of the rules before it, to which its own is added."""
    if not isinstance(rule, list) or len(rule) != 8:
        return "which has not eight parts (number, protocol, action, network, ICMP type and code, first and last port)"
    number, protocol, action, cidr = whole_number(rule[0]), str(rule[1]).lower(), str(rule[2]).lower(), rule[3]
    first, last = (whole_number(port) for port in rule[6:8])
    if number is None or not 1 <= number <= 32766:
        return f"whose number '{rule[0]}' is none from 1 to 32766"
    if number in numbers:
        return f"whose number {number} another rule has already"
    numbers.append(number)
    if protocol not in _PROTOCOLS and whole_number(protocol) is None:
        return f"whose protocol '{rule[1]}' is none of tcp, udp, icmp, all"
    if action not in ("allow", "deny"):
        return f"whose action '{rule[2]}' is neither allow nor deny"
    # The VPC's own network stands there as an expression of it.
    if "{{" not in str(cidr) and not _parsed([cidr]):
        return f"whose network '{cidr}' is none"
    if protocol in ("tcp", "udp") and (first is None or last is None or not 0 <= first <= last <= 65535):
        return f"whose ports '{rule[6]}' to '{rule[7]}' are no range"
    return ""

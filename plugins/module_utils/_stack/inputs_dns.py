# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the names of the site and of the private zone."""

from __future__ import annotations

import re
from typing import Any

Inputs = dict[str, Any]

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
#: The longest first name of a certificate that ACM takes.
LONGEST_HOST = 64
#: Names that nobody can own (RFC 6761, RFC 6762, RFC 8375): no public authority certifies them.
RESERVED = ("localhost", "test", "example", "invalid", "local", "internal", "home.arpa")


def _below(name: str, zone: str) -> bool:
    return name == zone or name.endswith(f".{zone}")


def _mended(name: str) -> str:
    """What was meant, most likely: without scheme, path, port and the final dot, in small letters."""
    return re.sub(r"^[a-z]+://", "", name.strip().lower()).split("/")[0].split(":")[0].rstrip(".")


def _well_formed(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and len(name) <= 253


def dns_problems(inputs: Inputs) -> list[str]:
    """Problems of railyard_domain, railyard_site_host and railyard_private_zone."""
    domain, host = (str(inputs.get(name) or "") for name in ("railyard_domain", "railyard_site_host"))
    private = str(inputs.get("railyard_private_zone", "home"))
    return [*_private_problems(private, domain), *(_domain_problems(domain, inputs) or _host_problems(host, domain) if domain else _hostless(host))]


def _private_problems(private: str, domain: str) -> list[str]:
    if not _well_formed(private):
        return [f"railyard_private_zone is '{private}'; write a name such as home or inside.example.com, in small letters and without a dot at its end."]
    if domain and _below(domain, private):
        return [
            f"railyard_private_zone is '{private}', which would hide the domain {domain} from the servers; write another, such as home or inside.{domain}."
        ]
    return []


def _domain_problems(domain: str, inputs: Inputs) -> list[str]:
    if not _well_formed(domain) or "." not in domain or re.fullmatch(r"[0-9.]+", domain):
        meant = _mended(domain)
        advice = meant if meant != domain and _well_formed(meant) and "." in meant else "example.com"
        return [f"railyard_domain is '{domain}', which is no domain; write one such as {advice}, or nothing for HTTP only: export RAILYARD_DOMAIN={advice}"]
    if domain.startswith("www."):
        rest = domain.removeprefix("www.")
        return [f"railyard_domain is '{domain}', but www. is put before it anyway: export RAILYARD_DOMAIN={rest}"]
    reserved = next((zone for zone in RESERVED if _below(domain, zone)), None)
    if reserved and not inputs.get("railyard_ca_file"):
        return [
            f"railyard_domain is '{domain}', and Amazon certifies nothing below {reserved}; write a domain of your own, or nothing for HTTP only: "
            "export RAILYARD_DOMAIN= (In the sandbox, whose authority does, take its environment: eval \"$(python -m sandbox env)\")"
        ]
    return []


def _host_problems(host: str, domain: str) -> list[str]:
    if not _well_formed(host) or not _below(host, domain):
        return [f"railyard_site_host is '{host}'; write {domain} or a name below it, such as www.{domain}."]
    if len(host) > LONGEST_HOST:
        return [f"railyard_site_host is '{host}', which has {len(host)} characters; a certificate takes {LONGEST_HOST}: write a shorter one."]
    return []


def _hostless(host: str) -> list[str]:
    if not host:
        return []
    return [f"railyard_site_host is '{host}', but there is no domain: export RAILYARD_DOMAIN={host.removeprefix('www.')}"]

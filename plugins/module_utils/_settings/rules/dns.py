# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the names of the site and of the private zone."""

from __future__ import annotations

import re
import shlex
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._route53.registration import CONTACT
from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import Form, Range, entry_problems, form_problems, shown, truth

Inputs = dict[str, Any]

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
#: The longest first name of a certificate that ACM takes.
LONGEST_HOST = 64
#: Names that nobody can own (RFC 6761, RFC 6762, RFC 8375): no public authority certifies them.
RESERVED = ("localhost", "test", "example", "invalid", "local", "internal", "home.arpa")


#: Names that servers ask for, or that every machine has: a private zone above one hides it.
_NEEDED = ("amazonaws.com", "amazontrust.com", "github.com", "rubygems.org", "ruby-lang.org", "pypi.org", "localhost", "debian.org", "awsstatic.net")


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
    private = inputs.get("railyard_private_zone")
    problems = _private_problems(str(private), domain) if private is not None else []
    if not domain:
        return [*problems, *_hostless(host)]
    return [*problems, *(_domain_problems(domain, inputs) or _host_problems(host, domain))]


_ENTRIES = (
    Form(
        "railyard_resolvers",
        r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?::\d{1,5})?|[0-9a-f:]*:[0-9a-f:]+|\[[0-9a-f:]+\](?::\d{1,5})?",
        "an address, with a port or without, such as 9.9.9.9 or 127.0.0.1:5353",
    ),
)
_RANGES = (
    # Less would ask Amazon at each visit; more would keep people at an address for days after it has gone.
    Range("route53_ttl", 1, 172800, "a number of seconds", "60"),
    Range("route53_register_years", 1, 10, "a number of years", "1"),
)


def zone_problems(inputs: Inputs) -> list[str]:
    """Problems of what a role of names has of its own: its records, and a registration that would stop half-way."""
    problems, domain = form_problems(inputs, (), _RANGES), str(inputs.get("railyard_domain") or "")
    jump = str(inputs.get("route53_jump_host") or "")
    if jump and (not _well_formed(jump) or not domain or not _below(jump, domain) or jump == domain):
        example = f"jump.{domain or 'example.com'}"
        problems.append(f"route53_jump_host is '{shown(jump)}'; write a name below railyard_domain ('{domain}'), such as {example}, or nothing.")
    problems += entry_problems(inputs, _ENTRIES)
    names = inputs.get("alb_certificate_names")
    for name in names if isinstance(names, list) else ():
        if not _well_formed(str(name).removeprefix("*.")) or not domain or not _below(str(name).removeprefix("*."), domain):
            problems.append(f"alb_certificate_names has '{shown(name)}', which railyard_domain ('{domain}') cannot prove; write names below it.")
    if not truth(inputs.get("route53_register_domain")):
        return problems
    if not domain:
        problems.append("route53_register_domain is 'true', but railyard_domain is empty: there is no name to register. export RAILYARD_DOMAIN=example.com")
    problems += _contact_problems(inputs)
    if not _is_price(inputs.get("route53_accept_price")):
        price = inputs.get("route53_accept_price")
        problems.append(f"route53_accept_price is '{price}', but a registration costs money; write the most that it may, such as 15.")
    return problems


#: What registrars expect of two parts of a contact: others they take as they are.
_CONTACT_FORMS = {"country_code": (r"[A-Z]{2}", "a country by its two letters, such as KR"), "phone_number": (r"\+\d{1,3}\.\d{4,15}", "such as +82.21234567")}


def _contact_problems(inputs: Inputs) -> list[str]:
    """Who registers is asked for before anything is made: the registration itself comes half-way."""
    given = inputs.get("route53_contact")
    contact = given if isinstance(given, dict) else {}
    missing = [key for key in CONTACT if not contact.get(key)]
    if missing:
        return [
            f"route53_contact has no {', '.join(missing)}, and route53_register_domain is true; write them, or once the domain is yours leave "
            "route53_register_domain out."
        ]
    return [
        f"route53_contact.{key} is '{shown(contact[key])}'; write {wanted}."
        for key, (pattern, wanted) in _CONTACT_FORMS.items()
        if not re.fullmatch(pattern, str(contact[key]))
    ]


def _is_price(value: Any) -> bool:
    return re.fullmatch(r"\d+(?:\.\d+)?", str(value)) is not None and float(value) > 0


def _private_problems(private: str, domain: str) -> list[str]:
    if not _well_formed(private):
        return [f"railyard_private_zone is '{private}'; write a name such as home or inside.example.com, in small letters and without a dot at its end."]
    if domain and _below(domain, private):
        return [f"railyard_private_zone is '{private}', which would hide the domain {domain} from the servers; write another, such as home or inside.{domain}."]
    hidden = next((name for name in _NEEDED if _below(name, private)), "")
    if hidden or _below(private, "compute.internal") or private.endswith(".compute.internal"):
        what = f"which would hide {hidden} from the servers, and what is below it" if hidden else "below which AWS names the servers itself"
        return [f"railyard_private_zone is '{private}', {what}; write another, such as home or inside.example.com."]
    return []


def _domain_problems(domain: str, inputs: Inputs) -> list[str]:
    if not _well_formed(domain) or "." not in domain or re.fullmatch(r"[0-9.]+", domain):
        mended = _mended(domain)
        advice = mended if mended != domain and _well_formed(mended) and "." in mended else "example.com"
        return [
            f"railyard_domain is '{shown(domain)}', which is no domain; write one such as {advice}, or nothing for HTTP only: export RAILYARD_DOMAIN={advice}"
        ]
    if domain.startswith("www."):
        rest = domain.removeprefix("www.")
        return [f"railyard_domain is '{domain}', but www. is put before it anyway: export RAILYARD_DOMAIN={rest}"]
    reserved = next((zone for zone in RESERVED if _below(domain, zone)), None)
    if reserved and not inputs.get("railyard_ca_file"):
        return [
            f"railyard_domain is '{domain}', and Amazon certifies nothing below {reserved}; write a domain of your own, or nothing for HTTP only: "
            'export RAILYARD_DOMAIN= (In the sandbox, whose authority does, take its environment: eval "$(python -m sandbox env)")'
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
    # Somebody may paste it: a shell is to find no more than a name in it.
    name = shlex.quote(shown(host.removeprefix("www.")))
    return [f"railyard_site_host is '{shown(host)}', but there is no domain: export RAILYARD_DOMAIN={name}"]

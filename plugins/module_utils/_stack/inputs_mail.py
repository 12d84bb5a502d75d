# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs about mail."""

from __future__ import annotations

import re
from typing import Any

Inputs = dict[str, Any]

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@((?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]")
_LISTS = ("railyard_mail_recipients", "railyard_mail_notice_addresses")


def mail_problems(inputs: Inputs) -> list[str]:
    """Addresses that are none, a sender of another domain, and receiving where SES does not."""
    return [*list_problems(inputs), *sender_problems(inputs), *receiving_problems(inputs)]


def list_problems(inputs: Inputs) -> list[str]:
    problems = []
    for name in _LISTS:
        values = inputs.get(name, [])
        if not isinstance(values, list):
            problems.append(f"{name} is '{values}', which is no list; write one like [ada@example.com], on the command line -e '{{\"{name}\": [\"...\"]}}'.")
            continue
        problems += [f"{name} has '{value}', which is no e-mail address; write one like ada@example.com." for value in values if not _is_address(value)]
    return problems


def sender_problems(inputs: Inputs) -> list[str]:
    domain, sender = str(inputs.get("railyard_domain") or ""), inputs.get("railyard_mail_sender")
    if not domain:
        return []
    if not _is_address(sender):
        return [f"railyard_mail_sender is '{sender}', which is no e-mail address; write one like noreply@{domain}."]
    if str(sender).rsplit("@", 1)[1].lower() != domain.lower():
        return [f"railyard_mail_sender is '{sender}', but SES sends for {domain} only; write one like noreply@{domain}."]
    return []


def receiving_problems(inputs: Inputs) -> list[str]:
    problems = []
    prefix = inputs.get("railyard_mail_prefix", "mail/")
    if not re.fullmatch(r"([A-Za-z0-9._-]+/)*", str(prefix)):
        problems.append(f"railyard_mail_prefix is '{prefix}'; write letters, digits, dots and hyphens that end with a slash, such as mail/, or nothing.")
    if str(inputs.get("railyard_mail_receiving")).lower() not in ("true", "yes", "on", "1"):
        return problems
    region, regions = inputs.get("railyard_region"), inputs.get("railyard_mail_receiving_regions") or []
    if not inputs.get("railyard_domain"):
        problems.append("railyard_mail_receiving is true, but railyard_domain is empty: mail comes in for a domain. Set it, or railyard_mail_receiving: false")
    elif region not in regions:
        problems.append(
            f"railyard_mail_receiving is true, but SES does not receive in {region}; set it to false, choose one of {', '.join(regions)}, "
            f"or add {region} to railyard_mail_receiving_regions if AWS has begun to."
        )
    return problems


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and bool(_ADDRESS.fullmatch(value)) and ".." not in value

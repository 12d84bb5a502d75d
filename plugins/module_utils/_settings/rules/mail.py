# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs about mail."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import Form, Range, form_problems, shown, truth
from ansible_collections.railyard.aws.plugins.module_utils._vpc.subnets import whole_number

Inputs = dict[str, Any]

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@((?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]")
_LISTS = ("railyard_mail_recipients", "railyard_mail_notice_addresses", "ses_receiving_addresses")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_FORMS = (
    Form("ses_mail_from_name", r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", "one name below the domain, in small letters, such as bounce"),
    Form("ses_dmarc", r"|v=DMARC1;\s*p=(?:none|quarantine|reject)\b[\x20-\x7e]*", "a record such as v=DMARC1; p=quarantine, or nothing to leave it alone"),
    Form("ses_dkim_domain", r"dkim\.(?:[a-z0-9-]+\.)*[a-z]+", "the domain that SES names, such as dkim.amazonses.com"),
)
_RANGES = (
    Range("ses_smtp_key_max_age_days", 0, 3650, "a number of days (0 for never)", "90"),
    Range("ses_await_timeout", 0, 86400, "a number of seconds", "900"),
)


def mail_problems(inputs: Inputs) -> list[str]:
    """Addresses that are none, a sender of another domain, and receiving where SES does not."""
    return [*form_problems(inputs, _FORMS, _RANGES), *list_problems(inputs), *sender_problems(inputs), *receiving_problems(inputs), *_role_problems(inputs)]


def _role_problems(inputs: Inputs) -> list[str]:
    """Problems of what the role has of its own."""
    problems = []
    days = inputs.get("ses_smtp_secret_recovery_days", 0)
    number = whole_number(days)
    if number is None or (number != 0 and not 7 <= number <= 30):
        problems.append(f"ses_smtp_secret_recovery_days is '{shown(days)}'; write 7 to 30, or 0 to remove a secret for good.")
    domain = str(inputs.get("railyard_domain") or "").lower()
    given = inputs.get("ses_receiving_addresses")
    problems += [
        f"ses_receiving_addresses has '{value}', but SES receives for {domain} only; write one like hello@{domain}."
        for value in (given if isinstance(given, list) else ())
        if domain and _is_address(value) and not value.lower().endswith((f"@{domain}", f".{domain}"))
    ]
    regions = inputs.get("railyard_mail_receiving_regions")
    problems += [
        f"railyard_mail_receiving_regions has '{shown(value)}', which is no region; write names like eu-west-1."
        for value in (regions if isinstance(regions, list) else ())
        if not _REGION.fullmatch(str(value))
    ]
    return problems


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
    prefix = inputs.get("railyard_mail_prefix")
    if prefix is not None and not re.fullmatch(r"([A-Za-z0-9._-]+/)*", str(prefix)):
        problems.append(f"railyard_mail_prefix is '{prefix}'; write letters, digits, dots and hyphens that end with a slash, such as mail/, or nothing.")
    if not truth(inputs.get("railyard_mail_receiving")):
        return problems
    region, regions = inputs.get("railyard_region"), inputs.get("railyard_mail_receiving_regions")
    regions = list(map(str, regions)) if isinstance(regions, list) else []
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

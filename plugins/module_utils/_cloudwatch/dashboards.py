# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dashboards of CloudWatch: what their bodies mean, and what AWS says about them. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
#: The code depends on the protocol that botocore speaks.
REFUSED = ["DashboardInvalidInputError", "InvalidParameterInput"]
MISSING = ["DashboardNotFoundError", "ResourceNotFound"]


class DashboardError(Exception):
    """Something the person has to mend; the text says what and how."""


def check_name(name: str) -> None:
    """Raise DashboardError unless ``name`` can be a dashboard's."""
    if not NAME.fullmatch(name):
        raise DashboardError(f"'{name}' cannot be the name of a dashboard; write up to 255 letters, digits, hyphens and underscores.")


def plain(value: Any) -> Any:
    """``value`` with numbers written one way: 300.0 is 300."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def meaning(body: Any) -> str:
    """Text that two bodies share exactly when they mean the same: order of keys, blanks and ways to write a number aside.

    The order of lists counts: widgets without a position are laid out in turn.
    """
    return json.dumps(plain(body), sort_keys=True, separators=(",", ":"))


def parse_body(text: str) -> Any:
    """The body as AWS keeps it; text that is no JSON is returned as it is, to differ from every body that is wanted."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def messages(answer: dict[str, Any]) -> list[str]:
    """DashboardValidationMessages of an answer or of an error's response, as sentences with the place they are about."""
    found = answer.get("DashboardValidationMessages") or answer.get("dashboardValidationMessages") or []
    return [": ".join(part for part in (one.get("DataPath"), one.get("Message")) if part) for one in found]


def refusal(name: str, response: dict[str, Any]) -> str:
    """Why AWS refused a dashboard, from the response of its error."""
    reasons = messages(response) or [(response.get("Error") or {}).get("Message") or "no reason given"]
    return f"AWS refuses dashboard '{name}'; mend its body: {'; '.join(reasons)}"

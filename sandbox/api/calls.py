"""What a request to the API asks for, and how often each was asked."""

from __future__ import annotations

import re
import threading
from collections import Counter
from typing import Any
from urllib.parse import parse_qs

from sandbox.api import bodies
from sandbox.api.ambiguous import Ambiguous

#: Starts the name of an action that changes nothing.
_READ_ONLY = re.compile(
    r"(Describe|Get|List|Head|Lookup|Simulate|Search|Check|BatchGet|Filter|Preview|Validate|Test|View|Estimate)"
)
#: Lists of SES that are asked for as if they changed something.
_READ_BY_POST = {"POST /v2/email/list-identities", "POST /v2/email/list-configuration-sets"}
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")


def service_of(environ: dict[str, Any]) -> str:
    """Name of the service that the request is signed for, or "unsigned"."""
    match = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return match.group(1).lower() if match else "unsigned"


def action_of(environ: dict[str, Any]) -> str:
    """Name of the action: from the target header, the form, or else "METHOD first-parts-of-path".

    Reads a form body and puts it back into ``environ``.
    """
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return target.rsplit(".", 1)[-1]
    fields = parse_qs(environ.get("QUERY_STRING", ""))
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        try:
            body = bodies.take(environ).read()
        except Ambiguous:
            body = b""  # is refused
        fields = {**fields, **parse_qs(body.decode("utf-8", "replace"))}
    if "Action" in fields:
        return fields["Action"][0]
    parts = [part for part in environ.get("PATH_INFO", "").split("/") if part]
    # SES names the service in the path before it names what is meant.
    told = 3 if parts[:2] == ["v2", "email"] else 2
    return f"{environ['REQUEST_METHOD']} /{'/'.join(parts[:told])}"


def changes_something(action: str) -> bool:
    """Whether the action may change the account: anything that is not known to only read."""
    if action in _READ_BY_POST:
        return False
    if " " in action:
        return action.split()[0] not in ("GET", "HEAD", "OPTIONS")
    return not _READ_ONLY.match(action)


class Calls:
    """Counts requests by service and action; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self.errors = 0
        self.refused = 0  # by policies, or for want of proof

    def count(self, service: str, action: str) -> None:
        with self._lock:
            self._counts[service, action] += 1

    def error(self) -> None:
        with self._lock:
            self.errors += 1

    def refuse(self) -> None:
        with self._lock:
            self.refused += 1

    def as_dict(self) -> dict[str, Any]:
        """``{"total": n, "errors": n, "services": {service: {action: n}}}``"""
        with self._lock:
            counts = dict(self._counts)
            errors = self.errors
        services: dict[str, dict[str, int]] = {}
        for (service, action), number in sorted(counts.items()):
            services.setdefault(service, {})[action] = number
        return {"total": sum(counts.values()), "errors": errors, "services": services}

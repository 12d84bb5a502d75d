"""From where requests may come: programs of this machine that name the sandbox, and the endpoints inside its VPCs.

A web page opened on this machine can send requests to loopback too: under a name of its own that leads here (then the
host is foreign), or across origins (then it says its origin, or asks first with OPTIONS). No SDK does any of these.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.api.endpoints.names import address_of
from sandbox.api.gateway import VPC

#: Addresses and names of loopback. Nobody outside can make a name below `localhost` lead elsewhere.
_LOOPBACK = re.compile(r"(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]|(.+\.)?localhost)")
_HOST = re.compile(r"(?P<name>\[[0-9a-f:]+\]|[a-z0-9._-]+)(:(?P<port>\d{1,5}))?")
_BROWSERS = ("HTTP_ORIGIN", "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK")


def refused(environ: Mapping[str, Any], endpoint: str, region: str) -> str | None:
    """Why a request is not served, whoever signed it; None when it is.

    :param endpoint: the sandbox's own URL, for the words
    """
    host = environ.get("HTTP_HOST", "")
    match = _HOST.fullmatch(host.lower())
    name = match["name"].rstrip(".") if match else ""
    inside = VPC in environ
    if not name or not (address_of(name, region) or (not inside and _LOOPBACK.fullmatch(name))):
        return f"Host {host!r} is no name of this sandbox, which answers at {endpoint}."
    if inside:
        return None
    if environ["REQUEST_METHOD"] in ("OPTIONS", "TRACE", "CONNECT") or any(one in environ for one in _BROWSERS):
        return f"The sandbox at {endpoint} serves no web pages of other origins."
    return None


def service_of(environ: Mapping[str, Any], region: str) -> str | None:
    """Service in the scope of what an endpoint inside a VPC takes; None where the host does not tell."""
    name = environ.get("HTTP_HOST", "").lower().partition(":")[0].rstrip(".")
    if VPC not in environ or not name.endswith(".amazonaws.com"):
        return None
    labels = name.removesuffix(".amazonaws.com").split(".")
    if labels[-1] == region:
        labels.pop()
    if labels[-1] == "dualstack":
        labels.pop()
    return _SCOPES.get(labels[-1], labels[-1])


#: Where an endpoint's name is not the service of its signatures.
_SCOPES = {"email": "ses"}

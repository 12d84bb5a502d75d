"""Kinds of values of load balancers: attributes, conditions and actions of rules. Pure; see ``core/fields.py``."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from sandbox.core.fields import BalancerArn, Kind, Line, OddValue, Text, check
from sandbox.core.lines import has_control
from sandbox.services.elbv2.tls_policies import POLICIES

#: Attributes that reach the proxy's configuration; what others say is any line, and goes nowhere.
_ATTRIBUTES = {
    "idle_timeout.timeout_seconds": r"[0-9]{1,4}",
    "stickiness.lb_cookie.duration_seconds": r"[0-9]{1,6}",
    "stickiness.enabled": r"true|false",
    "load_balancing.algorithm.type": r"[a-z_]{1,40}",
    "routing.http.drop_invalid_header_fields.enabled": r"true|false",
    "routing.http.xff_client_port.enabled": r"true|false",
    "routing.http.xff_header_processing.mode": r"append|preserve|remove",
    "routing.http2.enabled": r"true|false",
}

#: ``Name: pattern``. AWS takes more characters in a name; no header that a program reads has them.
_HEADER = re.compile(r"[A-Za-z0-9_.-]{1,40}: .*", re.ASCII)
_METHOD = re.compile(r"[A-Z_-]{1,40}", re.ASCII)
_TYPES = ("authenticate-cognito", "authenticate-oidc", "fixed-response", "forward", "jwt-validation", "redirect")
_FIELDS = ("host-header", "path-pattern", "http-header", "http-request-method", "query-string", "source-ip")


def _attribute(pair: Any) -> bool:
    if not isinstance(pair, tuple) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
        return False
    pattern = _ATTRIBUTES.get(pair[0])
    if pattern:
        return re.fullmatch(pattern, pair[1], re.ASCII) is not None
    return not any(has_control(part) for part in pair)


def _is_network(value: str) -> bool:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return re.fullmatch(r"[0-9a-fA-F:.]+/[0-9]{1,3}", value) is not None


def _condition(condition: Any) -> bool:
    if not isinstance(condition, tuple) or len(condition) != 2:
        return False
    field, values = condition
    if field not in _FIELDS or not isinstance(values, tuple) or not all(isinstance(v, str) for v in values):
        return False
    tests: dict[str, Callable[[str], object]] = {
        "source-ip": _is_network,
        "http-request-method": _METHOD.fullmatch,
        "http-header": _HEADER.fullmatch,
    }
    fits = tests.get(field)
    return all(not has_control(value) and (fits is None or fits(value)) for value in values)


def _redirects_to(part: str, pattern: str, config: Mapping[str, Any]) -> bool:
    value = config.get(part)
    return value is None or (isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None)


def _action(action: Any) -> bool:
    """An action as ``describe_rules`` gives it; of those that the sandbox does not support, nothing is used."""
    if not isinstance(action, Mapping) or action.get("Type") not in _TYPES:
        return False
    try:
        int(action.get("Order") or 1)
        for config in (action.get("FixedResponseConfig"), action.get("RedirectConfig"), action.get("ForwardConfig")):
            if not isinstance(config or {}, Mapping):
                return False
        return _fixed(action) and _redirect(action) and _forward(action)
    except (OddValue, KeyError, TypeError, ValueError):
        return False


def _fixed(action: Mapping[str, Any]) -> bool:
    if action["Type"] != "fixed-response":
        return True
    config = action["FixedResponseConfig"]
    check(Text, config.get("MessageBody") or "", "MessageBody")
    kind = config.get("ContentType") or "text/plain"
    return bool(re.fullmatch(r"[245][0-9]{2}", config["StatusCode"])) and bool(re.fullmatch(r"[a-z/+-]{1,64}", kind))


def _redirect(action: Mapping[str, Any]) -> bool:
    if action["Type"] != "redirect":
        return True
    config = action["RedirectConfig"]
    for part in ("Path", "Query"):
        check(Line, config.get(part) or "", part)
    return (
        re.fullmatch(r"HTTP_30[12]", config["StatusCode"]) is not None
        and _redirects_to("Protocol", r"HTTPS?|#\{protocol\}", config)
        and _redirects_to("Port", r"[0-9]{1,5}|#\{port\}", config)
        and _redirects_to("Host", r"([A-Za-z0-9_.*?-]|#\{host\}){1,128}", config)
    )


def _forward(action: Mapping[str, Any]) -> bool:
    if action["Type"] != "forward":
        return True
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or [action]
    for group in groups:
        check(BalancerArn, group["TargetGroupArn"], "TargetGroupArn")
    return all(0 <= int(group.get("Weight", 1)) <= 999 for group in groups)


Attribute = Annotated[tuple[str, str], Kind("an attribute with a value that AWS gives it", _attribute)]
Condition = Annotated[tuple[Any, ...], Kind("a condition of a listener rule", _condition)]
Action = Annotated[dict[str, Any], Kind("an action of a listener rule", _action)]
Priority = Annotated[str, Kind("a priority", re.compile(r"default|[0-9]{1,5}", re.ASCII).fullmatch)]
CheckPort = Annotated[str, Kind("a port", re.compile(r"(traffic-port|[0-9]{1,5})?", re.ASCII).fullmatch)]
#: A matcher: "200", "200-299", "200,301-302".
Codes = Annotated[
    str, Kind("a list of HTTP codes", re.compile(r"[0-9]{3}(-[0-9]{3})?(,[0-9]{3}(-[0-9]{3})?)*", re.ASCII).fullmatch)
]
#: Empty for the default, and for a listener that speaks no TLS.
PolicyName = Annotated[str, Kind("a security policy that AWS documents", lambda name: name == "" or name in POLICIES)]

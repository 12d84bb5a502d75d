"""Listener rules as HAProxy statements. Pure.

Rules are tried in order of priority; HAProxy evaluates all answers of a frontend before it picks a backend. So the
first rule that matches is noted in ``txn.rule``, and every action looks only at that note.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.services.elbv2.haproxy.text import literal, quote, wildcard
from sandbox.services.elbv2.picture import Listener, ListenerRule

#: Headers every answer made by the load balancer itself carries.
_SERVER = 'hdr "Server" "awselb/2.0"'


def page(status: int, title: str) -> str:
    """Body of an error that the load balancer itself answers."""
    heading = f"{status} {title}"
    return (
        f"<html>\r\n<head><title>{heading}</title></head>\r\n<body>\r\n"
        f"<center><h1>{heading}</h1></center>\r\n</body>\r\n</html>\r\n"
    )


def unavailable(condition: str = "") -> str:
    """Statement that answers 503, as for a rule whose target group has no registered target."""
    body = quote(page(503, "Service Temporarily Unavailable"))
    return f"http-request return status 503 content-type text/html string {body} {_SERVER}{condition}"


def stand_in(backend: str) -> str:
    """Backend that takes the requests of one without a healthy target: ALB then sends to all of them."""
    return f"{backend}_all"


def rule_statements(listener: Listener, backend: Callable[[str], str]) -> list[str]:
    """Statements of a listener's frontend.

    ``backend`` names the backend for a target group's ARN. Raises ``ValueError`` for what is not supported.
    """
    ordered = sorted(listener.rules, key=_order)
    notes: list[str] = []
    actions: list[str] = []
    for index, rule in enumerate(ordered):
        notes += _note(rule, index)
        actions += _act(rule, index, listener, backend)
    # a backend is chosen after all http-request statements, wherever the line stands; HAProxy warns otherwise
    return notes + sorted(actions, key=lambda line: line.startswith("use_backend"))


def _order(rule: ListenerRule) -> tuple[bool, int]:
    return rule.priority == "default", 0 if rule.priority == "default" else int(rule.priority)


def _note(rule: ListenerRule, index: int) -> list[str]:
    name = f"rule{index}"
    lines: list[str] = []
    conditions: list[str] = []
    for number, (field, values) in enumerate(rule.conditions):
        acl = f"{name}c{number}"
        lines += [f"acl {acl} {test}" for value in values for test in _tests(field, value)]
        conditions.append(acl)
    unless_taken = "!{ var(txn.rule) -m found }"
    lines.append(f"http-request set-var(txn.rule) int({index}) if {' '.join([unless_taken, *conditions])}")
    return lines


def _tests(field: str, value: str) -> list[str]:
    """ACL expressions, any of which satisfies one value of a condition."""
    pattern = quote(wildcard(value))
    if field == "path-pattern":
        return [f"path -m reg -- {pattern}"]
    if field == "host-header":
        return [f"req.hdr(host),host_only -m reg -i -- {pattern}"]
    if field == "http-header":
        # the picture writes such a value as "Name: pattern"
        name, _unused, wanted = value.partition(": ")
        return [f"req.fhdr({name}) -m reg -i -- {quote(wildcard(wanted))}"]
    if field == "http-request-method":
        return [f"method -m str -- {quote(value)}"]
    if field == "source-ip":
        return [f"src -m ip -- {value}"]
    if field == "query-string":
        key, separator, wanted = value.partition("=")
        if separator and key:
            # Not url_param(key): a key may have any characters, and a sample's argument is not quoted.
            pair = f"(^|&){wildcard(key)[1:-1]}={wildcard(wanted)[1:-1]}(&|$)"
            return [f"query -m reg -i -- {quote(pair)}"]
        return [f"query -m reg -i -- {quote('(^|&)[^=&]*=' + wildcard(wanted or value)[1:-1] + '(&|$)')}"]
    raise ValueError(f"listener rule with the condition '{field}': the sandbox has no such condition")


def _act(rule: ListenerRule, index: int, listener: Listener, backend: Callable[[str], str]) -> list[str]:
    matched = f" if {{ var(txn.rule) -m int {index} }}"
    # authentication may come first; the last action is the one that answers
    action = max(rule.actions, key=lambda a: a.get("Order", 1))
    kind = action["Type"]
    if kind == "fixed-response":
        return [_fixed(action["FixedResponseConfig"], matched)]
    if kind == "redirect":
        return _redirect(action["RedirectConfig"], matched, listener)
    if kind == "forward":
        return _forward(action, index, matched, backend)
    raise ValueError(f"listener action '{kind}': the sandbox forwards, redirects and answers, nothing else")


def _fixed(config: dict[str, Any], matched: str) -> str:
    content_type = config.get("ContentType") or "text/plain"
    body = config.get("MessageBody") or ""
    status = int(config["StatusCode"])
    return (
        f"http-request return status {status} content-type {quote(content_type)} "
        f"string {quote(body)} {_SERVER}{matched}"
    )


def _redirect(config: dict[str, Any], matched: str, listener: Listener) -> list[str]:
    protocol = listener.protocol.lower()

    def expand(template: str) -> str:
        values = {
            "#{protocol}": protocol,
            "#{host}": "%[req.hdr(host),host_only]",
            "#{port}": str(listener.port),
            "#{path}": "%[path,regsub(^/,)]",
            "#{query}": "%[query]",
        }
        text = literal(template)
        for key, value in values.items():
            text = text.replace(key, value)
        return text

    code = int(config["StatusCode"].removeprefix("HTTP_"))
    scheme = expand(config.get("Protocol") or "#{protocol}").lower()
    host = expand(config.get("Host") or "#{host}")
    port = expand(config.get("Port") or "#{port}")
    base = f"{scheme}://{host}:{port}{expand(config.get('Path') or '/#{path}')}"
    query = "#{query}" if config.get("Query") is None else config["Query"]

    def statement(location: str, condition: str) -> str:
        return f"http-request redirect location {_format(location)} code {code}{condition}"

    if not query:
        return [statement(base, matched)]
    full = statement(f"{base}?{expand(query)}", matched)
    if query != "#{query}":
        return [full]
    return [full + " { query -m len gt 0 }", statement(base, matched)]


def _format(text: str) -> str:
    """A log format as one word: expressions keep their own characters."""
    return quote(text).replace("\\x25", "%")


def _forward(action: dict[str, Any], index: int, matched: str, backend: Callable[[str], str]) -> list[str]:
    groups = _weighted(action)
    if len(groups) == 1:
        return _use(backend(groups[0][0]), matched)
    total = sum(weight for _unused, weight in groups)
    if total == 0:
        return [unavailable(matched)]
    lines = [f"http-request set-var(txn.pick) rand({total}){matched}"]
    bound = 0
    for arn, weight in groups:
        bound += weight
        if weight:
            lines += _use(backend(arn), f"{matched} {{ var(txn.pick) -m int lt {bound} }}")
    return lines


def _use(backend: str, matched: str) -> list[str]:
    return [
        f"use_backend {stand_in(backend)}{matched} {{ nbsrv({backend}) eq 0 }}",
        f"use_backend {backend}{matched}",
    ]


def _weighted(action: dict[str, Any]) -> Sequence[tuple[str, int]]:
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
    weighted = [(group["TargetGroupArn"], int(group.get("Weight", 1))) for group in groups]
    return weighted or [(action["TargetGroupArn"], 1)]


def forwarded_groups(listener: Listener) -> list[str]:
    """ARNs of the target groups that a listener forwards to, in order, without repetition."""
    arns = [
        arn
        for rule in listener.rules
        for action in rule.actions
        if action["Type"] == "forward"
        for arn, _unused in _weighted(action)
    ]
    return list(dict.fromkeys(arns))

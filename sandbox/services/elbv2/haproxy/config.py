"""haproxy.cfg for one application load balancer. Pure: what the API says goes in, text comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.services.elbv2.haproxy.rules import forwarded_groups, page, rule_statements, stand_in, unavailable
from sandbox.services.elbv2.haproxy.text import quote, section
from sandbox.services.elbv2.picture import HealthCheck, Listener, LoadBalancer, TargetGroup
from sandbox.services.elbv2.tls_policies import DEFAULT, KEY_GROUPS, POLICIES

#: Where the load balancer's own directory is inside its container.
DIRECTORY = "/run/railyard"

#: HAProxy answers 503 for a target that refuses; ALB says 502 Bad Gateway.
BAD_GATEWAY_FILE = "502.http"
CONFIG_FILE = "haproxy.cfg"
STATE_FILE = "servers.state"
#: The one directory in which the proxy writes.
RUN = "run"
STATS_SOCKET = f"{RUN}/stats.sock"
MASTER_SOCKET = f"{RUN}/master.sock"


@dataclass(frozen=True)
class Member:
    """A target with the address behind its id."""

    target_id: str
    address: str
    port: int
    draining: bool = False

    @property
    def server(self) -> str:
        """Name of the server: it is also the Host header of health checks, as ALB sends it."""
        return f"{self.address}:{self.port}"


def backend_name(target_group_arn: str) -> str:
    """Unique in the account: name and id of the target group."""
    return "_".join(target_group_arn.rsplit("/", 2)[-2:])


def bad_gateway() -> str:
    """Raw HTTP message for ``BAD_GATEWAY_FILE``."""
    body = page(502, "Bad Gateway")
    return (
        "HTTP/1.1 502 Bad Gateway\r\nServer: awselb/2.0\r\nContent-Type: text/html\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )


def render(
    balancer: LoadBalancer,
    groups: Mapping[str, TargetGroup],
    members: Mapping[str, Sequence[Member]],
    certificates: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Configuration of one load balancer.

    ``groups`` and ``members`` are keyed by ARN; a group that is forwarded to and not among them answers 503.
    ``certificates`` maps a listener's ARN to PEM files in the container, the default one first; an HTTPS listener
    without any is left out. Raises ``ValueError`` for a rule that the sandbox does not support.
    """
    attributes = dict(balancer.attributes)
    certificates = certificates or {}
    served = [line for line in balancer.listeners if line.protocol == "HTTP" or certificates.get(line.arn)]
    arns = list(dict.fromkeys(arn for listener in served for arn in forwarded_groups(listener)))
    sections = [_global(), _defaults(attributes)]
    sections += [_frontend(balancer, listener, attributes, certificates) for listener in served]
    for arn in arns:
        sections += _backends(arn, groups.get(arn), members.get(arn, ()))
    return "\n".join(sections)


def _global() -> str:
    return section(
        "global",
        [
            "log stdout format raw local0 notice",
            f"stats socket {DIRECTORY}/{STATS_SOCKET} mode 600 level admin expose-fd listeners",
            f"server-state-file {DIRECTORY}/{STATE_FILE}",
            # otherwise first checks are spread over a whole interval
            "max-spread-checks 500ms",
            "maxconn 2000",
            "tune.ssl.default-dh-param 2048",
            # a worker of before a reload serves what it began, at most so long
            "hard-stop-after 1h",
        ],
    )


def _defaults(attributes: Mapping[str, str]) -> str:
    idle = attributes.get("idle_timeout.timeout_seconds", "60")
    return section(
        "defaults",
        [
            "mode http",
            "log global",
            "option dontlognull",
            # clients between two requests notice no reload
            "option idle-close-on-response",
            "option redispatch 1",
            "retries 3",
            "retry-on conn-failure empty-response",
            "timeout connect 2s",
            "timeout queue 10s",
            f"timeout client {idle}s",
            f"timeout server {idle}s",
            f"timeout http-request {idle}s",
            f"timeout http-keep-alive {idle}s",
            "load-server-state-from-file global",
        ],
    )


def _frontend(
    balancer: LoadBalancer,
    listener: Listener,
    attributes: Mapping[str, str],
    certificates: Mapping[str, Sequence[str]],
) -> str:
    tls = _tls(listener, certificates[listener.arn], attributes) if listener.protocol == "HTTPS" else ""
    lines = [f"bind {address}:{listener.port}{tls}" for _unused, address in balancer.addresses]
    if attributes.get("routing.http.drop_invalid_header_fields.enabled") == "true":
        lines.append(f"http-request del-header {quote('[^-A-Za-z0-9]')} -m reg")
    lines += _forwarded_for(attributes)
    lines += [
        f"http-request set-header X-Forwarded-Proto {listener.protocol.lower()}",
        f"http-request set-header X-Forwarded-Port {listener.port}",
        # only what may be sent twice is sent again after a target took it
        "http-request disable-l7-retry unless { method GET HEAD OPTIONS }",
    ]
    lines += rule_statements(listener, backend_name)
    return section(f"frontend port{listener.port}", lines)


#: Protocols in HAProxy's words.
_VERSIONS = {"TLSv1": "TLSv1.0"}


def _tls(listener: Listener, files: Sequence[str], attributes: Mapping[str, str]) -> str:
    """What follows an address that speaks TLS: certificates, and protocols and ciphers of the listener's policy."""
    policy = POLICIES[listener.tls_policy or DEFAULT]
    oldest, newest = (_VERSIONS.get(name, name) for name in (policy.protocols[0], policy.protocols[-1]))
    words = [
        "ssl",
        *(f"crt {file}" for file in files),
        "alpn http/1.1" if attributes.get("routing.http2.enabled") == "false" else "alpn h2,http/1.1",
        f"ssl-min-ver {oldest} ssl-max-ver {newest}",
        f"curves {':'.join(KEY_GROUPS)}",
    ]
    if policy.ciphers:
        # OpenSSL's own level of security refuses protocols and ciphers that old policies take.
        level = ["@SECLEVEL=0"] if oldest in ("TLSv1.0", "TLSv1.1") else []
        words.append(f"ciphers {':'.join([*policy.ciphers, *level])}")
    if policy.suites:
        words.append(f"ciphersuites {':'.join(policy.suites)}")
    return " " + " ".join(words)


def _forwarded_for(attributes: Mapping[str, str]) -> list[str]:
    mode = attributes.get("routing.http.xff_header_processing.mode", "append")
    client = "%[src]"
    if attributes.get("routing.http.xff_client_port.enabled") == "true":
        client = "%[src]:%[src_port]"
    if mode == "preserve":
        return []
    if mode == "remove":
        return ["http-request del-header X-Forwarded-For"]
    present = "{ req.fhdr(x-forwarded-for) -m found }"
    return [
        "http-request set-var-fmt(txn.client) " + client,
        f'http-request set-header X-Forwarded-For "%[req.fhdr(x-forwarded-for)], %[var(txn.client)]" if {present}',
        f'http-request set-header X-Forwarded-For "%[var(txn.client)]" unless {present}',
    ]


def _backends(arn: str, group: TargetGroup | None, members: Sequence[Member]) -> list[str]:
    """The target group's backend, and the one that stands in when no target is healthy (ALB sends to all then)."""
    name = backend_name(arn)
    staying = [member for member in members if not member.draining]
    if group is None or not staying:
        return [section(f"backend {each}", [unavailable()]) for each in (name, stand_in(name))]
    attributes = dict(group.attributes)
    common = [_algorithm(attributes), f"errorfile 503 {DIRECTORY}/{BAD_GATEWAY_FILE}", *_stickiness(attributes)]
    if group.protocol == "HTTPS":
        common.append("default-server ssl verify none")
    sticky = attributes.get("stickiness.enabled") == "true"
    servers = [_server(member, sticky) for member in members]
    checks = _checks(group.check, len(servers))
    every = [f"server {member.server} {member.address}:{member.port}" for member in staying]
    return [
        section(f"backend {name}", [*common, *checks, *servers]),
        section(f"backend {stand_in(name)}", ["load-server-state-from-file none", *common, *every]),
    ]


def _algorithm(attributes: Mapping[str, str]) -> str:
    kind = attributes.get("load_balancing.algorithm.type", "round_robin")
    return {"least_outstanding_requests": "balance leastconn", "weighted_random": "balance random"}.get(
        kind, "balance roundrobin"
    )


def _stickiness(attributes: Mapping[str, str]) -> list[str]:
    if attributes.get("stickiness.enabled") != "true":
        return []
    seconds = attributes.get("stickiness.lb_cookie.duration_seconds", "86400")
    return [f"cookie AWSALB insert indirect nocache maxidle {seconds}s maxlife {seconds}s"]


def _server(member: Member, sticky: bool) -> str:
    words = [f"server {member.server} {member.address}:{member.port} check"]
    if member.draining:
        # weight 0 takes no new requests; the requests under way end in their own time
        words.append("weight 0")
    if sticky:
        words.append(f"cookie {quote(member.server)}")
    return " ".join(words)


def _checks(check: HealthCheck, count: int) -> list[str]:
    port = "" if check.port in ("traffic-port", "") else f" port {check.port}"
    tls = " check-ssl verify none" if check.protocol == "HTTPS" else ""
    lines = [
        f"default-server inter {check.interval}s rise {check.healthy} fall {check.unhealthy}{port}{tls}",
        f"timeout check {check.timeout}s",
    ]
    if check.protocol == "TCP" or count == 0:
        return lines
    return [
        *lines,
        "option httpchk",
        f"http-check send meth GET uri {quote(check.path or '/')} ver HTTP/1.1 hdr Host %[srv_name] "
        "hdr User-Agent ELB-HealthChecker/2.0 hdr Connection close",
        f"http-check expect status {check.codes}",
    ]

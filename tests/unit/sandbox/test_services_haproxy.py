"""The load balancer's configuration, judged by HAProxy itself."""

from __future__ import annotations

import os
import subprocess

import pytest

from sandbox.core.settings import Settings
from sandbox.hosts import image
from sandbox.hosts.engine import Engine
from sandbox.services.elbv2.haproxy import config as haproxy_config
from sandbox.services.elbv2.haproxy import runtime_api as haproxy_socket
from sandbox.services.elbv2.haproxy.config import Member, render
from sandbox.services.elbv2.haproxy.rules import rule_statements
from sandbox.services.elbv2.haproxy.text import quote, wildcard
from sandbox.services.elbv2.names import dns_name, internal_name, loopback_address
from sandbox.services.elbv2.picture import HealthCheck, Listener, ListenerRule, LoadBalancer, TargetGroup
from sandbox.services.elbv2.target_health import HEALTHY, INITIAL

WEB = "arn:aws:elasticloadbalancing:r:1:targetgroup/web/0123456789abcdef"
TWO = "arn:aws:elasticloadbalancing:r:1:targetgroup/two/0123456789abcdee"
CHECK = HealthCheck("HTTP", "traffic-port", "/health?a b", 5, 3, 2, 2, "200-299,301")
GROUPS = {
    WEB: TargetGroup(WEB, "web", "HTTP", 3000, CHECK, ()),
    TWO: TargetGroup(TWO, "two", "HTTP", 3000, CHECK, (), (("stickiness.enabled", "true"),)),
}
MEMBERS = {
    WEB: [Member("i-1", "10.0.64.5", 3000), Member("i-2", "10.0.80.5", 3000, draining=True)],
    TWO: [Member("10.0.64.5", "10.0.64.5", 3000)],
}
FORWARD = {"Type": "forward", "TargetGroupArn": WEB}
REDIRECT = {
    "Type": "redirect",
    "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "Path": "/100%/#{path}", "StatusCode": "HTTP_301"},
}
FIXED = {
    "Type": "fixed-response",
    "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": 'no %x "it\'s" $HOME\né'},
}
SPLIT = {
    "Type": "forward",
    "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": WEB, "Weight": 3}, {"TargetGroupArn": TWO, "Weight": 1}]},
}


def rule(priority: str, action: dict, *conditions: tuple[str, tuple[str, ...]]) -> ListenerRule:
    return ListenerRule(priority, conditions, (action,))


def balancer(*rules: ListenerRule, **attributes: str) -> LoadBalancer:
    return LoadBalancer(
        arn="arn:aws:elasticloadbalancing:r:1:loadbalancer/app/x/01",
        name="x",
        vpc_id="vpc-1",
        scheme="internet-facing",
        group_ids=(),
        addresses=(("a", "127.0.0.1"), ("b", "127.0.0.2")),
        public_ip=None,
        listeners=(Listener("listener", "HTTP", 80, rules),),
        attributes=tuple(attributes.items()),
    )


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    """Runs ``haproxy -c`` in the image of the hosts, which is built (half a minute) where it is not."""
    if os.geteuid() != 0:
        pytest.skip("building and running the hosts' image takes root")
    settings = Settings.from_environment({"RAILYARD_SANDBOX_NAME": "unit"})
    engine, reference = Engine(settings), image.ensure(settings, release=settings.release)

    def run(text: str) -> str:
        directory = tmp_path_factory.mktemp("haproxy")
        (directory / "haproxy.cfg").write_text(text)
        (directory / haproxy_config.BAD_GATEWAY_FILE).write_text(haproxy_config.bad_gateway())
        (directory / haproxy_config.STATE_FILE).write_text(haproxy_socket.merge_state("", []))
        done = subprocess.run(
            ["podman", "run", "--rm", "--network=none", "--systemd=false", "--no-hosts",
             f"--volume={directory}:{haproxy_config.DIRECTORY}:ro", reference,
             "haproxy", "-c", "-f", f"{haproxy_config.DIRECTORY}/haproxy.cfg"],
            capture_output=True, text=True, env=engine.environment(), timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stderr

    return run


def test_haproxy_accepts_everything_at_once_without_a_warning(judge):
    text = render(
        balancer(
            rule("5", FIXED, ("path-pattern", ("/fix$ed*", "/'q\" ?"))),
            rule("7", REDIRECT, ("host-header", ("*.example.com",)), ("http-header", ("X-A: a*",))),
            rule("8", SPLIT, ("query-string", ("a=b*", "c")), ("source-ip", ("10.0.0.0/8",))),
            rule("9", {"Type": "forward", "TargetGroupArn": WEB + "0"}, ("http-request-method", ("GET",))),
            rule("default", FORWARD),
            **{"routing.http.drop_invalid_header_fields.enabled": "true"},
        ),
        GROUPS,
        MEMBERS,
    )
    assert "[WARNING]" not in judge(text)


@pytest.mark.parametrize("mode", ["append", "preserve", "remove"])
def test_haproxy_accepts_each_way_with_forwarded_for(judge, mode):
    attributes = {"routing.http.xff_header_processing.mode": mode, "routing.http.xff_client_port.enabled": "true"}
    judge(render(balancer(rule("default", FORWARD), **attributes), GROUPS, MEMBERS))


def section(text: str, head: str) -> list[str]:
    body = text.split(f"{head}\n", 1)[1].split("\n\n", 1)[0]
    return [line.strip() for line in body.splitlines()]


def test_draining_target_takes_no_new_request_and_is_not_in_the_stand_in():
    text = render(balancer(rule("default", FORWARD)), GROUPS, MEMBERS)
    assert "server 10.0.80.5:3000 10.0.80.5:3000 check weight 0" in section(text, "backend web_0123456789abcdef")
    servers = [line for line in section(text, "backend web_0123456789abcdef_all") if line.startswith("server ")]
    assert servers == ["server 10.0.64.5:3000 10.0.64.5:3000"]


@pytest.mark.parametrize("members", [{}, {WEB: []}, {WEB: [Member("i-2", "10.0.80.5", 3000, draining=True)]}])
def test_group_without_a_registered_target_answers_503(members):
    text = render(balancer(rule("default", FORWARD)), GROUPS, members)
    (line,) = section(text, "backend web_0123456789abcdef")
    assert line.startswith("http-request return status 503 ")


def test_https_listener_without_a_certificate_is_left_out():
    tls = Listener("tls", "HTTPS", 443, (rule("default", FORWARD),))
    plain = balancer(rule("default", FORWARD))
    both = LoadBalancer(**{**plain.__dict__, "listeners": (*plain.listeners, tls)})
    assert ":443" not in render(both, GROUPS, MEMBERS)
    assert "bind 127.0.0.1:443 ssl crt /c.pem" in render(both, GROUPS, MEMBERS, {"tls": ["/c.pem"]})


def test_rules_are_tried_by_number_and_the_default_last():
    listener = Listener(
        "l", "HTTP", 80, (rule("default", FORWARD), rule("10", FORWARD, ("path-pattern", ("/b",))),
                          rule("9", FIXED, ("path-pattern", ("/a",)))),
    )  # fmt: skip
    notes = [line for line in rule_statements(listener, lambda arn: "b") if "set-var(txn.rule)" in line]
    assert [line.rsplit("} ", 1)[-1] for line in notes[:2]] == ["rule0c0", "rule1c0"]
    assert notes[2].endswith("found }")


@pytest.mark.parametrize("action", [{"Type": "authenticate-oidc"}])
def test_unsupported_action_is_named(action):
    with pytest.raises(ValueError, match="authenticate-oidc"):
        render(balancer(rule("default", action)), GROUPS, MEMBERS)


@pytest.mark.parametrize(
    ("pattern", "expected"), [("/a*", r"^/a.*$"), ("/?.png", r"^/.\.png$"), ("*.example.com", r"^.*\.example\.com$")]
)
def test_wildcard(pattern, expected):
    assert wildcard(pattern) == expected


@pytest.mark.parametrize(
    ("text", "word"), [("a b", '"a b"'), ('"', '"\\x22"'), ("$HOME", '"\\x24HOME"'), ("é\n", '"\\xc3\\xa9\\x0a"')]
)
def test_quote(text, word):
    assert quote(text) == word


STAT = """# pxname,svname,status,check_status,check_code,
port80,FRONTEND,OPEN,,,
web,10.0.64.5:3000,UP,* L7OK,200,
web,10.0.80.5:3000,DOWN 1/2,L7OK,200,
web,BACKEND,UP,,,
"""


def test_stat_rows_of_servers():
    up, rising = haproxy_socket.parse_stat(STAT)
    assert (up.server, up.check, up.rising) == ("10.0.64.5:3000", "L7OK", False)
    assert rising.rising


@pytest.mark.parametrize(
    ("status", "check", "code", "expected"),
    [
        ("DOWN", "INI", "", INITIAL),
        ("UP", "L7OK", "200", HEALTHY),
        ("UP 1/2", "L4CON", "", HEALTHY),
        ("DOWN", "L7STS", "503", ("unhealthy", "Target.ResponseCodeMismatch")),
        ("DOWN", "L4TOUT", "", ("unhealthy", "Target.Timeout")),
        ("DOWN", "L7TOUT", "", ("unhealthy", "Target.Timeout")),
        ("DOWN", "L4CON", "", ("unhealthy", "Target.FailedHealthChecks")),
    ],
)
def test_health_in_the_words_of_the_api(status, check, code, expected):
    got = haproxy_socket.health_of(haproxy_socket.ServerStatus("b", "s", status, check, code))
    assert got == expected or (got.state, got.reason) == expected


def test_state_of_known_servers_is_kept_and_new_ones_start_down():
    known = "3 web 1 10.0.64.5:3000 10.0.64.5 2 0 1 1 7 15 3 3 6 0 0 0 - 3000 - 0 0 - - 0"
    gone = known.replace("10.0.64.5", "10.0.64.9")
    servers = [("web", "10.0.64.5:3000", "10.0.64.5", 3000), ("web", "10.0.80.5:3000", "10.0.80.5", 3000)]
    version, _unused, first, second = haproxy_socket.merge_state(f"1\n# x\n{known}\n{gone}\n", servers).splitlines()
    assert (version, first) == ("1", known)
    fields = second.split()
    assert fields[1:6] == ["web", "2", "10.0.80.5:3000", "10.0.80.5", "0"]
    assert len(fields) == len(known.split())


def test_names_of_load_balancers():
    arn = "arn:aws:elasticloadbalancing:ap-northeast-1:1:loadbalancer/app/web/0123456789abcdef"
    first, second, _unused, last = (int(part) for part in loopback_address(arn).split("."))
    assert first == 127 and 128 <= second <= 191 and 1 <= last <= 254
    assert dns_name(arn, "internet-facing") == loopback_address(arn)
    assert dns_name(arn, "internal") == internal_name(arn)
    assert internal_name(arn).startswith("internal-web-") and internal_name(arn).endswith(
        ".ap-northeast-1.elb.amazonaws.com"
    )

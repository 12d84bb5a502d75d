"""Over every text of a picture: whatever the API says, it makes no line of its own in a file or a script of root's.

Twice: the picture refuses it, or renderers put it where the tame one was; and the renderers alone, with the picture's
own judgement taken away, raise or keep it on its line.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from cache_pictures import SECRET, group
from database_pictures import with_parameters
from network_pictures import JUMP, LOCAL, TO_INSTANCE
from network_pictures import picture as network_picture

from sandbox.core import fields
from sandbox.core.fields import Checked, OddValue
from sandbox.hosts import provisioning
from sandbox.network import plumbing, rules, topology
from sandbox.publish.addresses import published, redirections
from sandbox.services.acm.picture import Certificate
from sandbox.services.ec2.metadata.tree import answer, tree
from sandbox.services.ec2.picture import AclEntry, HostName, MetadataOptions, Router, Rule
from sandbox.services.elasticache import config as cache_config
from sandbox.services.elbv2.haproxy import config as haproxy_config
from sandbox.services.elbv2.haproxy import runtime_api as haproxy_socket
from sandbox.services.elbv2.haproxy.config import Member, backend_name
from sandbox.services.elbv2.picture import HealthCheck, Listener, ListenerRule, Target, TargetGroup
from sandbox.services.picture import Picture
from sandbox.services.rds import accounts as database_accounts
from sandbox.services.rds import config as database_config
from sandbox.services.rds.picture import DatabaseSnapshot
from sandbox.services.route53.picture import PrivateZone, PublicZone
from sandbox.services.route53.zone_answers import book_of, resolve

REGION = "ap-northeast-1"
WEB = "arn:aws:elasticloadbalancing:r:1:targetgroup/web/0123456789abcdef"
TLS = "arn:aws:elasticloadbalancing:r:1:listener/app/x/1/443"
RECORDS = (
    {"Name": "www.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.64.5"}]},
    {"Name": "t.example.com.", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"v=spf1"'}]},
    {"Name": "s.example.com.", "Type": "A", "AliasTarget": {"DNSName": "www.example.com."}},
)


def _rules() -> tuple[ListenerRule, ...]:
    conditions = (
        ("path-pattern", ("/a*",)),
        ("host-header", ("*.example.com",)),
        ("http-header", ("X-Mark: a?c",)),
        ("http-request-method", ("GET",)),
        ("source-ip", ("192.0.2.0/24",)),
        ("query-string", ("key=value", "=any")),
    )
    redirect = {"Protocol": "HTTPS", "Host": "#{host}", "Port": "443", "Path": "/#{path}", "Query": "a=#{query}"}
    return (
        ListenerRule("1", conditions[:3], ({"Type": "forward", "TargetGroupArn": WEB},)),
        ListenerRule(
            "2", conditions[3:], ({"Type": "redirect", "RedirectConfig": {**redirect, "StatusCode": "HTTP_301"}},)
        ),
        ListenerRule(
            "default",
            (),
            (
                {
                    "Type": "fixed-response",
                    "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "none"},
                },
            ),
        ),
    )


def _picture() -> Picture:
    """One of everything."""
    acl = (
        AclEntry(1, False, True, "6", "192.0.2.0/24", 22, 22),
        AclEntry(2, True, False, "-1", "0.0.0.0/0", None, None),
    )
    rule = Rule("tcp", 80, 80, ("192.0.2.0/24",), ("sg-alb",))
    routes = {"subnet-priv2": (LOCAL, TO_INSTANCE)}
    base = network_picture(groups={"sg-web": (rule,)}, acls={"subnet-pub1": acl}, routes=routes)
    router = Router("eni-1", "subnet-pub1", "i-jump", JUMP, "127.1.0.5")
    web = dataclasses.replace(
        base.instances[1],
        mac="02:00:00:00:00:06",
        user_data="#!/bin/sh\ntrue\n",
        profile_arn="arn:aws:iam::123456789012:instance-profile/web",
        tags=(("Name", "web01"),),
        metadata=MetadataOptions(tags=True),
    )
    listeners = (
        Listener("arn:aws:l/80", "HTTP", 80, _rules()),
        Listener(TLS, "HTTPS", 443, _rules(), ("arn:aws:acm:r:1:certificate/a",), "ELBSecurityPolicy-2016-08"),
    )
    attributes = (
        ("idle_timeout.timeout_seconds", "60"),
        ("routing.http2.enabled", "true"),
        ("routing.http.xff_header_processing.mode", "append"),
    )
    balancer = dataclasses.replace(base.load_balancers[0], listeners=listeners, attributes=attributes)
    sticky = (("stickiness.enabled", "true"), ("stickiness.lb_cookie.duration_seconds", "60"))
    check = HealthCheck("HTTP", "3000", "/up", 5, 3, 2, 2, "200-299")
    return dataclasses.replace(
        base,
        vpcs=(dataclasses.replace(base.vpcs[0], routers=(router,)),),
        instances=(base.instances[0], web, base.instances[2]),
        load_balancers=(balancer,),
        target_groups=(TargetGroup(WEB, "web", "HTTP", 3000, check, (Target("i-web1", 3000),), sticky),),
        private_zones=(PrivateZone("Z1", "example.com.", ("vpc-1",), RECORDS),),
        public_zones=(PublicZone("Z2", "example.net.", ()),),
        databases=(
            dataclasses.replace(
                with_parameters(sql_mode="STRICT", sort_buffer_size="262144", init_connect="SET @a = 1"),
                database="site", subnet_id="subnet-priv1",
            ),
        ),
        database_snapshots=(DatabaseSnapshot("nightly", "db-ABC"),),
        replication_groups=(group(parameters=(
            ("client-output-buffer-limit-normal-hard-limit", "1"),
            ("client-output-buffer-limit-pubsub-hard-limit", "1"),
            ("client-output-buffer-limit-pubsub-soft-limit", "1"),
            ("client-output-buffer-limit-pubsub-soft-seconds", "1"),
            ("databases", "16"),
            ("maxmemory-policy", "allkeys-lru"),
            ("notify-keyspace-events", "KEA"),
        )), group(key="cache-2", id="plain", cluster_mode=False, tls=False, slots=())),
        names=(HostName("vpc-1", "site.cache.example", ("10.0.64.21",)),),
        certificates=(Certificate("arn:aws:acm:r:1:certificate/a", ("www.example.com", "*.example.com")),),
    )  # fmt: skip


# -- every text that is made of a picture


def rendered(picture: Picture) -> dict[str, str]:
    """Text by name of the file, script or answer."""
    made: dict[str, str] = {}
    for number, vpc in enumerate(topology.of_picture(picture)):
        made[f"nft router {number}"] = rules.router(vpc)
        made[f"nft guard {number}"] = rules.guard("guard", [vpc.vpc.cidr])
        tables, ways = plumbing.detour_rules(list(vpc.detours))
        routes = [f"route replace default via {one.private_ip}" for one in tables.values()]
        plumbing.batch("namespace", [*ways, *routes])
        made[f"ip detours {number}"] = _last_input.pop() if ways else ""
        for one in vpc.endpoints:
            lines = [f"address add {address.interface} dev eth0" for address in one.addresses]
            plumbing.batch("namespace", [*lines, f"route replace default via {one.gateway} dev eth0"])
            made[f"ip {number} {len(made)}"] = _last_input.pop()
    made["nft publish"] = redirections("publish", {(p.address, p.port): 40000 for p in published(picture)})
    groups = {each.arn: each for each in picture.target_groups}
    members = {
        each.arn: [Member(target.id, "10.0.64.5", target.port) for target in each.targets]
        for each in picture.target_groups
    }
    servers = [(backend_name(arn), m.server, m.address, m.port) for arn, every in members.items() for m in every]
    made["haproxy state"] = haproxy_socket.merge_state("", servers)
    for number, balancer in enumerate(picture.load_balancers):
        files = {listener.arn: ["/run/railyard/tls.pem"] for listener in balancer.listeners}
        made[f"haproxy {number}"] = haproxy_config.render(balancer, groups, members, files)
    for number, cache_group in enumerate(picture.replication_groups):
        made[f"redis parameters {number}"] = cache_config.parameters_text(cache_config.parameters(cache_group))
        for position, node in enumerate(cache_group.nodes):
            made[f"redis {number} {position}"] = cache_config.config(cache_group, node, SECRET)
    for number, database in enumerate(picture.databases):
        options = database_config.render(database)
        made[f"mariadb {number}"] = options.text
        made[f"sql {number}"] = database_accounts.master(database.master_user, "password")
        made[f"sql first {number}"] = database_accounts.first_database(database.database or "none")
    vpc = picture.vpcs[0]
    for number, instance in enumerate(picture.instances):
        for file in provisioning.files(instance, vpc, REGION):
            if file.path != "var/lib/cloud/user-data":
                made[f"host {number} {file.path}"] = file.text
        root = tree(instance, vpc, REGION, "role", lambda: "{}")
        for path in ("", "public-keys", "tags/instance", "security-groups", "iam/info", "network/interfaces/macs"):
            body = answer(root, f"/latest/meta-data/{path}", instance.key_name)
            made[f"metadata {number} {path}"] = "none" if body is None else body
    book = book_of(picture, vpc, REGION)
    for name in ("www.example.com", "t.example.com", "s.example.com", "site.cache.example"):
        answers = resolve(book, name, "ANY").records
        made[f"dns {name}"] = "\n".join(f"{record.rname} {record.rtype}" for record in answers)
    made["paths"] = "\n".join(_paths(picture))
    return made


def _paths(picture: Picture) -> Iterator[str]:
    """Names of files, directories, containers and namespaces."""
    yield from (f"x-{each.id}" for each in (*picture.vpcs, *picture.instances, *picture.load_balancers))
    yield from (each.id for each in picture.databases)
    yield from (f"{each.name}.sql {each.database_id}" for each in picture.database_snapshots)
    yield from (name for each in picture.replication_groups for name in (each.key, *(node.key for node in each.nodes)))


_last_input: list[str] = []


@pytest.fixture(autouse=True)
def no_commands(monkeypatch):
    monkeypatch.setattr(plumbing, "run", lambda argv, *, stdin: _last_input.append(stdin))


# -- every place of a text in a picture


Place = tuple[Any, ...]


def places(value: Any, path: Place = ()) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield path, value
    elif dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield from places(getattr(value, each.name), (*path, each.name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, (tuple, list)):
        for number, item in enumerate(value):
            yield from places(item, (*path, number))


def put(value: Any, path: Place, text: str) -> Any:
    """A copy with another text at a place. Raises ``OddValue`` where its part refuses it."""
    if not path:
        return text
    first, rest = path[0], path[1:]
    if dataclasses.is_dataclass(value):
        return dataclasses.replace(value, **{first: put(getattr(value, first), rest, text)})
    if isinstance(value, dict):
        return {**value, first: put(value[first], rest, text)}
    return type(value)(put(item, rest, text) if number == first else item for number, item in enumerate(value))


@cache
def sample() -> Picture:
    return _picture()


def named(path: Place) -> str:
    return ".".join(map(str, path))


PLACES = list(places(sample()))
NASTY = (
    "\n", "\r", "\x00", "\u2028", '"', "'", "{", "}", ";", "#", "\\", "%", "$(id)", "`id`", " ", "x" * 5000,
    "\nevil", '";evil', "}evil{", "../../../evil", ' include "/etc/shadow"',
)  # fmt: skip


def accepted(path: Place, text: str) -> Picture | None:
    try:
        return put(sample(), path, text)
    except OddValue:
        return None


def heads(texts: dict[str, str]) -> dict[str, list[str]]:
    """The first word of each line."""
    return {name: [(line.split() or [""])[0] for line in text.split("\n")] for name, text in texts.items()}


def test_the_sample_has_texts_in_every_part_and_is_rendered():
    kinds = {type(value).__name__ for value in _parts(sample())}
    every = {kind.__name__ for kind in Checked.__subclasses__()}
    assert every - kinds == set()
    assert len(PLACES) > 250 and all(rendered(sample()).values())


def _parts(value: Any) -> Iterator[Any]:
    if dataclasses.is_dataclass(value):
        yield value
        for each in dataclasses.fields(value):
            yield from _parts(getattr(value, each.name))
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _parts(item)


@pytest.mark.parametrize("nasty", NASTY, ids=lambda text: repr(text)[:20])
def test_no_text_changes_more_than_itself(nasty):
    """A value with something odd in it is refused, or makes the same lines as one with a letter in its place."""
    for path, text in PLACES:
        for make in (lambda odd, text=text: text + odd, lambda odd, text=text: odd + text, lambda odd: odd):
            found = accepted(path, make(nasty))
            if found is None:
                continue
            tame = next((p for p in (accepted(path, make(c)) for c in ("x", "1", "")) if p is not None), None)
            assert tame is not None, named(path)
            got, expected = heads(rendered(found)), heads(rendered(tame))
            for name in expected:
                # MariaDB's options may be left out when they are too long; nothing ever adds a line.
                assert len(got[name]) <= len(expected[name]), f"{named(path)} in {name}"
                assert "evil" not in got[name], f"{named(path)} in {name}"


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_renderers_by_themselves_let_no_line_end_through(monkeypatch, end):
    monkeypatch.setattr(fields.Checked, "__post_init__", lambda self: None)
    seen = 0
    for path, text in PLACES:
        texts = _texts(put(sample(), path, f"{text}{end}evil-line {end}"))
        seen += bool(texts)
        for name, made in texts.items():
            # What the user data and metadata answer is its own page; what a listing names is judged at the picture.
            if name.startswith("metadata") or name == "paths":
                continue
            own = [line for line in made.splitlines() if line.strip().startswith("evil-line")]
            assert own == [], f"{named(path)} in {name}"
    assert seen > 20  # where nothing is refused, a text goes nowhere, or is quoted


def _texts(picture: Picture) -> dict[str, str]:
    try:
        return rendered(picture)
    except (ValueError, KeyError):
        return {}
    finally:
        _last_input.clear()


@pytest.mark.parametrize("value", ["../x", "a/b", ".", "..", "", "a b", "a\n", "-rf"])
def test_what_becomes_a_part_of_a_path_is_one(value):
    with pytest.raises(OddValue):
        DatabaseSnapshot(value, "db-1")

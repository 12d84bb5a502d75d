"""The filters about servers and what is said of a stack."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.filter.resource_table import resource_table
from ansible_collections.railyard.aws.plugins.filter.server_plan import (
    server_plan,
    surplus_servers,
    web_hostnames,
    worker_hostnames,
)
from ansible_collections.railyard.aws.plugins.filter.site_url import site_url

PUBLIC = ["t-public-1", "t-public-2"]
PRIVATE = ["t-private-1", "t-private-2"]


def instance(name, hostname, role="web", state="running"):
    return {"id": f"i-{hostname}", "name": name, "hostname": hostname, "role": role, "state": state}


def test_jump_host_first_and_web_servers_in_turn():
    plan = server_plan(3, "t", PUBLIC, PRIVATE)
    assert [(s["name"], s["hostname"], s["role"], s["subnet"], s["public"]) for s in plan] == [
        ("t-jump01", "jump01", "jump", "t-public-1", True),
        ("t-web01", "web01", "web", "t-private-1", False),
        ("t-web02", "web02", "web", "t-private-2", False),
        ("t-web03", "web03", "web", "t-private-1", False),
    ]
    assert {s["id"] for s in plan} == {""}


def test_growing_leaves_the_others_as_they_are():
    assert server_plan(12, "t", PUBLIC, PRIVATE)[:3] == server_plan(2, "t", PUBLIC, PRIVATE)
    assert server_plan(12, "t", PUBLIC, PRIVATE)[-1]["hostname"] == "web12"


def test_existing_servers_are_known_by_name_or_host_name():
    instances = {
        "t-web01": instance("t-web01", "changed by hand", state="stopped"),
        "renamed": instance("renamed", "web02", role="changed by hand"),
    }
    plan = {s["hostname"]: s for s in server_plan(2, "t", PUBLIC, PRIVATE, instances)}
    assert (plan["web01"]["id"], plan["web01"]["state"]) == ("i-changed by hand", "stopped")
    assert plan["web02"]["id"] == "i-web02"
    assert plan["jump01"]["id"] == ""


@pytest.mark.parametrize(("public", "private", "word"), [([], PRIVATE, "public"), (PUBLIC, [], "private")])
def test_no_subnet_is_an_error_that_says_where_to_look(public, private, word):
    with pytest.raises(AnsibleFilterError, match=f"no {word} subnet.*railyard_zone_count"):
        server_plan(1, "t", public, private)


def test_surplus_is_what_has_no_place():
    instances = {
        f"t-{name}": instance(f"t-{name}", name, role="jump" if name == "jump01" else "web")
        for name in ("jump01", "web01", "web02", "web03")
    }
    plan = server_plan(2, "t", PUBLIC, PRIVATE, instances)
    assert [s["name"] for s in surplus_servers(instances, plan)] == ["t-web03"]
    assert surplus_servers(instances, server_plan(3, "t", PUBLIC, PRIVATE, instances)) == []


@pytest.mark.parametrize(
    ("listeners", "url"),
    [
        ([("HTTP", 80)], "http://name/"),
        ([("HTTP", 8080)], "http://name:8080/"),
        ([("HTTP", 80), ("HTTPS", 443)], "https://name/"),
        ([("HTTP", 80), ("HTTPS", 8443)], "https://name:8443/"),
    ],
)
def test_site_url(listeners, url):
    balancer = {"dns_name": "name", "listeners": [{"protocol": p, "port": n} for p, n in listeners]}
    assert site_url(balancer) == url


@pytest.mark.parametrize(
    ("listeners", "url"),
    [
        ([("HTTP", 80)], "http://name/"),
        ([("HTTP", 80), ("HTTPS", 443)], "https://www.example.com/"),
        ([("HTTP", 80), ("HTTPS", 8443)], "https://www.example.com:8443/"),
    ],
)
def test_only_https_is_opened_at_the_name_of_its_certificate(listeners, url):
    balancer = {"dns_name": "name", "listeners": [{"protocol": p, "port": n} for p, n in listeners]}
    assert site_url(balancer, "www.example.com") == url


@pytest.mark.parametrize("balancer", [{}, {"name": "t", "listeners": []}])
def test_no_listener_is_an_error_with_the_command(balancer):
    with pytest.raises(AnsibleFilterError, match="--tags alb"):
        site_url(balancer)


def test_table_of_what_exists():
    stack = {
        "load_balancers": {
            "t": {"id": "arn:aws:elb:r:1:loadbalancer/app/t/12", "name": "t", "exists": True, "dns_name": "t.example"}
        },
        "instances": {"t-web01": {"id": "i-1", "name": "t-web01", "exists": True, "private_ip_address": "10.0.0.5"}},
        "vpc": {"t": {"id": "vpc-1", "name": "t", "exists": True, "cidr_block": "10.0.0.0/16"}},
        "subnets": {"t-public-1": {"id": "subnet-0", "name": "t-public-1", "exists": False}},
        "volumes": {"vol-1": {"id": "vol-1", "name": "vol-1", "exists": True}},
    }
    rows = [line.split() for line in resource_table(stack).splitlines()]
    assert rows == [
        ["name", "what", "id", "address"],
        ["t", "VPC", "vpc-1", "10.0.0.0/16"],
        ["t-web01", "server", "i-1", "10.0.0.5"],
        ["t", "load", "balancer", "app/t/12", "t.example"],
    ]


def test_worker_servers_are_spread_over_the_private_subnets_like_web_servers() -> None:
    plan = server_plan(2, "t", PUBLIC, PRIVATE, {}, workers="3")
    workers = [one for one in plan if one["role"] == "worker"]
    assert [one["name"] for one in workers] == ["t-worker01", "t-worker02", "t-worker03"]
    assert [one["subnet"] for one in workers] == [PRIVATE[0], PRIVATE[1], PRIVATE[0]]
    assert not any(one["public"] for one in workers)
    assert [one for one in plan if one["role"] != "worker"] == server_plan(2, "t", PUBLIC, PRIVATE)
    assert worker_hostnames(3) == [one["hostname"] for one in workers]


@pytest.mark.parametrize(("workers", "gone"), [(2, []), (1, ["t-worker02"]), (0, ["t-worker01", "t-worker02"])])
def test_worker_servers_that_nobody_wants_go_and_no_other(workers, gone) -> None:
    there = {
        one["name"]: {"id": f"i-{number}", "name": one["name"], "hostname": one["hostname"], "role": one["role"]}
        for number, one in enumerate(server_plan(2, "t", PUBLIC, PRIVATE, workers=2))
    }
    plan = server_plan(2, "t", PUBLIC, PRIVATE, there, workers)
    assert [one["name"] for one in surplus_servers(there, plan)] == gone


def test_web_servers_are_called_alike_everywhere() -> None:
    assert web_hostnames("11")[::5] == ["web01", "web06", "web11"]
    planned = [server["hostname"] for server in server_plan(11, "t", PUBLIC, PRIVATE) if server["role"] == "web"]
    assert web_hostnames(11) == planned

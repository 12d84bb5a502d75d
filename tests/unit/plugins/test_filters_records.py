"""Records that lead to a stack, and what makes a zone have them."""

from __future__ import annotations

import pytest
from ansible_collections.railyard.aws.plugins.filter.record_changes import record_changes
from ansible_collections.railyard.aws.plugins.filter.stack_records import stack_records

BALANCER = {"dns_name": "Railyard-1.elb.example.", "hosted_zone_id": "ZELB"}
STACK = {
    "load_balancers": {"railyard": BALANCER, "coming": {"dns_name": None, "hosted_zone_id": None}},
    "instances": {
        "railyard-jump01": {
            "hostname": "jump01",
            "public_ip_address": "203.0.113.7",
            "private_ip_address": "10.0.0.7",
        },
        "railyard-web01": {"hostname": "web01", "public_ip_address": None, "private_ip_address": "10.0.64.5"},
    },
}


def record(name, kind="A", values=("10.0.64.5",), ttl=60, alias=None):
    return {
        "name": name,
        "type": kind,
        "values": list(values),
        "ttl": ttl,
        "alias_zone_id": alias,
        "identifier": None,
    }


def test_names_of_the_site_are_aliases_each_once():
    found = stack_records(STACK, balancer="railyard", site_names=["WWW.example.com", "example.com", "", "example.com"])
    alias = {"values": ["railyard-1.elb.example"], "ttl": None, "alias": "ZELB"}
    assert found == [record("www.example.com", **alias)] + [record("example.com", **alias)]


def test_servers_are_found_where_they_are_reached():
    assert stack_records(
        STACK,
        public_hosts={"jump.example.com": "jump01"},
        private_hosts={"jump01.home": "jump01", "web01.home": "web01"},
        endpoints={"db.home": "Db-1.rds.example", "cache.home": None},
        ttl="30",
    ) == [
        record("jump.example.com", values=["203.0.113.7"], ttl=30),
        record("jump01.home", values=["10.0.0.7"], ttl=30),
        record("web01.home", ttl=30),
        record("db.home", "CNAME", ["db-1.rds.example"], ttl=30),
    ]


@pytest.mark.parametrize(
    "how",
    [
        {"balancer": "railyard-2", "site_names": ["example.com"]},
        {"balancer": "coming", "site_names": ["example.com"]},
        {"public_hosts": {"web.example.com": "web01"}},
        {"private_hosts": {"web02.home": "web02"}},
        {"endpoints": {"db.home": None, "cache.home": ""}},
    ],
)
def test_what_is_not_there_has_no_record(how):
    assert stack_records(STACK, **how) == []
    assert stack_records({}, **how) == []


WEB, OTHER = record("web01.home"), record("web01.home", values=["10.0.64.9"])
DATABASE = record("db.home", "CNAME", ["db.rds.example"])


@pytest.mark.parametrize(
    ("existing", "wanted", "remove", "set_"),
    [
        pytest.param([WEB], [WEB], [], [], id="as wanted"),
        pytest.param([], [WEB], [], [WEB], id="missing"),
        pytest.param([OTHER], [WEB], [], [WEB], id="another value"),
        pytest.param([{**WEB, "ttl": 300}], [WEB], [], [WEB], id="another ttl"),
        pytest.param([record("db.home", "CNAME", ["DB.rds.example."])], [DATABASE], [], [], id="written otherwise"),
        pytest.param([record("db.home")], [DATABASE], [record("db.home")], [DATABASE], id="another type is in the way"),
        pytest.param([WEB], [], [WEB], [], id="ours, and not wanted any more"),
        pytest.param([record("web01.home", "TXT")], [], [], [], id="not a place"),
        pytest.param([record("web01.home", "TXT")], [WEB], [], [WEB], id="a text beside it stays"),
        pytest.param([record("xweb01.home")], [], [], [], id="a longer name is not ours"),
        pytest.param([record("mail.home")], [], [], [], id="somebody else's"),
        pytest.param(
            [record("example.com", "AAAA")],
            [record("example.com", alias="Z")],
            [record("example.com", "AAAA")],
            [record("example.com", alias="Z")],
            id="half of the visitors would go elsewhere",
        ),
    ],
)
def test_changes(existing, wanted, remove, set_):
    assert record_changes(existing, wanted, r"(web[0-9]+|db)[.]home") == {"remove": remove, "set": set_}


def test_without_a_pattern_nothing_is_ours():
    assert record_changes([WEB], []) == {"remove": [], "set": []}

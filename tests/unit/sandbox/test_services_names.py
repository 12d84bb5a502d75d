"""What the VPC's resolver and the instance metadata answer."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from dnslib import RCODE

from sandbox.core.nameservers import nameservers
from sandbox.core.settings import Settings
from sandbox.services.ec2.metadata.tokens import Tokens
from sandbox.services.ec2.metadata.tree import answer, tree
from sandbox.services.ec2.picture import Instance, MetadataOptions, Vpc
from sandbox.services.elbv2.names import internal_name
from sandbox.services.elbv2.picture import LoadBalancer
from sandbox.services.picture import Picture
from sandbox.services.route53.layer import ResolverLayer
from sandbox.services.route53.picture import PrivateZone, PublicZone
from sandbox.services.route53.zone_answers import book_of, resolve

REGION = "ap-northeast-1"
VPC = Vpc("vpc-1", "10.0.0.0/16", None, (), (), ())
INSTANCE = Instance(
    "i-0a", "vpc-1", "subnet-1", "running", "10.0.64.5", None, ("sg-1",), "02:00:00:00:00:01", "ami-1", "t3.micro",
    "ap-northeast-1a", "ssh-ed25519 AAAA me", "mykey", "#!/bin/sh\n", "arn:aws:iam::123456789012:instance-profile/p",
    MetadataOptions(tags=True), (("Name", "web01"),),
)  # fmt: skip
ARN = f"arn:aws:elasticloadbalancing:{REGION}:1:loadbalancer/app/web/0123456789abcdef"
BALANCER = LoadBalancer(
    ARN, "web", "vpc-1", "internet-facing", (), (("a", "10.0.0.4"), ("b", "10.0.16.4")), "127.130.0.1", ()
)


def record(name: str, kind: str, *values: str) -> dict:
    return {"Name": name, "Type": kind, "TTL": 30, "ResourceRecords": [{"Value": value} for value in values]}


ZONE = PrivateZone(
    "Z1",
    "home.",
    ("vpc-1",),
    (
        record("db.home.", "CNAME", f"ip-10-0-64-5.{REGION}.compute.internal"),
        record("out.home.", "CNAME", "www.example.com."),
        record("a.b.home.", "A", "10.0.0.9", "10.0.0.10"),
        record("home.", "MX", "10 mail.home"),
        record("home.", "TXT", '"v=spf1 -all"'),
        record("\\052.apps.home.", "A", "10.0.0.11"),
        {"Name": "www.home.", "Type": "A", "AliasTarget": {"DNSName": "127.130.0.1."}},
    ),
)
PUBLIC = PublicZone(
    "Z3",
    "railyard.localhost.",
    (
        {"Name": "www.railyard.localhost.", "Type": "A", "AliasTarget": {"DNSName": "127.130.0.1."}},
        record("jump.railyard.localhost.", "A", "127.0.0.9"),
        record("railyard.localhost.", "MX", "10 inbound-smtp.example."),
    ),
)
#: A private zone that hides part of a public one, as on AWS.
HIDDEN = PublicZone("Z4", "home.", (record("public.home.", "A", "192.0.2.1"),))
ELSEWHERE = PrivateZone("Z2", "other.", ("vpc-2",), (record("x.other.", "A", "10.9.9.9"),))
PICTURE = Picture((VPC,), (INSTANCE,), (BALANCER,), (), (ZONE, ELSEWHERE), public_zones=(PUBLIC, HIDDEN))
BOOK = book_of(PICTURE, VPC, REGION)


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        (f"ip-10-0-64-5.{REGION}.compute.internal", "A", ["10.0.64.5"]),
        ("5.64.0.10.in-addr.arpa", "PTR", [f"ip-10-0-64-5.{REGION}.compute.internal."]),
        ("DB.home.", "A", [f"ip-10-0-64-5.{REGION}.compute.internal.", "10.0.64.5"]),
        ("a.b.home", "A", ["10.0.0.9", "10.0.0.10"]),
        ("home", "MX", ["10 mail.home."]),
        ("home", "TXT", ['"v=spf1 -all"']),
        ("x.apps.home", "A", ["10.0.0.11"]),
        ("y.x.apps.home", "A", ["10.0.0.11"]),
        ("www.home", "A", ["10.0.0.4", "10.0.16.4"]),
        # Inside, the site's name leads to the load balancer's own addresses, not to those on loopback.
        ("www.railyard.localhost", "A", ["10.0.0.4", "10.0.16.4"]),
        ("jump.railyard.localhost", "A", ["127.0.0.9"]),
        ("railyard.localhost", "MX", ["10 inbound-smtp.example."]),
        (internal_name(ARN), "A", ["10.0.0.4", "10.0.16.4"]),
        (f"S3.{REGION}.amazonaws.com", "A", ["198.51.100.10"]),
        (f"secretsmanager.{REGION}.amazonaws.com", "A", ["198.51.100.11"]),
        (f"secretsmanager.{REGION}.amazonaws.com", "AAAA", []),
    ],
)
def test_known_names(name, kind, values):
    found = resolve(BOOK, name, kind)
    assert (found.rcode, found.forward) == (RCODE.NOERROR, None)
    assert [str(rr.rdata) for rr in found.records] == values


@pytest.mark.parametrize(
    ("name", "kind", "rcode"),
    [
        ("nope.home", "A", RCODE.NXDOMAIN),
        ("public.home", "A", RCODE.NXDOMAIN),
        ("shop.railyard.localhost", "A", RCODE.NXDOMAIN),
        ("railyard.localhost", "AAAA", RCODE.NOERROR),
        ("a.b.home", "AAAA", RCODE.NOERROR),
        ("b.home", "A", RCODE.NOERROR),  # exists because a.b.home does
        (f"ip-10-0-64-6.{REGION}.compute.internal", "A", RCODE.NXDOMAIN),
        ("6.64.0.10.in-addr.arpa", "PTR", RCODE.NXDOMAIN),
    ],
)
def test_names_known_to_be_empty(name, kind, rcode):
    found = resolve(BOOK, name, kind)
    assert (found.rcode, found.records, found.forward) == (rcode, (), None)


@pytest.mark.parametrize(
    ("name", "forward", "known"),
    [("www.example.com.", "www.example.com", 0), ("out.home", "www.example.com", 1), ("x.other", "x.other", 0),
     ("8.8.8.8.in-addr.arpa", "8.8.8.8.in-addr.arpa", 0)],
)  # fmt: skip
def test_names_of_others_are_forwarded(name, forward, known):
    found = resolve(BOOK, name, "A")
    assert (found.forward, len(found.records)) == (forward, known)


def test_a_vpc_without_dns_support_has_no_resolver(tmp_path):
    layer, opened = ResolverLayer(Settings("t", tmp_path, 1, REGION)), []
    layer._servers.converge = lambda wanted: opened.append([key for key, _namespace in wanted])
    layer.converge(PICTURE)
    layer.converge(replace(PICTURE, vpcs=(replace(VPC, dns_support=False),)))
    layer.close()
    assert opened == [["vpc-1"], []]


def test_nameservers_of_the_machine(tmp_path):
    file = tmp_path / "resolv.conf"
    file.write_text("# x\nnameserver 192.0.2.1\nsearch a\nnameserver bad\nnameserver 2001:db8::1%eth0\n")
    assert nameservers(file) == ["192.0.2.1", "2001:db8::1"]
    assert nameservers(tmp_path / "none") == []


ROOT = tree(INSTANCE, VPC, REGION, "web-role", lambda: '{"Code": "Success"}')


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/latest/", "dynamic\nmeta-data\nuser-data"),
        ("/latest/meta-data/instance-id", "i-0a"),
        ("/latest/meta-data/local-hostname", f"ip-10-0-64-5.{REGION}.compute.internal"),
        ("/latest/meta-data/public-keys/", "0=mykey"),
        ("/latest/meta-data/public-keys/0/openssh-key", "ssh-ed25519 AAAA me"),
        ("/latest/meta-data/iam/security-credentials/", "web-role"),
        ("/latest/meta-data/iam/security-credentials/web-role", '{"Code": "Success"}'),
        ("/latest/meta-data/placement", "availability-zone\nregion"),
        ("/latest/meta-data/network/interfaces/macs/", "02:00:00:00:00:01/"),
        ("/latest/meta-data/network/interfaces/macs/02:00:00:00:00:01/vpc-id", "vpc-1"),
        ("/latest/meta-data/tags/instance/Name", "web01"),
        ("/latest/user-data", "#!/bin/sh\n"),
        ("/2021-07-15/meta-data/ami-id", "ami-1"),
        ("/latest/meta-data/public-ipv4", None),
        ("/latest/meta-data/iam/security-credentials/other", None),
        ("/latest/meta-data/instance-id/x", None),
        ("/elsewhere", None),
    ],
)
def test_metadata_paths(path, body):
    listing = answer(ROOT, path, INSTANCE.key_name)
    assert (listing.replace("/\n", "\n").rstrip("/") if path == "/latest/" else listing) == body


def test_identity_document():
    document = json.loads(answer(ROOT, "/latest/dynamic/instance-identity/document"))
    assert (document["instanceId"], document["region"], document["architecture"]) == ("i-0a", REGION, "x86_64")


def test_token_is_good_for_its_instance_and_time_only():
    now = [100.0]
    tokens = Tokens(b"secret", lambda: now[0])
    token = tokens.issue("i-1", 60)
    assert tokens.left("i-1", token) == 60 and tokens.left("i-2", token) is None
    assert [tokens.left("i-1", one) for one in ("x", "", token[:-4], "A" + token[1:], "é")] == [None] * 5
    # The next daemon has the sandbox's secret, another sandbox has not.
    assert Tokens(b"secret", lambda: now[0]).left("i-1", token) == 60
    assert Tokens(b"other", lambda: now[0]).left("i-1", token) is None
    now[0] += 61
    assert tokens.left("i-1", token) is None


@pytest.mark.parametrize("seconds", [0, 21601])
def test_token_life_is_bounded(seconds):
    with pytest.raises(ValueError, match=str(seconds)):
        Tokens(b"secret").issue("i-1", seconds)

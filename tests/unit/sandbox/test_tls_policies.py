"""Security policies of load balancers: the table, the API's answers, and what HAProxy then agrees to in a handshake."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.core.settings import Settings
from sandbox.services.elbv2.haproxy.config import render
from sandbox.services.elbv2.overrides import load_balancers as elbv2
from sandbox.services.elbv2.overrides import tls_policies as elbv2_tls_policies
from sandbox.services.elbv2.picture import Listener, LoadBalancer
from sandbox.services.elbv2.tls_policies import DEFAULT, POLICIES

REGION = "ap-northeast-1"
P = "ELBSecurityPolicy-"


@pytest.mark.parametrize(
    ("name", "protocols", "suites", "ciphers"),
    [
        ("TLS13-1-3-2021-06", "TLSv1.3", 3, 0),
        ("TLS13-1-2-2021-06", "TLSv1.2 TLSv1.3", 3, 8),
        ("TLS13-1-2-Res-PQ-2025-09", "TLSv1.2 TLSv1.3", 3, 4),
        ("TLS13-1-2-Ext1-2021-06", "TLSv1.2 TLSv1.3", 3, 12),
        ("TLS13-1-2-Ext2-2021-06", "TLSv1.2 TLSv1.3", 3, 18),
        ("TLS13-1-0-2021-06", "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", 3, 18),
        ("TLS13-1-2-Res-FIPS-2023-04", "TLSv1.2 TLSv1.3", 2, 4),
        ("TLS13-1-2-Ext0-FIPS-2023-04", "TLSv1.2 TLSv1.3", 2, 12),
        ("FS-1-2-Res-2020-10", "TLSv1.2", 0, 4),
        ("FS-1-1-2019-08", "TLSv1.1 TLSv1.2", 0, 12),
        ("TLS-1-2-2017-01", "TLSv1.2", 0, 12),
        ("2016-08", "TLSv1 TLSv1.1 TLSv1.2", 0, 18),
    ],
)
def test_a_policy_has_the_protocols_and_as_many_ciphers_as_aws_lists(name, protocols, suites, ciphers):
    policy = POLICIES[P + name]
    assert (" ".join(policy.protocols), len(policy.suites), len(policy.ciphers)) == (protocols, suites, ciphers)


def test_no_policy_names_a_cipher_twice():
    assert all(len(set(policy.ciphers)) == len(policy.ciphers) for policy in POLICIES.values())


def bind(policy: str, **attributes: str) -> str:
    listener = Listener("arn:aws:l", "HTTPS", 443, (), tls_policy=policy)
    balancer = LoadBalancer(
        "arn:aws:elasticloadbalancing:r:1:loadbalancer/app/x/01",
        "x", "vpc-1", "internal", (), (("subnet-1", "10.0.0.9"),), None, (listener,), tuple(attributes.items()),
    )  # fmt: skip
    return next(line for line in render(balancer, {}, {}, {"arn:aws:l": ["/c.pem"]}).splitlines() if "bind" in line)


def test_haproxy_is_told_oldest_and_newest_protocol_and_the_ciphers_of_both_kinds():
    line = bind(P + "TLS13-1-2-Res-2021-06")
    assert "ssl-min-ver TLSv1.2 ssl-max-ver TLSv1.3" in line and "curves X25519:P-256:P-384" in line
    assert "ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256" in line
    assert "ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" in line
    assert "AES128-SHA256" not in line
    only = bind(P + "TLS13-1-3-2021-06")
    assert "ssl-min-ver TLSv1.3 ssl-max-ver TLSv1.3" in only and " ciphers " not in only
    old = bind(P + "FS-2018-06")
    assert "ssl-min-ver TLSv1.0 ssl-max-ver TLSv1.2" in old and "@SECLEVEL=0" in old and "ciphersuites" not in old


def test_a_listener_without_a_policy_has_awss_default():
    assert bind("") == bind(DEFAULT)


@pytest.fixture
def api(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    settings = Settings.from_environment({})
    elbv2.apply(settings)
    elbv2_tls_policies.apply(settings)
    with mock_aws():
        ec2, elb = boto3.client("ec2", REGION), boto3.client("elbv2", REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{REGION}{zone}")["Subnet"]["SubnetId"]
            for cidr, zone in (("10.0.0.0/20", "a"), ("10.0.16.0/20", "c"))
        ]
        arn = elb.create_load_balancer(Name="site", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        yield elb, arn


def listen(elb, arn: str, port: int, **more: str) -> dict:
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    return elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=port, DefaultActions=[answer], **more)[
        "Listeners"
    ][0]


def test_a_policy_that_aws_does_not_have_is_refused_wherever_it_is_named(api):
    elb, arn = api
    made = listen(elb, arn, 80, SslPolicy=P + "FS-1-2-Res-2019-08")
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    for call in (
        lambda: listen(elb, arn, 81, SslPolicy=P + "TLS13-1-2-Res-2021-07"),
        lambda: elb.modify_listener(ListenerArn=made["ListenerArn"], SslPolicy="none", DefaultActions=[answer]),
        lambda: elb.describe_ssl_policies(Names=["none"]),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "SSLPolicyNotFound"


def test_describing_the_policies_tells_what_the_proxies_do(api):
    elb, _arn = api
    told = {entry["Name"]: entry for entry in elb.describe_ssl_policies()["SslPolicies"]}
    assert set(told) == set(POLICIES)
    one = told[P + "TLS13-1-2-Res-FIPS-2023-04"]
    assert one["SslProtocols"] == ["TLSv1.3", "TLSv1.2"]
    assert [cipher["Name"] for cipher in one["Ciphers"]][:2] == ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"]

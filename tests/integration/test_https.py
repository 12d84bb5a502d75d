"""A site over HTTPS in the sandbox: a certificate proved by DNS, the load balancer that shows it, and the names."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl

import pytest
from dnslib import QTYPE, DNSRecord

from sandbox.network import netns

DOMAIN = "railyard.localhost"
HOST = f"www.{DOMAIN}"
#: AWS takes nothing below TLS 1.2 with it.
POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
BODY = "served over HTTPS"
ANYBODY = [{"CidrIp": "0.0.0.0/0"}]


class Site:
    """A load balancer that answers by itself, so that no server is needed, in a public zone below localhost."""

    def __init__(self, sandbox) -> None:
        self.sandbox = sandbox
        self.ec2, self.elb, self.acm, self.dns = (
            sandbox.client(service) for service in ("ec2", "elbv2", "acm", "route53")
        )
        self.vpc, subnets, group = self._network()
        self.balancer = self.elb.create_load_balancer(Name="site", Subnets=subnets, SecurityGroups=[group])[
            "LoadBalancers"
        ][0]
        self.zone = self.dns.create_hosted_zone(Name=DOMAIN, CallerReference="site")["HostedZone"]["Id"]
        self.certificate = self.acm.request_certificate(
            DomainName=HOST, SubjectAlternativeNames=[DOMAIN], ValidationMethod="DNS"
        )["CertificateArn"]

    def _network(self) -> tuple[str, list[str], str]:
        vpc = self.ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        (table,) = self.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
        self.ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        subnets = [
            self.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for cidr, zone in (("10.8.0.0/24", "ap-northeast-1a"), ("10.8.1.0/24", "ap-northeast-1c"))
        ]
        group = self.ec2.create_security_group(GroupName="site", Description="site", VpcId=vpc)["GroupId"]
        self.ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ANYBODY} for port in (80, 443)
            ],
        )
        return vpc, subnets, group

    @property
    def address(self) -> str:
        """Where the load balancer is published on loopback."""
        return socket.gethostbyname(self.balancer["DNSName"])

    def record(self, **entry) -> None:
        changes = [{"Action": "UPSERT", "ResourceRecordSet": entry}]
        self.dns.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch={"Changes": changes})

    def prove(self) -> None:
        described = self.acm.describe_certificate(CertificateArn=self.certificate)["Certificate"]
        assert described["Status"] == "PENDING_VALIDATION"
        for option in described["DomainValidationOptions"]:
            proof = option["ResourceRecord"]
            self.record(Name=proof["Name"], Type=proof["Type"], TTL=60, ResourceRecords=[{"Value": proof["Value"]}])
        assert self.acm.describe_certificate(CertificateArn=self.certificate)["Certificate"]["Status"] == "ISSUED"

    def listen(self) -> None:
        answer = {"StatusCode": "200", "ContentType": "text/plain", "MessageBody": BODY}
        to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
        for protocol, port, action, more in (
            ("HTTP", 80, {"Type": "redirect", "RedirectConfig": to_https}, {}),
            (
                "HTTPS",
                443,
                {"Type": "fixed-response", "FixedResponseConfig": answer},
                {"Certificates": [{"CertificateArn": self.certificate}], "SslPolicy": POLICY},
            ),
        ):
            self.elb.create_listener(
                LoadBalancerArn=self.balancer["LoadBalancerArn"],
                Protocol=protocol,
                Port=port,
                DefaultActions=[action],
                **more,
            )

    def name(self) -> None:
        """Lead the site's name to the load balancer."""
        alias = {
            "HostedZoneId": self.balancer["CanonicalHostedZoneId"],
            "DNSName": self.balancer["DNSName"],
            "EvaluateTargetHealth": False,
        }
        self.record(Name=HOST, Type="A", AliasTarget=alias)

    def get(self, address: str, **limits) -> str:
        """The page over TLS, the sandbox's authority trusted and nobody else."""
        context = ssl.create_default_context(cafile=self.sandbox.settings.ca_file)
        for limit, value in limits.items():
            setattr(context, limit, value)
        with (
            socket.create_connection((address, 443), 5) as plain,
            context.wrap_socket(plain, server_hostname=HOST) as secure,
        ):
            secure.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
            answer = http.client.HTTPResponse(secure)
            answer.begin()
            return answer.read().decode()

    def served(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get(self.address) == BODY
        return False


@pytest.fixture(scope="module")
def site(sandbox):
    made = Site(sandbox)
    made.prove()
    made.listen()
    made.name()
    sandbox.until(made.served)
    return made


def test_certificate_is_trusted_by_who_trusts_the_authority_only(site):
    with (
        socket.create_connection((site.address, 443), 5) as plain,
        pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer certificate"),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname=HOST)
    assert site.get(site.address) == BODY


def test_policy_decides_the_oldest_protocol(site):
    assert site.get(site.address, maximum_version=ssl.TLSVersion.TLSv1_2) == BODY
    # The client would speak it: what refuses is the other end.
    old = {"minimum_version": ssl.TLSVersion.TLSv1, "maximum_version": ssl.TLSVersion.TLSv1_1}
    with pytest.raises(ssl.SSLError, match="ALERT_PROTOCOL_VERSION|alert protocol version"):
        _handshake(site.address, old)


def test_policy_decides_the_ciphers_and_another_takes_effect(site):
    tls12 = {"minimum_version": ssl.TLSVersion.TLSv1_2, "maximum_version": ssl.TLSVersion.TLSv1_2}
    assert _handshake(site.address, tls12) == "ECDHE-ECDSA-AES128-GCM-SHA256"
    with pytest.raises(ssl.SSLError, match="(?i)handshake.failure"):
        _handshake(site.address, tls12, "ECDHE-ECDSA-AES128-SHA256")
    (listener,) = [
        one
        for one in site.elb.describe_listeners(LoadBalancerArn=site.balancer["LoadBalancerArn"])["Listeners"]
        if one["Port"] == 443
    ]

    def choose(policy: str) -> None:
        site.elb.modify_listener(
            ListenerArn=listener["ListenerArn"], SslPolicy=policy, DefaultActions=listener["DefaultActions"]
        )

    def agreed(*how) -> str | None:
        with contextlib.suppress(OSError):
            return _handshake(site.address, *how)
        return None

    try:
        choose("ELBSecurityPolicy-2016-08")
        assert site.sandbox.until(lambda: agreed(tls12, "ECDHE-ECDSA-AES128-SHA256")) == "ECDHE-ECDSA-AES128-SHA256"
        old = {"minimum_version": ssl.TLSVersion.TLSv1, "maximum_version": ssl.TLSVersion.TLSv1}
        assert agreed(old) == "ECDHE-ECDSA-AES128-SHA"
        assert agreed({"minimum_version": ssl.TLSVersion.TLSv1_3}) is None
    finally:
        choose(POLICY)
    assert site.sandbox.until(lambda: agreed({"minimum_version": ssl.TLSVersion.TLSv1_3})) == "TLS_AES_128_GCM_SHA256"


def _handshake(address: str, limits: dict, ciphers: str = "DEFAULT") -> str:
    """The cipher that both agree upon."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    for limit, value in limits.items():
        setattr(context, limit, value)
    with (
        socket.create_connection((address, 443), 5) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as secure,
    ):
        return secure.cipher()[0]


def test_http_leads_to_https(site):
    connection = http.client.HTTPConnection(site.address, 80, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", "/sign-up?from=mail", headers={"Host": HOST})
        answer = connection.getresponse()
        assert answer.status == 301
        assert answer.getheader("Location").replace(":443", "") == f"https://{HOST}/sign-up?from=mail"


def test_inside_the_vpc_its_name_leads_to_the_load_balancers_own_addresses(site):
    namespace = site.sandbox.settings.netns(site.vpc)
    interfaces = site.ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [site.vpc]}])
    own = {one["PrivateIpAddress"] for one in interfaces["NetworkInterfaces"]}
    assert len(own) == 2
    with netns.enter(namespace):
        asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with asked:
        found = _addresses(asked, HOST)
    assert found == own


def _addresses(asked: socket.socket, name: str) -> set[str]:
    asked.settimeout(5)
    asked.sendto(DNSRecord.question(name, "A").pack(), ("10.8.0.2", 53))
    answer = DNSRecord.parse(asked.recv(4096))
    return {str(record.rdata) for record in answer.rr if record.rtype == QTYPE.A}


def test_browsers_find_it_on_this_machine_or_the_status_says_who_does_not(site):
    def rows():
        status = json.loads(site.sandbox.command("status", "--json").stdout)
        return {row["name"]: row["state"] for row in _flat(status) if row.get("kind") == "published port"}

    found = site.sandbox.until(lambda: rows() if "127.0.0.1:443" in rows() else None)
    assert found[f"{site.address}:443"] == "listening"
    if found["127.0.0.1:443"] == "listening":
        assert site.get("127.0.0.1") == BODY
    else:
        # Another program has the port: whatever answers there is not this site.
        assert found["127.0.0.1:443"] == "taken"
        with pytest.raises(OSError):
            site.get("127.0.0.1")


def test_the_proxy_is_nobody_and_its_files_are_its_own(site):
    site.sandbox.confined("railyard.balancer")
    home = site.sandbox.settings.home / "balancers"
    assert [path.stat().st_mode & 0o777 for path in (home, *home.iterdir())] == [0o700, 0o700]
    assert {path.stat().st_mode & 0o077 for path in home.glob("*/*")} == {0}


def test_what_aws_would_refuse_reaches_no_configuration_and_is_named(site):
    """A matcher with a line end in it once started a program of its own in the proxy's container, as root."""
    evil = "200\nprogram evil\n    command touch /run/railyard/run/evil"
    group = site.elb.create_target_group(
        Name="odd", Protocol="HTTP", Port=80, VpcId=site.vpc, Matcher={"HttpCode": evil}
    )["TargetGroups"][0]["TargetGroupArn"]
    listeners = site.elb.describe_listeners(LoadBalancerArn=site.balancer["LoadBalancerArn"])["Listeners"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    for priority, conditions in enumerate(
        (
            [{"Field": "path-pattern", "Values": ["/odd"]}],
            [{"Field": "source-ip", "SourceIpConfig": {"Values": ["192.0.2.0/24 }\nprogram evil"]}}],
        ),
        1,
    ):
        site.elb.create_rule(
            ListenerArn=listeners[0]["ListenerArn"], Priority=priority, Conditions=conditions, Actions=forward
        )

    def odd() -> list[str]:
        return json.loads(site.sandbox.command("status", "--json").stdout)["picture"]["odd"]

    said = site.sandbox.until(lambda: found if len(found := odd()) >= 2 else None)
    assert any(line.startswith("target group") and "HealthCheck.codes" in line for line in said)
    assert any(line.startswith("listener rule") and "conditions" in line for line in said)
    assert site.get(site.address) == BODY
    texts = [path.read_text() for path in (site.sandbox.settings.home / "balancers").glob("*/haproxy.cfg")]
    assert len(texts) == 1 and "evil" not in texts[0]


def test_a_proxy_that_was_killed_is_back_at_once(site):
    seconds = site.sandbox.comes_back("railyard.balancer", site.served)
    print(f"load balancer: back after {seconds:.1f} s")
    assert seconds < 20


def _flat(value) -> list[dict]:
    """Every dictionary in it."""
    if isinstance(value, list):
        return [one for item in value for one in _flat(item)]
    if isinstance(value, dict):
        return [value, *(one for item in value.values() for one in _flat(item))]
    return []

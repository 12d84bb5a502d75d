"""The SMTP service of SES as a server in a VPC meets it: over TLS, with the derived password, where there is a way."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox.core.settings import PROJECT
from sandbox.hosts import image
from sandbox.services.ses.names import server_name

sys.path.insert(0, str(PROJECT / "collections"))
from ansible_collections.railyard.aws.plugins.module_utils._ses.smtp_password import derive

DOMAIN = "it.test"
SENDER = f"noreply@{DOMAIN}"
BUCKET = "it-mail"

#: A mail client. Name and password come on its standard input, so that no command line holds them.
CLIENT = """
import json, smtplib, ssl, sys
o = json.load(sys.stdin)
tls = ssl.create_default_context(cafile="/ca.pem")
at = {"host": o["host"], "port": o["port"], "timeout": 4}
try:
    with smtplib.SMTP_SSL(context=tls, **at) if o["port"] == 465 else smtplib.SMTP(**at) as post:
        if o["port"] == 587:
            post.starttls(context=tls)
        post.login(o["username"], o["password"])
        post.sendmail(o["sender"], [o["to"]], "From: %(sender)s\\r\\nSubject: %(subject)s\\r\\n\\r\\nhello\\r\\n" % o)
        print("sent with", post.sock.version())
except (OSError, smtplib.SMTPException) as error:
    print(type(error).__name__, error)
"""


@dataclass
class World:
    sandbox: object
    servers: object
    username: str = ""
    password: str = field(default="", repr=False)

    def send(self, host: str = "web", port: int = 465, **how: str) -> str:
        """What becomes of a mail that is sent from a host's network, in the words of Python."""
        settings = self.sandbox.settings
        letter = {
            "host": server_name(settings.region),
            "port": port,
            "username": self.username,
            "password": self.password,
            "sender": SENDER,
            "to": "ada@example.com",
            "subject": f"from {host} by {port}",
            **how,
        }
        command = f"exec python3 -c '{CLIENT}'"
        return self.servers.run(host, image.ensure(settings), command, stdin=json.dumps(letter))

    def mail(self, *words: str) -> str:
        done = self.sandbox.command("mail", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sent(self) -> list[dict]:
        return json.loads(self.mail("list", "--json"))


@pytest.fixture(scope="module")
def world(sandbox, servers):
    made = World(sandbox, servers)
    statement = {
        "Effect": "Allow",
        "Action": "ses:SendRawEmail",
        "Resource": f"arn:aws:ses:{sandbox.settings.region}:123456789012:identity/{DOMAIN}",
    }
    iam = sandbox.client("iam")
    iam.create_user(UserName="smtp")
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_user_policy(UserName="smtp", PolicyName="mail", PolicyDocument=document)
    key = iam.create_access_key(UserName="smtp")["AccessKey"]
    made.username, made.password = key["AccessKeyId"], derive(key["SecretAccessKey"], sandbox.settings.region)
    # A server has a network a moment after it is launched.
    networks = [Path("/run/netns") / sandbox.settings.netns(host) for host in servers.hosts.values()]
    sandbox.until(lambda: all(network.exists() for network in networks))
    return made


@pytest.fixture(scope="module")
def way(servers):
    """A way out by NAT for the servers' subnet."""
    ec2 = servers.ec2
    vpc = ec2.describe_subnets(SubnetIds=servers.subnets)["Subnets"][0]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    inside, outside = servers.subnets
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=outside, AllocationId=address)["NatGateway"]["NatGatewayId"]
    for subnet, target in ((outside, {"GatewayId": gateway}), (inside, {"NatGatewayId": nat})):
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)


@pytest.fixture(scope="module")
def domain(sandbox):
    """A verified domain whose mail SES receives."""
    region = sandbox.settings.region
    tokens = sandbox.client("ses").verify_domain_dkim(Domain=DOMAIN)["DkimTokens"]
    dns = sandbox.client("route53")
    records = [(f"{token}._domainkey.{DOMAIN}", "CNAME", f"{token}.dkim.amazonses.com") for token in tokens]
    records.append((DOMAIN, "MX", f"10 inbound-smtp.{region}.amazonaws.com"))
    dns.change_resource_record_sets(
        HostedZoneId=dns.create_hosted_zone(Name=DOMAIN, CallerReference="1")["HostedZone"]["Id"],
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {"Name": n, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]},
                }
                for n, kind, value in records
            ]
        },
    )


# Stands first: the next test makes the way.
def test_without_a_way_out_nobody_reaches_it(world):
    # A name is known a moment after its VPC.
    world.sandbox.until(lambda: not world.send().startswith("gaierror"))
    answer = world.send()
    assert answer.startswith("OSError") and "unreachable" in answer, answer
    assert world.sent() == []


def test_mail_sent_over_tls_on_both_ports_arrives_and_is_read(world, way, domain):
    world.sandbox.until(lambda: "unreachable" not in world.send(password="B" * 44))
    for port in (465, 587):
        assert world.send(port=port) == "sent with TLSv1.3"
    entries = world.sent()
    assert [entry["subject"] for entry in entries] == ["from web by 465", "from web by 587"]
    assert {(entry["sender"], entry["user"], *entry["recipients"]) for entry in entries} == {
        (SENDER, "smtp", "ada@example.com")
    }
    assert "hello" in world.mail("show", "2")
    assert "from web by 587" in world.mail("list")


def test_wrong_password_is_refused(world, way):
    for port in (465, 587):
        assert world.send(port=port, password="B" * 44).startswith("SMTPAuthenticationError (535")


def test_security_group_that_lets_nothing_out_is_heeded(world, way):
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    group = world.servers.groups["other"]
    world.servers.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
    world.sandbox.until(lambda: world.send("other", password="B" * 44).startswith("TimeoutError"))
    assert world.send("web", password="B" * 44).startswith("SMTPAuthenticationError")


def test_received_mail_is_stored_in_the_bucket(world, domain, tmp_path):
    s3, ses = world.sandbox.client("s3"), world.sandbox.client("ses")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": world.sandbox.settings.region})
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "ses.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/mail/*",
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": allow}))
    ses.create_receipt_rule_set(RuleSetName="it")
    store = {"S3Action": {"BucketName": BUCKET, "ObjectKeyPrefix": "mail/"}}
    rule = {"Name": "store", "Enabled": True, "Recipients": [DOMAIN], "Actions": [store]}
    ses.create_receipt_rule(RuleSetName="it", Rule=rule)
    ses.set_active_receipt_rule_set(RuleSetName="it")
    letter = tmp_path / "letter.eml"
    letter.write_bytes(b"From: ada@example.com\r\nSubject: question\r\n\r\nhow?\r\n")
    said = world.mail("receive", str(letter), "--from", "ada@example.com", "--to", f"help@{DOMAIN}")
    kept = s3.list_objects_v2(Bucket=BUCKET, Prefix="mail/")["Contents"]
    # As on AWS, SES tried the bucket when it was told of it.
    (stored,) = [one for one in kept if not one["Key"].endswith("AMAZON_SES_SETUP_NOTIFICATION")]
    assert f"stored as s3://{BUCKET}/{stored['Key']}" in said
    assert s3.get_object(Bucket=BUCKET, Key=stored["Key"])["Body"].read() == letter.read_bytes()

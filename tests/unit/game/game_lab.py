"""What a game needs of a stack, and how each thing is put right by hand."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.game.place import Names, Place

TAGS = [{"Key": "Stack", "Value": "railyard"}]
UPLOADS = "arn:aws:s3:::railyard-uploads-123456789012-ap-northeast-1"
ROLE = "railyard-ap-northeast-1-web"
SITE = "server {\n    listen 3000 default_server;\n    listen [::]:3000 default_server;\n}\n"
SECRET = "never-to-be-shown-7f3a"
ENVIRONMENT = f"RAILS_ENV=production\nDATABASE_URL=mysql2://app:{SECRET}@db.home:3306/app?sslmode=verify\n"


def default_names(state_dir: str) -> Names:
    """Those of the default settings."""
    return Names(
        stack="railyard",
        region="ap-northeast-1",
        state_dir=state_dir,
        domain="example.com",
        private_zone="home",
        jump_security_group_name="railyard-jump",
        web_security_group_name="railyard-web",
        database_security_group_name="railyard-database",
        cache_security_group_name="railyard-cache",
        target_group_name="railyard-web",
        web_role_name=ROLE,
    )


class Host:
    """Runs scripts as web02 would, on copies of its files; nginx and systemd only note that they were asked."""

    def __init__(self, root: Path) -> None:
        self.root = root / "web02"
        self.files = {"/etc/nginx/conf.d/rails.conf": SITE, "/etc/railyard/app.env": ENVIRONMENT}
        for path in self.files:
            (self.root / path.lstrip("/")).parent.mkdir(parents=True)
        self.restore()
        programs = self.root / "bin"
        programs.mkdir()
        for name in ("nginx", "systemctl"):
            (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {self.root}/asked\n')
            (programs / name).chmod(0o755)

    def restore(self) -> None:
        """Write the files as the roles do."""
        for path, text in self.files.items():
            (self.root / path.lstrip("/")).write_text(text)

    def text(self, path: str) -> str:
        """A file's text."""
        return (self.root / path.lstrip("/")).read_text()

    def asked(self) -> list[str]:
        """What nginx and systemd were asked."""
        return (self.root / "asked").read_text().splitlines()

    def on(self, name: str, script: str) -> str:
        """Stands in for `Place.on`."""
        assert name == "web02"
        return subprocess.run(
            ["sh", "-ec", script.replace("/etc/", f"{self.root}/etc/")],
            env={"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout


def _network(ec2: Any) -> tuple[str, list[str]]:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=TAGS)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"ap-northeast-1{zone}")[
            "Subnet"
        ]
        for number, zone in ((0, "a"), (1, "c"))
    ]
    for number in range(3):
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.create_tags(Resources=[table], Tags=TAGS)
        if number == 0:
            way = {"GatewayId": gateway}
        else:
            address = ec2.allocate_address(Domain="vpc")["AllocationId"]
            nat = ec2.create_nat_gateway(SubnetId=subnets[number - 1]["SubnetId"], AllocationId=address)
            way = {"NatGatewayId": nat["NatGateway"]["NatGatewayId"]}
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **way)
    return vpc, [one["SubnetId"] for one in subnets]


def _groups(ec2: Any, vpc: str) -> None:
    groups = {}
    for name in ("jump", "web", "database", "cache"):
        group = ec2.create_security_group(GroupName=f"railyard-{name}", Description=name, VpcId=vpc)["GroupId"]
        ec2.create_tags(Resources=[group], Tags=TAGS)
        groups[name] = group
    own = {"IpRanges": [{"CidrIp": "198.51.100.1/32", "Description": "controller"}]}
    web = {"UserIdGroupPairs": [{"GroupId": groups["web"]}]}
    for name, port, who in (("jump", 22, own), ("database", 3306, web), ("cache", 6379, web)):
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **who}
        ec2.authorize_security_group_ingress(GroupId=groups[name], IpPermissions=[rule])


def _names(route53: Any, vpc: str) -> None:
    place = {"VPCRegion": "ap-northeast-1", "VPCId": vpc}
    private = route53.create_hosted_zone(
        Name="home.", CallerReference="1", VPC=place, HostedZoneConfig={"PrivateZone": True, "Comment": ""}
    )["HostedZone"]["Id"]
    public = route53.create_hosted_zone(Name="example.com.", CallerReference="2")["HostedZone"]["Id"]
    led = {f"{name}.home.": f"{name}.example.amazonaws.com" for name in ("cache", "db")}
    signed = {f"{key}._domainkey.example.com.": f"{key}.dkim.amazonses.com" for key in ("aaa", "bbb", "ccc")}
    for zone, records in ((private, led), (public, signed)):
        for name, value in records.items():
            record = {"Name": name, "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": value}]}
            batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
            route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def build(client: Callable[[str], Any]) -> None:
    """Make the stack."""
    vpc, _subnets = _network(client("ec2"))
    _groups(client("ec2"), vpc)
    _names(client("route53"), vpc)
    client("elbv2").create_target_group(
        Name="railyard-web", Protocol="HTTP", Port=3000, VpcId=vpc, HealthCheckPath="/health"
    )
    iam = client("iam")
    iam.create_role(RoleName=ROLE, Path="/railyard/railyard/", AssumeRolePolicyDocument="{}")
    statements = [
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [UPLOADS]},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"{UPLOADS}/*"},
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{UPLOADS}-other/schedules/*"},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName=ROLE, PolicyName="web", PolicyDocument=document)
    client("cloudwatch").put_metric_alarm(
        AlarmName="railyard/balancer/unhealthy",
        MetricName="UnHealthyHostCount",
        Namespace="AWS/ApplicationELB",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=2,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=["arn:aws:sns:ap-northeast-1:123456789012:railyard-alarms"],
    )


def _group(place: Place, name: str) -> dict[str, Any]:
    filters = [{"Name": "group-name", "Values": [f"railyard-{name}"]}]
    return place.client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"][0]


def _rule(place: Place, name: str, port: int, **who: Any) -> None:
    ec2, group = place.client("ec2"), _group(place, name)
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **who}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])


def _route(place: Place) -> None:
    ec2 = place.client("ec2")
    tables = ec2.describe_route_tables(Filters=[{"Name": "tag:Stack", "Values": ["railyard"]}])["RouteTables"]
    used = {route.get("NatGatewayId") for table in tables for route in table["Routes"]}
    (gateway,) = [
        one["NatGatewayId"] for one in ec2.describe_nat_gateways()["NatGateways"] if one["NatGatewayId"] not in used
    ]
    (table,) = [one["RouteTableId"] for one in tables if len(one["Routes"]) == 1]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway)


def _record(place: Place, zone: str, name: str, value: str) -> None:
    route53 = place.client("route53")
    (found,) = [one["Id"] for one in route53.list_hosted_zones()["HostedZones"] if one["Name"] == zone]
    record = {"Name": name, "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": value}]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=found, ChangeBatch=batch)


def _path(place: Place) -> None:
    (group,) = place.client("elbv2").describe_target_groups(Names=["railyard-web"])["TargetGroups"]
    place.client("elbv2").modify_target_group(TargetGroupArn=group["TargetGroupArn"], HealthCheckPath="/health")


def _policy(place: Place) -> None:
    iam = place.client("iam")
    policy = iam.get_role_policy(RoleName=ROLE, PolicyName="web")["PolicyDocument"]
    policy["Statement"][1]["Resource"] = f"{UPLOADS}/*"
    iam.put_role_policy(RoleName=ROLE, PolicyName="web", PolicyDocument=json.dumps(policy))


def _keys(place: Place) -> None:
    for key in ("aaa", "bbb", "ccc"):
        _record(place, "example.com.", f"{key}._domainkey.example.com.", f"{key}.dkim.amazonses.com")


def _web(place: Place) -> dict[str, Any]:
    return {"UserIdGroupPairs": [{"GroupId": _group(place, "web")["GroupId"]}]}


#: How a person mends each thing of the API by hand, with no run of Ansible.
MENDED: dict[str, Callable[[Place], Any]] = {
    "chapter-4": _route,
    "chapter-5": lambda place: _rule(place, "jump", 22, IpRanges=[{"CidrIp": "198.51.100.1/32"}]),
    "chapter-7": _path,
    "chapter-8": lambda place: _rule(place, "database", 3306, **_web(place)),
    "chapter-9": _policy,
    "chapter-10": lambda place: _record(place, "home.", "cache.home.", "cache.example.amazonaws.com"),
    "chapter-11": _keys,
    "chapter-12": lambda place: _rule(place, "cache", 6379, **_web(place)),
    "chapter-14": lambda place: place.client("cloudwatch").enable_alarm_actions(
        AlarmNames=["railyard/balancer/unhealthy"]
    ),
}

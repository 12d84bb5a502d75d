"""Answers of the API → picture, as tables; and one reading of a whole account."""

from __future__ import annotations

import base64

import pytest

from sandbox.services.ec2 import debian_images
from sandbox.services.ec2 import parsers as ec2
from sandbox.services.ec2 import reader as ec2_reader
from sandbox.services.ec2.picture import AclEntry, Route, Rule
from sandbox.services.elbv2 import parsers as elbv2
from sandbox.services.elbv2.picture import Target
from sandbox.services.reader import Reader

LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
TO_LOCAL = Route("10.0.0.0/16", "local", "local")
ARN = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/app/site/0123456789abcdef"


def default_route(**target) -> dict:
    return {"DestinationCidrBlock": "0.0.0.0/0", "State": "active", **target}


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (default_route(GatewayId="igw-1"), Route("0.0.0.0/0", "internet_gateway", "igw-1")),
        (default_route(NatGatewayId="nat-1"), Route("0.0.0.0/0", "nat_gateway", "nat-1")),
        (default_route(NatGatewayId="nat-gone"), Route("0.0.0.0/0", "blackhole", "nat-gone")),
        ({**default_route(GatewayId="igw-1"), "State": "blackhole"}, Route("0.0.0.0/0", "blackhole", "igw-1")),
        (default_route(TransitGatewayId="tgw-1"), Route("0.0.0.0/0", "blackhole", "")),
    ],
)
def test_routes(route, expected):
    assert ec2.routes_of({"Routes": [LOCAL, route]}, frozenset({"nat-gone"})) == (TO_LOCAL, expected)


def test_routes_leave_out_ipv6():
    routes = [LOCAL, {"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1"}]
    assert ec2.routes_of({"Routes": routes}, frozenset()) == (TO_LOCAL,)


MAIN = {"VpcId": "vpc-1", "Associations": [{"Main": True}], "Routes": [LOCAL]}
OTHER_MAIN = {"VpcId": "vpc-2", "Associations": [{"Main": True}], "Routes": []}
OWN = {"VpcId": "vpc-1", "Associations": [{"Main": False, "SubnetId": "subnet-1"}], "Routes": []}


@pytest.mark.parametrize(
    ("subnet", "tables", "expected"),
    [
        ("subnet-1", [MAIN, OWN], OWN),
        ("subnet-1", [OWN, MAIN], OWN),
        ("subnet-2", [OTHER_MAIN, OWN, MAIN], MAIN),
        ("subnet-2", [OTHER_MAIN], {"Routes": []}),
    ],
)
def test_table_in_effect(subnet, tables, expected):
    assert ec2.table_of(subnet, "vpc-1", tables) == expected


def entry(number, egress=False, **more) -> dict:
    return {"RuleNumber": number, "Egress": egress, "RuleAction": "allow", "Protocol": "-1", **more}


def test_acl_in_effect_is_sorted_and_ipv4_only():
    acl = {
        "VpcId": "vpc-1",
        "IsDefault": False,
        "Associations": [{"SubnetId": "subnet-1"}],
        "Entries": [
            entry(200, CidrBlock="10.0.0.0/8", Protocol="6", PortRange={"From": 22, "To": 22}),
            entry(100, egress=True, CidrBlock="0.0.0.0/0"),
            entry(101, Ipv6CidrBlock="::/0"),
            entry(100, CidrBlock="0.0.0.0/0", RuleAction="deny"),
        ],
    }
    default = {"VpcId": "vpc-1", "IsDefault": True, "Associations": [], "Entries": []}
    assert ec2.acl_of("subnet-1", "vpc-1", [default, acl]) == (
        AclEntry(100, False, False, "-1", "0.0.0.0/0", None, None),
        AclEntry(200, False, True, "6", "10.0.0.0/8", 22, 22),
        AclEntry(100, True, True, "-1", "0.0.0.0/0", None, None),
    )
    assert ec2.acl_of("subnet-2", "vpc-1", [default, acl]) == ()


@pytest.mark.parametrize(
    ("permission", "expected"),
    [
        (
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "198.51.100.1/32"}]},
            Rule("tcp", 22, 22, cidrs=("198.51.100.1/32",)),
        ),
        (
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": "sg-jump"}]},
            Rule("tcp", 22, 22, group_ids=("sg-jump",)),
        ),
        ({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, Rule("-1", None, None, cidrs=("0.0.0.0/0",))),
        ({"IpProtocol": "-1", "IpRanges": [], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}, None),
    ],
)
def test_rules(permission, expected):
    assert ec2.rule_of(permission) == expected


def vpc_answers(**more) -> dict:
    empty = ("subnets", "route_tables", "network_acls", "security_groups", "nat_gateways", "internet_gateways")
    return {**dict.fromkeys((*empty, "vpc_endpoints"), []), "vpcs": [], **more}


@pytest.mark.parametrize(("used", "expected"), [(frozenset(), ()), (frozenset({"vpc-0"}), ("vpc-0",))])
def test_default_vpc_counts_only_when_used(used, expected):
    vpcs = [{"VpcId": "vpc-0", "CidrBlock": "172.31.0.0/16", "IsDefault": True}]
    assert tuple(vpc.id for vpc in ec2.vpcs_of(vpc_answers(vpcs=vpcs), used)) == expected


def test_deleted_nat_gateway_is_gone_and_its_route_a_blackhole():
    table = {**MAIN, "Routes": [LOCAL, default_route(NatGatewayId="nat-1")]}
    gateway = {"NatGatewayId": "nat-1", "SubnetId": "subnet-1", "VpcId": "vpc-1"}
    subnet = {"SubnetId": "subnet-1", "CidrBlock": "10.0.0.0/20", "VpcId": "vpc-1", "AvailabilityZone": "a"}
    seen = {}
    for state in ("available", "deleted"):
        (vpc,) = ec2.vpcs_of(
            vpc_answers(
                vpcs=[{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
                subnets=[subnet],
                route_tables=[table],
                nat_gateways=[{**gateway, "State": state}],
            ),
            frozenset(),
        )
        seen[state] = (len(vpc.nat_gateways), vpc.subnets[0].routes[1].target_kind)
    assert seen == {"available": (1, "nat_gateway"), "deleted": (0, "blackhole")}


def test_a_route_to_an_interface_leads_on_where_an_instance_may_carry_others_packets():
    table = {**MAIN, "Routes": [LOCAL, default_route(NetworkInterfaceId="eni-1")]}
    interface = {
        "NetworkInterfaceId": "eni-1",
        "SubnetId": "subnet-1",
        "VpcId": "vpc-1",
        "PrivateIpAddress": "10.0.0.7",
        "SourceDestCheck": False,
        "Attachment": {"InstanceId": "i-nat1"},
        "Association": {"PublicIp": "127.1.0.7"},
    }
    subnet = {"SubnetId": "subnet-1", "CidrBlock": "10.0.0.0/20", "VpcId": "vpc-1", "AvailabilityZone": "a"}
    seen = []
    for change in ({}, {"SourceDestCheck": True}, {"Attachment": None}):
        (vpc,) = ec2.vpcs_of(
            vpc_answers(
                vpcs=[{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
                subnets=[subnet],
                route_tables=[table],
                interfaces=[{**interface, **change}],
            ),
            frozenset(),
        )
        seen.append(([one.instance_id for one in vpc.routers], vpc.subnets[0].routes[1].target_kind))
    assert seen == [(["i-nat1"], "instance"), ([], "blackhole"), ([], "blackhole")]


def test_gateway_endpoint_counts_for_the_tables_it_is_on():
    endpoint = {"ServiceName": "com.amazonaws.ap-northeast-1.s3", "RouteTableIds": ["rtb-1"], "State": "available"}
    tables = ({"RouteTableId": "rtb-1"}, {"RouteTableId": "rtb-2"}, {})
    assert [ec2.gateway_services_of(table, [endpoint]) for table in tables] == [("s3",), (), ()]
    assert ec2.gateway_services_of(tables[0], [{**endpoint, "State": "pending"}]) == ()


INSTANCE = {
    "InstanceId": "i-1",
    "VpcId": "vpc-1",
    "SubnetId": "subnet-1",
    "State": {"Name": "running"},
    "PrivateIpAddress": "10.0.0.4",
    "SecurityGroups": [],
    "NetworkInterfaces": [{"MacAddress": "02:00:00:00:00:01"}],
    "ImageId": "ami-1",
    "InstanceType": "t3.micro",
    "Placement": {"AvailabilityZone": "ap-northeast-1a"},
    "KeyName": "deploy",
    "Tags": [{"Key": "Name", "Value": "jump"}],
}


def test_instance_takes_groups_from_its_interface():
    interface = {"Groups": [{"GroupId": "sg-2"}, {"GroupId": "sg-1"}], "MacAddress": "02:00:00:00:00:09"}
    user_data = base64.b64encode(b"#!/bin/sh\n").decode()
    instance = ec2.instance_of(INSTANCE, interface, {"deploy": "ssh-ed25519 AAAA"}, user_data)
    assert instance.group_ids == ("sg-1", "sg-2")
    assert (instance.mac, instance.public_ip) == ("02:00:00:00:00:09", None)
    assert (instance.public_key, instance.user_data) == ("ssh-ed25519 AAAA", "#!/bin/sh\n")
    assert instance.tags == (("Name", "jump"),)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (True, False, 1, False)),
        (
            {"HttpTokens": "required", "HttpPutResponseHopLimit": 2, "InstanceMetadataTags": "enabled"},
            (True, True, 2, True),
        ),
        ({"HttpEndpoint": "disabled"}, (False, False, 1, False)),
    ],
)
def test_metadata_options(options, expected):
    found = ec2.instance_of({**INSTANCE, "MetadataOptions": options}, None, {}, None).metadata
    assert (found.enabled, found.tokens_required, found.hop_limit, found.tags) == expected


TRIXIE = next(image for image in debian_images.OFFERED if image.codename == "trixie")


@pytest.mark.parametrize(
    ("image_id", "release", "user"),
    [
        ("ami-0928ce12d011a1037", None, "ec2-user"),
        (TRIXIE.id("ap-northeast-1"), "trixie", "admin"),
        (TRIXIE.id("eu-west-1"), None, "ec2-user"),
    ],
)
def test_instance_of_debians_own_image_boots_its_release_and_others_this_machines(image_id, release, user):
    system = ec2.instance_of({**INSTANCE, "ImageId": image_id}, None, {}, None).system
    assert (system.release, system.user) == (release, user)


def test_rules_of_a_listener_come_in_the_order_of_judgement():
    rules = [
        {"Priority": "default", "Actions": [{"Type": "forward", "TargetGroupArn": "arn:aws:g/1"}]},
        {"Priority": "20", "Conditions": [{"Field": "path-pattern", "Values": ["/b"]}], "Actions": []},
        {
            "Priority": "3",
            "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": ["x.example"]}}],
            "Actions": [],
        },
    ]
    listener = elbv2.listener_of({"ListenerArn": "l", "Protocol": "HTTP", "Port": 80}, rules)
    assert [rule.priority for rule in listener.rules] == ["3", "20", "default"]
    assert listener.rules[0].conditions == (("host-header", ("x.example",)),)


def test_addresses_of_a_balancer_are_its_own_interfaces():
    interfaces = [
        {"Description": "ELB app/site/0123456789abcdef", "SubnetId": subnet, "PrivateIpAddress": address}
        for subnet, address in (("subnet-2", "10.0.16.5"), ("subnet-1", "10.0.0.5"))
    ]
    other = {"Description": "ELB app/other/1", "SubnetId": "subnet-1", "PrivateIpAddress": "10.0.0.6"}
    expected = (("subnet-1", "10.0.0.5"), ("subnet-2", "10.0.16.5"))
    assert elbv2.addresses_of(ARN, [*interfaces, other]) == expected


def test_draining_target_is_not_registered():
    group = {"TargetGroupArn": "arn:aws:t/1", "TargetGroupName": "web", "Protocol": "HTTP", "Port": 3000}
    health = [
        {"Target": {"Id": "i-1", "Port": 3000}, "TargetHealth": {"State": "unhealthy"}},
        {"Target": {"Id": "i-2", "Port": 3000}, "TargetHealth": {"State": "draining"}},
    ]
    found = elbv2.target_group_of(group, health, [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}])
    assert found.targets == (Target("i-1", 3000),)
    assert found.attributes == (("a", "1"), ("b", "2"))


def test_reads_a_whole_account(api):
    ec2, elb, route53 = (api.client(service) for service in ("ec2", "elbv2", "route53"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for cidr, zone in (("10.0.0.0/20", "ap-northeast-1a"), ("10.0.16.0/20", "ap-northeast-1c"))
    ]
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    image = api.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    launch = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, "SubnetId": subnets[0]}
    kept, gone = (
        ec2.run_instances(**launch, SecurityGroupIds=[group], UserData="hello")["Instances"][0]["InstanceId"]
        for _unused in range(2)
    )
    ec2.terminate_instances(InstanceIds=[gone])
    balancer = elb.create_load_balancer(Name="site", Subnets=subnets, SecurityGroups=[group])["LoadBalancers"][0]
    target_group = elb.create_target_group(Name="web", Protocol="HTTP", Port=3000, VpcId=vpc)["TargetGroups"][0]
    arn = target_group["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": kept}])
    forward = [{"Type": "forward", "TargetGroupArn": arn}]
    elb.create_listener(LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=forward)
    zone = {"VPCRegion": "ap-northeast-1", "VPCId": vpc}
    route53.create_hosted_zone(
        Name="home", CallerReference="1", VPC=zone, HostedZoneConfig={"PrivateZone": True, "Comment": ""}
    )

    picture = Reader(api.settings).read()

    assert [(found.id, found.cidr) for found in picture.vpcs] == [(vpc, "10.0.0.0/16")]
    assert {subnet.id for subnet in picture.vpcs[0].subnets} == set(subnets)
    assert [(found.id, found.group_ids, found.user_data) for found in picture.instances] == [(kept, (group,), "hello")]
    (found,) = picture.load_balancers
    assert {subnet for subnet, _unused in found.addresses} == set(subnets)
    assert found.public_ip == balancer["DNSName"]
    assert [(listener.port, len(listener.rules)) for listener in found.listeners] == [(80, 1)]
    assert [(found.name, found.targets) for found in picture.target_groups] == [("web", (Target(kept, 3000),))]
    assert [(found.name, found.vpc_ids) for found in picture.private_zones] == [("home.", (vpc,))]

    assert picture.vpcs[0].dns_support
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})
    assert not Reader(api.settings).read().vpcs[0].dns_support


def test_odd_values_cost_their_own_resource_and_are_named(api):
    """What the emulator takes and AWS would not: the rest of the account is read as it is."""
    ec2, elb = api.client("ec2"), api.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")
    acls = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]
    entry = {"NetworkAclId": acls[0]["NetworkAclId"], "Egress": False, "Protocol": "6"}
    include = 'include "/etc/shadow"'
    ec2.create_network_acl_entry(**entry, RuleNumber=7, RuleAction="allow", CidrBlock=include)
    denied = {**entry, "Protocol": include, "CidrBlock": "192.0.2.4/32"}
    ec2.create_network_acl_entry(**denied, RuleNumber=9, RuleAction="deny")
    group = elb.create_target_group(Name="odd", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]
    reader = Reader(api.settings)
    before = next(each for each in reader.read().target_groups if each.name == "odd")
    elb.modify_target_group(
        TargetGroupArn=group["TargetGroupArn"], Matcher={"HttpCode": "200\nprogram evil\n    command id"}
    )

    picture = reader.read()

    (found,) = (each for each in picture.vpcs if each.id == vpc)
    # What allows nobody knows whom is gone; what denies nobody knows whom denies everybody.
    assert [(each.number, each.allow, each.protocol, each.cidr) for each in found.subnets[0].acl[:2]] == [
        (9, False, "-1", "0.0.0.0/0"),
        (100, True, "-1", "0.0.0.0/0"),
    ]
    assert next(each for each in picture.target_groups if each.name == "odd") == before
    assert len(picture.odd) == 3 and sum("include" in line for line in picture.odd) == 2
    assert any("HealthCheck.codes" in line and line.endswith("it stays as it was") for line in picture.odd)
    assert all("\n" not in line for line in picture.odd)


class Launching:
    """An account in which an instance is launched before the n-th list is asked for."""

    def __init__(self, moment: int) -> None:
        self.moment = moment

    def all(self, service: str, operation: str, key: str) -> list[dict]:
        self.moment -= 1
        there = {"Reservations": [{"Instances": [{"InstanceId": "i-1"}]}], "NetworkInterfaces": [{"Id": "eni-1"}]}
        return there.get(key, []) if self.moment < 0 else []


@pytest.mark.parametrize("moment", range(12))
def test_an_instance_that_is_launched_during_a_look_is_not_seen_without_its_interface(moment):
    found = ec2_reader.answers(Launching(moment))
    assert found["interfaces"] or not found["reservations"]

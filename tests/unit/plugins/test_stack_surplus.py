"""Two of one kind and name: the one in use stays, the empty one goes, and what is in doubt is a person's to decide."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.modules import stack_info, stack_surplus

OWN = {"Stack": "t", "ManagedBy": "railyard.aws", "Role": "vpc", "Name": "t"}
CIDR = "10.0.0.0/16"


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tagged(kind: str, tags: dict[str, str] | None = None) -> list[dict]:
    return [{"ResourceType": kind, "Tags": tag_list(OWN if tags is None else tags)}]


@pytest.fixture
def ec2(aws):
    return boto3.client("ec2")


@pytest.fixture
def vpc(ec2):
    return make_vpc(ec2)


def make_vpc(ec2, tags: dict[str, str] | None = None) -> str:
    return ec2.create_vpc(CidrBlock=CIDR, TagSpecifications=tagged("vpc", tags))["Vpc"]["VpcId"]


def two_vpcs(ec2, vpc):
    kept, surplus = vpc, make_vpc(ec2)
    ec2.create_subnet(VpcId=kept, CidrBlock="10.0.0.0/24")
    return kept, surplus


def two_gateways(ec2, vpc):
    surplus, kept = (
        ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway"))["InternetGateway"][
            "InternetGatewayId"
        ]
        for _number in range(2)
    )
    ec2.attach_internet_gateway(InternetGatewayId=kept, VpcId=vpc)
    return kept, surplus


def two_addresses(ec2, vpc):
    surplus, kept = (
        ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))["AllocationId"]
        for _number in range(2)
    )
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    ec2.associate_address(AllocationId=kept, NetworkInterfaceId=interface)
    return kept, surplus


def two_tables(ec2, vpc):
    surplus, kept = (
        ec2.create_route_table(VpcId=vpc, TagSpecifications=tagged("route-table"))["RouteTable"]["RouteTableId"]
        for _number in range(2)
    )
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    ec2.associate_route_table(RouteTableId=kept, SubnetId=subnet)
    return kept, surplus


def two_acls(ec2, vpc):
    surplus, kept = (
        ec2.create_network_acl(VpcId=vpc, TagSpecifications=tagged("network-acl"))["NetworkAcl"]["NetworkAclId"]
        for _number in range(2)
    )
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    acls = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])["NetworkAcls"]
    old = next(one for one in acls[0]["Associations"] if one["SubnetId"] == subnet)["NetworkAclAssociationId"]
    ec2.replace_network_acl_association(AssociationId=old, NetworkAclId=kept)
    return kept, surplus


def two_nat_gateways(ec2, vpc):
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    surplus, kept = (
        ec2.create_nat_gateway(
            SubnetId=subnet,
            AllocationId=ec2.allocate_address(Domain="vpc")["AllocationId"],
            TagSpecifications=tagged("natgateway"),
        )["NatGateway"]["NatGatewayId"]
        for _number in range(2)
    )
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=kept)
    return kept, surplus


def two_endpoints(ec2, vpc):
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    made = [
        ec2.create_vpc_endpoint(
            VpcId=vpc,
            ServiceName="com.amazonaws.ap-northeast-1.s3",
            VpcEndpointType="Gateway",
            RouteTableIds=tables,
            TagSpecifications=tagged("vpc-endpoint"),
        )["VpcEndpoint"]["VpcEndpointId"]
        for tables in ([], [table])
    ]
    return made[1], made[0]


def two_zones(_ec2, _vpc):
    route53 = boto3.client("route53")
    surplus, kept = (
        route53.create_hosted_zone(Name="t", CallerReference=str(number))["HostedZone"]["Id"].rsplit("/", 1)[-1]
        for number in range(2)
    )
    for zone in (surplus, kept):
        route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=tag_list(OWN))
    record = {"Name": "www.t", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    route53.change_resource_record_sets(
        HostedZoneId=kept, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    )
    return kept, surplus


TWINS = {
    "vpc": two_vpcs,
    "internet_gateways": two_gateways,
    "elastic_ips": two_addresses,
    "nat_gateways": two_nat_gateways,
    "route_tables": two_tables,
    "network_acls": two_acls,
    "vpc_endpoints": two_endpoints,
    "hosted_zones": two_zones,
}


def look(run_module, kind: str) -> dict:
    return run_module(stack_info, stack="t", kinds=[kind])


def test_every_kind_that_may_go_is_tried():
    assert set(TWINS) == {name for name, kind in KINDS.items() if kind.removal}
    # A person who has to decide is told how.
    assert all(KINDS[name].delete_command for name in TWINS)


def test_of_other_kinds_nothing_goes(aws, run_module):
    refused = run_module(stack_surplus, stack="t", kind="instances", id="i-1")
    assert refused["msg"].startswith("kind is 'instances', of which nothing is removed by itself. Kinds are: vpc, ")


@pytest.mark.parametrize("kind", TWINS)
def test_the_one_in_use_is_meant_and_the_other_goes(kind, ec2, vpc, run_module):
    kept, surplus = TWINS[kind](ec2, vpc)
    seen = look(run_module, kind)
    assert "msg" not in seen, seen["msg"]
    assert seen["stack"][kind]["t"]["id"] == kept
    assert [(one["kind"], one["id"], one["kept"]) for one in seen["surplus"]] == [(kind, surplus, kept)]

    arguments = {"stack": "t", "kind": kind, "id": surplus}
    planned = run_module(stack_surplus, check=True, **arguments)
    assert planned["changed"] is True
    assert "would be removed: made twice" in str(planned["warnings"])
    assert planned["name"] == f"t ({surplus})"
    assert look(run_module, kind)["surplus"] == seen["surplus"], "a plan removes nothing"

    removed = run_module(stack_surplus, **arguments)
    assert removed["changed"] is True
    assert surplus in str(removed["warnings"])
    after = look(run_module, kind)
    assert after["surplus"] == []
    assert after["stack"][kind]["t"]["id"] == kept
    assert run_module(stack_surplus, **arguments)["changed"] is False


@pytest.mark.parametrize("kind", TWINS)
def test_what_is_in_use_is_never_touched(kind, ec2, vpc, run_module):
    kept, _surplus = TWINS[kind](ec2, vpc)
    assert run_module(stack_surplus, stack="t", kind=kind, id=kept)["changed"] is False
    assert look(run_module, kind)["stack"][kind]["t"]["id"] == kept


def test_the_address_of_a_gateway_that_is_being_made_is_in_use(ec2, vpc, run_module):
    addresses = sorted(
        ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))["AllocationId"]
        for _number in range(2)
    )
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    ec2.create_nat_gateway(SubnetId=subnet, AllocationId=addresses[1])
    assert look(run_module, "elastic_ips")["surplus"][0]["id"] == addresses[0]


def test_of_two_empty_ones_everybody_takes_the_same(ec2, vpc, run_module):
    first, second = sorted([vpc, make_vpc(ec2)])
    seen = look(run_module, "vpc")
    assert (seen["stack"]["vpc"]["t"]["id"], seen["surplus"][0]["id"]) == (first, second)


def test_two_in_use_are_named_with_what_they_hold_and_the_command_for_each(ec2, vpc, run_module):
    other = make_vpc(ec2)
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")
    for cidr in ("10.0.0.0/24", "10.0.1.0/24"):
        ec2.create_subnet(VpcId=other, CidrBlock=cidr)
    seen = look(run_module, "vpc")
    assert seen["failed"] is True
    for part in (f"{vpc} (holds 1 subnet)", f"{other} (holds 2 subnets)", f"`aws ec2 delete-vpc --vpc-id {other}`"):
        assert part in seen["msg"]
    for one in (vpc, other):
        assert run_module(stack_surplus, stack="t", kind="vpc", id=one)["changed"] is False


@pytest.mark.parametrize("lacks", ["Stack", "ManagedBy"])
def test_what_lacks_the_stacks_tags_is_a_persons_to_decide(lacks, ec2, vpc, run_module):
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")
    theirs = make_vpc(ec2, {key: value for key, value in OWN.items() if key != lacks})
    seen = look(run_module, "vpc")
    assert f"{theirs} (holds nothing; it lacks the stack's tags)" in seen["msg"]
    assert run_module(stack_surplus, stack="t", kind="vpc", id=theirs)["changed"] is False


def test_a_private_and_a_public_zone_of_one_name_are_no_doubles(ec2, vpc, run_module):
    route53 = boto3.client("route53")
    private = {
        "VPC": {"VPCRegion": "ap-northeast-1", "VPCId": vpc},
        "HostedZoneConfig": {"Comment": "", "PrivateZone": True},
    }
    for number, place in enumerate(({}, private)):
        zone = route53.create_hosted_zone(Name="t", CallerReference=str(number), **place)["HostedZone"]["Id"]
        route53.change_tags_for_resource(
            ResourceType="hostedzone", ResourceId=zone.rsplit("/", 1)[-1], AddTags=tag_list(OWN)
        )
    seen = look(run_module, "hosted_zones")
    assert "Hosted zone 't' exists more than once" in seen["msg"]


def test_two_servers_of_one_name_are_told_apart(ec2, vpc, run_module):
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    image = ec2.register_image(Name="image", RootDeviceName="/dev/sda1")["ImageId"]
    servers = ec2.run_instances(
        ImageId=image, MinCount=2, MaxCount=2, SubnetId=subnet, TagSpecifications=tagged("instance")
    )["Instances"]
    seen = look(run_module, "instances")
    assert seen["failed"] is True
    for server in servers:
        assert f"{server['InstanceId']} (running, {vpc}, made 20" in seen["msg"]
        assert f"`aws ec2 terminate-instances --instance-ids {server['InstanceId']}`" in seen["msg"]

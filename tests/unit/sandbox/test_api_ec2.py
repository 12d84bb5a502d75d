"""EC2 where the emulator differs from AWS: each override, asked through boto3."""

from __future__ import annotations

import ipaddress
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

IMAGES = "/aws/service/ami-amazon-linux-latest/"
PUBLIC = ipaddress.ip_network("127.64.0.0/10")


@pytest.fixture(scope="module")
def ec2(api):
    return api.client("ec2")


@pytest.fixture(scope="module")
def image(api):
    return api.client("ssm").get_parameter(Name=IMAGES + "al2023-ami-kernel-default-x86_64")["Parameter"]["Value"]


@pytest.fixture
def net(ec2):
    """A VPC with a public subnet, an internet gateway, a route table and two groups."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zone = "ap-northeast-1a"
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/20", AvailabilityZone=zone)["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    jump, web = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("jump", "web")
    )
    return SimpleNamespace(vpc=vpc, subnet=subnet, gateway=gateway, table=table, jump=jump, web=web)


def launch(ec2, image, net, public=True, **more):
    interface = {"DeviceIndex": 0, "SubnetId": net.subnet, "Groups": [net.jump], "AssociatePublicIpAddress": public}
    answer = ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", NetworkInterfaces=[interface], **more
    )
    return answer["Instances"][0]["InstanceId"]


def look(ec2, instance_id):
    return ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]


def code_of(call, **arguments):
    """Error code with which the API refuses the call."""
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    return refusal.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    ("parameter", "tokens"), [("al2023-ami-kernel-default-x86_64", "v2.0"), ("amzn2-ami-hvm-x86_64-gp2", None)]
)
def test_public_parameter_names_an_image_with_a_root_volume(api, ec2, parameter, tokens):
    image_id = api.client("ssm").get_parameter(Name=IMAGES + parameter)["Parameter"]["Value"]
    image = ec2.describe_images(ImageIds=[image_id])["Images"][0]
    mapping = image["BlockDeviceMappings"][0]
    assert (image["RootDeviceName"], mapping["DeviceName"]) == ("/dev/xvda", "/dev/xvda")
    assert mapping["Ebs"]["VolumeSize"] == 8
    assert image["PlatformDetails"] == "Linux/UNIX"
    assert image.get("ImdsSupport") == tokens


@pytest.mark.parametrize(("release", "number"), [("12", "12"), ("bookworm", "12"), ("13", "13"), ("trixie", "13")])
def test_public_parameter_names_debians_own_image_of_each_release(api, ec2, release, number):
    name = f"/aws/service/debian/release/{release}/latest/amd64"
    parameter = api.client("ssm").get_parameter(Name=name)["Parameter"]
    image = ec2.describe_images(ImageIds=[parameter["Value"]])["Images"][0]
    assert parameter["DataType"] == "aws:ec2:image"
    assert image["Name"].startswith(f"debian-{number}-amd64-20")
    assert (image["OwnerId"], image["Architecture"], image["Public"]) == ("136693071363", "x86_64", True)
    assert "ImageOwnerAlias" not in image
    assert image["CreationDate"].startswith("2026-09-")
    assert (image["RootDeviceName"], image["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"]) == ("/dev/xvda", 8)


def test_debians_images_are_found_by_owner_and_name_and_started(ec2, net):
    found = ec2.describe_images(Owners=["136693071363"], Filters=[{"Name": "name", "Values": ["debian-13-amd64-20*"]}])[
        "Images"
    ]
    assert [image["Description"].split(" (")[0] for image in found] == ["Debian 13"]
    assert look(ec2, launch(ec2, found[0]["ImageId"], net))["ImageId"] == found[0]["ImageId"]


def test_parameter_of_a_release_that_is_not_offered_is_not_found(api):
    ask = api.client("ssm").get_parameter
    assert code_of(ask, Name="/aws/service/debian/release/10/latest/amd64") == "ParameterNotFound"


def test_automatic_address_is_on_loopback_and_changes_with_a_stop(ec2, image, net):
    instance = launch(ec2, image, net)
    first = look(ec2, instance)["PublicIpAddress"]
    assert ipaddress.ip_address(first) in PUBLIC
    ec2.start_instances(InstanceIds=[instance])
    assert look(ec2, instance)["PublicIpAddress"] == first, "starting what runs changes nothing"
    ec2.stop_instances(InstanceIds=[instance])
    assert "PublicIpAddress" not in look(ec2, instance)
    ec2.start_instances(InstanceIds=[instance])
    second = look(ec2, instance)["PublicIpAddress"]
    assert ipaddress.ip_address(second) in PUBLIC
    assert second != first


def test_elastic_address_outlives_a_stop_and_is_not_released_in_use(ec2, image, net):
    instance = launch(ec2, image, net)
    address = ec2.allocate_address(Domain="vpc")
    assert ipaddress.ip_address(address["PublicIp"]) in PUBLIC
    ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=instance)
    ec2.stop_instances(InstanceIds=[instance])
    ec2.start_instances(InstanceIds=[instance])
    assert look(ec2, instance)["PublicIpAddress"] == address["PublicIp"]
    assert code_of(ec2.release_address, AllocationId=address["AllocationId"]) == "InvalidIPAddress.InUse"
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.release_address(AllocationId=address["AllocationId"])
    assert address["PublicIp"] not in {found["PublicIp"] for found in ec2.describe_addresses()["Addresses"]}


def test_groups_of_instance_and_interface_are_one(ec2, image, net):
    instance = launch(ec2, image, net)

    def groups():
        found = look(ec2, instance)
        return [group["GroupId"] for group in found["SecurityGroups"]], [
            group["GroupId"] for group in found["NetworkInterfaces"][0]["Groups"]
        ]

    assert groups() == ([net.jump], [net.jump])
    ec2.modify_instance_attribute(InstanceId=instance, Groups=[net.web])
    assert groups() == ([net.web], [net.web])
    interface = look(ec2, instance)["NetworkInterfaces"][0]["NetworkInterfaceId"]
    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[net.jump])
    assert groups() == ([net.jump], [net.jump])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("required", 2, "disabled")),
        ({"HttpTokens": "optional", "HttpPutResponseHopLimit": 1}, ("optional", 1, "disabled")),
        ({"InstanceMetadataTags": "enabled"}, ("required", 2, "enabled")),
    ],
)
def test_metadata_options_at_launch(ec2, image, net, given, expected):
    options = look(ec2, launch(ec2, image, net, MetadataOptions=given))["MetadataOptions"]
    names = ("HttpTokens", "HttpPutResponseHopLimit", "InstanceMetadataTags")
    assert tuple(options[name] for name in names) == expected


def test_changing_one_metadata_option_keeps_the_others(ec2, image, net):
    given = {"HttpTokens": "required", "HttpPutResponseHopLimit": 3, "InstanceMetadataTags": "enabled"}
    instance = launch(ec2, image, net, MetadataOptions=given)
    ec2.modify_instance_metadata_options(InstanceId=instance, HttpTokens="optional")
    options = look(ec2, instance)["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("optional", 3)
    assert (options["InstanceMetadataTags"], options["HttpEndpoint"]) == ("enabled", "enabled")


def test_root_volume_is_completed_from_the_image(ec2, image, net):
    mapping = [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "VolumeType": "gp3"}}]
    instance = launch(ec2, image, net, BlockDeviceMappings=mapping)
    attached = look(ec2, instance)["BlockDeviceMappings"][0]
    volume = ec2.describe_volumes(VolumeIds=[attached["Ebs"]["VolumeId"]])["Volumes"][0]
    seen = tuple(volume[name] for name in ("VolumeType", "Size", "Iops", "Throughput", "Encrypted"))
    assert seen == ("gp3", 8, 3000, 125, True)
    assert attached["Ebs"]["DeleteOnTermination"] is True


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ImageId": "ami-00000000000000000"}, "InvalidAMIID.NotFound"),
        ({"InstanceType": "t9.huge"}, "InvalidInstanceType.NotFound"),
    ],
)
def test_launch_refuses_what_does_not_exist(ec2, image, net, change, code):
    arguments = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, "SubnetId": net.subnet}
    assert code_of(ec2.run_instances, **{**arguments, **change}) == code


def test_nat_gateway_has_tags_filters_and_an_address_of_its_subnet(ec2, net):
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    tags = [{"ResourceType": "natgateway", "Tags": [{"Key": "Name", "Value": net.vpc}]}]
    made = ec2.create_nat_gateway(SubnetId=net.subnet, AllocationId=address, TagSpecifications=tags)["NatGateway"]

    def named(name):
        found = ec2.describe_nat_gateways(Filters=[{"Name": "tag:Name", "Values": [name]}])["NatGateways"]
        return [gateway["NatGatewayId"] for gateway in found]

    assert named(net.vpc) == [made["NatGatewayId"]]
    assert named("another") == []
    filters = [{"Name": "resource-type", "Values": ["natgateway"]}, {"Name": "value", "Values": [net.vpc]}]
    assert [tag["ResourceId"] for tag in ec2.describe_tags(Filters=filters)["Tags"]] == [made["NatGatewayId"]]
    private = made["NatGatewayAddresses"][0]["PrivateIp"]
    assert ipaddress.ip_address(private) in ipaddress.ip_network("10.0.0.0/20")


def test_deletions_wait_for_what_uses_the_thing_and_leave_nothing(ec2, image, net):
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": net.jump}]}
    ec2.authorize_security_group_ingress(GroupId=net.web, IpPermissions=[permission])
    instance = launch(ec2, image, net)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=net.subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]

    refused = "DependencyViolation"
    assert code_of(ec2.delete_subnet, SubnetId=net.subnet) == refused
    assert code_of(ec2.delete_security_group, GroupId=net.jump) == refused
    detach = {"InternetGatewayId": net.gateway, "VpcId": net.vpc}
    assert code_of(ec2.detach_internet_gateway, **detach) == refused
    assert code_of(ec2.delete_route_table, RouteTableId=net.table) == refused
    assert code_of(ec2.delete_vpc, VpcId=net.vpc) == refused

    ec2.terminate_instances(InstanceIds=[instance])
    assert code_of(ec2.delete_security_group, GroupId=net.jump) == refused, "a rule of web still names it"
    ec2.delete_nat_gateway(NatGatewayId=nat)
    ec2.release_address(AllocationId=address)
    in_vpc = [{"Name": "vpc-id", "Values": [net.vpc]}]
    assert ec2.describe_network_interfaces(Filters=in_vpc)["NetworkInterfaces"] == []
    ec2.detach_internet_gateway(**detach)
    ec2.delete_internet_gateway(InternetGatewayId=net.gateway)
    ec2.delete_subnet(SubnetId=net.subnet)
    ec2.delete_route_table(RouteTableId=net.table)
    assert code_of(ec2.delete_vpc, VpcId=net.vpc) == refused, "the groups are still there"
    ec2.delete_security_group(GroupId=net.web)
    ec2.delete_security_group(GroupId=net.jump)
    ec2.delete_vpc(VpcId=net.vpc)
    assert ec2.describe_network_acls(Filters=in_vpc)["NetworkAcls"] == []
    assert ec2.describe_security_groups(Filters=in_vpc)["SecurityGroups"] == []


def test_address_of_a_terminated_instance_is_free_again(ec2, image, net):
    instance = launch(ec2, image, net)
    address = look(ec2, instance)["PrivateIpAddress"]
    ec2.terminate_instances(InstanceIds=[instance])
    interface = {"DeviceIndex": 0, "SubnetId": net.subnet, "PrivateIpAddress": address, "Groups": [net.web]}
    answer = ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", NetworkInterfaces=[interface]
    )
    assert answer["Instances"][0]["PrivateIpAddress"] == address


def test_default_group_admits_its_members_and_stays(ec2, net):
    filters = [{"Name": "vpc-id", "Values": [net.vpc]}, {"Name": "group-name", "Values": ["default"]}]
    (group,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    (permission,) = group["IpPermissions"]
    assert permission["IpProtocol"] == "-1"
    assert [pair["GroupId"] for pair in permission["UserIdGroupPairs"]] == [group["GroupId"]]
    assert code_of(ec2.delete_security_group, GroupId=group["GroupId"]) == "CannotDelete"

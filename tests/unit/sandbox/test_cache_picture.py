"""Caches of the emulated API, as the picture has them: interfaces, addresses, names, parameters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from cache_pictures import DOMAIN, group
from network_pictures import picture as book

from sandbox.network import topology
from sandbox.services.ec2.picture import HostName
from sandbox.services.picture import Picture
from sandbox.services.reader import Reader
from sandbox.services.route53.zone_answers import book_of

REGION = "ap-northeast-1"


@pytest.fixture(scope="module")
def account(api):
    return Account(api)


class Account:
    """A VPC with two subnets, a security group, and what a replication group needs."""

    def __init__(self, api) -> None:
        self.ec2, self.cache = api.client("ec2"), api.client("elasticache")
        self.settings = api.settings
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"]
            for cidr, zone in (("10.0.64.0/20", "a"), ("10.0.80.0/20", "c"))
        ]
        self.group = self.ec2.create_security_group(GroupName="c", Description="c", VpcId=self.vpc)["GroupId"]
        self.cache.create_cache_subnet_group(
            CacheSubnetGroupName="c", CacheSubnetGroupDescription="c", SubnetIds=self.subnets
        )

    def create(self, **options: object) -> None:
        self.cache.create_replication_group(
            ReplicationGroupId="site",
            ReplicationGroupDescription="site",
            CacheSubnetGroupName="c",
            SecurityGroupIds=[self.group],
            AutomaticFailoverEnabled=True,
            **options,
        )

    def delete(self) -> None:
        self.cache.delete_replication_group(ReplicationGroupId="site")

    def interfaces(self) -> dict[str, dict]:
        found = self.ec2.describe_network_interfaces()["NetworkInterfaces"]
        return {i["Description"]: i for i in found if i["Description"].startswith("ElastiCache ")}

    def read(self):
        (found,) = Reader(self.settings).read().replication_groups
        return found


@pytest.fixture
def cluster(account):
    account.create(
        NumNodeGroups=2,
        ReplicasPerNodeGroup=1,
        MultiAZEnabled=True,
        TransitEncryptionEnabled=True,
        CacheParameterGroupName="default.redis7.cluster.on",
    )
    yield account
    account.delete()


def test_every_node_has_an_interface_of_the_service(cluster):
    found = cluster.interfaces()
    assert sorted(found) == [f"ElastiCache site-000{shard}-00{node}" for shard in (1, 2) for node in (1, 2)]
    for interface in found.values():
        assert interface["RequesterManaged"] is True
        assert [entry["GroupId"] for entry in interface["Groups"]] == [cluster.group]


def test_replica_is_in_another_zone_than_its_primary(cluster):
    found = cluster.interfaces()
    for shard in ("0001", "0002"):
        assert {found[f"ElastiCache site-{shard}-00{n}"]["SubnetId"] for n in (1, 2)} == set(cluster.subnets)


def test_group_and_subnet_in_use_cannot_be_deleted(cluster):
    with pytest.raises(ClientError, match="DependencyViolation"):
        cluster.ec2.delete_security_group(GroupId=cluster.group)
    with pytest.raises(ClientError, match="DependencyViolation"):
        cluster.ec2.delete_subnet(SubnetId=cluster.subnets[0])


def test_picture_of_a_cluster(cluster):
    found = cluster.read()
    assert (found.vpc_id, found.cluster_mode, found.tls, found.port) == (cluster.vpc, True, True, 6379)
    assert found.group_ids == (cluster.group,)
    assert found.slots == (("0001", "0-8191"), ("0002", "8192-16383"))
    assert [(node.shard, node.primary) for node in found.nodes] == [
        ("0001", True),
        ("0001", False),
        ("0002", True),
        ("0002", False),
    ]
    addresses = {interface["PrivateIpAddress"] for interface in cluster.interfaces().values()}
    assert {node.address for node in found.nodes} == addresses
    ((name, behind),) = found.names
    assert name.startswith("clustercfg.site.")
    assert set(behind) == addresses
    assert dict(found.parameters)["maxmemory-policy"] == "volatile-lru"


def test_nodes_keep_their_addresses_when_others_come_and_go(cluster):
    before = {node.id: node for node in cluster.read().nodes}
    change = cluster.cache.modify_replication_group_shard_configuration
    change(ReplicationGroupId="site", NodeGroupCount=3, ApplyImmediately=True)
    grown = {node.id: node for node in cluster.read().nodes}
    assert len(grown) == 6
    assert {key: grown[key] for key in before} == before
    change(ReplicationGroupId="site", NodeGroupCount=2, ApplyImmediately=True, NodeGroupsToRetain=["0001", "0003"])
    assert {node.shard for node in cluster.read().nodes} == {"0001", "0003"}
    assert len(cluster.interfaces()) == 4


def test_group_made_again_is_another_one(account):
    account.create(NumCacheClusters=2, CacheParameterGroupName="default.redis7")
    first = account.read()
    account.delete()
    assert account.interfaces() == {}
    assert Reader(account.settings).read().replication_groups == ()
    account.create(NumCacheClusters=2, CacheParameterGroupName="default.redis7")
    second = account.read()
    account.delete()
    assert first.key != second.key
    assert not {node.key for node in first.nodes} & {node.key for node in second.nodes}


def test_primary_and_reader_without_cluster_mode(account):
    account.create(NumCacheClusters=2, CacheParameterGroupName="default.redis7")
    found = account.read()
    account.delete()
    primary, replica = (node.address for node in found.nodes)
    assert [addresses for _unused, addresses in found.names] == [(primary,), (replica,)]
    assert (found.cluster_mode, found.slots, found.tls) == (False, (), False)


# What the other layers make of it


def test_group_is_one_endpoint_with_an_address_per_node():
    (seen,) = topology.of_picture(replace(book(), replication_groups=(group(),)))
    (endpoint,) = (e for e in seen.endpoints if e.id == "cache-1")
    assert [address.interface for address in endpoint.addresses] == ["10.0.64.21/20", "10.0.80.22/20"]
    assert endpoint.group_ids == ("sg-cache",)
    assert not endpoint.public


def test_names_are_known_in_their_vpc_only():
    usual = book()
    name = f"clustercfg.{DOMAIN}"
    asked: Picture = replace(usual, names=(HostName(usual.vpcs[0].id, name.upper(), ("10.0.64.21",)),))
    assert book_of(asked, usual.vpcs[0], REGION).hosts[name] == ("10.0.64.21",)
    assert name not in book_of(asked, replace(usual.vpcs[0], id="vpc-other"), REGION).hosts

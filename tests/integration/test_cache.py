"""A cache of ElastiCache as a server in the VPC meets it: a real cluster with the shards asked for, over TLS only."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sandbox.network.command import CommandError
from sandbox.services.elasticache import image as cache_image

KEYS = 300
WRITE = "".join(f"set key:{number} {number}\n" for number in range(KEYS))
READ = "".join(f"get key:{number}\n" for number in range(KEYS))
VALUES = [str(number) for number in range(KEYS)]


@dataclass
class World:
    sandbox: object
    elasticache: object
    servers: object

    def group(self) -> dict:
        return self.elasticache.describe_replication_groups(ReplicationGroupId="site")["ReplicationGroups"][0]

    def redis(self, commands: str, host: str = "web", node: str = "", tls: bool = True) -> list[str]:
        """Lines that the cache answers to commands; at its configuration endpoint, whose redirections are followed,
        or at one node."""
        address = node or self.group()["ConfigurationEndpoint"]["Address"]
        how = " ".join(["" if node else "-c", "--tls --cacert /ca.pem" if tls else ""])
        script = f"timeout 5 redis-cli {how} -h {address} || {{ echo 'status '$? >&2; exit 1; }}"
        image = cache_image.ensure(self.sandbox.settings)
        lines = self.servers.run(host, image, script, stdin=commands).splitlines()
        return [line for line in lines if not line.startswith("-> Redirected")]

    def refused(self, commands: str, **how) -> str:
        with pytest.raises(CommandError) as caught:
            self.redis(commands, **how)
        return str(caught.value)

    def nodes(self) -> dict[str, tuple[str, str]]:
        """Role (master, slave) and slots of each node of the cluster, by host name, as the nodes see it."""
        found = {}
        for line in self.redis("cluster nodes\n"):
            _node, address, flags, *_unused, slots = (line + " -").split(maxsplit=8)
            # One that just joins has no role yet.
            role = next((flag for flag in flags.split(",") if flag in ("master", "slave")), flags)
            found[address.rpartition(",")[2]] = (role, slots.removesuffix("-").strip())
        return found

    def shape(self) -> tuple[int, int]:
        """How many nodes hold slots, and how many copy one that does."""
        nodes = self.nodes().values()
        masters = [slots for role, slots in nodes if role == "master" and slots]
        return len(masters), sum(role == "slave" for role, _slots in nodes)

    def becomes(self, masters: int, replicas: int) -> None:
        def formed():
            try:
                return self.shape() == (masters, replicas) and "cluster_state:ok" in self.redis("cluster info\n")
            except CommandError:
                return False

        self.sandbox.until(formed)


@pytest.fixture(scope="module")
def world(sandbox, servers):
    # Built once for the machine; how long that takes is no matter of these tests.
    cache_image.ensure(sandbox.settings)
    elasticache = sandbox.client("elasticache")
    elasticache.create_cache_subnet_group(
        CacheSubnetGroupName="site", CacheSubnetGroupDescription="site", SubnetIds=servers.subnets
    )
    elasticache.create_replication_group(
        ReplicationGroupId="site",
        ReplicationGroupDescription="site",
        Engine="redis",
        EngineVersion="7.1",
        CacheNodeType="cache.t4g.micro",
        CacheParameterGroupName="default.redis7.cluster.on",
        CacheSubnetGroupName="site",
        SecurityGroupIds=[servers.groups["service"]],
        NumNodeGroups=2,
        ReplicasPerNodeGroup=1,
        AutomaticFailoverEnabled=True,
        TransitEncryptionEnabled=True,
        AtRestEncryptionEnabled=True,
    )
    made = World(sandbox, elasticache, servers)
    made.becomes(2, 2)
    return made


def test_keys_of_all_slots_are_written_and_read_on_the_shards_asked_for(world):
    assert "cluster_slots_ok:16384" in world.redis("cluster info\n")
    assert set(world.redis(WRITE)) == {"OK"}
    assert world.redis(READ) == VALUES
    masters = [name for name, (role, _slots) in world.nodes().items() if role == "master"]
    held = [int(world.redis("dbsize\n", node=name)[0]) for name in masters]
    assert len(held) == 2
    assert all(held)
    assert sum(held) == KEYS


def test_a_client_that_knows_no_cluster_is_redirected(world):
    name = next(iter(world.nodes()))
    answers = world.redis(READ, node=name)
    assert {answer.split()[0] for answer in answers if answer and not answer.isdecimal()} == {"MOVED"}


def test_only_tls_from_an_allowed_server_is_answered(world):
    assert world.redis("ping\n") == ["PONG"]
    assert "status" in world.refused("ping\n", host="other")
    # The client takes a connection that is closed on it for an empty answer.
    assert "PONG" not in world.redis("ping\n", tls=False)


def test_commands_that_elasticache_keeps_to_itself_are_refused(world):
    for command in ("config get maxmemory", "cluster reset", "shutdown"):
        assert world.redis(command + "\n")[0].startswith("NOPERM")


def test_nodes_are_nobody_and_one_that_was_killed_is_back_with_its_keys(world):
    world.sandbox.confined("railyard.cache")

    def whole() -> bool:
        try:
            return world.redis(READ) == VALUES
        except CommandError:
            return False

    seconds = world.sandbox.comes_back("railyard.cache", whole)
    print(f"cache node: back after {seconds:.1f} s")
    assert seconds < 30
    world.becomes(2, 2)


def test_shards_and_replicas_are_scaled_in_place_with_every_key(world):
    world.elasticache.modify_replication_group_shard_configuration(
        ReplicationGroupId="site", NodeGroupCount=3, ApplyImmediately=True
    )
    world.becomes(3, 3)
    assert world.redis(READ) == VALUES
    world.elasticache.decrease_replica_count(ReplicationGroupId="site", NewReplicaCount=0, ApplyImmediately=True)
    world.becomes(3, 0)
    world.elasticache.modify_replication_group_shard_configuration(
        ReplicationGroupId="site", NodeGroupCount=1, NodeGroupsToRetain=["0001"], ApplyImmediately=True
    )
    world.becomes(1, 0)
    assert world.redis(READ) == VALUES


def test_nothing_of_a_deleted_cache_is_left(world):
    world.elasticache.delete_replication_group(ReplicationGroupId="site")
    world.sandbox.until(lambda: not world.sandbox.engine.containers("railyard.cache"))
    world.sandbox.until(lambda: not list((world.sandbox.settings.home / "caches").glob("*")))

# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps that change the size of a replication group in place."""

from __future__ import annotations


def replica_step(group, wanted, grows):
    """Return the arguments of IncreaseReplicaCount or DecreaseReplicaCount, or None when no shard needs it.

    :arg group: the answer of DescribeReplicationGroups.
    :arg wanted: replicas that every shard is to have, or None.
    :arg grows: True for more replicas, False for fewer.
    """
    if wanted is None:
        return None
    counts = {shard["NodeGroupId"]: len(shard.get("NodeGroupMembers", [])) - 1 for shard in group.get("NodeGroups", [])}
    shards = [shard for shard, count in counts.items() if (count < wanted if grows else count > wanted)]
    if not shards:
        return None
    request = {"ReplicationGroupId": group["ReplicationGroupId"], "ApplyImmediately": True}
    if len(shards) == len(counts):
        return {**request, "NewReplicaCount": wanted}
    return {**request, "ReplicaConfiguration": [{"NodeGroupId": shard, "NewReplicaCount": wanted} for shard in shards]}


def shard_step(group, wanted):
    """Return the arguments of ModifyReplicationGroupShardConfiguration, or None when the number is right.

    Of too many shards the newest go; AWS moves their slots to those that stay.
    """
    shards = sorted(shard["NodeGroupId"] for shard in group.get("NodeGroups", []))
    if wanted is None or len(shards) == wanted:
        return None
    request = {"ReplicationGroupId": group["ReplicationGroupId"], "NodeGroupCount": wanted, "ApplyImmediately": True}
    if wanted < len(shards):
        request["NodeGroupsToRemove"] = shards[wanted:]
    return request

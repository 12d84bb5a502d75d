# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Endpoints of a stack's VPC, by which its servers reach a service of AWS without the internet."""

from __future__ import annotations

from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import moment, tagged_entry
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Clients, Entry, Kind, ModuleSpec, Raw, Removal
from ansible_collections.railyard.aws.plugins.module_utils._inventory.tags import in_vpcs


def _vpc_endpoint(raw: Raw) -> Entry:
    return tagged_entry(
        raw,
        "VpcEndpointId",
        service=raw["ServiceName"],
        type=raw.get("VpcEndpointType"),
        vpc_id=raw["VpcId"],
        # AWS writes Deleting, available ..., others write them small.
        state=(raw.get("State") or "").lower(),
        route_table_ids=sorted(raw.get("RouteTableIds") or []),
        subnet_ids=sorted(raw.get("SubnetIds") or []),
        created=moment(raw.get("CreationTimestamp")),
    )


def _holds(_client: Clients, entry: Entry, _region: str) -> list[str]:
    if entry["type"] != "Gateway":
        return [f"of type {entry['type']}"]
    return [f"in {one}" for one in entry["route_table_ids"]]


KINDS: dict[str, Kind] = {
    "vpc_endpoints": Kind(
        label="VPC endpoint",
        role="s3",
        made_by={"amazon.aws.ec2_vpc_endpoint": ModuleSpec(("vpc_endpoint_id",))},
        client="ec2",
        read=in_vpcs("describe_vpc_endpoints", "VpcEndpoints"),
        in_vpc=True,
        entry=_vpc_endpoint,
        fields=dict.fromkeys(("service", "type", "vpc_id", "state", "created")) | {"route_table_ids": [], "subnet_ids": []},
        planned_id="vpce-{index:017x}",
        deleted=frozenset({"deleted", "failed", "rejected", "expired"}),
        deleting=frozenset({"deleting"}),
        delete_command="aws ec2 delete-vpc-endpoints --vpc-endpoint-ids {id}",
        removal=Removal("delete_vpc_endpoints", "VpcEndpointIds", _holds),
        named_by="tag Name",
    ),
}

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stack's servers in EC2, with their firewall, keys and volumes."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._answers import first
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import entry_of, moment, snake_list, tagged_entry, tags_of
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._inventory.tags import by_tag, in_vpcs

#: AWS's own tag of what Auto Scaling launched.
_GROUP_TAG = "aws:autoscaling:groupName"


def _security_group(raw: Raw) -> Entry:
    return entry_of(
        raw["GroupId"],
        raw["GroupName"],
        tags_of(raw),
        vpc_id=raw.get("VpcId"),
        description=raw.get("Description"),
        ip_permissions=snake_list(raw.get("IpPermissions")),
        ip_permissions_egress=snake_list(raw.get("IpPermissionsEgress")),
    )


def _key_pair(raw: Raw) -> Entry:
    return entry_of(raw["KeyPairId"], raw["KeyName"], tags_of(raw), fingerprint=raw.get("KeyFingerprint"), public_key=raw.get("PublicKey"))


def _read_instances(ec2: Any, scope: Scope) -> list[Raw]:
    reservations = by_tag("describe_instances", "Reservations")(ec2, scope)
    # Those that Auto Scaling launched are its groups'.
    return [instance for reservation in reservations for instance in reservation["Instances"] if _GROUP_TAG not in tags_of(instance)]


def _instance(raw: Raw) -> Entry:
    tags = tags_of(raw)
    return tagged_entry(
        raw,
        "InstanceId",
        state=raw["State"]["Name"],
        role=tags.get("Role"),
        hostname=tags.get("Hostname"),
        private_ip_address=raw.get("PrivateIpAddress"),
        public_ip_address=raw.get("PublicIpAddress"),
        subnet_id=raw.get("SubnetId"),
        vpc_id=raw.get("VpcId"),
        availability_zone=(raw.get("Placement") or {}).get("AvailabilityZone"),
        image_id=raw.get("ImageId"),
        instance_type=raw.get("InstanceType"),
        key_name=raw.get("KeyName"),
        instance_profile_arn=(raw.get("IamInstanceProfile") or {}).get("Arn"),
        security_group_ids=[group["GroupId"] for group in raw.get("SecurityGroups") or []],
        created=moment(raw.get("LaunchTime")),
    )


def _volume(raw: Raw) -> Entry:
    attachment = first(raw, "Attachments") or {}
    return tagged_entry(
        raw,
        "VolumeId",
        state=raw.get("State"),
        encrypted=raw.get("Encrypted"),
        instance_id=attachment.get("InstanceId"),
        size=raw.get("Size"),
        type=raw.get("VolumeType"),
        created=moment(raw.get("CreateTime")),
    )


KINDS: dict[str, Kind] = {
    "security_groups": Kind(
        label="Security group",
        role="security",
        made_by={"amazon.aws.ec2_security_group": ModuleSpec(("name", "group_id"))},
        client="ec2",
        read=in_vpcs("describe_security_groups", "SecurityGroups"),
        in_vpc=True,
        entry=_security_group,
        fields=dict.fromkeys(("vpc_id", "description")) | {"ip_permissions": [], "ip_permissions_egress": []},
        planned_id="sg-{index:017x}",
        delete_command="aws ec2 delete-security-group --group-id {id}",
        named_by="group name",
    ),
    "key_pairs": Kind(
        label="Key pair",
        role="ec2",
        made_by={"amazon.aws.ec2_key": ModuleSpec()},
        client="ec2",
        # Fingerprints are computed differently for each kind of key; the public key itself can be compared.
        read=by_tag("describe_key_pairs", "KeyPairs", IncludePublicKey=True),
        entry=_key_pair,
        fields=dict.fromkeys(("fingerprint", "public_key")),
        planned_id="key-{index:017x}",
        named_by="key name",
    ),
    "instances": Kind(
        label="Server",
        role="ec2",
        made_by={"amazon.aws.ec2_instance": ModuleSpec(("name", "instance_ids"))},
        client="ec2",
        read=_read_instances,
        entry=_instance,
        fields=dict.fromkeys(
            (
                "state",
                "role",
                "hostname",
                "private_ip_address",
                "public_ip_address",
                "subnet_id",
                "vpc_id",
                "availability_zone",
                "image_id",
                "instance_type",
                "key_name",
                "instance_profile_arn",
                "created",
            )
        )
        | {"security_group_ids": []},
        planned_id="i-{index:017x}",
        deleted=frozenset({"terminated"}),
        deleting=frozenset({"shutting-down"}),
        pending=frozenset({"pending"}),
        usual_seconds=60,
        delete_command="aws ec2 terminate-instances --instance-ids {id}",
        named_by="tag Name",
    ),
    "volumes": Kind(
        label="Volume",
        role="ec2",
        client="ec2",
        read=by_tag("describe_volumes", "Volumes"),
        entry=_volume,
        fields=dict.fromkeys(("state", "encrypted", "instance_id", "size", "type", "created")),
        planned_id="vol-{index:017x}",
        keyed_by_id=True,
        listed=False,
        about="Left-overs, for teardown. `size` is in GiB.",
    ),
}

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Buckets of a stack with their settings, and the VPC's endpoints."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._stack import test_objects
from ansible_collections.railyard.aws.plugins.module_utils._stack.vanishing import still_there

Raw = dict[str, Any]

#: What is asked of each bucket: (operation, key of the answer, code of the error that means "never set").
SETTINGS: tuple[tuple[str, str, str], ...] = (
    ("get_bucket_encryption", "ServerSideEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError"),
    ("get_public_access_block", "PublicAccessBlockConfiguration", "NoSuchPublicAccessBlockConfiguration"),
    ("get_bucket_policy", "Policy", "NoSuchBucketPolicy"),
    ("get_bucket_versioning", "Status", ""),
    ("get_bucket_lifecycle_configuration", "Rules", "NoSuchLifecycleConfiguration"),
    ("get_bucket_ownership_controls", "OwnershipControls", "OwnershipControlsNotFoundError"),
)


@AWSRetry.jittered_backoff(retries=8)
def _ask(s3: Any, operation: str, unset: str, **arguments: Any) -> Raw:
    """The answer, or nothing where the error says that the thing was never set."""
    try:
        return getattr(s3, operation)(**arguments)
    except ClientError as error:
        if unset and error.response["Error"]["Code"] == unset:
            return {}
        raise


@AWSRetry.jittered_backoff(retries=8)
def _names(s3: Any, prefix: str, region: str) -> list[str]:
    pages = s3.get_paginator("list_buckets").paginate(Prefix=prefix, BucketRegion=region)
    return [bucket["Name"] for page in pages for bucket in page.get("Buckets") or []]


def _complete(s3: Any, name: str, tags: list[dict[str, str]]) -> Raw:
    found = {key: _ask(s3, operation, unset, Bucket=name).get(key) for operation, key, unset in SETTINGS}
    empty, tried = test_objects.look(s3, name)
    return {**found, "Name": name, "Tags": tags, "Empty": empty, "Tried": tried}


def read_buckets(s3: Any, stack: str, region: str) -> list[Raw]:
    """Buckets of the region whose name starts with the stack's and whose tag does not give them to another stack.

    Names are all in small letters, whatever the stack's is. One without the tag counts if it ends with the region, as
    the names of the role s3 do, so that the role puts the tag back.
    """

    def look(name: str) -> Raw | None:
        tags = _ask(s3, "get_bucket_tagging", "NoSuchTagSet", Bucket=name).get("TagSet", [])
        owner = {tag["Key"]: tag["Value"] for tag in tags}.get("Stack")
        ours = owner == stack or (owner is None and name.endswith(f"-{region}"))
        return _complete(s3, name, tags) if ours else None

    return still_there(look, _names(s3, f"{stack.lower()}-", region))


def bucket(raw: Raw) -> Raw:
    rules = (raw["ServerSideEncryptionConfiguration"] or {}).get("Rules") or [{}]
    default = rules[0].get("ApplyServerSideEncryptionByDefault") or {}
    controls = (raw["OwnershipControls"] or {}).get("Rules") or [{}]
    return {
        "id": raw["Name"],
        "name": raw["Name"],
        "exists": True,
        "tags": boto3_tag_list_to_ansible_dict(raw["Tags"]),
        # What AWS itself put there is nobody's.
        "empty": raw["Empty"],
        "test_objects": raw["Tried"],
        "encryption": default.get("SSEAlgorithm"),
        "kms_key": default.get("KMSMasterKeyID"),
        "public_access": camel_dict_to_snake_dict(raw["PublicAccessBlockConfiguration"] or {}),
        "policy": json.loads(raw["Policy"]) if raw["Policy"] else None,
        "versioning": raw["Status"] == "Enabled",
        "ownership": controls[0].get("ObjectOwnership"),
        # As the API has them: what compares them wants every key.
        "lifecycle": raw["Rules"] or [],
    }


def vpc_endpoint(raw: Raw) -> Raw:
    tags = boto3_tag_list_to_ansible_dict(raw.get("Tags") or [])
    return {
        "id": raw["VpcEndpointId"],
        "name": tags.get("Name") or raw["VpcEndpointId"],
        "exists": True,
        "tags": tags,
        "service": raw["ServiceName"],
        "type": raw.get("VpcEndpointType"),
        "vpc_id": raw["VpcId"],
        # AWS writes Deleting, available ..., others write them small.
        "state": (raw.get("State") or "").lower(),
        "route_table_ids": sorted(raw.get("RouteTableIds") or []),
    }


ENTRY_OF: dict[str, Callable[[Raw], Raw]] = {"buckets": bucket, "vpc_endpoints": vpc_endpoint}

# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Buckets of a stack with their settings."""

from __future__ import annotations

import json
from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import still_there
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import entry_of, tags_of
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all
from ansible_collections.railyard.aws.plugins.module_utils._s3 import test_objects

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


def _complete(s3: Any, name: str, tags: list[dict[str, str]]) -> Raw:
    found = {key: _ask(s3, operation, unset, Bucket=name).get(key) for operation, key, unset in SETTINGS}
    empty, tried = test_objects.look(s3, name)
    return {**found, "Name": name, "Tags": tags, "Empty": empty, "Tried": tried}


def _read_buckets(s3: Any, scope: Scope) -> list[Raw]:
    """Buckets of the region whose name starts with the stack's and whose tag does not give them to another stack.

    Names are all in small letters, whatever the stack's is. One without the tag counts if it ends with the region, as
    the names of the role s3 do, so that the role puts the tag back.
    """

    def look(name: str) -> Raw | None:
        tags = _ask(s3, "get_bucket_tagging", "NoSuchTagSet", Bucket=name).get("TagSet", [])
        owner = tags_of({"Tags": tags}).get("Stack")
        ours = owner == scope.stack or (owner is None and name.endswith(f"-{scope.region}"))
        return _complete(s3, name, tags) if ours else None

    listed = read_all(s3, "list_buckets", "Buckets", Prefix=f"{scope.stack.lower()}-", BucketRegion=scope.region)
    return still_there(look, [bucket["Name"] for bucket in listed])


def _bucket(raw: Raw) -> Entry:
    rules = (raw["ServerSideEncryptionConfiguration"] or {}).get("Rules") or [{}]
    default = rules[0].get("ApplyServerSideEncryptionByDefault") or {}
    controls = (raw["OwnershipControls"] or {}).get("Rules") or [{}]
    return entry_of(
        raw["Name"],
        raw["Name"],
        tags_of(raw),
        # What AWS itself put there is nobody's.
        empty=raw["Empty"],
        test_objects=raw["Tried"],
        encryption=default.get("SSEAlgorithm"),
        kms_key=default.get("KMSMasterKeyID"),
        public_access=camel_dict_to_snake_dict(raw["PublicAccessBlockConfiguration"] or {}),
        policy=json.loads(raw["Policy"]) if raw["Policy"] else None,
        versioning=raw["Status"] == "Enabled",
        ownership=controls[0].get("ObjectOwnership"),
        # As the API has them: what compares them wants every key.
        lifecycle=raw["Rules"] or [],
    )


KINDS: dict[str, Kind] = {
    "buckets": Kind(
        label="Bucket",
        role="s3",
        made_by={"amazon.aws.s3_bucket": ModuleSpec(), "community.aws.s3_lifecycle": ModuleSpec(part=True)},
        client="s3",
        read=_read_buckets,
        entry=_bucket,
        fields={
            "empty": True,
            "encryption": None,
            "kms_key": None,
            "public_access": {},
            "policy": None,
            "versioning": False,
            "ownership": None,
            "lifecycle": [],
        },
        planned_id="{name}",
        about="One is also `empty` that holds AWS's own `test_objects` only. `lifecycle` is as the API has it.",
    ),
}

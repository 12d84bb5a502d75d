"""Buckets, each with its policy; nothing of what lies in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tools.export.resource import Clients, Export, Named, Raw, Resource, picked, present, tags


def _rule(raw: Raw) -> dict[str, Any]:
    """A rule of a life cycle, whose keys the API and CloudFormation call differently."""
    narrowed = raw.get("Filter") or {}
    both = narrowed.get("And") or {}
    expired = raw.get("Expiration") or {}
    older = raw.get("NoncurrentVersionExpiration") or {}
    tag_filters = both.get("Tags") or ([narrowed["Tag"]] if narrowed.get("Tag") else [])
    size = {**narrowed, **both}
    return present(
        Id=raw.get("ID"),
        Status=raw["Status"],
        Prefix=raw.get("Prefix") or size.get("Prefix"),
        TagFilters=tag_filters,
        ObjectSizeGreaterThan=_text(size.get("ObjectSizeGreaterThan")),
        ObjectSizeLessThan=_text(size.get("ObjectSizeLessThan")),
        ExpirationInDays=expired.get("Days"),
        ExpiredObjectDeleteMarker=expired.get("ExpiredObjectDeleteMarker") or None,
        NoncurrentVersionExpiration=picked(older, "NoncurrentDays", "NewerNoncurrentVersions"),
        AbortIncompleteMultipartUpload=picked(raw.get("AbortIncompleteMultipartUpload") or {}, "DaysAfterInitiation"),
        Transitions=[
            present(TransitionInDays=one.get("Days"), StorageClass=one["StorageClass"])
            for one in raw.get("Transitions") or []
        ],
    )


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _encryption(raw: Raw) -> dict[str, Any]:
    rules = [
        present(
            BucketKeyEnabled=rule.get("BucketKeyEnabled"),
            ServerSideEncryptionByDefault=picked(
                rule.get("ApplyServerSideEncryptionByDefault") or {}, "SSEAlgorithm", "KMSMasterKeyID"
            ),
        )
        for rule in (raw.get("ServerSideEncryptionConfiguration") or {}).get("Rules") or []
    ]
    return present(ServerSideEncryptionConfiguration=rules)


def _bucket(raw: Raw, clients: Clients) -> Iterator[Resource]:
    name, partition = raw["Name"], clients("s3").meta.partition
    yield Resource(
        "S3::Bucket",
        name,
        present(
            BucketName=name,
            BucketEncryption=_encryption(raw),
            PublicAccessBlockConfiguration=raw.get("PublicAccessBlockConfiguration"),
            OwnershipControls=picked(raw.get("OwnershipControls") or {}, "Rules"),
            VersioningConfiguration=picked(raw, "Status"),
            LifecycleConfiguration=present(Rules=[_rule(one) for one in raw.get("Rules") or []]),
            Tags=tags(raw.get("Tags")),
        ),
        {"BucketName": name},
        {f"arn:{partition}:s3:::{name}": "Arn"},
    )
    if raw.get("Policy"):
        yield Resource(
            "S3::BucketPolicy",
            name,
            {"Bucket": Named("S3::Bucket", name), "PolicyDocument": json.loads(raw["Policy"])},
            {"Bucket": name},
        )


EXPORTS: dict[str, Export] = {"buckets": _bucket}

"""What a request asks of S3: bucket, key, and the actions that its policies judge. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree

from sandbox.api.access.policy import Asked

_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?::\d+)?")

#: Subresource → end of the action's name; the method says whether it begins with Get or Put.
_OF_BUCKET = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "analytics": "AnalyticsConfiguration",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "intelligent-tiering": "IntelligentTieringConfiguration",
    "inventory": "InventoryConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "metrics": "MetricsConfiguration",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
_LISTS = {"uploads": "ListBucketMultipartUploads", "versions": "ListBucketVersions"}
#: Those that an action of their own deletes; the others are deleted by who may put them.
_DELETED = {"policy": "DeleteBucketPolicy", "website": "DeleteBucketWebsite"}
_OF_OBJECT = {
    "acl": "ObjectAcl",
    "attributes": "ObjectAttributes",
    "legal-hold": "ObjectLegalHold",
    "retention": "ObjectRetention",
    "tagging": "ObjectTagging",
    "torrent": "ObjectTorrent",
}


@dataclass(frozen=True)
class S3Call:
    method: str
    bucket: str = ""
    key: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)  # those of S3, in lower case
    deleted: tuple[str, ...] = ()  # keys that a POST deletes


def read(environ: Mapping) -> S3Call:
    """The request, without its body."""
    raw = environ.get("RAW_URI", environ.get("PATH_INFO", "/")).split("?", 1)[0]
    path = unquote(raw).removeprefix("/")
    match = _HOST.fullmatch(environ.get("HTTP_HOST", "").lower())
    bucket = match["bucket"] if match else None
    if bucket is None:
        bucket, _unused, path = path.partition("/")
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return S3Call(
        environ["REQUEST_METHOD"],
        bucket,
        path,
        {name: values[0] for name, values in query.items()},
        {
            name[5:].lower().replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_X_AMZ_")
        },
    )


def deleted_keys(body: bytes) -> tuple[str, ...]:
    """Keys in the body of a request that deletes many objects; none when it is malformed."""
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return ()
    return tuple(node.text or "" for node in root.iter() if node.tag.rsplit("}", 1)[-1] == "Key")


def actions(call: S3Call) -> list[Asked]:
    """All of these must be allowed."""
    if not call.bucket:
        return [Asked("s3:ListAllMyBuckets")]
    bucket = f"arn:aws:s3:::{call.bucket}"
    if call.deleted:
        return [Asked("s3:DeleteObject", f"{bucket}/{key}") for key in call.deleted]
    if not call.key:
        return [Asked(f"s3:{_of_bucket(call)}", bucket)]
    return [
        *(Asked(f"s3:{name}", f"{bucket}/{call.key}") for name in _of_object(call)),
        *_of_source(call),
    ]


def context(call: S3Call) -> dict[str, tuple[str, ...]]:
    """Condition keys of S3 that the request gives values to."""
    headers = {"s3:x-amz-acl": "x-amz-acl", "s3:x-amz-server-side-encryption": "x-amz-server-side-encryption"}
    listing = {"s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys"}
    found = {key: (call.headers[name],) for key, name in headers.items() if name in call.headers}
    return found | {key: (call.query[name],) for key, name in listing.items() if name in call.query}


def _of_bucket(call: S3Call) -> str:
    method = "GET" if call.method == "HEAD" else call.method
    for name, end in _OF_BUCKET.items():
        if name in call.query:
            if method == "DELETE" and name in _DELETED:
                return _DELETED[name]
            return f"{'Get' if method == 'GET' else 'Put'}{end}"
    if method == "GET":
        return next((action for name, action in _LISTS.items() if name in call.query), "ListBucket")
    if method == "POST":
        return "DeleteObject" if "delete" in call.query else "PutObject"
    return "DeleteBucket" if method == "DELETE" else "CreateBucket"


def _of_object(call: S3Call) -> list[str]:
    version = "Version" if call.query.get("versionId", "null") != "null" else ""
    for name, end in _OF_OBJECT.items():
        if name in call.query:
            verb = {"GET": "Get", "HEAD": "Get", "DELETE": "Delete"}.get(call.method, "Put")
            return [f"{verb}{end.replace('Object', 'ObjectVersion', 1) if version else end}"]
    if call.method in ("GET", "HEAD"):
        return ["ListMultipartUploadParts"] if "uploadId" in call.query else [f"GetObject{version}"]
    if call.method == "DELETE":
        return ["AbortMultipartUpload"] if "uploadId" in call.query else [f"DeleteObject{version}"]
    if call.method == "POST" and "restore" in call.query:
        return ["RestoreObject"]
    if call.method == "POST" and "select" in call.query:
        return ["GetObject"]
    names = ["PutObject"]
    if "x-amz-acl" in call.headers or any(name.startswith("x-amz-grant-") for name in call.headers):
        names.append("PutObjectAcl")
    if call.headers.get("x-amz-tagging"):
        names.append("PutObjectTagging")
    return names


def _of_source(call: S3Call) -> list[Asked]:
    source = call.headers.get("x-amz-copy-source")
    if call.method != "PUT" or not source:
        return []
    name = unquote(source).removeprefix("/")
    path, _unused, version = name.partition("?versionId=")
    return [Asked("s3:GetObjectVersion" if version else "s3:GetObject", f"arn:aws:s3:::{path}")]

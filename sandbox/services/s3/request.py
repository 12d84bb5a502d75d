"""What a request asks of S3: bucket, key, and the actions that its policies judge. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, unquote
from xml.etree import ElementTree

from sandbox.api.access.policy import RequestContext
from sandbox.api.ambiguous import Ambiguous

_HOST = re.compile(
    r"(?:(?P<bucket>.+)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?::\d+)?|(?P<local>.+)\.localhost(?::\d+)?"
)

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
#: What the emulator does by subresource; with any other it would do what it does without one.
_EMULATED = {
    ("bucket", "GET"): {*_OF_BUCKET, *_LISTS} - {"analytics", "intelligent-tiering", "metrics", "requestPayment"},
    ("bucket", "PUT"): set(_OF_BUCKET)
    - {"analytics", "intelligent-tiering", "location", "metrics", "policyStatus", "requestPayment"},
    ("bucket", "DELETE"): {"cors", "encryption", "lifecycle", "ownershipControls", "policy", "publicAccessBlock",
                           "replication", "tagging", "website"},
    ("bucket", "POST"): {"delete"},
    ("object", "GET"): {"acl", "attributes", "legal-hold", "tagging", "uploadId"},
    ("object", "PUT"): {"acl", "legal-hold", "retention", "tagging", "uploadId"},
    ("object", "DELETE"): {"tagging", "uploadId"},
    ("object", "POST"): {"restore", "select", "uploadId", "uploads"},
}  # fmt: skip
#: Names of a query that say what is asked for.
SUBRESOURCES = frozenset(
    (*_OF_BUCKET, *_LISTS, *_OF_OBJECT, *(name for names in _EMULATED.values() for name in names), "session",
     "metadataTable", "metadataConfiguration", "abac", "renameObject")
)  # fmt: skip
_BUCKET = re.compile(r"[A-Za-z0-9._-]{1,255}")


class NotEmulated(ValueError):
    """S3 would do it, the emulator would do something else; the text says what."""


@dataclass(frozen=True)
class S3Request:
    method: str
    bucket: str = ""
    key: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)  # those of S3, in lower case
    deleted: tuple[str, ...] = ()  # keys that a POST deletes


def read(environ: Mapping[str, Any]) -> S3Request:
    """The request, without its body."""
    raw = environ.get("RAW_URI", environ.get("PATH_INFO", "/")).split("?", 1)[0]
    raw = "/" + raw.split("://", 1)[1].partition("/")[2] if re.match(r"[a-z]+://", raw) else raw
    path = unquote(raw).removeprefix("/")
    bucket = bucket_of_host(environ.get("HTTP_HOST", ""))
    if not bucket:
        bucket, _unused, path = path.partition("/")
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return S3Request(
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


def bucket_of_host(host: str) -> str:
    """The bucket that a host's name begins with; nothing when it names none."""
    match = _HOST.fullmatch(host.lower())
    return (match["bucket"] or match["local"] or "") if match else ""


def check(environ: Mapping[str, Any], call: S3Request, strictly: bool = True) -> None:
    """That the request can be read in one way only, and that the emulator reads it so.

    :param strictly: what is asked for too, not only of what
    :raises Ambiguous: when it cannot
    :raises NotEmulated: when the emulator would do something else
    """
    if call.key and not call.bucket:
        raise Ambiguous("the path begins with two slashes")
    if not strictly:
        return
    names = [name for name, _value in parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)]
    if len(names) > len(set(names)):
        raise Ambiguous("a parameter of the query is given twice")
    asked = sorted(SUBRESOURCES & set(names))
    if len(asked) > 1:
        raise Ambiguous(f"Conflicting query string parameters: {', '.join(asked)}")
    if call.bucket and not _BUCKET.fullmatch(call.bucket):
        raise NotEmulated(f"bucket {call.bucket!r}")
    if not call.bucket:
        if call.method not in ("GET", "HEAD") or asked:
            raise NotEmulated(f"{call.method} without a bucket")
        return
    level = "object" if call.key else "bucket"
    if call.method not in ("GET", "HEAD", "PUT", "POST", "DELETE"):
        raise NotEmulated(f"{call.method} of a {level}")
    if asked and asked[0] not in _EMULATED.get((level, call.method), ()):
        raise NotEmulated(f"{call.method} of a {level}'s {asked[0]}")
    if call.method == "POST" and not asked:
        raise NotEmulated("an upload by a form; use a presigned URL for a PUT")


def copied(environ: Mapping[str, Any]) -> str | None:
    """The header that names a source, written so that there is one way to read it.

    :raises Ambiguous: when there is none
    """
    source = environ.get("HTTP_X_AMZ_COPY_SOURCE")
    if not source:
        return None
    path, mark, query = source.partition("?")
    bucket, slash, key = unquote(path).removeprefix("/").partition("/")
    good_version = not mark or re.fullmatch(r"versionId=[\w.-]+", query)
    if not _BUCKET.fullmatch(bucket) or not slash or not key or not good_version:
        raise Ambiguous("x-amz-copy-source is not bucket/key or bucket/key?versionId=version")
    return f"/{bucket}/{quote(key, safe='/-_.~')}{mark}{query}"


def deleted_keys(body: bytes) -> tuple[str, ...]:
    """Keys in the body of a request that deletes many objects; none when it is malformed."""
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return ()
    return tuple(node.text or "" for node in root.iter() if node.tag.rsplit("}", 1)[-1] == "Key")


def actions(call: S3Request) -> list[RequestContext]:
    """All of these must be allowed."""
    if not call.bucket:
        return [RequestContext("s3:ListAllMyBuckets")]
    bucket = f"arn:aws:s3:::{call.bucket}"
    if call.deleted:
        return [RequestContext("s3:DeleteObject", f"{bucket}/{key}") for key in call.deleted]
    if not call.key:
        return [RequestContext(f"s3:{_of_bucket(call)}", bucket)]
    return [
        *(RequestContext(f"s3:{name}", f"{bucket}/{call.key}") for name in _of_object(call)),
        *_of_source(call),
    ]


def context(call: S3Request) -> dict[str, tuple[str, ...]]:
    """Condition keys of S3 that the request gives values to."""
    headers = {"s3:x-amz-acl": "x-amz-acl", "s3:x-amz-server-side-encryption": "x-amz-server-side-encryption"}
    listing = {"s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys"}
    found: dict[str, tuple[str, ...]] = {}
    found |= {key: (call.headers[name],) for key, name in headers.items() if name in call.headers}
    found |= {key: (call.query[name],) for key, name in listing.items() if name in call.query}
    return found


def _of_bucket(call: S3Request) -> str:
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


def _of_object(call: S3Request) -> list[str]:
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


def _of_source(call: S3Request) -> list[RequestContext]:
    source = call.headers.get("x-amz-copy-source")
    if call.method != "PUT" or not source:
        return []
    path, _unused, version = source.partition("?versionId=")
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    return [RequestContext(action, f"arn:aws:s3:::{unquote(path).removeprefix('/')}")]
